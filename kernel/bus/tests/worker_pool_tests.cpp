#include "kernel/bus/worker_pool.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

namespace souk::bus {
namespace {

WorkerPoolSettings settings(unsigned threads) {
  WorkerPoolSettings settings;
  settings.name = "test";
  settings.threads = threads;
  settings.stall_us = 1'000;
  return settings;
}

TEST(WorkerPoolTest, ATaskThatThrowsDoesNotEndTheThread) {
  WorkerPool pool(settings(1), base::system_clock());
  std::promise<void> done;
  pool.post([] { throw std::runtime_error("on purpose"); });
  pool.post([&] { done.set_value(); });
  done.get_future().wait();
}

TEST(WorkerPoolTest, AfterCloseNothingIsTaken) {
  WorkerPool pool(settings(2), base::system_clock());
  std::atomic<int> ran{0};
  for (int i = 0; i < 100; ++i)
    pool.post([&] { ++ran; });
  EXPECT_TRUE(pool.close(10'000'000));
  EXPECT_EQ(ran, 100);
  EXPECT_FALSE(pool.post([&] { ++ran; }));
}

TEST(WorkerPoolTest, AThreadThatHangsIsReplacedAndLeavesWhenItComesBack) {
  base::ManualClock clock(1'000'000);
  WorkerPool pool(settings(1), clock);
  std::promise<void> began;
  std::promise<void> release;
  pool.post([&, wait = release.get_future().share()] {
    began.set_value();
    wait.wait();
  });
  began.get_future().wait();
  EXPECT_EQ(pool.check_stalls(), 0U);
  clock.advance(2'000);
  EXPECT_EQ(pool.check_stalls(), 1U);
  EXPECT_EQ(pool.check_stalls(), 1U);
  std::promise<void> other;
  pool.post([&] { other.set_value(); });
  other.get_future().wait();
  release.set_value();
  EXPECT_TRUE(pool.close(10'000'000));
}

TEST(WorkerPoolTest, BackgroundThreadsAndThoseTheyStartRunWhenNothingElseDoes) {
  WorkerPoolSettings idle = settings(1);
  idle.background = true;
  WorkerPool pool(idle, base::system_clock());
  std::promise<int> own;
  std::promise<int> started;
  pool.post([&] {
    own.set_value(sched_getscheduler(0));
    std::thread([&] { started.set_value(sched_getscheduler(0)); }).join();
  });
  EXPECT_EQ(own.get_future().get(), SCHED_IDLE);
  EXPECT_EQ(started.get_future().get(), SCHED_IDLE);
  EXPECT_NE(sched_getscheduler(0), SCHED_IDLE);
}

}  // namespace
}  // namespace souk::bus
