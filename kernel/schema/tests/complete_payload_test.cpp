// What the kernel fills in of a product before it is stored.
#include "kernel/schema/complete_payload.hpp"

#include <gtest/gtest.h>
#include <souk/v1/event.pb.h>

#include "kernel/schema/event_intake.hpp"

namespace souk::schema {
namespace {

using souk::v1::Event;
using souk::v1::Product;

constexpr std::uint32_t kUpserted = Event::kProductUpsertedFieldNumber;

void add_variant(Product& product, const std::string& id, std::int64_t price,
                 std::int64_t list_price = 0, const std::string& currency = "EUR") {
  souk::v1::Variant& variant = *product.add_variants();
  variant.set_id(id);
  variant.mutable_price()->set_amount(price);
  variant.mutable_price()->set_currency(currency);
  if (list_price == 0) return;
  variant.mutable_list_price()->set_amount(list_price);
  variant.mutable_list_price()->set_currency(currency);
}

/// The product as it is stored.
Product completed(const Product& product) {
  souk::v1::ProductUpserted event;
  *event.mutable_product() = product;
  std::string out;
  const std::string given = event.SerializeAsString();
  if (!complete_payload(kUpserted, given, out)) return product;
  EXPECT_TRUE(event.ParseFromString(out));
  return event.product();
}

TEST(CompletePayload, LeavesAloneWhatItCanNotRead) {
  std::string out;
  EXPECT_FALSE(complete_payload(kUpserted, "\x0a\xff", out));
  EXPECT_FALSE(complete_payload(kUpserted, "", out));
  EXPECT_FALSE(complete_payload(0, "x", out));
  EXPECT_FALSE(complete_payload(Event::kProductViewedFieldNumber, "", out));
}

TEST(CompletePayload, WithoutPricesThereIsNoRange) {
  Product product;
  product.set_id("p1");
  EXPECT_FALSE(completed(product).has_price_range());
  product.add_variants()->set_id("v1");
  EXPECT_FALSE(completed(product).has_price_range());
}

TEST(CompletePayload, TheRangeSpansTheVariants) {
  Product product;
  product.set_id("p1");
  product.set_title("Shirt");
  add_variant(product, "m", 2000);
  add_variant(product, "s", 1500);
  product.add_variants()->set_id("not priced");
  add_variant(product, "l", 2500);
  const Product stored = completed(product);
  EXPECT_EQ(stored.price_range().min().amount(), 1500);
  EXPECT_EQ(stored.price_range().max().amount(), 2500);
  EXPECT_EQ(stored.price_range().max().currency(), "EUR");
  EXPECT_FALSE(stored.has_list_price_range()) << "nothing is reduced";
  EXPECT_EQ(stored.title(), "Shirt");
  EXPECT_EQ(stored.variants_size(), 4);
}

TEST(CompletePayload, BeforeAReductionTheOthersCostWhatTheyCost) {
  Product product;
  add_variant(product, "s", 1000);
  add_variant(product, "m", 3000, 4000);
  const Product stored = completed(product);
  EXPECT_EQ(stored.price_range().min().amount(), 1000);
  EXPECT_EQ(stored.list_price_range().min().amount(), 1000);
  EXPECT_EQ(stored.list_price_range().max().amount(), 4000);
}

TEST(CompletePayload, CurrenciesAreNotMixed) {
  Product product;
  add_variant(product, "eu", 1500);
  add_variant(product, "jp", 9, 0, "JPY");
  const Product stored = completed(product);
  EXPECT_EQ(stored.price_range().min().amount(), 1500);
  EXPECT_EQ(stored.price_range().max().amount(), 1500);
}

TEST(CompletePayload, WhatTheStoreSaysStays) {
  Product product;
  add_variant(product, "s", 1500, 1800);
  product.mutable_price_range()->mutable_min()->set_amount(99);
  const Product stored = completed(product);
  EXPECT_EQ(stored.price_range().min().amount(), 99);
  EXPECT_FALSE(stored.price_range().has_max());
  EXPECT_FALSE(stored.has_list_price_range());
}

class Last final : public EventSink {
 public:
  void accept(std::size_t, std::string_view wire, const EventFields& fields) override {
    EXPECT_TRUE(event.ParseFromArray(wire.data(), static_cast<int>(wire.size())));
    EXPECT_EQ(fields.id, event.id());
    EXPECT_EQ(fields.payload, event.product_upserted().SerializeAsString());
    EXPECT_FALSE(fields.has_kernel_fields);
  }
  void reject(std::size_t, const Status& reason) override { ADD_FAILURE() << reason.message(); }
  Event event;
};

TEST(CompletePayload, EveryWayIntoTheLogFillsItIn) {
  Event event;
  add_variant(*event.mutable_product_upserted()->mutable_product(), "s", 1500);
  event.mutable_product_upserted()->mutable_product()->set_id("p1");
  event.set_shopper_id("me");
  event.set_sequence(9);  // the kernel's: taken out
  IntakeOptions options;
  options.received_us = 1'795'355'800'123'456;
  EventIntake intake;
  Last last;
  for (const char* id : {"", "given"}) {
    event.set_id(id);
    std::string_view stored;
    EventFields fields;
    ASSERT_TRUE(intake.from_event(event.SerializeAsString(), options, stored, fields).ok());
    last.accept(0, stored, fields);
    EXPECT_EQ(last.event.product_upserted().product().price_range().min().amount(), 1500);
    EXPECT_EQ(last.event.shopper_id(), "me");
  }
  const std::string json =
      R"({"productUpserted":{"product":{"id":"p1","variants":[{"id":"s","price":{"amount":700}}]}}})";
  ASSERT_TRUE(intake.from_json(json, options, last).ok());
  EXPECT_EQ(last.event.product_upserted().product().price_range().max().amount(), 700);
}

}  // namespace
}  // namespace souk::schema
