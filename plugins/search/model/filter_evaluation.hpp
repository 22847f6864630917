// Which documents of a segment a filter lets through.
//
// Each test becomes a set of documents: bits that the segment keeps for frequent values, stretches
// of the sorted order for ranges. The parts of an AND are taken by their estimated size, the
// smallest first; once few documents are left, the other parts are asked document by document.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/search/model/filter.hpp"
#include "plugins/search/model/number_override.hpp"

namespace souk::search {

/// Are the attributes there, and can they be compared like that? INVALID_ARGUMENT, with `field`,
/// names the nearest attribute that there is and the column. Attributes that every shop may have
/// one day (brand, price, rating, …) are known before any product has them, and of no products
/// nothing is asked. For Souk's dialect; in Algolia's what nobody has matches nothing. With
/// `visible`, a set for each segment, an attribute that only other products have is not there and
/// nobody's neighbour.
[[nodiscard]] Status check_attributes(const Filter& filter,
                                      std::span<const Columns* const> segments,
                                      std::string_view field, std::span<const DocSet> visible = {});

/// The attribute names nearest to a wrong one, the best first, at most `most`.
[[nodiscard]] std::vector<std::string> near_attributes(std::string_view wrong,
                                                       std::span<const Columns* const> segments,
                                                       std::size_t most,
                                                       std::span<const DocSet> visible = {});

/// What parts of filters let through of one segment, by what the parts say: questions that have
/// most of their parts in common find each once. One thread. Keeps its memory.
class KnownParts {
 public:
  void clear() { used_ = 0; }

 private:
  friend class SegmentFilter;
  static constexpr std::size_t kMost = 16;
  struct Part {
    std::string text;
    DocSet docs;
  };
  std::vector<Part> parts_;
  std::size_t used_ = 0;  ///< the first ones
};

/// A filter bound to one segment. The filter and the parts of the view outlive it. Any number of
/// threads may use it; binding costs a search of each value, 0.2 µs.
class SegmentFilter {
 public:
  /// `now_s`: seconds since 1970, for `age_days`.
  SegmentFilter(const Filter& filter, const ColumnsView& view, double now_s);

  /// Replaces `out` by those of `within` for which the filter holds. Not the same set.
  void evaluate(const DocSet& within, DocSet& out) const;
  /// The same, with what is known of its parts, and makes the others known. `known` has seen no
  /// other segment and no other prices.
  void evaluate(const DocSet& within, KnownParts& known, DocSet& out) const;
  [[nodiscard]] bool holds(DocId doc) const;

  /// The same with the filter's parts taken apart: `out[i]` are those that remain when the parts on
  /// `attributes[i]` alone are left out, so that a facet counts what else could be chosen; `all` is
  /// what evaluate() gives. Parts are evaluated once. An attribute without parts of its own gives
  /// `all` again.
  void evaluate_without(const DocSet& within, std::span<const std::string> attributes, DocSet& all,
                        std::vector<DocSet>& out) const;

 private:
  using Interval = std::pair<double, double>;
  struct Bound {
    std::vector<std::pair<Ordinal, Ordinal>> ranges;  ///< of the text's ordinals
    const TextColumn* text = nullptr;
    NumberView number;
    std::vector<Interval> intervals;
    int level = -1;
    std::size_t estimate = 0;  ///< documents it holds for, about
  };
  using Node = std::uint32_t;

  void bind(const FilterTest& test, Bound& bound, double now_s) const;
  void bind_equal(const FilterTest& test, Bound& bound) const;
  void bind_level(Bound& bound) const;
  bool bind_age(const FilterTest& test, Bound& bound, double now_s) const;
  [[nodiscard]] std::size_t estimate(const FilterTest& test, const Bound& bound) const;
  void estimate_nodes();
  void test_set(Node node, DocSet& out) const;
  void node_set(Node node, DocSet& out) const;
  void all_set(std::span<const Node> parts, DocSet& out) const;
  void any_set(std::span<const Node> parts, DocSet& out) const;
  void narrow(Node node, DocSet& out) const;
  [[nodiscard]] bool test_holds(Node node, DocId doc) const;
  [[nodiscard]] bool node_holds(Node node, DocId doc) const;
  [[nodiscard]] bool says_anything(const Bound& bound, DocId doc) const;
  [[nodiscard]] bool only_about(Node node, const Attribute& attribute, std::string_view name) const;
  [[nodiscard]] std::vector<Node> parts() const;

  const Filter& filter_;
  ColumnsView view_;
  std::uint32_t documents_ = 0;
  std::vector<Bound> bound_;            ///< by test
  std::vector<std::size_t> estimates_;  ///< by node
};

}  // namespace souk::search
