// for_you: the visit, earlier visits and orders in one ranking.
#include <algorithm>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {

void Recommender::for_you(const StoreState& state) {
  // A history and nothing of the present: who had what says more than what followed what.
  if (question.history_given && question.session.empty() && question.cart.empty() &&
      offer_item_model(state, question.history)) {
    return;
  }
  const bool has_seeds = !question.cart.empty() || !question.profile.bought.empty();
  const bool only_the_visit = !has_seeds && question.past.empty() && !state.blender.learned() &&
                              state.content.products() == 0;
  if (!only_the_visit) {
    for_you_.gather(state, question, generous(kFirstAsk), Blend::Trained::included);
    if (state.blender.learned()) {
      for_you_.weigh(
          state, question,
          question.explores() ? state.blender.sample(question.seed) : state.blender.weights());
    }
    offer_blended(state);
  }
  // The visit alone, or filters took most of the blend and the visit has more to give.
  if (!selection.full()) {
    offer_neighbours(state, question.session, Source::session_neighbours);
  }
}

void Recommender::offer_blended(const StoreState& state) {
  for (const Source source : for_you_.asked())
    selection.begin_source(source, 0);
  const auto& picks = for_you_.picks().entries();
  const auto order = order_of(picks);
  for (const std::uint32_t entry : order.first(std::min<std::size_t>(order.size(), generous(0))))
    state.catalog.prefetch(picks[entry].value.item);
  for (const std::uint32_t entry : order) {
    if (selection.full()) return;
    selection.offer(picks[entry].value);
  }
}

}  // namespace souk::recommendations
