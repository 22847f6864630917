#include "kernel/daemon/retention.hpp"

#include <gtest/gtest.h>

#include <future>

#include "kernel/base/metrics.hpp"
#include "kernel/log/tests/make_event.hpp"
#include "kernel/storage/database.hpp"
#include "kernel/storage/tests/test_database.hpp"

namespace souk::daemon {
namespace {

/// A host that needs the log from a given sequence on.
class NeedyHost final : public host::Host {
 public:
  explicit NeedyHost(std::uint64_t from) : from_(from) {}
  [[nodiscard]] std::uint64_t needed_from(std::string_view /*store_id*/) override { return from_; }

  void apply(const std::vector<config::StoreSettings>& /*stores*/) override {}
  void call(const host::CallRequest& /*request*/, host::CallDone /*done*/) override {}
  [[nodiscard]] std::vector<host::InstanceStatus> instances(std::string_view) override {
    return {};
  }
  [[nodiscard]] std::vector<host::ServedService> services() override { return {}; }
  [[nodiscard]] std::uint64_t services_version() const noexcept override { return 1; }
  Status enable(std::string_view, std::string_view) override { return {}; }
  Status disable(std::string_view, std::string_view) override { return {}; }
  Status restart(std::string_view, std::string_view) override { return {}; }
  Status replay_dead_letter(std::uint64_t) override { return {}; }
  Status forget_person(std::string_view, const log::PersonTraces&) override { return {}; }
  Status snapshot_now(std::string_view) override { return {}; }
  bool wait_folded(std::string_view, std::uint64_t, std::int64_t) override { return true; }
  void close() override {}

 private:
  const std::uint64_t from_;
};

class RetentionKeeperTest : public ::testing::TestWithParam<storage::Engine> {};
INSTANTIATE_TEST_SUITE_P(Engines, RetentionKeeperTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(RetentionKeeperTest, ShortensTheLogAsFarAsNobodyNeedsIt) {
  const storage::TestDatabase test(GetParam());
  if (test.url().empty()) GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server";
  base::Metrics metrics;
  auto database = storage::Database::open({.url = test.url()});
  ASSERT_TRUE(database.ok()) << database.status().message();
  auto log = log::EventLog::open(**database, {}, base::system_clock(), metrics);
  ASSERT_TRUE(log.ok()) << log.status().message();
  ASSERT_TRUE((*log)->add_store("demo").ok());
  for (int batch = 0; batch < 8; ++batch) {
    ASSERT_TRUE(log::append_views(**log, "e", batch * 10, batch * 10 + 10).ok());
  }
  NeedyHost host(41);
  RetentionKeeper keeper(**log, host, 1);
  // Without limits nothing goes, however often it looks: each append gives it time for a round.
  for (int batch = 8; batch < 12; ++batch) {
    ASSERT_TRUE(log::append_views(**log, "e", batch * 10, batch * 10 + 10).ok());
  }
  EXPECT_EQ((*log)->first_sequence("demo"), 1U);
  keeper.set({0, 1}, {"demo"});
  for (int batch = 12; (*log)->first_sequence("demo") == 1 && batch < 20'000; ++batch) {
    ASSERT_TRUE(log::append_views(**log, "e", batch * 10, batch * 10 + 10).ok());
  }
  EXPECT_EQ((*log)->first_sequence("demo"), 41U);
  keeper.stop();
  keeper.stop();  // again: nothing
  (*log)->close();
}

}  // namespace
}  // namespace souk::daemon
