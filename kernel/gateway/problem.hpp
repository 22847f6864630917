// Problem documents (RFC 9457): what every failed request gets, whatever failed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/gateway/http/response.hpp"

namespace souk::gateway {

/// The HTTP status by which a code is told.
[[nodiscard]] int http_status(Code code) noexcept;
/// The code that an HTTP status amounts to.
[[nodiscard]] Code code_of_status(int status) noexcept;

struct Problem {
  int status = 500;
  Code code = Code::internal;
  std::string_view detail;
  std::string_view request_id;
  /// What is at fault, each with its place in the input; at most 100 are written.
  std::vector<std::pair<std::string, std::string>> errors;
};

/// {"type","title","status","detail","code","requestId","errors":[{"field","detail"}]} as
/// application/problem+json. 429 and 503 carry Retry-After.
[[nodiscard]] Response problem_response(const Problem& problem);
[[nodiscard]] Response problem_response(const Status& status, std::string_view request_id);

/// {"message","status"}: the form of the Algolia API, whose clients read the message.
[[nodiscard]] Response brief_response(const Problem& problem);

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace souk::gateway
