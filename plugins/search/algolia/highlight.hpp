// `_highlightResult` and `_snippetResult` of a record: its texts with the matched words marked.
// Nothing is escaped: clients of this API do that themselves, and know the marks by their tags.
#pragma once

#include "plugins/search/algolia/json_value.hpp"
#include "plugins/search/algolia/parameters.hpp"
#include "plugins/search/model/highlight.hpp"

namespace souk::search::algolia {

/// Of the same shape as the record; numbers and truth values are left out.
[[nodiscard]] JsonValue highlights_of(const JsonValue& record, const Highlighter& highlighter,
                                      const Parameters& parameters, HighlightScratch& scratch);
[[nodiscard]] JsonValue snippets_of(const JsonValue& record, const Highlighter& highlighter,
                                    const Parameters& parameters, HighlightScratch& scratch);

}  // namespace souk::search::algolia
