// Ids and hashes: names for events that have none, and 128-bit fingerprints of those that do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace souk::base {

/// A 128-bit fingerprint. Two different ids share one with probability 2^-64 among 2^32 ids.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) noexcept = default;
};

/// XXH3-128 of the bytes.
[[nodiscard]] Hash128 hash128(std::string_view bytes) noexcept;
/// XXH3-64 of the bytes.
[[nodiscard]] std::uint64_t hash64(std::string_view bytes) noexcept;

/// A new UUID version 7 (RFC 9562): ordered by time, 74 random bits. Thread-safe.
[[nodiscard]] std::string new_uuid(std::int64_t now_us);

/// 64 random bits from the system's generator. Thread-safe.
[[nodiscard]] std::uint64_t random_u64();

/// Lower-case hex of the bytes.
[[nodiscard]] std::string to_hex(std::string_view bytes);
/// SHA-256 of the bytes as 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace souk::base

template <>
struct std::hash<souk::base::Hash128> {
  std::size_t operator()(const souk::base::Hash128& key) const noexcept { return key.low; }
};
