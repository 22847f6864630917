#include "plugins/search/model/sorting.hpp"

#include <algorithm>
#include <memory>

namespace souk::search {
namespace {

/// What a document is sorted by. Numbers before texts, what says nothing last.
struct KeyValue {
  enum Kind : std::uint8_t { number, text, missing };
  Kind kind = missing;
  double value = 0;  ///< smaller is better; of a text its ordinal, which says nothing elsewhere
};

// Negative, 0, positive.
int compare(const KeyValue& a, const KeyValue& b) {
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.kind == KeyValue::missing || a.value == b.value) return 0;
  return a.value < b.value ? -1 : 1;
}

/// One key in one segment.
struct KeyColumn {
  bool descending = false;
  bool distance = false;
  const TextColumn* text = nullptr;
  int level = -1;
  NumberView number;

  [[nodiscard]] Ordinal ordinal(DocId doc) const {
    if (level < 0) return descending ? text->ordinals.highest(doc) : text->ordinals.lowest(doc);
    Ordinal found = Ordinals::kNone;
    text->ordinals.for_each(doc, [&](Ordinal o) {
      if (text->depths[o] == level && (descending || found == Ordinals::kNone)) found = o;
    });
    return found;
  }
};

/// The order of one segment's documents.
class SegmentOrder {
 public:
  SegmentOrder(const SortRequest& request, const ColumnsView& view)
      : request_(request), view_(view) {
    for (const SortKey& key : request.keys) {
      KeyColumn& column = columns_.emplace_back();
      column.descending = key.descending;
      column.distance = key.attribute.empty();
      if (column.distance) continue;
      const Attribute attribute = view.columns->find(key.attribute);
      column.text = attribute.text;
      column.level = attribute.level;
      column.number = view.number(attribute.number);
      for (const NumberOverride* const override : view.overrides) {
        if (!column.number && override->attribute() == key.attribute)
          column.number.override = override;
      }
    }
  }

  [[nodiscard]] KeyValue value(std::size_t key, DocId doc) const {
    const KeyColumn& column = columns_[key];
    const double sign = column.descending ? -1 : 1;
    if (column.distance) {
      const double metres = view_.columns->places().nearest(doc, request_.around);
      if (metres == Places::kNowhere) return {};
      return {KeyValue::number, sign * metres};
    }
    if (column.number) {
      const double number =
          column.descending ? column.number.highest(doc) : column.number.lowest(doc);
      if (number == number) return {KeyValue::number, sign * number};
    }
    if (column.text == nullptr) return {};
    const Ordinal ordinal = column.ordinal(doc);
    if (ordinal == Ordinals::kNone) return {};
    return {KeyValue::text, sign * ordinal};
  }

  /// The text behind a value of kind text.
  [[nodiscard]] std::pair<std::string_view, std::string_view> text(std::size_t key,
                                                                   DocId doc) const {
    const KeyColumn& column = columns_[key];
    const Ordinal ordinal = column.ordinal(doc);
    return {column.text->dictionary.folded(ordinal), column.text->dictionary.value(ordinal)};
  }

  /// The sorted order of the first key, when it alone says who leads.
  [[nodiscard]] const Ordinals* walkable() const {
    const KeyColumn& first = columns_.front();
    if (first.distance || first.number.override != nullptr || first.level >= 0) return nullptr;
    if (first.text != nullptr && first.number.column != nullptr) return nullptr;
    if (first.text != nullptr) return &first.text->ordinals;
    return first.number.column != nullptr ? &first.number.column->ordinals : nullptr;
  }
  [[nodiscard]] bool descending(std::size_t key = 0) const { return columns_[key].descending; }
  [[nodiscard]] std::size_t keys() const { return columns_.size(); }

 private:
  const SortRequest& request_;
  ColumnsView view_;
  std::vector<KeyColumn> columns_;
};

struct Candidate {
  KeyValue first;
  DocId doc = 0;
};

/// Who of two of one segment comes first.
struct Before {
  const SegmentOrder* order;
  bool operator()(const Candidate& a, const Candidate& b) const {
    int compared = compare(a.first, b.first);
    for (std::size_t key = 1; compared == 0 && key < order->keys(); ++key)
      compared = compare(order->value(key, a.doc), order->value(key, b.doc));
    return compared != 0 ? compared < 0 : a.doc < b.doc;
  }
};

// Goes along the sorted order until `want` are there and with them all that are equal to the last.
// False when the order ends before.
bool walk(const SegmentOrder& order, const Ordinals& ordinals, const FoundIn& found,
          std::size_t want, std::vector<Candidate>& out) {
  for (Ordinal step = 0; step < ordinals.values(); ++step) {
    const Ordinal ordinal = order.descending() ? ordinals.values() - 1 - step : step;
    for (const DocId doc : ordinals.documents_of(ordinal)) {
      if (!found.docs->contains(doc)) continue;
      // With several values it stands where the one that leads stands.
      if (!ordinals.single_valued() &&
          (order.descending() ? ordinals.highest(doc) : ordinals.lowest(doc)) != ordinal)
        continue;
      out.push_back({order.value(0, doc), doc});
    }
    if (out.size() >= want) return true;
  }
  out.clear();
  return false;
}

void first_of_segment(const SegmentOrder& order, const FoundIn& found, std::size_t want,
                      std::vector<Candidate>& out) {
  out.clear();
  const Before before{&order};
  want = std::min<std::size_t>(want, found.matches);
  const double steps = static_cast<double>(want) * found.docs->size() / (found.matches + 1.0);
  const Ordinals* const sorted = order.walkable();
  const bool walked =
      sorted != nullptr && steps * 2 < found.matches && walk(order, *sorted, found, want, out);
  if (!walked && want * 4 >= found.matches) {
    out.reserve(found.matches);
    found.docs->for_each([&](DocId doc) { out.push_back({order.value(0, doc), doc}); });
  } else if (!walked) {
    out.reserve(want + 1);  // a heap with the last of the first on top
    found.docs->for_each([&](DocId doc) {
      const Candidate candidate{order.value(0, doc), doc};
      if (out.size() == want && !before(candidate, out.front())) return;
      out.push_back(candidate);
      std::push_heap(out.begin(), out.end(), before);
      if (out.size() <= want) return;
      std::pop_heap(out.begin(), out.end(), before);
      out.pop_back();
    });
  }
  const auto end = out.begin() + static_cast<std::ptrdiff_t>(std::min(want, out.size()));
  std::partial_sort(out.begin(), end, out.end(), before);
  out.erase(end, out.end());
}

/// Who of two of different segments comes first: by what the ordinals stand for.
class CorpusOrder {
 public:
  explicit CorpusOrder(const std::vector<SegmentOrder>& orders) : orders_(orders) {}

  bool operator()(const DocRef& a, const DocRef& b) const {
    const SegmentOrder& of_a = orders_[a.segment];
    const SegmentOrder& of_b = orders_[b.segment];
    for (std::size_t key = 0; key < of_a.keys(); ++key) {
      const KeyValue left = of_a.value(key, a.doc);
      const KeyValue right = of_b.value(key, b.doc);
      int compared = 0;
      if (left.kind == KeyValue::text && right.kind == KeyValue::text) {
        const auto left_text = of_a.text(key, a.doc), right_text = of_b.text(key, b.doc);
        compared = left_text < right_text ? -1 : left_text == right_text ? 0 : 1;
        if (of_a.descending(key)) compared = -compared;
      } else {
        compared = compare(left, right);
      }
      if (compared != 0) return compared < 0;
    }
    return a < b;
  }

 private:
  const std::vector<SegmentOrder>& orders_;
};

}  // namespace

void sort_found(const SortRequest& request, std::span<const FoundIn> segments, std::uint64_t offset,
                std::uint32_t limit, std::vector<DocRef>& out) {
  out.clear();
  std::uint64_t total = 0;
  for (const FoundIn& found : segments)
    total += found.matches;
  if (offset >= total || limit == 0) return;
  const auto want =
      static_cast<std::size_t>(offset + std::min<std::uint64_t>(limit, total - offset));

  if (request.keys.empty()) {
    std::uint64_t passed = 0;
    for (std::uint32_t s = 0; s < segments.size() && out.size() < want - offset; ++s) {
      segments[s].docs->for_each_while([&](DocId doc) {
        if (passed++ >= offset) out.push_back({s, doc});
        return out.size() < want - offset;
      });
    }
    return;
  }

  std::vector<SegmentOrder> orders;
  orders.reserve(segments.size());
  std::vector<Candidate> candidates;
  std::size_t with_any = 0;
  for (std::uint32_t s = 0; s < segments.size(); ++s) {
    orders.emplace_back(request, segments[s].view);
    if (segments[s].matches == 0) continue;
    ++with_any;
    first_of_segment(orders.back(), segments[s], want, candidates);
    for (const Candidate& candidate : candidates)
      out.push_back({s, candidate.doc});
  }
  if (with_any > 1) {
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(want);
    std::partial_sort(out.begin(), end, out.end(), CorpusOrder(orders));
    out.erase(end, out.end());
  }
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace souk::search
