#include "kernel/gateway/tests/gateway_fixture.hpp"
#include "souk/v1/admin.pb.h"
#include "souk/v1/recommendations.pb.h"

namespace souk::gateway::testing {
namespace {

class RoutesTest : public GatewayFixture {
 protected:
  /// The fake host answers recommendations with what it was asked for.
  void serve_recommendations() {
    host_.set_answer([this](const host::CallRequest& request, const host::CallDone& done) {
      souk::v1::RecommendRequest question;
      ASSERT_TRUE(question.ParseFromArray(request.request.data(),
                                          static_cast<int>(request.request.size())));
      account_ = request.account_id;
      if (question.product_id() == "bad")
        return done(Code::invalid_argument, {}, "no such product");
      souk::v1::RecommendReply reply;
      auto* item = reply.add_items();
      item->set_product_id(std::string(request.store_id) + "/" + std::string(request.method) + "/" +
                           question.kind() + "/" + std::to_string(question.limit()));
      done(Code::ok, reply.SerializeAsString(), {});
    });
  }
  std::string account_;
};

TEST_F(RoutesTest, AServiceThatNobodyServesIsUnavailable) {
  start();
  const ClientResponse response = ask("GET", "/v1/recommendations", "k-decide");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(json_at(response.body, "/code"), "UNAVAILABLE");
  EXPECT_FALSE(response.header("retry-after").empty());
}

TEST_F(RoutesTest, ALinkWithoutAKeyReachesTheStoreThatItsTokenNames) {
  std::string store;
  host_.set_answer([&](const host::CallRequest& request, const host::CallDone& done) {
    store = request.store_id;
    done(Code::ok, {}, {});
  });
  start();
  const auto store_of = [&](const std::string& target) {
    store.clear();
    HttpClient client = connect();
    const auto answer = client.request("GET", target, {});
    EXPECT_TRUE(answer && answer->status == 200) << target;
    return store;
  };
  EXPECT_EQ(store_of("/v1/c/other.abc"), "other");
  EXPECT_EQ(store_of("/v1/unsubscribe?token=other.abc"), "other");
  for (const char* target : {"/v1/c/abc", "/v1/c/nobody.abc", "/v1/c/.abc", "/v1/c/demo.other.abc",
                             "/v1/unsubscribe?token=abc"})
    EXPECT_EQ(store_of(target), "demo") << target;
}

TEST_F(RoutesTest, QuestionsReachThePluginAndFaultsTheCaller) {
  serve_recommendations();
  start();
  EXPECT_EQ(ask("GET", "/v1/recommendations?limit=1000", "k-decide").status, 400);
  const ClientResponse wrong = ask("GET", "/v1/recommendations?kind=whatever", "k-decide");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(json_at(wrong.body, "/errors/0/field"), "kind") << wrong.body;
  EXPECT_EQ(ask("GET", "/v1/recommendations?limt=3", "k-decide").status, 400);
  EXPECT_EQ(ask("GET", "/v1/recommendations?productId=bad", "k-decide").status, 400);
  const ClientResponse good =
      ask("GET", "/v1/recommendations?kind=similar&productId=p&accountId=northwind", "k-decide");
  EXPECT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(json_at(good.body, "/items/0/productId"),
            "demo/souk.v1.Recommendations/Recommend/similar/0");
  EXPECT_EQ(account_, "northwind");
  const ClientResponse wire =
      ask("GET", "/v1/recommendations", "k-decide", "", {{"Accept", "application/x-protobuf"}});
  souk::v1::RecommendReply reply;
  ASSERT_TRUE(reply.ParseFromString(wire.body));
  EXPECT_EQ(reply.items(0).product_id(), "demo/souk.v1.Recommendations/Recommend//0");
  HttpClient client = connect();
  const auto head =
      client.request("HEAD", "/v1/recommendations", {{"Authorization", "Bearer k-decide"}});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_NE(head->header("content-length"), "0");
}

TEST_F(RoutesTest, AQuestionTooLongForAUrlIsPosted) {
  serve_recommendations();
  start();
  const auto cart = [](std::size_t lines) {
    std::string body = R"({"kind":"bought_together","limit":7,"cart":[)";
    for (std::size_t i = 0; i < lines; ++i) {
      body += (i == 0 ? "\"" : ",\"") + std::string(32, 'p') + std::to_string(i) + "\"";
    }
    return body + "]}";
  };
  const auto post = [this](const std::string& body, const std::string& query = "") {
    return ask("POST", "/v1/recommendations" + query, "k-decide", body);
  };
  EXPECT_EQ(ask("POST", "/v1/recommendations", "k-events", "{}").status, 403);
  EXPECT_EQ(post("{").status, 400);
  EXPECT_EQ(json_at(post(cart(1'001)).body, "/errors/0/field"), "cart");
  EXPECT_EQ(json_at(post(R"({"kind":"whatever"})").body, "/errors/0/field"), "kind");
  EXPECT_EQ(json_at(post(R"({"limt":3})").body, "/errors/0/field"), "limt");
  EXPECT_EQ(json_at(post("{}", "?limit=3").body, "/errors/0/field"), "limit");
  EXPECT_EQ(post(R"({"productId":"bad"})").status, 400);

  const ClientResponse good = post(cart(1'000));
  EXPECT_EQ(json_at(good.body, "/items/0/productId"),
            "demo/souk.v1.Recommendations/Recommend/bought_together/7")
      << good.body;
  EXPECT_EQ(post(R"({"accountId":"northwind"})").status, 200);
  EXPECT_EQ(account_, "northwind");
  EXPECT_EQ(post("").status, 200) << "for_you, as a GET without parameters";
  EXPECT_EQ(
      json_at(ask("POST", "/v1/recommendations/page", "k-decide", "{}").body, "/errors/0/field"),
      "placements");
}

TEST_F(RoutesTest, HealthNeedsNoKeyAndReadinessSaysWhatIsMissing) {
  host::InstanceStatus behind;
  behind.key = {"demo", "slow", ""};
  behind.state = host::InstanceState::replaying;
  behind.lag = 7;
  behind.replay_progress = 0.5;
  host_.set_instances({behind});
  start();
  EXPECT_EQ(ask("GET", "/healthz", "").body, "{\"status\":\"ok\"}");
  const ClientResponse unready = ask("GET", "/readyz", "");
  EXPECT_EQ(unready.status, 503);
  EXPECT_EQ(json_at(unready.body, "/plugins/0/lag"), "7");
  EXPECT_EQ(json_at(unready.body, "/plugins/0/state"), "REPLAYING");
  EXPECT_NE(json_at(unready.body, "/reasons/0").find("slow is replaying"), std::string::npos)
      << unready.body;
  host_.set_instances({});
  EXPECT_EQ(ask("GET", "/readyz", "").status, 200);
}

TEST_F(RoutesTest, MetricsAreForThisMachine) {
  start();
  ask("POST", "/v1/events", "k-events", R"({"id":"1","cartViewed":{}})");
  EXPECT_EQ(ask("GET", "/metrics", "", "", {{"X-Forwarded-For", "203.0.113.9"}}).status, 403);
  const std::string text = ask("GET", "/metrics", "").body;
  EXPECT_NE(text.find("souk_http_requests_total{route=\"POST /v1/events\",status=\"202\"} 1"),
            std::string::npos);
  EXPECT_NE(text.find("souk_ingest_events_accepted_total{store=\"demo\"} 1"), std::string::npos);
  EXPECT_NE(
      text.find(
          "souk_http_request_duration_seconds_bucket{route=\"POST /v1/events\",le=\"+Inf\"} 1"),
      std::string::npos);
}

TEST_F(RoutesTest, OpenApiDescribesTheKernelAndWhatIsServed) {
  start();
  const std::string before = ask("GET", "/openapi.json", "").body;
  EXPECT_EQ(json_at(before, "/info/version"), "1.2.3");
  EXPECT_FALSE(json_at(before, "/paths/~1v1~1events/post").empty());
  EXPECT_TRUE(json_at(before, "/paths/~1v1~1recommendations").empty());
  host_.set_services({{"demo", "", nullptr, "souk.v1.Recommendations"},
                      {"demo", "", nullptr, "souk.v1.AlgoliaSearch"}});
  const std::string after = ask("GET", "/openapi.json", "").body;
  EXPECT_FALSE(json_at(after, "/paths/~1v1~1recommendations/get").empty());
  EXPECT_EQ(json_at(after, "/paths/~1v1~1recommendations/post/operationId"),
            "Recommendations_Recommend_2");
  EXPECT_FALSE(json_at(after, "/paths/~1v1~1recommendations~1page/post/requestBody").empty());
  // Errors are described as they are given.
  EXPECT_EQ(json_at(after, "/paths/~1v1~1recommendations/get/responses/default/$ref"),
            "#/components/responses/Problem");
  EXPECT_EQ(json_at(after, "/paths/~11~1indexes~1*~1queries/post/responses/default/$ref"),
            "#/components/responses/BriefError");
  EXPECT_FALSE(json_at(after, "/components/responses/BriefError/content").empty());
}

TEST_F(RoutesTest, OperatorsActAndSeeTheirOwnStoreOnly) {
  host::InstanceStatus demo;
  demo.key = {"demo", "recommendations", ""};
  demo.state = host::InstanceState::running;
  host::InstanceStatus other = demo;
  other.key.store_id = "other";
  host_.set_instances({demo, other});
  start();
  const ClientResponse list = ask("GET", "/v1/admin/plugins");
  EXPECT_EQ(json_at(list.body, "/plugins/0/state"), "RUNNING") << list.body;
  EXPECT_EQ(json_at(list.body, "/plugins/1"), "");
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/missing:enable").status, 404);
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/recommendations:explode").status, 404);
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/recommendations:disable").status, 200);
  EXPECT_EQ(host_.actions().back(), "disable demo recommendations");
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/recommendations:reload").status, 501);
  ask("POST", "/v1/events", "k-events", R"({"id":"1","cartViewed":{}})");
  const ClientResponse stats = ask("GET", "/v1/admin/stats");
  EXPECT_EQ(json_at(stats.body, "/lastSequence"), "1") << stats.body;
  EXPECT_EQ(json_at(stats.body, "/eventsAccepted"), "1");
  EXPECT_EQ(json_at(stats.body, "/version"), "1.2.3");
}

TEST_F(RoutesTest, ReloadReadsTheFileAgain) {
  host::InstanceStatus demo;
  demo.key = {"demo", "recommendations", ""};
  host_.set_instances({demo});
  int reloads = 0;
  options_.reload_config = [&reloads] {
    ++reloads;
    return reloads == 1 ? Status() : Status(Code::invalid_argument, "souk.yaml:3:1: error: …");
  };
  start();
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/unknown:reload").status, 404);
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/recommendations:reload").status, 200);
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/recommendations:reload").status, 400);
}

TEST_F(RoutesTest, DeadLettersAreReadAndReplayed) {
  start();
  ask("POST", "/v1/events", "k-events", R"({"id":"e1","cartViewed":{}})");
  for (const char* store : {"demo", "other", "demo"}) {
    storage::DeadLetterRow row;
    row.instance = {store, "recommendations", ""};
    row.kind = "event";
    row.sequence = 1;
    row.time_us = 1;
    row.reason = "threw";
    ASSERT_TRUE(database_->add_dead_letter(row).ok());
  }
  const ClientResponse list = ask("GET", "/v1/admin/dead-letters?limit=1");
  EXPECT_EQ(json_at(list.body, "/deadLetters/0/event/id"), "e1") << list.body;
  const std::string cursor = json_at(list.body, "/nextCursor");
  const ClientResponse next = ask("GET", "/v1/admin/dead-letters?limit=5&cursor=" + cursor);
  EXPECT_NE(json_at(next.body, "/deadLetters/0/id"), "") << next.body;
  EXPECT_EQ(json_at(next.body, "/deadLetters/1/id"), "");
  const std::string id = json_at(list.body, "/deadLetters/0/id");
  EXPECT_GT(std::stoll(id), std::stoll(json_at(next.body, "/deadLetters/0/id"))) << "newest first";
  EXPECT_EQ(ask("POST", "/v1/admin/dead-letters/" + id + ":replay", "k-other").status, 404);
  EXPECT_EQ(ask("POST", "/v1/admin/dead-letters/x:replay").status, 404);
  EXPECT_EQ(json_at(ask("POST", "/v1/admin/dead-letters/" + id + ":replay").body, "/handled"),
            "true");
}

}  // namespace
}  // namespace souk::gateway::testing
