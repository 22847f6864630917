// Deadlines end when they are due, the earlier one first, also one that is noted later.
#include "kernel/bus/deadline_watch.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kernel/bus/open_calls.hpp"

namespace souk::bus {
namespace {

/// Questions that a watch ends, in the order in which they ended.
class DeadlineWatchTest : public ::testing::Test {
 protected:
  void ask(const std::string& name, std::int64_t deadline_us) {
    Question question;
    question.request = name;
    question.deadline_mono_us = deadline_us;
    calls_.open(question, [this, name](Code, std::string_view, std::string_view) {
      const std::lock_guard lock(mutex_);
      ended_.push_back(name);
      changed_.notify_all();
    });
    watch_.note(deadline_us);
  }
  /// Waits until so many have ended; never for ever.
  std::vector<std::string> ended(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return ended_.size() >= count; });
    return ended_;
  }

  base::ManualClock clock_{1'000};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> ended_;
  OpenCalls calls_{8};
  DeadlineWatch watch_{clock_, [this](std::int64_t now) {
                         EXPECT_TRUE(DeadlineWatch::is_this_thread());
                         return calls_.expire(now, Code::deadline_exceeded, {}).next_us;
                       }};
};

TEST_F(DeadlineWatchTest, ClosesWithQuestionsOpen) {
  ask("for ever", DeadlineWatch::kNever - 1);
  watch_.close();
  watch_.close();
  EXPECT_FALSE(DeadlineWatch::is_this_thread());
}

TEST_F(DeadlineWatchTest, AnEarlierOneThatIsNotedLaterEndsFirst) {
  ask("late", 5'000);
  ask("early", 2'000);
  clock_.set(2'000);
  EXPECT_EQ(ended(1), std::vector<std::string>{"early"});
  clock_.set(5'000);
  EXPECT_EQ(ended(2), (std::vector<std::string>{"early", "late"}));
  ask("again", 5'001);
  clock_.set(9'000);
  EXPECT_EQ(ended(3).back(), "again");
}

TEST_F(DeadlineWatchTest, OneThatIsOverWhenItIsNotedEndsAtOnce) {
  ask("over", 1);
  EXPECT_EQ(ended(1), std::vector<std::string>{"over"});
}

}  // namespace
}  // namespace souk::bus
