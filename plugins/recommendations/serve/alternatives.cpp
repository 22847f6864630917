// In place of a product: similar, upsell.
#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {

void Recommender::similar(const StoreState& state) {
  if (question.product == kNoItem) return;
  offer_neighbours(state, {&question.product, 1}, Source::session_neighbours);
  if (selection.full()) return;
  selection.begin_fallback();
  offer_partners(state, {&question.product, 1});
}

void Recommender::upsell(const StoreState& state) { similar(state); }

}  // namespace souk::recommendations
