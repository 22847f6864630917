#include "plugins/recommendations/model/repurchase.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "plugins/recommendations/tests/purchase_book.hpp"

namespace souk::recommendations {
namespace {

using testing::Book;
using testing::Books;
using testing::kDay;
using testing::kStart;

class RepurchaseTest : public ::testing::Test {
 protected:
  void order(std::uint32_t shopper, const std::vector<ItemId>& items, std::uint32_t now_s,
             std::uint32_t category = kNoItem) {
    Book& book = books_[shopper];
    model_.observe(book.history(), items, now_s, [&](ItemId) { return category; });
    book.order(items, now_s);
  }
  [[nodiscard]] RepurchaseOutlook outlook(std::uint32_t shopper, ItemId item, double days,
                                          std::uint32_t category = kNoItem) {
    for (const Purchase& had : books_[shopper].items) {
      if (had.item != item) continue;
      const auto now_s = had.last_s + static_cast<std::uint32_t>(days * kDay);
      return model_.outlook(had, category, now_s);
    }
    ADD_FAILURE() << "never bought";
    return {};
  }

  Repurchase model_{RepurchaseLimits{.max_items = 1000, .max_categories = 100}};
  Books books_;
};

TEST_F(RepurchaseTest, SharesAreThoseOfTheTables) {
  RepurchaseOutlook outlook;
  outlook.interval_days = 10;
  outlook.spread = 0.5;
  EXPECT_NEAR(outlook.share_within(10), 0.5, 1e-9);
  EXPECT_NEAR(outlook.share_within(10 * std::exp(0.5)), 0.841344746, 1e-9);
  EXPECT_NEAR(outlook.share_within(10 * std::exp(-1.0)), 0.022750132, 1e-9);
  EXPECT_EQ(outlook.share_within(0), 0);
  EXPECT_EQ(outlook.share_within(-5), 0);
  outlook.interval_days = 0;
  EXPECT_EQ(outlook.share_within(10), 0);
  EXPECT_EQ(outlook.due_within(10), 0);
}

TEST_F(RepurchaseTest, NothingKnownIsNothingClaimed) {
  order(1, {5}, kStart);
  const RepurchaseOutlook known = outlook(1, 5, 30);
  EXPECT_EQ(known.evidence, 0u);
  EXPECT_LT(known.again, 0.2);
  Purchase never{.item = 999};
  EXPECT_GE(model_.outlook(never, 50, 0).elapsed_days, 0);
  EXPECT_EQ(model_.popularity(999, true), 0);
}

TEST_F(RepurchaseTest, IntervalAndRegularityAreLearned) {
  std::mt19937 random(3);
  std::gamma_distribution<double> days(16, 28.0 / 16);  // mean 28, shape 16
  for (std::uint32_t shopper = 0; shopper < 200; ++shopper) {
    double now = kStart;
    for (int i = 0; i < 8; ++i, now += days(random) * kDay)
      order(shopper, {7}, static_cast<std::uint32_t>(now));
  }
  const RepurchaseOutlook found = outlook(0, 7, 28);
  EXPECT_NEAR(found.interval_days, 28, 3);
  EXPECT_NEAR(found.spread, 0.25, 0.06);
  EXPECT_GT(found.again, 0.8);
  EXPECT_NEAR(found.ripeness(), 0.5, 0.15);
  EXPECT_LT(outlook(0, 7, 7).chance_within(7), 0.03);
  EXPECT_GT(outlook(0, 7, 25).chance_within(7), 0.3);
}

TEST_F(RepurchaseTest, WhoWaitedFarTooLongHasProbablyEnded) {
  for (std::uint32_t shopper = 0; shopper < 50; ++shopper) {
    for (std::uint32_t i = 0; i < 6; ++i)
      order(shopper, {7}, kStart + i * 30 * kDay + shopper % 5 * kDay);
  }
  EXPECT_GT(outlook(0, 7, 30).chance_within(7), 5 * outlook(0, 7, 120).chance_within(7));
}

TEST_F(RepurchaseTest, WhatRanOutLastMonthIsStillDueAndWhatWasJustBoughtIsNot) {
  for (std::uint32_t shopper = 0; shopper < 50; ++shopper) {
    for (std::uint32_t i = 0; i < 6; ++i)
      order(shopper, {7}, kStart + i * 30 * kDay + shopper % 5 * kDay);
  }
  const double just = outlook(0, 7, 5).due_within(7), now = outlook(0, 7, 28).due_within(7),
               late = outlook(0, 7, 60).due_within(7), gone = outlook(0, 7, 1500).due_within(7);
  EXPECT_LT(just, 0.01);
  EXPECT_GT(now, 0.2);
  EXPECT_GT(late, 0.03);
  EXPECT_LT(late, now / 3);
  EXPECT_LT(gone, 0.01);
}

TEST_F(RepurchaseTest, AGapInWhichSomebodyBoughtElsewhereLengthensLittle) {
  for (std::uint32_t shopper = 0; shopper < 60; ++shopper) {
    for (std::uint32_t i = 0; i < 8; ++i) {
      if (i == 1 + shopper % 5) continue;  // one refill of theirs came from another shop
      order(shopper, {7}, kStart + i * 20 * kDay);
    }
  }
  order(1000, {7}, kStart);
  EXPECT_LT(outlook(1000, 7, 20).interval_days, 23);
  EXPECT_GT(outlook(1000, 7, 20).interval_days, 20);
}

TEST_F(RepurchaseTest, DurablesAreToldFromRefills) {
  for (std::uint32_t shopper = 0; shopper < 100; ++shopper) {
    order(shopper, {1, 2}, kStart);
    order(shopper, {1}, kStart + 30 * kDay);
    order(shopper, {1, 3}, kStart + 60 * kDay);
  }
  EXPECT_GT(model_.share_again(1), 0.9);
  EXPECT_LT(model_.share_again(2), 0.1);
  EXPECT_GT(model_.rate(1, false), 0.8);
  EXPECT_LT(model_.rate(2, true), 0.1);
  EXPECT_LT(outlook(0, 2, 60).again, 0.1);
}

TEST_F(RepurchaseTest, ANewProductTakesOnItsCategory) {
  for (std::uint32_t shopper = 0; shopper < 100; ++shopper) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      order(shopper, {1 + shopper % 5}, kStart + i * 10 * kDay, 3);
      order(shopper, {20 + shopper % 5}, kStart + i * 90 * kDay, 4);
    }
  }
  order(1000, {50}, kStart, 3);
  order(1000, {51}, kStart, 4);
  EXPECT_LT(outlook(1000, 50, 10, 3).interval_days, 20);
  EXPECT_GT(outlook(1000, 51, 10, 4).interval_days, 60);
}

TEST_F(RepurchaseTest, TheShoppersOwnRhythmCountsMore) {
  for (std::uint32_t shopper = 0; shopper < 100; ++shopper) {
    for (std::uint32_t i = 0; i < 5; ++i)
      order(shopper, {7}, kStart + i * (shopper == 0 ? 60 : 20) * kDay);
  }
  EXPECT_GT(outlook(0, 7, 20).interval_days, 40);
  EXPECT_NEAR(outlook(1, 7, 20).interval_days, 20, 2);
}

}  // namespace
}  // namespace souk::recommendations
