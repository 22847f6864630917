#include "kernel/gateway/http/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace souk::gateway {
namespace {

struct Timer : TimerWheel::Entry {
  int number = 0;
};

std::vector<int> advance(TimerWheel& wheel, int ticks = 1) {
  std::vector<int> due;
  for (int i = 0; i < ticks; ++i) {
    wheel.advance(
        [&](TimerWheel::Entry& entry) { due.push_back(static_cast<Timer&>(entry).number); });
  }
  return due;
}

TEST(TimerWheelTest, NothingComesUpThatWasClearedOrDestroyed) {
  TimerWheel wheel;
  Timer cleared;
  wheel.set(cleared, 3);
  TimerWheel::clear(cleared);
  {
    Timer destroyed;
    wheel.set(destroyed, 2);
  }
  EXPECT_TRUE(advance(wheel, 10).empty());
}

TEST(TimerWheelTest, WhatIsRemovedMayBeDestroyedByAnotherThread) {
  TimerWheel wheel;
  auto before = std::make_unique<Timer>();
  auto removed = std::make_unique<Timer>();
  wheel.set(*before, 3);
  wheel.set(*removed, 3);
  TimerWheel::remove(*removed);
  EXPECT_FALSE(removed->linked());
  // Nothing of the wheel is touched: a thread checker would tell.
  std::thread elsewhere([&] { removed.reset(); });
  EXPECT_EQ(advance(wheel, 3).size(), 1U);
  elsewhere.join();
}

TEST(TimerWheelTest, ZeroTicksMeanTheNextOne) {
  TimerWheel wheel;
  Timer timer;
  wheel.set(timer, 0);
  EXPECT_EQ(advance(wheel).size(), 1U);
  EXPECT_TRUE(advance(wheel, 600).empty());
}

TEST(TimerWheelTest, ADeadlineBeyondOneTurnWaitsItsWholeTime) {
  TimerWheel wheel;
  Timer timer;
  wheel.set(timer, 2'000);
  EXPECT_TRUE(advance(wheel, 1'999).empty());
  EXPECT_EQ(advance(wheel).size(), 1U);
}

TEST(TimerWheelTest, MovingLaterAndEarlier) {
  TimerWheel wheel;
  Timer timer;
  wheel.set(timer, 5);
  wheel.set(timer, 50);
  EXPECT_TRUE(advance(wheel, 49).empty());
  wheel.set(timer, 100);
  wheel.set(timer, 2);
  EXPECT_TRUE(advance(wheel, 1).empty());
  EXPECT_EQ(advance(wheel, 1).size(), 1U);
}

TEST(TimerWheelTest, DueMaySetItselfAgainAndDestroyOthers) {
  TimerWheel wheel;
  Timer first;
  auto second = std::make_unique<Timer>();
  auto third = std::make_unique<Timer>();
  wheel.set(first, 1);
  wheel.set(*second, 1);
  wheel.set(*third, 1);
  int calls = 0;
  wheel.advance([&](TimerWheel::Entry& entry) {
    ++calls;
    second.reset();
    third.reset();
    wheel.set(entry, 1);
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(advance(wheel).size(), 1U);
}

}  // namespace
}  // namespace souk::gateway
