// Where a request carries its key.
#pragma once

#include <string>
#include <string_view>

#include "kernel/gateway/http/request.hpp"
#include "kernel/gateway/target.hpp"

namespace souk::gateway {

struct Credentials {
  enum class Form { none, bearer, basic, malformed };
  Form form = Form::none;
  std::string key;
};

/// From the Authorization header: a bearer token, or the user name of Basic (the trackers' write
/// key; the password is not looked at).
[[nodiscard]] Credentials credentials_of(std::string_view authorization);

/// Decodes base64 of either alphabet, padded or not; false when it is not that.
[[nodiscard]] bool base64_decode(std::string_view text, std::string& out);
/// base64url without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

}  // namespace souk::gateway
