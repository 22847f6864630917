// A plugin that was built outside the tree, served by a real daemon: its route, its place in the
// documents, its state over a kill and over being enabled late. out_of_tree_test.sh builds the
// library and names it in SOUK_OUT_OF_TREE_PLUGIN.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>

#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTop = "/v1/corner-shop/top";
constexpr const char* kRanking =
    R"("products":[{"productId":"lamp","views":"3"},{"productId":"bulb","views":"2"}])";

class ServedOutOfTreeTest : public StoreTest {
 protected:
  void SetUp() override {
    const char* const library = std::getenv("SOUK_OUT_OF_TREE_PLUGIN");
    ASSERT_NE(library, nullptr) << "names the library; out_of_tree_test.sh sets it";
    plugins_ = std::string("    plugins: { corner-shop: { library: \"") + library + "\" } }\n";
  }

  /// Three views of the lamp, two of the bulb, one of the shade: six events.
  void post_views() {
    std::string events = R"({"events":[)";
    int number = 0;
    for (const char* product : {"lamp", "bulb", "lamp", "shade", "lamp", "bulb"}) {
      events += std::string(number > 0 ? "," : "") + R"({"id":"view-)" + std::to_string(number) +
                R"(","shopperId":"s1","productViewed":{"productId":")" + product + R"("}})";
      ++number;
    }
    const ClientResponse answer = ask("POST", "/v1/events", events + "]}", kWebKey);
    ASSERT_EQ(answer.status, 202) << answer.body;
    ASSERT_THAT(answer.body, HasSubstr("\"accepted\":6"));
  }

  std::string top_two() { return ask_until(std::string(kTop) + "?limit=2", kRanking); }

  void kill_and_start() {
    daemon_->signal(SIGKILL);
    EXPECT_EQ(daemon_->wait(), 128 + SIGKILL);
    start();
  }

  std::string plugins_;
};

TEST_F(ServedOutOfTreeTest, AWrongQuestionNamesItsField) {
  write_config(plugins_);
  start();
  const ClientResponse beyond = ask("GET", std::string(kTop) + "?limit=101", "", kWebKey);
  EXPECT_EQ(beyond.status, 400);
  EXPECT_THAT(beyond.header("content-type"), HasSubstr("application/problem+json"));
  EXPECT_THAT(beyond.body, HasSubstr("limit"));
  EXPECT_THAT(beyond.body, HasSubstr("100"));
  const ClientResponse text = ask("GET", std::string(kTop) + "?limit=many", "", kWebKey);
  EXPECT_EQ(text.status, 400);
  EXPECT_THAT(text.body, HasSubstr("limit"));
  const ClientResponse unknown = ask("GET", std::string(kTop) + "?colour=red", "", kWebKey);
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.body, HasSubstr("colour"));
  EXPECT_EQ(ask("GET", kTop, "", "no-such-key").status, 401);
  EXPECT_EQ(ask("POST", kTop, "{}", kWebKey).status, 405);
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServedOutOfTreeTest, SettingsThatItDoesNotKnowAreFaultsOfTheFile) {
  std::string wrong = plugins_;
  wrong.insert(wrong.find(" } }"), ", limit: 1000");
  write_config(wrong);
  const CommandResult check = run_souk({"check", "-c", config()});
  EXPECT_EQ(check.status, 1);
  EXPECT_THAT(check.errors, HasSubstr("souk.yaml:10:"));
  EXPECT_THAT(check.errors, HasSubstr("limit"));
}

TEST_F(ServedOutOfTreeTest, ItsRouteAnswersFromEventsAndSurvivesAKill) {
  write_config(plugins_);
  start();
  EXPECT_EQ(ask("GET", kTop, "", kWebKey).body, "{}") << "nothing was viewed yet";
  post_views();
  EXPECT_THAT(top_two(), HasSubstr(kRanking)) << daemon_->log();
  const ClientResponse all = ask("GET", kTop, "", kWebKey);
  EXPECT_EQ(all.status, 200);

  const ClientResponse openapi = ask("GET", "/openapi.json");
  EXPECT_EQ(openapi.status, 200);
  EXPECT_THAT(openapi.body, HasSubstr("\"/v1/corner-shop/top\""));
  EXPECT_THAT(openapi.body, HasSubstr("Most viewed products"));
  const ClientResponse plugins = ask("GET", "/v1/admin/plugins");
  EXPECT_THAT(plugins.body, HasSubstr("\"name\":\"corner-shop\""));
  EXPECT_THAT(plugins.body, HasSubstr("\"state\":\"RUNNING\""));
  EXPECT_THAT(plugins.body, HasSubstr("\"sequence\":\"6\""));

  kill_and_start();
  EXPECT_THAT(top_two(), HasSubstr(kRanking)) << daemon_->log();
  EXPECT_EQ(ask("GET", kTop, "", kWebKey).body, all.body);
  EXPECT_EQ(stop(), 0);
  // And from the snapshot that an orderly end leaves.
  start();
  EXPECT_THAT(top_two(), HasSubstr(kRanking));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServedOutOfTreeTest, EnabledByAReloadItCountsWhatWasBefore) {
  write_config();
  start();
  post_views();
  EXPECT_EQ(ask("GET", kTop, "", kWebKey).status, 404);
  EXPECT_THAT(ask("GET", "/openapi.json").body, Not(HasSubstr("corner-shop")));
  write_config(plugins_);
  daemon_->signal(SIGHUP);
  EXPECT_THAT(top_two(), HasSubstr(kRanking)) << daemon_->log();
  EXPECT_THAT(ask("GET", "/openapi.json").body, HasSubstr("\"/v1/corner-shop/top\""));
  kill_and_start();
  EXPECT_THAT(top_two(), HasSubstr(kRanking)) << daemon_->log();
  // Taken out of the file it is gone again, document and all.
  write_config();
  daemon_->signal(SIGHUP);
  int status = 200;
  for (int i = 0; i < 20'000 && status != 404; ++i)
    status = ask("GET", kTop, "", kWebKey).status;
  EXPECT_EQ(status, 404);
  EXPECT_THAT(ask("GET", "/openapi.json").body, Not(HasSubstr("corner-shop")));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServedOutOfTreeTest, EnabledByAnOperatorItCountsWhatWasBefore) {
  write_config(plugins_);
  start();
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/corner-shop:disable", "", kWebKey).status, 403);
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/corner-shop:disable").status, 200);
  post_views();
  const ClientResponse off = ask("GET", kTop, "", kWebKey);
  EXPECT_EQ(off.status, 503);
  EXPECT_THAT(off.body, HasSubstr("disabled"));
  // The wish is kept over a restart.
  kill_and_start();
  EXPECT_THAT(ask("GET", "/v1/admin/plugins").body, HasSubstr("\"state\":\"DISABLED\""));
  EXPECT_EQ(ask("POST", "/v1/admin/plugins/corner-shop:enable").status, 200);
  EXPECT_THAT(top_two(), HasSubstr(kRanking)) << daemon_->log();
  kill_and_start();
  EXPECT_THAT(top_two(), HasSubstr(kRanking)) << daemon_->log();
  EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace souk::testing
