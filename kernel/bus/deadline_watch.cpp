#include "kernel/bus/deadline_watch.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace souk::bus {
namespace {

// Deadlines that lie closer together than this end together: a sweep looks at every open question.
constexpr std::int64_t kLeastSleepUs = 500;
// A clock that is driven by hand moves without waking anybody.
constexpr std::int64_t kManualClockUs = 5'000;
constexpr std::int64_t kDayUs = 86'400'000'000;

thread_local bool is_watch = false;

}  // namespace

DeadlineWatch::DeadlineWatch(const base::Clock& clock, Sweep sweep)
    : clock_(clock),
      sweep_(std::move(sweep)),
      longest_sleep_us_(&clock == &base::system_clock() ? kDayUs : kManualClockUs),
      thread_([this] { run(); }) {}

bool DeadlineWatch::is_this_thread() noexcept { return is_watch; }

void DeadlineWatch::wake_for(std::int64_t monotonic_us) {
  std::int64_t earliest = earliest_.load();
  while (monotonic_us < earliest && !earliest_.compare_exchange_weak(earliest, monotonic_us)) {
  }
  // With the lock, so that the thread is either before its look at earliest_ or asleep.
  const std::lock_guard lock(mutex_);
  wake_.notify_one();
}

void DeadlineWatch::run() {
  pthread_setname_np(pthread_self(), "souk-deadlines");
  is_watch = true;
  std::unique_lock lock(mutex_);
  while (!closed_) {
    const std::int64_t earliest = earliest_.load();
    if (earliest == kNever) {
      wake_.wait(lock);
      continue;
    }
    const std::int64_t now = clock_.monotonic_us();
    if (earliest > now) {
      const std::int64_t sleep = std::clamp(earliest - now, kLeastSleepUs, longest_sleep_us_);
      wake_.wait_for(lock, std::chrono::microseconds(sleep));
      continue;
    }
    lock.unlock();
    earliest_.store(kNever);
    const std::int64_t next = sweep_(now);
    lock.lock();
    std::int64_t known = earliest_.load();
    while (next < known && !earliest_.compare_exchange_weak(known, next)) {
    }
  }
}

void DeadlineWatch::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace souk::bus
