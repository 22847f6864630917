// Clock: the only source of time in the kernel. Microseconds since 1970-01-01 UTC, in int64.
#pragma once

#include <atomic>
#include <cstdint>

namespace souk::base {

/// Tells the time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time; may step when the machine's clock is set.
  [[nodiscard]] virtual std::int64_t now_us() const noexcept = 0;
  /// Time that never steps, from an arbitrary start: for deadlines and durations.
  [[nodiscard]] virtual std::int64_t monotonic_us() const noexcept = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_us() const noexcept override;
  [[nodiscard]] std::int64_t monotonic_us() const noexcept override;
};

/// A clock that stands still until it is told to move. For tests and simulated time.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t start_us = 0) noexcept : now_us_(start_us) {}
  [[nodiscard]] std::int64_t now_us() const noexcept override { return now_us_.load(); }
  [[nodiscard]] std::int64_t monotonic_us() const noexcept override { return now_us_.load(); }
  void advance(std::int64_t by_us) noexcept { now_us_ += by_us; }
  void set(std::int64_t now_us) noexcept { now_us_ = now_us; }

 private:
  std::atomic<std::int64_t> now_us_;
};

/// The process-wide system clock.
[[nodiscard]] const Clock& system_clock() noexcept;

}  // namespace souk::base
