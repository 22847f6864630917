// What the merchant's own model makes of a product, as it is kept: its direction, in a byte a
// number. It stands behind the fields of the stored product, under a number that no schema has, in
// place of `vector`, which is four times as long; so snapshots and merges carry it along.
#pragma once

#include <string>
#include <string_view>

#include "souk/v1/product.souk.hpp"

namespace souk::search {

inline constexpr std::uint32_t kStoredVectorField = (1U << 29U) - 1;

/// Whether a product's vector can be kept: it has none, or its numbers are finite and not all zero.
[[nodiscard]] bool has_sound_vector(const souk::v1::Product& product);

/// Appends the direction of `product.vector`; nothing when it has none that is sound.
void append_stored_vector(const souk::v1::Product& product, std::string& source);

/// The bytes (signed, one a number) that a stored product carries; empty: none.
[[nodiscard]] std::string_view stored_vector(std::string_view source);

/// The product before them, as it was put.
[[nodiscard]] std::string_view without_stored_vector(std::string_view source);

}  // namespace souk::search
