// Remembered lists: what must not be found first.
#include <gtest/gtest.h>

#include "plugins/recommendations/model/content_cache.hpp"

namespace souk::recommendations {
namespace {

constexpr std::uint32_t kCatalog = 3200;  // an era has 100 changes

ContentCache::List a_list(std::uint32_t first, std::uint32_t nearest = 3,
                          std::uint32_t others = 2) {
  ContentCache::List list;
  for (std::uint32_t i = 0; i < nearest; ++i)
    list.nearest.push_back({first + i, 1.0 / (i + 1)});
  for (std::uint32_t i = 0; i < others; ++i)
    list.others.push_back({first + 100 + i, 0.125});
  return list;
}

bool remembers(const ContentCache& cache, ItemId item, CategoryId shelf) {
  ContentCache::List list;
  return cache.find(cache.key(item, shelf), list);
}

TEST(ContentCacheTest, NothingIsFoundBeforeAnythingWasPut) {
  const ContentCache cache;
  EXPECT_FALSE(remembers(cache, 0, 0));
  EXPECT_FALSE(remembers(cache, kNoItem, ContentCache::kEverything));
}

TEST(ContentCacheTest, NoProductsListIsNotRemembered) {
  ContentCache cache;
  cache.put(cache.key(kNoItem, 0), a_list(1));
  EXPECT_FALSE(remembers(cache, kNoItem, 0));
  EXPECT_EQ(cache.memory_bytes(), ContentCache().memory_bytes());
}

TEST(ContentCacheTest, WhatWasPutIsFoundWhole) {
  ContentCache cache;
  cache.put(cache.key(7, 1), a_list(20));
  ContentCache::List found = a_list(1);
  ASSERT_TRUE(cache.find(cache.key(7, 1), found));
  ASSERT_EQ(found.nearest.size(), 3U);
  EXPECT_EQ(found.nearest[1].item, 21U);
  EXPECT_EQ(found.nearest[1].score, 0.5);
  ASSERT_EQ(found.others.size(), 2U);
  EXPECT_EQ(found.others[1].item, 121U);
}

TEST(ContentCacheTest, MoreThanFitsIsCut) {
  ContentCache cache;
  cache.put(cache.key(7, 1), a_list(20, 60, 80));
  ContentCache::List found;
  ASSERT_TRUE(cache.find(cache.key(7, 1), found));
  EXPECT_EQ(found.nearest.size(), ContentCache::kMostNearest);
  EXPECT_EQ(found.others.size(), ContentCache::kMostOthers);
}

TEST(ContentCacheTest, AnotherProductOrShelfIsNotFound) {
  ContentCache cache;
  cache.put(cache.key(7, 1), a_list(20));
  EXPECT_FALSE(remembers(cache, 8, 1));
  EXPECT_FALSE(remembers(cache, 7, 2));
  EXPECT_FALSE(remembers(cache, 7, ContentCache::kEverything));
}

TEST(ContentCacheTest, AChangeOnTheShelfForgetsAndOneElsewhereDoesNot) {
  ContentCache cache;
  cache.put(cache.key(7, 1), a_list(20));
  cache.put(cache.key(9, ContentCache::kEverything), a_list(20));
  const CategoryId elsewhere[] = {2, 3};
  cache.changed(elsewhere, kCatalog);
  EXPECT_TRUE(remembers(cache, 7, 1));
  EXPECT_FALSE(remembers(cache, 9, ContentCache::kEverything));  // it stood among all products
  const CategoryId here[] = {3, 1};
  cache.changed(here, kCatalog);
  EXPECT_FALSE(remembers(cache, 7, 1));
}

TEST(ContentCacheTest, WhatWasFoundOutBeforeAChangeIsNotRememberedAfterIt) {
  ContentCache cache;
  const ContentCache::Key asked = cache.key(7, 1);
  const CategoryId here[] = {1};
  cache.changed(here, kCatalog);
  cache.put(asked, a_list(20));
  EXPECT_FALSE(remembers(cache, 7, 1));
}

TEST(ContentCacheTest, AThirtySecondOfTheCatalogForgetsAll) {
  ContentCache cache;
  cache.put(cache.key(7, 1), a_list(20));
  const CategoryId elsewhere[] = {2};
  for (int i = 0; i < 100; ++i)
    cache.changed(elsewhere, kCatalog);
  EXPECT_TRUE(remembers(cache, 7, 1));
  cache.changed(elsewhere, kCatalog);
  EXPECT_FALSE(remembers(cache, 7, 1));
}

TEST(ContentCacheTest, AShelfWithoutRoomChangesWithEverything) {
  ContentCache cache({.max_products = 16, .max_categories = 4});
  cache.put(cache.key(7, 50), a_list(20));
  EXPECT_TRUE(remembers(cache, 7, 50));
  const CategoryId elsewhere[] = {2};
  cache.changed(elsewhere, kCatalog);
  EXPECT_FALSE(remembers(cache, 7, 50));
}

TEST(ContentCacheTest, MemoryIsBoundedAndTheLatestIsRemembered) {
  ContentCache cache({.max_products = 128, .max_categories = 4});
  for (ItemId item = 0; item < 10'000; ++item) {
    cache.put(cache.key(item, 1), a_list(item));
    EXPECT_TRUE(remembers(cache, item, 1)) << item;
  }
  EXPECT_LT(cache.memory_bytes(), 128 * 500 + ContentCache({.max_categories = 4}).memory_bytes());
  ItemId kept = 0;
  for (ItemId item = 0; item < 10'000; ++item)
    kept += remembers(cache, item, 1) ? 1 : 0;
  EXPECT_GT(kept, 100U);
  EXPECT_LE(kept, 128U);
}

TEST(ContentCacheTest, WhatIsOutOfDateGivesWayFirst) {
  // Two places in all.
  ContentCache cache({.max_products = 2, .max_categories = 8});
  cache.put(cache.key(1, 1), a_list(10));
  cache.put(cache.key(2, 2), a_list(20));
  const CategoryId first[] = {1};
  cache.changed(first, kCatalog);
  cache.put(cache.key(3, 3), a_list(30));
  EXPECT_TRUE(remembers(cache, 2, 2));
  EXPECT_TRUE(remembers(cache, 3, 3));
}

}  // namespace
}  // namespace souk::recommendations
