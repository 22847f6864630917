// A souk.v1.HttpBody as an HTTP answer, for methods that speak another protocol than ours.
#pragma once

#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/gateway/http/response.hpp"

namespace souk::gateway {

/// `status` where the message names none. INTERNAL when its bytes are no HttpBody, its status is
/// not from 200 to 599, a header has a line break or control character, or is one of those that
/// frame the message or let other origins in. Any thread.
[[nodiscard]] Result<Response> raw_response(std::string_view http_body, int status);

}  // namespace souk::gateway
