#include <gtest/gtest.h>

#include "plugins/search/model/facet_search.hpp"
#include "plugins/search/tests/columns_corpus.hpp"

namespace souk::search {
namespace {

class FacetSearchTest : public ::testing::Test {
 protected:
  FacetSearchTest() {
    std::vector<Document> documents;
    const auto add = [&](const char* brand, int times) {
      for (int i = 0; i < times; ++i) {
        Document& made = documents.emplace_back();
        made.values.push_back({"brand", brand});
        made.numbers.push_back({"price", 100.0 + i});
      }
    };
    add("Apple", 3);
    add("Pineapple & Co", 9);
    add("The Apple Barn", 5);
    add("Samsung <b>", 4);
    add("Électrolux", 2);
    columns_ = Columns::build(documents);
    all_ = DocSet(columns_.documents(), true);
    found_ = {{{&columns_}, &all_, columns_.documents()}};
  }

  std::vector<std::string> search(std::string typed, std::string attribute = "brand") {
    FacetSearchResult result;
    search_facet(
        {.attribute = std::move(attribute), .typed = std::move(typed), .limit = 10, .style = {}},
        found_, scratch_, marks_, result);
    std::vector<std::string> made;
    for (const FacetHit& hit : result.hits)
      made.push_back(hit.highlighted + " " + std::to_string(hit.count));
    return made;
  }

  Columns columns_;
  DocSet all_;
  std::vector<FoundIn> found_;
  FacetScratch scratch_;
  HighlightScratch marks_{{Language::kEnglish}};
};

TEST_F(FacetSearchTest, FindsNothingWhereNothingIs) {
  EXPECT_TRUE(search("zzz").empty());
  EXPECT_TRUE(search("a", "nobody").empty());
  all_ = DocSet(columns_.documents());
  found_[0].matches = 0;
  EXPECT_TRUE(search("").empty());
}

TEST_F(FacetSearchTest, FindsBeginningsOfWordsMostFrequentFirst) {
  EXPECT_EQ(search("ap"),
            (std::vector<std::string>{"The <em>Ap</em>ple Barn 5", "<em>Ap</em>ple 3"}));
  EXPECT_EQ(search("BARN app"), (std::vector<std::string>{"The <em>App</em>le <em>Barn</em> 5"}));
  EXPECT_EQ(search("electro"), (std::vector<std::string>{"<em>Électro</em>lux 2"}));
  EXPECT_EQ(search("").size(), 5U);
  EXPECT_EQ(search("&"), (std::vector<std::string>{"Pineapple &amp; Co 9"}));
}

TEST_F(FacetSearchTest, ForgivesTypingErrorsAndEscapes) {
  EXPECT_EQ(search("samsnug"), (std::vector<std::string>{"<em>Samsung</em> &lt;b&gt; 4"}));
  EXPECT_TRUE(search("zamsung").empty());
}

TEST_F(FacetSearchTest, OfNumbersToo) {
  EXPECT_EQ(search("108", "price"), (std::vector<std::string>{"<em>108</em> 1"}));
}

TEST_F(FacetSearchTest, RareValuesAreFoundByHowTheyBegin) {
  std::vector<Document> documents(30'000);
  for (std::size_t i = 0; i < documents.size(); ++i)
    documents[i].values.push_back({"serial", "s" + std::to_string(i)});
  const Columns columns = Columns::build(documents);
  const DocSet all(30'000, true);
  found_ = {{{&columns}, &all, 30'000}};
  EXPECT_EQ(search("S29999", "serial"), (std::vector<std::string>{"<em>s29999</em> 1"}));
}

}  // namespace
}  // namespace souk::search
