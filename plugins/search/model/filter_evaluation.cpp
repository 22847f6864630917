#include "plugins/search/model/filter_evaluation.hpp"

#include <algorithm>
#include <numeric>

namespace souk::search {
namespace {

using Kind = FilterNode::Kind;

// Of so many documents the rest of an AND is asked one by one: about where that costs as much as
// the bits of a whole segment.
constexpr std::uint32_t kFew = 64;

}  // namespace

// ---- sets ----

void SegmentFilter::test_set(Node node, DocSet& out) const {
  const FilterTest& test = filter_.tests[filter_.nodes[node].test];
  const Bound& bound = bound_[filter_.nodes[node].test];
  switch (test.relation) {
    case Relation::near:
      return view_.columns->places().add_near(test.point, test.high, out);
    case Relation::inside:
      for (const GeoBox& box : test.boxes)
        view_.columns->places().add_inside(box, out);
      for (const GeoPolygon& polygon : test.polygons)
        view_.columns->places().add_inside(polygon, out);
      return;
    case Relation::missing:
      if (bound.text != nullptr && bound.level < 0) bound.text->ordinals.add_present(out);
      if (bound.number) bound.number.add_present(out);
      break;
    default:
      break;
  }
  for (const auto& [first, end] : bound.ranges)
    bound.text->ordinals.add_range(first, end, out);
  for (const auto& [low, high] : bound.intervals)
    bound.number.add_between(low, high, out);
  if (test.relation == Relation::missing) out.complement();
}

void SegmentFilter::node_set(Node node, DocSet& out) const {
  const FilterNode& what = filter_.nodes[node];
  switch (what.kind) {
    case Kind::test:
      return test_set(node, out);
    case Kind::all:
      return all_set(what.children, out);
    case Kind::any:
      return any_set(what.children, out);
    case Kind::negation:
      node_set(what.children[0], out);
      out.complement();
      return;
  }
}

void SegmentFilter::any_set(std::span<const Node> parts, DocSet& out) const {
  DocSet part;
  for (const Node node : parts) {
    // A test only adds: many values of one attribute need one set.
    const bool adds = filter_.nodes[node].kind == Kind::test &&
                      filter_.tests[filter_.nodes[node].test].relation != Relation::missing;
    if (adds) {
      test_set(node, out);
      continue;
    }
    part.reset(documents_);
    node_set(node, part);
    out |= part;
  }
}

void SegmentFilter::all_set(std::span<const Node> parts, DocSet& out) const {
  std::vector<Node> order(parts.begin(), parts.end());
  std::sort(order.begin(), order.end(),
            [&](Node a, Node b) { return estimates_[a] < estimates_[b]; });
  if (order.empty()) return out.reset(documents_, true);
  node_set(order.front(), out);
  for (std::size_t i = 1; i < order.size(); ++i)
    narrow(order[i], out);
}

// Keeps of `out` those for which the node holds.
void SegmentFilter::narrow(Node node, DocSet& out) const {
  const FilterNode& what = filter_.nodes[node];
  if (what.kind == Kind::negation) {
    DocSet not_these(documents_);
    node_set(what.children[0], not_these);
    out.subtract(not_these);
    return;
  }
  std::uint32_t seen = 0;
  out.for_each_while([&](DocId) { return ++seen <= kFew; });
  if (seen <= kFew) {
    DocSet kept(documents_);
    out.for_each([&](DocId doc) {
      if (node_holds(node, doc)) kept.add(doc);
    });
    out = std::move(kept);
    return;
  }
  DocSet part(documents_);
  node_set(node, part);
  out &= part;
}

void SegmentFilter::evaluate(const DocSet& within, DocSet& out) const {
  out = within;
  std::vector<Node> order = parts();
  std::sort(order.begin(), order.end(),
            [&](Node a, Node b) { return estimates_[a] < estimates_[b]; });
  for (const Node node : order)
    narrow(node, out);
}

void SegmentFilter::evaluate(const DocSet& within, KnownParts& known, DocSet& out) const {
  out = within;
  std::vector<Node> others;
  for (const Node node : parts()) {
    std::string text = part_text(filter_, node);
    const auto end = known.parts_.begin() + static_cast<std::ptrdiff_t>(known.used_);
    const auto at = std::find_if(known.parts_.begin(), end,
                                 [&text](const auto& part) { return part.text == text; });
    if (at != end) {
      out &= at->docs;
    } else if (text.empty() || known.used_ >= KnownParts::kMost) {
      others.push_back(node);
    } else {
      if (known.used_ == known.parts_.size()) known.parts_.emplace_back();
      KnownParts::Part& made = known.parts_[known.used_++];
      made.text = std::move(text);
      made.docs.reset(documents_);
      node_set(node, made.docs);
      out &= made.docs;
    }
  }
  for (const Node node : others)
    narrow(node, out);
}

std::vector<SegmentFilter::Node> SegmentFilter::parts() const {
  if (filter_.empty()) return {};
  const auto root = static_cast<Node>(filter_.nodes.size() - 1);
  if (filter_.nodes[root].kind == Kind::all) return filter_.nodes[root].children;
  return {root};
}

bool SegmentFilter::only_about(Node node, const Attribute& attribute, std::string_view name) const {
  const FilterNode& what = filter_.nodes[node];
  if (what.kind != Kind::test) {
    return !what.children.empty() &&
           std::all_of(what.children.begin(), what.children.end(),
                       [&](Node child) { return only_about(child, attribute, name); });
  }
  const Bound& bound = bound_[what.test];
  const FilterTest& test = filter_.tests[what.test];
  if (test.relation == Relation::near || test.relation == Relation::inside) return false;
  if (test.attribute == name) return true;
  return attribute && bound.text == attribute.text && bound.number.column == attribute.number;
}

void SegmentFilter::evaluate_without(const DocSet& within, std::span<const std::string> attributes,
                                     DocSet& all, std::vector<DocSet>& out) const {
  const std::vector<Node> nodes = parts();
  std::vector<DocSet> sets(nodes.size());
  all = within;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    sets[i].reset(documents_);
    node_set(nodes[i], sets[i]);
    all &= sets[i];
  }
  out.resize(attributes.size());
  for (std::size_t a = 0; a < attributes.size(); ++a) {
    const Attribute attribute = view_.columns->find(attributes[a]);
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!only_about(nodes[i], attribute, attributes[a])) others.push_back(i);
    }
    if (others.size() == nodes.size()) {
      out[a] = all;
      continue;
    }
    out[a] = within;
    for (const std::size_t i : others)
      out[a] &= sets[i];
  }
}

// ---- one document ----

bool SegmentFilter::says_anything(const Bound& bound, DocId doc) const {
  if (bound.text != nullptr && bound.level < 0 &&
      bound.text->ordinals.lowest(doc) != Ordinals::kNone)
    return true;
  const double lowest = bound.number ? bound.number.lowest(doc) : NumberView::kMissing;
  return lowest == lowest;
}

bool SegmentFilter::test_holds(Node node, DocId doc) const {
  const FilterTest& test = filter_.tests[filter_.nodes[node].test];
  const Bound& bound = bound_[filter_.nodes[node].test];
  if (test.relation == Relation::near)
    return view_.columns->places().nearest(doc, test.point) <= test.high;
  if (test.relation == Relation::inside) {
    const auto inside = [&](const auto& area) { return view_.columns->places().inside(doc, area); };
    return std::any_of(test.boxes.begin(), test.boxes.end(), inside) ||
           std::any_of(test.polygons.begin(), test.polygons.end(), inside);
  }
  const bool found =
      std::any_of(bound.ranges.begin(), bound.ranges.end(),
                  [&](const auto& range) {
                    return bound.text->ordinals.has_between(doc, range.first, range.second);
                  }) ||
      std::any_of(bound.intervals.begin(), bound.intervals.end(), [&](const Interval& interval) {
        return bound.number.has_between(doc, interval.first, interval.second);
      });
  if (test.relation != Relation::missing) return found;
  return !found && !says_anything(bound, doc);
}

bool SegmentFilter::node_holds(Node node, DocId doc) const {
  const FilterNode& what = filter_.nodes[node];
  const auto child_holds = [&](Node child) { return node_holds(child, doc); };
  switch (what.kind) {
    case Kind::test:
      return test_holds(node, doc);
    case Kind::all:
      return std::all_of(what.children.begin(), what.children.end(), child_holds);
    case Kind::any:
      return std::any_of(what.children.begin(), what.children.end(), child_holds);
    case Kind::negation:
      return !node_holds(what.children[0], doc);
  }
  return false;
}

bool SegmentFilter::holds(DocId doc) const {
  return filter_.empty() || node_holds(static_cast<Node>(filter_.nodes.size() - 1), doc);
}

}  // namespace souk::search
