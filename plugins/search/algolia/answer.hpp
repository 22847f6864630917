// An answer of the engine → one element of `results`, with every member that InstantSearch and the
// official clients look at, also when it is empty.
#pragma once

#include <cstdint>
#include <string>

#include "plugins/search/algolia/parameters.hpp"
#include "plugins/search/algolia/question.hpp"
#include "plugins/search/serve/finder.hpp"

namespace souk::search::algolia {

/// Appends the JSON object. `query_id` is empty when it was not asked for.
void append_result(const Parameters& parameters, const Target& target, const Asked& asked,
                   const Sources& sources, const Finder& finder, const Answer& answer,
                   std::string_view query_id, std::uint64_t took_us, std::string& out);

/// One hit: the record, its highlights and snippets.
void append_hit(const Parameters& parameters, const Target& target, const Sources& sources,
                const Question& question, const Finder& finder, const Hit& hit, std::string& out);

/// Values of a facet that match what was typed.
void append_facet_hits(const FacetSearchResult& found, std::uint64_t took_us, std::string& out);

}  // namespace souk::search::algolia
