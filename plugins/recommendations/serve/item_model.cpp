// The trained model in answers.
#include <algorithm>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {

bool Recommender::offer_item_model(const StoreState& state, std::span<const ItemId> history) {
  const auto trained = state.trained.read();
  if (!trained || history.empty()) return false;
  const TrainedModel& model = **trained;
  constexpr std::size_t kSecondAsk = 512;
  std::size_t asked = generous(kFirstAsk);
  for (int round = 0; round < 2 && !selection.full(); ++round) {
    model.predict(history, asked, item_scratch_, candidates_);
    if (candidates_.empty()) return round > 0;
    model.weights->give_reasons(history, item_scratch_, candidates_);
    selection.begin_source(Source::item_model, highest(candidates_));
    for (const Candidate& candidate : candidates_) {
      if (selection.full()) break;
      Pick pick{.item = candidate.item, .score = candidate.score, .source = Source::item_model};
      pick.add_part(Source::item_model, candidate.score);
      pick.support = candidate.support;
      pick.because = candidate.because;
      selection.offer(pick);
    }
    if (candidates_.size() < asked) break;  // there are no more
    asked = std::max(asked * 4, kSecondAsk);
  }
  return true;
}

}  // namespace souk::recommendations
