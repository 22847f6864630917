// Bad days: a second daemon, a full disk, a database that goes away. In each: a clear error,
// nothing acknowledged lost, answers go on.
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <set>
#include <string>

#include "kernel/gateway/tests/http_client.hpp"
#include "kernel/storage/tests/test_database.hpp"
#include "tests/faults/tcp_relay.hpp"
#include "tests/support/daemon_process.hpp"

namespace souk::testing {
namespace {

using gateway::testing::ClientResponse;
using gateway::testing::HttpClient;
using storage::Engine;

constexpr const char* kKey = "fault-test-key";

class FaultTest : public ::testing::Test {
 protected:
  void write_config(const std::string& url) {
    folder_.write("souk.yaml",
                  "server: { listen: 127.0.0.1:0, threads: 2 }\n"
                  "storage: { url: \"" +
                      url +
                      "\" }\n"
                      "logging: { level: error }\n"
                      "stores:\n  - id: demo\n    keys:\n"
                      "      - { id: all, scopes: [ admin ], sha256: " +
                      base::sha256_hex(kKey) + " }\n");
  }
  [[nodiscard]] std::string config() const { return folder_.file("souk.yaml"); }

  /// Posts one event of about `size` bytes; 0 when there was no answer.
  int post(std::uint16_t port, const std::string& id, std::size_t size = 100) {
    HttpClient client(port);
    const std::string body = R"({"events":[{"id":")" + id + R"(","shopperId":"s",)" +
                             R"("productViewed":{"productId":"p","name":")" + noise(size) +
                             "\"}}]}";
    answer_ = client.request("POST", "/v1/events",
                             {{"Authorization", std::string("Bearer ") + kKey}}, body);
    return answer_ ? answer_->status : 0;
  }

  /// Letters that do not compress away.
  std::string noise(std::size_t size) {
    std::string text(size, 'x');
    for (char& letter : text) {
      state_ = state_ * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
      letter = static_cast<char>('a' + (state_ >> 40U) % 26);
    }
    return text;
  }

  std::set<std::string> stored_ids() {
    const CommandResult result = run_souk({"log", "export", "-c", config(), "--store", "demo"});
    EXPECT_EQ(result.status, 0) << result.errors;
    std::set<std::string> ids;
    constexpr std::string_view kMark = R"("id":")";
    for (auto at = result.output.find(kMark); at != std::string::npos;
         at = result.output.find(kMark, at + 1)) {
      const auto begin = at + kMark.size();
      ids.insert(result.output.substr(begin, result.output.find('"', begin) - begin));
    }
    return ids;
  }

  TestFolder folder_;
  std::optional<ClientResponse> answer_;
  std::uint64_t state_ = 1;
};

TEST_F(FaultTest, a_second_daemon_on_the_database_is_refused_and_the_first_goes_on) {
  write_config("sqlite://" + folder_.file("souk.db"));
  DaemonProcess first(config(), folder_.file("first.log"));
  ASSERT_TRUE(first.wait_ready()) << first.log();
  DaemonProcess second(config(), folder_.file("second.log"));
  EXPECT_FALSE(second.wait_ready());
  EXPECT_NE(second.wait(), 0);
  EXPECT_NE(second.log().find("another daemon"), std::string::npos) << second.log();
  EXPECT_EQ(post(first.port(), "e1"), 202);
}

TEST_F(FaultTest, a_full_disk_refuses_events_and_loses_none_that_were_acknowledged) {
  write_config("sqlite://" + folder_.file("souk.db"));
  std::set<std::string> acknowledged;
  {
    DaemonProcess::Options options;
    options.max_file_bytes = 3U << 20U;
    DaemonProcess daemon(config(), folder_.file("log.txt"), options);
    ASSERT_TRUE(daemon.wait_ready()) << daemon.log();
    int refused = 0;
    for (int i = 0; i < 2'000 && refused < 3; ++i) {
      const std::string id = "e" + std::to_string(i);
      const int status = post(daemon.port(), id, 20'000);
      if (status == 202) acknowledged.insert(id);
      if (status == 503) {
        ++refused;
        EXPECT_FALSE(answer_->header("retry-after").empty());
        EXPECT_EQ(answer_->header("content-type").find("application/problem+json"), 0U);
      }
      ASSERT_TRUE(status == 202 || status == 503) << status;
    }
    EXPECT_EQ(refused, 3) << "the disk never filled";
    HttpClient client(daemon.port());
    auto alive = client.request("GET", "/healthz");
    ASSERT_TRUE(alive);
    EXPECT_EQ(alive->status, 200);
  }
  DaemonProcess daemon(config(), folder_.file("log.txt"));
  ASSERT_TRUE(daemon.wait_ready()) << daemon.log();
  EXPECT_EQ(post(daemon.port(), "after"), 202) << "with room again, it goes on";
  acknowledged.insert("after");
  const std::set<std::string> stored = stored_ids();
  for (const std::string& id : acknowledged)
    EXPECT_TRUE(stored.contains(id)) << id << " is lost";
}

TEST_F(FaultTest, a_database_that_goes_away_and_returns_costs_no_event) {
  storage::TestDatabase database(Engine::mysql);
  if (database.url().empty()) GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server";
  auto url = config::parse_database_url(database.url());
  ASSERT_TRUE(url);
  TcpRelay relay(url->port);
  write_config("mysql://" + url->user + "@127.0.0.1:" + std::to_string(relay.port()) + "/" +
               url->name);
  DaemonProcess daemon(config(), folder_.file("log.txt"));
  ASSERT_TRUE(daemon.wait_ready()) << daemon.log();
  std::set<std::string> acknowledged;
  const auto send = [&](const std::string& id) {
    const int status = post(daemon.port(), id);
    if (status == 202) acknowledged.insert(id);
    return status;
  };
  ASSERT_EQ(send("before"), 202) << daemon.log();
  relay.cut();
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(send("away" + std::to_string(i)), 503);
  HttpClient client(daemon.port());
  EXPECT_EQ(client.request("GET", "/healthz")->status, 200) << "the daemon lives on";
  relay.mend();
  int tries = 0;
  while (send("back") != 202 && tries < 10'000)
    ++tries;
  ASSERT_TRUE(acknowledged.contains("back")) << daemon.log();
  // What was refused can be sent again under its id.
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(send("away" + std::to_string(i)), 202);
  EXPECT_EQ(stored_ids(), acknowledged);
}

}  // namespace
}  // namespace souk::testing
