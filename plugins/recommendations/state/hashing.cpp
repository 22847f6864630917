#include "plugins/recommendations/state/hashing.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace souk::recommendations {
namespace {
constexpr std::uint64_t kShopperSalt = 0x73686f7070657273;
constexpr std::uint64_t kVisitorSalt = 0x76697369746f7273;
constexpr std::uint64_t kSessionSalt = 0x73657373696f6e73;

PersonKey person(std::string_view id, std::uint64_t salt) {
  if (id.empty()) return {};
  const XXH128_hash_t hash = XXH3_128bits_withSeed(id.data(), id.size(), salt);
  return {hash.low64 | 1, hash.high64};  // never the empty key
}
}  // namespace

std::uint64_t hash_of(std::string_view text, std::uint64_t salt) {
  return XXH3_64bits_withSeed(text.data(), text.size(), salt);
}

PersonKey shopper_key(std::string_view shopper_id) { return person(shopper_id, kShopperSalt); }
PersonKey visitor_key(std::string_view session_id) { return person(session_id, kVisitorSalt); }

VisitKey visit_of_session(std::string_view session_id) { return hash_of(session_id, kSessionSalt); }

VisitKey visit_of_shopper(PersonKey shopper, std::uint32_t began_s) {
  const std::uint64_t cells[3] = {shopper.low, shopper.high, began_s};
  return hash_of({reinterpret_cast<const char*>(cells), sizeof(cells)});
}

}  // namespace souk::recommendations
