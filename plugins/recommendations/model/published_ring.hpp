// A value that one thread replaces and others read whole, without a lock and without allocation.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

namespace souk::recommendations {

/// Four copies of T: one is current, readers pin the copy they read, and the writer fills one that
/// nobody has pinned. The writer never waits: when slow readers pin all others, it keeps its news
/// and publishes with the next.
///
/// Threads: one writer publishes; any thread reads. A reader repeats only when a publication falls
/// between two of its instructions.
template <class T>
class PublishedRing {
 public:
  /// Calls read(const T&) with the current value, which stays as it is meanwhile.
  template <class Read>
  void read(Read&& read) const {
    for (;;) {
      const std::uint32_t at = current_.load(std::memory_order_seq_cst);
      const Slot& slot = slots_[at];
      slot.readers.fetch_add(1, std::memory_order_seq_cst);
      // Pinned and still current: the writer, who looks at pins after it has moved on, sees ours.
      const bool valid = current_.load(std::memory_order_seq_cst) == at;
      if (valid) std::forward<Read>(read)(slot.value);
      slot.readers.fetch_sub(1, std::memory_order_release);
      if (valid) return;
    }
  }

  /// Calls fill(T&) on a copy with old contents and makes it current. False when all are pinned.
  template <class Fill>
  bool publish(Fill&& fill) {
    const std::uint32_t now = current_.load(std::memory_order_relaxed);
    for (std::uint32_t step = 1; step < slots_.size(); ++step) {
      const auto at = static_cast<std::uint32_t>((now + step) % slots_.size());
      if (slots_[at].readers.load(std::memory_order_seq_cst) != 0) continue;
      std::forward<Fill>(fill)(slots_[at].value);
      current_.store(at, std::memory_order_seq_cst);
      return true;
    }
    return false;
  }

 private:
  struct Slot {
    T value{};
    mutable std::atomic<std::uint32_t> readers{0};
  };
  std::atomic<std::uint32_t> current_{0};
  std::array<Slot, 4> slots_;
};

}  // namespace souk::recommendations
