#include <thread>

#include "kernel/gateway/entity_events.hpp"
#include "kernel/gateway/tests/gateway_fixture.hpp"
#include "kernel/log/entity_changes.hpp"
#include "souk/v1/entity_services.pb.h"

namespace souk::gateway::testing {
namespace {

class EntitiesTest : public GatewayFixture {};

TEST_F(EntitiesTest, BadOnesAreRefusedAndNothingIsStored) {
  start();
  EXPECT_EQ(ask("PUT", "/v1/products/p1", "k-catalog", "").status, 400);
  EXPECT_EQ(ask("PUT", "/v1/products/p1", "k-catalog", "[]").status, 400);
  EXPECT_EQ(ask("PUT", "/v1/products/p1", "k-catalog", R"({"id":"p2"})").status, 400);
  const ClientResponse unknown = ask("PUT", "/v1/products/p1", "k-catalog", R"({"titel":"x"})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(json_at(unknown.body, "/errors/0/field"), "titel") << unknown.body;
  EXPECT_EQ(ask("GET", "/v1/products/p1", "k-catalog").status, 404);
  EXPECT_EQ(ask("DELETE", "/v1/products/p1", "k-catalog").status, 404);
  EXPECT_EQ(ask("GET", "/v1/products?limit=0", "k-catalog").status, 400);
  EXPECT_EQ(ask("GET", "/v1/products?cursor=%21", "k-catalog").status, 400);
  EXPECT_EQ(ask("GET", "/v1/products?colour=red", "k-catalog").status, 400);
  EXPECT_TRUE(events().empty());
}

TEST_F(EntitiesTest, QuantitiesThatCannotBeAreRefusedByName) {
  start();
  const auto fault = [this](const char* path, const std::string& body) {
    const ClientResponse put = ask("PUT", path, "k-catalog", body);
    EXPECT_EQ(put.status, 400) << put.body;
    return json_at(put.body, "/errors/0/field") + ": " + json_at(put.body, "/errors/0/detail");
  };
  EXPECT_EQ(fault("/v1/products/p1", R"({"variants":[{"id":"v","price":{"amount":-100}}]})"),
            "variants[0].price.amount: is -100; must be at least 0");
  EXPECT_EQ(fault("/v1/products/p1", R"({"priceRange":{"min":{"amount":-1}}})"),
            "priceRange.min.amount: is -1; must be at least 0");
  EXPECT_EQ(fault("/v1/products/p1", R"({"rating":{"value":-4}})"),
            "rating.value: is -4; must be at least 0");
  EXPECT_EQ(fault("/v1/products/p1", R"({"title":")" + std::string(2'049, 'x') + "\"}"),
            "title: is 2049 bytes long; at most 2048 are allowed");
  EXPECT_EQ(fault("/v1/orders/o1", R"({"lines":[{"productId":"p","quantity":-2}]})"),
            "lines[0].quantity: is -2; must be at least 0");
  EXPECT_EQ(fault("/v1/orders/o1", R"({"currency":"euro"})"),
            "currency: 'euro' does not match the pattern [A-Z]{3}");
  EXPECT_EQ(fault("/v1/inventory/p1", R"({"incoming":-3})"), "incoming: is -3; must be at least 0");
  EXPECT_TRUE(events().empty());
  EXPECT_EQ(ask("PUT", "/v1/inventory/p1", "k-catalog", R"({"available":-3})").status, 200)
      << "sold and not there";
  EXPECT_EQ(ask("PUT", "/v1/products/p1", "k-catalog",
                R"({"variants":[{"id":"v","price":{"amount":0}}]})")
                .status,
            200);
}

TEST_F(EntitiesTest, WhatWasWrittenIsRead) {
  start();
  const ClientResponse put = ask("PUT", "/v1/products/p1", "k-catalog", R"({"title":"Shoe"})");
  EXPECT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(json_at(put.body, "/id"), "p1");
  EXPECT_EQ(json_at(put.body, "/sequence"), "1");
  const ClientResponse got = ask("GET", "/v1/products/p1", "k-catalog");
  EXPECT_EQ(json_at(got.body, "/title"), "Shoe") << got.body;
  EXPECT_FALSE(json_at(got.body, "/updatedAt").empty());
  EXPECT_EQ(ask("GET", "/v1/products/p1", "k-other").status, 404);
  const ClientResponse wire =
      ask("GET", "/v1/products/p1", "k-catalog", "", {{"Accept", "application/x-protobuf"}});
  souk::v1::Product product;
  ASSERT_TRUE(product.ParseFromString(wire.body));
  EXPECT_EQ(product.title(), "Shoe");
  product.set_title("Boot");
  EXPECT_EQ(ask("PUT", "/v1/products/p1", "k-catalog", product.SerializeAsString(),
                {{"Content-Type", "application/x-protobuf"}})
                .status,
            200);
  EXPECT_EQ(json_at(ask("GET", "/v1/products/p1", "k-catalog").body, "/title"), "Boot");
  EXPECT_EQ(ask("DELETE", "/v1/products/p1", "k-catalog").status, 200);
  EXPECT_EQ(ask("GET", "/v1/products/p1", "k-catalog").status, 404);
  ASSERT_EQ(events().size(), 3U);
  EXPECT_TRUE(events()[2].has_product_deleted());
}

TEST_F(EntitiesTest, BatchesTakeTheGoodAndNameTheBad) {
  start();
  const ClientResponse batch =
      ask("POST", "/v1/products:batch", "k-catalog",
          R"({"products":[{"id":"a"},{"title":"no id"},{"id":"b","x":1},{"id":"c"}]})");
  EXPECT_EQ(batch.status, 200) << batch.body;
  EXPECT_EQ(json_at(batch.body, "/accepted"), "2");
  EXPECT_EQ(json_at(batch.body, "/rejected/0/index"), "1");
  EXPECT_NE(json_at(batch.body, "/rejected/1/reason").find("products[2].x"), std::string::npos)
      << batch.body;
  EXPECT_EQ(ask("POST", "/v1/products:batch", "k-catalog", R"({"products":[{}]})").status, 400);
  EXPECT_EQ(ask("POST", "/v1/products:batch", "k-catalog", R"({"products":[]})").status, 400);
  EXPECT_EQ(ask("POST", "/v1/products:batch", "k-catalog", R"({"things":[]})").status, 400);
}

TEST_F(EntitiesTest, PricesThatFollowFromVariantsAreFilledIn) {
  start();
  const std::string variants =
      R"("variants":[{"id":"m","price":{"amount":2000,"currency":"EUR"}},)"
      R"({"id":"s","price":{"amount":1500,"currency":"EUR"},"listPrice":{"amount":1800,"currency":"EUR"}}])";
  const auto expect_range = [this](const std::string& id) {
    const std::string body = ask("GET", "/v1/products/" + id, "k-catalog").body;
    EXPECT_EQ(json_at(body, "/priceRange/min/amount"), "1500") << body;
    EXPECT_EQ(json_at(body, "/priceRange/max/amount"), "2000") << body;
    EXPECT_EQ(json_at(body, "/listPriceRange/min/amount"), "1800") << body;
    EXPECT_EQ(json_at(body, "/variants/1/id"), "s") << body;
  };
  ASSERT_EQ(ask("PUT", "/v1/products/put", "k-catalog", "{" + variants + "}").status, 200);
  expect_range("put");
  ASSERT_EQ(ask("POST", "/v1/products:batch", "k-catalog",
                R"({"products":[{"id":"batch",)" + variants + "}]}")
                .status,
            200);
  expect_range("batch");
  const std::string event =
      R"({"events":[{"id":"e1","productUpserted":{"product":{"id":"event",)" + variants + "}}}]}";
  ASSERT_EQ(ask("POST", "/v1/events", "k-admin", event).status, 202);
  expect_range("event");
  ASSERT_EQ(events().size(), 3U);
  for (const auto& logged : events())
    EXPECT_TRUE(logged.product_upserted().product().has_price_range()) << "plugins read the log";
  EXPECT_EQ(ask("PUT", "/v1/products/none", "k-catalog", R"({"variants":[{"id":"v"}]})").status,
            200);
  EXPECT_EQ(json_at(ask("GET", "/v1/products/none", "k-catalog").body, "/priceRange/min/amount"),
            "");
}

TEST_F(EntitiesTest, ListsPageToTheEnd) {
  start();
  std::string body = "{\"customers\":[";
  for (int i = 0; i < 25; ++i) {
    body += std::string(i == 0 ? "" : ",") + R"({"id":"c/)" + static_cast<char>('a' + i) + "\"}";
  }
  ASSERT_EQ(ask("POST", "/v1/customers:batch", "k-customers", body + "]}").status, 200);
  std::string seen;
  std::string cursor;
  int pages = 0;
  do {
    const ClientResponse page =
        ask("GET", "/v1/customers?limit=10&cursor=" + cursor, "k-customers");
    ASSERT_EQ(page.status, 200) << page.body;
    for (int i = 0; i < 10; ++i) {
      const std::string id = json_at(page.body, "/customers/" + std::to_string(i) + "/id");
      if (!id.empty()) seen += id.back();
    }
    cursor = json_at(page.body, "/nextCursor");
  } while (!cursor.empty() && ++pages < 10);
  EXPECT_EQ(seen, "abcdefghijklmnopqrstuvwxy");
}

TEST_F(EntitiesTest, StockLevelsFindTheirProduct) {
  start();
  ASSERT_EQ(ask("PUT", "/v1/inventory/p1:m:berlin", "k-catalog", R"({"available":3})").status, 200);
  EXPECT_EQ(json_at(ask("GET", "/v1/inventory/p1:m:berlin", "k-catalog").body, "/productId"), "p1");
  ASSERT_EQ(ask("POST", "/v1/inventory:batch", "k-catalog",
                R"({"levels":[{"productId":"p2","locationId":"x","available":1}]})")
                .status,
            200);
  EXPECT_EQ(json_at(ask("GET", "/v1/inventory/p2::x", "k-catalog").body, "/available"), "1");
}

TEST_F(EntitiesTest, OrdersBecomeTheEventsTheyAmountTo) {
  start();
  const auto put = [&](const char* status) {
    return ask("PUT", "/v1/orders/o1", "k-catalog",
               std::string(
                   R"({"shopperId":"c1","currency":"EUR","lines":[{"productId":"p1","quantity":2,)") +
                   R"("price":{"amount":"999"}}],"totals":{"total":{"amount":"1998"}},"status":")" +
                   status + "\"}")
        .status;
  };
  ASSERT_EQ(put("PAID"), 200);
  ASSERT_EQ(put("SHIPPED"), 200);
  ASSERT_EQ(put("CANCELLED"), 200);
  const auto stored = events();
  ASSERT_EQ(stored.size(), 5U);
  EXPECT_EQ(stored[0].shopper_id(), "c1");
  EXPECT_EQ(stored[0].order_completed().products(0).product_id(), "p1");
  EXPECT_DOUBLE_EQ(stored[0].order_completed().products(0).price(), 9.99);
  EXPECT_DOUBLE_EQ(stored[0].order_completed().total(), 19.98);
  EXPECT_TRUE(stored[1].has_order_updated());
  EXPECT_TRUE(stored[2].has_order_updated());
  EXPECT_TRUE(stored[3].has_order_shipped());
  EXPECT_TRUE(stored[4].has_order_cancelled());
  EXPECT_EQ(json_at(ask("GET", "/v1/orders/o1", "k-catalog").body, "/status"), "CANCELLED");
  EXPECT_EQ(log::minor_units_of("JPY"), 1);
  EXPECT_EQ(log::minor_units_of("KWD"), 1'000);
}

TEST_F(EntitiesTest, APersonIsExportedAndThenForgotten) {
  start();
  const auto event = [](const char* id, const char* shopper) {
    return std::string(R"({"id":")") + id + R"(","shopperId":")" + shopper +
           R"(","productViewed":{"productId":"p1"}})";
  };
  ASSERT_EQ(ask("POST", "/v1/events", "k-events",
                "[" + event("1", "anna7") + "," + event("2", "carl") + "]")
                .status,
            202);
  ASSERT_EQ(
      ask("PUT", "/v1/customers/anna7", "k-customers", R"({"email":"anna@shop.example"})").status,
      200);
  ASSERT_EQ(ask("PUT", "/v1/orders/o7", "k-catalog", R"({"shopperId":"anna7"})").status, 200);
  const ClientResponse held = ask("GET", "/v1/customers/anna7/export", "k-customers");
  EXPECT_EQ(held.status, 200);
  EXPECT_EQ(json_at(held.body, "/customer/email"), "anna@shop.example") << held.body;
  EXPECT_EQ(json_at(held.body, "/orders/0/id"), "o7");
  EXPECT_EQ(json_at(held.body, "/events/0/id"), "1");
  EXPECT_EQ(json_at(held.body, "/events/0/sequence"), "1");
  EXPECT_EQ(held.body.find("carl"), std::string::npos);

  host_.folds_ = false;
  EXPECT_EQ(ask("DELETE", "/v1/customers/anna7", "k-customers").status, 503);
  host_.folds_ = true;
  const ClientResponse erased = ask("DELETE", "/v1/customers/anna7", "k-customers");
  EXPECT_EQ(erased.status, 200) << erased.body;
  EXPECT_EQ(ask("GET", "/v1/customers/anna7", "k-customers").status, 404);
  EXPECT_EQ(ask("GET", "/v1/orders/o7", "k-catalog").status, 404);
  EXPECT_EQ(ask("GET", "/v1/customers/anna7/export", "k-customers").status, 404);
  for (const auto& left : events())
    EXPECT_NE(left.shopper_id(), "anna7");
  EXPECT_EQ(json_at(ask("GET", "/v1/customers/carl/export", "k-customers").body, "/events/0/id"),
            "2");
  EXPECT_EQ(ask("DELETE", "/v1/customers/nobody", "k-customers").status, 200);
}

}  // namespace
}  // namespace souk::gateway::testing
