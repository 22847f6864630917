#include <fstream>

#include "kernel/gateway/tests/gateway_fixture.hpp"

namespace souk::gateway::testing {
namespace {

class DoorTest : public GatewayFixture {};

constexpr const char* kEvent = R"({"id":"1","productViewed":{"productId":"p"}})";

TEST_F(DoorTest, WithoutAKeyOrWithAWrongOneThereIsNoWayIn) {
  start();
  const auto refused = [&](const HeaderList& headers) {
    HttpClient client = connect();
    const auto response = client.request("POST", "/v1/events", headers, kEvent);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 401) << response->body;
    EXPECT_EQ(json_at(response->body, "/code"), "UNAUTHENTICATED");
    EXPECT_FALSE(response->header("www-authenticate").empty());
  };
  refused({});
  refused({{"Authorization", ""}});
  refused({{"Authorization", "Bearer "}});
  refused({{"Authorization", "Bearer k-event"}});
  refused({{"Authorization", "Bearer k-events-"}});
  refused({{"Authorization", "Digest k-events"}});
  refused({{"Authorization", "Basic k-events"}});
  refused({{"Authorization", "Bearer " + std::string(5'000, 'k')}});
  EXPECT_TRUE(events().empty());
}

TEST_F(DoorTest, EachScopeOpensItsOwnAndAdminOpensAll) {
  start();
  const auto status = [&](const char* key, const char* method, const char* target,
                          const char* body = "") { return ask(method, target, key, body).status; };
  for (const char* key : {"k-decide", "k-catalog", "k-customers"}) {
    EXPECT_EQ(status(key, "POST", "/v1/events", kEvent), 403) << key;
  }
  EXPECT_EQ(status("k-events", "POST", "/v1/events", kEvent), 202);
  EXPECT_EQ(status("k-admin", "POST", "/v1/events", kEvent), 202);
  EXPECT_EQ(status("k-events", "GET", "/v1/products"), 403);
  EXPECT_EQ(status("k-catalog", "GET", "/v1/products"), 200);
  EXPECT_EQ(status("k-catalog", "GET", "/v1/customers"), 403);
  EXPECT_EQ(status("k-customers", "GET", "/v1/customers"), 200);
  EXPECT_EQ(status("k-customers", "GET", "/v1/admin/plugins"), 403);
  EXPECT_EQ(status("k-admin", "GET", "/v1/admin/plugins"), 200);
  EXPECT_EQ(status("k-decide", "GET", "/v1/recommendations"), 503);
}

TEST_F(DoorTest, ARevokedKeyIsOutAndANewOneInWithoutARestart) {
  start();
  HttpClient client = connect();
  const HeaderList with_key{{"Authorization", "Bearer k-events"}};
  ASSERT_EQ(client.request("POST", "/v1/events", with_key, kEvent)->status, 202);
  stores_[0].keys[0] = make_key("k-new", {"events"});
  gateway_->apply(stores_);
  EXPECT_EQ(client.request("POST", "/v1/events", with_key, kEvent)->status, 401);
  EXPECT_EQ(
      client.request("POST", "/v1/events", {{"Authorization", "Bearer k-new"}}, kEvent)->status,
      202);
}

TEST_F(DoorTest, LimitsAreToldAndHold) {
  stores_[0].keys[0].rate_limit = {1, 3};
  start();
  HttpClient client = connect();
  const HeaderList with_key{{"Authorization", "Bearer k-events"}};
  for (int i = 0; i < 3; ++i) {
    const auto good = client.request("POST", "/v1/events", with_key, kEvent);
    ASSERT_EQ(good->status, 202);
    EXPECT_EQ(good->header("ratelimit-limit"), "3");
    EXPECT_EQ(good->header("ratelimit-policy"), "\"key\";q=3;w=3");
  }
  std::optional<ClientResponse> refused = client.request("POST", "/v1/events", with_key, kEvent);
  // A slow machine may have let a token drop in meanwhile.
  for (int i = 0; i < 5 && refused->status == 202; ++i) {
    refused = client.request("POST", "/v1/events", with_key, kEvent);
  }
  EXPECT_EQ(refused->status, 429);
  EXPECT_GE(std::stoi(refused->header("retry-after")), 1);
  EXPECT_EQ(refused->header("ratelimit-remaining"), "0");
  EXPECT_EQ(
      client.request("POST", "/v1/events", {{"Authorization", "Bearer k-admin"}}, kEvent)->status,
      202);
}

TEST_F(DoorTest, RequestIdsAreTakenOverWhenTheyAreHarmless) {
  start();
  EXPECT_EQ(ask("GET", "/healthz", "", "", {{"X-Request-Id", "abc-1.2"}}).header("x-request-id"),
            "abc-1.2");
  EXPECT_EQ(
      ask("GET", "/healthz", "", "", {{"X-Request-Id", "a b\"<"}}).header("x-request-id").size(),
      16U);
  EXPECT_NE(ask("GET", "/healthz", "").header("x-request-id"),
            ask("GET", "/healthz", "").header("x-request-id"));
}

TEST_F(DoorTest, PagesOfAllowedOriginsMayReadAnswers) {
  start();
  const HeaderList shop{{"Origin", "https://shop.example"}};
  const HeaderList evil{{"Origin", "https://evil.example"}};
  EXPECT_EQ(
      ask("POST", "/v1/events", "k-events", kEvent, shop).header("access-control-allow-origin"),
      "https://shop.example");
  const ClientResponse refused = ask("POST", "/v1/events", "k-events", kEvent, evil);
  EXPECT_EQ(refused.header("access-control-allow-origin"), "");
  EXPECT_EQ(refused.header("vary"), "Origin");
  EXPECT_EQ(
      ask("GET", "/v1/recommendations", "k-decide", "", evil).header("access-control-allow-origin"),
      "https://evil.example");
  EXPECT_EQ(ask("POST", "/v1/events", "wrong", kEvent, shop).header("access-control-allow-origin"),
            "https://shop.example");
}

TEST_F(DoorTest, PreflightsAreJudgedByAnyKey) {
  stores_[0].keys[1].origins.clear();
  start();
  const auto preflight = [&](const char* origin) {
    return ask("OPTIONS", "/v1/track", "", "",
               {{"Origin", origin},
                {"Access-Control-Request-Method", "POST"},
                {"Access-Control-Request-Headers", "AnonymousId, SentAt, Authorization"}});
  };
  const ClientResponse good = preflight("https://shop.example");
  EXPECT_EQ(good.status, 204);
  EXPECT_EQ(good.header("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(good.header("access-control-allow-headers"), "AnonymousId, SentAt, Authorization");
  EXPECT_EQ(good.header("access-control-max-age"), "900");
  EXPECT_EQ(good.body, "");
  const ClientResponse bad = preflight("https://evil.example");
  EXPECT_EQ(bad.status, 204);
  EXPECT_EQ(bad.header("access-control-allow-origin"), "");
  EXPECT_EQ(ask("OPTIONS", "/v1/events", "").header("allow"), "POST, OPTIONS");
}

TEST_F(DoorTest, PathsAreTakenLiterally) {
  start();
  EXPECT_EQ(ask("GET", "/v1/products/../admin/stats").status, 400);
  EXPECT_EQ(ask("GET", "/v1/products/%2e%2e/admin").status, 400);
  EXPECT_EQ(ask("GET", "/v1/products/%zz").status, 400);
  EXPECT_EQ(ask("GET", "/v1/products/%00").status, 400);
  EXPECT_EQ(ask("GET", "/v1/products/%ff").status, 400);
  EXPECT_EQ(ask("GET", "/v1//products").status, 404);
  EXPECT_EQ(ask("GET", "/v1/products/").status, 404);
  EXPECT_EQ(ask("GET", "/etc/passwd").status, 404);
  const ClientResponse wrong = ask("DELETE", "/v1/events");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "POST, OPTIONS");
  EXPECT_EQ(ask("BREW", "/v1/events").status, 405);
  EXPECT_EQ(ask("PUT", "/v1/products/a%2Fb", "k-catalog", "{}").status, 200);
  EXPECT_EQ(json_at(ask("GET", "/v1/products/a%2Fb", "k-catalog").body, "/id"), "a/b");
  EXPECT_EQ(ask("GET", "/v1/products/a/b", "k-catalog").status, 404);
}

TEST_F(DoorTest, TlsIsSpokenAndPlainTextIsNot) {
  const std::string certificate = (folder_ / "cert.pem").string();
  const std::string key = (folder_ / "key.pem").string();
  const std::string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
      "-days 1 -subj /CN=localhost -keyout " +
      key + " -out " + certificate + " 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "needs the openssl program";
  server_.tls = config::TlsSettings{certificate, key};
  start();
  const std::string url = "https://localhost:" + std::to_string(gateway_->port()) + "/healthz";
  const std::string curl =
      "curl -s --max-time 20 --resolve localhost:" + std::to_string(gateway_->port()) +
      ":127.0.0.1 --cacert " + certificate;
  const std::string out = (folder_ / "out").string();
  if (std::system("curl --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs curl";
  EXPECT_EQ(std::system((curl + " " + url + " " + url + " -o " + out + " -o " + out).c_str()), 0);
  std::ifstream body(out);
  std::string text;
  std::getline(body, text);
  EXPECT_EQ(text, "{\"status\":\"ok\"}");
  EXPECT_NE(std::system((curl + " --tls-max 1.1 " + url + " -o /dev/null 2>/dev/null").c_str()), 0);
  HttpClient plain = connect();
  plain.send(make_request_text("GET", "/healthz"));
  EXPECT_FALSE(plain.receive().has_value());
  server_.tls->key = certificate;
  EXPECT_EQ(
      Gateway::open(server_, stores_, {host_, *log_, *database_, base::system_clock(), metrics_})
          .status()
          .code(),
      Code::failed_precondition);
}

}  // namespace
}  // namespace souk::gateway::testing
