// What comes next in a session: neighbours by shared items, folded online (the VMIS-kNN family).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/repeat_model.hpp"
#include "plugins/recommendations/model/session_index.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

/// The defaults were chosen on the tail of one public click-stream's training sessions and lie on
/// broad plateaus (README.md, "What each part brings"). Symbols are those of README.md.
struct SessionNeighboursSettings {
  SessionIndexLimits limits;

  // The evolving session.
  std::uint32_t query_items = 10;  ///< newest distinct items that count, 1 … 16
  double position_decay = 2.0;  ///< λ_q, places: older items weigh exp(−place/λ_q), 0.1 … 100
  double idf_power = 1.5;       ///< a: rare items weigh idf^a, 0 … 4

  // Its neighbours.
  std::uint32_t sessions_scanned = 250;  ///< m: newest sessions read of an item, 1 … 4,096
  std::uint32_t neighbours = 150;        ///< k: most similar sessions that are used, 1 … 4,096
  double length_power = 0.4;             ///< b: a neighbour of L clicks counts L^−b, 0 … 2
  double recency = 0.8;  ///< ρ: the oldest kept session counts e^−ρ of the newest, 0 … 20

  // What they propose.
  double ahead_decay = 4.0;        ///< λ₊, clicks: items after the match, 0.1 … 100
  double behind_decay = 4.0;       ///< λ₋, clicks: items before the match, 0.1 … 100
  double behind_weight = 0.8;      ///< β: those relative to items after it, 0 … 1
  double popularity_power = 0.25;  ///< c: scores are divided by (sessions of the item + 1)^c, 0 … 1

  // The second hop: neighbours of the best proposals, for items that few sessions hold.
  double hop_weight = 0.6;          ///< γ: mass of the second hop relative to the first, 0 … 2
  std::uint32_t hop_items = 6;      ///< proposals that are followed, 0 … 16
  std::uint32_t hop_sessions = 15;  ///< newest sessions read of each, 1 … 4,096
  std::uint32_t hop_below = 200;    ///< only when fewer neighbours than this were met; 0: never

  // Repeats.
  double repeat_evidence = 0.25;  ///< κ: share of the neighbours' vote in a repeat's score, 0 … 2
};

/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed.
[[nodiscard]] Status validate(const SessionNeighboursSettings& settings);
/// The same settings with each value brought to the nearest allowed one.
[[nodiscard]] SessionNeighboursSettings brought_into_range(SessionNeighboursSettings settings);

/// One proposal, best first.
struct Candidate {
  ItemId item = kNoItem;
  double score = 0;  ///< about the chance that it is the next click; comparable in an answer
  std::uint32_t support = 0;  ///< neighbour sessions that proposed it (both hops)
  ItemId because = kNoItem;   ///< the session's item that argued most for it
  bool in_session = false;    ///< a repeat: whether to show it is the caller's to decide
};

/// What one prediction needs besides the model. One per thread, re-used: after a few predictions
/// none allocates. Not thread-safe.
class PredictScratch {
 public:
  PredictScratch();
  ~PredictScratch();
  PredictScratch(PredictScratch&&) noexcept;
  PredictScratch& operator=(PredictScratch&&) noexcept;

 private:
  friend class SessionNeighbours;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// The model. README.md has its equations.
///
/// Threads: observe(), forget(), save() and load() by one writer; everything else by any thread at
/// any time, without locks. A click is in every prediction that begins after observe() returned.
class SessionNeighbours {
 public:
  static constexpr std::uint32_t kMostQueryItems = 16;

  /// Settings must validate(); those that do not are brought into range.
  explicit SessionNeighbours(const SessionNeighboursSettings& settings = {});
  ~SessionNeighbours();
  SessionNeighbours(const SessionNeighbours&) = delete;
  SessionNeighbours& operator=(const SessionNeighbours&) = delete;

  /// Folds one click: `item` below limits.max_items, `session_key` any text (its hash is kept),
  /// `time_us` as in the log (used only for limits.session_gap_us). False when it was dropped.
  bool observe(std::string_view session_key, ItemId item, std::int64_t time_us);
  /// Empties the sessions of a key.
  void forget(std::string_view session_key);

  /// The `k` best next items for a session given oldest first, into `out` (cleared first). Empty
  /// when nothing is known about any of its items. Ties go to the smaller ItemId.
  void predict(std::span<const ItemId> session, std::size_t k, PredictScratch& scratch,
               std::vector<Candidate>& out) const;

  /// As predict() for a session of this item alone, from what is remembered of it where a click has
  /// changed none of its sessions; what is further off may be a little out of date
  /// (NeighbourCache).
  void predict_beside(ItemId item, std::size_t k, PredictScratch& scratch,
                      std::vector<Candidate>& out) const;

  /// The clicks of the newest session of a key, oldest first, into `out` (cleared first).
  void session_items(std::string_view session_key, std::vector<ItemId>& out) const;

  [[nodiscard]] const SessionNeighboursSettings& settings() const { return settings_; }
  [[nodiscard]] const SessionIndex& index() const { return index_; }
  [[nodiscard]] const RepeatModel& repeats() const { return repeats_; }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKSN" v2: the index (session_index_snapshot.cpp), then the repeats. Writer only.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty model before readers use it; after an error the model must be discarded. Limits
  /// may differ from those it was saved with: what they do not allow any more is left out.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct Query;
  struct Reach;  ///< how far a match speaks for the items around it

  void build_query(std::span<const ItemId> session, Query& query) const;
  std::size_t take_newest(const Query& query, PredictScratch::Parts& s) const;
  std::size_t gather(const Query& query, std::uint32_t most, PredictScratch::Parts& s) const;
  [[nodiscard]] float recency(SessionOrdinal session, std::uint32_t seen) const;
  void select(std::uint32_t most, PredictScratch::Parts& s) const;
  void vote(const Query& query, const Reach& reach, PredictScratch::Parts& s,
            class Votes& votes) const;
  void pool(std::size_t most, PredictScratch::Parts& s) const;
  void second_hop(PredictScratch::Parts& s) const;
  void rank(const Query& query, std::size_t k, PredictScratch::Parts& s,
            std::vector<Candidate>& out) const;
  [[nodiscard]] double idf_weight(ItemId item) const;
  [[nodiscard]] double popularity_divisor(ItemId item) const;

  SessionNeighboursSettings settings_;
  SessionIndex index_;
  RepeatModel repeats_;
  std::unique_ptr<class NeighbourCache> beside_;
  // Powers and exponentials that the inner loops would otherwise compute.
  std::array<float, SessionIndex::kLongestSession + 1> length_factor_;
  std::array<float, 1024> recency_factor_;
  std::vector<float> popularity_factor_;
};

}  // namespace souk::recommendations
