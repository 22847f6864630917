// Published<T>: an immutable value that many threads read without locks while one replaces it.
//
// A reader marks itself in one of two counters of its thread's shard, then loads the pointer. A
// writer swaps the pointer, turns new readers to the other counter and waits until the old one is
// empty, twice, so that every reader that may hold the old value has left (sleepable RCU, McKenney
// 2006). A read costs two uncontended atomic additions; publish() costs as long as the slowest
// reader.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "kernel/base/thread_shard.hpp"

namespace souk::bus {

/// Thread-safe. Guards must not outlive the Published, and a thread must not publish() while it
/// holds one.
template <class T>
class Published {
  struct alignas(64) Shard {
    std::atomic<std::uint64_t> readers[2]{};
  };

 public:
  /// Holds the value that was current when it was made.
  class Guard {
   public:
    Guard(std::atomic<std::uint64_t>& readers, const T* value) noexcept
        : readers_(readers), value_(value) {}
    ~Guard() { readers_.fetch_sub(1); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    const T* operator->() const noexcept { return value_; }
    const T& operator*() const noexcept { return *value_; }

   private:
    std::atomic<std::uint64_t>& readers_;
    const T* value_;
  };

  explicit Published(std::unique_ptr<const T> first) : value_(first.release()) {}
  ~Published() { delete value_.load(); }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  [[nodiscard]] Guard read() const noexcept {
    Shard& shard = shards_[base::thread_shard() % kShards];
    std::atomic<std::uint64_t>& readers = shard.readers[epoch_.load() & 1U];
    // Sequentially consistent with publish(): either it sees this reader, or the reader its value.
    readers.fetch_add(1);
    return Guard(readers, value_.load());
  }

  /// Returns once nobody holds the value it replaced, which is then gone.
  void publish(std::unique_ptr<const T> next) {
    const std::lock_guard lock(writing_);
    const std::unique_ptr<const T> old(value_.exchange(next.release()));
    for (int round = 0; round < 2; ++round) {
      const std::uint64_t leaving = epoch_.fetch_add(1) & 1U;
      while (any_reader(leaving))
        std::this_thread::yield();
    }
  }

 private:
  static constexpr std::size_t kShards = 32;

  [[nodiscard]] bool any_reader(std::uint64_t parity) const noexcept {
    for (const Shard& shard : shards_) {
      if (shard.readers[parity].load() != 0) return true;
    }
    return false;
  }

  mutable std::array<Shard, kShards> shards_{};
  std::atomic<std::uint64_t> epoch_{0};
  std::atomic<const T*> value_;
  std::mutex writing_;
};

}  // namespace souk::bus
