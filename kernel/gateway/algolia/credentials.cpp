#include "kernel/gateway/algolia/credentials.hpp"

#include <algorithm>
#include <cctype>

namespace souk::gateway {

std::string_view algolia_key(const Request& request, const Target& target) noexcept {
  const std::string_view header = request.header(Header::algolia_api_key);
  if (!header.empty()) return header;
  static constexpr std::string_view kName = "x-algolia-api-key";
  for (const auto& [name, value] : target.query()) {
    const bool same =
        std::equal(name.begin(), name.end(), kName.begin(), kName.end(),
                   [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    if (same) return value;
  }
  return {};
}

}  // namespace souk::gateway
