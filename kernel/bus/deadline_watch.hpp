// DeadlineWatch: sees to it that questions end when their time is over, not at the next round of
// some clock. Noting a deadline costs one load: nearly all are later than the one that is waited
// for, and only an earlier one wakes the thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>

#include "kernel/base/clock.hpp"

namespace souk::bus {

/// Thread-safe.
class DeadlineWatch {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  /// Ends what is due at this monotonic time; returns the earliest deadline that is left, or
  /// kNever. Called on the watch's thread, which must not wait for anybody.
  using Sweep = std::function<std::int64_t(std::int64_t monotonic_us)>;

  DeadlineWatch(const base::Clock& clock, Sweep sweep);
  ~DeadlineWatch() { close(); }
  DeadlineWatch(const DeadlineWatch&) = delete;
  DeadlineWatch& operator=(const DeadlineWatch&) = delete;

  /// Something is due then. Call it after what is due can be found by the sweep.
  void note(std::int64_t monotonic_us) {
    if (monotonic_us < earliest_.load()) wake_for(monotonic_us);
  }
  /// Ends the thread; nothing is swept any more. Idempotent.
  void close();
  /// True on the thread of some watch: code that may hang has no business there.
  [[nodiscard]] static bool is_this_thread() noexcept;

 private:
  void wake_for(std::int64_t monotonic_us);
  void run();

  const base::Clock& clock_;
  const Sweep sweep_;
  const std::int64_t longest_sleep_us_;
  // In the order of sequential consistency: who notes a deadline has stored its question first, and
  // a sweep forgets the earliest deadline before it looks for questions. So one sees the other.
  std::atomic<std::int64_t> earliest_{kNever};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace souk::bus
