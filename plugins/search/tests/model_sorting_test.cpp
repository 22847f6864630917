// Sorts and groups against sorting everything, product by product.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "plugins/search/model/distinct.hpp"
#include "plugins/search/model/value_text.hpp"
#include "plugins/search/tests/columns_corpus.hpp"

namespace souk::search {
namespace {

using testing::below;
using testing::chance;
using testing::Random;
using testing::TestCorpus;

/// What the product is sorted by: false when it says nothing.
struct Said {
  bool anything = false;
  double number = 0;
  std::pair<std::string, std::string> text;
};

Said said_of(const Document& document, const SortKey& key, const GeoPoint& around) {
  if (key.attribute.empty()) {
    Said said;
    for (const GeoPoint& place : document.places) {
      const double metres = distance_m(around, place);
      if (!said.anything || metres < said.number) said.number = metres;
      said.anything = true;
    }
    return said;
  }
  const auto numbers = testing::numbers_of(document, key.attribute);
  if (!numbers.empty()) return {true, key.descending ? numbers.back() : numbers.front(), {}};
  std::vector<std::pair<std::string, std::string>> texts;
  for (const std::string& text : testing::texts_of(document, key.attribute))
    texts.emplace_back(folded_value(text), text);
  std::sort(texts.begin(), texts.end());
  if (texts.empty()) return {};
  return {true, 0, key.descending ? texts.back() : texts.front()};
}

std::vector<DocRef> sorted_naively(const TestCorpus& corpus, const SortRequest& request) {
  std::vector<DocRef> refs;
  corpus.for_each_found([&](const DocRef& ref) { refs.push_back(ref); });
  std::stable_sort(refs.begin(), refs.end(), [&](const DocRef& a, const DocRef& b) {
    for (const SortKey& key : request.keys) {
      const Said left = said_of(corpus.at(a), key, request.around);
      const Said right = said_of(corpus.at(b), key, request.around);
      if (left.anything != right.anything) return left.anything;
      const auto l = std::tie(left.number, left.text), r = std::tie(right.number, right.text);
      if (l != r) return key.descending ? r < l : l < r;
    }
    return false;
  });
  return refs;
}

TEST(Sort, WrongOnesSayWhere) {
  EXPECT_EQ(parse_sort("price up", "sort").status().message(),
            "column 1: expected an attribute, then asc or desc, found 'price up'");
  EXPECT_EQ(parse_sort("price,", "sort").status().message(),
            "column 7: expected an attribute, then asc or desc");
  EXPECT_FALSE(parse_sort("a,b,c,d,e,f,g,h,i", "sort").ok());
  const Columns columns = Columns::build(testing::random_catalog(50, 1));
  const std::vector<const Columns*> segments{&columns};
  EXPECT_EQ(check_sort(*parse_sort("prise asc", "sort"), segments, "sort").message(),
            "column 1: no product has the attribute 'prise'; did you mean 'price'?");
  EXPECT_TRUE(check_sort(*parse_sort("price, distance", "sort"), segments, "sort").ok());
}

TEST(Sort, IsReadInTheWaysPeopleWriteIt) {
  const auto request = parse_sort("price desc, -rating ,brand:asc,desc(created_at),_geo", "sort");
  ASSERT_TRUE(request.ok()) << request.status().message();
  std::string read;
  for (const SortKey& key : request->keys)
    read += key.attribute + (key.descending ? "- " : "+ ");
  EXPECT_EQ(read, "price- rating- brand+ created_at- + ");
  EXPECT_TRUE(parse_sort(" relevance", "sort")->keys.empty());
  EXPECT_TRUE(parse_sort("", "sort")->keys.empty());
}

TEST(Sort, IsWhatSortingEverythingGives) {
  const std::vector<std::string> attributes{"price",  "brand",     "rating",  "widths",
                                            "",       "tags",      "on_sale", "attributes.rare",
                                            "nobody", "categories"};
  for (const std::size_t segments : {1U, 3U}) {
    TestCorpus corpus(1200, segments, 40 + segments);
    Random random(41);
    for (int round = 0; round < 60; ++round) {
      corpus.find(std::vector<double>{0.002, 0.1, 0.7, 1}[below(random, 4)], random);
      SortRequest request;
      request.around = {static_cast<double>(below(random, 90)), 10};
      for (std::size_t keys = 1 + below(random, 3); keys > 0; --keys)
        request.keys.push_back({attributes[below(random, attributes.size())], chance(random, 0.5)});
      const auto expected = sorted_naively(corpus, request);
      const std::uint64_t offset = chance(random, 0.5) ? 0 : below(random, expected.size() + 2);
      const auto limit = static_cast<std::uint32_t>(1 + below(random, 60));
      std::vector<DocRef> found;
      sort_found(request, corpus.found, offset, limit, found);
      std::vector<DocRef> page;
      for (std::uint64_t i = offset; i < std::min<std::uint64_t>(offset + limit, expected.size());
           ++i)
        page.push_back(expected[i]);
      ASSERT_EQ(found, page) << request.keys[0].attribute << " from " << offset;
    }
  }
}

TEST(Sort, AnyPageCanBeAskedFor) {
  TestCorpus corpus(500, 2, 3);
  Random random(1);
  corpus.find(0.5, random);
  std::vector<DocRef> found;
  for (const char* by : {"price", "relevance"}) {
    const SortRequest request = *parse_sort(by, "sort");
    for (const std::uint64_t offset :
         {std::uint64_t{20'000'000'000}, std::numeric_limits<std::uint64_t>::max()}) {
      sort_found(request, corpus.found, offset, 0xffffffff, found);
      EXPECT_TRUE(found.empty());
    }
    sort_found(request, corpus.found, 0, 0xffffffff, found);
    EXPECT_EQ(found.size(), corpus.found[0].matches + corpus.found[1].matches);
    std::vector<DocRef> pages, page;
    for (std::uint64_t offset = 0; offset < found.size(); offset += 7) {
      sort_found(request, corpus.found, offset, 7, page);
      pages.insert(pages.end(), page.begin(), page.end());
    }
    EXPECT_EQ(pages, found);
    sort_found(request, corpus.found, 0, 0, page);
    EXPECT_TRUE(page.empty());
  }
}

TEST(Distinct, ShowsSoManyOfEachGroup) {
  for (const std::size_t segments : {1U, 3U}) {
    TestCorpus corpus(1500, segments, 50);
    Random random(51);
    GroupTally tally;
    for (const std::uint32_t per_group : {1U, 2U}) {
      corpus.find(0.6, random);
      const SortRequest request = *parse_sort("price desc", "sort");
      std::map<std::string, std::uint32_t> seen;
      std::vector<DocRef> expected;
      for (const DocRef& ref : sorted_naively(corpus, request)) {
        const std::string& group = corpus.at(ref).group;
        if (group.empty() || ++seen[group] <= per_group) expected.push_back(ref);
      }
      EXPECT_EQ(tally_groups(corpus.found, per_group, tally), expected.size());
      for (const auto& [group, count] : seen) {
        for (const DocRef& ref : expected) {
          if (corpus.at(ref).group != group) continue;
          ASSERT_EQ(tally.count(corpus.columns[ref.segment].groups().key(ref.doc)), count);
        }
      }
      std::vector<DocRef> found;
      for (const std::uint64_t offset :
           {std::size_t{0}, std::size_t{30}, expected.size(), std::size_t{1'000'000'000'000}}) {
        sort_distinct(request, corpus.found, per_group, offset, 25, tally, found);
        std::vector<DocRef> page;
        for (std::uint64_t i = offset; i < std::min<std::uint64_t>(offset + 25, expected.size());
             ++i)
          page.push_back(expected[i]);
        ASSERT_EQ(found, page);
      }
    }
  }
}

}  // namespace
}  // namespace souk::search
