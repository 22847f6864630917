// Shards: what many threads write stands in several places, so that they do not meet in one.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace souk::base {

/// A small number that differs between threads that run at the same time (mostly): picks a shard.
[[nodiscard]] inline std::size_t thread_shard() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t shard = next.fetch_add(1, std::memory_order_relaxed);
  return shard;
}

/// A count that many threads add to and few read. Thread-safe.
class SpreadCount {
 public:
  void add(std::uint64_t by = 1) noexcept {
    cells_[thread_shard() % kCells].count.fetch_add(by, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    std::uint64_t all = 0;
    for (const Cell& cell : cells_)
      all += cell.count.load(std::memory_order_relaxed);
    return all;
  }

 private:
  static constexpr std::size_t kCells = 16;
  struct alignas(64) Cell {
    std::atomic<std::uint64_t> count{0};
  };
  std::array<Cell, kCells> cells_;
};

}  // namespace souk::base
