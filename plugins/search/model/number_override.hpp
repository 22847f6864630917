// Numbers that are different for one account: the prices of its price list. A product that the list
// names has these numbers in place of its own, in filters, sorts and facets alike; the others keep
// theirs. As large as the list, not as the catalog.
//
// Immutable once built: any number of threads may read.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/search/model/columns.hpp"

namespace souk::search {

class NumberOverride {
 public:
  /// For documents of a segment that has `documents` of them, each at most once; what is not finite
  /// or beyond the segment is left out.
  NumberOverride(std::string attribute, std::uint32_t documents,
                 std::vector<std::pair<DocId, double>> values);

  [[nodiscard]] const std::string& attribute() const noexcept { return attribute_; }
  /// Whose numbers these are.
  [[nodiscard]] const DocSet& changed() const noexcept { return changed_; }
  /// Of a document in changed().
  [[nodiscard]] double value(DocId doc) const noexcept;
  /// Adds the changed documents whose number lies in [low, high].
  void add_between(double low, double high, DocSet& out) const;
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return changed_.memory_bytes() + values_.capacity() * sizeof(values_[0]) +
           sorted_.capacity() * sizeof(sorted_[0]);
  }

 private:
  std::string attribute_;
  DocSet changed_;
  std::vector<std::pair<DocId, double>> values_;  ///< by document
  std::vector<std::pair<double, DocId>> sorted_;
};

/// A number attribute of a segment as one account sees it. Either part may be missing.
struct NumberView {
  const NumberColumn* column = nullptr;
  const NumberOverride* override = nullptr;
  static constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

  explicit operator bool() const noexcept { return column != nullptr || override != nullptr; }
  [[nodiscard]] bool overridden(DocId doc) const noexcept {
    return override != nullptr && override->changed().contains(doc);
  }
  /// The smallest and the largest of the document's numbers, or kMissing.
  [[nodiscard]] double lowest(DocId doc) const noexcept;
  [[nodiscard]] double highest(DocId doc) const noexcept;
  [[nodiscard]] bool has_between(DocId doc, double low, double high) const noexcept;
  /// Adds the documents with a number in [low, high], or with any.
  void add_between(double low, double high, DocSet& out) const;
  void add_present(DocSet& out) const;
  /// About how many documents add_between() adds.
  [[nodiscard]] std::size_t estimate(double low, double high) const noexcept;
};

/// A segment's columns as one account sees them. The parts outlive the view.
struct ColumnsView {
  const Columns* columns = nullptr;
  std::span<const NumberOverride* const> overrides = {};  ///< of different attributes

  [[nodiscard]] NumberView number(const NumberColumn* column) const noexcept;
};

}  // namespace souk::search
