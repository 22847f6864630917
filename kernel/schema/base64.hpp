// Base64 (RFC 4648): read in either alphabet, with or without padding; written in the standard one.
// Used inside this room only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace souk::schema {

/// Decodes into `out`, which must have room for text.size() bytes and may be the text itself.
/// Returns the end of what was written, or nullptr when the text is not base64.
char* decode_base64(std::string_view text, char* out) noexcept;

void append_base64(std::string& out, std::string_view bytes);

}  // namespace souk::schema
