// Counts of values that are texts; part of facets.cpp.
#pragma once

#include <span>

#include "plugins/search/model/facets.hpp"

namespace souk::search {

/// Fills the values of `out`, how many there are, and whether any segment has the attribute.
/// `request.limit` is bounded.
void count_texts(const FacetRequest& request, std::span<const FoundIn> segments,
                 FacetScratch& scratch, Facet& out);

}  // namespace souk::search
