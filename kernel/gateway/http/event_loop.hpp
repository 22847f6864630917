// EventLoop: what one thread of the server waits for: descriptors, tasks from other threads,
// alarms.
//
// It goes in turns: collect what is ready, run the handlers of all of it. Nothing is collected
// while handlers run, so whoever drives the loop can put between two turns what must have nothing
// of it on the stack. Level-triggered epoll: a descriptor is registered once and stays, so a
// request costs no call to change what is waited for.
//
// One thread at a time, but for post(). Which thread may change between two turns.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace souk::gateway {

class EventLoop {
 public:
  /// Hears of its descriptor.
  class Watcher {
   public:
    /// `events` as epoll(7) says them; EPOLLERR and EPOLLHUP come unasked.
    virtual void on_events(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Waits for `wanted` at `descriptor`, for which `registered` was waited before; 0 is nothing,
  /// not even errors. Returns what is waited for now: `registered` when the system refuses. A
  /// watcher that waits for nothing any more is not called, even if it was ready in this turn.
  std::uint32_t watch(int descriptor, Watcher& watcher, std::uint32_t registered,
                      std::uint32_t wanted) noexcept;
  /// Runs `task` once after so long, in a later turn.
  void after(std::chrono::milliseconds delay, std::function<void()> task);
  /// Runs `task` in a turn of the loop. Any thread.
  void post(std::function<void()> task);

  enum class Patience : std::uint8_t { none, endless };
  /// One turn. Without patience it only looks, otherwise it waits until there is something to do.
  /// Returns how many handlers ran.
  std::size_t turn(Patience patience);
  /// Runs what was posted and has not run: for the end, when nobody turns the loop any more.
  std::size_t run_posted();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Alarm {
    Time due;
    std::function<void()> task;
  };
  static constexpr std::size_t kEventsATurn = 64;

  /// Milliseconds for epoll_wait().
  [[nodiscard]] int timeout(Patience patience) const;
  /// False when there is something to do already.
  bool fall_asleep();
  std::size_t run_alarms();

  int epoll_ = -1;
  int wake_ = -1;
  std::array<epoll_event, kEventsATurn> events_{};
  std::size_t next_ = 0;   // of events_, while a turn runs
  std::size_t ready_ = 0;  // in events_
  std::vector<Alarm> alarms_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // behind mutex_
  bool asleep_ = false;                        // behind mutex_
  std::atomic<bool> has_posted_{false};
};

}  // namespace souk::gateway
