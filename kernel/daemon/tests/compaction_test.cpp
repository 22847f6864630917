#include "kernel/daemon/compaction.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "kernel/base/metrics.hpp"
#include "kernel/log/tests/make_event.hpp"
#include "kernel/storage/tests/test_database.hpp"

namespace souk::daemon {
namespace {

class CompactionKeeperTest : public ::testing::TestWithParam<storage::Engine> {};
INSTANTIATE_TEST_SUITE_P(Engines, CompactionKeeperTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(CompactionKeeperTest, MergesTheStoresItIsGivenWhileEventsArrive) {
  const storage::TestDatabase test(GetParam());
  if (test.url().empty()) GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server";
  base::Metrics metrics;
  auto database = storage::Database::open({.url = test.url()});
  ASSERT_TRUE(database.ok()) << database.status().message();
  log::EventLogSettings settings;
  settings.compaction = {.min_age_us = 0, .max_events = 20, .min_rows = 2};
  auto log = log::EventLog::open(**database, settings, base::system_clock(), metrics);
  ASSERT_TRUE(log.ok()) << log.status().message();
  ASSERT_TRUE((*log)->add_store("demo").ok());
  int events = 0;
  const auto rows = [&] { return (*database)->log_bounds("demo")->rows; };
  const auto append = [&] {
    ASSERT_TRUE(log::append_views(**log, "e", events, events + 1).ok());
    ++events;
  };
  while (events < 100)
    append();
  CompactionKeeper keeper(**log, 1);
  append();
  EXPECT_EQ(rows(), 101U) << "it was told of no store yet";
  keeper.set({"gone", "demo"});
  append();
  keeper.set({"demo"});
  while (rows() + 20 > static_cast<std::uint64_t>(events) && events < 20'000)
    append();
  EXPECT_LT(rows(), static_cast<std::uint64_t>(events)) << "nothing was merged beside appending";
  // Then it catches up, at its own pace.
  const std::uint64_t few = 20U + static_cast<unsigned>(events) / 20;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(3);
  while (rows() > few && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_LE(rows(), few);
  keeper.stop();
  keeper.stop();  // again: nothing
  const auto verified = (*log)->verify("demo", {});
  EXPECT_TRUE(verified->faults.empty());
  EXPECT_EQ(verified->events, static_cast<std::uint64_t>(events));
  (*log)->close();
}

}  // namespace
}  // namespace souk::daemon
