// What the parts of the Algolia-compatible API that write share: bodies read, answers written.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"

namespace souk::gateway {

/// INVALID_ARGUMENT with Algolia's words for a body that is no JSON. The element lives as long as
/// the parser, and until its next use.
Result<simdjson::dom::element> parse_algolia(simdjson::dom::parser& parser, std::string_view body);

[[nodiscard]] Status algolia_invalid(std::string what);

/// "2026-11-22T10:00:00.000Z" in quotes, as these APIs write times.
[[nodiscard]] std::string algolia_time(std::int64_t time_us);

/// The text in quotes.
[[nodiscard]] std::string algolia_text(std::string_view text);

}  // namespace souk::gateway
