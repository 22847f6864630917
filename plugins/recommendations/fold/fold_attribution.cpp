// What was shown and what came of it → revenue by placement; and who is a robot.
#include <algorithm>
#include <cmath>

#include "plugins/recommendations/recommendations.hpp"
#include "plugins/recommendations/serve/expression_program.hpp"

namespace souk::recommendations {
namespace {

constexpr double kMostRevenue = 1e15;  // minor units of one line; more is a mistake

/// Minor units, never below zero.
std::int64_t in_minor(double major, double minor_units) {
  const double amount = major * minor_units;
  return amount > 0 && amount < kMostRevenue ? std::llround(amount) : 0;
}

double quantity_of(bool has, double quantity) { return has && quantity > 0 ? quantity : 1; }

std::int64_t revenue_of(const souk::v1::OrderLine& line) {
  if (line.has_total()) return std::max<std::int64_t>(0, line.total().amount());
  const double all = static_cast<double>(line.price().amount()) *
                         quantity_of(line.has_quantity(), line.quantity()) -
                     static_cast<double>(line.discount().amount());
  return in_minor(all, 1);
}

}  // namespace

/// Robots count for nothing; who sends very much counts less.
void Recommendations::guard(Actor& actor, const EventInfo& info, ItemId item) {
  std::uint64_t sender = actor.person.low;
  // Who declined personalisation is not kept, but may not flood the shop either: a number that
  // fades within the hour, from which nobody can be told.
  if (actor.person.empty()) {
    sender = info.shopper_id().empty() ? visitor_key(info.session_id()).low
                                       : shopper_key(info.shopper_id()).low;
  }
  const auto buyer =
      info.account_id().empty() ? TrafficGuard::Buyer::person : TrafficGuard::Buyer::business;
  const TrafficGuard::Verdict verdict = state_->guard.observe(sender, actor.now_s, item, buyer);
  actor.weight = verdict.weight;
  if (actor.weight <= 0) actor.counted = false;
  // What it taught before it was found is taken back as far as it stands by itself: its visits.
  if (!verdict.found || !state_->shoppers.read(actor.person, merged_, merge_scratch_)) return;
  for (const VisitKey visit : merged_.visits)
    state_->sessions.forget(bytes_of(visit));
  state_->trails.forget(bytes_of(actor.person));
  state_->interactions.forget({&actor.person.low, 1});
  merged_.clear();
}

Attribution::Who Recommendations::who_of(const Actor& actor, const EventInfo& info) {
  Attribution::Who who{.person = actor.person, .visitor = {}, .now_s = actor.now_s};
  if (!actor.person.empty() && !info.shopper_id().empty()) {
    who.visitor = visitor_key(info.session_id());
  }
  return who;
}

/// The event's token when it is one of ours, else nullptr. Valid until the next event.
const AttributionToken* Recommendations::token_of(const EventInfo& info) {
  if (info.attribution_token().empty()) return nullptr;
  return state_->attribution.read(info.attribution_token(), token_) ? &token_ : nullptr;
}

void Recommendations::attribute_click(ItemId item, const Actor& actor, const EventInfo& info) {
  if (!actor.counted) return;
  state_->attribution.clicked(who_of(actor, info), token_of(info), item, state_->items.name(item));
}

void Recommendations::attribute_add(ItemId item, const Actor& actor, const EventInfo& info) {
  if (!actor.counted) return;
  state_->attribution.added(who_of(actor, info), token_of(info), item, state_->items.name(item));
}

void Recommendations::attribute_shown(const souk::v1::RecommendationsShown& event,
                                      const Actor& actor, const EventInfo& info) {
  if (!actor.counted) return;
  const AttributionToken* const token = token_of(info);
  Kind kind = Kind::for_you;
  // Without a token of ours the event itself must say what was shown.
  if (token == nullptr && (!info.attribution_token().empty() || !kind_named(event.kind(), kind))) {
    return;
  }
  const Attribution::Who who = who_of(actor, info);
  int shown = 0;
  for (const std::string& product : event.product_ids()) {
    if (++shown > static_cast<int>(AttributionToken::kMostItems)) return;
    show(who, token, product,
         token != nullptr
             ? AttributionReport::kNoCell
             : state_->attribution.cell(event.placement(), static_cast<std::uint8_t>(kind)));
  }
}

void Recommendations::on(const souk::v1::ProductListViewed& event, const EventInfo& info) {
  folded(info);
  if (info.attribution_token().empty()) return;
  Actor actor = actor_of(info);
  guard(actor, info, kNoItem);
  const AttributionToken* const token = actor.counted ? token_of(info) : nullptr;
  if (token == nullptr) return;
  const Attribution::Who who = who_of(actor, info);
  std::vector<std::string_view> for_you;
  std::vector<std::string_view> arrivals;
  for (const auto& line : event.products()) {
    if (for_you.size() + arrivals.size() >= AttributionToken::kMostItems) break;
    show(who, token, line.product_id(), AttributionReport::kNoCell);
    const AttributionToken::Item* const given = token->find(line.product_id());
    if (given == nullptr) continue;
    if (given->kind == static_cast<std::uint8_t>(Kind::for_you)) {
      for_you.push_back(line.product_id());
    } else if (given->kind == static_cast<std::uint8_t>(Kind::new_arrivals)) {
      arrivals.push_back(line.product_id());
    }
  }
  learn_trials(arrivals, actor);
  if (!for_you.empty()) learn_showing(for_you, actor, info);
}

/// One product of an exposure: of the token's answer, or of `cell`.
void Recommendations::show(const Attribution::Who& who, const AttributionToken* token,
                           const std::string& product_id, AttributionReport::Cell cell) {
  const ItemId item = state_->items.find(product_id);
  if (item == kNoItem) return;
  if (token != nullptr) {
    const AttributionToken::Item* const found = token->find(product_id);
    if (found == nullptr) return;
    cell = state_->attribution.cell(token->placement, found->kind);
  }
  state_->attribution.shown(who, cell, item);
}

template <class OrderEvent>
void Recommendations::attribute_order(const OrderEvent& event, const Actor& actor,
                                      const EventInfo& info) {
  if (!actor.counted) return;
  std::string currency = event.currency().empty() ? event.record().currency() : event.currency();
  if (currency.empty()) currency = currency_;
  const double minor_units = minor_units_of(currency);
  credit_lines_.clear();
  const auto add = [&](const std::string& product_id, std::int64_t revenue, double quantity) {
    const ItemId item = state_->items.find(product_id);
    if (item == kNoItem || credit_lines_.size() >= Orders::kMostItems) return;
    const auto same = std::find_if(credit_lines_.begin(), credit_lines_.end(),
                                   [&](const auto& line) { return line.item == item; });
    if (same != credit_lines_.end()) {
      same->revenue += revenue;
      same->quantity += quantity;
    } else {
      credit_lines_.push_back({item, state_->items.name(item), revenue, quantity});
    }
  };
  for (const auto& line : event.record().lines())
    add(line.product_id(), revenue_of(line), quantity_of(line.has_quantity(), line.quantity()));
  // The back office's word on money stands before the tracker's.
  if (credit_lines_.empty()) {
    for (const auto& line : event.products()) {
      const double quantity = quantity_of(line.has_quantity(), line.quantity());
      const ItemId item = state_->items.find(line.product_id());
      const std::int64_t usual = item == kNoItem ? 0 : state_->catalog.price_minor(item);
      add(line.product_id(),
          line.has_price() ? in_minor(line.price() * quantity, minor_units)
                           : in_minor(static_cast<double>(usual) * quantity, 1),
          quantity);
    }
  }
  state_->attribution.ordered(who_of(actor, info), token_of(info), event.order_id(), currency,
                              credit_lines_);
}

template void Recommendations::attribute_order(const souk::v1::OrderCompleted&, const Actor&,
                                               const EventInfo&);
template void Recommendations::attribute_order(const souk::v1::OrderUpdated&, const Actor&,
                                               const EventInfo&);

/// Refunds and returns take back what the order was credited with: the lines that they name, else
/// the amount, else all.
void Recommendations::attribute_refund(const souk::v1::OrderRefunded& event) {
  Attribution& attribution = state_->attribution;
  for (const auto& line : event.products()) {
    const ItemId item = state_->items.find(line.product_id());
    if (item == kNoItem) continue;
    attribution.take_back(event.order_id(), item, line.has_quantity() ? line.quantity() : 0);
  }
  if (!event.products().empty()) return;
  if (!event.has_total() && !event.has_revenue()) {
    return attribution.take_back_all(event.order_id());
  }
  const std::string& currency = event.currency().empty() ? currency_ : event.currency();
  attribution.take_back_amount(
      event.order_id(),
      in_minor(event.has_revenue() ? event.revenue() : event.total(), minor_units_of(currency)));
}

void Recommendations::attribute_return(const souk::v1::ProductReturned& event) {
  for (const auto& line : event.products()) {
    const ItemId item = state_->items.find(line.product_id());
    if (item == kNoItem) continue;
    // A line without quantity is one unit, as the event says.
    state_->attribution.take_back(event.order_id(), item,
                                  line.has_quantity() ? line.quantity() : 1);
  }
}

}  // namespace souk::recommendations
