// From a question to products: which source is asked for which kind, and what stands in for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/sparse_table.hpp"
#include "plugins/recommendations/serve/blend.hpp"
#include "plugins/recommendations/serve/bundle_search.hpp"
#include "plugins/recommendations/serve/selection.hpp"
#include "plugins/recommendations/state/product_sizes.hpp"

namespace souk::recommendations {

/// The best score of candidates that come best first.
template <class List>
double highest(const List& list) {
  return list.empty() ? 0 : static_cast<double>(list.front().score);
}

/// Chooses products. Holds what one thread re-uses from question to question; after a few of them
/// nothing is allocated.
///
///   for_you            for_you.cpp
///   similar, upsell    alternatives.cpp
///   bought_together, cross_sell, complete_the_look   complements.cpp
///   bundle             bundle.cpp
///   buy_again          repurchase.cpp
///   trending, recently_viewed   popular.cpp
///   new_arrivals       arrivals.cpp
///   discover           discover.cpp
///   size               size.cpp
///
/// The kinds for which anything is better than nothing are filled up with what is popular in the
/// category, then in the shop.
class Recommender {
 public:
  Question question;
  Selection selection;

  /// Asks the kinds of the question one after the other until there is enough.
  void answer(const StoreState& state);
  /// The kind that had enough; of several without, the first that gave anything.
  [[nodiscard]] Kind answered() const;

  /// Sets, best first; of kind `bundle` only.
  [[nodiscard]] const std::vector<BundleSearch::Bundle>& bundles() const {
    return bundle_search_.found();
  }
  [[nodiscard]] const std::vector<BundleSearch::Node>& bundle_nodes() const {
    return bundle_search_.nodes();
  }
  /// What `trending` has to say of the segment that was asked for; empty: nothing.
  [[nodiscard]] std::string_view segment_note() const { return segment_note_; }
  /// What is known of the segment that the answer is for; no events: of none.
  [[nodiscard]] const SegmentTrends::Segment& segment() const { return segment_; }
  /// What a kind has to say when it found few; empty: nothing in particular.
  /// How each size fits, for `explain`. Only of kind `size`.
  [[nodiscard]] const std::vector<std::string>& size_notes() const { return size_notes_; }
  [[nodiscard]] std::string_view why_few() const { return why_few_; }

 private:
  void ask_kind(const StoreState& state);
  void for_you(const StoreState& state);
  void similar(const StoreState& state);
  void upsell(const StoreState& state);
  void bought_together(const StoreState& state);
  void cross_sell(const StoreState& state);
  void complete_the_look(const StoreState& state);
  void bundle(const StoreState& state);
  void buy_again(const StoreState& state);
  void new_arrivals(const StoreState& state);
  void discover(const StoreState& state);
  void size(const StoreState& state);
  void recently_viewed();

  // What the kinds above share: by content, by category, by what they go with (alternatives.cpp,
  // complements.cpp, bundle.cpp, arrivals.cpp, discover.cpp).
  /// How much behaviour is to be believed of the product at hand, 0 … 1.
  [[nodiscard]] double evidence(const StoreState& state) const;
  /// Behaviour and content of the product at hand, blended into blend_. accept(ItemId) chooses.
  template <class Accept>
  void blend_alternatives(const StoreState& state, Accept&& accept);
  /// Puts into alike_ and alike_of_ what of the product's category is like it, and how much each of
  /// blend_ is: from what is remembered, as far as it goes.
  void recall_alike(const StoreState& state, CategoryId shelf);
  /// Into matches_: the nearest to the product at hand that accept(ItemId) takes.
  template <class Accept>
  void find_alike(const StoreState& state, std::size_t most, Accept&& accept);
  /// Sorts what blend_ holds into ranked_.
  void rank_blend();
  /// The places of these picks, the best first. Valid until the next call.
  std::span<const std::uint32_t> order_of(const std::vector<SparseTable<Pick>::Entry>& picks);
  void offer_ranked(Source source);
  /// Offers what blend_ holds, best first.
  void offer_blend(const StoreState& state, Source source);
  /// The most the shopper is likely to pay in place of the product at hand; 0: not known.
  [[nodiscard]] std::int64_t price_reach(const StoreState& state, std::int64_t price) const;
  /// What goes with seeds_, from categories other than theirs, into ranked_, best first.
  void rank_complements(const StoreState& state);
  /// What speaks for a complement of one seed.
  struct Evidence {
    double orders = 0;           ///< that hold both, and carts for a part
    double visits = 0;           ///< share of the visits' votes
    std::uint32_t visitors = 0;  ///< visits behind them
  };
  void add_pairs(const StoreState& state, ItemId seed);
  void add_category_complements(const StoreState& state);
  void add_visits(const StoreState& state);
  void take_near_categories(const StoreState& state, CategoryId category);
  void score_complement(const StoreState& state, ItemId seed, ItemId item, const Evidence& met);
  /// Popular products, none of `categories`.
  void offer_popular_elsewhere(const StoreState& state, std::span<const CategoryId> categories);
  /// How well the values of both products' attributes go together, about 1. values_a_ are a's.
  [[nodiscard]] double match(const StoreState& state, ItemId a, ItemId b);
  void offer_one_of_each(const StoreState& state);
  void take_seed_categories(const StoreState& state);
  void take_person(std::size_t most);
  void rank_unseen_categories(const StoreState& state);
  void offer_of_category(const StoreState& state, CategoryId category, double score);
  void find_bundles(const StoreState& state);

  /// The session model ranks 128 candidates or four times what is asked for; 32 costs nothing more.
  static constexpr std::size_t kFirstAsk = 32;

  void take_seeds();
  /// Neighbours of a visit, as they are.
  void offer_neighbours(const StoreState& state, std::span<const ItemId> session, Source source);
  void offer_partners(const StoreState& state, std::span<const ItemId> bought);
  /// What the trained model says to somebody who had `history`; false when there is no model or it
  /// knows none of it. item_model.cpp.
  bool offer_item_model(const StoreState& state, std::span<const ItemId> history);
  void offer_popular(const StoreState& state);
  void offer_next_order(const StoreState& state);
  void offer_due(const StoreState& state);
  void add_due(const StoreState& state, const Purchase& purchase);
  void add_sequences(const StoreState& state);
  struct KeptSize {
    ItemId item = kNoItem;
    std::uint32_t variant = kNoItem;
  };
  void offer_sizes(const StoreState& state, const SizeBelief& belief);
  [[nodiscard]] KeptSize kept_size(const StoreState& state, std::uint32_t answer);
  void offer_trending(const StoreState& state, CategoryId category);
  /// Brings trending_ to what is popular with the question's segment, where enough is known of it.
  void favour_segment(const StoreState& state, CategoryId category);
  /// What is for sale and nobody has asked for yet, newest first; of `category` first.
  void offer_new(const StoreState& state, CategoryId category);

  void offer_blended(const StoreState& state);
  [[nodiscard]] CategoryId category_at_hand(const StoreState& state) const;
  [[nodiscard]] std::size_t generous(std::size_t least) const;
  /// Hints that the best of `list` will be judged: a cache line each, all over the catalog.
  template <class List>
  void prefetch(const StoreState& state, const List& list) const {
    const std::size_t first =
        std::min<std::size_t>(list.size(), question.limit + question.limit / 2);
    for (std::size_t i = 0; i < first; ++i)
      state.catalog.prefetch(list[i].item);
  }

  PredictScratch predict_scratch_;
  CoPurchaseScratch partner_scratch_;
  ItemWeightsScratch item_scratch_;
  std::vector<Candidate> candidates_;
  std::vector<Partner> partners_;
  std::vector<TrendingItem> trending_;
  std::vector<ItemId> seeds_;
  Blend for_you_;
  SparseTable<Pick> blend_;
  std::vector<Pick> ranked_;
  /// What picks are sorted by, without the picks: they are three cache lines each.
  struct ScoredPlace {
    double score;
    ItemId item;
    std::uint32_t place;
  };
  std::vector<ScoredPlace> places_of_scores_;
  std::vector<std::uint32_t> order_;

  ContentScratch content_scratch_;
  std::vector<ContentMatch> matches_;
  ContentCache::List alike_;
  SparseTable<double> alike_of_;  ///< + 1, of the products at hand and blend_
  std::vector<CategoryId> seed_categories_;
  std::vector<Partner> near_categories_;
  std::vector<CoPurchase::Together> met_;
  std::vector<CoPurchase::Together> met_categories_;
  SparseTable<Evidence> evidence_;
  std::vector<Arrivals::Arrival> arrivals_;
  std::vector<AttributePairs::Value> values_a_, values_b_;
  BundleSearch bundle_search_;
  std::string_view why_few_;
  std::vector<TrendingItem> segment_items_;
  SparseTable<std::uint32_t> places_;
  SegmentTrends::Segment segment_;
  std::string_view segment_note_;
  BasketScratch basket_scratch_;
  std::vector<BasketItem> basket_;
  OrderSequencesScratch sequence_scratch_;
  ProductSizes product_sizes_, kept_sizes_;
  std::vector<std::string> size_notes_;
  std::vector<Successor> successors_;
};

}  // namespace souk::recommendations
