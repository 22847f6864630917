#include "kernel/gateway/key_ring.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <xxhash.h>

#include <algorithm>

#include "kernel/base/ids.hpp"

namespace souk::gateway {
namespace {

constexpr std::size_t kMaxKeyBytes = 512;

unsigned hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return static_cast<unsigned>(c - 'A' + 10);
}

std::array<unsigned char, 32> hash_from_hex(std::string_view hex) noexcept {
  std::array<unsigned char, 32> hash{};
  for (std::size_t i = 0; i < hash.size() && 2 * i + 1 < hex.size(); ++i) {
    hash[i] = static_cast<unsigned char>(hex_digit(hex[2 * i]) * 16 + hex_digit(hex[2 * i + 1]));
  }
  return hash;
}

}  // namespace

Scope scope_of(std::string_view name) noexcept {
  if (name == "public") return kScopePublic;
  if (name == "events") return kScopeEvents;
  if (name == "decide") return kScopeDecide;
  if (name == "catalog") return kScopeCatalog;
  if (name == "customers") return kScopeCustomers;
  return kScopeAdmin;
}

std::string_view scope_name(Scope scope) noexcept {
  switch (scope) {
    case kScopePublic:
      return "public";
    case kScopeEvents:
      return "events";
    case kScopeDecide:
      return "decide";
    case kScopeCatalog:
      return "catalog";
    case kScopeCustomers:
      return "customers";
    case kScopeAdmin:
      break;
  }
  return "admin";
}

bool ApiKey::allows_origin(std::string_view origin) const noexcept {
  return std::any_of(origins.begin(), origins.end(), [origin](const std::string& allowed) {
    return allowed == "*" || allowed == origin;
  });
}

KeyRing::KeyRing(const std::vector<config::StoreSettings>& stores, const KeyRing* before) {
  for (std::size_t store = 0; store < stores.size(); ++store) {
    for (const config::KeySettings& settings : stores[store].keys) {
      ApiKey key;
      key.id = settings.id;
      key.store = store;
      key.sha256 = hash_from_hex(settings.sha256);
      key.origins = settings.origins;
      for (const std::string& scope : settings.scopes) {
        key.scopes = static_cast<std::uint8_t>(key.scopes | scope_of(scope));
      }
      if (settings.rate_limit.requests_per_second != 0) {
        for (const ApiKey& old : before != nullptr ? before->keys_ : keys_) {
          if (before != nullptr && old.sha256 == key.sha256 && old.limiter &&
              old.limiter->same_as(settings.rate_limit)) {
            key.limiter = old.limiter;
          }
        }
        if (!key.limiter) key.limiter = std::make_shared<RateLimiter>(settings.rate_limit);
      }
      keys_.push_back(std::move(key));
    }
  }
}

const ApiKey* KeyRing::find(std::string_view presented) const noexcept {
  if (presented.empty() || presented.size() > kMaxKeyBytes) return nullptr;
  std::array<unsigned char, 32> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(presented.data()), presented.size(), hash.data());
  const ApiKey* found = nullptr;
  for (const ApiKey& key : keys_) {
    if (CRYPTO_memcmp(key.sha256.data(), hash.data(), hash.size()) == 0) found = &key;
  }
  return found;
}

bool KeyRing::some_key_allows_origin(std::string_view origin) const noexcept {
  return std::any_of(keys_.begin(), keys_.end(),
                     [origin](const ApiKey& key) { return key.allows_origin(origin); });
}

KeyCache::KeyCache() {
  for (std::uint64_t& word : secret_)
    word = base::random_u64();
}

const ApiKey* KeyCache::find(const KeyRing& ring, std::string_view presented) noexcept {
  const XXH128_hash_t mark =
      XXH3_128bits_withSecret(presented.data(), presented.size(), secret_.data(), sizeof secret_);
  Entry& entry = entries_[mark.low64 % kEntries];
  if (entry.key != nullptr && entry.low == mark.low64 && entry.high == mark.high64)
    return entry.key;
  const ApiKey* key = ring.find(presented);
  // Wrong keys are not remembered: they must not push out the right ones.
  if (key != nullptr) entry = {mark.low64, mark.high64, key};
  return key;
}

void KeyCache::clear() noexcept { entries_.fill({}); }

}  // namespace souk::gateway
