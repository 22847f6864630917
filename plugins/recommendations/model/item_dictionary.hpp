// Names of items as dense numbers: 0, 1, 2, … in the order in which they were first seen.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// An item inside the models. Stable for the life of a dictionary and through its snapshots.
using ItemId = std::uint32_t;
inline constexpr ItemId kNoItem = 0xffffffffu;

/// An insert-only map from names (an item's id in the store) to ItemId and back.
///
/// Open addressing at half load at most; a full table is replaced by one of twice the size and kept
/// until destruction, for readers that are still in it (all old tables together are smaller than
/// the live one). Names live in an arena that never moves.
///
/// Threads: one writer interns; any thread finds and names, without locks. What intern() returned
/// is found by every reader that learns of it.
class ItemDictionary {
 public:
  static constexpr std::uint32_t kLongestName = 512;  ///< bytes

  /// At most `max_items` names (1 … 2^31); more are refused and counted.
  explicit ItemDictionary(std::uint32_t max_items);
  ~ItemDictionary();
  ItemDictionary(const ItemDictionary&) = delete;
  ItemDictionary& operator=(const ItemDictionary&) = delete;

  /// The name's number, given now when it has none. kNoItem, and counted as dropped, for an empty
  /// name, one longer than kLongestName, and a new one when the dictionary is full. Writer only.
  ItemId intern(std::string_view name);

  /// The name's number, or kNoItem. Any thread.
  [[nodiscard]] ItemId find(std::string_view name) const;
  /// The name of an item that intern() or find() returned; it lives as long as the dictionary.
  [[nodiscard]] std::string_view name(ItemId item) const;
  /// Hints that name(item) comes soon: first its entry, then its text.
  void prefetch_entry(ItemId item) const {
    if (item < size()) __builtin_prefetch(&entries_[item]);
  }
  void prefetch_text(ItemId item) const {
    if (item < size()) __builtin_prefetch(entries_[item].text);
  }
  /// How many names there are. Any thread.
  [[nodiscard]] std::uint32_t size() const { return size_.load(std::memory_order_acquire); }

  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKID" v1: dropped u64, size u32, then each name in order of its number.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty dictionary; after an error it must be discarded. Writer only, no readers yet.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct Entry {  ///< written before the entry is made known, never changed after
    const char* text;
    std::uint32_t length;
    std::uint32_t tag;  ///< upper half of the hash: most mismatches end here
  };
  struct Table {
    explicit Table(std::size_t slots)
        : mask(slots - 1), cells(make_piece<std::atomic<ItemId>>(slots)) {
      for (std::size_t i = 0; i < slots; ++i)
        cells[i].store(kNoItem, std::memory_order_relaxed);
    }
    std::size_t mask;
    Piece<std::atomic<ItemId>> cells;
  };

  [[nodiscard]] ItemId find_hashed(std::string_view name, std::uint64_t hash) const;
  ItemId add(std::string_view name, std::uint64_t hash);
  void grow();
  [[nodiscard]] const char* keep(std::string_view name);

  std::uint32_t max_items_;
  std::atomic<std::uint32_t> size_{0};
  std::atomic<std::uint64_t> dropped_{0};
  ChunkedArray<Entry, 12> entries_;
  std::atomic<Table*> table_;
  std::vector<std::unique_ptr<Table>> tables_;  ///< the live one last
  std::vector<Piece<char>> arena_;
  std::size_t arena_left_ = 0;
};

}  // namespace souk::recommendations
