// Instances over their lives: failures first, then starting, stopping, snapshots, changes at run
// time.
#include <csignal>
#include <cstdlib>

#include "kernel/host/crash_record.hpp"
#include "kernel/host/tests/fixture.hpp"

namespace souk::host {
namespace {

class LifecycleTest : public HostTest {};

INSTANTIATE_TEST_SUITE_P(Engines, LifecycleTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(LifecycleTest, RefusedSettingsAreShownWithThePluginsWords) {
  open();
  apply({plugin("probe", "refuse-init"), plugin("probe_second")});
  EXPECT_EQ(status().state, InstanceState::failed_settings);
  EXPECT_EQ(status().reason, "limit must be at most 100");
  EXPECT_TRUE(reaches(InstanceState::running, "second"));
}

TEST_P(LifecycleTest, BetterSettingsBringItUp) {
  open();
  apply({plugin("probe", "refuse-init")});
  apply({plugin("probe", "good")});
  EXPECT_TRUE(reaches(InstanceState::running));
  EXPECT_EQ(ask("settings").reply, "good");
}

TEST_P(LifecycleTest, AStartThatFailsIsTriedAgain) {
  open();
  apply({plugin("probe", "needs=" + folder_ + "/ready")});
  EXPECT_EQ(status().state, InstanceState::failed_retry);
  EXPECT_EQ(ask("state").code, Code::unavailable);
  touch("ready");
  EXPECT_TRUE(reaches(InstanceState::running));
}

TEST_P(LifecycleTest, AnInitThatHangsIsLeftBehind) {
  settings_.start_timeout_ms = 1'000;
  open();
  apply({plugin("probe", "hang-init;release=" + folder_ + "/go"), plugin("probe_second")});
  EXPECT_EQ(status().state, InstanceState::failed_stop);
  EXPECT_TRUE(reaches(InstanceState::running, "second"));
  touch("go");
  host_->close();
}

TEST_P(LifecycleTest, AStopThatHangsDoesNotHoldTheDaemon) {
  settings_.stop_timeout_ms = 50;
  open();
  apply({plugin("probe", "hang-stop;release=" + folder_ + "/go")});
  ASSERT_TRUE(reaches(InstanceState::running));
  EXPECT_TRUE(host_->disable("demo", "probe").ok());
  EXPECT_EQ(status().state, InstanceState::failed_stop);
  host_->close();
  touch("go");
}

TEST_P(LifecycleTest, AHandlerThatHangsIsShownAndOthersGoOn) {
  settings_.not_responding_ms = 20;
  settings_.stop_timeout_ms = 100;
  settings_.event_threads = 1;
  open();
  apply({plugin("probe", "release=" + folder_ + "/go"), plugin("probe_second")});
  ASSERT_TRUE(reaches(InstanceState::running));
  ASSERT_TRUE(reaches(InstanceState::running, "second"));
  const std::uint64_t last = see("hang");
  EXPECT_TRUE(eventually([&] { return status("second").position >= last; }));
  EXPECT_TRUE(eventually([&] { return status().reason.starts_with("not responding"); }));
  touch("go");
  EXPECT_TRUE(eventually([&] { return status().position >= last; }));
}

TEST_P(LifecycleTest, SeveralDeathsWhileStartingQuarantineIt) {
  open();
  const std::string fact = "starting/demo/probe/";
  ASSERT_TRUE(database_->set_fact(fact, "3").ok());
  apply({plugin("probe")});
  EXPECT_EQ(status().state, InstanceState::quarantined);
  EXPECT_EQ(ask("state").code, Code::unavailable);
  EXPECT_TRUE(host_->enable("demo", "probe").ok());
  EXPECT_TRUE(reaches(InstanceState::running));
  EXPECT_EQ(*database_->fact(fact), "0");
}

TEST_P(LifecycleTest, ACrashInItsCodeIsRecordedAndBlamed) {
  const std::string record = folder_ + "/crash";
  const std::string label = "demo/probe";
  EXPECT_TRUE(take_crash_record("").empty());
  EXPECT_EXIT(
      {
        (void)take_crash_record(record);
        const RunningIn mark(label);
        std::abort();
      },
      ::testing::KilledBySignal(SIGABRT), "");
  EXPECT_EXIT(
      {
        (void)take_crash_record(record + "2");
        std::abort();  // in nobody's code
      },
      ::testing::KilledBySignal(SIGABRT), "");
  EXPECT_TRUE(take_crash_record(record + "2").empty());
  settings_.crash_record = record;
  settings_.crashes_until_quarantine = 1;
  open();
  apply({plugin("probe"), plugin("probe_second")});
  EXPECT_EQ(status().state, InstanceState::quarantined);
  EXPECT_TRUE(reaches(InstanceState::running, "second"));
  EXPECT_TRUE(take_crash_record(record).empty());
  EXPECT_TRUE(host_->enable("demo", "probe").ok());
  EXPECT_TRUE(reaches(InstanceState::running));
}

TEST_P(LifecycleTest, AnUnknownPluginIsNotFoundByName) {
  open();
  apply({plugin("probe")});
  const Status status = host_->disable("demo", "prob");
  EXPECT_EQ(status.code(), Code::not_found);
  EXPECT_NE(status.message().find("it has probe"), std::string::npos);
}

TEST_P(LifecycleTest, ASnapshotSparesTheLog) {
  open();
  apply({plugin("probe")});
  for (int i = 0; i < 20; ++i)
    see("p" + std::to_string(i));
  ASSERT_TRUE(folded());
  const std::string before = state();
  host_->close();
  crash();
  auto snapshots = database_->snapshots({"demo", "probe", ""});
  ASSERT_TRUE(snapshots);
  ASSERT_EQ(snapshots->size(), 1U);
  EXPECT_EQ(snapshots->front().sequence, 20U);
  open_host();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  EXPECT_EQ(state(), before);
  EXPECT_EQ(status().events_handled, 0U);
  EXPECT_EQ(host_->needed_from("demo"), 21U);
}

TEST_P(LifecycleTest, ANewProcessGoesOnFromTheSnapshotAndTheLogMergedOrNot) {
  log_settings_.compaction = {.min_age_us = 0, .max_events = 10, .min_rows = 2};
  open();
  apply({plugin("probe")});
  for (int i = 0; i < 20; ++i)
    see("p" + std::to_string(i));
  ASSERT_TRUE(folded());
  ASSERT_TRUE(host_->snapshot_now().ok());
  for (int i = 0; i < 25; ++i)
    see("q" + std::to_string(i));
  ASSERT_TRUE(folded());
  const std::string before = state();
  reopen();
  apply({plugin("probe")});
  ASSERT_TRUE(folded());
  EXPECT_EQ(state(), before);
  EXPECT_EQ(status().events_handled, 25U);
  ASSERT_EQ(log_->compact("demo", 8)->merges, 4U);
  reopen();
  apply({plugin("probe")});
  ASSERT_TRUE(folded());
  EXPECT_EQ(state(), before) << "from the middle of a merged row on";
  EXPECT_EQ(status().events_handled, 25U);
}

TEST_P(LifecycleTest, ACorruptSnapshotFallsBackToTheOlderAndThenToTheLog) {
  open();
  apply({plugin("probe")});
  see("one");
  ASSERT_TRUE(folded());
  ASSERT_TRUE(host_->snapshot_now().ok());
  see("two");
  ASSERT_TRUE(folded());
  const std::string before = state();
  crash();
  // A newer one whose bytes are nonsense, as a torn write under a good checksum would be.
  storage::SnapshotInfo info;
  info.instance = {"demo", "probe", ""};
  info.sequence = 2;
  info.format_version = 1;
  ASSERT_TRUE(database_->save_snapshot(info, "SOUKSNP1 nonsense", 3).ok());
  open_host();
  apply({plugin("probe")});
  ASSERT_TRUE(folded());
  EXPECT_EQ(state(), before);
  EXPECT_EQ(status().events_handled, 1U);  // from the older snapshot
  crash();
  open_host();
  apply({plugin("probe", "refuse-snapshots")});
  ASSERT_TRUE(folded());
  EXPECT_EQ(state(), before);
  EXPECT_EQ(status().events_handled, 2U);  // from the log
}

TEST_P(LifecycleTest, SettingsAreTakenWhileItRunsAndBadOnesChangeNothing) {
  open();
  apply({plugin("probe", "old")});
  see("one");
  ASSERT_TRUE(folded());
  apply({plugin("probe", "bad")});
  EXPECT_EQ(ask("settings").reply, "old");
  EXPECT_NE(status().reason.find("bad settings"), std::string::npos);
  auto changed = plugin("probe", "new");
  changed.account_settings["northwind"] = "theirs";
  apply({changed});
  EXPECT_EQ(ask("settings").reply, "new");
  EXPECT_EQ(ask("account northwind").reply, "theirs");
  apply({plugin("probe", "new")});
  EXPECT_EQ(ask("account northwind").reply, "");
  EXPECT_EQ(status().events_handled, 1U);
}

TEST_P(LifecycleTest, DisablingIsKeptOverRestarts) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  ASSERT_TRUE(host_->disable("demo", "probe").ok());
  EXPECT_EQ(status().state, InstanceState::disabled);
  EXPECT_TRUE(host_->services().empty());
  EXPECT_EQ(ask("state").code, Code::unavailable);
  host_->close();
  crash();
  open_host();
  apply({plugin("probe")});
  EXPECT_EQ(status().state, InstanceState::disabled);
  ASSERT_TRUE(host_->enable("demo", "probe").ok());
  EXPECT_TRUE(reaches(InstanceState::running));
}

TEST_P(LifecycleTest, DisablingAndEnablingWhileEventsFlowLosesNone) {
  open();
  apply({plugin("probe"), plugin("probe_second")});
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; i < 200 && !stop; ++i)
      see("p" + std::to_string(i));
  });
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(host_->disable("demo", "probe").ok());
    EXPECT_TRUE(host_->enable("demo", "probe").ok());
  }
  writer.join();
  ASSERT_TRUE(reaches(InstanceState::running));
  ASSERT_TRUE(folded());
  EXPECT_TRUE(state().starts_with("events=200;")) << state();
  EXPECT_EQ(status("second").events_handled, 200U);
}

TEST_P(LifecycleTest, APluginThatLeavesTheFileStops) {
  open();
  apply({plugin("probe"), plugin("probe_second")});
  ASSERT_TRUE(reaches(InstanceState::running, "second"));
  apply({plugin("probe_second")});
  EXPECT_EQ(host_->instances("demo").size(), 1U);
  EXPECT_EQ(host_->instances()[0].key.plugin, "second");
}

TEST_P(LifecycleTest, RestartBuildsAFreshInstance) {
  open();
  apply({plugin("probe")});
  see("one");
  ASSERT_TRUE(folded());
  const std::string before = state();
  ASSERT_TRUE(host_->restart("demo", "probe").ok());
  ASSERT_TRUE(reaches(InstanceState::running));
  EXPECT_EQ(state(), before);
}

TEST_P(LifecycleTest, StatusTellsWhatOperatorsNeed) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  see("one");
  ASSERT_TRUE(folded());
  const InstanceStatus now = status();
  EXPECT_EQ(now.version, "1.0.0");
  EXPECT_EQ(now.abi, "1.0");
  EXPECT_EQ(now.position, 1U);
  EXPECT_EQ(now.lag, 0U);
  EXPECT_EQ(now.health, "fine");
  ASSERT_EQ(host_->services().size(), 1U);
  EXPECT_EQ(host_->services()[0].service, "souk.v1.Recommendations");
}

}  // namespace
}  // namespace souk::host
