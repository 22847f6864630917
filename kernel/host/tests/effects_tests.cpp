// What plugins cause: derived events, effects, timers; retries and dead letters; and all of it over
// crashes and replays.
#include "kernel/base/clock.hpp"
#include "kernel/host/tests/fixture.hpp"
#include "souk/v1/product.pb.h"

namespace souk::host {
namespace {

class EffectsTest : public HostTest {};

INSTANTIATE_TEST_SUITE_P(Engines, EffectsTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(EffectsTest, AnEventThatCannotBeFoldedBecomesADeadLetterAndTheRestGoesOn) {
  open();
  apply({plugin("probe")});
  see("one");
  const std::uint64_t bad = see("fail");
  see("three");
  ASSERT_TRUE(folded());
  EXPECT_TRUE(state().starts_with("events=2;"));
  const auto dead = letters();
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].sequence, bad);
  EXPECT_EQ(dead[0].kind, "event");
  EXPECT_EQ(dead[0].reason, "INTERNAL: failed on purpose");
}

TEST_P(EffectsTest, ThrowsGarbageAndWrongCountsAreFailuresLikeAnyOther) {
  open();
  apply({plugin("probe")});
  see("throw");
  see("garbage");
  see("overcount");
  see("good");
  ASSERT_TRUE(folded());
  EXPECT_TRUE(state().starts_with("events=1;"));
  const auto dead = letters();
  ASSERT_EQ(dead.size(), 3U);
  EXPECT_NE(dead[2].reason.find("thrown on purpose"), std::string::npos);
  EXPECT_NE(dead[1].reason.find("unknown status 77"), std::string::npos);
}

TEST_P(EffectsTest, ADeadLetterIsOfferedAgainAndGoesWhenItIsTaken) {
  open();
  apply({plugin("probe")});
  see("flaky");
  ASSERT_TRUE(folded());
  const auto dead = letters();
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(host_->replay_dead_letter(dead[0].id + 77).code(), Code::not_found);
  EXPECT_EQ(host_->replay_dead_letter(dead[0].id).message(), "not healed yet");
  EXPECT_EQ(letters().size(), 1U);
  apply({plugin("probe", "healed")});
  EXPECT_TRUE(host_->replay_dead_letter(dead[0].id).ok());
  EXPECT_TRUE(letters().empty());
  EXPECT_TRUE(state().starts_with("events=1;"));
}

TEST_P(EffectsTest, AReplayDoesNotWriteADeadLetterTwice) {
  open();
  apply({plugin("probe")});
  see("fail");
  see("good");
  ASSERT_TRUE(folded());
  crash();
  open_host();
  apply({plugin("probe")});
  ASSERT_TRUE(folded());
  EXPECT_EQ(letters().size(), 1U);
}

TEST_P(EffectsTest, WhatIsPublishedComesBackInOrderAndOnlyOnceOverACrash) {
  open();
  apply({plugin("probe")});
  see("publish one");
  see("publish two");
  ASSERT_TRUE(eventually([&] { return derived() == 2 && folded(); }));
  EXPECT_TRUE(state().starts_with("events=4;"));
  const std::string before = state();
  crash();
  open_host();
  apply({plugin("probe")});
  ASSERT_TRUE(folded());
  EXPECT_EQ(state(), before);
  see("plain");
  ASSERT_TRUE(folded());
  EXPECT_EQ(derived(), 2);
}

TEST_P(EffectsTest, HistoryHasNoEffects) {
  open();
  ASSERT_TRUE(log_->add_store("demo").ok());
  for (int i = 0; i < 5; ++i)
    see("publish effect");
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  EXPECT_TRUE(state().starts_with("events=5;"));
  EXPECT_EQ(ask("effects").reply, "0");
  see("publish");
  ASSERT_TRUE(eventually([&] { return derived() == 1; }));
  EXPECT_EQ(*database_->outbox_size({"demo", "probe", ""}), 0U);
}

TEST_P(EffectsTest, WhatHappensWhileItIsOffIsHistory) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  ASSERT_TRUE(host_->disable("demo", "probe").ok());
  see("publish");
  ASSERT_TRUE(host_->enable("demo", "probe").ok());
  ASSERT_TRUE(reaches(InstanceState::running));
  ASSERT_TRUE(folded());
  EXPECT_EQ(derived(), 0);
}

TEST_P(EffectsTest, WhatTheDaemonMissedWhileItWasDownIsNotHistory) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  crash();
  see("publish");
  open_host();
  apply({plugin("probe")});
  EXPECT_TRUE(eventually([&] { return derived() == 1; }));
}

TEST_P(EffectsTest, WhatAPluginPublishesKeepsToTheSchemaOrIsRefused) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  see("upsert-bad");
  ASSERT_TRUE(eventually([&] { return letters().size() == 1; }));
  EXPECT_NE(letters()[0].reason.find("souk.v1.ProductUpserted"), std::string::npos);
  EXPECT_NE(letters()[0].reason.find("product.id"), std::string::npos) << letters()[0].reason;
  EXPECT_NE(metrics_.expose().find("souk_publications_refused_total{"), std::string::npos);
  see("upsert");
  ASSERT_TRUE(eventually([&] { return database_->entity("demo", "product", "made").ok(); }));
  const auto row = database_->entity("demo", "product", "made");
  souk::v1::Product product;
  ASSERT_TRUE(product.ParseFromString(row->data));
  EXPECT_EQ(product.price_range().min().amount(), 1500) << "filled in as for everybody's products";
  EXPECT_EQ(letters().size(), 1U);
}

TEST_P(EffectsTest, AnEffectIsPerformedOnceAndARefusedOneIsKept) {
  open();
  apply({plugin("probe")});
  see("effect");
  EXPECT_TRUE(eventually([&] { return ask("performed").reply == "1"; }));
  EXPECT_TRUE(eventually([&] { return *database_->outbox_size({"demo", "probe", ""}) == 0; }));
  see("effect-refused");
  ASSERT_TRUE(eventually([&] { return letters().size() == 1; }));
  EXPECT_EQ(letters()[0].kind, "effect");
  apply({plugin("probe", "healed")});
  ASSERT_TRUE(host_->replay_dead_letter(letters()[0].id).ok());
  EXPECT_TRUE(eventually([&] { return ask("performed").reply == "3"; }));
  EXPECT_TRUE(letters().empty());
}

TEST_P(EffectsTest, WhatAnEffectTellsIsStoredWithItsEndAndOnce) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  see("effect-later-tells");
  ASSERT_TRUE(eventually([&] { return ask("performed").reply == "1"; }));
  see("effect-tells");
  ASSERT_TRUE(eventually([&] { return derived() == 1; }));
  EXPECT_EQ(*database_->outbox_size({"demo", "probe", ""}), 1U)
      << "the event is there: so is the end";
  see("effect-refused-tells");
  ASSERT_TRUE(eventually([&] { return letters().size() == 1; }));
  EXPECT_EQ(letters()[0].reason, "INVALID_ARGUMENT: refused");
  ASSERT_TRUE(eventually([&] { return derived() == 2; })) << "giving up is an end too";
  ASSERT_TRUE(eventually([&] { return ask("performed").reply == "3"; }));
  EXPECT_EQ(derived(), 2) << "an attempt that is repeated tells nothing, nor does an ended one";
}

TEST_P(EffectsTest, EndsOfManyEffectsComeTogetherAndNoneIsLostAtTheStop) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  for (int i = 0; i < 300; ++i)
    see("effect-tells");
  ASSERT_TRUE(eventually([&] { return ask("performed").reply == "300"; }));
  host_->close();
  EXPECT_EQ(*database_->outbox_size({"demo", "probe", ""}), 0U);
  EXPECT_EQ(derived(), 300);
}

TEST_P(EffectsTest, PublishingOutsideTheFoldWorksWhenLive) {
  open();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  EXPECT_EQ(ask("publish").code, Code::ok);
  EXPECT_TRUE(eventually([&] { return derived() == 1; }));
}

TEST_P(EffectsTest, ATimerFiresByATickWhenNothingElseHappens) {
  open(manual_);
  apply({plugin("probe")});
  ASSERT_TRUE(eventually([&] { return status().state == InstanceState::running; }));
  see("timer");
  ASSERT_TRUE(eventually([&] { return status().timers == 1; }));
  manual_.advance(999'999);
  EXPECT_EQ(status().timers, 1U);
  manual_.advance(1);
  EXPECT_TRUE(eventually([&] { return status().timers == 0; }));
  EXPECT_TRUE(state().starts_with("events=1;fired=1;"));
  EXPECT_EQ(log_->last_sequence("demo"), 2U);  // the event and the tick
}

TEST_P(EffectsTest, TimersLivedAndReplayedGiveTheSameState) {
  open(manual_);
  apply({plugin("probe")});
  ASSERT_TRUE(eventually([&] { return status().state == InstanceState::running; }));
  for (int i = 0; i < 30; ++i) {
    see(i % 3 == 0 ? "timer" : "plain");
    manual_.advance(300'000);
  }
  see_many(20);
  manual_.advance(2'000'000);
  ASSERT_TRUE(eventually([&] { return status().timers == 0; }));
  ASSERT_TRUE(folded());
  const std::string lived = state();
  EXPECT_NE(lived.find("fired=10;"), std::string::npos) << lived;
  crash();
  open_host(manual_);
  apply({plugin("probe")});
  ASSERT_TRUE(folded());
  ASSERT_TRUE(eventually([&] { return status().state == InstanceState::running; }));
  EXPECT_EQ(state(), lived);
}

TEST_P(EffectsTest, AMergedLogReplaysToTheSameState) {
  log_settings_.compaction = {.min_age_us = 0, .max_events = 17, .min_rows = 2};
  open(manual_);
  apply({plugin("probe")});
  ASSERT_TRUE(eventually([&] { return status().state == InstanceState::running; }));
  for (int i = 0; i < 60; ++i) {
    see(i % 4 == 0 ? "timer" : i % 7 == 0 ? "publish" : "plain");
    manual_.advance(i % 5 == 0 ? 0 : 300'000);
    ASSERT_TRUE(folded());
  }
  see_many(3);
  manual_.advance(2'000'000);
  ASSERT_TRUE(eventually([&] { return status().timers == 0; }));
  ASSERT_TRUE(folded());
  const std::string lived = state();
  ASSERT_GT(log_->compact("demo", 8)->merges, 2U);
  reopen(manual_);
  apply({plugin("probe")});
  ASSERT_TRUE(folded());
  ASSERT_TRUE(eventually([&] { return status().state == InstanceState::running; }));
  EXPECT_EQ(state(), lived);
}

TEST_P(EffectsTest, TimersAreInTheSnapshot) {
  open(manual_);
  apply({plugin("probe")});
  see("timer");
  ASSERT_TRUE(eventually([&] { return status().timers == 1; }));
  ASSERT_TRUE(host_->snapshot_now("demo").ok());
  crash();
  manual_.advance(5'000'000);
  open_host(manual_);
  apply({plugin("probe")});
  EXPECT_TRUE(eventually([&] { return state().starts_with("events=1;fired=1;"); })) << state();
}

TEST_P(EffectsTest, ATimerThatFailsBecomesADeadLetterAndFiresLater) {
  open(manual_);
  apply({plugin("probe")});
  see("timer-fail");
  ASSERT_TRUE(eventually([&] { return status().timers == 1; }));
  ASSERT_TRUE(eventually([&] {
    manual_.advance(1'000'000);
    return letters().size() == 1;
  }));
  EXPECT_EQ(letters()[0].kind, "timer");
  apply({plugin("probe", "healed")});
  EXPECT_TRUE(host_->replay_dead_letter(letters()[0].id).ok());
  EXPECT_NE(state().find("fired=1;"), std::string::npos);
}

TEST_P(EffectsTest, ManyEventsOfOneCommitAreFoldedInOrderWhetherLiveOrReplayed) {
  open();
  apply({plugin("probe"), plugin("probe_bulk")});
  for (int i = 0; i < 10; ++i)
    see_many(1'000);
  ASSERT_TRUE(folded());
  const std::string live = state();
  EXPECT_EQ(status("bulk").events_handled, 10'000U);
  crash();
  open_host();
  apply({plugin("probe"), plugin("probe_bulk")});
  ASSERT_TRUE(folded());
  EXPECT_EQ(state(), live);
}

}  // namespace
}  // namespace souk::host
