#include "plugins/recommendations/serve/recommender.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {

// With so few products the visit alone says little, and what the shopper did before helps.
constexpr std::size_t kShortSession = 3;
constexpr std::size_t kHistoryItems = 10;
// A proposal from earlier visits, and the chance that an order holds both, against the chance that
// it is the next click.
constexpr double kHistoryWeight = 0.3;
constexpr double kOrderWeight = 0.2;
constexpr std::size_t kOrdersRemembered = 5;  // of the shopper's purchases as seeds
// The session model ranks 128 candidates or four times what is asked for; 32 costs nothing more.
constexpr std::size_t kFirstAsk = 32;
constexpr std::size_t kSecondAsk = 512;
constexpr std::size_t kMostTrending = 1000;

bool better(const Pick& a, const Pick& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

template <class List>
double highest(const List& list) {
  return list.empty() ? 0 : list.front().score;
}

}  // namespace

void Recommender::answer(const StoreState& state) {
  selection.begin(state, question);
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
    case Kind::trending:
      break;
    case Kind::recently_viewed:
      recently_viewed();
      return;
  }
  offer_popular(state);
}

// So many candidates that what is left out leaves enough.
std::size_t Recommender::generous(std::size_t least) const {
  return std::max<std::size_t>(least, std::size_t{question.limit} + question.limit / 2);
}

void Recommender::for_you(const StoreState& state) {
  const bool has_seeds = !question.cart.empty() || !question.profile.bought.empty();
  const bool wants_history = question.session.size() < kShortSession && !question.history.empty();
  if (!has_seeds && !wants_history) {
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

void Recommender::similar(const StoreState& state) {
  if (question.product == kNoItem) return;
  offer_neighbours(state, {&question.product, 1}, Source::session_neighbours);
  if (selection.full()) return;
  selection.begin_fallback();
  offer_partners(state, {&question.product, 1});
}

void Recommender::bought_together(const StoreState& state) {
  seeds_.clear();
  if (question.product != kNoItem) {
    seeds_.push_back(question.product);
  } else {
    seeds_ = question.cart;
  }
  if (seeds_.empty()) return;
  offer_partners(state, seeds_);
  if (selection.full()) return;
  selection.begin_fallback();
  offer_neighbours(state, seeds_, Source::session_neighbours);
}

void Recommender::recently_viewed() {
  selection.begin_source(Source::recently_viewed, 1);
  double score = 1;
  const auto offer_all = [&](const std::vector<ItemId>& items) {
    for (auto item = items.rbegin(); item != items.rend() && !selection.full(); ++item) {
      Pick pick{.item = *item, .score = score, .source = Source::recently_viewed};
      pick.parts[static_cast<std::size_t>(Source::recently_viewed)] = score;
      if (selection.offer(pick)) score *= 0.9;
    }
  };
  offer_all(question.session);
  offer_all(question.history);
}

void Recommender::offer_neighbours(const StoreState& state, std::span<const ItemId> session,
                                   Source source) {
  if (session.empty()) return;
  std::size_t asked = generous(kFirstAsk);
  for (int round = 0; round < 2 && !selection.full(); ++round) {
    state.sessions.predict(session, asked, predict_scratch_, candidates_);
    selection.begin_source(source, highest(candidates_));
    for (const Candidate& candidate : candidates_) {
      Pick pick{.item = candidate.item, .score = candidate.score, .source = source};
      pick.parts[static_cast<std::size_t>(source)] = candidate.score;
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
  for (const Partner& partner : partners_) {
    Pick pick{.item = partner.item, .score = partner.score, .source = Source::co_purchase};
    pick.parts[static_cast<std::size_t>(Source::co_purchase)] = partner.score;
    pick.support = partner.support;
    pick.because = partner.because;
    selection.offer(pick);
  }
}

// ---- for_you: the visit, earlier visits and orders in one ranking ----

void Recommender::blend(const StoreState& state) {
  blend_.clear();
  const std::size_t asked = generous(kFirstAsk);
  selection.begin_source(Source::session_neighbours, 0);
  if (!question.session.empty()) {
    state.sessions.predict(question.session, asked, predict_scratch_, candidates_);
    add_candidates(Source::session_neighbours, 1);
  }
  if (question.session.size() < kShortSession && !question.history.empty()) {
    selection.begin_source(Source::history, 0);
    const std::size_t newest = std::min(question.history.size(), kHistoryItems);
    state.sessions.predict(std::span(question.history).last(newest), asked, predict_scratch_,
                           candidates_);
    add_candidates(Source::history, question.session.empty() ? 1 : kHistoryWeight);
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
    if (pick.item == kNoItem || part > pick.parts[static_cast<std::size_t>(pick.source)]) {
      pick.source = source;
      pick.support = candidate.support;
      pick.because = candidate.because;
    }
    pick.item = candidate.item;
    pick.score += part;
    pick.parts[static_cast<std::size_t>(source)] += part;
  }
}

void Recommender::add_partners(double weight) {
  for (const Partner& partner : partners_) {
    Pick& pick = blend_[partner.item];
    const double part = weight * partner.confidence;
    if (pick.item == kNoItem || part > pick.parts[static_cast<std::size_t>(pick.source)]) {
      pick.source = Source::co_purchase;
      pick.support = partner.support;
      pick.because = partner.because;
    }
    pick.item = partner.item;
    pick.score += part;
    pick.parts[static_cast<std::size_t>(Source::co_purchase)] += part;
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

// ---- what is popular ----

CategoryId Recommender::category_at_hand(const StoreState& state) const {
  if (question.by_category) return question.category;
  if (question.kind == Kind::trending) return kNoCategory;
  ItemId item = question.product;
  if (item == kNoItem && !question.session.empty()) item = question.session.back();
  if (item == kNoItem && !question.history.empty()) item = question.history.back();
  return item == kNoItem ? kNoCategory : state.catalog.main_category(item);
}

void Recommender::offer_popular(const StoreState& state) {
  if (selection.full()) return;
  if (question.kind != Kind::trending) selection.begin_fallback();
  const CategoryId category = category_at_hand(state);
  if (category != kNoCategory) offer_trending(state, category);
  // In a category that was asked for, the shop's list has little; it is looked through all the
  // same, as the category's own list is shorter.
  if (!selection.full()) offer_trending(state, kNoCategory);
}

void Recommender::offer_trending(const StoreState& state, CategoryId category) {
  const bool overall = category == kNoCategory;
  if (overall) {
    state.trending.top(kMostTrending, question.now_us, trending_);
  } else {
    state.trending.top_of_category(category, kMostTrending, question.now_us, trending_);
  }
  const Source source = overall ? Source::trending : Source::category_trending;
  selection.begin_source(source, highest(trending_));
  for (const TrendingItem& popular : trending_) {
    if (selection.full()) return;
    Pick pick{.item = popular.item, .score = popular.score, .source = source};
    pick.parts[static_cast<std::size_t>(source)] = popular.score;
    pick.category = category;
    selection.offer(pick);
  }
}

}  // namespace souk::recommendations
