#include "plugins/recommendations/model/half_rows.hpp"

#include <cstring>

namespace souk::recommendations {
namespace {

constexpr std::size_t kHalfBlock = HalfRows::kBlock / 2;

std::uint32_t rounded(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16;
}

}  // namespace

void HalfRows::set(std::uint32_t row, const float* from) {
  std::uint32_t* to = words_.data() + row * width_ / 2;
  for (std::size_t j = 0; j < width_; j += kBlock) {
    for (std::size_t i = 0; i < kHalfBlock; ++i)
      *to++ = rounded(from[j + i]) | rounded(from[j + kHalfBlock + i]) << 16;
  }
}

float HalfRows::at(std::uint32_t row, std::size_t at) const {
  const std::size_t inside = at % kBlock;
  const std::uint32_t pair = words_.data()[(row * width_ + at - inside) / 2 + inside % kHalfBlock];
  const std::uint32_t bits = inside < kHalfBlock ? pair << 16 : pair & 0xffff0000u;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

}  // namespace souk::recommendations
