// From a question to products: which source is asked for which kind, and what stands in for it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plugins/recommendations/model/sparse_table.hpp"
#include "plugins/recommendations/serve/selection.hpp"

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
///   trending, new_arrivals, discover, recently_viewed   popular.cpp
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

  /// The session model ranks 128 candidates or four times what is asked for; 32 costs nothing more.
  static constexpr std::size_t kFirstAsk = 32;

  void take_seeds();
  /// Neighbours of a visit, as they are.
  void offer_neighbours(const StoreState& state, std::span<const ItemId> session, Source source);
  void offer_partners(const StoreState& state, std::span<const ItemId> bought);
  void offer_popular(const StoreState& state);
  void offer_trending(const StoreState& state, CategoryId category);

  void blend(const StoreState& state);
  void add_candidates(Source source, double weight);
  void add_partners(double weight);
  void offer_blended();
  [[nodiscard]] CategoryId category_at_hand(const StoreState& state) const;
  [[nodiscard]] std::size_t generous(std::size_t least) const;

  PredictScratch predict_scratch_;
  HistoryScratch history_scratch_;
  CoPurchaseScratch partner_scratch_;
  std::vector<Candidate> candidates_;
  std::vector<Partner> partners_;
  std::vector<TrendingItem> trending_;
  std::vector<ItemId> seeds_;
  SparseTable<Pick> blend_;
  std::vector<Pick> ranked_;
};

}  // namespace souk::recommendations
