// Facets against counts made product by product.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "plugins/search/model/facets.hpp"
#include "plugins/search/model/value_text.hpp"
#include "plugins/search/tests/columns_corpus.hpp"

namespace souk::search {
namespace {

using testing::Random;
using testing::TestCorpus;

Facet count(const FacetRequest& request, const TestCorpus& corpus) {
  FacetScratch scratch;
  Facet out;
  count_facet(request, corpus.found, scratch, out);
  return out;
}

TEST(Facets, OfNothingAreEmpty) {
  TestCorpus corpus(100, 2, 1);
  Random random(1);
  corpus.find(0, random);
  const Facet brand = count({.attribute = "brand"}, corpus);
  EXPECT_TRUE(brand.known);
  EXPECT_TRUE(brand.values.empty());
  const Facet price = count({.attribute = "price"}, corpus);
  EXPECT_FALSE(price.statistics);
  corpus.find(1, random);
  const Facet nobody = count({.attribute = "nobody"}, corpus);
  EXPECT_FALSE(nobody.known);
  EXPECT_TRUE(nobody.values.empty());
  EXPECT_TRUE(count({.attribute = "brand", .limit = 0}, corpus).values.empty());
  FacetScratch scratch;
  Facet out;
  count_facet({.attribute = "brand"}, {}, scratch, out);
  EXPECT_TRUE(out.values.empty());
}

TEST(Facets, OfTextsAreWhatProductsSay) {
  for (const std::size_t segments : {1U, 3U}) {
    TestCorpus corpus(2500, segments, 4);
    Random random(5);
    for (const double share : {0.01, 0.3, 1.0}) {
      corpus.find(share, random);
      for (const char* attribute : {"brand", "categories", "attributes.colour", "sku", "tags"}) {
        std::map<std::string, std::uint64_t> expected;
        corpus.for_each_found([&](const DocRef& ref) {
          for (const std::string& value : testing::texts_of(corpus.at(ref), attribute))
            ++expected[value];
        });
        const Facet facet = count({.attribute = attribute, .limit = 5000}, corpus);
        ASSERT_EQ(facet.values.size(), expected.size()) << attribute;
        EXPECT_EQ(facet.distinct, expected.size());
        EXPECT_TRUE(facet.exhaustive);
        for (std::size_t i = 0; i < facet.values.size(); ++i) {
          ASSERT_EQ(facet.values[i].count, expected[facet.values[i].value]);
          ASSERT_LE(facet.values[i].count, facet.values[i == 0 ? 0 : i - 1].count);
        }
        const Facet few = count({.attribute = attribute, .limit = 3}, corpus);
        ASSERT_TRUE(std::equal(few.values.begin(), few.values.end(), facet.values.begin()));
        EXPECT_EQ(few.distinct, expected.size());
      }
    }
  }
}

TEST(Facets, InTheOrderOfTheAlphabet) {
  for (const std::size_t segments : {1U, 3U}) {
    TestCorpus corpus(500, segments, 8);
    Random random(5);
    corpus.find(1, random);
    const Facet facet =
        count({.attribute = "brand", .limit = 5, .order = FacetOrder::alphabet}, corpus);
    ASSERT_EQ(facet.values.size(), 5U);
    EXPECT_EQ(facet.values[0].value, "Acme");
    EXPECT_EQ(facet.values[1].value, "acme");
    EXPECT_EQ(facet.values[2].value, "AND");
    EXPECT_EQ(facet.values[3].value, "Bérénice");
    EXPECT_EQ(facet.values[4].value, "nova");
  }
}

TEST(Facets, LevelsOfCategoriesStandAlone) {
  TestCorpus corpus(500, 2, 9);
  Random random(6);
  corpus.find(0.5, random);
  const Facet top = count({.attribute = "categories.lvl0"}, corpus);
  const Facet second = count({.attribute = "categories.lvl1"}, corpus);
  ASSERT_EQ(top.values.size(), 3U);
  for (const FacetValue& value : top.values)
    EXPECT_EQ(path_depth(value.value), 0U);
  EXPECT_EQ(second.values.size(), 4U);
  for (const FacetValue& value : second.values)
    EXPECT_EQ(path_depth(value.value), 1U);
  EXPECT_TRUE(count({.attribute = "categories.lvl9"}, corpus).values.empty());
}

TEST(Facets, OfNumbersHaveStatisticsValuesAndRanges) {
  for (const std::size_t segments : {1U, 4U}) {
    TestCorpus corpus(2000, segments, 10);
    Random random(7);
    corpus.find(0.4, random);
    for (const char* attribute : {"price", "widths", "rating"}) {
      std::map<double, std::uint64_t> expected;
      std::uint64_t in_range = 0;
      corpus.for_each_found([&](const DocRef& ref) {
        const auto numbers = testing::numbers_of(corpus.at(ref), attribute);
        for (const double number : numbers)
          ++expected[number];
        in_range +=
            std::any_of(numbers.begin(), numbers.end(), [](double x) { return x >= 2 && x <= 12; })
                ? 1
                : 0;
      });
      double sum = 0;
      std::uint64_t numbers = 0;
      for (const auto& [number, times] : expected) {
        sum += number * static_cast<double>(times);
        numbers += times;
      }
      const Facet facet =
          count({.attribute = attribute, .limit = 10'000, .ranges = {{2, 12}, {9, 3}}}, corpus);
      ASSERT_TRUE(facet.statistics);
      EXPECT_EQ(facet.statistics->min, expected.begin()->first);
      EXPECT_EQ(facet.statistics->max, expected.rbegin()->first);
      EXPECT_NEAR(facet.statistics->sum, sum, 1e-6);
      EXPECT_EQ(facet.statistics->count, numbers);
      EXPECT_EQ(facet.ranges, (std::vector<std::uint64_t>{in_range, 0}));
      ASSERT_EQ(facet.values.size(), expected.size());
      for (const FacetValue& value : facet.values)
        ASSERT_EQ(value.count, expected[*read_number(value.value)]) << value.value;
      EXPECT_TRUE(count({.attribute = attribute, .number_values = false}, corpus).values.empty());
    }
  }
}

TEST(Facets, CountThePricesOfAnAccount) {
  TestCorpus corpus(300, 1, 12);
  Random random(8);
  corpus.find(1, random);
  const NumberOverride list("price", 300, {{0, 5.001}, {1, 5.001}, {2, 7}});
  const std::vector<const NumberOverride*> overrides{&list};
  corpus.found[0].view.overrides = overrides;
  double sum = 5.001 + 5.001 + 7;
  for (DocId doc = 3; doc < 300; ++doc) {
    for (const double number : testing::numbers_of(corpus.all[doc], "price"))
      sum += number;
  }
  const Facet facet = count({.attribute = "price", .limit = 1000}, corpus);
  EXPECT_NEAR(facet.statistics->sum, sum, 1e-6);
  EXPECT_NE(std::find(facet.values.begin(), facet.values.end(), FacetValue{"5.001", 2}),
            facet.values.end());
}

TEST(Facets, OfAMillionValuesStayBounded) {
  std::vector<Document> documents(200'000);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    for (std::size_t k = 0; k < 5; ++k)
      documents[i].values.push_back({"serial", "s" + std::to_string(i * 5 + k)});
    documents[i].values.push_back({"serial", "shared"});
  }
  const Columns columns = Columns::build(documents);
  const DocSet all(200'000, true);
  const std::vector<FoundIn> found{{{&columns}, &all, 200'000}};
  FacetScratch scratch;
  Facet out;
  count_facet({.attribute = "serial", .limit = 4'000'000'000}, found, scratch, out);
  EXPECT_EQ(out.distinct, 1'000'001U);
  EXPECT_EQ(out.values.size(), FacetRequest::kMostValues);
  EXPECT_EQ(out.values[0], (FacetValue{"shared", 200'000}));
}

TEST(Facets, AllOfThemAreNamed) {
  const Columns columns = Columns::build(testing::random_catalog(200, 3));
  const std::vector<const Columns*> segments{&columns};
  EXPECT_EQ(facet_attributes(segments, 100),
            (std::vector<std::string>{"attributes.colour", "attributes.rare", "brand", "categories",
                                      "categories.lvl0", "categories.lvl1", "categories.lvl2",
                                      "created_at", "on_sale", "price", "rating", "sku", "tags",
                                      "widths"}));
  EXPECT_EQ(facet_attributes(segments, 2).size(), 2U);
}

}  // namespace
}  // namespace souk::search
