// Compaction on both engines: fewer rows, and nothing else that anybody can tell.
#include <atomic>
#include <thread>

#include "kernel/log/row_codec.hpp"
#include "kernel/log/tests/log_fixture.hpp"

namespace souk::log {
namespace {

constexpr std::int64_t kStart = 1'000'000'000'000;
constexpr std::int64_t kStep = 1'000;

/// What a reader sees of an event.
struct Seen {
  std::uint64_t sequence = 0;
  std::int64_t received_us = 0;
  bool begins_commit = false;
  std::string id;
  bool operator==(const Seen&) const = default;
};

class CompactionTest : public OpenLog {
 protected:
  /// `rows` commits of `events` events each, a step of time apart.
  void fill(const std::string& prefix, int rows, int events = 1) {
    for (int i = 0; i < rows; ++i) {
      clock_.set(clock_.now_us() + kStep);
      ASSERT_TRUE(append_views(*log_, prefix, i * events, (i + 1) * events));
    }
  }
  void grow_old() { clock_.set(clock_.now_us() + settings_.compaction.min_age_us); }
  std::uint64_t rows() { return database_->log_bounds("demo")->rows; }

  /// Reads by storage alone: what an instance far behind sees.
  std::vector<Seen> everything(std::uint64_t from = 1, std::size_t at_once = 1) {
    std::vector<Seen> seen;
    for (;;) {
      auto stored = database_->read_events("demo", from, at_once);
      EXPECT_TRUE(stored) << stored.status().message();
      if (!stored || stored->empty()) return seen;
      for (const storage::EventRow& row : *stored) {
        auto batch = Batch::from_row(row);
        EXPECT_TRUE(batch) << batch.status().message();
        if (!batch) return seen;
        for (const LoggedEvent& event : (*batch)->events()) {
          if (event.sequence < from) continue;
          EXPECT_EQ(event.sequence, from) << "a gap, or a row told twice";
          from = event.sequence + 1;
          seen.push_back({event.sequence, event.received_us, event.begins_commit,
                          std::string(event.fields.id)});
        }
      }
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, CompactionTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(CompactionTest, leaves_alone_what_is_young_few_large_or_unknown) {
  EXPECT_EQ(log_->compact("nobody", 8).code(), Code::not_found);
  EXPECT_EQ(log_->compact("demo", 8)->merges, 0U) << "an empty log";
  settings_.compaction.max_events = 20;
  open_log();
  fill("a", 50);
  EXPECT_EQ(log_->compact("demo", 8)->merges, 0U) << "too young";
  grow_old();
  EXPECT_EQ(log_->compact("demo", 1)->merges, 1U) << "no more than asked for";
  EXPECT_EQ(rows(), 31U);
  EXPECT_EQ(log_->compact("demo", 8)->merges, 1U);
  EXPECT_EQ(rows(), 12U) << "ten rows wait until their run is complete";
  fill("b", 3, 19);
  fill("c", 6);
  fill("d", 1, 20);
  grow_old();
  EXPECT_EQ(log_->compact("demo", 8)->merges, 1U) << "the ten, not the six between large ones";
  EXPECT_EQ(rows(), 3U + 3U + 6U + 1U);
}

TEST_P(CompactionTest, a_look_that_found_nothing_is_not_repeated_at_once) {
  settings_.compaction = {.min_age_us = 0, .max_events = 20};
  open_log();
  fill("a", 20);
  EXPECT_EQ(log_->compact("demo", 8)->merges, 0U) << "the run is not complete";
  fill("b", 20);
  EXPECT_EQ(log_->compact("demo", 8)->merges, 0U) << "too soon";
  clock_.set(clock_.now_us() + 5'000'000);
  EXPECT_EQ(log_->compact("demo", 8)->merges, 1U);
}

TEST_P(CompactionTest, readers_see_the_same_events_times_and_commits) {
  fill("a", 700);
  fill("b", 150, 3);
  const std::vector<Seen> before = everything();
  ASSERT_EQ(before.size(), 1'150U);
  grow_old();
  auto report = log_->compact("demo", 8);
  ASSERT_TRUE(report) << report.status().message();
  EXPECT_EQ(report->merges, 1U);
  EXPECT_EQ(report->rows, 799U) << "700 of one and 100 of three make a thousand";
  EXPECT_EQ(rows(), 51U);
  EXPECT_EQ(everything(), before);
  for (const std::uint64_t from : {2U, 699U, 701U, 1'000U, 1'001U, 1'150U}) {
    EXPECT_EQ(everything(from, 1'000'000),
              std::vector<Seen>(before.begin() + static_cast<int>(from) - 1, before.end()));
  }
  EXPECT_EQ(log_->compact("demo", 8)->merges, 0U);
  restart();
  EXPECT_EQ(log_->last_sequence("demo"), 1'150U);
  EXPECT_EQ(log_->compact("demo", 8)->merges, 0U) << "what is merged is not merged again";
  EXPECT_EQ(everything(), before);
  auto verified = log_->verify("demo", {});
  EXPECT_TRUE(verified->faults.empty()) << verified->faults.front();
  EXPECT_EQ(verified->events, 1'150U);
  EXPECT_NE(metrics_.expose().find("souk_log_compacted_rows_total 799"), std::string::npos);
}

TEST_P(CompactionTest, ids_are_remembered_as_long_as_if_nothing_was_merged) {
  settings_.dedupe_window_us = 5'000 * kStep;
  settings_.compaction.min_age_us = 0;
  settings_.compaction.max_events = 100;
  open_log();
  fill("a", 101);
  ASSERT_EQ(log_->compact("demo", 8)->merges, 1U);
  // The first 50 of the merged row have left the window, the others have not.
  clock_.set(kStart + 50 * kStep + settings_.dedupe_window_us + 1);
  restart();
  auto again = append_views(*log_, "a", 0, 101);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->accepted, 50U);
  EXPECT_EQ(again->duplicates, 51U);
}

TEST_P(CompactionTest, a_merged_row_can_be_erased_and_let_go) {
  for (int i = 0; i < 300; ++i) {
    clock_.set(clock_.now_us() + kStep);
    EncodedEvents events;
    add(events, view_event("e" + std::to_string(i), i % 3 == 0 ? "jane" : "bob"));
    ASSERT_TRUE(append(*log_, "demo", std::move(events)));
  }
  settings_.compaction.max_events = 100;
  open_log();
  grow_old();
  ASSERT_EQ(log_->compact("demo", 8)->merges, 2U);
  const std::vector<Seen> before = everything();
  EXPECT_EQ(*log_->erase_person("demo", "jane"), 100U);
  EXPECT_EQ(*log_->erase_person("demo", "jane"), 0U);
  const std::vector<Seen> after = everything();
  ASSERT_EQ(after.size(), 300U);
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].received_us, before[i].received_us);
    EXPECT_TRUE(after[i].begins_commit);
    EXPECT_EQ(after[i].id, i % 3 == 0 ? "" : before[i].id);
  }
  EXPECT_TRUE(log_->verify("demo", {})->faults.empty());
  EXPECT_EQ(*log_->apply_retention("demo", {.max_age_us = 1}, 150), 101U)
      << "a row goes when nobody needs any of it";
  EXPECT_EQ(everything(101).size(), 200U);
}

TEST_P(CompactionTest, a_damaged_row_stays_for_verify_to_name) {
  settings_.compaction.max_events = 50;
  open_log();
  fill("a", 101);
  *test_database_->session() << "UPDATE souk_events SET data = 'x' WHERE first_sequence = 20";
  grow_old();
  EXPECT_EQ(log_->compact("demo", 8)->merges, 1U) << "the run behind it";
  EXPECT_EQ(rows(), 52U);
  auto report = log_->verify("demo", {});
  ASSERT_EQ(report->faults.size(), 1U);
  EXPECT_NE(report->faults[0].find("sequence 20 to 20"), std::string::npos);
}

TEST_P(CompactionTest, readers_miss_and_repeat_nothing_while_rows_are_merged) {
  settings_.compaction.max_events = 40;
  settings_.tail_cache_bytes = 1;
  open_log();
  fill("a", 1'500);
  grow_old();
  std::atomic<bool> merged{false};
  std::atomic<bool> failed{false};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&, reader] {
      do {
        if (reader == 0) {
          failed = failed || everything(1, 20'000).size() != 1'500;
        } else {
          auto report = log_->verify("demo", {});
          EXPECT_TRUE(report && report->faults.empty())
              << (report ? report->faults.front() : report.status().message());
          failed = failed || !report || report->events != 1'500;
        }
      } while (!merged && !failed);
    });
  }
  while (log_->compact("demo", 1)->merges > 0) {
  }
  merged = true;
  for (std::thread& reader : readers)
    reader.join();
  EXPECT_FALSE(failed);
  EXPECT_EQ(rows(), 37U + 20U);
}

}  // namespace
}  // namespace souk::log
