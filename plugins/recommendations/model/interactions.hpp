// Who took an interest in what: what the trained models learn from.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// What somebody did with an item. Bytes of snapshots: never renumber.
enum class Interest : std::uint8_t { view = 0, cart = 1, order = 2 };

/// One interaction, as a job gets it.
struct Interaction {
  std::uint64_t who = 0;  ///< a hash of the person
  ItemId item = kNoItem;
  Interest interest = Interest::view;
};

/// The newest `max_interactions`, 12 bytes each in a ring that grows with its use, and who turned
/// out to be whom: 16 bytes an alias, at most one for 8 interactions. So 14 bytes an interaction at
/// most, and never more than 14 · max_interactions. Repeats are kept as they come; whoever trains
/// counts a person's item once.
///
/// Threads: observe(), alias(), forget(), save() and load() by one writer; copy() and the counts by
/// any thread at any time, without locks.
class Interactions {
 public:
  static constexpr ItemId kMostItems = 1u << 28;

  explicit Interactions(std::uint64_t max_interactions);

  /// Keeps one; false, and counted as dropped, for an item beyond kMostItems or without memory.
  bool observe(std::uint64_t who, ItemId item, Interest interest);
  /// From now on `from` is `into`: what both did is one person's.
  void alias(std::uint64_t from, std::uint64_t into);
  /// Empties what these people, and whoever became one of them, did. Looks at everything once:
  /// about 1 ms for a million interactions.
  void forget(std::span<const std::uint64_t> who);

  /// All that are kept, oldest first, under the names people have now, into `out` (cleared first).
  /// What the writer overwrites meanwhile is left out.
  void copy(std::vector<Interaction>& out) const;

  /// Kept now, those that were forgotten included.
  [[nodiscard]] std::uint64_t size() const;
  /// Observed since the first event.
  [[nodiscard]] std::uint64_t observed() const { return end_.load(std::memory_order_acquire); }
  /// Gave way to newer ones, or could not be kept.
  [[nodiscard]] std::uint64_t dropped() const;
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKIN" v1: observed u64, refused u64, kept u64, then each from the oldest: who u64,
  /// item and interest u32; aliases ever u64, kept u64, each: from u64, into u64. Writer only.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into a fresh store before anybody reads it. The newest that fit are kept; those of items from
  /// `items` on are forgotten. After an error it must be discarded.
  [[nodiscard]] Status load(ByteSource& source, std::uint32_t items);

 private:
  struct Record {
    std::atomic<std::uint32_t> who_low, who_high, item_and_interest;
  };
  struct Alias {
    std::atomic<std::uint64_t> from, into;
  };
  static constexpr std::uint32_t kForgotten = 0xffffffffu;

  void put(std::uint64_t at, std::uint64_t who, std::uint32_t item_and_interest);
  /// The oldest that is kept when the newest is `end` − 1.
  [[nodiscard]] static std::uint64_t first_kept(std::uint64_t end, std::uint64_t most) {
    return end > most ? end - most : 0;
  }
  void add_alias(std::uint64_t from, std::uint64_t into);

  std::uint64_t max_;
  std::uint64_t max_aliases_;
  ChunkedArray<Record, 12> records_;
  ChunkedArray<Alias, 10> aliases_;
  /// One beyond the newest, counted from the first event; the writer raises `writing_` before it
  /// overwrites and `end_` after.
  std::atomic<std::uint64_t> writing_{0};
  std::atomic<std::uint64_t> end_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> aliases_writing_{0};
  std::atomic<std::uint64_t> aliases_end_{0};
};

}  // namespace souk::recommendations
