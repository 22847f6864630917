// For every item a bounded list of others, with a count each: what co-purchase and sequences are
// kept in.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/block_arena.hpp"
#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// A partner that does not fit takes the place of the one whose lease ends first: it lasts from the
/// moment the pair last met, on the item's own clock (which its owner counts: orders that hold the
/// item), longer by 2 · per_item with every doubling of the pair's count. So the long tail of
/// chance meetings passes through without pushing out pairs that recur, and pairs that recur no
/// more leave in the end. Of a long list, sixteen neighbours are looked at for that, from a place
/// that the newcomer says. (Space-Saving, the usual choice, lets newcomers inherit counts: with a
/// shop's long tail it forgets all but the most frequent pairs.) A count is exact since the pair
/// entered the list: it is never overstated.
///
/// Threads: one writer; read() from any thread, without locks.
class PairLists {
 public:
  static constexpr std::uint32_t kMostPartners = 1024;
  static constexpr std::uint32_t kMostSums = 2;

  struct Pair {
    ItemId item = kNoItem;
    std::uint32_t count = 0;
    std::uint32_t last = 0;               ///< the item's clock when they last met
    std::array<float, kMostSums> sums{};  ///< what the owner adds up at every meeting
  };

  /// `sums`: how many of Pair::sums are kept, 0 … kMostSums.
  PairLists(std::uint32_t max_items, std::uint32_t per_item, std::uint32_t sums);

  /// Makes the item usable; false when it is not below max_items or memory is exhausted. Writer.
  bool ensure(ItemId item) { return items_.ensure(item); }
  /// The pair met at `clock`: its count grows by one, its sums by `add`. Requires ensure(item).
  void meet(ItemId item, ItemId partner, std::uint32_t clock,
            const std::array<float, kMostSums>& add = {});
  /// Takes one meeting back, if the pair is there; a pair without meetings leaves. Writer.
  void take_back(ItemId item, ItemId partner);

  /// The item's pairs into `out`, which has room for kMostPartners; their number. Any thread.
  std::uint32_t read(ItemId item, Pair* out) const;
  struct Count {
    ItemId item = kNoItem;
    std::uint32_t count = 0;
  };
  /// The same, without what nobody asked for.
  std::uint32_t read_counts(ItemId item, Count* out) const;
  /// The pair, with count 0 when it is not there. Any thread.
  [[nodiscard]] Pair find(ItemId item, ItemId partner) const;

  /// Pairs that gave way to another.
  [[nodiscard]] std::uint64_t replaced() const { return replaced_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// partners u32, and of each item, count, last (u32) and the sums (f64).
  void save(ItemId item, SnapshotWriter& out) const;
  /// With a smaller per_item than it was saved with, the most frequent stay.
  void load(ItemId item, std::uint32_t max_items, SnapshotReader& in);
  void set_replaced(std::uint64_t count) { replaced_.store(count, std::memory_order_relaxed); }

 private:
  struct Header {
    std::uint32_t offset;
    std::uint32_t size_class;
    std::uint32_t used;     ///< partners
    std::uint32_t version;  ///< changes when a partner is replaced; odd while it does
  };
  using Word = std::atomic<std::uint64_t>;

  static std::uint64_t pack(const Header& h);
  static Header unpack(std::uint64_t word);
  bool grow(Word& word, Header& h);
  void replace_one(Word& word, Header h, const Pair& pair);
  void store_over(Word& word, Header h, std::uint32_t place, const Pair& pair);
  /// Whose pair gives way to `partner`.
  [[nodiscard]] std::uint32_t place_to_give(const Header& h, ItemId partner) const;
  [[nodiscard]] std::uint32_t room(const Header& h) const;
  /// A block: the partners, as many as it has room for, then of each its count, last and sums; so
  /// that a search passes over few cache lines.
  struct Block {
    BlockArena::Cell* items;
    BlockArena::Cell* rest;
  };
  [[nodiscard]] Block block_of(const Header& h) const;
  [[nodiscard]] BlockArena::Cell* rest_of(const Block& block, std::uint32_t place) const {
    return block.rest + std::size_t{place} * (cells_per_pair_ - 1);
  }
  [[nodiscard]] Pair load_pair(const Block& block, std::uint32_t place) const;
  void store_pair(const Block& block, std::uint32_t place, const Pair& pair);
  /// h.used when it is not there.
  [[nodiscard]] std::uint32_t find_place(const Header& h, ItemId partner) const;
  template <class Load>
  std::uint32_t read_all(ItemId item, Load&& load) const;

  std::uint32_t per_item_;
  std::uint32_t sums_;
  std::uint32_t cells_per_pair_;
  ChunkedArray<Word, 12> items_;  ///< their headers
  BlockArena cells_;
  std::atomic<std::uint64_t> replaced_{0};
};

}  // namespace souk::recommendations
