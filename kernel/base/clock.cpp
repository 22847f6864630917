#include "kernel/base/clock.hpp"

#include <chrono>

namespace souk::base {
namespace {

template <class StdClock>
std::int64_t microseconds() noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(StdClock::now().time_since_epoch())
      .count();
}

}  // namespace

std::int64_t SystemClock::now_us() const noexcept {
  return microseconds<std::chrono::system_clock>();
}

std::int64_t SystemClock::monotonic_us() const noexcept {
  return microseconds<std::chrono::steady_clock>();
}

const Clock& system_clock() noexcept {
  static const SystemClock clock;
  return clock;
}

}  // namespace souk::base
