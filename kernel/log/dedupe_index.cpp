#include "kernel/log/dedupe_index.hpp"

#include <algorithm>

namespace souk::log {
namespace {

constexpr std::size_t kBuckets = 8;
constexpr std::size_t kFirstCapacity = 1024;
constexpr std::uint64_t kBucketMask = 0xffffU;

std::uint64_t high_bits(const base::Hash128& id) noexcept { return id.high & ~kBucketMask; }
std::uint16_t bucket_of(std::uint64_t high_and_bucket) noexcept {
  return static_cast<std::uint16_t>(high_and_bucket & kBucketMask);
}

}  // namespace

DedupeIndex::DedupeIndex(std::int64_t window_us, std::size_t max_ids)
    : bucket_us_(std::max<std::int64_t>(1, window_us / static_cast<std::int64_t>(kBuckets))),
      bucket_ids_(std::max<std::size_t>(1, max_ids / kBuckets)),
      entries_(kFirstCapacity) {}

std::size_t DedupeIndex::slot(const base::Hash128& id) const noexcept {
  return id.low & (entries_.size() - 1);
}

void DedupeIndex::prefetch(const base::Hash128& id) const noexcept {
  __builtin_prefetch(&entries_[slot(id)]);
}

bool DedupeIndex::alive(const Entry& entry) const noexcept {
  const std::uint16_t number = bucket_of(entry.high_and_bucket);
  if (number == 0 || buckets_.empty()) return false;
  // Numbers run from 1 to 65535 and start over, with far fewer buckets alive: the distance decides.
  const unsigned newest = buckets_.back().number;
  const unsigned age = newest >= number ? newest - number : newest + UINT16_MAX - number;
  return age < buckets_.size();
}

bool DedupeIndex::contains(const base::Hash128& id) const noexcept {
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t at = slot(id);; at = (at + 1) & mask) {
    const Entry& entry = entries_[at];
    if (bucket_of(entry.high_and_bucket) == 0) return false;
    if (entry.low == id.low && (entry.high_and_bucket & ~kBucketMask) == high_bits(id) &&
        alive(entry)) {
      return true;
    }
  }
}

bool DedupeIndex::insert(const base::Hash128& id, std::int64_t now_us) {
  advance(now_us);
  if ((used_ + 1) * 4 > entries_.size() * 3) rebuild();
  const std::size_t mask = entries_.size() - 1;
  std::size_t at = slot(id);
  for (;; at = (at + 1) & mask) {
    const Entry& entry = entries_[at];
    if (bucket_of(entry.high_and_bucket) == 0) break;
    if (entry.low != id.low || (entry.high_and_bucket & ~kBucketMask) != high_bits(id)) continue;
    if (alive(entry)) return false;
    --used_;  // an aged-out entry of the same id is taken over
    break;
  }
  entries_[at] = {id.low, high_bits(id) | buckets_.back().number};
  ++used_;
  ++live_;
  ++buckets_.back().ids;
  return true;
}

void DedupeIndex::erase(const base::Hash128& id) noexcept {
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t at = slot(id); bucket_of(entries_[at].high_and_bucket) != 0;
       at = (at + 1) & mask) {
    Entry& entry = entries_[at];
    if (entry.low != id.low || (entry.high_and_bucket & ~kBucketMask) != high_bits(id)) continue;
    if (!alive(entry)) return;
    const std::uint16_t number = bucket_of(entry.high_and_bucket);
    for (Bucket& bucket : buckets_) {
      if (bucket.number == number) --bucket.ids;
    }
    // The place stays taken, so that chains through it hold; a fingerprint of zeros matches no id.
    entry = {0, number};
    --live_;
    return;
  }
}

void DedupeIndex::open_bucket(std::int64_t now_us) {
  buckets_.push_back({next_number_, now_us, 0});
  next_number_ = next_number_ == UINT16_MAX ? 1 : static_cast<std::uint16_t>(next_number_ + 1);
}

void DedupeIndex::drop_oldest(bool by_count) {
  live_ -= buckets_.front().ids;
  if (by_count) dropped_early_ += buckets_.front().ids;
  buckets_.pop_front();
}

void DedupeIndex::advance(std::int64_t now_us) {
  if (buckets_.empty()) open_bucket(now_us);
  const Bucket& newest = buckets_.back();
  const bool full = newest.ids >= bucket_ids_;
  if (!full && now_us - newest.started_us < bucket_us_) return;
  open_bucket(now_us);
  const std::int64_t window_us = bucket_us_ * static_cast<std::int64_t>(kBuckets);
  // A bucket has aged out when the youngest id it may hold, that of its successor's start, has.
  while (buckets_.size() > 1 && now_us - buckets_[1].started_us >= window_us)
    drop_oldest(false);
  while (buckets_.size() > kBuckets + 1 && live_ > bucket_ids_ * kBuckets)
    drop_oldest(true);
  if (buckets_.size() > UINT16_MAX / 2) drop_oldest(true);
}

void DedupeIndex::rebuild() {
  std::size_t capacity = kFirstCapacity;
  while (capacity < (live_ + 1) * 2)
    capacity *= 2;
  std::vector<Entry> old(capacity);
  old.swap(entries_);
  used_ = 0;
  const std::size_t mask = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (!alive(entry) || (entry.low == 0 && (entry.high_and_bucket & ~kBucketMask) == 0)) continue;
    std::size_t at = entry.low & mask;
    while (bucket_of(entries_[at].high_and_bucket) != 0)
      at = (at + 1) & mask;
    entries_[at] = entry;
    ++used_;
  }
}

}  // namespace souk::log
