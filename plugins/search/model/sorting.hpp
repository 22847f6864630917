// The first so many of what was found, by any attributes, without sorting the rest.
//
// In each segment ordinals are compared, not values; when much was found and little is wanted, the
// sorted order of the first attribute is walked until there is enough. Only what leads in its
// segment is compared by value with what leads in the others.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/facets.hpp"
#include "souk/result.hpp"

namespace souk::search {

/// A document of a corpus.
struct DocRef {
  std::uint32_t segment = 0;
  DocId doc = 0;
  friend auto operator<=>(const DocRef&, const DocRef&) = default;
};

struct SortKey {
  std::string attribute;  ///< empty: by distance from SortRequest::around
  bool descending = false;
};

/// By the first key, where that is the same by the second, …; then by segment and document, which
/// is by quality. Of a document with several values counts the one that leads: the smallest
/// ascending, the largest descending. What says nothing comes last, either way. Numbers come before
/// texts when an attribute has both.
struct SortRequest {
  static constexpr std::size_t kMostKeys = 8;
  std::vector<SortKey> keys;
  GeoPoint around = {};
};

/// "price asc, rating desc", "price:asc", "-price". An empty text and "relevance" have no keys.
/// INVALID_ARGUMENT with `field` and the column.
[[nodiscard]] Result<SortRequest> parse_sort(std::string_view text, std::string_view field);
/// Is there something to sort by? INVALID_ARGUMENT names the nearest attribute. `visible` as in
/// check_attributes().
[[nodiscard]] Status check_sort(const SortRequest& request,
                                std::span<const Columns* const> segments, std::string_view field,
                                std::span<const DocSet> visible = {});

/// Documents [offset, offset + limit) of what was found, in order; fewer, or none, at the end. Any
/// offset: beyond the end nothing is sorted. Any number of threads.
void sort_found(const SortRequest& request, std::span<const FoundIn> segments, std::uint64_t offset,
                std::uint32_t limit, std::vector<DocRef>& out);

}  // namespace souk::search
