#include "plugins/search/model/number_override.hpp"

#include <algorithm>
#include <cmath>

namespace souk::search {

NumberOverride::NumberOverride(std::string attribute, std::uint32_t documents,
                               std::vector<std::pair<DocId, double>> values)
    : attribute_(std::move(attribute)), changed_(documents), values_(std::move(values)) {
  std::erase_if(values_, [documents](const auto& entry) {
    return entry.first >= documents || !std::isfinite(entry.second);
  });
  std::sort(values_.begin(), values_.end());
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  values_.erase(std::unique(values_.begin(), values_.end(), same), values_.end());
  sorted_.reserve(values_.size());
  for (const auto& [doc, value] : values_) {
    changed_.add(doc);
    sorted_.emplace_back(value, doc);
  }
  std::sort(sorted_.begin(), sorted_.end());
}

double NumberOverride::value(DocId doc) const noexcept {
  const auto found =
      std::lower_bound(values_.begin(), values_.end(), doc,
                       [](const auto& entry, DocId wanted) { return entry.first < wanted; });
  return found != values_.end() && found->first == doc ? found->second : NumberView::kMissing;
}

void NumberOverride::add_between(double low, double high, DocSet& out) const {
  auto at = std::lower_bound(sorted_.begin(), sorted_.end(), std::pair(low, DocId{0}));
  for (; at != sorted_.end() && at->first <= high; ++at)
    out.add(at->second);
}

double NumberView::lowest(DocId doc) const noexcept {
  if (overridden(doc)) return override->value(doc);
  const Ordinal ordinal = column == nullptr ? Ordinals::kNone : column->ordinals.lowest(doc);
  return ordinal == Ordinals::kNone ? kMissing : column->values[ordinal];
}

double NumberView::highest(DocId doc) const noexcept {
  if (overridden(doc)) return override->value(doc);
  const Ordinal ordinal = column == nullptr ? Ordinals::kNone : column->ordinals.highest(doc);
  return ordinal == Ordinals::kNone ? kMissing : column->values[ordinal];
}

bool NumberView::has_between(DocId doc, double low, double high) const noexcept {
  if (overridden(doc)) {
    const double value = override->value(doc);
    return value >= low && value <= high;
  }
  if (column == nullptr) return false;
  bool any = false;
  column->ordinals.for_each(doc, [&](Ordinal ordinal) {
    const double value = column->values[ordinal];
    any = any || (value >= low && value <= high);
  });
  return any;
}

void NumberView::add_between(double low, double high, DocSet& out) const {
  const auto [first, end] =
      column == nullptr ? std::pair<Ordinal, Ordinal>(0, 0) : column->between(low, high);
  if (override == nullptr) {
    if (first < end) column->ordinals.add_range(first, end, out);
    return;
  }
  DocSet found(out.size());
  if (first < end) column->ordinals.add_range(first, end, found);
  found.subtract(override->changed());
  override->add_between(low, high, found);
  out |= found;
}

void NumberView::add_present(DocSet& out) const {
  if (column != nullptr) column->ordinals.add_present(out);
  if (override != nullptr) out |= override->changed();
}

std::size_t NumberView::estimate(double low, double high) const noexcept {
  std::size_t pairs = override == nullptr ? 0 : override->changed().size() / 4;
  if (column == nullptr) return pairs;
  const auto [first, end] = column->between(low, high);
  if (first < end) pairs += column->ordinals.begin_of(end) - column->ordinals.begin_of(first);
  return pairs;
}

NumberView ColumnsView::number(const NumberColumn* column) const noexcept {
  NumberView view{column, nullptr};
  if (column == nullptr) return view;
  for (const NumberOverride* const override : overrides) {
    if (override->attribute() == column->name) view.override = override;
  }
  return view;
}

}  // namespace souk::search
