#include "plugins/segmentation/model/exposure.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "plugins/segmentation/model/behaviour.hpp"
#include "plugins/segmentation/model/shop_churn.hpp"

namespace souk::segmentation {
namespace {

static_assert(kUpliftColumns == kBehaviours + 3);
/// Behaviours that facts_at() takes back to an earlier moment.
constexpr std::array<std::size_t, 7> kTakenBack{0, 1, 2, 3, 4, 5, 7};

/// The upper half of a float, rounded to even.
std::uint16_t half_of(double value) {
  if (std::isnan(value)) return 0x7fc0;
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16U & 1U)) >> 16U);
}

double from_half(std::uint16_t half) {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16U));
}

}  // namespace

const std::array<UpliftColumn, kUpliftColumns>& uplift_columns() {
  static const auto columns = [] {
    std::array<UpliftColumn, kUpliftColumns> out;
    for (std::size_t i = 0; i < kBehaviours; ++i)
      out[i] = {behaviours()[i].high, behaviours()[i].low};
    out[kBehaviours] = {"visits often", "visits rarely"};
    out[kBehaviours + 1] = {"was not here for long", "was here lately"};
    out[kBehaviours + 2] = {"looked at much since the last order",
                            "looked at little since the last order"};
    return out;
  }();
  return columns;
}

std::optional<UpliftValues> uplift_values(const Subject& subject, std::uint32_t at_s) {
  constexpr std::uint32_t kClocksDifferS = 3'600;
  const Facts& now = *subject.facts;
  const bool late = now.last_order_s > at_s || now.last_seen_s > at_s + kClocksDifferS;
  const auto facts = late ? facts_at(subject, at_s) : std::optional<Facts>(now);
  if (!facts) return std::nullopt;
  Subject then = subject;
  then.facts = &*facts;
  const BehaviourValues all = behaviour_of(then, at_s);
  UpliftValues out;
  out.fill(Predictions::kNone);
  if (late) {
    // Of the rest it can't be said what it was then.
    for (const std::size_t column : kTakenBack)
      out[column] = all[column];
  } else {
    std::copy(all.begin(), all.end(), out.begin());
    out[kBehaviours] = std::log1p(now.visits);
    out[kBehaviours + 2] = std::log1p(now.views_since_order);
  }
  std::uint32_t seen_s = std::min(now.last_seen_s, at_s);
  if (late) {
    seen_s = 0;
    for (const DeedRecord& deed : subject.deeds)
      if (deed.at_s <= at_s) seen_s = deed.at_s;
  }
  if (seen_s != 0) out[kBehaviours + 1] = std::log1p((at_s - seen_s) / 86'400.0);
  return out;
}

void Exposure::keep(const UpliftValues& values) {
  for (std::size_t i = 0; i < kUpliftColumns; ++i)
    before[i] = half_of(values[i]);
}

UpliftValues Exposure::values() const {
  UpliftValues out;
  for (std::size_t i = 0; i < kUpliftColumns; ++i)
    out[i] = from_half(before[i]);
  return out;
}

}  // namespace souk::segmentation
