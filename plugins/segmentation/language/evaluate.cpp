// What a compiled condition says of a subject.
#include <algorithm>
#include <cmath>

#include "plugins/segmentation/language/condition.hpp"

namespace souk::segmentation {
namespace {

/// What can't be foretold is asked again after this.
constexpr std::uint32_t kSoonS = 3'600;

std::uint32_t plus(std::uint32_t moment, std::uint32_t seconds) {
  return moment > Value::kForever - seconds ? Value::kForever : moment + seconds;
}

bool compare(Operation operation, double left, double right) {
  switch (operation) {
    case Operation::equal:
      return left == right;
    case Operation::unequal:
      return left != right;
    case Operation::less:
      return left < right;
    case Operation::at_most:
      return left <= right;
    case Operation::greater:
      return left > right;
    case Operation::at_least:
      return left >= right;
    default:
      return false;
  }
}

bool named(const DeedTest& test, const DeedRecord& deed, const Subject& subject) {
  NameId name = deed.product;
  if (test.property == DeedTest::Property::category) name = deed.category;
  if (test.property == DeedTest::Property::brand) name = subject.world->brand_of(deed.product);
  const bool among = std::any_of(test.names.begin(), test.names.end(), [&](NameId wanted) {
    if (name == wanted) return true;
    return test.property == DeedTest::Property::category && subject.world->within(name, wanted);
  });
  return among == (test.comparison == Operation::equal);
}

bool passes(const DeedTest& test, const DeedRecord& deed, const Subject& subject) {
  switch (test.property) {
    case DeedTest::Property::amount:
      return compare(test.comparison, deed.amount, test.number);
    case DeedTest::Property::quantity:
      return compare(test.comparison, deed.quantity, test.number);
    case DeedTest::Property::discounted:
      return (deed.flags & DeedRecord::kDiscounted) != 0;
    case DeedTest::Property::mobile:
      return (deed.flags & DeedRecord::kMobile) != 0;
    default:
      return named(test, deed, subject);
  }
}

bool passes(const DeedFilter& filter, const DeedRecord& deed, const Subject& subject) {
  if (deed.deed != filter.deed) return false;
  return std::all_of(filter.tests.begin(), filter.tests.end(),
                     [&](const DeedTest& test) { return passes(test, deed, subject); });
}

/// Deeds that may lie within a window: those from the first that is young enough. Clocks of senders
/// differ, so deeds are in order of time, see Person.
std::span<const DeedRecord> within(const Subject& subject, std::uint32_t window_s,
                                   std::uint32_t now_s) {
  if (window_s == 0 || window_s > now_s) return subject.deeds;
  const auto young =
      std::partition_point(subject.deeds.begin(), subject.deeds.end(),
                           [&](const DeedRecord& deed) { return deed.at_s <= now_s - window_s; });
  return {young, subject.deeds.end()};
}

/// Adds up what passes; the answer is good until the oldest of it leaves the window.
Value counted(const Node& node, const Subject& subject, std::uint32_t now_s) {
  const DeedFilter& filter = node.deeds.front();
  if (node.window_s == 0 && filter.tests.empty() && node.operation == Operation::count) {
    return {.number =
                static_cast<double>(subject.facts->deeds[static_cast<std::size_t>(filter.deed)])};
  }
  Value out;
  for (const DeedRecord& deed : within(subject, node.window_s, now_s)) {
    if (!passes(filter, deed, subject)) continue;
    out.number += node.operation == Operation::sum ? deed.amount : 1;
    if (node.window_s != 0 && out.until_s == Value::kForever) {
      out.until_s = plus(deed.at_s, node.window_s);
    }
  }
  return out;
}

/// How many different products or categories.
Value distinct(const Node& node, const Subject& subject, std::uint32_t now_s) {
  constexpr std::size_t kMost = 256;
  std::array<NameId, kMost> seen{};
  std::size_t number = 0;
  Value out;
  for (const DeedRecord& deed : within(subject, node.window_s, now_s)) {
    if (!passes(node.deeds.front(), deed, subject)) continue;
    if (node.window_s != 0 && out.until_s == Value::kForever) {
      out.until_s = plus(deed.at_s, node.window_s);
    }
    const NameId name = node.operation == Operation::products ? deed.product : deed.category;
    const auto end = seen.begin() + static_cast<std::ptrdiff_t>(number);
    if (name == 0 || number == kMost || std::find(seen.begin(), end, name) != end) continue;
    seen[number++] = name;
  }
  out.number = static_cast<double>(number);
  return out;
}

Value since(const Node& node, const Subject& subject, std::uint32_t now_s) {
  const DeedFilter& filter = node.deeds.front();
  const auto match = [&](const DeedRecord& deed) { return passes(filter, deed, subject); };
  const DeedRecord* found = nullptr;
  if (node.operation == Operation::since_first) {
    const auto first = std::find_if(subject.deeds.begin(), subject.deeds.end(), match);
    if (first != subject.deeds.end()) found = &*first;
  } else {
    const auto last = std::find_if(subject.deeds.rbegin(), subject.deeds.rend(), match);
    if (last != subject.deeds.rend()) found = &*last;
  }
  if (found == nullptr) return {.number = std::nan("")};
  return {.number = static_cast<double>(now_s) - found->at_s, .slope = 1};
}

Value share(std::span<const Liking> likings, NameId wanted, const Subject& subject, bool tree) {
  double part = 0;
  double all = 0;
  for (const Liking& liking : likings) {
    all += liking.weight;
    const bool same = liking.name == wanted || (tree && subject.world->within(liking.name, wanted));
    if (same) part += liking.weight;
  }
  return {.number = all > 0 ? part / all : 0};
}

Value property(const Node& node, const Subject& subject) {
  for (const Attribute& attribute : subject.attributes)
    if (attribute.name == node.names.front())
      return {.number = static_cast<double>(attribute.value)};
  return {.number = 0};
}

Value forecast(const Node& node, const Subject& subject, std::uint32_t now_s) {
  Value out{.number = std::nan(""), .until_s = plus(now_s, 86'400)};
  if (subject.predictor == nullptr) return out;
  if (node.operation == Operation::uplift) {
    out.number = subject.predictor->uplift(subject, now_s, node.text, node.variant);
    return out;
  }
  out.number = subject.predictor->expected_orders(subject, now_s, node.window_s);
  if (node.operation == Operation::expected_value) {
    out.number *= subject.predictor->predict(subject, now_s).order_value;
  }
  return out;
}

Value calculated(Operation operation, const Value& left, const Value& right, std::uint32_t now_s) {
  Value out{.until_s = std::min(left.until_s, right.until_s)};
  switch (operation) {
    case Operation::plus:
      out.number = left.number + right.number;
      out.slope = left.slope + right.slope;
      break;
    case Operation::minus:
      out.number = left.number - right.number;
      out.slope = left.slope - right.slope;
      break;
    case Operation::times:
      out.number = left.number * right.number;
      out.slope = left.slope * right.number + left.number * right.slope;
      if (left.slope != 0 && right.slope != 0)
        out.until_s = std::min(out.until_s, plus(now_s, kSoonS));
      break;
    default:
      // Nothing divided by nothing is nothing; anything else divided by nothing can't be said.
      out.number = right.number != 0 ? left.number / right.number : std::nan("");
      out.slope = right.number != 0 ? left.slope / right.number : 0;
      if (right.slope != 0) out.until_s = std::min(out.until_s, plus(now_s, kSoonS));
      break;
  }
  return out;
}

/// The comparison now, and when the difference, if it grows or falls, will be zero.
Outcome compared(Operation operation, const Value& left, const Value& right, std::uint32_t now_s) {
  Outcome out{compare(operation, left.number, right.number), std::min(left.until_s, right.until_s)};
  const double difference = left.number - right.number;
  const double slope = left.slope - right.slope;
  if (slope == 0 || std::isnan(difference)) return out;
  const double crossing = -difference / slope;
  if (crossing < 0) return out;
  // On the very second of the crossing <= and >= change, a second later < and > do.
  const double seconds =
      crossing == std::floor(crossing) && crossing > 0 ? crossing : std::floor(crossing) + 1;
  if (seconds < 4e9)
    out.until_s = std::min(out.until_s, plus(now_s, static_cast<std::uint32_t>(seconds)));
  return out;
}

/// Whether the steps were done in their order within the window; good until the latest possible
/// first step leaves it.
Outcome in_sequence(const Node& node, const Subject& subject, std::uint32_t now_s) {
  const auto deeds = within(subject, node.window_s, now_s);
  std::size_t step = node.deeds.size();
  for (std::size_t at = deeds.size(); at-- > 0;) {
    if (!passes(node.deeds[step - 1], deeds[at], subject)) continue;
    if (--step == 0) return {true, plus(deeds[at].at_s, node.window_s)};
  }
  return {false, Value::kForever};
}

Outcome joined(const std::vector<Node>& nodes, const Node& node, const Subject& subject,
               std::uint32_t now_s) {
  const Outcome left = outcome_of(nodes, node.left, subject, now_s);
  // `both` is settled by a part that fails, `either` by one that holds: only that part's change
  // matters then.
  const bool settles = node.operation == Operation::either;
  if (left.holds == settles) return left;
  const Outcome right = outcome_of(nodes, node.right, subject, now_s);
  if (right.holds == settles) return right;
  return {!settles, std::min(left.until_s, right.until_s)};
}

}  // namespace

Value value_of(const std::vector<Node>& nodes, std::uint32_t at, const Subject& subject,
               std::uint32_t now_s) {
  const Node& node = nodes[at];
  switch (node.operation) {
    case Operation::constant:
      return {.number = node.number};
    case Operation::field:
      return node.field->read(subject, now_s);
    case Operation::count:
    case Operation::sum:
      return counted(node, subject, now_s);
    case Operation::products:
    case Operation::categories:
      return distinct(node, subject, now_s);
    case Operation::since_last:
    case Operation::since_first:
      return since(node, subject, now_s);
    case Operation::attribute:
      return property(node, subject);
    case Operation::category_share:
      return share(subject.categories, node.names.front(), subject, true);
    case Operation::brand_share:
      return share(subject.brands, node.names.front(), subject, false);
    case Operation::expected_orders:
    case Operation::expected_value:
    case Operation::uplift:
      return forecast(node, subject, now_s);
    case Operation::plus:
    case Operation::minus:
    case Operation::times:
    case Operation::over:
      return calculated(node.operation, value_of(nodes, node.left, subject, now_s),
                        value_of(nodes, node.right, subject, now_s), now_s);
    default:
      break;
  }
  const Outcome outcome = outcome_of(nodes, at, subject, now_s);
  return {.number = outcome.holds ? 1.0 : 0.0, .until_s = outcome.until_s};
}

Outcome outcome_of(const std::vector<Node>& nodes, std::uint32_t at, const Subject& subject,
                   std::uint32_t now_s) {
  const Node& node = nodes[at];
  switch (node.operation) {
    case Operation::both:
    case Operation::either:
      return joined(nodes, node, subject, now_s);
    case Operation::negation: {
      const Outcome inner = outcome_of(nodes, node.left, subject, now_s);
      return {!inner.holds, inner.until_s};
    }
    case Operation::equal:
    case Operation::unequal:
    case Operation::less:
    case Operation::at_most:
    case Operation::greater:
    case Operation::at_least:
      return compared(node.operation, value_of(nodes, node.left, subject, now_s),
                      value_of(nodes, node.right, subject, now_s), now_s);
    case Operation::one_of: {
      const Value left = value_of(nodes, node.left, subject, now_s);
      const bool found = std::any_of(node.names.begin(), node.names.end(), [&](NameId name) {
        return static_cast<double>(name) == left.number;
      });
      return {found, left.until_s};
    }
    case Operation::in_segment:
      return {std::binary_search(subject.segments.begin(), subject.segments.end(), node.segment),
              Value::kForever};
    case Operation::has_tag:
      return {std::find(subject.tags.begin(), subject.tags.end(), node.names.front()) !=
                  subject.tags.end(),
              Value::kForever};
    case Operation::in_group:
      if (subject.predictor == nullptr) return {};
      if (subject.group == Subject::kNotAsked) {
        subject.group = subject.predictor->group(subject, now_s);
      }
      return {subject.group == static_cast<std::uint32_t>(node.number), plus(now_s, 86'400)};
    case Operation::sequence:
      return in_sequence(node, subject, now_s);
    default:
      break;
  }
  const Value value = value_of(nodes, at, subject, now_s);
  return {value.number != 0 && !std::isnan(value.number), value.until_s};
}

Outcome Condition::evaluate(const Subject& subject, std::uint32_t now_s) const {
  return outcome_of(nodes_, static_cast<std::uint32_t>(nodes_.size() - 1), subject, now_s);
}

}  // namespace souk::segmentation
