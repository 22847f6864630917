// A map from 32-bit numbers for one thread's intermediate sums, emptied in no time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace souk::recommendations {

/// Values stand densely in the order of their first use; a probe is a multiplication and, nearly
/// always, one load. Grows when half full, so it allocates no more once it has met its largest use.
/// Not thread-safe.
template <class Value>
class SparseTable {
 public:
  struct Entry {
    std::uint32_t key = 0;
    Value value{};
  };

  SparseTable() { resize(10); }

  /// The place of `key` in entries(), value-initialised when new.
  std::uint32_t index_of(std::uint32_t key) {
    std::size_t at = slot(key);
    for (; slots_[at].epoch == epoch_; at = (at + 1) & mask_) {
      if (slots_[at].key == key) return slots_[at].index;
    }
    if (entries_.size() * 2 > mask_) {
      resize(bits_ + 1);
      at = free_slot(key);
    }
    const auto index = static_cast<std::uint32_t>(entries_.size());
    // Member by member: a struct built aside is copied in one wide load that waits for its stores.
    Slot& s = slots_[at];
    s.key = key;
    s.index = index;
    s.epoch = epoch_;
    entries_.emplace_back().key = key;
    return index;
  }

  /// The value of `key`. Valid until the next call for a new key.
  Value& operator[](std::uint32_t key) { return entries_[index_of(key)].value; }

  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  void clear() {
    entries_.clear();
    if (++epoch_ == 0) {  // 2^32 uses later an old slot could look new
      for (Slot& s : slots_)
        s.epoch = 0;
      epoch_ = 1;
    }
  }

 private:
  struct Slot {
    std::uint32_t key = 0;
    std::uint32_t index = 0;
    std::uint32_t epoch = 0;
  };

  [[nodiscard]] std::size_t slot(std::uint32_t key) const {
    return (key * 0x9e3779b1u) >> (32 - bits_);  // Fibonacci hashing: neighbours spread out
  }
  [[nodiscard]] std::size_t free_slot(std::uint32_t key) const {
    std::size_t at = slot(key);
    while (slots_[at].epoch == epoch_)
      at = (at + 1) & mask_;
    return at;
  }
  void resize(unsigned bits) {
    bits_ = bits;
    mask_ = (std::size_t{1} << bits) - 1;
    slots_.assign(mask_ + 1, Slot{});
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      slots_[free_slot(entries_[i].key)] = {entries_[i].key, static_cast<std::uint32_t>(i), epoch_};
    }
  }

  unsigned bits_ = 0;
  std::size_t mask_ = 0;
  std::uint32_t epoch_ = 1;
  std::vector<Slot> slots_;
  std::vector<Entry> entries_;
};

}  // namespace souk::recommendations
