// Everything a segment's products say that can be filtered, counted or sorted by: texts, numbers,
// places and groups, in columns. Built once from documents, never changed.
//
// What can be asked of columns has a header of its own:
//   filter.hpp             texts and lists of a request → Filter
//   filter_evaluation.hpp  Filter × Columns → DocSet
//   facets.hpp             DocSets × Columns → counts and statistics, over segments
//   facet_search.hpp       values of an attribute that match what was typed
//   sorting.hpp            DocSets × Columns → the first k by any attributes, over segments
//   distinct.hpp           one hit a group
//   number_override.hpp    prices of one account
//
// Any number of threads may read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/dictionary.hpp"
#include "plugins/search/model/ordinals.hpp"
#include "plugins/search/model/places.hpp"

namespace souk::search {

struct Document;

/// One attribute that is text. Of a hierarchical one every level is a value: a product in "A > B"
/// has "A" and "A > B".
struct TextColumn {
  std::uint64_t id = 0;  ///< of no other column of this process: what is derived is kept under it
  std::string name;
  bool hierarchical = false;
  bool facetable = true;  ///< not ids: `facets: ["*"]` leaves them out
  Dictionary dictionary;
  Ordinals ordinals;
  std::vector<std::uint8_t> depths;  ///< by ordinal, of a hierarchical one: 0 for "A"

  [[nodiscard]] std::size_t memory_bytes() const noexcept;
};

/// One attribute that is a number: prices in major units, times in seconds since 1970.
struct NumberColumn {
  std::string name;
  std::vector<double> values;  ///< by ordinal, ascending, all different and finite
  Ordinals ordinals;

  /// The ordinals of the values in [low, high], as [first, end).
  [[nodiscard]] std::pair<Ordinal, Ordinal> between(double low, double high) const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
};

/// Which products are variants of one.
class Groups {
 public:
  Groups() = default;
  explicit Groups(std::span<const Document> documents);

  /// Says the same in every segment and in every process; 0 when the product stands alone.
  [[nodiscard]] std::uint64_t key(DocId doc) const noexcept {
    return keys_.empty() ? 0 : keys_[doc];
  }
  [[nodiscard]] bool any() const noexcept { return !keys_.empty(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return keys_.capacity() * 8; }

 private:
  std::vector<std::uint64_t> keys_;  ///< by document; empty when all stand alone
};

struct ColumnsSettings {
  /// Attributes whose values are paths, "A > B > C".
  std::vector<std::string> hierarchical = {"categories"};
  /// Attributes of one segment, texts and numbers each; the ones with most products are kept.
  std::uint32_t most_attributes = 2000;
  /// Values of one product for one attribute; the first are kept.
  std::uint32_t most_values = 500;
};

/// What an attribute's name means in one segment. Both may be there: sizes 42 and "L".
struct Attribute {
  const TextColumn* text = nullptr;
  const NumberColumn* number = nullptr;
  int level = -1;  ///< of "categories.lvl1": 1; only the values of that depth count

  explicit operator bool() const noexcept { return text != nullptr || number != nullptr; }
};

class Columns {
 public:
  Columns() = default;
  /// Document n of `documents` is n here. One core: about 200 000 products with ten values each a
  /// second. What is too long, not finite or too much is left out and counted in dropped().
  static Columns build(std::span<const Document> documents, const ColumnsSettings& settings = {});

  [[nodiscard]] std::uint32_t documents() const noexcept { return documents_; }

  /// Attributes by name. Found as written; else in small letters; else as "attributes.NAME" or
  /// "options.NAME"; else under another name of the same (category, tag, _tags, objectID, …). A
  /// hierarchical attribute also has levels: "categories.lvl0", ….
  [[nodiscard]] Attribute find(std::string_view name) const;
  /// As written, nothing else.
  [[nodiscard]] const TextColumn* text(std::string_view name) const noexcept;
  [[nodiscard]] const NumberColumn* number(std::string_view name) const noexcept;

  [[nodiscard]] std::span<const TextColumn> texts() const noexcept { return texts_; }
  [[nodiscard]] std::span<const NumberColumn> numbers() const noexcept { return numbers_; }
  [[nodiscard]] const Places& places() const noexcept { return places_; }
  [[nodiscard]] const Groups& groups() const noexcept { return groups_; }

  /// Everything it holds.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  /// Values that were left out.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  friend class ColumnsBuilder;
  [[nodiscard]] Attribute exactly(std::string_view name) const noexcept;

  std::uint32_t documents_ = 0;
  std::vector<TextColumn> texts_;      ///< by name
  std::vector<NumberColumn> numbers_;  ///< by name
  Places places_;
  Groups groups_;
  std::uint64_t dropped_ = 0;
};

/// Other names that an attribute has in requests, in the order in which they are tried.
[[nodiscard]] std::string_view other_name(std::string_view name) noexcept;

}  // namespace souk::search
