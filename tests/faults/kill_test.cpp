// kill -9 at any moment loses nothing that was acknowledged and stores nothing twice.
//
// A daemon is killed again and again while clients post batches. Each client remembers what it was
// told and sends again, under the same ids, what it was not told about. At the end the log must
// hold every acknowledged id exactly once, and be whole. Rows are merged all the while, as soon as
// they are there, so that death comes in the middle of that too.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "kernel/gateway/tests/http_client.hpp"
#include "kernel/log/row_codec.hpp"
#include "kernel/storage/tests/test_database.hpp"
#include "tests/support/daemon_process.hpp"

namespace souk::testing {
namespace {

using gateway::testing::HttpClient;
using storage::Engine;

// SHA-256 of "kill-test-key".
constexpr const char* kKey = "kill-test-key";

int kills() {
  const char* wanted = std::getenv("SOUK_KILLS");
  return wanted == nullptr ? 150 : std::max(1, std::atoi(wanted));
}

/// One client's batches: what it was told of each.
struct Ledger {
  std::set<std::string> acknowledged;
  std::vector<std::string> unknown;  ///< sent, without an answer
  int next = 0;
};

std::string batch_body(const std::vector<std::string>& ids) {
  std::string body = R"({"events":[)";
  for (const std::string& id : ids) {
    if (body.size() > 11) body += ',';
    body += R"({"id":")" + id + R"(","shopperId":"s)" + id.substr(id.size() - 1) +
            R"(","productViewed":{"productId":"p1"}})";
  }
  return body + "]}";
}

class KillTest : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    database_ = std::make_unique<storage::TestDatabase>(GetParam());
    if (database_->url().empty()) GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server";
    folder_.write(
        "souk.yaml",
        "server: { listen: 127.0.0.1:0, threads: 2 }\n"
        "storage: { url: \"" +
            database_->url() +
            "\" }\n"
            "log: { compact_after: 1ms }\n"
            "logging: { level: error }\n"
            "stores:\n  - id: demo\n    keys:\n      - { id: all, scopes: [ admin ], sha256: " +
            base::sha256_hex(kKey) + " }\n");
  }

  /// Posts batches until the daemon dies under it.
  void post_until_death(std::uint16_t port, int client, Ledger& ledger) {
    HttpClient connection(port);
    for (;;) {
      std::vector<std::string> ids = ledger.unknown;
      if (ids.empty()) {
        const int size = 1 + (ledger.next * 7 + client) % 40;
        for (int i = 0; i < size; ++i) {
          ids.push_back("c" + std::to_string(client) + "-" + std::to_string(ledger.next++));
        }
      }
      ledger.unknown = ids;
      auto answer =
          connection.request("POST", "/v1/events",
                             {{"Authorization", std::string("Bearer ") + kKey}}, batch_body(ids));
      if (!answer) return;
      if (answer->status == 503) continue;  // refused, so sent again
      EXPECT_EQ(answer->status, 202) << answer->body;
      ++answers_;
      ledger.acknowledged.insert(ids.begin(), ids.end());
      ledger.unknown.clear();
    }
  }

  /// Sends what is left without an answer, to a daemon that lives.
  void settle(std::uint16_t port, Ledger& ledger) {
    if (ledger.unknown.empty()) return;
    HttpClient connection(port);
    auto answer =
        connection.request("POST", "/v1/events", {{"Authorization", std::string("Bearer ") + kKey}},
                           batch_body(ledger.unknown));
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 202) << answer->body;
    ledger.acknowledged.insert(ledger.unknown.begin(), ledger.unknown.end());
  }

  std::unique_ptr<storage::TestDatabase> database_;
  TestFolder folder_;
  std::atomic<std::uint64_t> answers_{0};
};
INSTANTIATE_TEST_SUITE_P(Engines, KillTest, ::testing::Values(Engine::sqlite, Engine::mysql),
                         storage::engine_name);

/// How often each id stands in the log, from `souk log export`.
std::map<std::string, int> exported_ids(const std::string& config) {
  const CommandResult result = run_souk({"log", "export", "-c", config, "--store", "demo"});
  EXPECT_EQ(result.status, 0) << result.errors;
  std::map<std::string, int> ids;
  constexpr std::string_view kMark = R"("id":")";
  for (std::size_t at = 0, end = 0; at < result.output.size(); at = end + 1) {
    end = std::min(result.output.find('\n', at), result.output.size());
    const std::string_view line = std::string_view(result.output).substr(at, end - at);
    const auto mark = line.find(kMark);
    if (mark == std::string_view::npos) continue;
    const auto begin = mark + kMark.size();
    ++ids[std::string(line.substr(begin, line.find('"', begin) - begin))];
  }
  return ids;
}

/// How many rows of the log hold several commits.
int merged_rows(const std::string& url) {
  auto database = storage::Database::open({.url = url, .exclusive = false});
  EXPECT_TRUE(database) << database.status().message();
  int merged = 0;
  for (std::uint64_t from = 1; database;) {
    auto rows = (*database)->read_events("demo", from, 1U << 20U);
    if (!rows || rows->empty()) break;
    for (const storage::EventRow& row : *rows)
      merged += log::decode_commits(row)->empty() ? 0 : 1;
    from = rows->back().first_sequence + rows->back().count;
  }
  return merged;
}

TEST_P(KillTest, nothing_acknowledged_is_lost_and_nothing_is_stored_twice) {
  constexpr int kClients = 4;
  std::vector<Ledger> ledgers(kClients);
  std::mt19937 random(20'221'122);
  const std::string config = folder_.file("souk.yaml");

  for (int round = 0; round < kills(); ++round) {
    DaemonProcess daemon(config, folder_.file("log.txt"));
    ASSERT_TRUE(daemon.wait_ready()) << "round " << round << "\n" << daemon.log();
    std::vector<std::thread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        post_until_death(daemon.port(), client, ledgers[static_cast<std::size_t>(client)]);
      });
    }
    // The moment of death is what the test varies: after so many answers, and then somewhere within
    // the next commit.
    const std::uint64_t wanted = answers_ + random() % 80;
    while (answers_ < wanted)
      std::this_thread::yield();
    const auto moment =
        std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 3'000);
    while (std::chrono::steady_clock::now() < moment)
      std::this_thread::yield();
    daemon.signal(SIGKILL);
    EXPECT_EQ(daemon.wait(), 128 + SIGKILL);
    for (std::thread& client : clients)
      client.join();
  }

  DaemonProcess daemon(config, folder_.file("log.txt"));
  ASSERT_TRUE(daemon.wait_ready()) << daemon.log();
  for (Ledger& ledger : ledgers)
    settle(daemon.port(), ledger);
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0) << daemon.log();

  const std::map<std::string, int> stored = exported_ids(config);
  std::size_t acknowledged = 0;
  for (const Ledger& ledger : ledgers) {
    acknowledged += ledger.acknowledged.size();
    for (const std::string& id : ledger.acknowledged) {
      const auto found = stored.find(id);
      ASSERT_NE(found, stored.end()) << id << " was acknowledged and is lost";
      ASSERT_EQ(found->second, 1) << id << " is stored twice";
    }
  }
  EXPECT_EQ(stored.size(), acknowledged) << "something is stored that nobody sent";
  EXPECT_GT(acknowledged, static_cast<std::size_t>(kills()));
  const CommandResult verify = run_souk({"log", "verify", "-c", config, "--store", "demo"});
  EXPECT_EQ(verify.status, 0) << verify.output << verify.errors;
  EXPECT_GT(merged_rows(database_->url()), 0) << "no row was ever merged";
  RecordProperty("acknowledged", static_cast<int>(acknowledged));
}

}  // namespace
}  // namespace souk::testing
