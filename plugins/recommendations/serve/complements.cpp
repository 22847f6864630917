// Beside a product or a cart: bought_together, cross_sell, complete_the_look.
#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {

void Recommender::bought_together(const StoreState& state) {
  take_seeds();
  if (seeds_.empty()) return;
  offer_partners(state, seeds_);
  if (selection.full()) return;
  selection.begin_fallback();
  offer_neighbours(state, seeds_, Source::session_neighbours);
}

void Recommender::cross_sell(const StoreState& state) { bought_together(state); }

void Recommender::complete_the_look(const StoreState& state) { bought_together(state); }

// The product at hand, else the cart.
void Recommender::take_seeds() {
  seeds_.clear();
  if (question.product != kNoItem) {
    seeds_.push_back(question.product);
  } else {
    seeds_ = question.cart;
  }
}

}  // namespace souk::recommendations
