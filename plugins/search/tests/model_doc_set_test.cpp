#include <gtest/gtest.h>

#include <set>

#include "plugins/search/model/doc_set.hpp"
#include "plugins/search/tests/columns_fixtures.hpp"

namespace souk::search {
namespace {

std::set<DocId> members(const DocSet& docs) {
  std::set<DocId> found;
  docs.for_each([&](DocId doc) { found.insert(doc); });
  return found;
}

TEST(DocSet, OfNothingHasNothing) {
  DocSet none;
  EXPECT_EQ(none.size(), 0U);
  EXPECT_EQ(none.count(), 0U);
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none.complement().empty());
}

TEST(DocSet, AllAreAsManyAsThereAre) {
  for (const std::uint32_t size : {1U, 63U, 64U, 65U, 128U, 1000U}) {
    DocSet all(size, true);
    EXPECT_EQ(all.count(), size);
    EXPECT_EQ(members(all).size(), size);
    EXPECT_TRUE(DocSet(all).complement().empty());
    EXPECT_EQ(DocSet(size).complement(), all);
  }
}

TEST(DocSet, CombinesAsSetsDo) {
  testing::Random random(1);
  for (int round = 0; round < 50; ++round) {
    const std::size_t size = 1 + testing::below(random, 700);
    const DocSet a = testing::random_set(size, 0.3, random);
    const DocSet b = testing::random_set(size, 0.5, random);
    std::uint32_t both = 0, either = 0, only_a = 0;
    for (DocId doc = 0; doc < size; ++doc) {
      both += a.contains(doc) && b.contains(doc) ? 1 : 0;
      either += a.contains(doc) || b.contains(doc) ? 1 : 0;
      only_a += a.contains(doc) && !b.contains(doc) ? 1 : 0;
    }
    EXPECT_EQ(a.count_common(b), both);
    EXPECT_EQ(a.meets(b), both != 0);
    EXPECT_EQ((DocSet(a) &= b).count(), both);
    EXPECT_EQ((DocSet(a) |= b).count(), either);
    EXPECT_EQ(DocSet(a).subtract(b).count(), only_a);
    EXPECT_EQ(DocSet(a).complement().count(), size - a.count());
  }
}

TEST(DocSet, AddsRemovesAndStopsWhenTold) {
  DocSet docs(200);
  for (const DocId doc : {0U, 63U, 64U, 130U, 199U})
    docs.add(doc);
  docs.remove(64);
  docs.remove(65);
  EXPECT_EQ(members(docs), (std::set<DocId>{0, 63, 130, 199}));
  std::vector<DocId> seen;
  docs.for_each_while([&](DocId doc) {
    seen.push_back(doc);
    return seen.size() < 2;
  });
  EXPECT_EQ(seen, (std::vector<DocId>{0, 63}));
  docs.reset(10);
  EXPECT_EQ(docs.size(), 10U);
  EXPECT_TRUE(docs.empty());
}

}  // namespace
}  // namespace souk::search
