// What a shopper is due to buy again, and, with what was seen included, their whole next order.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {
namespace {

constexpr double kWithinDays = 7;        // "now": what is due within a week ranks
constexpr double kLeastDue = 0.015;      // RepurchaseOutlook::due_within: less is not due
constexpr double kLeastAgainOnce = 0.1;  // of products bought once: how many ever buy them again
constexpr std::uint32_t kLeastEvidence = 3;

/// What a sequence says of any later order, as a chance of the coming week: its score is relative
/// to the peak of a log-normal lag, of which this is the share that falls into a week.
double week_of(const Successor& next) {
  constexpr double kLeastSpread = 0.25;
  const double peak = std::max(next.spread, kLeastSpread) * std::sqrt(2 * std::numbers::pi);
  return std::min(1.0, kWithinDays / (std::max(next.median_days, 1.0) * peak));
}

std::uint32_t now_s(const Question& question) {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(question.now_us / 1'000'000, 0, 0xffffffff));
}

std::uint32_t whole_days(double days) {
  return static_cast<std::uint32_t>(std::clamp(std::lround(days), 1L, 3650L));
}

bool may_be_bought_again(const Purchase& purchase, const RepurchaseOutlook& outlook) {
  return purchase.times >= 2 ||
         (outlook.again >= kLeastAgainOnce && outlook.evidence >= kLeastEvidence);
}

}  // namespace

void Recommender::buy_again(const StoreState& state) {
  if (question.include_seen) return offer_next_order(state);
  offer_due(state);
}

void Recommender::offer_due(const StoreState& state) {
  ranked_.clear();
  selection.begin_source(Source::repurchase, 1);
  for (const Purchase& purchase : question.profile.bought)
    add_due(state, purchase);
  add_sequences(state);
  std::sort(ranked_.begin(), ranked_.end(), [](const Pick& a, const Pick& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  for (const Pick& pick : ranked_) {
    if (selection.full()) return;
    selection.offer(pick);
  }
}

void Recommender::add_due(const StoreState& state, const Purchase& purchase) {
  const RepurchaseOutlook outlook = state.repurchase.outlook(
      purchase, state.catalog.main_category(purchase.item), now_s(question));
  if (!may_be_bought_again(purchase, outlook)) return;
  const double due = outlook.due_within(kWithinDays);
  if (due < kLeastDue) return;
  Pick pick{.item = purchase.item, .score = due, .source = Source::repurchase};
  pick.add_part(Source::repurchase, due);
  pick.support = purchase.times;
  if (purchase.times > 1) pick.days = whole_days(outlook.interval_days);
  ranked_.push_back(pick);
}

void Recommender::add_sequences(const StoreState& state) {
  if (question.profile.bought.empty()) return;
  selection.begin_source(Source::sequences, 1);
  state.sequences.predict(question.profile.history(), now_s(question), generous(kFirstAsk),
                          sequence_scratch_, successors_);
  for (const Successor& next : successors_) {
    const bool had = std::any_of(ranked_.begin(), ranked_.end(),
                                 [&](const Pick& pick) { return pick.item == next.item; });
    if (had) continue;
    const double due = next.score * week_of(next);
    Pick pick{.item = next.item, .score = due, .source = Source::sequences};
    pick.add_part(Source::sequences, due);
    pick.support = next.support;
    pick.because = next.because;
    ranked_.push_back(pick);
  }
}

void Recommender::offer_next_order(const StoreState& state) {
  const PurchaseHistory history = question.profile.history();
  state.next_basket.predict(history, now_s(question), state.basket_sources(),
                            generous(kFirstAsk) * 2, false, basket_scratch_, basket_);
  selection.begin_source(Source::repurchase, highest(basket_));
  for (const BasketItem& item : basket_) {
    if (selection.full()) return;
    const Source source = item.repeat ? Source::repurchase : Source::co_purchase;
    Pick pick{.item = item.item, .score = item.score, .source = source};
    pick.add_part(source, item.score);
    if (item.repeat) {
      const Purchase* had = question.profile.purchase(item.item);
      pick.support = had == nullptr ? 0 : had->times;
      if (had != nullptr && had->times > 1) {
        const RepurchaseOutlook outlook =
            state.repurchase.outlook(*had, state.catalog.main_category(item.item), now_s(question));
        pick.days = whole_days(outlook.interval_days);
      }
    } else {
      pick.because = item.because;
      pick.support = state.together.orders_of(item.item);
    }
    selection.offer(pick);
  }
  offer_popular(state);
}

}  // namespace souk::recommendations
