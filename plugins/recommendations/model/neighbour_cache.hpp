// What visits of one product lead to, remembered until those visits have changed.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/session_neighbours.hpp"

namespace souk::recommendations {

/// Lists of SessionNeighbours for a visit of a single item, filled by those who asked. Half of what
/// a page beside a product costs is this list, and the product's own visits change far more rarely
/// than it is asked for.
///
/// A list is valid until a visit that holds the item goes on, begins or is forgotten, and until a
/// thirty-second of all clicks has come in since: so long what is only two hops away, how popular a
/// proposal is and how old its visits are may lag. 560 bytes an item, 32,768 items at most,
/// allocated for 32 at a time; of two items that share a place the last one asked for is
/// remembered. In no snapshot.
///
/// Threads: changed() and forget_all() by one writer, everything else by any thread, without locks:
/// a list that is being replaced is not found.
class NeighbourCache {
 public:
  static constexpr std::uint32_t kMost = 32;

  /// Which list: of an item, as its visits were after so many clicks of all.
  struct Key {
    ItemId item = kNoItem;
    std::uint64_t stamp = 0;
    std::uint64_t clicks = 0;
  };

  explicit NeighbourCache(std::uint32_t max_items);
  ~NeighbourCache();
  NeighbourCache(const NeighbourCache&) = delete;
  NeighbourCache& operator=(const NeighbourCache&) = delete;

  /// A visit that holds these items has gone on. To be told after the visit shows it. Writer only.
  void changed(std::span<const ItemId> items);
  /// No list is valid any more. Writer only.
  void forget_all();

  /// The key of what is found out from now on. Before anything is found out: what changes meanwhile
  /// makes the list invalid.
  [[nodiscard]] Key key(ItemId item, std::uint64_t clicks) const;
  /// What is remembered, best first, into `out` (cleared first). False when nothing is, or it is
  /// out of date.
  bool find(const Key& key, std::vector<Candidate>& out) const;
  /// Remembers the first kMost.
  void put(const Key& key, std::span<const Candidate> list) const;

  [[nodiscard]] std::size_t memory_bytes() const {
    return chunks_used_.load(std::memory_order_relaxed) * sizeof(Chunk) + stamps_.memory_bytes();
  }

 private:
  using Word = std::atomic<std::uint64_t>;
  struct Slot {
    std::atomic<std::uint32_t> turn{0};  ///< odd while somebody writes
    std::atomic<std::uint32_t> item{0};  ///< + 1; 0: empty
    Word stamp{0};
    Word clicks{0};
    Word size{0};
    std::array<Word, kMost> scores{};
    std::array<Word, kMost> items{};  ///< item, support << 32, whether it is the item itself << 63
  };
  static constexpr std::size_t kSlots = 32'768;
  static constexpr std::size_t kChunk = 32;
  static constexpr std::size_t kChunks = kSlots / kChunk;
  using Chunk = std::array<Slot, kChunk>;

  [[nodiscard]] static std::size_t place_of(ItemId item) {
    return (item * 0x9e3779b97f4a7c15ULL >> 32) % kSlots;
  }
  [[nodiscard]] Slot* slot_to_write(std::size_t place) const;

  mutable std::array<std::atomic<Chunk*>, kChunks> chunks_{};
  mutable std::atomic<std::size_t> chunks_used_{0};
  ChunkedArray<std::atomic<std::uint32_t>, 12> stamps_;  ///< of each item: its changes
  std::atomic<std::uint32_t> era_{0};
};

}  // namespace souk::recommendations
