// Bodies of Algolia's routes: JSON in, JSON out.
#pragma once

#include <simdjson.h>

#include <string>

#include "souk/result.hpp"
#include "souk/v1/http_body.souk.hpp"

namespace souk::search::algolia {

/// The object in a body, {} for an empty one; it lives as long as the parser, and until its next
/// use. INVALID_ARGUMENT for everything else.
Result<simdjson::dom::object> parse(const souk::v1::HttpBody& body, simdjson::dom::parser& parser);

void answer_json(std::string json, souk::v1::HttpBody& reply);

}  // namespace souk::search::algolia
