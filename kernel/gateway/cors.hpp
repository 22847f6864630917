// Cross-origin requests (the Fetch standard): which page may call with which key, and what a
// browser is told before it does.
#pragma once

#include <string>
#include <string_view>

#include "kernel/gateway/http/request.hpp"
#include "kernel/gateway/http/response.hpp"
#include "kernel/gateway/key_ring.hpp"

namespace souk::gateway {

/// How long a browser may remember a preflight, in seconds.
inline constexpr int kPreflightSeconds = 900;

/// Appends the headers that let a page at `origin` read an answer given to `key` (nullptr: the key
/// is not known, so any key that allows the origin will do). Nothing when it is not allowed.
void append_cors_headers(const KeyRing& ring, const ApiKey* key, std::string_view origin,
                         std::string& out);

/// The answer to OPTIONS: 204, for a preflight of an allowed origin with what may be sent. `allow`
/// are the path's methods ("GET, HEAD"), empty when there is no such path.
[[nodiscard]] Response options_response(const KeyRing& ring, const Request& request,
                                        std::string_view allow);

}  // namespace souk::gateway
