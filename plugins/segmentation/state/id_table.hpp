// Numbers by the hash of an id, for the fold alone: one look into one place of memory, where the
// tree that readers share needs five.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace souk::segmentation {

/// Open addressing, at most three quarters full. Several numbers may have one hash: the caller
/// compares what they stand for. One thread.
class IdTable {
 public:
  /// The first number of this hash for which `is_it(number)` is true; kNone when there is none.
  static constexpr std::uint32_t kNone = UINT32_MAX;
  template <class IsIt>
  [[nodiscard]] std::uint32_t find(std::uint32_t hash, IsIt&& is_it) const {
    if (slots_.empty()) return kNone;
    for (std::size_t at = hash & mask(); slots_[at] != 0; at = (at + 1) & mask()) {
      if (hash_of(slots_[at]) == hash && is_it(number_of(slots_[at]))) return number_of(slots_[at]);
    }
    return kNone;
  }

  void insert(std::uint32_t hash, std::uint32_t number) {
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    put(std::uint64_t{hash} << 32U | (number + 1U));
    ++used_;
  }

  void erase(std::uint32_t hash, std::uint32_t number) {
    if (slots_.empty()) return;
    std::size_t at = hash & mask();
    while (slots_[at] != 0 && (hash_of(slots_[at]) != hash || number_of(slots_[at]) != number))
      at = (at + 1) & mask();
    if (slots_[at] == 0) return;
    --used_;
    // Whatever stands behind moves up, unless it would come before its own place.
    for (std::size_t next = (at + 1) & mask(); slots_[next] != 0; next = (next + 1) & mask()) {
      const std::size_t home = hash_of(slots_[next]) & mask();
      if (((next - home) & mask()) < ((next - at) & mask())) continue;
      slots_[at] = slots_[next];
      at = next;
    }
    slots_[at] = 0;
  }

 private:
  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
  static std::uint32_t hash_of(std::uint64_t slot) {
    return static_cast<std::uint32_t>(slot >> 32U);
  }
  static std::uint32_t number_of(std::uint64_t slot) {
    return static_cast<std::uint32_t>(slot) - 1;
  }

  void put(std::uint64_t slot) {
    std::size_t at = hash_of(slot) & mask();
    while (slots_[at] != 0)
      at = (at + 1) & mask();
    slots_[at] = slot;
  }
  void grow() {
    const std::vector<std::uint64_t> before = std::exchange(
        slots_, std::vector<std::uint64_t>(slots_.empty() ? 1'024 : slots_.size() * 2));
    for (const std::uint64_t slot : before)
      if (slot != 0) put(slot);
  }

  std::vector<std::uint64_t> slots_;  ///< hash and number + 1; 0: free
  std::size_t used_ = 0;
};

}  // namespace souk::segmentation
