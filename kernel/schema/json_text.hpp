// JSON strings. Used inside this room only; append_json_string is in json_schema.hpp for others.
#pragma once

#include <string>
#include <string_view>

namespace souk::schema {

/// Appends UTF-8 text as a JSON string with quotes.
void append_valid_json_string(std::string& out, std::string_view text);

}  // namespace souk::schema
