// SHA-256 (FIPS 180-4), for addresses that ad networks take hashed. Not for passwords.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace souk::segmentation {

/// The hash as eight numbers, the first word first.
using Sha256 = std::array<std::uint32_t, 8>;

[[nodiscard]] Sha256 sha256(std::string_view text);

/// Lower-case hexadecimal, 64 characters.
[[nodiscard]] std::string hex(const Sha256& hash);
/// Whether a text is such a hash already, in either case.
[[nodiscard]] bool is_hex_hash(std::string_view text);
/// Only of what is_hex_hash() accepts.
[[nodiscard]] Sha256 hash_from_hex(std::string_view text);

}  // namespace souk::segmentation
