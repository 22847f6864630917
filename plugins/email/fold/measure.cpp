// What messages bring: clicks that become orders, and the comparison with those who were held out.
#include <algorithm>
#include <cmath>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "plugins/email/email.hpp"

namespace souk::email {
namespace {

constexpr std::uint64_t kHoldoutSeed = 0x686f'6c64'6f75'7431;
/// A scanner's further links come so soon after its first.
constexpr std::int64_t kRetractUs = 10'000'000;

/// The same lot for the same person and flow, for ever: 0 to 1.
double lot_of(std::string_view shopper, std::string_view flow) {
  std::string text(shopper);
  text.push_back('\0');
  text += flow;
  const std::uint64_t hash = XXH3_64bits_withSeed(text.data(), text.size(), kHoldoutSeed);
  return static_cast<double>(hash >> 11U) * 0x1p-53;
}

}  // namespace

double Email::holdout_of(const std::string& flow) const {
  const auto own = own_holdouts_.find(flow);
  return own != own_holdouts_.end() ? own->second : holdout_;
}

bool Email::held_out(Person& person, const Flow& flow) {
  const double share = flow.transactional ? 0 : holdout_of(flow.id);
  if (share <= 0) return false;
  const std::uint16_t number = book_.find(flow.id);
  for (const Mark& mark : person.rare().marks) {
    if (mark.flow == number && mark.kind != Mark::clicked) return mark.kind == Mark::held_out;
  }
  const bool out = lot_of(person.id(), flow.id) < share;
  // Clicks whose time is over make room first.
  SmallList<Mark>& marks = person.own_rare().marks;
  marks.erase_if([&](const Mark& mark) {
    return mark.kind == Mark::clicked && mark.at_s + click_window_s_ < now_s_;
  });
  (void)marks.push_bounded({number, out ? Mark::held_out : Mark::treated, 0, now_s_, 0, kNoFlow, 0},
                           People::kMostMarks);
  FlowMeasures& measures = measures_.of(number);
  ++(out ? measures.holdout : measures.treated).people;
  souk::v1::ExperimentExposed event;
  event.set_experiment_id("email:" + flow.id);
  event.set_variant(out ? "holdout" : "treated");
  (void)publish(event, {.shopper_id = person.id()});
  return out;
}

void Email::measure_order(Person& person, double amount, std::string_view currency,
                          std::uint32_t at_s) {
  // Money of another currency can't be added; the order counts all the same.
  const bool countable = std::isfinite(amount) && (currency.empty() || currency == currency_);
  const double revenue = countable ? amount : 0;
  if (person.rare().marks.empty()) return;
  Mark* last = nullptr;
  for (Mark& mark : person.own_rare().marks) {
    if (at_s < mark.at_s) continue;
    if (mark.kind == Mark::clicked) {
      const bool in_window = at_s - mark.at_s <= click_window_s_;
      if (in_window && (last == nullptr || last->at_s <= mark.at_s)) last = &mark;
      continue;
    }
    if (at_s - mark.at_s > horizon_s_ || holdout_of(book_.flows()[mark.flow].id) <= 0) continue;
    FlowMeasures& measures = measures_.of(mark.flow);
    const auto before = static_cast<double>(mark.revenue);
    mark.revenue = static_cast<float>(before + revenue);
    (mark.kind == Mark::held_out ? measures.holdout : measures.treated)
        .grow(before, static_cast<double>(mark.revenue), mark.bought == 0);
    mark.bought = 1;
  }
  if (last == nullptr) return;
  FlowMeasures& measures = measures_.of(last->flow);
  ++measures.orders;
  measures.revenue += revenue;
  const std::string variant = last->variant < names_.size() ? names_[last->variant] : "";
  each_slice(last->flow, person, variant, [&](SliceFigures& slice) {
    ++slice.orders;
    slice.revenue += revenue;
  });
}

template <class Count>
void Email::each_slice(std::uint16_t flow, const Person& person, std::string_view variant,
                       Count&& count) {
  FlowMeasures& measures = measures_.of(flow);
  if (SliceFigures* slice = Measures::slice(measures.variants, variant); slice != nullptr)
    count(*slice);
  for (const std::uint16_t segment : person.segments) {
    if (SliceFigures* slice = Measures::slice(measures.segments, names_[segment]); slice != nullptr)
      count(*slice);
  }
}

void Email::measure_message(const JournalEntry& entry, MessageStage stage) {
  const std::uint16_t flow = book_.find(entry.flow_id);
  const PersonNumber number = people_.find(entry.shopper_id);
  if (flow == kNoFlow) return;
  const Person nobody;
  each_slice(flow, number == kNobody ? nobody : people_.at(number), entry.variant,
             [&](SliceFigures& slice) {
               ++(stage == MessageStage::sent     ? slice.sent
                  : stage == MessageStage::opened ? slice.opened
                                                  : slice.clicked);
             });
}

void Email::mark_click(PersonNumber number, std::uint16_t flow, std::string_view variant,
                       std::int64_t at_us) {
  if (number == kNobody || flow == kNoFlow) return;
  SmallList<Mark>& marks = people_.at(number).own_rare().marks;
  marks.erase_if([&](const Mark& mark) { return mark.kind == Mark::clicked && mark.flow == flow; });
  const std::uint16_t name = variant.empty() ? kNoFlow : name_number(variant);
  const auto at_s =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(at_us / 1'000'000, 1, now_s_));
  if (marks.size() < People::kMostMarks)
    marks.push_back({flow, Mark::clicked, 0, at_s, 0, name, 0});
}

void Email::retract_click(JournalEntry& entry, std::int64_t now_us) {
  const std::uint16_t flow = book_.find(entry.flow_id);
  if (flow == kNoFlow) return;
  ++measures_.of(flow).machine_clicks;
  if (!entry.was_clicked || now_us - entry.clicked_us > kRetractUs) return;
  entry.was_clicked = false;
  entry.stage = entry.was_opened ? MessageStage::opened : MessageStage::sent;
  ++measures_.of(flow).machine_clicks;
  FlowFigures& figures = book_.figures(entry.flow_id);
  if (figures.clicked > 0) --figures.clicked;
  const PersonNumber number = people_.find(entry.shopper_id);
  if (number == kNobody) return;
  Person& person = people_.at(number);
  person.erase_rare_if(&Rare::marks, [&](const Mark& mark) {
    return mark.kind == Mark::clicked && mark.flow == flow;
  });
  each_slice(flow, person, entry.variant, [](SliceFigures& slice) {
    if (slice.clicked > 0) --slice.clicked;
  });
}

}  // namespace souk::email
