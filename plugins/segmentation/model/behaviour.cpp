#include "plugins/segmentation/model/behaviour.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace souk::segmentation {
namespace {

constexpr double kBehaviourDayS = 86'400;
constexpr double kUnknown = Predictions::kNone;

constexpr std::array<Behaviour, kBehaviours> kTable{{
    {"days with an order", "orders often", "orders rarely", BehaviourUnit::times},
    {"time since the last order", "has not ordered for long", "ordered lately",
     BehaviourUnit::days},
    {"money an order", "spends much an order", "spends little an order", BehaviourUnit::money},
    {"time known", "known for long", "new", BehaviourUnit::days},
    {"time between orders", "long between orders", "short between orders", BehaviourUnit::days},
    {"orders with a discount", "buys with discounts", "buys at full price", BehaviourUnit::share,
     false},
    {"products sent back", "sends much back", "keeps what it buys", BehaviourUnit::share, false},
    {"products an order", "large orders", "small orders", BehaviourUnit::times},
    {"views before an order", "looks long before buying", "buys quickly", BehaviourUnit::times},
    {"deeds on a telephone", "on a telephone", "at a desk", BehaviourUnit::share, false},
    {"clicks a message", "reads messages", "ignores messages", BehaviourUnit::share, false},
    {"the favourite category's share", "loyal to one category", "buys across categories",
     BehaviourUnit::share, false},
    {"typical price bought", "buys dear products", "buys cheap products", BehaviourUnit::money},
}};

double part_of(double part, double whole) { return whole > 0 ? part / whole : kUnknown; }

double days_since(std::uint32_t moment_s, std::uint32_t now_s) {
  if (moment_s == 0) return kUnknown;
  return std::max(0.0, (static_cast<double>(now_s) - moment_s) / kBehaviourDayS);
}

double heaviest_share(std::span<const Liking> likings) {
  double sum = 0;
  for (const Liking& liking : likings)
    sum += liking.weight;
  return likings.empty() ? kUnknown : part_of(likings.front().weight, sum);
}

}  // namespace

const std::array<Behaviour, kBehaviours>& behaviours() { return kTable; }

BehaviourValues behaviour_of(const Subject& subject, std::uint32_t now_s) {
  const Facts& f = *subject.facts;
  const auto done = [&](Deed deed) { return double{} + f.deeds[static_cast<std::size_t>(deed)]; };
  const double placed = done(Deed::order_completed);
  const double orders = std::max(0.0, placed - done(Deed::order_cancelled));
  BehaviourValues out{
      static_cast<double>(f.order_days),
      days_since(f.last_order_s, now_s),
      orders > 0 ? std::max(0.0, f.revenue) / orders : kUnknown,
      days_since(f.first_seen_s, now_s),
      f.order_days > 1 ? f.gap_days / (f.order_days - 1) : kUnknown,
      part_of(f.discounted_orders, placed),
      part_of(std::min(f.items_returned, f.items), f.items),
      part_of(f.items, placed),
      part_of(f.views_before_orders, placed),
      part_of(f.mobile, double{} + f.mobile + f.desktop),
      part_of(done(Deed::message_clicked), done(Deed::message_sent)),
      heaviest_share(subject.categories),
      f.prices > 0 ? std::exp(f.price_log_sum / f.prices) : kUnknown,
  };
  for (std::size_t i = 0; i < kBehaviours; ++i)
    if (kTable[i].logarithm && std::isfinite(out[i])) out[i] = std::log1p(out[i]);
  return out;
}

std::string behaviour_text(std::size_t behaviour, double kept) {
  const Behaviour& what = kTable[behaviour];
  const double value = what.logarithm ? std::expm1(kept) : kept;
  std::array<char, 48> text{};
  switch (what.unit) {
    case BehaviourUnit::days:
      std::snprintf(text.data(), text.size(), "%.0f days", value);
      break;
    case BehaviourUnit::share:
      std::snprintf(text.data(), text.size(), "%.0f %%", 100 * value);
      break;
    case BehaviourUnit::money:
      std::snprintf(text.data(), text.size(), "%.2f", value);
      break;
    case BehaviourUnit::times:
      std::snprintf(text.data(), text.size(), "%.1f", value);
      break;
  }
  return text.data();
}

}  // namespace souk::segmentation
