#include "kernel/gateway/tests/gateway_fixture.hpp"
#include "souk/v1/ingest.pb.h"

namespace souk::gateway::testing {
namespace {

class IngestTest : public GatewayFixture {
 protected:
  ClientResponse post(std::string_view body, HeaderList headers = {}) {
    return ask("POST", "/v1/events", "k-events", body, std::move(headers));
  }
};

TEST_F(IngestTest, WhatIsNotJsonIsRefused) {
  start();
  for (const char* body : {"", "{", "[1,2", "\xff\xfe", "null", "7", "\"text\"", "{\"events\":7}",
                           "{\"events\":[]}", "[]"}) {
    const ClientResponse response = post(body);
    EXPECT_EQ(response.status, 400) << body << "\n" << response.body;
    EXPECT_EQ(response.header("content-type"), "application/problem+json") << body;
    EXPECT_EQ(json_at(response.body, "/status"), "400");
    EXPECT_FALSE(json_at(response.body, "/detail").empty());
    EXPECT_EQ(json_at(response.body, "/requestId"), response.header("x-request-id"));
  }
  EXPECT_TRUE(events().empty());
}

TEST_F(IngestTest, AStorefrontsKeyMayNotSpeakForTheBackOffice) {
  start();
  const char* erase = R"({"events":[{"id":"x","customerErased":{"customerId":"c1"}}]})";
  EXPECT_EQ(post(erase).status, 403);
  const ClientResponse mixed = post(
      R"({"events":[{"id":"v","shopperId":"s","productViewed":{"productId":"p"}},)"
      R"({"id":"u","productUpserted":{"product":{"id":"p","title":"t"}}},{"id":"t","tick":{}}]})");
  EXPECT_EQ(mixed.status, 202);
  EXPECT_NE(mixed.body.find("needs the scope catalog"), std::string::npos) << mixed.body;
  EXPECT_NE(mixed.body.find("needs the scope admin"), std::string::npos) << mixed.body;
  EXPECT_EQ(events().size(), 1U);
}

TEST_F(IngestTest, FaultsNameTheField) {
  start();
  const auto fault = [&](const std::string& event, const std::string& field) {
    const ClientResponse response = post("{\"events\":[" + event + "]}");
    EXPECT_EQ(response.status, 400) << event << response.body;
    EXPECT_EQ(json_at(response.body, "/errors/0/field"), field) << response.body;
  };
  fault(R"({"id":"1","productViewed":{"productId":7}})", "events[0].productViewed.productId");
  fault(R"({"id":"1","productViewed":{"prductId":"p"}})", "events[0].productViewed.prductId");
  fault(R"({"id":"1","time":"1970-01-01T00:00:00Z","productViewed":{"productId":"p"}})",
        "events[0].time");
  fault(R"({"id":"1","time":"2090-01-01T00:00:00Z","productViewed":{"productId":"p"}})",
        "events[0].time");
  EXPECT_EQ(post(R"([{"id":"1"}])").status, 400);
  EXPECT_TRUE(events().empty());
}

TEST_F(IngestTest, GoodOnesAreTakenBesideBadOnes) {
  start();
  const ClientResponse response = post(
      R"({"events":[{"id":"a","shopperId":"s","productViewed":{"productId":"p"}},)"
      R"({"id":"b","productViewed":{"productId":[]}},{"id":"a","productViewed":{"productId":"p"}}]})");
  EXPECT_EQ(response.status, 202) << response.body;
  EXPECT_EQ(json_at(response.body, "/accepted"), "1");
  EXPECT_EQ(json_at(response.body, "/duplicates"), "1");
  EXPECT_EQ(json_at(response.body, "/lastSequence"), "1");
  EXPECT_EQ(json_at(response.body, "/rejected/0/index"), "1");
  EXPECT_NE(json_at(response.body, "/rejected/0/reason").find("productId"), std::string::npos);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].shopper_id(), "s");
  const ClientResponse again = post(R"({"id":"a","productViewed":{"productId":"p"}})");
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(json_at(again.body, "/accepted"), "0");
  EXPECT_EQ(json_at(again.body, "/duplicates"), "1");
}

TEST_F(IngestTest, EveryFormWhateverTheContentType) {
  start();
  const std::string one = R"({"id":"1","productViewed":{"productId":"p"}})";
  EXPECT_EQ(post(one, {{"Content-Type", "text/plain"}}).status, 202);
  EXPECT_EQ(post(R"([{"id":"2","productViewed":{"productId":"p"}}])",
                 {{"Content-Type", "application/x-www-form-urlencoded"}})
                .status,
            202);
  EXPECT_EQ(post("{\"id\":\"3\",\"cartViewed\":{}}\n{\"id\":\"4\",\"cartViewed\":{}}\n",
                 {{"Content-Type", "application/x-ndjson"}})
                .status,
            202);
  souk::v1::PostEventsRequest request;
  auto* event = request.add_events();
  event->set_id("5");
  event->mutable_product_added()->set_product_id("p5");
  const ClientResponse wire =
      post(request.SerializeAsString(),
           {{"Content-Type", "application/x-protobuf"}, {"Accept", "application/x-protobuf"}});
  EXPECT_EQ(wire.status, 202);
  EXPECT_EQ(wire.header("content-type"), "application/x-protobuf");
  souk::v1::PostEventsReply reply;
  ASSERT_TRUE(reply.ParseFromString(wire.body));
  EXPECT_EQ(reply.accepted(), 1U);
  EXPECT_EQ(reply.last_sequence(), 5U);
  EXPECT_EQ(post("\x0a\xff", {{"Content-Type", "application/x-protobuf"}}).status, 400);
  EXPECT_EQ(events().size(), 5U);
}

TEST_F(IngestTest, TheKeyDecidesTheStore) {
  start();
  const std::string one = R"({"id":"1","storeId":"demo","productViewed":{"productId":"p"}})";
  EXPECT_EQ(ask("POST", "/v1/events", "k-other", one).status, 202);
  EXPECT_TRUE(events("demo").empty());
  EXPECT_EQ(events("other").size(), 1U);
}

TEST_F(IngestTest, ALargeBodyIs413) {
  server_.max_body_bytes = 100'000;
  start();
  HttpClient client = connect();
  client.send(make_request_text("POST", "/v1/events", {{"Authorization", "Bearer k-events"}},
                                std::string(10'000'000, ' ')));
  const auto response = client.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 413);
  EXPECT_EQ(response->header("content-type"), "application/problem+json");
}

TEST_F(IngestTest, AClosedLogIs503AndSaysWhenToComeAgain) {
  start();
  log_->close();
  const ClientResponse response = post(R"({"id":"1","productViewed":{"productId":"p"}})");
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_FALSE(response.header("retry-after").empty());
}

TEST_F(IngestTest, PipelinedPostsAnswerInOrder) {
  start();
  HttpClient client = connect();
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += make_request_text("POST", "/v1/events", {{"Authorization", "Bearer k-events"}},
                              R"({"id":"n)" + std::to_string(i) + R"(","cartViewed":{}})");
  }
  ASSERT_TRUE(client.send(text));
  for (int i = 0; i < 20; ++i) {
    const auto response = client.receive();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 202);
  }
  const auto stored = events();
  ASSERT_EQ(stored.size(), 20U);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(stored[static_cast<std::size_t>(i)].id(), "n" + std::to_string(i));
}

}  // namespace
}  // namespace souk::gateway::testing
