// DedupeIndex: "was this id seen?" for the recent past of one store.
//
// An open-addressing table of 16-byte entries: 112 bits of the id's fingerprint and the 16-bit
// number of the time bucket it came in. Exact within the window but for fingerprint collisions
// (2^-112 a pair). When a bucket ages out, its entries count as free at once and are swept when the
// table is rebuilt. Memory: 16 to 32 bytes an id, at most as many ids as the settings allow. One
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "kernel/base/ids.hpp"

namespace souk::log {

class DedupeIndex {
 public:
  /// Remembers ids for at least `window_us`, and no more than `max_ids` of them (the oldest bucket,
  /// an eighth of either, goes first).
  DedupeIndex(std::int64_t window_us, std::size_t max_ids);

  /// True when the id is new; it is then remembered as seen at `now_us` (which must not fall).
  bool insert(const base::Hash128& id, std::int64_t now_us);
  [[nodiscard]] bool contains(const base::Hash128& id) const noexcept;
  /// Forgets an id whose events were not stored after all.
  void erase(const base::Hash128& id) noexcept;
  /// Touches the memory of an id that will be asked for soon.
  void prefetch(const base::Hash128& id) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return live_; }
  /// Ids forgotten because of max_ids, not of age.
  [[nodiscard]] std::uint64_t dropped_early() const noexcept { return dropped_early_; }

 private:
  struct Entry {
    std::uint64_t low = 0;
    std::uint64_t high_and_bucket = 0;  ///< bucket 0: free
  };
  struct Bucket {
    std::uint16_t number = 0;
    std::int64_t started_us = 0;
    std::size_t ids = 0;
  };

  [[nodiscard]] bool alive(const Entry& entry) const noexcept;
  [[nodiscard]] std::size_t slot(const base::Hash128& id) const noexcept;
  void advance(std::int64_t now_us);
  void drop_oldest(bool by_count);
  void open_bucket(std::int64_t now_us);
  void rebuild();

  const std::int64_t bucket_us_;
  const std::size_t bucket_ids_;
  std::vector<Entry> entries_;  ///< a power of two
  std::deque<Bucket> buckets_;  ///< oldest first
  std::uint16_t next_number_ = 1;
  std::size_t used_ = 0;  ///< entries not free, live or aged out
  std::size_t live_ = 0;
  std::uint64_t dropped_early_ = 0;
};

}  // namespace souk::log
