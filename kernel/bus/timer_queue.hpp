// TimerQueue: the durable timers of one instance, ordered by due time, then key. They live in the
// host's part of the instance's snapshot.
//
// Changes belong to an attempt: begin() opens it, rollback() undoes everything since, so that an
// event whose handler failed leaves no timer behind. Not thread-safe: the instance's event thread
// owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/bus/subscription_table.hpp"

namespace souk::bus {

struct Timer {
  std::string key;
  std::int64_t due_us = 0;
  std::string payload;
};

class TimerQueue {
 public:
  static constexpr std::size_t kMaxTimers = 1'000'000;
  static constexpr std::size_t kMaxKey = 256;
  static constexpr std::size_t kMaxPayload = 4096;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  /// Sets or replaces. INVALID_ARGUMENT (length of key or payload), RESOURCE_EXHAUSTED.
  Status set(std::string_view key, std::int64_t due_us, std::string_view payload);
  /// NOT_FOUND when there is none.
  Status cancel(std::string_view key);

  /// When the first is due; kNever when there is none.
  [[nodiscard]] std::int64_t next_due_us() const noexcept {
    return order_.empty() ? kNever : order_.begin()->due_us;
  }
  /// The first by due time, then key; nullopt when there is none.
  [[nodiscard]] std::optional<Timer> front() const;
  [[nodiscard]] std::size_t size() const noexcept { return timers_.size(); }

  void begin() noexcept { undo_.clear(); }
  void rollback();

  /// Appends all timers in order: u64 count, then of each i64 due, u32 + key, u32 + payload,
  /// little-endian. The same timers give the same bytes.
  void save(std::string& out) const;
  /// Replaces all. DATA_LOSS when the bytes are not what save() wrote; returns what follows them.
  Result<std::string_view> load(std::string_view bytes);

 private:
  struct Entry {
    std::int64_t due_us = 0;
    std::string payload;
  };
  struct Order {
    std::int64_t due_us;
    std::string_view key;  // of the node in timers_, whose address is stable
    friend auto operator<=>(const Order&, const Order&) = default;
  };
  struct Undo {
    std::string key;
    std::optional<Entry> before;
  };

  void put(std::string_view key, Entry entry);
  std::optional<Entry> take(std::string_view key);

  TextMap<Entry> timers_;
  std::set<Order> order_;
  std::vector<Undo> undo_;
};

}  // namespace souk::bus
