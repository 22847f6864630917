// What all sources propose for one shopper, each with its weight.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/blender.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"
#include "plugins/recommendations/serve/selection.hpp"

namespace souk::recommendations {

static_assert(kSources <= BlendFeatures::kParts);

/// What a product is like for this shopper, besides who proposes it; BlendFeatures::traits in this
/// order.
enum class Trait : std::uint8_t {
  same_category,  ///< as what was last looked at: 1
  other_price,    ///< than what was last looked at: |ln of the ratio| / 2, at most 1
  popularity,     ///< ln(1 + visits that hold it) / 16
  freshness,      ///< 1 when new, 1/e after 30 days
  seen_before,    ///< looked at or bought in earlier visits: 1
};
static_assert(BlendFeatures::kTraits == 5);
[[nodiscard]] std::string_view name_of(Trait trait);

/// Candidates of all sources for a question, and their features. Re-used from question to question.
///
/// The weights with which sources are added here were set by hand; what was learned since stands in
/// StoreState::blender and is put on top of them by weigh().
class Blend {
 public:
  enum class Trained : std::uint8_t { included, left_out };

  /// Asks every source that has something to say for at least `least` candidates. Models that are
  /// trained aside from the fold are asked when `trained` says so.
  void gather(const StoreState& state, const Question& question, std::size_t least,
              Trained trained);

  /// The sources that were asked, in that order.
  [[nodiscard]] const std::vector<Source>& asked() const { return asked_; }
  /// Candidates by ItemId, in no particular order.
  [[nodiscard]] SparseTable<Pick>& picks() { return picks_; }

  [[nodiscard]] bool proposes(ItemId item) { return picks_[item].item != kNoItem; }
  /// The features of a product; without parts when nobody proposed it.
  [[nodiscard]] BlendFeatures features(const StoreState& state, const Question& question,
                                       ItemId item);
  /// Brings each candidate's parts and score to what these weights make of them.
  void weigh(const StoreState& state, const Question& question, const BlendWeights& weights);

 private:
  void add_history(const StoreState& state, const Question& question, std::size_t least);
  void add_orders(const StoreState& state, const Question& question, std::size_t least);
  void add_item_model(const StoreState& state, const Question& question, std::size_t least);
  void add_due(const StoreState& state, const Question& question);
  void add_sequences(const StoreState& state, const Question& question, std::size_t least);
  void add_content(const StoreState& state, const Question& question, std::size_t least);
  void add(const StoreState& state, Source source, double weight,
           std::span<const Candidate> candidates);
  void add_traits(const StoreState& state, const Question& question, ItemId item,
                  BlendFeatures& features) const;

  SparseTable<Pick> picks_;
  std::vector<Source> asked_;
  std::vector<ItemId> seeds_;
  std::vector<Candidate> candidates_;
  std::vector<Partner> partners_;
  PredictScratch predict_scratch_;
  HistoryScratch history_scratch_;
  CoPurchaseScratch partner_scratch_;
  OrderSequencesScratch sequence_scratch_;
  std::vector<Successor> successors_;
  ContentScratch content_scratch_;
  ItemWeightsScratch item_scratch_;
  std::vector<ContentMatch> matches_;
};

}  // namespace souk::recommendations
