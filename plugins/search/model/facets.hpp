// Facets: how many of the documents found have each value of an attribute, and where its numbers
// lie.
//
// Counted in each segment in the way that is least work there (ordinals.hpp), then added up by the
// ordinals of the segment with the largest dictionary. Exact, unless the others have more than
// kMostMerged values that it lacks: then the most frequent of them count and `exhaustive` is false.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plugins/search/model/number_override.hpp"

namespace souk::search {

/// A segment and what was found in it. `matches` is docs->count(), which the caller has anyway.
struct FoundIn {
  ColumnsView view;
  const DocSet* docs = nullptr;
  std::uint32_t matches = 0;
  /// The documents in order, where several facets are counted over few of them; else empty.
  std::span<const DocId> listed = {};

  [[nodiscard]] Ordinals::Counted counted() const { return {*docs, matches, listed}; }
};
/// Lists what was found where that is less than a quarter of the documents. `memory` holds it.
void list_documents(std::span<FoundIn> segments, std::vector<DocId>& memory);

enum class FacetOrder : std::uint8_t { count, alphabet };

struct FacetRequest {
  static constexpr std::uint32_t kMostValues = 10'000;
  std::string attribute;  ///< as Columns::find() takes it: also "categories.lvl1"
  std::uint32_t limit = 100;
  FacetOrder order = FacetOrder::count;
  bool number_values = true;  ///< of numbers count every value, not only statistics
  std::vector<std::pair<double, double>> ranges = {};  ///< of numbers, both ends included
};

struct FacetValue {
  std::string value;
  std::uint64_t count = 0;
  friend bool operator==(const FacetValue&, const FacetValue&) = default;
};

/// Of all the numbers that the documents found have.
struct FacetStatistics {
  double min = 0;
  double max = 0;
  double sum = 0;
  std::uint64_t count = 0;
  [[nodiscard]] double mean() const noexcept { return sum / static_cast<double>(count); }
};

struct Facet {
  std::string attribute;           ///< as it was asked for
  std::vector<FacetValue> values;  ///< by count then alphabet, or by alphabet (numbers: ascending)
  std::uint64_t distinct = 0;      ///< how many values there are in all
  bool exhaustive = true;          ///< counts are exact
  bool known = false;              ///< some segment has the attribute
  std::optional<FacetStatistics> statistics;
  std::vector<std::uint64_t> ranges;  ///< documents in each range asked for
};

/// Where the values of one column stand in the dictionary of another. Segments live long and have
/// most values in common, so this is worked out once for two of them. One a thread.
class OrdinalMaps {
 public:
  /// By ordinal of `from`: that of the same value in `into`, or Ordinals::kNone. Valid until the
  /// next call.
  const std::vector<Ordinal>& of(const TextColumn& from, const TextColumn& into);

 private:
  static constexpr std::size_t kMostKept = 2'000'000;  ///< ordinals, over all maps
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<Ordinal>> maps_;
  std::size_t kept_ = 0;
};

/// What counting writes on. One a thread, kept between requests.
struct FacetScratch {
  /// A value with its count: of the dictionary that most values are in, or one of the others'.
  struct Merged {
    std::uint64_t count = 0;
    Ordinal ordinal = Ordinals::kNone;
    std::uint32_t other = 0;  ///< in `others`, when there is no ordinal
  };
  struct Other {
    std::string_view value;
    std::string_view folded;
    std::uint64_t count = 0;
  };
  CountScratch counts;
  std::vector<OrdinalCount> ordinals;
  OrdinalMaps maps;
  std::vector<std::uint32_t> sums;  ///< by ordinal; zeros between requests
  std::vector<Merged> merged;
  std::vector<Other> others;
  std::vector<std::pair<double, std::uint64_t>> numbers;
  DocSet docs;
};

inline constexpr std::size_t kMostMerged = 100'000;

/// Any number of threads, each with its own scratch. An attribute that nobody has gives no values.
void count_facet(const FacetRequest& request, std::span<const FoundIn> segments,
                 FacetScratch& scratch, Facet& out);

/// The attributes that `facets: ["*"]` means, sorted: texts but ids, numbers, and of hierarchical
/// ones every level. At most `most`.
[[nodiscard]] std::vector<std::string> facet_attributes(std::span<const Columns* const> segments,
                                                        std::size_t most);

}  // namespace souk::search
