// A plugin whose call() does not come back: everybody else is served, over connections that were
// there before as over new ones; its own callers hear of it; the daemon can still be ended.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOtherKey = "other-store-key";
constexpr const char* kHang = "/v1/recommendations?productId=hang-at-gate";
constexpr const char* kAsk = "/v1/recommendations?productId=p1";

HeaderList bearer(const std::string& key) { return {{"Authorization", "Bearer " + key}}; }

class HungPluginTest : public StoreTest {
 protected:
  /// Two stores, a plugin each; the server has two threads, which one hanging plugin could take.
  void start_stores() {
    ASSERT_EQ(::mkfifo(folder_.file("gate").c_str(), 0600), 0);
    const auto plugins = [](const std::string& id, const std::string& file) {
      return "    plugins: { " + id + ": { library: \"" SOUK_TEST_PLUGINS "/" + file +
             ".so\" } }\n";
    };
    write_config(plugins("probe", "probe") + "  - id: other\n    keys:\n" +
                 "      - { id: all, scopes: [ admin ], sha256: " + base::sha256_hex(kOtherKey) +
                 " }\n" + plugins("second", "probe_second"));
    DaemonProcess::Options options;
    options.environment["SOUK_PROBE_GATE"] = folder_.file("gate");
    daemon_ = std::make_unique<DaemonProcess>(config(), folder_.file("souk.log"), options);
    ASSERT_TRUE(daemon_->wait_ready()) << daemon_->log();
    ASSERT_TRUE(serves(kAdminKey));
    ASSERT_TRUE(serves(kOtherKey));
  }
  bool serves(const std::string& key) const {
    int status = 0;
    for (int i = 0; i < 20'000 && status != 200; ++i)
      status = ask("GET", kAsk, "", key).status;
    return status == 200;
  }
  static int status_of(HttpClient& client, const std::string& method, const std::string& target,
                       const std::string& key, const std::string& body = "") {
    const auto answer = client.request(method, target, bearer(key), body);
    return answer ? answer->status : 0;
  }
  /// Asks the plugin what it hangs at, without waiting for the answer.
  std::unique_ptr<HttpClient> ask_to_hang() const {
    auto client = std::make_unique<HttpClient>(daemon_->port());
    EXPECT_TRUE(client->send(gateway::testing::make_request_text("GET", kHang, bearer(kAdminKey))));
    return client;
  }
};

TEST_F(HungPluginTest, EverybodyElseIsServed) {
  start_stores();
  std::vector<HttpClient> bystanders;
  for (int i = 0; i < 8; ++i) {
    bystanders.emplace_back(daemon_->port());
    ASSERT_EQ(status_of(bystanders.back(), "GET", kAsk, kOtherKey), 200);
  }
  std::vector<std::unique_ptr<HttpClient>> hanging;
  for (int round = 0; round < 48; ++round) {
    hanging.push_back(ask_to_hang());
    HttpClient& one = bystanders[static_cast<std::size_t>(round) % bystanders.size()];
    ASSERT_EQ(status_of(one, "GET", kAsk, kOtherKey), 200) << round;
    ASSERT_EQ(status_of(one, "GET", "/healthz", kOtherKey), 200) << round;
  }
  const std::string event =
      R"({"events":[{"id":"e1","shopperId":"s","productViewed":{"productId":"p"}}]})";
  EXPECT_EQ(status_of(bystanders[0], "POST", "/v1/events", kOtherKey, event), 202);
  EXPECT_EQ(ask("POST", "/v1/events", event, kAdminKey).status, 202) << "its own store's log, too";
  EXPECT_EQ(ask("GET", "/v1/admin/plugins").status, 200);

  int overdue = 0;
  int refused = 0;
  for (const auto& client : hanging) {
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->header("content-type"), HasSubstr("application/problem+json"));
    if (answer->status == 503) {
      ++refused;
      EXPECT_NE(answer->header("retry-after"), "");
    } else {
      EXPECT_EQ(answer->status, 504) << answer->body;
      ++overdue;
    }
  }
  EXPECT_GT(overdue, 0);
  EXPECT_GT(refused, 0) << "threads are lent to one plugin up to a limit";
  EXPECT_EQ(ask("GET", kAsk).status, 503) << "as long as it hangs";

  const int gate = ::open(folder_.file("gate").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(gate, 0);
  EXPECT_TRUE(serves(kAdminKey)) << "it recovers with its threads";
  for (HttpClient& one : bystanders)
    EXPECT_EQ(status_of(one, "GET", kAsk, kOtherKey), 200);
  ::close(gate);
  EXPECT_EQ(stop(), 0);
}

TEST_F(HungPluginTest, TheDaemonEndsAllTheSameAndLosesNothing) {
  start_stores();
  const auto first = ask_to_hang();
  const auto second = ask_to_hang();
  ASSERT_EQ(first->receive()->status, 504);
  ASSERT_EQ(second->receive()->status, 504);
  const std::string event =
      R"({"events":[{"id":"e1","shopperId":"s","productViewed":{"productId":"p"}}]})";
  ASSERT_EQ(ask("POST", "/v1/events", event, kAdminKey).status, 202);
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(count_lines(export_log().output), 1U);
}

}  // namespace
}  // namespace souk::testing
