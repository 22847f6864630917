// kill -9 between an effect's commit and its performance, and between its performance and the note
// that it is done: nothing decided is lost, nothing is decided twice, and an attempt that may have
// happened already is told apart by its number.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "kernel/gateway/tests/http_client.hpp"
#include "kernel/log/batch.hpp"
#include "kernel/storage/tests/test_database.hpp"
#include "tests/support/daemon_process.hpp"

namespace souk::testing {
namespace {

using gateway::testing::HttpClient;
using storage::Engine;

constexpr const char* kKey = "outbox-kill-test-key";

/// One performance, as the world saw it.
struct Performance {
  std::string id;
  int attempt = 0;
  std::string payload;
};

class OutboxKillTest : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    database_ = std::make_unique<storage::TestDatabase>(GetParam());
    if (database_->url().empty()) GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server";
    folder_.write("souk.yaml",
                  "server: { listen: 127.0.0.1:0, threads: 2 }\n"
                  "storage: { url: \"" +
                      database_->url() +
                      "\" }\n"
                      "logging: { level: error }\n"
                      "stores:\n  - id: demo\n    keys:\n      - { id: all, scopes: [ admin ], "
                      "sha256: " +
                      base::sha256_hex(kKey) +
                      " }\n"
                      "    plugins:\n      probe: { library: \"" SOUK_TEST_PLUGINS
                      "/probe.so\" }\n");
  }

  /// A daemon whose plugin dies at this moment of a performance; empty: it lives.
  std::unique_ptr<DaemonProcess> start(const std::string& dies = {}) {
    DaemonProcess::Options options;
    options.environment = {{"PROBE_EFFECTS", folder_.file("world")}, {"PROBE_DIES", dies}};
    auto daemon = std::make_unique<DaemonProcess>(folder_.file("souk.yaml"),
                                                  folder_.file("log.txt"), options);
    EXPECT_TRUE(daemon->wait_ready()) << daemon->log();
    return daemon;
  }

  /// The status of the answer; 0 when the daemon died meanwhile.
  static int post(std::uint16_t port, int number) {
    HttpClient client(port);
    const std::string n = std::to_string(number);
    const auto answer =
        client.request("POST", "/v1/events", {{"Authorization", std::string("Bearer ") + kKey}},
                       R"({"events":[{"id":"e)" + n +
                           R"(","productViewed":{"productId":"publish-effect-)" + n + "-\"}}]}");
    return answer ? answer->status : 0;
  }

  /// Waits until no effect waits any more: those of a daemon that was killed are due again after
  /// the back-off.
  [[nodiscard]] bool outbox_empties() const {
    auto database = storage::Database::open({.url = database_->url(), .exclusive = false});
    EXPECT_TRUE(database) << database.status().message();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (std::chrono::steady_clock::now() < until) {
      const auto size = (*database)->outbox_size({"demo", "probe", ""});
      if (size && *size == 0) return true;
      std::this_thread::yield();
    }
    return false;
  }

  [[nodiscard]] std::vector<Performance> world() const {
    std::ifstream file(folder_.file("world"));
    std::vector<Performance> all;
    for (Performance one; file >> one.id >> one.attempt >> one.payload;)
      all.push_back(one);
    return all;
  }

  /// How many events of shoppers and how many of plugins the log holds.
  [[nodiscard]] std::pair<int, int> stored() const {
    auto database = storage::Database::open({.url = database_->url(), .exclusive = false});
    std::pair<int, int> counts;
    for (std::uint64_t from = 1; database;) {
      auto rows = (*database)->read_events("demo", from, 1U << 20U);
      if (!rows || rows->empty()) break;
      for (const storage::EventRow& row : *rows) {
        auto batch = log::Batch::from_row(row);
        if (!batch) continue;
        for (const log::LoggedEvent& event : (*batch)->events())
          ++(event.fields.has_origin ? counts.second : counts.first);
      }
      from = rows->back().first_sequence + rows->back().count;
    }
    return counts;
  }

  std::unique_ptr<storage::TestDatabase> database_;
  TestFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Engines, OutboxKillTest, ::testing::Values(Engine::sqlite, Engine::mysql),
                         storage::engine_name);

TEST_P(OutboxKillTest, an_effect_survives_a_death_before_and_after_it_is_performed) {
  {
    auto daemon = start("before");
    post(daemon->port(), 1);
    EXPECT_EQ(daemon->wait(), 128 + SIGKILL);
    EXPECT_TRUE(world().empty()) << "it died before";
  }
  {
    auto daemon = start("after");
    post(daemon->port(), 2);
    EXPECT_EQ(daemon->wait(), 128 + SIGKILL);
    ASSERT_EQ(world().size(), 1U);
    EXPECT_EQ(world()[0].attempt, 1);
    EXPECT_NE(world()[0].payload.find("effect-2-"), std::string::npos);
  }
  auto daemon = start();
  ASSERT_TRUE(outbox_empties());
  std::map<std::string, std::vector<int>> attempts;
  for (const Performance& one : world())
    attempts[one.payload.find("effect-1-") != std::string::npos ? "1" : "2"].push_back(one.attempt);
  EXPECT_EQ(attempts["1"], std::vector<int>{2}) << "performed once, and said to be the second try";
  EXPECT_EQ(attempts["2"], (std::vector<int>{1, 2})) << "the plugin can know that it may repeat";
}

TEST_P(OutboxKillTest, whatever_the_moment_each_decision_is_made_once_and_none_is_lost) {
  const char* wanted = std::getenv("SOUK_KILLS");
  const int rounds = std::max(1, (wanted == nullptr ? 150 : std::atoi(wanted)) / 3);
  std::mt19937 random(20'221'123);
  std::set<int> acknowledged;
  int next = 1;
  for (int round = 0; round < rounds; ++round) {
    auto daemon = start();
    const int posts = 1 + static_cast<int>(random() % 12);
    for (int i = 0; i < posts; ++i, ++next) {
      if (post(daemon->port(), next) == 202) acknowledged.insert(next);
    }
    const auto moment =
        std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 8'000);
    while (std::chrono::steady_clock::now() < moment)
      std::this_thread::yield();
    daemon->signal(SIGKILL);
    EXPECT_EQ(daemon->wait(), 128 + SIGKILL);
  }
  auto daemon = start();
  post(daemon->port(), next);
  acknowledged.insert(next);
  // The last event's effect is there once everything before it has been folded.
  const std::string last = "effect-" + std::to_string(next) + "-";
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto seen = [&] {
    const auto all = world();
    return std::any_of(all.begin(), all.end(), [&](const Performance& one) {
      return one.payload.find(last) != std::string::npos;
    });
  };
  while (!seen() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  ASSERT_TRUE(outbox_empties());
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(), 0) << daemon->log();

  std::map<std::string, std::set<std::string>> ids;  // of each event's effects
  std::set<std::pair<std::string, int>> attempts;
  for (const Performance& one : world()) {
    ids[one.payload].insert(one.id);
    EXPECT_TRUE(attempts.emplace(one.id, one.attempt).second)
        << "attempt " << one.attempt << " of " << one.payload << " was made twice";
  }
  for (const auto& [payload, its] : ids)
    EXPECT_EQ(its.size(), 1U) << payload << " was decided twice";
  for (const int number : acknowledged) {
    const std::string mark = "effect-" + std::to_string(number) + "-";
    const bool performed = std::any_of(ids.begin(), ids.end(), [&](const auto& entry) {
      return entry.first.find(mark) != std::string::npos;
    });
    EXPECT_TRUE(performed) << "the effect of event " << number << " is lost";
  }
  const auto [views, derived] = stored();
  EXPECT_EQ(views, derived) << "what the plugin published is there once for each event";
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(views));
}

}  // namespace
}  // namespace souk::testing
