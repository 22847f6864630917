// How clients of the Algolia API present their key: X-Algolia-API-Key as a header (Node), or as a
// query parameter (browsers, which so need no preflight). The application id that comes with it is
// not looked at: the key decides the store.
#pragma once

#include <string_view>

#include "kernel/gateway/http/request.hpp"
#include "kernel/gateway/target.hpp"

namespace souk::gateway {

inline constexpr std::string_view kNoAlgoliaKey =
    "an API key is needed: X-Algolia-API-Key as header or query parameter";
inline constexpr std::string_view kWrongAlgoliaKey = "Invalid Application-ID or API key";

/// Where the Algolia-compatible routes stand, whose keys may stand in the query and whose errors
/// have Algolia's form.
inline constexpr std::string_view kAlgoliaRoot = "/1/";
[[nodiscard]] constexpr bool is_algolia_path(std::string_view path) noexcept {
  return path.starts_with(kAlgoliaRoot);
}

/// The key; empty when there is none. Views into the request or the target.
[[nodiscard]] std::string_view algolia_key(const Request& request, const Target& target) noexcept;

}  // namespace souk::gateway
