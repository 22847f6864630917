// kill -9 between an effect's commit and its performance, and between its performance and the note
// that it is done: nothing decided is lost, nothing is decided twice, and an attempt that may have
// happened already is told apart by its number.
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "tests/faults/probe_daemon.hpp"

namespace souk::testing {
namespace {

using storage::Engine;

/// One performance, as the world saw it.
struct Performance {
  std::string id;
  int attempt = 0;
  std::string payload;
};

class OutboxKillTest : public ProbeDaemonTest {
 protected:
  /// A daemon whose plugin dies at this moment of a performance; empty: it lives.
  std::unique_ptr<DaemonProcess> start(const std::string& dies = {}) {
    DaemonProcess::Options options;
    options.environment = {{"PROBE_EFFECTS", folder_.file("world")}, {"PROBE_DIES", dies}};
    return ProbeDaemonTest::start(options);
  }

  /// The status of the answer; 0 when the daemon died meanwhile.
  static int post(std::uint16_t port, int number) {
    const std::string n = std::to_string(number);
    const auto answer =
        request(port, "POST", "/v1/events",
                R"({"events":[{"id":"e)" + n +
                    R"(","productViewed":{"productId":"publish-effect-)" + n + "-\"}}]}");
    return answer ? answer->status : 0;
  }

  /// Waits until no effect waits any more: those of a daemon that was killed are due again after
  /// the back-off.
  [[nodiscard]] bool outbox_empties() const {
    const auto database = look();
    return eventually([&] {
      const auto size = database->outbox_size({"demo", "probe", ""});
      return size && *size == 0;
    });
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
    const auto database = look();
    std::pair<int, int> counts;
    for_batches(*database, [&](const log::Batch& batch) {
      for (const log::LoggedEvent& event : batch.events())
        ++(event.fields.has_origin ? counts.second : counts.first);
    });
    return counts;
  }
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
