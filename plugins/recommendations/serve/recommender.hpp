// From a question to products: which source is asked for which kind, and what stands in for it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plugins/recommendations/model/sparse_table.hpp"
#include "plugins/recommendations/serve/selection.hpp"

namespace souk::recommendations {

/// Chooses products. Holds what one thread re-uses from question to question; after a few of them
/// nothing is allocated.
///
///   for_you          session neighbours, with earlier visits and orders blended in
///   similar          neighbours of the product, then what is bought with it
///   bought_together  what is bought with the product or the cart, then neighbours
///   trending         of the category, or of the shop
///   recently_viewed  this shopper's, newest first; nothing stands in for it
///
/// The first four are filled up with what is popular in the category, then in the shop.
class Recommender {
 public:
  Question question;
  Selection selection;

  void answer(const StoreState& state);

 private:
  void for_you(const StoreState& state);
  void similar(const StoreState& state);
  void bought_together(const StoreState& state);
  void recently_viewed();

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
  CoPurchaseScratch partner_scratch_;
  std::vector<Candidate> candidates_;
  std::vector<Partner> partners_;
  std::vector<TrendingItem> trending_;
  std::vector<ItemId> seeds_;
  SparseTable<Pick> blend_;
  std::vector<Pick> ranked_;
};

}  // namespace souk::recommendations
