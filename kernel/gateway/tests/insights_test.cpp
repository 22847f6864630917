// Algolia Insights at the gateway: what is refused, what becomes of the rest.
#include "kernel/gateway/tests/gateway_fixture.hpp"

namespace souk::gateway::testing {
namespace {

constexpr const char* kQuery = "6f1c0b7a5d2e4f83a9b0c1d2e3f40516";

class InsightsTest : public GatewayFixture {
 protected:
  ClientResponse post(const std::string& body) {
    return ask("POST", "/1/events?X-Algolia-Application-Id=APP&X-Algolia-API-Key=k-events", "",
               body, {{"Content-Type", "text/plain"}});
  }
  ClientResponse post_event(const std::string& members) {
    return post("{\"events\":[{" + members + "}]}");
  }
};

TEST_F(InsightsTest, WhatIsWrongIsSaidAndNothingIsKept) {
  start();
  EXPECT_EQ(ask("POST", "/1/events", "", "{}").status, 401);
  EXPECT_EQ(ask("POST", "/1/events?x-algolia-api-key=k-decide", "", "{}").status, 403);
  EXPECT_EQ(post("{").status, 400);
  const std::string who = R"("eventName":"Clicked","userToken":"u-1","index":"p",)";
  const std::pair<std::string, const char*> cases[] = {
      {"", "EventType is required"},
      {R"("eventType":"hover")", "EventType must be"},
      {R"("eventType":"click")", "EventName is required"},
      {R"("eventType":"click","eventName":"é")", "EventName must be"},
      {R"("eventType":"click","eventName":"c")", "UserToken is required"},
      {R"("eventType":"click","eventName":"c","userToken":"a b")", "UserToken must match"},
      {R"("eventType":"click","eventName":"c","userToken":"u")", "Index is required"},
      {who + R"("eventType":"click")", "ObjectIDs or Filters are required"},
      {who + R"("eventType":"click","objectIDs":["1"],"filters":["a:b"])", "can't be given"},
      {who + R"("eventType":"click","objectIDs":[1])", "list of strings"},
      {who + R"("eventType":"click","objectIDs":["1"],"queryID":"x")", "QueryID must be"},
      {who + R"("eventType":"click","objectIDs":["1"],"positions":[0])", "whole numbers from 1"},
      {who + R"("eventType":"click","objectIDs":["1"],"positions":[1,2])", "as many elements"},
      {who + R"("eventType":"view","objectIDs":["1"],"positions":[1])", "Positions are for"},
      {who + R"("eventType":"click","objectIDs":["1"],"timestamp":1000)", "within 30 days"},
      {who + R"("eventType":"view","eventSubtype":"purchase","objectIDs":["1"])", "conversions"},
      {who + R"("eventType":"click","objectIDs":["1"],"queryID":")" + kQuery + "\"",
       "Positions are required"},
  };
  for (const auto& [event, message] : cases) {
    const std::string good =
        R"({"eventType":"view","eventName":"v","userToken":"u","index":"p","objectIDs":["1"]})";
    const auto response = post("{\"events\":[" + good + ",{" + event + "}]}");
    EXPECT_EQ(response.status, 422) << event;
    EXPECT_EQ(json_at(response.body, "/status"), "422");
    EXPECT_NE(json_at(response.body, "/message").find(message), std::string::npos)
        << response.body << " for " << event;
  }
  EXPECT_EQ(post("{\"events\":[]}").status, 422);
  EXPECT_TRUE(events().empty());
}

TEST_F(InsightsTest, ClicksAndViewsSayWhichSearchLedToThem) {
  start();
  const auto response = post_event(
      R"("eventType":"click","eventName":"Clicked","userToken":"u-1","index":"p",
         "objectIDs":["a","b"],"positions":[3,4],"queryID":")" +
      std::string(kQuery) + "\"");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"status":200,"message":"OK"})");
  auto all = events();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].shopper_id(), "u-1");
  EXPECT_EQ(all[1].product_clicked().product_id(), "b");
  EXPECT_EQ(all[1].product_clicked().position(), 4);
  EXPECT_EQ(all[1].product_clicked().query_id(), kQuery);
  post_event(R"("eventType":"view","eventName":"Viewed","userToken":"u-1","index":"p",
                "authenticatedUserToken":"c-9","objectIDs":["a"])");
  post_event(R"("eventType":"view","eventName":"Hits Viewed","userToken":"u-1","index":"p",
                "objectIDs":["a"])");
  post_event(R"("eventType":"click","eventName":"Filtered","userToken":"u-1","index":"p",
                "filters":["brand%3AA%20B"])");
  post_event(R"("eventType":"instantsearch","eventName":"Search","userToken":"u-1")");
  all = events();
  ASSERT_EQ(all.size(), 5u) << "telemetry is nothing";
  EXPECT_EQ(all[2].product_viewed().product_id(), "a");
  EXPECT_EQ(all[2].shopper_id(), "c-9");
  EXPECT_EQ(all[2].anonymous_id(), "u-1");
  EXPECT_EQ(all[3].product_list_viewed().products(0).product_id(), "a");
  EXPECT_EQ(all[4].tracked().name(), "Filtered");
  EXPECT_EQ(
      all[4].tracked().properties().fields().at("filters").list_value().values(0).string_value(),
      "brand:A B");
}

TEST_F(InsightsTest, ConversionsAreCartsAndOrdersAndARetryIsHarmless) {
  start();
  const std::string now_ms = std::to_string(base::system_clock().now_us() / 1'000);
  post_event(R"("eventType":"conversion","eventSubtype":"addToCart","eventName":"Added",
                "userToken":"u-1","index":"p","objectIDs":["a"],"currency":"EUR",
                "objectData":[{"price":"18.99","quantity":2,"queryID":")" +
             std::string(kQuery) + "\"}]");
  const std::string order =
      R"("eventType":"conversion","eventSubtype":"purchase","eventName":"Bought","userToken":"u-1",
         "index":"p","objectIDs":["a","b"],"currency":"EUR","timestamp":)" +
      now_ms + R"(,"objectData":[{"price":10,"quantity":2},{"price":5,"discount":1}])";
  EXPECT_EQ(post_event(order).status, 200);
  EXPECT_EQ(post_event(order).status, 200);
  const auto all = events();
  ASSERT_EQ(all.size(), 2u) << "the order was sent twice";
  EXPECT_EQ(all[0].product_added().price(), 18.99);
  EXPECT_EQ(all[0].product_added().query_id(), kQuery);
  EXPECT_EQ(all[1].order_completed().total(), 24);
  EXPECT_EQ(all[1].order_completed().products(0).quantity(), 2);
  EXPECT_FALSE(all[1].order_completed().order_id().empty());
}

}  // namespace
}  // namespace souk::gateway::testing
