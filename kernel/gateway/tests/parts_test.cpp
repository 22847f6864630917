// The parts by themselves: decoding, routing, keys, limits, problem documents.
#include <gtest/gtest.h>

#include "kernel/base/ids.hpp"
#include "kernel/gateway/credentials.hpp"
#include "kernel/gateway/key_ring.hpp"
#include "kernel/gateway/problem.hpp"
#include "kernel/gateway/router.hpp"
#include "kernel/gateway/target.hpp"

namespace souk::gateway {
namespace {

TEST(TargetTest, BadEscapesAndSegmentsAreRefused) {
  Target target;
  for (const char* path :
       {"/%", "/%4", "/%4x", "/a%00b", "/%0a", "/..", "/a/../b", "/%2E%2e", "/.", "/%c3", "x"}) {
    EXPECT_EQ(target.parse(path, "").code(), Code::invalid_argument) << path;
  }
  for (const char* query : {"a=%", "a=%1", "%zz=1", "a=%00", "a=%ff"}) {
    EXPECT_EQ(target.parse("/", query).code(), Code::invalid_argument) << query;
  }
  EXPECT_EQ(target.parse(std::string(200, '/'), "").code(), Code::invalid_argument);
  std::string many;
  for (int i = 0; i < 1'001; ++i)
    many += "a&";
  EXPECT_TRUE(target.parse("/", many).ok());  // a cart of a thousand lines, and what is asked
  for (int i = 0; i < 1'048; ++i)
    many += "a&";
  EXPECT_EQ(target.parse("/", many).code(), Code::invalid_argument);
}

TEST(TargetTest, WhatIsWrongWithAUrlIsSaid) {
  Target target;
  const auto message = [&target](const char* path, const char* query) {
    return target.parse(path, query).message();
  };
  EXPECT_EQ(message("/v1/products/a%00b", ""),
            "the path holds the control character NUL (%00); a path has none");
  EXPECT_EQ(message("/a%0a", ""), "the path holds the control character %0A; a path has none");
  EXPECT_EQ(message("/", "kind=a%00"),
            "the query holds the control character NUL (%00), which is not allowed; tabs and line "
            "breaks are");
  EXPECT_EQ(message("/a%4x", ""),
            "the path holds an invalid percent escape '%4x'; it is % and two hex digits");
  EXPECT_EQ(message("/", "a=%"),
            "the query holds an invalid percent escape '%'; it is % and two hex digits");
}

TEST(TargetTest, DecodingKeepsWhatIsLiteral) {
  Target target;
  ASSERT_TRUE(target.parse("/1/indexes/*/queries/a%2Fb+c", "q=a+b%20c%2B&&empty&x=1=2&x=3").ok());
  ASSERT_EQ(target.segments().size(), 5U);
  EXPECT_EQ(target.segments()[2].decoded, "*");
  EXPECT_EQ(target.segments()[4].decoded, "a/b+c");
  ASSERT_EQ(target.query().size(), 4U);
  EXPECT_EQ(target.query()[0].second, "a b c+");
  EXPECT_EQ(target.query()[1].first, "empty");
  EXPECT_EQ(target.parameter("x"), "1=2");
}

class RouterTest : public ::testing::Test {
 protected:
  void add(HttpMethod method, const char* path) {
    auto target = std::make_shared<RouteTarget>();
    target->label = path;
    router_.add(method, RoutePattern::parse(path), std::move(target));
  }
  std::string find(const char* path, HttpMethod method = HttpMethod::get) {
    EXPECT_TRUE(target_.parse(path, "").ok());
    match_ = router_.match(method, target_, variables_);
    return match_.targets == nullptr ? "" : match_.targets->front()->label;
  }
  Router router_;
  Target target_;
  Router::Match match_;
  schema::Parameters variables_;
};

TEST_F(RouterTest, LiteralsBeforeVariablesAndVerbsApart) {
  add(HttpMethod::get, "/v1/products");
  add(HttpMethod::post, "/v1/products:batch");
  add(HttpMethod::get, "/v1/products/{id}");
  add(HttpMethod::put, "/v1/products/{id}");
  add(HttpMethod::get, "/v1/products/top");
  add(HttpMethod::post, "/v1/admin/plugins/{name}:enable");
  add(HttpMethod::get, "/1/indexes/{index}/{object}");
  EXPECT_EQ(find("/nothing"), "");
  EXPECT_EQ(match_.allow, "");
  EXPECT_EQ(find("/v1"), "");
  EXPECT_EQ(find("/v1/products/"), "");
  EXPECT_EQ(find("/v1/products", HttpMethod::del), "");
  EXPECT_EQ(match_.allow, "GET, HEAD");
  EXPECT_EQ(find("/v1/products"), "/v1/products");
  EXPECT_EQ(find("/v1/products", HttpMethod::head), "/v1/products");
  EXPECT_EQ(find("/v1/products:batch", HttpMethod::post), "/v1/products:batch");
  EXPECT_EQ(find("/v1/products%3Abatch", HttpMethod::post), "");
  EXPECT_EQ(find("/v1/products/top"), "/v1/products/top");
  EXPECT_EQ(find("/v1/products/gid:7"), "/v1/products/{id}");
  EXPECT_EQ(variables_.at(0).second, "gid:7");
  EXPECT_EQ(find("/v1/admin/plugins/my-plugin:enable", HttpMethod::post),
            "/v1/admin/plugins/{name}:enable");
  EXPECT_EQ(variables_.at(0).first, "name");
  EXPECT_EQ(variables_.at(0).second, "my-plugin");
  EXPECT_EQ(find("/v1/admin/plugins/x:explode", HttpMethod::post), "");
  EXPECT_EQ(find("/1/indexes/*/a%2Fb"), "/1/indexes/{index}/{object}");
  EXPECT_EQ(variables_.at(1).second, "a/b");
}

config::StoreSettings store_with(std::vector<config::KeySettings> keys) {
  config::StoreSettings store;
  store.id = "s";
  store.keys = std::move(keys);
  return store;
}

config::KeySettings key(const std::string& text, std::vector<std::string> scopes,
                        config::RateLimit limit = {}) {
  config::KeySettings settings;
  settings.id = text;
  settings.sha256 = base::sha256_hex(text);
  settings.scopes = std::move(scopes);
  settings.rate_limit = limit;
  return settings;
}

TEST(KeyRingTest, OnlyTheKeyItselfOpens) {
  const KeyRing ring({store_with({key("one", {"events"}), key("two", {"admin"})})}, nullptr);
  KeyCache cache;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(cache.find(ring, ""), nullptr);
    EXPECT_EQ(cache.find(ring, "One"), nullptr);
    EXPECT_EQ(cache.find(ring, base::sha256_hex("one")), nullptr);
    ASSERT_NE(cache.find(ring, "one"), nullptr);
    EXPECT_EQ(cache.find(ring, "one")->id, "one");
  }
  EXPECT_TRUE(cache.find(ring, "one")->may(kScopeEvents));
  EXPECT_FALSE(cache.find(ring, "one")->may(kScopeAdmin));
  EXPECT_TRUE(cache.find(ring, "two")->may(kScopeCustomers));
  EXPECT_EQ(scope_of(""), kScopeAdmin);
  EXPECT_EQ(scope_of("nonsense"), kScopeAdmin);
}

TEST(KeyRingTest, LimitsGoOnOverAReload) {
  const KeyRing before(
      {store_with({key("one", {"events"}, {10, 20}), key("two", {"events"}, {5, 5})})}, nullptr);
  const KeyRing after(
      {store_with({key("one", {"events"}, {10, 20}), key("two", {"events"}, {6, 5})})}, &before);
  EXPECT_EQ(after.find("one")->limiter, before.find("one")->limiter);
  EXPECT_NE(after.find("two")->limiter, before.find("two")->limiter);
}

TEST(RateLimiterTest, ABucketEmptiesAndFills) {
  RateLimiter limiter({10, 3});
  std::int64_t now = 1'000'000'000;
  for (std::uint32_t left = 3; left-- > 0;) {
    const auto decision = limiter.take(now);
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.remaining, left);
  }
  const auto refused = limiter.take(now);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after_s, 1);
  now += 99'999;
  EXPECT_FALSE(limiter.take(now).allowed);
  now += 1;
  EXPECT_TRUE(limiter.take(now).allowed);
  EXPECT_FALSE(limiter.take(now).allowed);
  now += 10'000'000;
  EXPECT_EQ(limiter.take(now).remaining, 2U);
}

TEST(CredentialsTest, Forms) {
  EXPECT_EQ(credentials_of("").form, Credentials::Form::none);
  EXPECT_EQ(credentials_of("Bearer").form, Credentials::Form::malformed);
  EXPECT_EQ(credentials_of("Bearer   ").form, Credentials::Form::malformed);
  EXPECT_EQ(credentials_of("Basic !!!").form, Credentials::Form::malformed);
  EXPECT_EQ(credentials_of("Basic Og==").form, Credentials::Form::malformed);
  EXPECT_EQ(credentials_of("bearer  abc ").key, "abc");
  EXPECT_EQ(credentials_of("Basic V0s6").key, "WK");
  EXPECT_EQ(credentials_of("Basic V0s=").key, "WK");
  std::string out;
  for (const std::string text : {"", "a", "ab", "abc", "\xff\x00\x10zz"}) {
    ASSERT_TRUE(base64_decode(base64url_encode(text), out));
    EXPECT_EQ(out, text);
  }
  EXPECT_FALSE(base64_decode("a", out));
}

TEST(ProblemTest, EveryCodeHasAStatusAndTextIsEscaped) {
  EXPECT_EQ(http_status(Code::resource_exhausted), 429);
  EXPECT_EQ(http_status(Code::unavailable), 503);
  EXPECT_EQ(http_status(Code::data_loss), 500);
  const Response response = problem_response(
      Status(Code::invalid_argument, "a \"quoted\"\n\xff thing", "f[0].\x01"), "r-1");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("\"detail\":\"a \\\"quoted\\\"\\u000a\xEF\xBF\xBD thing\""),
            std::string::npos)
      << response.body;
  EXPECT_NE(response.body.find("\"field\":\"f[0].\\u0001\""), std::string::npos) << response.body;
  EXPECT_EQ(problem_response(Status(Code::unavailable, "x"), "").headers, "Retry-After: 2\r\n");
}

}  // namespace
}  // namespace souk::gateway
