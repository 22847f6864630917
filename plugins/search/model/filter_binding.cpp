// Filters meet the attributes of a segment.
#include <algorithm>
#include <cmath>
#include <limits>

#include "plugins/search/model/filter_evaluation.hpp"
#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

using Kind = FilterNode::Kind;
constexpr double kDayS = 86'400;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

SegmentFilter::SegmentFilter(const Filter& filter, const ColumnsView& view, double now_s)
    : filter_(filter), view_(view), documents_(view.columns->documents()) {
  bound_.resize(filter.tests.size());
  for (std::size_t i = 0; i < filter.tests.size(); ++i) {
    bind(filter.tests[i], bound_[i], now_s);
    bound_[i].estimate = std::min<std::size_t>(estimate(filter.tests[i], bound_[i]), documents_);
  }
  estimate_nodes();
}

void SegmentFilter::bind(const FilterTest& test, Bound& bound, double now_s) const {
  if (test.relation == Relation::near || test.relation == Relation::inside) return;
  const Attribute attribute = view_.columns->find(test.attribute);
  bound.text = attribute.text;
  bound.level = attribute.level;
  bound.number = view_.number(attribute.number);
  // A price list may have prices where the segment has none.
  for (const NumberOverride* const override : view_.overrides) {
    if (!bound.number && override->attribute() == test.attribute) bound.number.override = override;
  }
  if (!attribute && !bound.number && bind_age(test, bound, now_s)) return;
  switch (test.relation) {
    case Relation::equal:
      return bind_equal(test, bound);
    case Relation::between:
      if (bound.number) bound.intervals.emplace_back(test.low, test.high);
      return;
    case Relation::missing:
      return bind_level(bound);
    case Relation::truth:
      if (bound.text != nullptr) {
        const auto range = bound.text->dictionary.find_folded("true");
        if (range.first < range.second) bound.ranges.push_back(range);
      }
      if (bound.number) {
        bound.intervals.emplace_back(-kInfinity, -std::numeric_limits<double>::denorm_min());
        bound.intervals.emplace_back(std::numeric_limits<double>::denorm_min(), kInfinity);
      }
      return;
    default:
      return;
  }
}

void SegmentFilter::bind_equal(const FilterTest& test, Bound& bound) const {
  for (const std::string& value : test.values) {
    if (bound.text != nullptr) {
      const TextColumn& column = *bound.text;
      const std::string wanted =
          folded_value(column.hierarchical ? tidy_path(value) : std::string(value));
      const auto [first, end] = column.dictionary.find_folded(wanted);
      for (Ordinal ordinal = first; ordinal < end; ++ordinal) {
        // Ids are the same or they are not.
        if (!column.facetable && column.dictionary.value(ordinal) != value) continue;
        if (bound.level >= 0 && column.depths[ordinal] != bound.level) continue;
        bound.ranges.emplace_back(ordinal, ordinal + 1);
      }
    }
    if (!bound.number) continue;
    if (const auto number = read_number(value))
      bound.intervals.emplace_back(*number, *number);
    else if (const auto time = read_time(value))
      bound.intervals.emplace_back(time->first, time->last);
  }
}

// Of a level it says something when one of its values has that depth.
void SegmentFilter::bind_level(Bound& bound) const {
  if (bound.level < 0) return;
  for (Ordinal ordinal = 0; ordinal < bound.text->depths.size(); ++ordinal) {
    if (bound.text->depths[ordinal] == bound.level) bound.ranges.emplace_back(ordinal, ordinal + 1);
  }
}

// `age_days` where products say when they were created.
bool SegmentFilter::bind_age(const FilterTest& test, Bound& bound, double now_s) const {
  if (!same_letters(test.attribute, "age_days")) return false;
  bound.number = view_.number(view_.columns->number("created_at"));
  if (!bound.number) return false;
  if (test.relation == Relation::between) {
    bound.intervals.emplace_back(now_s - test.high * kDayS, now_s - test.low * kDayS);
  } else if (test.relation == Relation::equal) {
    for (const std::string& value : test.values) {
      const auto days = read_number(value);
      if (days) bound.intervals.emplace_back(now_s - (*days + 1) * kDayS, now_s - *days * kDayS);
    }
  } else if (test.relation == Relation::truth) {
    bound.intervals.emplace_back(-kInfinity, kInfinity);
  }
  return true;
}

std::size_t SegmentFilter::estimate(const FilterTest& test, const Bound& bound) const {
  std::size_t pairs = 0;
  for (const auto& [first, end] : bound.ranges)
    pairs += bound.text->ordinals.begin_of(end) - bound.text->ordinals.begin_of(first);
  for (const auto& [low, high] : bound.intervals)
    pairs += bound.number.estimate(low, high);
  if (test.relation == Relation::near || test.relation == Relation::inside) return documents_ / 2;
  if (test.relation != Relation::missing) return pairs;
  if (bound.text != nullptr && bound.level < 0) pairs = bound.text->ordinals.documents_present();
  if (bound.number.column != nullptr)
    pairs = std::max<std::size_t>(pairs, bound.number.column->ordinals.documents_present());
  return documents_ - std::min<std::size_t>(pairs, documents_);
}

void SegmentFilter::estimate_nodes() {
  estimates_.reserve(filter_.nodes.size());
  for (const FilterNode& node : filter_.nodes) {  // children stand before their parents
    std::size_t made = 0;
    switch (node.kind) {
      case Kind::test:
        made = bound_[node.test].estimate;
        break;
      case Kind::all:
        made = documents_;
        for (const Node child : node.children)
          made = std::min(made, estimates_[child]);
        break;
      case Kind::any:
        for (const Node child : node.children)
          made += estimates_[child];
        break;
      case Kind::negation:
        made = documents_ - estimates_[node.children[0]];
        break;
    }
    estimates_.push_back(std::min<std::size_t>(made, documents_));
  }
}

}  // namespace souk::search
