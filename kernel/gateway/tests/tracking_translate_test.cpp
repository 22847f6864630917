#include <gtest/gtest.h>

#include "kernel/gateway/tracking/pixel.hpp"
#include "kernel/gateway/tracking/properties.hpp"
#include "kernel/gateway/tracking/translate.hpp"
#include "kernel/gateway/tracking/vocabulary.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway {
namespace {

constexpr std::int64_t kNow = 1'795'355'800'000'000;  // 2026-11-22T13:56:40Z

Status translate(const std::string& json, souk::v1::Event& event, TrackingFrame frame = {}) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  EXPECT_EQ(parser.parse(json).get(object), simdjson::SUCCESS) << json;
  frame.received_us = kNow;
  std::string wire;
  Status status = translate_event(object, frame, wire);
  EXPECT_EQ(wire.empty(), !status.ok());
  EXPECT_TRUE(event.ParseFromString(wire));
  return status;
}

souk::v1::Event tracked(const std::string& name, const std::string& properties) {
  souk::v1::Event event;
  const Status status = translate(
      R"({"type":"track","userId":"u","event":")" + name + R"(","properties":)" + properties + "}",
      event);
  EXPECT_TRUE(status.ok()) << status.message();
  return event;
}

TEST(TranslateTest, WhatIsMissingIsNamed) {
  souk::v1::Event event;
  EXPECT_EQ(translate(R"({"type":"track","event":"x"})", event).field(), "userId");
  EXPECT_EQ(
      translate(R"({"type":"track","event":"x","userId":null,"anonymousId":""})", event).field(),
      "userId");
  EXPECT_EQ(translate(R"({"type":"track","userId":"u"})", event).field(), "event");
  EXPECT_EQ(translate(R"({"type":"dance","userId":"u"})", event).field(), "type");
  EXPECT_EQ(translate(R"({"userId":"u"})", event).field(), "type");
  EXPECT_EQ(translate(R"({"type":"group","userId":"u"})", event).field(), "groupId");
  EXPECT_EQ(translate(R"({"type":"alias","userId":"u"})", event).field(), "previousId");
}

TEST(TranslateTest, PropertiesThatDoNotFitAreLeftOut) {
  const auto event = tracked(
      "Product Added", R"({"product_id":{"a":1},"price":"cheap","quantity":[1],"brand":"b"})");
  EXPECT_TRUE(event.product_added().product_id().empty());
  EXPECT_FALSE(event.product_added().has_price());
  EXPECT_EQ(event.product_added().brand(), "b");
}

TEST(TranslateTest, NumbersComeInManyForms) {
  double number = 0;
  for (const char* bad : {"", "abc", "-", ".", "1e", "12a", "NaN", "Infinity"}) {
    EXPECT_FALSE(tolerant_number(bad, number)) << bad;
  }
  const std::pair<const char*, double> good[] = {{"3", 3},
                                                 {"18.99", 18.99},
                                                 {"$1,234.50", 1234.5},
                                                 {"18,99 \xE2\x82\xAC", 18.99},
                                                 {"1.234,50", 1234.5},
                                                 {"1,234", 1234},
                                                 {"1,234,567", 1234567},
                                                 {"-2.5e1", -25}};
  for (const auto& [text, value] : good) {
    ASSERT_TRUE(tolerant_number(text, number)) << text;
    EXPECT_DOUBLE_EQ(number, value) << text;
  }
}

TEST(TranslateTest, EveryNameOfTheSpecAndItsElders) {
  for (const char* name : {"Products Searched",
                           "Product List Viewed",
                           "Product List Filtered",
                           "Promotion Viewed",
                           "Promotion Clicked",
                           "Product Clicked",
                           "Product Viewed",
                           "Product Added",
                           "Product Removed",
                           "Cart Viewed",
                           "Checkout Started",
                           "Checkout Step Viewed",
                           "Checkout Step Completed",
                           "Payment Info Entered",
                           "Order Completed",
                           "Order Updated",
                           "Order Cancelled",
                           "Order Refunded",
                           "Coupon Entered",
                           "Coupon Applied",
                           "Coupon Denied",
                           "Coupon Removed",
                           "Product Added to Wishlist",
                           "Product Removed from Wishlist",
                           "Wishlist Product Added to Cart",
                           "Product Shared",
                           "Cart Shared",
                           "Product Reviewed",
                           "Viewed Product Category",
                           "Viewed Promotion",
                           "Clicked Promotion",
                           "Clicked Product",
                           "Viewed Product",
                           "Added Product",
                           "Removed Product",
                           "Started Order",
                           "Completed Order",
                           "Updated Order",
                           "Email Delivered",
                           "Email Opened",
                           "Email Link Clicked",
                           "Email Bounced",
                           "Email Marked as Spam",
                           "Unsubscribed",
                           "product_added",
                           "PRODUCT ADDED",
                           "ProductAdded"}) {
    EXPECT_NE(payload_of_event(name), 0U) << name;
    EXPECT_NE(tracked(name, "{}").payload_case(), souk::v1::Event::kTracked) << name;
  }
  EXPECT_EQ(payload_of_event("Newsletter Banner Closed"), 0U);
  EXPECT_EQ(payload_of_event("Customer Erased"), 0U);
  EXPECT_EQ(payload_of_event("Product Upserted"), 0U);
}

TEST(TranslateTest, TolerantOfTheTradesHabits) {
  auto event = tracked("Viewed Product",
                       R"({"id":507,"Price":"18.99","Image-URL":"http://x/i.png","position":"3"})");
  EXPECT_EQ(event.product_viewed().product_id(), "507");
  EXPECT_DOUBLE_EQ(event.product_viewed().price(), 18.99);
  EXPECT_EQ(event.product_viewed().image_url(), "http://x/i.png");
  EXPECT_EQ(event.product_viewed().position(), 3);
  event = tracked("Product Viewed", R"({"sku":"G-32"})");
  EXPECT_EQ(event.product_viewed().product_id(), "G-32");
  EXPECT_EQ(event.product_viewed().sku(), "G-32");
  event = tracked(
      "Order Completed",
      R"({"Order ID":"o1","revenue":"25.00","products":[{"product_id":"a","quantity":"2"},{"id":"b"},"c"]})");
  EXPECT_EQ(event.order_completed().order_id(), "o1");
  EXPECT_DOUBLE_EQ(event.order_completed().revenue(), 25);
  EXPECT_FALSE(event.order_completed().has_total());
  ASSERT_EQ(event.order_completed().products_size(), 3);
  EXPECT_DOUBLE_EQ(event.order_completed().products(0).quantity(), 2);
  EXPECT_EQ(event.order_completed().products(1).product_id(), "b");
  EXPECT_EQ(event.order_completed().products(2).product_id(), "c");
  EXPECT_DOUBLE_EQ(
      tracked("Order Completed", R"({"order_id":"o","value":9})").order_completed().total(), 9);
  EXPECT_EQ(
      tracked("Products Searched", R"({"query":{"text":"red shoes"}})").products_searched().query(),
      "red shoes");
  EXPECT_EQ(tracked("Products Searched", R"({"search_term":"x","nbHits":"12"})")
                .products_searched()
                .results(),
            12U);
  EXPECT_EQ(tracked("Product List Filtered", R"({"filters":[{"type":"price","value":"under-25"}]})")
                .product_list_filtered()
                .filters(0)
                .value(),
            "under-25");
  EXPECT_EQ(tracked("Coupon Applied", R"({"coupon":"MAY"})").coupon_applied().coupon_id(), "MAY");
  EXPECT_EQ(tracked("Email Opened", R"({"email_id":"m1"})").channel(), souk::v1::Event::EMAIL);
  const auto other = tracked("Newsletter Banner Closed", R"({"depth":3,"deep":{"a":[1,null]}})");
  EXPECT_EQ(other.tracked().name(), "Newsletter Banner Closed");
  EXPECT_EQ(other.tracked().properties().fields().at("depth").number_value(), 3);
}

TEST(TranslateTest, WhoWhenAndWhere) {
  souk::v1::Event event;
  TrackingFrame frame;
  std::int64_t sent = 0;
  ASSERT_TRUE(parse_tracker_time("2026-11-22T10:00:10Z", sent));
  frame.sent_us = sent;
  ASSERT_TRUE(
      translate(
          R"({"type":"page","name":"PDP","userId":null,"anonymousId":"an","messageId":"m-1","timestamp":"2026-11-22T10:00:07.5Z",)"
          R"("context":{"page":{"url":"https://s/p?utm_source=n","referrer":"$direct"},"userAgent":"UA","locale":"de",)"
          R"("timezone":"Europe/Berlin","library":{"name":"analytics.js","version":"1"},"campaign":{"source":"n"},"ip":"1.2.3.4",)"
          R"("sessionId":1795,"groupId":"acme","consent":{"categoryPreferences":{"Analytics":true,"Advertising":false}}}})",
          event, frame)
          .ok());
  EXPECT_EQ(event.id(), "m-1");
  EXPECT_EQ(event.shopper_id(), "an");
  EXPECT_EQ(event.anonymous_id(), "an");
  EXPECT_EQ(event.time().seconds(), kNow / 1'000'000 - 3);  // 2.5 s old when it was sent
  EXPECT_EQ(event.time().nanos(), 500'000'000);
  EXPECT_EQ(event.page_viewed().name(), "PDP");
  EXPECT_EQ(event.context().page_url(), "https://s/p?utm_source=n");
  EXPECT_EQ(event.context().referrer(), "");
  EXPECT_EQ(event.context().ip(), "");
  EXPECT_EQ(event.context().library(), "analytics.js 1");
  EXPECT_EQ(event.context().campaign().source(), "n");
  EXPECT_EQ(event.session_id(), "1795");
  EXPECT_EQ(event.account_id(), "acme");
  EXPECT_EQ(event.channel(), souk::v1::Event::WEB);
  EXPECT_TRUE(event.consent().analytics());
  EXPECT_TRUE(event.consent().has_marketing());
  EXPECT_FALSE(event.consent().marketing());
  EXPECT_FALSE(event.consent().has_sharing());
}

TEST(TranslateTest, PeopleAndGroups) {
  souk::v1::Event event;
  ASSERT_TRUE(
      translate(
          R"({"type":"identify","userId":"u1","anonymousId":"an","context":{"traits":{"email":"a@b.c"}}})",
          event)
          .ok());
  EXPECT_EQ(event.shopper_id(), "u1");
  EXPECT_EQ(event.anonymous_id(), "an");
  EXPECT_EQ(event.identified().traits().fields().at("email").string_value(), "a@b.c");
  ASSERT_TRUE(
      translate(R"({"type":"group","userId":"u1","groupId":"g1","traits":{"name":"Acme"}})", event)
          .ok());
  EXPECT_EQ(event.group_joined().group_id(), "g1");
  EXPECT_EQ(event.account_id(), "g1");
  ASSERT_TRUE(translate(R"({"type":"alias","userId":"u1","previousId":"an1"})", event).ok());
  EXPECT_EQ(event.aliased().previous_id(), "an1");
  ASSERT_TRUE(translate(R"({"type":"screen","userId":7,"name":"Home","messageId":")" +
                            std::string(300, 'm') + "\"}",
                        event)
                  .ok());
  EXPECT_EQ(event.shopper_id(), "7");
  EXPECT_EQ(event.id().size(), 34U);
  const std::string id = event.id();
  ASSERT_TRUE(
      translate(R"({"type":"screen","userId":7,"messageId":")" + std::string(300, 'm') + "\"}",
                event)
          .ok());
  EXPECT_EQ(event.id(), id);
}

TEST(TranslateTest, Times) {
  std::int64_t time = 0;
  for (const char* bad :
       {"", "yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "2026-11-22T25:61:00Z",
        "2026-11-22T10:00:00Zx", "2026-11-22T10:00:00."}) {
    EXPECT_FALSE(parse_tracker_time(bad, time)) << bad;
  }
  std::int64_t utc = 0;
  ASSERT_TRUE(parse_tracker_time("2026-11-22T13:55:23.511Z", utc));
  EXPECT_EQ(utc, 1'795'355'723'511'000);
  for (const char* same : {"2026-11-22T14:55:23.511+01:00", "2026-11-22 13:55:23.511",
                           "2026-11-22T08:25:23.511-0530"}) {
    ASSERT_TRUE(parse_tracker_time(same, time)) << same;
    EXPECT_EQ(time, utc) << same;
  }
  EXPECT_EQ(corrected_time(1'000, 500, 400), 900);
  EXPECT_EQ(corrected_time(1'000, std::nullopt, 400), 400);
  EXPECT_EQ(corrected_time(1'000, std::nullopt, 4'000), 1'000);
  EXPECT_EQ(corrected_time(1'000, 500, 600), 600);
}

TEST(PixelTest, QueriesBecomeEvents) {
  EXPECT_EQ(pixel_event({{"writeKey", "s"},
                         {"userId", "u"},
                         {"properties.price", "3"},
                         {"properties.a.b", "\"x"}}),
            R"({"userId":"u","properties":{"price":"3","a":{"b":"\"x"}}})");
  EXPECT_EQ(pixel_event({{"properties", R"({"price":3})"}}), R"({"properties":{"price":3}})");
  EXPECT_EQ(pixel_event({{"data", "eyJhIjoxfQ"}}), R"({"a":1})");
  EXPECT_TRUE(transparent_gif().starts_with("GIF89a"));
}

}  // namespace
}  // namespace souk::gateway
