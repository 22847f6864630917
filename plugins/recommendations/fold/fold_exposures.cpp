// What was shown and what was clicked → how much each source counts.
#include "plugins/recommendations/recommendations.hpp"
#include "plugins/recommendations/serve/blend.hpp"

namespace souk::recommendations {

/// What the fold needs to see an answer as it was made.
struct Recommendations::ExposureReader {
  Question question;
  Blend blend;
  souk::v1::RecommendRequest request;
  v1::Settings settings;  ///< defaults: what is filtered is of no interest here
};

Recommendations::Recommendations() = default;
Recommendations::~Recommendations() = default;

/// Learns from answers to for_you only: other kinds do not blend. The features are those of the
/// moment when the showing is folded, from the state alone, so that the same events teach the same;
/// models that are trained aside from the fold are left out and keep the weight set by hand.
void Recommendations::on(const souk::v1::RecommendationsShown& event, const EventInfo& info) {
  folded(info);
  Actor actor = actor_of(info);
  guard(actor, info, kNoItem);
  attribute_shown(event, actor, info);
  state_->exposures.settle(actor.now_s, state_->blender);
  std::vector<std::string_view> products(event.product_ids().begin(), event.product_ids().end());
  if (event.kind() == name_of(Kind::new_arrivals)) learn_trials(products, actor);
  if (event.kind() == name_of(Kind::for_you)) learn_showing(products, actor, info);
}

void Recommendations::learn_trials(const std::vector<std::string_view>& products,
                                   const Actor& actor) {
  if (!actor.counted) return;
  for (const std::string_view product : products)
    state_->trials.show(state_->items.find(product));
}

/// `products` as they stood on the page, under the event's token.
void Recommendations::learn_showing(const std::vector<std::string_view>& products,
                                    const Actor& actor, const EventInfo& info) {
  const std::string_view token = info.attribution_token();
  if (token.empty() || !actor.counted || actor.person.empty()) return;
  state_->exposures.settle(actor.now_s, state_->blender);
  if (!state_->exposures.wanted(token, actor.person.low)) return;

  if (exposure_reader_ == nullptr) exposure_reader_ = std::make_unique<ExposureReader>();
  auto& [question, blend, request, settings] = *exposure_reader_;
  request.Clear();
  request.set_shopper_id(std::string(info.shopper_id()));
  request.set_session_id(std::string(info.session_id()));
  if (!question.read(request, {}, *state_, settings, actor.now_us).ok()) return;
  constexpr std::size_t kCandidates = 32;
  blend.gather(*state_, question, kCandidates, Blend::Trained::left_out);
  std::vector<Exposures::Product> lesson;
  std::uint32_t position = 0;
  for (const std::string_view product : products) {
    ++position;
    if (position > Exposures::kMostProducts) break;
    const ItemId item = state_->items.find(product);
    if (item == kNoItem || !blend.proposes(item)) continue;
    lesson.push_back(
        {item, {blend.features(*state_, question, item), position, /*clicked=*/false}});
  }
  state_->exposures.add(token, actor.person.low, actor.now_s, std::move(lesson));
}

/// A click on what a token says was shown as a new arrival.
void Recommendations::count_trial(ItemId item, const EventInfo& info) {
  const AttributionToken* const token = token_of(info);
  if (token == nullptr) return;
  const AttributionToken::Item* const shown = token->find(state_->items.name(item));
  if (shown != nullptr && shown->kind == static_cast<std::uint8_t>(Kind::new_arrivals)) {
    state_->trials.click(item);
  }
}

}  // namespace souk::recommendations
