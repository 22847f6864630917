// Ids as 64-bit hashes: what the state is keyed by.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string_view>

namespace souk::search {

/// Of a product, a shopper, a query, a brand …; the kinds never meet in one map. 0: of nothing.
inline std::uint64_t key_of(std::string_view id) {
  if (id.empty()) return 0;
  const std::uint64_t key = XXH3_64bits(id.data(), id.size());
  return key == 0 ? 1 : key;
}

/// Of a visit, which must not be taken for the shopper of the same name.
inline std::uint64_t visit_key(std::string_view session_id) {
  if (session_id.empty()) return 0;
  const std::uint64_t key = XXH3_64bits_withSeed(session_id.data(), session_id.size(), 1);
  return key == 0 ? 1 : key;
}

}  // namespace souk::search
