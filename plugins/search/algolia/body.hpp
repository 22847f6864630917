// Bodies of Algolia's routes: JSON in, JSON out.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "souk/result.hpp"
#include "souk/v1/http_body.souk.hpp"

namespace souk::search::algolia {

/// The object in a body, {} for an empty one; it lives as long as the parser, and until its next
/// use. INVALID_ARGUMENT for everything else.
Result<simdjson::dom::object> parse(const souk::v1::HttpBody& body, simdjson::dom::parser& parser);

/// The objects of the list `requests` in a body, at most `most`; they live as parse()'s does.
/// `list` says in errors what the list should be, such as "a list of searches", `things` what it
/// holds.
Result<std::vector<simdjson::dom::object>> parse_requests(const souk::v1::HttpBody& body,
                                                          simdjson::dom::parser& parser,
                                                          std::size_t most, std::string_view list,
                                                          std::string_view things = "requests");

/// The text that is a member; empty when it is not there, or no text.
[[nodiscard]] std::string text_member(const simdjson::dom::object& object, const char* name);

void answer_json(std::string json, souk::v1::HttpBody& reply);

}  // namespace souk::search::algolia
