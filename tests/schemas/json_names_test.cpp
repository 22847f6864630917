// The names that clients type, in requests and answers as the documentation shows them, read and
// written by Protobuf's own JSON mapping.

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include <map>
#include <set>

#include "souk/v1/admin.pb.h"
#include "souk/v1/entity_services.pb.h"
#include "souk/v1/event.pb.h"
#include "souk/v1/ingest.pb.h"
#include "souk/v1/options.pb.h"
#include "souk/v1/recommendations.pb.h"
#include "tests/schemas/schema_set.hpp"

namespace souk::schemas_test {
namespace {

namespace pb = google::protobuf;
using testing::HasSubstr;

/// Empty when the text is a message of that type in every name, else what is wrong.
std::string read(const std::string& json, pb::Message& message) {
  const auto status = pb::util::JsonStringToMessage(json, &message);
  return status.ok() ? "" : status.ToString();
}

std::string written(const pb::Message& message) {
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  EXPECT_TRUE(pb::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

TEST(JsonNames, UnknownOnesAreRefused) {
  v1::Event event;
  EXPECT_THAT(read(R"({"productview":{"productId":"p1"}})", event), HasSubstr("productview"));
  EXPECT_THAT(read(R"({"productViewed":{"product":"p1"}})", event), HasSubstr("product"));
  EXPECT_THAT(read(R"({"channel":"CHANNEL_WEB"})", event), HasSubstr("CHANNEL_WEB"));
}

TEST(JsonNames, OfPostedEvents) {
  v1::PostEventsRequest request;
  ASSERT_EQ(read(R"({"events":[
    {"id":"e1","time":"2026-11-22T10:00:00Z","shopperId":"s1","sessionId":"v1","accountId":"a",
     "channel":"WEB","consent":{"analytics":true,"marketing":false},"anonymousId":"a1",
     "attributionToken":"t1","context":{"pageUrl":"https://shop.example/p/1"},
     "productViewed":{"productId":"p1","price":18.99,"currency":"EUR"}},
    {"id":"e2","orderCompleted":{"orderId":"o1","checkoutId":"c1","subtotal":20,"total":25,
     "revenue":20,"shipping":3,"tax":2,"discount":1,"coupon":"x","currency":"EUR","affiliation":"w",
     "products":[{"productId":"p1","quantity":2,"price":10}]}},
    {"id":"e3","custom":{"type":"northwind.v1.QuoteRequested","data":"AA=="}}]})",
                 request),
            "");
  ASSERT_EQ(request.events_size(), 3);
  EXPECT_EQ(request.events(0).product_viewed().product_id(), "p1");
  EXPECT_EQ(request.events(0).channel(), v1::Event::WEB);
  EXPECT_EQ(request.events(1).order_completed().products(0).quantity(), 2);
}

TEST(JsonNames, OfTheAnswerToEvents) {
  v1::PostEventsReply reply;
  reply.set_accepted(2);
  reply.set_last_sequence(7);
  auto& rejected = *reply.add_rejected();
  rejected.set_index(1);
  rejected.set_reason("why");
  EXPECT_EQ(written(reply),
            R"({"accepted":2,"duplicates":0,"rejected":[{"index":1,"reason":"why"}],)"
            R"("lastSequence":"7"})");
}

TEST(JsonNames, OfACustomer) {
  v1::Customer customer;
  ASSERT_EQ(read(R"({"id":"c1","email":"a@b.example","phone":"+491","name":"A B","locale":"de",
                     "timeZone":"Europe/Berlin",
                     "consents":[{"channel":"EMAIL","status":"GRANTED"}],
                     "attributes":{"plan":"gold"}})",
                 customer),
            "");
  EXPECT_EQ(customer.consents(0).channel(), v1::ChannelConsent::EMAIL);
  EXPECT_EQ(customer.consents(0).status(), v1::ChannelConsent::GRANTED);
}

TEST(JsonNames, OfAProductAsUcpWritesIt) {
  v1::Product product;
  ASSERT_EQ(read(R"({"id":"p1","title":"Shoe","description":{"plain":"A shoe."},"handle":"shoe",
      "url":"https://shop.example/shoe","categories":[{"value":"Shoes","taxonomy":"merchant"}],
      "price_range":{"min":{"amount":1899,"currency":"EUR"},"max":{"amount":1999,"currency":"EUR"}},
      "list_price_range":{"min":{"amount":2500,"currency":"EUR"}},
      "media":[{"type":"image","url":"https://shop.example/1.jpg","alt_text":"A shoe"}],
      "options":[{"name":"Size","values":[{"label":"42"}]}],
      "rating":{"value":4.5,"scale_max":5,"count":10},"tags":["new"],"metadata":{"any":["thing",1]},
      "variants":[{"id":"v1","sku":"S-42","barcodes":[{"type":"gtin","value":"1"}],"title":"42",
        "description":{"plain":"Size 42."},"price":{"amount":1899,"currency":"EUR"},
        "list_price":{"amount":2500,"currency":"EUR"},
        "availability":{"available":true,"status":"in_stock"},
        "options":[{"name":"Size","label":"42"}],"seller":{"name":"Demo"}}]})",
                 product),
            "");
  EXPECT_EQ(product.variants(0).price().amount(), 1899);
  EXPECT_EQ(product.variants(0).availability().status(), v1::Availability::in_stock);
  EXPECT_THAT(written(product), HasSubstr(R"("priceRange":{"min":{"amount":"1899")"));
}

TEST(JsonNames, OfEntityEvents) {
  for (const char* json :
       {R"({"productUpserted":{"product":{"id":"p1","hidden":true}}})",
        R"({"productDeleted":{"productId":"p1"}})",
        R"({"inventorySet":{"productId":"p1","variantId":"v1","locationId":"l1","available":0}})",
        R"({"customerUpserted":{"customer":{"id":"c1"}}})",
        R"({"customerErased":{"customerId":"c1"}})",
        R"({"accountUpserted":{"account":{"id":"a1","priceListId":"l1"}}})",
        R"({"accountDeleted":{"accountId":"a1"}})",
        R"({"priceListSet":{"priceList":{"id":"l1","entries":[{"productId":"p1"}]}}})"}) {
    v1::Event event;
    EXPECT_EQ(read(json, event), "") << json;
  }
}

TEST(JsonNames, OfRecommendations) {
  v1::RecommendRequest request;
  EXPECT_EQ(read(R"({"kind":"similar","shopperId":"s","sessionId":"v","productId":"p","limit":4,
                     "exclude":["a"],"category":"c","cart":["b"],"explain":true})",
                 request),
            "");
  v1::RecommendReply reply;
  auto& item = *reply.add_items();
  item.set_product_id("p2");
  item.set_score(0.5);
  item.set_reason("why");
  reply.set_attribution_token("t");
  const std::string json = written(reply);
  EXPECT_THAT(json, HasSubstr(R"("items":[{"productId":"p2","score":0.5,"reason":"why")"));
  EXPECT_THAT(json, HasSubstr(R"("attributionToken":"t")"));
}

TEST(JsonNames, OfReadiness) {
  v1::Readiness readiness;
  auto& plugin = *readiness.add_plugins();
  plugin.set_store("demo");
  plugin.set_state(v1::PluginState::RUNNING);
  const std::string json = written(readiness);
  EXPECT_THAT(json, HasSubstr(R"("ready":false)"));
  EXPECT_THAT(json, HasSubstr(R"("state":"RUNNING")"));
  EXPECT_THAT(json, HasSubstr(R"("lag":"0")"));
}

/// "METHOD path" → scope, of everything that ships below the prefix.
std::map<std::string, std::string> shipped_routes(const std::string& prefix) {
  std::map<std::string, std::string> routes;
  for_each_method(SchemaSet::shipped(), [&routes, &prefix](const pb::MethodDescriptor& method) {
    const auto& http = method.options().GetExtension(v1::http);
    const auto add = [&](const char* verb, const std::string& path) {
      if (path.starts_with(prefix)) routes[std::string(verb) + " " + path] = http.scope();
    };
    if (http.has_get()) add("GET", http.get());
    if (http.has_put()) add("PUT", http.put());
    if (http.has_post()) add("POST", http.post());
    if (http.has_delete_()) add("DELETE", http.delete_());
  });
  return routes;
}

TEST(Routes, AreThoseThatAreDocumented) {
  auto routes = shipped_routes("/");
  for (const auto& [route, scope] : shipped_routes("/1/"))
    routes.erase(route);
  std::map<std::string, std::string> expected = {
      {"POST /v1/events", "events"},
      {"GET /v1/recommendations", "decide"},
      {"GET /v1/recommendations/page", "decide"},
      {"GET /v1/recommendations/report", "admin"},
      {"GET /v1/search", "decide"},
      {"GET /v1/suggest", "decide"},
      {"GET /v1/search/analytics", "admin"},
      {"GET /v1/search/ranker", "admin"},
      {"GET /v1/search/synonyms/proposals", "admin"},
      {"GET /v1/customers/{id}/export", "customers"},
      {"GET /v1/customers/{id}/profile", "customers"},
      {"GET /v1/customers/{id}/segments", "customers"},
      {"GET /v1/accounts/{id}/profile", "customers"},
      {"POST /v1/customers:value", "customers"},
      {"POST /v1/customers:uplift", "customers"},
      {"GET /v1/experiments", "customers"},
      {"GET /v1/experiments/{experiment_id}/uplift", "customers"},
      {"POST /v1/tables:score", "admin"},
      {"GET /v1/segments", "customers"},
      {"GET /v1/messages", "customers"},
      {"GET /v1/flows", "customers"},
      {"GET /v1/flows/{flow_id}/preview", "customers"},
      {"GET /v1/flows/report", "customers"},
      {"POST /v1/flows/{flow_id}/trigger", "customers"},
      {"GET /v1/confirm", "public"},
      {"POST /v1/confirm", "public"},
      {"GET /v1/unsubscribe", "public"},
      {"POST /v1/unsubscribe", "public"},
      {"GET /v1/o/{token}", "public"},
      {"GET /v1/c/{token}", "public"},
      {"POST /v1/messages/feedback/{provider}", "public"},
      {"POST /v1/messages/sms/{kind}", "public"},
      {"GET /v1/segments/{segment_id}/members", "customers"},
      {"GET /v1/segments/{segment_id}/audience", "customers"},
      {"GET /v1/segments/{segment_id}/audience.csv", "customers"},
      {"GET /v1/segments/report", "customers"},
      {"POST /v1/segments:preview", "customers"},
      {"GET /v1/admin/plugins", "admin"},
      {"POST /v1/admin/plugins/{name}:enable", "admin"},
      {"POST /v1/admin/plugins/{name}:disable", "admin"},
      {"POST /v1/admin/plugins/{name}:reload", "admin"},
      {"GET /v1/admin/stats", "admin"},
      {"GET /v1/admin/dead-letters", "admin"},
      {"POST /v1/admin/dead-letters/{id}:replay", "admin"},
      {"GET /healthz", "public"},
      {"GET /readyz", "public"},
  };
  for (const std::string entity : {"products", "customers", "accounts", "orders", "inventory"}) {
    const std::string path = "/v1/" + entity;
    const std::string scope = entity == "customers" ? "customers" : "catalog";
    for (const char* method : {"GET ", "PUT ", "DELETE "}) {
      expected[method + path + "/{id}"] = scope;
    }
    expected["GET " + path] = scope;
    expected["POST " + path + ":batch"] = scope;
  }
  EXPECT_EQ(routes, expected);
}

TEST(Routes, OfTheAlgoliaApiNeedAKeyThatMayWhatTheyDo) {
  const auto routes = shipped_routes("/1/");
  EXPECT_EQ(routes.size(), 37u);
  const std::map<std::string, std::string> web = {
      {"POST /1/indexes/*/queries", "decide"},
      {"POST /1/indexes/{index}/query", "decide"},
      {"POST /1/indexes/{index}/facets/{facet}/query", "decide"},
      {"POST /1/indexes/*/recommendations", "decide"},
      {"POST /1/indexes/*/objects", "decide"},
      {"GET /1/indexes/{index}/{object_id}", "decide"},
      {"GET /1/indexes/{index}/task/{task_id}", "decide"},
      {"GET /1/task/{task_id}", "decide"},
      {"GET /1/keys/{key}", "decide"},
      {"POST /1/events", "events"},
  };
  for (const auto& [route, scope] : routes) {
    const auto it = web.find(route);
    EXPECT_EQ(scope, it == web.end() ? "catalog" : it->second) << route;
  }
  for (const auto& [route, scope] : web)
    EXPECT_TRUE(routes.contains(route)) << route;
}

TEST(Routes, OnlyHealthAndWhatCarriesATokenNeedNoKey) {
  for (const auto& [route, scope] : shipped_routes("/")) {
    const bool health = route == "GET /healthz" || route == "GET /readyz";
    // Links in messages, and providers that report what became of messages: those of text messages
    // sign what they post.
    const bool token = route.ends_with("/{token}") || route.ends_with(" /v1/unsubscribe") ||
                       route.ends_with(" /v1/confirm") ||
                       route.starts_with("POST /v1/messages/feedback/") ||
                       route == "POST /v1/messages/sms/{kind}";
    EXPECT_EQ(scope == "public", health || token) << route;
  }
}

TEST(Wire, BytesOfAnEventAreTheseForEver) {
  // id "e1", shopper "s1", product_viewed {product_id "p1", price 2.0}: by hand, from the encoding.
  const std::string bytes(
      "\x0a\x02"
      "e1"
      "\x32\x02"
      "s1"
      "\xa2\x01\x0d\x0a\x02"
      "p1"
      "\x39\x00\x00\x00\x00\x00\x00\x00\x40",
      24);
  v1::Event event;
  ASSERT_TRUE(event.ParseFromString(bytes));
  EXPECT_EQ(event.id(), "e1");
  EXPECT_EQ(event.shopper_id(), "s1");
  EXPECT_EQ(event.product_viewed().product_id(), "p1");
  EXPECT_EQ(event.product_viewed().price(), 2.0);
  EXPECT_EQ(event.SerializeAsString(), bytes);
}

}  // namespace
}  // namespace souk::schemas_test
