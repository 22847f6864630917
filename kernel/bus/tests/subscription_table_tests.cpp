#include "kernel/bus/subscription_table.hpp"

#include <gtest/gtest.h>

namespace souk::bus {
namespace {

schema::EventFields of_field(std::uint32_t field, std::string_view custom = {}) {
  schema::EventFields fields;
  fields.payload_field = field;
  fields.custom_type = custom;
  return fields;
}

TEST(SubscriptionTableTest, WhatIsNotReadDoesNotMatch) {
  const SubscriptionTable none({});
  EXPECT_EQ(none.match(of_field(20)), -1);
  EXPECT_EQ(none.match(of_field(0)), -1);
  EXPECT_EQ(none.match(of_field(4'000'000'000)), -1);
  const std::vector<std::string> reads{"northwind.v1.QuoteRequested"};
  const SubscriptionTable custom(reads);
  EXPECT_EQ(custom.match(of_field(15, "northwind.v1.Other")), -1);
  EXPECT_EQ(custom.match(of_field(0)), -1);  // an erased event has no payload
}

TEST(SubscriptionTableTest, MatchesByVocabularyAndByCustomType) {
  const std::vector<std::string> reads{"a.v1.X", "souk.v1.OrderCompleted", "souk.v1.ProductViewed",
                                       "a.v1.Y"};
  const SubscriptionTable table(reads);
  EXPECT_EQ(table.match(of_field(20)), 2);
  EXPECT_EQ(table.match(of_field(28)), 1);
  EXPECT_EQ(table.match(of_field(15, "a.v1.Y")), 3);
  EXPECT_EQ(table.match(of_field(21)), -1);
  EXPECT_EQ(table.type(3), "a.v1.Y");
}

}  // namespace
}  // namespace souk::bus
