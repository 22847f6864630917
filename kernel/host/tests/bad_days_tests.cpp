// Bad days of an instance: a row of its log that is damaged, a world that takes no effects, a
// database that takes no publications. What the operator sees, and that nothing is lost.
#include "kernel/bus/effects.hpp"
#include "kernel/bus/outbox_worker.hpp"
#include "kernel/host/tests/fixture.hpp"

namespace souk::host {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::int64_t kLookEveryUs = 500'000;  // of the outbox, at least

class BadDaysTest : public HostTest {
 protected:
  std::vector<storage::OutboxRow> outbox() {
    auto rows = database_->due_outbox(INT64_MAX, 100, {});
    EXPECT_TRUE(rows) << rows.status().message();
    return rows ? *rows : std::vector<storage::OutboxRow>{};
  }
  void sql(const std::string& statement) { *test_database_->session() << statement; }
};
INSTANTIATE_TEST_SUITE_P(Engines, BadDaysTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(BadDaysTest, ADamagedRowHoldsWhoMustReadItAndNobodyElse) {
  log_settings_.tail_cache_bytes = 1;
  open();
  apply({plugin("probe_second")});
  for (int i = 0; i < 20; ++i)
    see("p" + std::to_string(i));
  ASSERT_TRUE(folded());
  // The checksum is all that tells: what is stored still decompresses.
  sql("UPDATE souk_events SET checksum = checksum + 1 WHERE first_sequence = 11");
  apply({plugin("probe"), plugin("probe_second")});
  ASSERT_TRUE(eventually([&] { return !status().reason.empty(); }));
  EXPECT_NE(status().reason.find("sequence 11 to 11"), std::string::npos) << status().reason;
  EXPECT_EQ(status().state, InstanceState::replaying);
  EXPECT_EQ(status().position, 10U) << "it stands before the row, it does not jump over it";

  const std::uint64_t last = see("new");
  EXPECT_TRUE(eventually([&] { return status("second").position == last; }));
  EXPECT_TRUE(status("second").reason.empty());
  EXPECT_EQ(status().position, 10U);
  EXPECT_EQ(log_->verify("demo", {})->faults.size(), 1U);

  sql("UPDATE souk_events SET checksum = checksum - 1 WHERE first_sequence = 11");
  ASSERT_TRUE(reaches(InstanceState::running));
  ASSERT_TRUE(folded());
  EXPECT_EQ(status().events_handled, 21U);
  EXPECT_TRUE(eventually([&] { return status().reason.empty(); })) << status().reason;
}

TEST_P(BadDaysTest, AnInstanceThatRunsMeetsADamagedRow) {
  log_settings_.tail_cache_bytes = 1;
  settings_.not_responding_ms = 20;
  open();
  apply({plugin("probe", "release=" + folder_ + "/go")});
  ASSERT_TRUE(reaches(InstanceState::running));
  see("hang");
  ASSERT_TRUE(eventually([&] { return status().reason.starts_with("not responding"); }));
  for (int i = 0; i < 5; ++i)
    see("p" + std::to_string(i));
  // It was busy while these were stored; they have left memory since.
  sql("UPDATE souk_events SET data = 'x' WHERE first_sequence = 3");
  touch("go");
  ASSERT_TRUE(eventually([&] { return status().position == 2; }));
  ASSERT_TRUE(eventually([&] {
    return status().reason.find("sequence 3 to 3") != std::string::npos;
  })) << status().reason;
  EXPECT_EQ(status().state, InstanceState::running);
  EXPECT_EQ(status().lag, 4U);
  EXPECT_TRUE(state().starts_with("events=2;")) << "questions are answered from what it knows";
  EXPECT_TRUE(letters().empty()) << "the plugin has done nothing wrong";
}

TEST_P(BadDaysTest, AnEffectIsTriedForThreeDaysAndThenKeptForPeople) {
  open(manual_);
  apply({plugin("probe")});
  ASSERT_TRUE(eventually([&] { return status().state == InstanceState::running; }));
  see("effect-later");
  const auto performed = [&](std::uint32_t times) {
    return eventually([&] { return ask("performed").reply == std::to_string(times); });
  };
  const std::int64_t began = manual_.now_us();
  for (std::uint32_t attempt = 1; attempt < bus::OutboxWorker::kMaxAttempts; ++attempt) {
    ASSERT_TRUE(performed(attempt)) << ask("performed").reply;
    const std::vector<storage::OutboxRow> waiting = outbox();
    ASSERT_EQ(waiting.size(), 1U) << "attempt " << attempt;
    EXPECT_EQ(waiting[0].attempts, attempt);
    const std::int64_t wait = waiting[0].not_before_us - manual_.now_us();
    EXPECT_EQ(wait, bus::OutboxWorker::back_off_us(attempt));
    EXPECT_LE(wait, 3'600'000'000);
    manual_.advance(wait - 1);
    EXPECT_TRUE(database_->due_outbox(manual_.now_us(), 1, {})->empty());
    manual_.advance(1 + kLookEveryUs);  // in one step: it may have looked just now
  }
  ASSERT_TRUE(performed(bus::OutboxWorker::kMaxAttempts));
  ASSERT_TRUE(eventually([&] { return letters().size() == 1 && outbox().empty(); }));
  EXPECT_GT(manual_.now_us() - began, kDayUs * 29 / 10);
  EXPECT_LT(manual_.now_us() - began, kDayUs * 31 / 10);
  EXPECT_EQ(letters()[0].kind, "effect");
  EXPECT_EQ(letters()[0].reason, "UNAVAILABLE: refused");
  manual_.advance(kDayUs);
  see("plain");
  ASSERT_TRUE(folded());
  EXPECT_EQ(ask("performed").reply, std::to_string(bus::OutboxWorker::kMaxAttempts));
}

TEST_P(BadDaysTest, AnEffectThatIsOfferedAgainDoesNotUpsetTheCountOfThoseThatWait) {
  open();
  apply({plugin("probe")});
  see("effect-refused");
  ASSERT_TRUE(eventually([&] { return letters().size() == 1; }));
  apply({plugin("probe", "healed")});
  ASSERT_TRUE(host_->replay_dead_letter(letters()[0].id).ok());
  ASSERT_TRUE(eventually([&] { return ask("performed").reply == "2" && outbox().empty(); }));
  see("effect");
  EXPECT_TRUE(eventually([&] { return ask("performed").reply == "3"; }));
  EXPECT_TRUE(letters().empty());
}

TEST_P(BadDaysTest, PublicationsThatCanNotBeStoredAreBoundedAndComeOnce) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  see("plain");
  ASSERT_TRUE(folded());
  sql("ALTER TABLE souk_events RENAME TO elsewhere");
  EXPECT_EQ(ask("publish-until-refused").reply,
            std::to_string(bus::Effects::kMaxPublications) + " RESOURCE_EXHAUSTED");
  EXPECT_EQ(ask("publish-until-refused").reply, "0 RESOURCE_EXHAUSTED");
  EXPECT_EQ(ask("echo").code, Code::ok) << "questions are answered meanwhile";
  sql("ALTER TABLE elsewhere RENAME TO souk_events");
  constexpr int kPublished = static_cast<int>(bus::Effects::kMaxPublications);
  ASSERT_TRUE(eventually([&] { return log_->last_sequence("demo") == kPublished + 1; }));
  EXPECT_EQ(derived(), kPublished);
  ASSERT_TRUE(folded());
  EXPECT_TRUE(log_->verify("demo", {})->faults.empty());
  EXPECT_EQ(ask("publish").code, Code::ok);
  EXPECT_TRUE(eventually([&] { return derived() == kPublished + 1; }));
}

}  // namespace
}  // namespace souk::host
