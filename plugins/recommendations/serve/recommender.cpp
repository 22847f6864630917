#include "plugins/recommendations/serve/recommender.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {

// The session model ranks 128 candidates or four times what is asked for; 32 costs nothing more.
constexpr std::size_t kSecondAsk = 512;

}  // namespace

void Recommender::answer(const StoreState& state) {
  selection.begin(state, question);
  bundle_search_.clear();
  segment_ = {};
  segment_note_ = {};
  const Wish& wish = question.wish;
  for (std::size_t i = 0; i < wish.kind_count; ++i) {
    question.kind = wish.kinds[i];
    const bool last = i + 1 == wish.kind_count;
    selection.begin_kind(last);
    ask_kind(state);
    if (selection.picks().size() >= wish.enough) break;
  }
  selection.finish();
}

Kind Recommender::answered() const {
  const bool enough = selection.picks().size() >= question.wish.enough;
  if (enough || selection.picks().empty()) return question.kind;
  return selection.picks().front().kind;
}

void Recommender::ask_kind(const StoreState& state) {
  why_few_ = {};
  size_notes_.clear();
  switch (question.kind) {
    case Kind::for_you:
      for_you(state);
      break;
    case Kind::similar:
      similar(state);
      break;
    case Kind::bought_together:
      bought_together(state);
      break;
    case Kind::bundle:
      return bundle(state);
    case Kind::upsell:
      return upsell(state);
    case Kind::cross_sell:
      return cross_sell(state);
    case Kind::buy_again:
      return buy_again(state);
    case Kind::trending:
      break;
    case Kind::new_arrivals:
      return new_arrivals(state);
    case Kind::recently_viewed:
      return recently_viewed();
    case Kind::discover:
      return discover(state);
    case Kind::complete_the_look:
      return complete_the_look(state);
    case Kind::size:
      return size(state);
  }
  offer_popular(state);
}

// So many candidates that what is left out leaves enough.
std::size_t Recommender::generous(std::size_t least) const {
  return std::max<std::size_t>(least, std::size_t{question.limit} + question.limit / 2);
}

void Recommender::offer_neighbours(const StoreState& state, std::span<const ItemId> session,
                                   Source source) {
  if (session.empty()) return;
  std::size_t asked = generous(kFirstAsk);
  for (int round = 0; round < 2 && !selection.full(); ++round) {
    state.sessions.predict(session, asked, predict_scratch_, candidates_);
    selection.begin_source(source, highest(candidates_));
    prefetch(state, candidates_);
    for (const Candidate& candidate : candidates_) {
      if (selection.full()) return;
      Pick pick{.item = candidate.item, .score = candidate.score, .source = source};
      pick.add_part(source, candidate.score);
      pick.support = candidate.support;
      pick.because = candidate.because;
      selection.offer(pick);
    }
    if (candidates_.size() < asked) return;  // there are no more
    asked = std::max(asked * 4, kSecondAsk);
  }
}

void Recommender::offer_partners(const StoreState& state, std::span<const ItemId> bought) {
  state.together.partners(bought, generous(kFirstAsk) * 2, partner_scratch_, partners_);
  selection.begin_source(Source::co_purchase, highest(partners_));
  prefetch(state, partners_);
  for (const Partner& partner : partners_) {
    Pick pick{.item = partner.item, .score = partner.score, .source = Source::co_purchase};
    pick.add_part(Source::co_purchase, partner.score);
    pick.support = partner.support;
    pick.because = partner.because;
    selection.offer(pick);
  }
}

}  // namespace souk::recommendations
