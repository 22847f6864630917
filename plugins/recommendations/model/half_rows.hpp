// Rows of factors in half the memory.
//
// Alternating least squares reads each row once for each cell of the matrix, in no order that a
// cache could use: what it waits for is memory. Half the bits are half the wait.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plugins/recommendations/model/aligned_array.hpp"

namespace souk::recommendations {

/// Rows of numbers as bfloat16: the upper 16 bits of a float, rounded to nearest. The range of
/// floats, 8 bits of precision.
///
/// Numbers stand in blocks of 32, as 16 words: word i has number i below and number i + 16 above,
/// so that a vector of words becomes two of floats by a shift and a mask.
class HalfRows {
 public:
  static constexpr std::size_t kBlock = 32;

  /// `width` is a multiple of kBlock. All zero. Throws std::bad_alloc.
  HalfRows(std::uint32_t rows, std::size_t width)
      : rows_(rows), width_(width), words_(std::size_t{rows} * width / 2) {}

  [[nodiscard]] std::uint32_t rows() const { return rows_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] const std::uint32_t* words() const { return words_.data(); }
  /// Takes `width` floats over. Different rows may be set by different threads.
  void set(std::uint32_t row, const float* from);
  /// Number `at` of a row, as it was rounded.
  [[nodiscard]] float at(std::uint32_t row, std::size_t at) const;

 private:
  std::uint32_t rows_;
  std::size_t width_;
  AlignedArray<std::uint32_t> words_;
};

/// Some of the rows, in any order.
struct Gathering {
  const HalfRows& rows;
  const std::uint32_t* ids;
  std::size_t count;
  bool cold;  ///< not looked at just before: fetch ahead
};

}  // namespace souk::recommendations
