// Values of an attribute that match what was typed into a facet's search box.
//
// A value matches when each typed word begins one of its words; from five letters on a typing error
// is forgiven, from nine two (never in the first letter), but what needs none comes first. Only
// values of documents found are there, with their counts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/facets.hpp"
#include "plugins/search/model/highlight.hpp"

namespace souk::search {

struct FacetSearchRequest {
  static constexpr std::uint32_t kMostHits = 100;
  std::string attribute;
  std::string typed;  ///< empty: the most frequent values
  std::uint32_t limit = 10;
  HighlightStyle style;
};

struct FacetHit {
  std::string value;
  std::string highlighted;
  std::uint64_t count = 0;
};

struct FacetSearchResult {
  std::vector<FacetHit> hits;  ///< without typing errors first, then by count, then by alphabet
  bool exhaustive = true;      ///< every value was looked at
};

/// Any number of threads, each with its own scratches. At most kMostLooked values are compared,
/// those with most documents first, and as many again that begin with what was typed.
void search_facet(const FacetSearchRequest& request, std::span<const FoundIn> segments,
                  FacetScratch& scratch, HighlightScratch& marks, FacetSearchResult& out);
inline constexpr std::size_t kMostLooked = FacetRequest::kMostValues;

}  // namespace souk::search
