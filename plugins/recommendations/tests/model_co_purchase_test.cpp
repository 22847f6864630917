#include "plugins/recommendations/model/co_purchase.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

namespace souk::recommendations {
namespace {

std::vector<Partner> partners(const CoPurchase& model, std::vector<ItemId> bought,
                              std::size_t k = 10) {
  CoPurchaseScratch scratch;
  std::vector<Partner> out;
  model.partners(bought, k, scratch, out);
  return out;
}

void observe(CoPurchase& model, std::vector<ItemId> items, int times = 1) {
  for (int i = 0; i < times; ++i)
    model.observe_order(items);
}

CoPurchaseSettings plain() {
  return {.max_items = 1000,
          .min_support = 1,
          .shrinkage = 0,
          .min_significance = 0,
          .popularity_correction = 0};
}

TEST(CoPurchaseSettings, NamesTheSettingThatIsOutOfRange) {
  EXPECT_TRUE(validate(CoPurchaseSettings{}).ok());
  CoPurchaseSettings settings;
  settings.shrinkage = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(validate(settings).field(), "shrinkage");
  settings = {};
  settings.partners_per_item = 2000;
  EXPECT_EQ(validate(settings).field(), "partners_per_item");
}

TEST(CoPurchase, EmptyAndStrangeOrdersAreHarmless) {
  CoPurchase model(plain());
  observe(model, {});
  EXPECT_EQ(model.orders(), 0u);
  observe(model, {kNoItem, 1000});
  EXPECT_EQ(model.orders(), 0u);
  EXPECT_EQ(model.dropped_lines(), 2u);
  observe(model, {5, 5, 5});
  EXPECT_EQ(model.orders(), 1u);
  EXPECT_EQ(model.orders_of(5), 1u);
  EXPECT_TRUE(partners(model, {5}).empty());
  EXPECT_TRUE(partners(model, {}).empty());
  EXPECT_TRUE(partners(model, {kNoItem, 7}).empty());
}

// Ten orders: n₁ = 5, n₂ = 5, n₃ = 6, n₁₂ = 4, n₁₃ = 1.
TEST(CoPurchase, NumbersAsByHand) {
  CoPurchase model(plain());
  observe(model, {1, 2}, 4);
  observe(model, {1, 3});
  observe(model, {2, 3});
  observe(model, {3}, 4);
  const std::vector<Partner> out = partners(model, {1});
  ASSERT_EQ(out.size(), 1u) << "1 and 3 meet less often than by chance";
  EXPECT_EQ(out[0].item, 2u);
  EXPECT_EQ(out[0].because, 1u);
  EXPECT_EQ(out[0].support, 4u);
  EXPECT_DOUBLE_EQ(out[0].confidence, 0.8);
  EXPECT_DOUBLE_EQ(out[0].lift, 1.6);
  EXPECT_NEAR(out[0].score, 0.3, 1e-12);
  EXPECT_NEAR(out[0].significance, 3.854896, 1e-5);
}

TEST(CoPurchase, ShrinkageAndSignificanceHoldBackCoincidences) {
  CoPurchaseSettings settings = plain();
  settings.shrinkage = 10;
  CoPurchase shrunk(settings);
  settings.min_significance = 10.83;
  CoPurchase tested(settings);
  settings.min_support = 5;
  CoPurchase supported(settings);
  for (CoPurchase* model : {&shrunk, &tested, &supported}) {
    observe(*model, {1, 2}, 4);
    observe(*model, {1, 3});
    observe(*model, {2, 3});
    observe(*model, {3}, 4);
  }
  ASSERT_EQ(partners(shrunk, {1}).size(), 1u);
  EXPECT_DOUBLE_EQ(partners(shrunk, {1})[0].confidence, (4 + 10 * 0.5) / (5 + 10.0));
  EXPECT_TRUE(partners(tested, {1}).empty());
  for (CoPurchase* model : {&tested, &supported})
    observe(*model, {4}, 90);
  ASSERT_EQ(partners(tested, {1}).size(), 1u);
  EXPECT_TRUE(partners(supported, {1}).empty());
}

TEST(CoPurchase, WhatEverybodyBuysIsNobodysPartner) {
  CoPurchase model({.max_items = 1000});
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    // 0 is in nearly every order, whatever else is; 10+x goes with 20+x.
    std::vector<ItemId> order{0};
    const auto x = static_cast<ItemId>(random() % 10);
    order.push_back(10 + x);
    if (random() % 2 == 0) order.push_back(20 + x);
    if (random() % 20 == 0) order.erase(order.begin());
    model.observe_order(order);
  }
  for (ItemId x = 0; x < 10; ++x) {
    const std::vector<Partner> out = partners(model, {10 + x});
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(out[0].item, 20 + x);
    for (const Partner& p : out)
      EXPECT_NE(p.item, 0u);
  }
}

TEST(CoPurchase, ACartAsksForAllItsItemsAndGetsNoneOfThem) {
  CoPurchase model({.max_items = 1000});
  observe(model, {1, 2, 9}, 20);
  observe(model, {1, 8}, 20);
  observe(model, {2, 7}, 20);
  observe(model, {5, 6}, 200);
  const std::vector<Partner> out = partners(model, {1, 2});
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0].item, 9u);
  for (const Partner& p : out) {
    EXPECT_NE(p.item, 1u);
    EXPECT_NE(p.item, 2u);
  }
  EXPECT_EQ(out[1].item, 7u);  // as strong as 8, and the smaller number
  EXPECT_EQ(out[1].because, 2u);
  EXPECT_EQ(out[2].because, 1u);
}

TEST(CoPurchase, WhatWasNeverInAnOrderIsInNoPairAlsoAfterARestart) {
  CoPurchase model(plain());
  const ItemId unseen[] = {7};
  model.extend_order(unseen, 3);  // 7 was in the cart before anybody added it
  EXPECT_TRUE(partners(model, {3}).empty());
  BufferSink saved;
  ASSERT_TRUE(model.save(saved).ok());
  CoPurchase restored(plain());
  BufferSource source(saved.bytes);
  ASSERT_TRUE(restored.load(source).ok());
  BufferSink lived, went_on;
  for (CoPurchase* each : {&model, &restored})
    observe(*each, {7, 8});
  ASSERT_TRUE(model.save(lived).ok());
  ASSERT_TRUE(restored.save(went_on).ok());
  EXPECT_EQ(lived.bytes, went_on.bytes);
}

TEST(CoPurchase, AVeryLargeOrderIsCutAndCounted) {
  CoPurchase model({.max_items = 10'000, .order_items = 50});
  std::vector<ItemId> order(1000);
  for (ItemId i = 0; i < 1000; ++i)
    order[i] = i;
  model.observe_order(order);
  EXPECT_EQ(model.dropped_lines(), 950u);
  EXPECT_EQ(model.orders_of(49), 1u);
  EXPECT_EQ(model.orders_of(50), 0u);
}

TEST(CoPurchase, FullListsKeepThePairsThatRecur) {
  CoPurchase model({.max_items = 100'000, .partners_per_item = 64});
  // Item 1 meets 5,000 strangers once, and five friends a hundred times each.
  for (ItemId i = 0; i < 5000; ++i) {
    observe(model, {1, 1000 + i});
    if (i % 10 == 0) observe(model, {1, 10 + (i / 10) % 5});
    observe(model, {2, 3}, 2);
  }
  EXPECT_GT(model.replaced_pairs(), 4000u);
  const std::vector<Partner> out = partners(model, {1});
  ASSERT_EQ(out.size(), 5u);
  for (const Partner& p : out) {
    EXPECT_GE(p.item, 10u);
    EXPECT_LT(p.item, 15u);
    EXPECT_LE(p.support, 100u) << "support is never overstated";
    EXPECT_GE(p.support, 50u);
  }
}

// Against all pairs in a map, with lists that hold them all.
TEST(CoPurchase, CountsEveryPairWhenListsAreLongEnough) {
  CoPurchaseSettings settings = plain();
  settings.partners_per_item = 64;
  CoPurchase model(settings);
  std::mt19937 random(7);
  std::map<std::pair<ItemId, ItemId>, std::uint32_t> pairs;
  std::map<ItemId, double> held;
  double orders = 0;
  for (int i = 0; i < 500; ++i) {
    std::set<ItemId> order;
    for (std::size_t n = 1 + random() % 6; n > 0; --n)
      order.insert(static_cast<ItemId>(random() % 50));
    model.observe_order(std::vector<ItemId>(order.begin(), order.end()));
    orders += 1;
    for (const ItemId a : order) {
      held[a] += 1;
      for (const ItemId b : order)
        pairs[{a, b}] += a != b;
    }
  }
  for (ItemId a = 0; a < 50; ++a) {
    std::size_t expected = 0;
    for (ItemId b = 0; b < 50; ++b)
      expected += pairs[{a, b}] * orders > held[a] * held[b];
    const std::vector<Partner> out = partners(model, {a}, 100);
    EXPECT_EQ(out.size(), expected);
    for (const Partner& p : out) {
      EXPECT_EQ(p.support, (pairs[{a, p.item}]));
      EXPECT_NEAR(p.confidence, p.support / held[a], 1e-12);
      EXPECT_NEAR(p.lift, p.support * orders / (held[a] * held[p.item]), 1e-9);
    }
  }
}

}  // namespace
}  // namespace souk::recommendations
