// A plugin's route that takes and gives a body of HTTP as it stands (souk.v1.HttpBody), served by a
// real daemon: the probe plugin's pages.
#include <gmock/gmock.h>

#include <string>

#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;

class ServedBodiesTest : public StoreTest {
 protected:
  void SetUp() override {
    write_config("    plugins: { sdk-probe: { library: \"" SOUK_PLUGIN_LIBRARY "\" } }\n");
    start();
    // The route is there from the start; the plugin answers once it runs.
    ask_until("/v1/probe/top", "{}");
  }

  ClientResponse page(const std::string& name, const std::string& body, HeaderList headers = {}) {
    headers.push_back({"Authorization", std::string("Bearer ") + kWebKey});
    HttpClient client(daemon_->port());
    const auto answer = client.request("POST", "/v1/probe/pages/" + name, headers, body);
    return answer ? *answer : ClientResponse{};
  }
};

TEST_F(ServedBodiesTest, WhatIsNoGoodAnswerIsAnError) {
  const ClientResponse forged = page("forged", "x");
  EXPECT_EQ(forged.status, 500) << "Content-Length is the kernel's";
  EXPECT_THAT(forged.header("content-type"), HasSubstr("application/problem+json"));
  const ClientResponse sentence = page("sentence", "x");
  EXPECT_EQ(sentence.status, 400);
  EXPECT_THAT(sentence.body, HasSubstr("line 1: no such word"));
  EXPECT_EQ(ask("POST", "/v1/probe/pages/any", "x", "no-such-key").status, 401);
  EXPECT_EQ(ask("GET", "/v1/probe/pages/any").status, 405);
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServedBodiesTest, BytesAndTypeComeBackAsTheyWere) {
  // No JSON, no text, and a JSON that is none of ours: nothing of it is looked into.
  const std::string bytes("\0\xff\r\n{\"a\":", 9);
  const ClientResponse raw = page("any", bytes, {{"Content-Type", "image/x-probe"}});
  EXPECT_EQ(raw.status, 200) << raw.body;
  EXPECT_EQ(raw.body, bytes);
  EXPECT_EQ(raw.header("content-type"), "image/x-probe");
  const ClientResponse json =
      page("any?unknown=1", R"({ "hits" : [1,2] })", {{"Content-Type", "application/json"}});
  EXPECT_EQ(json.status, 200) << json.body;
  EXPECT_EQ(json.body, R"({ "hits" : [1,2] })");
  EXPECT_EQ(json.header("content-type"), "application/json");
  const ClientResponse created = page("created", "a;b", {{"Content-Type", "text/csv"}});
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.header("location"), "/v1/probe/pages/1");
  EXPECT_EQ(created.body, "a;b");
  const ClientResponse empty = page("any", "");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.body, "");
  EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace souk::testing
