// Ids of answers, which clicks repeat. They carry the key of the query, so that a click teaches
// what is taken for it even where nobody reported the search itself, as Algolia's clients never do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace souk::search {

/// 32 lower-case hexadecimal digits, others for each request: the query's key (16), what tells
/// requests apart (12), a check of both (4).
[[nodiscard]] std::string query_id_of(std::string_view request_id, std::string_view query,
                                      std::int64_t now_us);

/// The key of the query in an id of ours; 0: it is another's, or of an empty query.
[[nodiscard]] std::uint64_t query_in_id(std::string_view id);

}  // namespace souk::search
