// Hashes of names that are kept instead of the names.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace souk::recommendations {

/// 64 bits of XXH3 of `text`; the same on every machine. `salt` keeps kinds of names apart.
[[nodiscard]] std::uint64_t hash_of(std::string_view text, std::uint64_t salt = 0);

/// A person, or an anonymous visit: 128 bits of XXH3 of its id. Ids themselves are never kept.
struct PersonKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const PersonKey&) const = default;
  [[nodiscard]] bool empty() const { return low == 0 && high == 0; }
};
/// The key of a shopper id; empty for an empty id.
[[nodiscard]] PersonKey shopper_key(std::string_view shopper_id);
/// The key of whoever a session id belongs to as long as no shopper id is known.
[[nodiscard]] PersonKey visitor_key(std::string_view session_id);

/// A visit, 64 bits; what the session model calls a session key.
using VisitKey = std::uint64_t;
/// The visit that the storefront calls `session_id`.
[[nodiscard]] VisitKey visit_of_session(std::string_view session_id);
/// The visit of a shopper without session id that began at this second.
[[nodiscard]] VisitKey visit_of_shopper(PersonKey shopper, std::uint32_t began_s);
/// The key's bytes, for the session model; valid as long as `visit` is.
[[nodiscard]] inline std::string_view bytes_of(const VisitKey& visit) {
  return {reinterpret_cast<const char*>(&visit), sizeof(visit)};
}

/// The same of a person, for the model of histories.
[[nodiscard]] inline std::string_view bytes_of(const PersonKey& person) {
  return {reinterpret_cast<const char*>(&person), sizeof(person)};
}

}  // namespace souk::recommendations
