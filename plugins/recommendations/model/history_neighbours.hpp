// What a shopper takes next after a long history, folded online: neighbours by what others took
// around the same items.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/session_index.hpp"
#include "plugins/recommendations/model/session_neighbours.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

/// The defaults were chosen on validation parts of one public set of histories and lie on plateaus
/// (README.md). Symbols are those of README.md.
struct HistoryNeighboursSettings {
  /// A trail is a "session" here: the newest items of one shopper, over all visits.
  SessionIndexLimits limits{
      .session_items = 64, .sessions_per_item = 256, .clicks_per_session = 60'000};

  // The history that is asked about.
  std::uint32_t query_items = 8;  ///< newest distinct items that count, 1 … 64
  double position_decay = 6.0;  ///< λ_q, places: older items weigh exp(−place/λ_q), 0.1 … 1000

  // The trails that are read.
  std::uint32_t trails_scanned = 128;  ///< m: newest trails of the newest item; of older ones fewer
                                       ///< by their weight, 1 … 4,096
  std::uint32_t trails_least = 16;     ///< but so many of each, 1 … 4,096
  std::uint32_t trails_in_all = 96;    ///< of all items together, newest first, 1 … 65,536
  double length_power = 0.35;          ///< b: a trail of L items counts L^−b, 0 … 2

  // What an item says of those around it.
  double ahead_decay = 15.0;      ///< λ₊, items: what came after, 0.1 … 1000
  double behind_decay = 6.5;      ///< λ₋, items: what came before, 0.1 … 1000
  double behind_weight = 0.33;    ///< β: what came before, relative to what came after, 0 … 1
  double mass_power = 0.35;       ///< r: an item's votes are divided by their sum^r, 0 … 1
  double popularity_power = 0.0;  ///< c: scores are divided by (trails of the item + 1)^c, 0 … 1

  // What came directly after.
  double next_weight = 0.3;     ///< ν: mass of these votes relative to the former, 0 … 4
  double next_decay = 0.65;     ///< λ_ν, places, 0.1 … 1000
  double next_shrinkage = 2.0;  ///< σ: trails that an item's chances are shrunk by, 0 … 1000

  // The second hop: what stands around the best proposals.
  double hop_weight = 0.65;      ///< γ: its mass relative to the first, 0 … 2
  std::uint32_t hop_items = 8;   ///< proposals that are followed, 0 … 64
  std::uint32_t hop_trails = 8;  ///< newest trails read of each, 1 … 4,096
};

/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed.
[[nodiscard]] Status validate(const HistoryNeighboursSettings& settings);

/// How much a prediction may read: a quarter of the trails, of these what is near, and no second
/// hop, where something else says more.
enum class HistoryEffort : std::uint8_t { full, brief };

/// What one prediction needs besides the model. One per thread, re-used: after a few predictions
/// none allocates. Not thread-safe.
class HistoryScratch {
 public:
  HistoryScratch();
  ~HistoryScratch();
  HistoryScratch(HistoryScratch&&) noexcept;
  HistoryScratch& operator=(HistoryScratch&&) noexcept;

 private:
  friend class HistoryNeighbours;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// The model. README.md has its equations.
///
/// Threads: observe(), adopt(), forget(), save() and load() by one writer; everything else by any
/// thread at any time, without locks. An item is in every prediction that begins after observe()
/// returned.
class HistoryNeighbours {
 public:
  static constexpr std::uint32_t kMostQueryItems = 64;

  /// Settings must validate(); those that do not are brought into range.
  explicit HistoryNeighbours(const HistoryNeighboursSettings& settings = {});

  /// Folds that the shopper of this key took an interest in an item. The same item twice in a row
  /// counts once. False when it was dropped.
  bool observe(std::string_view shopper_key, ItemId item, std::int64_t time_us);
  /// Empties the trails of a key.
  void forget(std::string_view shopper_key) { index_.forget(shopper_key); }
  /// Gives the trail of `from` to `into`, before what comes next; `from` is forgotten.
  void adopt(std::string_view from, std::string_view into, std::int64_t time_us);

  [[nodiscard]] std::size_t memory_bytes() const { return index_.memory_bytes(); }  ///< writer only

  /// The newest items of a shopper, oldest first, into `out` (cleared first).
  void trail(std::string_view shopper_key, std::vector<ItemId>& out) const;

  /// The `k` best next items after a history given oldest first, none of its own, into `out`
  /// (cleared first). Their scores add up to 1 over all that could be proposed. The trail of
  /// `shopper_key` (empty: nobody's) does not argue for itself. Ties go to the smaller ItemId.
  void predict(std::span<const ItemId> history, std::string_view shopper_key, std::size_t k,
               HistoryScratch& scratch, std::vector<Candidate>& out,
               HistoryEffort effort = HistoryEffort::full) const;

  [[nodiscard]] const HistoryNeighboursSettings& settings() const { return settings_; }
  [[nodiscard]] const SessionIndex& index() const { return index_; }

  /// Section "SKHN" v1: the index. Writer only.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty model before readers use it; after an error the model must be discarded.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct Query;

  void build_query(std::span<const ItemId> history, std::string_view shopper_key,
                   Query& query) const;
  void gather(ItemId item, std::uint32_t most, const Query& query, HistoryScratch::Parts& s) const;
  void first_hop(const Query& query, HistoryScratch::Parts& s) const;
  void second_hop(const Query& query, HistoryScratch::Parts& s) const;
  void rank(std::size_t k, HistoryScratch::Parts& s, std::vector<Candidate>& out) const;
  [[nodiscard]] float popularity_factor(ItemId item) const;

  HistoryNeighboursSettings settings_;
  SessionIndex index_;
  // Powers and exponentials that the inner loops would otherwise compute.
  std::array<float, SessionIndex::kLongestSession + 1> length_factor_;
  std::array<float, SessionIndex::kLongestSession> ahead_;   ///< by distance − 1
  std::array<float, SessionIndex::kLongestSession> behind_;  ///< the same
  std::array<float, 1024> popularity_factor_;
};

}  // namespace souk::recommendations
