// KeyRing: the API keys of all stores, as hashes. A key decides the store and what may be done.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config/config.hpp"
#include "kernel/gateway/rate_limit.hpp"

namespace souk::gateway {

/// Bits of what a key may do. `admin` implies the others.
enum Scope : std::uint8_t {
  kScopePublic = 0,
  kScopeEvents = 1,
  kScopeDecide = 2,
  kScopeCatalog = 4,
  kScopeCustomers = 8,
  kScopeAdmin = 16
};
/// The bit of "events", "decide", …; an unknown or empty name is admin, so that it opens nothing.
[[nodiscard]] Scope scope_of(std::string_view name) noexcept;
[[nodiscard]] std::string_view scope_name(Scope scope) noexcept;

struct ApiKey {
  std::string id;
  std::size_t store = 0;  ///< position among the config's stores
  std::uint8_t scopes = 0;
  std::array<unsigned char, 32> sha256{};
  std::vector<std::string> origins;      ///< for CORS; "*" is any
  std::shared_ptr<RateLimiter> limiter;  ///< null: no limit

  [[nodiscard]] bool may(Scope scope) const noexcept {
    return scope == kScopePublic || (scopes & (scope | kScopeAdmin)) != 0;
  }
  [[nodiscard]] bool allows_origin(std::string_view origin) const noexcept;
};

/// Immutable once built; safe from any thread.
class KeyRing {
 public:
  KeyRing() = default;
  /// Limits of keys that are in `before` with the same figures go on where they are.
  KeyRing(const std::vector<config::StoreSettings>& stores, const KeyRing* before);

  /// nullptr when it is nobody's. Takes as long for a wrong key as for a right one: every hash is
  /// compared, in constant time.
  [[nodiscard]] const ApiKey* find(std::string_view presented) const noexcept;
  /// True when some key of some store allows it: what a preflight, which has no key, is judged by.
  [[nodiscard]] bool some_key_allows_origin(std::string_view origin) const noexcept;
  [[nodiscard]] const std::vector<ApiKey>& keys() const noexcept { return keys_; }

 private:
  std::vector<ApiKey> keys_;
};

/// Remembers the keys that one thread saw lately, by a keyed fingerprint, so that a request costs
/// no SHA-256. Holds no key. Not thread-safe.
class KeyCache {
 public:
  KeyCache();
  /// As ring.find(). `ring` must be the same object until clear() is called.
  const ApiKey* find(const KeyRing& ring, std::string_view presented) noexcept;
  void clear() noexcept;

 private:
  static constexpr std::size_t kEntries = 256;
  struct Entry {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    const ApiKey* key = nullptr;
  };
  std::array<std::uint64_t, 24> secret_;
  std::array<Entry, kEntries> entries_{};
};

}  // namespace souk::gateway
