// The log on both engines: what it acknowledges, stores, reads back and refuses.
#include "kernel/log/event_log.hpp"

#include <atomic>
#include <thread>

#include "kernel/log/row_codec.hpp"
#include "kernel/log/tests/log_fixture.hpp"

namespace souk::log {
namespace {

class EventLogTest : public OpenLog {
 protected:
  EventLogTest() { clock_.set(1'000'000'000); }
  std::uint64_t count_events(std::uint64_t from = 1) {
    std::uint64_t count = 0;
    for (std::uint64_t at = from;;) {
      auto batches = log_->read("demo", at, 1);
      EXPECT_TRUE(batches) << batches.status().message();
      if (!batches || batches->empty()) return count;
      for (const BatchPtr& batch : *batches) {
        for (const LoggedEvent& event : batch->events()) {
          if (event.sequence < at) continue;
          EXPECT_EQ(event.sequence, at) << "a gap in the log";
          at = event.sequence + 1;
          ++count;
        }
      }
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, EventLogTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(EventLogTest, refuses_an_unknown_store_and_a_bad_name) {
  EncodedEvents events;
  add(events, view_event("e", "s"));
  EXPECT_EQ(append(*log_, "nobody", events).code(), Code::not_found);
  EXPECT_EQ(log_->read("nobody", 1, 1).code(), Code::not_found);
  EXPECT_EQ(log_->add_store("").code(), Code::invalid_argument);
  EXPECT_EQ(log_->add_store(std::string(65, 'x')).code(), Code::invalid_argument);
}

TEST_P(EventLogTest, numbers_events_without_gaps_and_counts_duplicates) {
  auto first = append_views(*log_, "e", 0, 100);
  ASSERT_TRUE(first) << first.status().message();
  EXPECT_EQ(first->accepted, 100U);
  EXPECT_EQ(first->first_sequence, 1U);
  EXPECT_EQ(first->last_sequence, 100U);
  auto second = append_views(*log_, "e", 50, 150);
  EXPECT_EQ(second->accepted, 50U);
  EXPECT_EQ(second->duplicates, 50U);
  EXPECT_EQ(second->first_sequence, 101U);
  EXPECT_EQ(second->last_sequence, 150U);
  auto third = append_views(*log_, "e", 0, 150);
  EXPECT_EQ(third->accepted, 0U);
  EXPECT_EQ(third->first_sequence, 0U);
  EXPECT_EQ(third->last_sequence, 150U);
  EXPECT_EQ(count_events(), 150U);
  EXPECT_EQ(count_events(77), 74U);
}

TEST_P(EventLogTest, an_id_twice_in_one_request_is_stored_once) {
  EncodedEvents events;
  add(events, view_event("same", "s"));
  add(events, view_event("same", "s"));
  auto result = append(*log_, "demo", std::move(events));
  EXPECT_EQ(result->accepted, 1U);
  EXPECT_EQ(result->duplicates, 1U);
}

TEST_P(EventLogTest, stores_do_not_know_each_others_ids_or_events) {
  ASSERT_TRUE(log_->add_store("other"));
  ASSERT_TRUE(append_views(*log_, "e", 0, 10));
  EncodedEvents events;
  add(events, view_event("e1", "s"));
  EXPECT_EQ(append(*log_, "other", std::move(events))->accepted, 1U);
  EXPECT_EQ(log_->last_sequence("other"), 1U);
  EXPECT_EQ(log_->last_sequence("demo"), 10U);
}

TEST_P(EventLogTest, everything_is_there_after_a_restart_and_still_deduplicates) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(append_views(*log_, "e", i * 20, i * 20 + 20));
  restart();
  EXPECT_EQ(log_->last_sequence("demo"), 100U);
  EXPECT_EQ(append_views(*log_, "e", 0, 120)->accepted, 20U);
  EXPECT_EQ(count_events(), 120U);
}

TEST_P(EventLogTest, received_times_never_fall_though_the_clock_does) {
  ASSERT_TRUE(append_views(*log_, "a", 0, 1));
  clock_.set(500);
  ASSERT_TRUE(append_views(*log_, "b", 0, 1));
  restart();
  ASSERT_TRUE(append_views(*log_, "c", 0, 1));
  std::int64_t last = 0;
  auto batches = log_->read("demo", 1, SIZE_MAX);
  for (const BatchPtr& batch : *batches) {
    EXPECT_GE(batch->committed_us(), last);
    last = batch->committed_us();
  }
  EXPECT_EQ(last, 1'000'000'000);
}

TEST_P(EventLogTest, large_commits_become_several_rows) {
  ASSERT_TRUE(append_views(*log_, "e", 0, 6'000));
  ASSERT_TRUE(append_views(*log_, "f", 0, 6'000));
  EXPECT_EQ(database_->log_bounds("demo")->rows, 2U);
  EXPECT_EQ(count_events(), 12'000U);
}

TEST_P(EventLogTest, a_failed_commit_refuses_all_and_leaves_nothing_behind) {
  ASSERT_TRUE(append_views(*log_, "e", 0, 10));
  *test_database_->session() << "ALTER TABLE souk_events RENAME TO elsewhere";
  auto refused = append_views(*log_, "f", 0, 10);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.code(), Code::unavailable);
  *test_database_->session() << "ALTER TABLE elsewhere RENAME TO souk_events";
  auto again = append_views(*log_, "f", 0, 10);
  ASSERT_TRUE(again) << again.status().message();
  EXPECT_EQ(again->accepted, 10U) << "ids of refused events must not count as seen";
  EXPECT_EQ(count_events(), 20U);
}

TEST_P(EventLogTest, a_commit_whose_answer_was_lost_is_noticed) {
  ASSERT_TRUE(append_views(*log_, "e", 0, 10));
  // Somebody wrote what this log believes is free: as if its own commit had arrived unanswered.
  EncodedEvents lost;
  add(lost, view_event("lost", "s"));
  storage::EventRow row;
  row.store_id = "demo";
  row.first_sequence = 11;
  row.count = 1;
  row.committed_us = 1'000'000'000;
  std::vector<std::uint32_t> people;
  RowEncoder(1).encode(lost.bytes(), people, row);
  auto transaction = database_->begin();
  ASSERT_TRUE((*transaction)->append(row));
  ASSERT_TRUE((*transaction)->commit());
  transaction->reset();

  EXPECT_FALSE(append_views(*log_, "f", 0, 1)) << "the sequence is taken: refused";
  EXPECT_EQ(append(*log_, "demo", std::move(lost))->duplicates, 1U);
  EXPECT_EQ(append_views(*log_, "f", 0, 1)->accepted, 1U);
  EXPECT_EQ(count_events(), 12U);
}

TEST_P(EventLogTest, entities_and_effects_are_durable_with_their_events) {
  EncodedEvents events;
  souk::v1::Event event = view_event("e1", "");
  event.mutable_product_upserted()->mutable_product()->set_id("p1");
  add(events, event);
  Effects effects;
  effects.instance = {"demo", "email", ""};
  effects.cursor = 9;
  effects.outbox = {{1, effects.instance, "mail", 0, 0, "payload"}};
  ASSERT_TRUE(append(*log_, "demo", std::move(events), effects));
  EXPECT_TRUE(database_->entity("demo", "product", "p1"));
  EXPECT_EQ(database_->effects_cursor(effects.instance)->value(), 9U);
  effects.cursor = 12;
  ASSERT_TRUE(append(*log_, "demo", EncodedEvents(), effects)) << "effects need no events";
  EXPECT_EQ(database_->effects_cursor(effects.instance)->value(), 12U);
  EXPECT_EQ(*database_->outbox_size(effects.instance), 1U);
  EXPECT_EQ(log_->last_sequence("demo"), 1U);
}

TEST_P(EventLogTest, many_threads_lose_and_repeat_nothing) {
  constexpr int kThreads = 8;
  constexpr int kAppends = 100;
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> heard{0};
  const std::uint64_t token =
      log_->add_listener([&](const BatchPtr& batch) { heard += batch->count(); });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kAppends; ++i) {
        // Every id is sent by two threads.
        auto result = append_views(*log_, "t" + std::to_string(thread / 2) + "-", i * 5, i * 5 + 5);
        if (result) accepted += result->accepted;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  log_->remove_listener(token);
  EXPECT_EQ(accepted, kThreads / 2 * kAppends * 5U);
  EXPECT_EQ(heard, accepted);
  EXPECT_EQ(count_events(), accepted);
  auto report = log_->verify("demo", {});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->faults.empty()) << report->faults.front();
  EXPECT_EQ(report->events, accepted);
}

TEST_P(EventLogTest, the_queue_is_bounded) {
  settings_.max_waiting_bytes = 1;
  open_log();
  // The first is always taken; while it is being committed the bound holds for the others.
  std::atomic<int> refused{0};
  std::atomic<int> answered{0};
  for (int i = 0; i < 2'000; ++i) {
    EncodedEvents events;
    add(events, view_event("q" + std::to_string(i), "s"));
    log_->append("demo", std::move(events), [&](const Result<AppendResult>& result) {
      refused += result.code() == Code::resource_exhausted ? 1 : 0;
      ++answered;
    });
  }
  log_->close();
  EXPECT_EQ(answered, 2'000);
  EXPECT_GT(refused, 0);
  EncodedEvents late;
  add(late, view_event("late", "s"));
  EXPECT_EQ(append(*log_, "demo", std::move(late)).code(), Code::cancelled);
}

TEST_P(EventLogTest, retention_lets_go_by_age_and_size_but_never_what_is_needed) {
  for (int i = 0; i < 10; ++i) {
    clock_.set(1'000'000'000 + i * 1'000);
    ASSERT_TRUE(append_views(*log_, "e", i * 10, i * 10 + 10));
  }
  EXPECT_EQ(*log_->apply_retention("demo", {}, 101), 1U) << "no limit: everything stays";
  EXPECT_EQ(*log_->apply_retention("demo", {.max_age_us = 5'500}, 25), 21U);
  EXPECT_EQ(*log_->apply_retention("demo", {.max_age_us = 5'500}, 101), 41U);
  EXPECT_EQ(*log_->apply_retention("demo", {.max_bytes = 1}, 101), 91U) << "the newest row stays";
  EXPECT_EQ(log_->first_sequence("demo"), 91U);
  restart();
  EXPECT_EQ(log_->last_sequence("demo"), 100U);
  EXPECT_EQ(append_views(*log_, "n", 0, 1)->last_sequence, 101U);
}

TEST_P(EventLogTest, verify_names_gaps_and_damage) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(append_views(*log_, "e", i * 10, i * 10 + 10));
  *test_database_->session() << "DELETE FROM souk_events WHERE first_sequence = 11";
  *test_database_->session() << "UPDATE souk_events SET data = 'x' WHERE first_sequence = 31";
  auto report = log_->verify("demo", {});
  ASSERT_TRUE(report);
  ASSERT_EQ(report->faults.size(), 2U);
  EXPECT_NE(report->faults[0].find("sequence 11 to 20 is missing"), std::string::npos);
  EXPECT_NE(report->faults[1].find("31 to 40"), std::string::npos);
  restart();
  EXPECT_EQ(log_->read("demo", 31, 1).code(), Code::data_loss);
  EXPECT_TRUE(log_->read("demo", 41, 1)) << "what is behind a damaged row can be read";
}

}  // namespace
}  // namespace souk::log
