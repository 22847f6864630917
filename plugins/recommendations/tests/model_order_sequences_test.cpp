#include "plugins/recommendations/model/order_sequences.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "plugins/recommendations/tests/purchase_book.hpp"

namespace souk::recommendations {
namespace {

using testing::Book;
using testing::Books;
using testing::kDay;
using testing::kStart;

class Sequences : public ::testing::Test {
 protected:
  void order(std::uint32_t shopper, const std::vector<ItemId>& items, std::uint32_t now_s) {
    Book& book = books_[shopper];
    model_.observe(book.history(), items, now_s);
    book.order(items, now_s);
  }
  std::vector<Successor> predict(const Book& book, std::uint32_t now_s) {
    std::vector<Successor> out;
    OrderSequencesScratch scratch;
    model_.predict(book.history(), now_s, 10, scratch, out);
    return out;
  }
  static Book had(ItemId item, std::uint32_t at_s) {
    Book book;
    book.order({item}, at_s);
    return book;
  }

  /// 300 shoppers of 20 products of chance; who takes product 1 takes 2 about three weeks later,
  /// and 3 goes with 4 in any order.
  void planted() {
    std::mt19937 random(5);
    std::normal_distribution<double> lag(21, 2);
    const auto below = [&](std::uint32_t most) {
      return static_cast<std::uint32_t>(random() % most);
    };
    for (std::uint32_t shopper = 0; shopper < 300; ++shopper) {
      std::uint32_t now_s = kStart + below(30 * kDay);
      for (int i = 0; i < 6; ++i, now_s += kDay * (5 + below(20)))
        order(shopper, {10 + below(20)}, now_s);
      if (shopper % 3 == 0) {
        order(shopper, {1}, now_s);
        order(shopper, {10 + below(20)}, now_s + 5 * kDay);
        order(shopper, {2}, now_s + static_cast<std::uint32_t>(lag(random) * kDay));
      } else if (shopper % 3 == 1) {
        const bool turn = below(2) == 0;
        order(shopper, {turn ? 3u : 4u}, now_s);
        order(shopper, {turn ? 4u : 3u}, now_s + (5 + below(20)) * kDay);
      }
    }
  }

  OrderSequences model_{OrderSequencesSettings{.max_items = 100}};
  Books books_;
};

TEST_F(Sequences, SettingsOutOfRangeAreNamed) {
  EXPECT_TRUE(validate(OrderSequencesSettings{}).ok());
  OrderSequencesSettings settings;
  settings.min_direction = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(validate(settings).field(), "min_direction");
  settings = {};
  settings.successors_per_item = 1;
  EXPECT_EQ(validate(settings).field(), "successors_per_item");
}

TEST_F(Sequences, StrangeOrdersAreHarmless) {
  order(1, {}, kStart);
  order(1, {kNoItem, 100, 5}, kStart);
  order(1, {kNoItem, 100, 6}, kStart + kDay);
  order(1, {7}, 0);  // before all others
  EXPECT_EQ(model_.pair(5, 6).support, 1u);
  EXPECT_EQ(model_.pair(5, 7).support, 0u);
  EXPECT_TRUE(predict(Book{}, kStart).empty());
  EXPECT_TRUE(predict(had(kNoItem, kStart), kStart + kDay).empty());
}

TEST_F(Sequences, APlantedOneIsFoundWithItsLag) {
  planted();
  const Successor found = model_.pair(1, 2);
  EXPECT_EQ(found.support, 100u);
  EXPECT_NEAR(found.median_days, 21, 1);
  EXPECT_LT(found.spread, 0.2);
  EXPECT_GT(found.direction, 5);
  EXPECT_GT(found.significance, 100);
  const auto due = predict(had(1, kStart), kStart + 21 * kDay);
  ASSERT_FALSE(due.empty());
  EXPECT_EQ(due[0].item, 2u);
  EXPECT_EQ(due[0].because, 1u);
  EXPECT_GT(due[0].score, 0.3);
}

TEST_F(Sequences, NothingElseIsCalledOne) {
  planted();
  // A month of chance, product by product, and the pair that has no order.
  for (ItemId first = 3; first < 30; ++first) {
    for (const Successor& found : predict(had(first, kStart), kStart + 15 * kDay)) {
      EXPECT_NE(first, 3u) << found.item;
      EXPECT_NE(first, 4u) << found.item;
      EXPECT_LT(found.score, 0.3) << first << " → " << found.item;
    }
  }
  EXPECT_LT(std::abs(model_.pair(3, 4).direction), 2);
  EXPECT_EQ(model_.pair(2, 1).support, 0u);
}

TEST_F(Sequences, TooEarlyAndTooLateAreNotNow) {
  planted();
  EXPECT_TRUE(predict(had(1, kStart), kStart + 2 * kDay).empty());
  EXPECT_TRUE(predict(had(1, kStart), kStart + 200 * kDay).empty());
}

TEST_F(Sequences, WhatFollowedAlreadyIsNotProposedAgain) {
  planted();
  Book book = had(1, kStart);
  book.order({2}, kStart + 15 * kDay);
  for (const Successor& found : predict(book, kStart + 21 * kDay))
    EXPECT_NE(found.item, 2u);
}

TEST_F(Sequences, ListsAreBoundedAndWhatRecursStays) {
  OrderSequencesSettings settings{.max_items = 5000, .successors_per_item = 8};
  OrderSequences small(settings);
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const Book book = had(1, kStart);
    // Every fourth shopper takes product 2, the others something that nobody else takes.
    const std::vector<ItemId> next{i % 4 == 0 ? 2 : 100 + i};
    small.observe(book.history(), next, kStart + 10 * kDay);
  }
  EXPECT_EQ(small.pair(1, 2).support, 500u);
  EXPECT_GT(small.replaced_pairs(), 1000u);
}

}  // namespace
}  // namespace souk::recommendations
