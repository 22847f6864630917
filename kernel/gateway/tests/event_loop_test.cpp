// The loop alone: what is waited for, what is not, and who wakes it.
#include "kernel/gateway/http/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace souk::gateway {
namespace {

using Patience = EventLoop::Patience;

/// One end of a pair of sockets, watched; the test holds the other.
struct End final : EventLoop::Watcher {
  End() {
    int pair[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    mine = pair[0];
    theirs = pair[1];
  }
  ~End() {
    close(mine);
    if (theirs >= 0) close(theirs);
  }
  void on_events(std::uint32_t events) override {
    ++calls;
    seen |= events;
    if (then) then();
  }
  void send() const { EXPECT_EQ(write(theirs, "x", 1), 1); }

  int mine = -1;
  int theirs = -1;
  int calls = 0;
  std::uint32_t seen = 0;
  std::function<void()> then;
};

TEST(EventLoopTest, WhatTheSystemRefusesIsNotWaitedFor) {
  EventLoop loop;
  End end;
  EXPECT_EQ(loop.watch(-1, end, 0, EPOLLIN), 0U);
  EXPECT_EQ(loop.watch(end.mine, end, 0, EPOLLIN), static_cast<std::uint32_t>(EPOLLIN));
  EXPECT_EQ(loop.watch(end.mine, end, 0, EPOLLIN), 0U) << "it is registered already";
  EXPECT_EQ(loop.turn(Patience::none), 0U);
}

TEST(EventLoopTest, WhatIsReadyStaysReadyUntilItIsTaken) {
  EventLoop loop;
  End end;
  std::uint32_t watched = loop.watch(end.mine, end, 0, EPOLLIN);
  EXPECT_EQ(loop.turn(Patience::none), 0U);
  end.send();
  EXPECT_EQ(loop.turn(Patience::endless), 1U);
  EXPECT_EQ(loop.turn(Patience::none), 1U);
  char byte = 0;
  EXPECT_EQ(read(end.mine, &byte, 1), 1);
  EXPECT_EQ(loop.turn(Patience::none), 0U);
  watched = loop.watch(end.mine, end, watched, EPOLLOUT);
  EXPECT_EQ(loop.turn(Patience::none), 1U);
  EXPECT_NE(end.seen & EPOLLOUT, 0U);
  watched = loop.watch(end.mine, end, watched, 0);
  close(std::exchange(end.theirs, -1));
  EXPECT_EQ(loop.turn(Patience::none), 0U) << "not even its end";
  loop.watch(end.mine, end, watched, EPOLLIN);
  EXPECT_EQ(loop.turn(Patience::none), 1U);
  EXPECT_NE(end.seen & EPOLLHUP, 0U);
}

TEST(EventLoopTest, AWatcherThatLeavesIsNotCalledInTheSameTurn) {
  EventLoop loop;
  End first;
  End second;
  for (End* end : {&first, &second}) {
    loop.watch(end->mine, *end, 0, EPOLLIN);
    end->send();
  }
  first.then = [&] { loop.watch(second.mine, second, EPOLLIN, 0); };
  second.then = [&] { loop.watch(first.mine, first, EPOLLIN, 0); };
  EXPECT_EQ(loop.turn(Patience::endless), 1U);
  EXPECT_EQ(first.calls + second.calls, 1);
}

TEST(EventLoopTest, TasksOfOtherThreadsWakeIt) {
  EventLoop loop;
  std::atomic<int> ran{0};
  constexpr int kTasks = 2'000;
  std::thread other([&] {
    for (int i = 0; i < kTasks; ++i)
      loop.post([&] { ++ran; });
  });
  while (ran < kTasks)
    EXPECT_GT(loop.turn(Patience::endless), 0U);
  other.join();
  EXPECT_EQ(loop.turn(Patience::none), 0U);
}

TEST(EventLoopTest, ATaskOfItsOwnRunsInALaterTurn) {
  EventLoop loop;
  int ran = 0;
  loop.post([&] {
    ++ran;
    loop.post([&] { ++ran; });
  });
  EXPECT_EQ(loop.turn(Patience::endless), 1U);
  EXPECT_EQ(loop.turn(Patience::endless), 1U);
  EXPECT_EQ(ran, 2);
  loop.post([&] { ++ran; });
  EXPECT_EQ(loop.run_posted(), 1U);
  EXPECT_EQ(ran, 3);
}

TEST(EventLoopTest, AlarmsComeInTheirOrderAndOnce) {
  EventLoop loop;
  std::string order;
  loop.after(std::chrono::milliseconds(0), [&] {
    order += 'a';
    loop.after(std::chrono::milliseconds(5), [&] { order += 'c'; });
  });
  loop.after(std::chrono::milliseconds(2), [&] { order += 'b'; });
  while (order.size() < 3)
    loop.turn(Patience::endless);
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(loop.turn(Patience::none), 0U);
}

}  // namespace
}  // namespace souk::gateway
