// Bits of 32, counted without the instruction that the baseline of x86-64 lacks: std::popcount is a
// call into the compiler's library there.
#pragma once

#include <cstdint>

namespace souk::search {

[[nodiscard]] constexpr int bits_in(std::uint32_t word) noexcept {
  word -= word >> 1U & 0x55555555U;
  word = (word & 0x33333333U) + (word >> 2U & 0x33333333U);
  return static_cast<int>(((word + (word >> 4U)) & 0x0F0F0F0FU) * 0x01010101U >> 24U);
}

}  // namespace souk::search
