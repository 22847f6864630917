// for_you: the visit, earlier visits and orders in one ranking.
#include <algorithm>
#include <array>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {
namespace {

// What earlier visits and purchases weigh against this visit, by the products it has shown so far:
// a visit soon says more than all that was before it.
constexpr std::array<double, 4> kHistoryWeight{1, 0.3, 0.2, 0.1};
// Fewer candidates than this from histories, and earlier visits are asked about as visits, too.
constexpr std::size_t kFewFromTrails = 16;
constexpr std::size_t kShortSession = 3;
constexpr std::size_t kHistoryItems = 10;
// The chance that an order holds both, against the chance that it is the next click.
constexpr double kOrderWeight = 0.2;
constexpr std::size_t kOrdersRemembered = 5;  // of the shopper's purchases as seeds

bool better(const Pick& a, const Pick& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

}  // namespace

void Recommender::for_you(const StoreState& state) {
  const bool has_seeds = !question.cart.empty() || !question.profile.bought.empty();
  if (!has_seeds && question.past.empty()) {
    offer_neighbours(state, question.session, Source::session_neighbours);
    return;
  }
  blend(state);
  offer_blended();
  // Filters took most of it: the visit has more to give than the blend looked at.
  if (!selection.full()) {
    offer_neighbours(state, question.session, Source::session_neighbours);
  }
}

void Recommender::blend(const StoreState& state) {
  blend_.clear();
  const std::size_t asked = generous(kFirstAsk);
  selection.begin_source(Source::session_neighbours, 0);
  if (!question.session.empty()) {
    state.sessions.predict(question.session, asked, predict_scratch_, candidates_);
    add_candidates(Source::session_neighbours, 1);
  }
  if (!question.past.empty()) {
    selection.begin_source(Source::history, 0);
    const std::size_t seen = std::min(question.session.size(), kHistoryWeight.size() - 1);
    state.trails.predict(question.past, bytes_of(question.person), asked, history_scratch_,
                         candidates_, seen == 0 ? HistoryEffort::full : HistoryEffort::brief);
    add_candidates(Source::history, kHistoryWeight[seen]);
    // Where few shoppers come back, visits of strangers know more than histories.
    if (candidates_.size() < kFewFromTrails && seen < kShortSession && !question.history.empty()) {
      const std::size_t newest = std::min(question.history.size(), kHistoryItems);
      state.sessions.predict(std::span(question.history).last(newest), asked, predict_scratch_,
                             candidates_);
      add_candidates(Source::history, kHistoryWeight[seen]);
    }
  }
  seeds_ = question.cart;
  const auto& bought = question.profile.bought;
  const std::size_t newest = std::min(bought.size(), kOrdersRemembered);
  for (std::size_t i = bought.size() - newest; i < bought.size(); ++i)
    seeds_.push_back(bought[i].item);
  if (!seeds_.empty()) {
    selection.begin_source(Source::co_purchase, 0);
    state.together.partners(seeds_, asked, partner_scratch_, partners_);
    add_partners(kOrderWeight);
  }
}

void Recommender::add_candidates(Source source, double weight) {
  for (const Candidate& candidate : candidates_) {
    Pick& pick = blend_[candidate.item];
    const double part = weight * candidate.score;
    if (pick.item == kNoItem ||
        part > static_cast<double>(pick.parts[static_cast<std::size_t>(pick.source)])) {
      pick.source = source;
      pick.support = candidate.support;
      pick.because = candidate.because;
    }
    pick.item = candidate.item;
    pick.score += part;
    pick.add_part(source, part);
  }
}

void Recommender::add_partners(double weight) {
  for (const Partner& partner : partners_) {
    Pick& pick = blend_[partner.item];
    const double part = weight * partner.confidence;
    if (pick.item == kNoItem ||
        part > static_cast<double>(pick.parts[static_cast<std::size_t>(pick.source)])) {
      pick.source = Source::co_purchase;
      pick.support = partner.support;
      pick.because = partner.because;
    }
    pick.item = partner.item;
    pick.score += part;
    pick.add_part(Source::co_purchase, part);
  }
}

void Recommender::offer_blended() {
  ranked_.clear();
  for (const auto& entry : blend_.entries())
    ranked_.push_back(entry.value);
  std::sort(ranked_.begin(), ranked_.end(), better);
  for (const Pick& pick : ranked_) {
    if (selection.full()) return;
    selection.offer(pick);
  }
}

}  // namespace souk::recommendations
