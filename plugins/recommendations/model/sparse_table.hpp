// A map from 32-bit numbers for one thread's intermediate sums, emptied in no time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace souk::recommendations {

/// Values stand densely in the order of their first use; a probe is a multiplication and, nearly
/// always, one load from a table of four bytes a slot, which stays in the first cache with a
/// thousand keys. Grows when half full, and begins small again after clear(): one question with
/// many keys does not make those after it miss. Allocates no more once it has met its largest use.
/// At most 4,194,303 keys. Not thread-safe.
template <class Value>
class SparseTable {
 public:
  struct Entry {
    std::uint32_t key = 0;
    Value value{};
  };

  SparseTable() { resize(kFirstBits); }

  /// The place of `key` in entries(), value-initialised when new.
  std::uint32_t index_of(std::uint32_t key) {
    std::size_t at = slot(key);
    for (; slots_[at] >> kIndexBits == epoch_; at = (at + 1) & mask_) {
      const std::uint32_t index = slots_[at] & kMostKeys;
      if (entries_[index].key == key) return index;
    }
    if (entries_.size() * 2 > mask_) {
      resize(bits_ + 1);
      at = free_slot(key);
    }
    const auto index = static_cast<std::uint32_t>(entries_.size());
    slots_[at] = epoch_ << kIndexBits | index;
    entries_.emplace_back().key = key;
    return index;
  }

  /// The value of `key`. Valid until the next call for a new key.
  Value& operator[](std::uint32_t key) { return entries_[index_of(key)].value; }

  /// nullptr when `key` has none. Valid as operator[] says.
  [[nodiscard]] Value* find(std::uint32_t key) {
    for (std::size_t at = slot(key); slots_[at] >> kIndexBits == epoch_; at = (at + 1) & mask_) {
      Entry& entry = entries_[slots_[at] & kMostKeys];
      if (entry.key == key) return &entry.value;
    }
    return nullptr;
  }

  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  void clear() {
    entries_.clear();
    resize(kFirstBits);
  }

 private:
  /// A slot is the epoch in which it was filled and the place in entries().
  static constexpr unsigned kFirstBits = 11;
  static constexpr unsigned kIndexBits = 22;
  static constexpr std::uint32_t kMostKeys = (1u << kIndexBits) - 1;
  static constexpr std::uint32_t kEpochs = 1u << (32 - kIndexBits);

  [[nodiscard]] std::size_t slot(std::uint32_t key) const {
    return (key * 0x9e3779b1u) >> (32 - bits_);  // Fibonacci hashing: neighbours spread out
  }
  [[nodiscard]] std::size_t free_slot(std::uint32_t key) const {
    std::size_t at = slot(key);
    while (slots_[at] >> kIndexBits == epoch_)
      at = (at + 1) & mask_;
    return at;
  }
  /// Empties all slots.
  void next_epoch() {
    if (++epoch_ < kEpochs) return;
    std::fill(slots_.begin(), slots_.end(), 0);  // so many uses later an old slot could look new
    epoch_ = 1;
  }
  void resize(unsigned bits) {
    if (bits > kIndexBits + 1) throw std::length_error("a SparseTable of millions of keys");
    bits_ = bits;
    mask_ = (std::size_t{1} << bits) - 1;
    if (slots_.size() <= mask_) slots_.resize(mask_ + 1, 0);
    next_epoch();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      slots_[free_slot(entries_[i].key)] = epoch_ << kIndexBits | static_cast<std::uint32_t>(i);
    }
  }

  unsigned bits_ = 0;
  std::size_t mask_ = 0;
  std::uint32_t epoch_ = 0;
  std::vector<std::uint32_t> slots_;
  std::vector<Entry> entries_;
};

}  // namespace souk::recommendations
