#include "kernel/bus/timer_queue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace souk::bus {
namespace {

TEST(TimerQueueTest, RefusesWrongKeysAndPayloads) {
  TimerQueue queue;
  EXPECT_EQ(queue.set("", 1, "").code(), Code::invalid_argument);
  EXPECT_EQ(queue.set(std::string(257, 'k'), 1, "").code(), Code::invalid_argument);
  EXPECT_EQ(queue.set("k", 1, std::string(4097, 'p')).code(), Code::invalid_argument);
  EXPECT_EQ(queue.cancel("k").code(), Code::not_found);
  EXPECT_EQ(queue.next_due_us(), TimerQueue::kNever);
}

TEST(TimerQueueTest, DamagedBytesAreNeverTaken) {
  TimerQueue queue;
  ASSERT_TRUE(queue.set("cart", 5, "seven").ok());
  ASSERT_TRUE(queue.set("b", 5, "").ok());
  std::string bytes;
  queue.save(bytes);
  TimerQueue other;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(other.load(std::string_view(bytes).substr(0, size))) << size;
  }
  std::string twice = bytes;
  twice[0] = 3;
  EXPECT_FALSE(other.load(twice + bytes.substr(8)));
}

TEST(TimerQueueTest, FiresByDueTimeThenKey) {
  TimerQueue queue;
  ASSERT_TRUE(queue.set("b", 2, "").ok());
  ASSERT_TRUE(queue.set("a", 2, "").ok());
  ASSERT_TRUE(queue.set("z", 1, "").ok());
  ASSERT_TRUE(queue.set("z", 3, "later").ok());  // replaces
  std::string order;
  while (const auto timer = queue.front()) {
    order += timer->key;
    ASSERT_TRUE(queue.cancel(timer->key).ok());
  }
  EXPECT_EQ(order, "abz");
}

TEST(TimerQueueTest, RollbackUndoesSetsReplacementsAndCancels) {
  TimerQueue queue;
  ASSERT_TRUE(queue.set("a", 1, "one").ok());
  ASSERT_TRUE(queue.set("b", 2, "two").ok());
  std::string before;
  queue.save(before);
  queue.begin();
  ASSERT_TRUE(queue.set("a", 9, "nine").ok());
  ASSERT_TRUE(queue.cancel("b").ok());
  ASSERT_TRUE(queue.set("b", 4, "four").ok());
  ASSERT_TRUE(queue.set("c", 3, "three").ok());
  ASSERT_TRUE(queue.cancel("a").ok());
  queue.rollback();
  std::string after;
  queue.save(after);
  EXPECT_EQ(after, before);
}

TEST(TimerQueueTest, SavingAndLoadingIsTheIdentityForAnyHistory) {
  std::mt19937 random(7);
  TimerQueue queue;
  std::map<std::string, std::int64_t> model;
  for (int i = 0; i < 5'000; ++i) {
    const std::string key = "k" + std::to_string(random() % 300);
    if (random() % 3 == 0) {
      EXPECT_EQ(queue.cancel(key).ok(), model.erase(key) == 1);
    } else {
      const auto due = static_cast<std::int64_t>(random() % 1'000);
      ASSERT_TRUE(queue.set(key, due, key).ok());
      model[key] = due;
    }
  }
  std::string bytes;
  queue.save(bytes);
  TimerQueue other;
  const std::string followed = bytes + "tail";
  const auto rest = other.load(followed);
  ASSERT_TRUE(rest);
  EXPECT_EQ(*rest, "tail");
  EXPECT_EQ(other.size(), model.size());
  std::string again;
  other.save(again);
  EXPECT_EQ(again, bytes);
}

}  // namespace
}  // namespace souk::bus
