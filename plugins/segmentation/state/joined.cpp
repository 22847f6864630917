// Joining a visitor with a customer, and parting them again. What adds up is subtracted; first and
// last moments are kept apart; what depends on the order of purchases is counted anew from the
// deeds, where all of them are remembered.
#include <algorithm>
#include <cmath>

#include "plugins/segmentation/state/calendar.hpp"
#include "plugins/segmentation/state/person.hpp"

namespace souk::segmentation {
namespace {

std::uint32_t earlier(std::uint32_t a, std::uint32_t b) {
  return a == 0 || (b != 0 && b < a) ? b : a;
}

/// Everything that adds up.
constexpr auto kFactSums = {&Facts::visits,
                            &Facts::order_days,
                            &Facts::spend_days,
                            &Facts::items,
                            &Facts::discounted_orders,
                            &Facts::items_returned,
                            &Facts::several_orders,
                            &Facts::views_before_orders,
                            &Facts::views_since_order,
                            &Facts::sizes_compared,
                            &Facts::mobile,
                            &Facts::desktop,
                            &Facts::email_sent,
                            &Facts::email_opened,
                            &Facts::email_clicked,
                            &Facts::sms_sent,
                            &Facts::sms_clicked,
                            &Facts::subscriptions,
                            &Facts::prices};
constexpr auto kFactTotals = {
    &Facts::revenue,          &Facts::refunds,       &Facts::listed,
    &Facts::discounts,        &Facts::spend_sum,     &Facts::gap_days,
    &Facts::gap_days_squared, &Facts::price_log_sum, &Facts::price_log_squared};

/// Months are counted from the first order: of two first orders the earlier one's.
std::uint32_t months_from(std::uint32_t first_s, const Facts& facts) {
  if (facts.first_order_s == 0 || first_s == 0) return facts.cohort_months;
  const auto shift = month_number(facts.first_order_s) - month_number(first_s);
  return shift >= 32 ? 0 : facts.cohort_months << shift;
}

void join_facts(Facts& into, const Facts& from) {
  // The gap between two people's orders is one more gap.
  if (into.order_days > 0 && from.order_days > 0) {
    const bool before = from.last_order_s <= into.first_order_s;
    const bool after = from.first_order_s >= into.last_order_s;
    const double gap = before  ? (into.first_order_s - from.last_order_s) / 86'400.0
                       : after ? (from.first_order_s - into.last_order_s) / 86'400.0
                               : 0;
    into.gap_days += gap;
    into.gap_days_squared += gap * gap;
  }
  const std::uint32_t first = earlier(into.first_order_s, from.first_order_s);
  into.cohort_months = months_from(first, into) | months_from(first, from);
  for (const auto total : kFactTotals)
    into.*total += from.*total;
  for (const auto sum : kFactSums)
    into.*sum += from.*sum;
  for (std::size_t i = 0; i < kDeeds; ++i)
    into.deeds[i] += from.deeds[i];
  for (std::size_t i = 0; i < into.order_months.size(); ++i)
    into.order_months[i] = static_cast<std::uint16_t>(into.order_months[i] + from.order_months[i]);
  into.first_seen_s = earlier(into.first_seen_s, from.first_seen_s);
  into.first_order_s = first;
  into.last_seen_s = std::max(into.last_seen_s, from.last_seen_s);
  into.last_order_s = std::max(into.last_order_s, from.last_order_s);
  into.last_open_s = std::max(into.last_open_s, from.last_open_s);
  into.next_charge_s = std::max(into.next_charge_s, from.next_charge_s);
  into.subscribed_s = earlier(into.subscribed_s, from.subscribed_s);
  into.no_ads_s = std::max(into.no_ads_s, from.no_ads_s);
}

std::uint32_t less(std::uint32_t whole, std::uint32_t part) {
  return whole - std::min(whole, part);
}

void part_facts(Facts& from, const Facts& part) {
  // Views before the join may have been counted before an order after it.
  const std::uint32_t counted = less(part.views_since_order, from.views_since_order);
  from.views_before_orders = less(from.views_before_orders, counted);
  const std::uint32_t months = months_from(from.first_order_s, part);
  for (const auto total : kFactTotals) {
    from.*total -= part.*total;
    if (std::abs(from.*total) < 1e-9) from.*total = 0;  // what is left of rounding
  }
  for (const auto sum : kFactSums)
    from.*sum = less(from.*sum, part.*sum);
  for (std::size_t i = 0; i < kDeeds; ++i)
    from.deeds[i] = less(from.deeds[i], part.deeds[i]);
  for (std::size_t i = 0; i < from.order_months.size(); ++i)
    from.order_months[i] =
        static_cast<std::uint16_t>(less(from.order_months[i], part.order_months[i]));
  from.cohort_months &= ~months;
  if (from.subscriptions == 0) from.subscribed_s = 0;
}

/// First and last moments of the person and of the parts that stay.
void moments_again(Person& person) {
  Facts& facts = person.facts;
  const OwnMoments& own = person.own;
  facts.first_seen_s = own.first_seen_s;
  facts.first_order_s = own.first_order_s;
  facts.last_seen_s = own.last_seen_s;
  facts.last_order_s = own.last_order_s;
  facts.last_open_s = own.last_open_s;
  facts.next_charge_s = own.next_charge_s;
  person.forgotten_until_s = std::max(person.forgotten_until_s, own.forgotten_until_s);
  person.account = own.account;
  for (const JoinedPart& part : person.parts) {
    facts.first_seen_s = earlier(facts.first_seen_s, part.facts.first_seen_s);
    facts.first_order_s = earlier(facts.first_order_s, part.facts.first_order_s);
    facts.last_seen_s = std::max(facts.last_seen_s, part.facts.last_seen_s);
    facts.last_order_s = std::max(facts.last_order_s, part.facts.last_order_s);
    facts.last_open_s = std::max(facts.last_open_s, part.facts.last_open_s);
    facts.next_charge_s = std::max(facts.next_charge_s, part.facts.next_charge_s);
    if (person.account == 0) person.account = part.account;
  }
}

/// Days with orders and the gaps between them, from the deeds, if these hold all orders.
void order_days_again(Person& person) {
  Facts& facts = person.facts;
  std::vector<const DeedRecord*> orders;
  for (const DeedRecord& deed : person.deeds)
    if (deed.deed == Deed::order_completed) orders.push_back(&deed);
  if (orders.size() != facts.deeds[static_cast<std::size_t>(Deed::order_completed)]) return;
  facts.gap_days = facts.gap_days_squared = facts.spend_sum = 0;
  facts.order_days = facts.spend_days = facts.cohort_months = 0;
  facts.order_months = {};
  std::uint32_t day = 0;
  std::uint32_t first_day = 0;
  for (const DeedRecord* order : orders) {
    const std::uint32_t on = order->at_s / kSecondsADay;
    if (facts.order_days == 0) first_day = on;
    if (facts.order_days == 0 || on != day) {
      if (facts.order_days > 0) {
        const double gap = on - day;
        facts.gap_days += gap;
        facts.gap_days_squared += gap * gap;
        if (order->amount > 0) ++facts.spend_days;
      }
      ++facts.order_days;
      ++facts.order_months[month_number(order->at_s) % 12];
      const std::uint32_t since = month_number(order->at_s) - month_number(orders.front()->at_s);
      if (since < 32) facts.cohort_months |= 1U << since;
    }
    if (on != first_day) facts.spend_sum += order->amount;
    day = on;
  }
}

void likings_join(std::vector<Liking>& into, const std::vector<Liking>& from) {
  for (const Liking& liking : from)
    Person::like(into, liking.name, liking.weight);
}

/// Takes away what a part brought, of which `factor` is left.
void likings_part(std::vector<Liking>& from, std::vector<Liking>& part, float factor) {
  for (Liking& liking : part) {
    liking.weight *= factor;
    const auto at = std::find_if(from.begin(), from.end(),
                                 [&](const Liking& l) { return l.name == liking.name; });
    if (at != from.end()) at->weight -= liking.weight;
  }
  std::erase_if(from, [](const Liking& liking) { return !(liking.weight > 1e-4F); });
  std::stable_sort(from.begin(), from.end(),
                   [](const Liking& a, const Liking& b) { return a.weight > b.weight; });
}

std::uint32_t slot_of(const DeedRecord& deed) {
  return (deed.flags & DeedRecord::kPart) >> DeedRecord::kPartShift;
}

void set_slot(DeedRecord& deed, std::uint32_t slot) {
  deed.flags =
      static_cast<std::uint8_t>((deed.flags & ~DeedRecord::kPart) | slot << DeedRecord::kPartShift);
}

/// Of one product and slot there is one record.
void join_rebuy(std::vector<Rebuy>& into, const Rebuy& from) {
  const auto same = std::find_if(into.begin(), into.end(), [&](const Rebuy& other) {
    return other.product == from.product && other.slot == from.slot;
  });
  if (same == into.end()) {
    if (into.size() < 2 * Person::kMostRebuys) into.push_back(from);
    return;
  }
  same->last_s = std::max(same->last_s, from.last_s);
  same->log_gaps += from.log_gaps;
  same->gaps = static_cast<std::uint16_t>(std::min(65'535, same->gaps + from.gaps));
}

/// The oldest part becomes the person's own.
void settle_oldest(Person& person) {
  const JoinedPart part = std::move(person.parts.front());
  person.parts.erase(person.parts.begin());
  OwnMoments& own = person.own;
  own.first_seen_s = earlier(own.first_seen_s, part.facts.first_seen_s);
  own.first_order_s = earlier(own.first_order_s, part.facts.first_order_s);
  own.last_seen_s = std::max(own.last_seen_s, part.facts.last_seen_s);
  own.last_order_s = std::max(own.last_order_s, part.facts.last_order_s);
  own.last_open_s = std::max(own.last_open_s, part.facts.last_open_s);
  own.next_charge_s = std::max(own.next_charge_s, part.facts.next_charge_s);
  own.forgotten_until_s = std::max(own.forgotten_until_s, part.forgotten_until_s);
  if (own.account == 0) own.account = part.account;
  for (DeedRecord& deed : person.deeds)
    if (slot_of(deed) == part.slot) set_slot(deed, 0);
  std::vector<Exposure> all = std::move(person.exposures);
  person.exposures.clear();
  for (Exposure& exposure : all) {
    if (exposure.slot == part.slot) exposure.slot = 0;
    person.met(exposure);
  }
  const std::vector<Rebuy> products = std::move(person.rebuys);
  person.rebuys.clear();
  for (Rebuy rebuy : products) {
    if (rebuy.slot == part.slot) rebuy.slot = 0;
    join_rebuy(person.rebuys, rebuy);
  }
}

/// Orders after meeting an experiment, from the deeds, if these reach back so far.
void outcomes_again(Person& person, std::uint32_t window_s) {
  for (Exposure& exposure : person.exposures) {
    if (person.forgotten_until_s > exposure.at_s) continue;
    exposure.orders = 0;
    exposure.revenue = 0;
  }
  for (const DeedRecord& deed : person.deeds) {
    const bool order = deed.deed == Deed::order_completed;
    const bool back = deed.deed == Deed::order_cancelled || deed.deed == Deed::order_refunded;
    if (!order && !back) continue;
    for (Exposure& exposure : person.exposures) {
      if (person.forgotten_until_s > exposure.at_s || deed.at_s < exposure.at_s) continue;
      if (deed.at_s - exposure.at_s > window_s) continue;
      exposure.revenue += order ? deed.amount : -deed.amount;
      const int more = order ? 1 : deed.deed == Deed::order_cancelled ? -1 : 0;
      exposure.orders = static_cast<std::uint16_t>(std::clamp(exposure.orders + more, 0, 65'535));
    }
  }
}

std::uint32_t free_slot(const Person& person) {
  for (std::uint32_t slot = 1;; ++slot) {
    const bool taken = std::any_of(person.parts.begin(), person.parts.end(),
                                   [&](const JoinedPart& part) { return part.slot == slot; });
    if (!taken) return slot;
  }
}

}  // namespace

void Person::seen_at(std::uint32_t at_s) {
  facts.first_seen_s = earlier(facts.first_seen_s, at_s);
  facts.last_seen_s = std::max(facts.last_seen_s, at_s);
  own.first_seen_s = earlier(own.first_seen_s, at_s);
  own.last_seen_s = std::max(own.last_seen_s, at_s);
}

void Person::ordered_at(std::uint32_t at_s) {
  facts.first_order_s = earlier(facts.first_order_s, at_s);
  facts.last_order_s = std::max(facts.last_order_s, at_s);
  own.first_order_s = earlier(own.first_order_s, at_s);
  own.last_order_s = std::max(own.last_order_s, at_s);
}

void Person::opened_at(std::uint32_t at_s) {
  facts.last_open_s = std::max(facts.last_open_s, at_s);
  own.last_open_s = std::max(own.last_open_s, at_s);
}

void Person::charged_at(std::uint32_t next_s) { facts.next_charge_s = own.next_charge_s = next_s; }

void Person::buys_for(NameId of) { account = own.account = of; }

void Person::add_up(const Person& other, std::size_t most_deeds, std::uint32_t slot) {
  join_facts(facts, other.facts);
  for (DeedRecord deed : other.deeds) {
    set_slot(deed, slot);
    add(deed, most_deeds);
  }
  forgotten_until_s = std::max(forgotten_until_s, other.forgotten_until_s);
  likings_join(categories, other.categories);
  likings_join(brands, other.brands);
  likings_join(sizes, other.sizes);
  likings_join(sources, other.sources);
  for (Exposure exposure : other.exposures) {
    exposure.slot = static_cast<std::uint8_t>(slot);
    met(exposure);
  }
  for (Rebuy rebuy : other.rebuys) {
    rebuy.slot = static_cast<std::uint8_t>(slot);
    join_rebuy(rebuys, rebuy);
  }
  if (account == 0) account = other.account;
}

void Person::take_in(const Person& visitor, std::size_t most_deeds) {
  if (parts.empty()) {
    own = {facts.first_seen_s, facts.last_seen_s,   facts.first_order_s, facts.last_order_s,
           facts.last_open_s,  facts.next_charge_s, forgotten_until_s,   account};
  }
  if (parts.size() == kMostParts) settle_oldest(*this);
  JoinedPart part{.id = visitor.id,
                  .slot = free_slot(*this),
                  .forgotten_until_s = visitor.forgotten_until_s,
                  .likings_at_s = likings_at_s,
                  .account = visitor.account,
                  .facts = visitor.facts,
                  .categories = visitor.categories,
                  .brands = visitor.brands,
                  .sizes = visitor.sizes,
                  .sources = visitor.sources};
  add_up(visitor, most_deeds, part.slot);
  parts.push_back(std::move(part));
  std::erase(merged, visitor.id);
  if (merged.size() == kMostMerged) merged.erase(merged.begin());
  merged.push_back(visitor.id);
}

std::optional<Person> Person::give_back(std::string_view visitor, std::uint32_t half_life_s,
                                        std::uint32_t window_s) {
  const auto at = std::find_if(parts.begin(), parts.end(),
                               [&](const JoinedPart& part) { return part.id == visitor; });
  if (at == parts.end()) return std::nullopt;
  JoinedPart part = std::move(*at);
  parts.erase(at);
  std::erase(merged, part.id);
  const double age_s = likings_at_s > part.likings_at_s ? likings_at_s - part.likings_at_s : 0;
  const auto factor = static_cast<float>(std::exp2(-age_s / std::max(1U, half_life_s)));
  likings_part(categories, part.categories, factor);
  likings_part(brands, part.brands, factor);
  likings_part(sizes, part.sizes, factor);
  likings_part(sources, part.sources, factor);

  Person out;
  out.id = part.id;
  out.facts = part.facts;
  for (DeedRecord deed : deeds) {
    if (slot_of(deed) != part.slot) continue;
    set_slot(deed, 0);
    out.deeds.push_back(deed);
  }
  std::erase_if(deeds, [&](const DeedRecord& deed) { return slot_of(deed) == part.slot; });
  for (Exposure exposure : exposures) {
    if (exposure.slot != part.slot) continue;
    exposure.slot = 0;
    out.exposures.push_back(exposure);
  }
  for (Rebuy rebuy : rebuys) {
    if (rebuy.slot != part.slot) continue;
    rebuy.slot = 0;
    out.rebuys.push_back(rebuy);
  }
  std::erase_if(rebuys, [&](const Rebuy& other) { return other.slot == part.slot; });
  std::erase_if(exposures, [&](const Exposure& other) { return other.slot == part.slot; });
  out.forgotten_until_s = std::max(part.forgotten_until_s, forgotten_until_s);
  out.likings_at_s = likings_at_s;
  out.account = part.account;
  out.categories = std::move(part.categories);
  out.brands = std::move(part.brands);
  out.sizes = std::move(part.sizes);
  out.sources = std::move(part.sources);

  part_facts(facts, out.facts);
  moments_again(*this);
  order_days_again(*this);
  if (parts.empty()) own = {};
  outcomes_again(*this, window_s);
  outcomes_again(out, window_s);
  return out;
}

}  // namespace souk::segmentation
