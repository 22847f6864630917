#include "plugins/recommendations/model/trending.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

namespace souk::recommendations {
namespace {
constexpr std::int64_t kTrendHour = 3'600'000'000;
constexpr std::int64_t kTrendDay = 24 * kTrendHour;

std::vector<TrendingItem> top(const Trending& model, std::size_t k, std::int64_t now) {
  std::vector<TrendingItem> out;
  model.top(k, now, out);
  return out;
}

std::vector<TrendingItem> top_of(const Trending& model, CategoryId category, std::int64_t now) {
  std::vector<TrendingItem> out;
  model.top_of_category(category, 100, now, out);
  return out;
}

TEST(TrendingSettings, NamesTheSettingThatIsOutOfRange) {
  EXPECT_TRUE(validate(TrendingSettings{}).ok());
  EXPECT_EQ(validate(TrendingSettings{.half_life_us = 0}).field(), "half_life_us");
  EXPECT_EQ(validate(TrendingSettings{.top = 0}).field(), "top");
}

TEST(Trending, RefusesWhatCannotBeCounted) {
  Trending model({.max_items = 10, .max_categories = 3});
  EXPECT_FALSE(model.observe(10, {}, 0));
  EXPECT_FALSE(model.observe(1, {}, 0, 0));
  EXPECT_FALSE(model.observe(1, {}, 0, -1));
  EXPECT_FALSE(model.observe(1, {}, 0, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(model.observe(1, {}, 0, std::numeric_limits<double>::infinity()));
  EXPECT_EQ(model.dropped(), 5u);
  EXPECT_TRUE(top(model, 10, 0).empty());
  const std::vector<CategoryId> categories{2, 3};
  EXPECT_TRUE(model.observe(1, categories, 0));
  EXPECT_EQ(model.dropped(), 6u);
  EXPECT_EQ(top_of(model, 2, 0).size(), 1u);
  EXPECT_TRUE(top_of(model, 3, 0).empty());
  EXPECT_TRUE(top_of(model, 99, 0).empty());
}

TEST(Trending, HalvesInAHalfLife) {
  Trending model({.half_life_us = kTrendDay});
  model.observe(1, {}, 0, 4);
  model.observe(2, {}, kTrendDay, 3);
  model.publish();
  const std::vector<TrendingItem> out = top(model, 10, 2 * kTrendDay);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].item, 2u);
  EXPECT_DOUBLE_EQ(out[0].score, 1.5);
  EXPECT_EQ(out[1].item, 1u);
  EXPECT_DOUBLE_EQ(out[1].score, 1.0);
}

TEST(Trending, ALateEventCountsAsOldAsItIs) {
  Trending model({.half_life_us = kTrendDay});
  model.observe(1, {}, 10 * kTrendDay);
  model.observe(2, {}, 9 * kTrendDay);
  model.publish();
  EXPECT_DOUBLE_EQ(top(model, 10, 10 * kTrendDay)[1].score, 0.5);
}

TEST(Trending, AYoungShopHasTrendsAtOnceAndABusyOneWithinABatch) {
  Trending model({.publish_every = 64});
  model.observe(7, {}, 0);
  EXPECT_EQ(top(model, 1, 0)[0].item, 7u);
  for (int i = 0; i < 10'000; ++i)
    model.observe(7, {}, 0);
  model.publish();
  EXPECT_DOUBLE_EQ(top(model, 1, 0)[0].score, 10'001);
  for (int i = 0; i < 10; ++i)
    model.observe(7, {}, 0);
  EXPECT_DOUBLE_EQ(top(model, 1, 0)[0].score, 10'001);
  for (int i = 0; i < 54; ++i)
    model.observe(7, {}, 0);
  EXPECT_DOUBLE_EQ(top(model, 1, 0)[0].score, 10'065);
}

TEST(Trending, TiesGoToTheSmallerItem) {
  Trending model({.top = 3});
  for (const ItemId item : {9u, 4u, 7u, 2u, 8u})
    model.observe(item, {}, 0);
  model.publish();
  const std::vector<TrendingItem> out = top(model, 10, 0);
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0].item, 2u);
  EXPECT_EQ(out[1].item, 4u);
  EXPECT_EQ(out[2].item, 7u);
}

TEST(Trending, CenturiesPassWithoutOverflow) {
  Trending model({.half_life_us = kTrendHour});
  std::int64_t now = 0;
  for (int i = 0; i < 200; ++i) {
    now += 300 * kTrendHour;
    model.observe(static_cast<ItemId>(i % 5), {}, now);
  }
  model.publish();
  const std::vector<TrendingItem> out = top(model, 10, now);
  EXPECT_EQ(out[0].item, 4u);
  EXPECT_NEAR(out[0].score, 1.0, 1e-9);
  for (const TrendingItem& t : out)
    EXPECT_TRUE(std::isfinite(t.score));
}

// The incremental lists against a full sort, overall and by category, through many evictions.
TEST(Trending, ListsAreExact) {
  Trending model({.half_life_us = kTrendHour, .top = 10, .category_top = 4});
  std::mt19937 random(5);
  std::map<ItemId, double> log_free;  // value at time zero's scale
  std::map<CategoryId, std::set<ItemId>> members;
  for (int i = 0; i < 5000; ++i) {
    const auto item = static_cast<ItemId>(std::min(random() % 100, random() % 100));
    const std::int64_t now = std::int64_t{i} * kTrendHour / 100;
    const std::vector<CategoryId> categories{item % 7};
    model.observe(item, categories, now);
    log_free[item] += std::exp2(static_cast<double>(i) / 100);
    members[item % 7].insert(item);
    if (i % 500 != 499) continue;
    model.publish();
    const auto best = [&](const std::set<ItemId>* of, std::size_t k) {
      std::vector<std::pair<double, ItemId>> all;
      for (const auto& [x, score] : log_free) {
        if (of == nullptr || of->contains(x)) all.emplace_back(-score, x);
      }
      std::sort(all.begin(), all.end());
      all.resize(std::min(k, all.size()));
      return all;
    };
    const auto expect_same = [&](const std::vector<TrendingItem>& found, const auto& expected) {
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t n = 0; n < found.size(); ++n) {
        EXPECT_NEAR(found[n].score, -expected[n].first / std::exp2(i / 100.0), 1e-9);
        EXPECT_EQ(found[n].item, expected[n].second);
      }
    };
    expect_same(top(model, 100, now), best(nullptr, 10));
    for (CategoryId c = 0; c < 7; ++c)
      expect_same(top_of(model, c, now), best(&members[c], 4));
  }
}

TEST(PublishedRing, KeepsItsNewsWhenEveryCopyIsBeingRead) {
  PublishedRing<int> ring;
  const auto set = [&](int n) { return ring.publish([n](int& value) { value = n; }); };
  ASSERT_TRUE(set(1));
  ring.read([&](const int& a) {
    ASSERT_TRUE(set(2));
    ring.read([&](const int& b) {
      ASSERT_TRUE(set(3));
      ring.read([&](const int& c) {
        ASSERT_TRUE(set(4));
        ring.read([&](const int& d) {
          EXPECT_FALSE(set(5));
          EXPECT_EQ(a * 1000 + b * 100 + c * 10 + d, 1234);
        });
      });
    });
  });
  EXPECT_TRUE(set(6));
  ring.read([](const int& value) { EXPECT_EQ(value, 6); });
}

}  // namespace
}  // namespace souk::recommendations
