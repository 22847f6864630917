// Random numbers that are the same everywhere: xoshiro256++ (Blackman and Vigna, 2019) seeded by
// SplitMix64, and the distributions a shop needs. The standard library's distributions are not
// used, because they differ between implementations.
//
// One Random is a stream; streams of one seed with different numbers are independent, so that more
// shoppers do not change the catalog. Not thread-safe: one owner, one thread.
//
// Callers must draw in a fixed order: never two draws in one expression whose operands the compiler
// may evaluate in either order (function arguments, operators).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace souk::simulate {

class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) noexcept;

  [[nodiscard]] std::uint64_t bits() noexcept;
  /// In [0, 1), 53 bits.
  [[nodiscard]] double uniform() noexcept;
  [[nodiscard]] double uniform(double low, double high) noexcept;
  /// In [0, bound); 0 when bound is 0.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) noexcept;
  /// In [low, high], both included.
  [[nodiscard]] int between(int low, int high) noexcept;
  [[nodiscard]] bool chance(double probability) noexcept;

  [[nodiscard]] double normal() noexcept;
  [[nodiscard]] double normal(double mean, double deviation) noexcept;
  /// Log-normal by its median and the deviation of its logarithm.
  [[nodiscard]] double log_normal(double median, double sigma) noexcept;
  [[nodiscard]] double exponential(double mean) noexcept;
  /// Gamma by shape and mean (Marsaglia and Tsang, 2000).
  [[nodiscard]] double gamma(double shape, double mean) noexcept;
  /// Beta by mean and concentration (alpha + beta).
  [[nodiscard]] double beta(double mean, double concentration) noexcept;
  /// Poisson; means above 30 are rounded normals.
  [[nodiscard]] std::uint32_t poisson(double mean) noexcept;

  /// An index with probability proportional to its weight; 0 when all weights are 0.
  [[nodiscard]] std::size_t weighted(std::span<const double> weights) noexcept;

 private:
  std::uint64_t state_[4];
};

/// Draws an index by weight in constant time (Walker's alias method). Immutable after construction.
class AliasTable {
 public:
  AliasTable() = default;
  /// Weights >= 0. Empty or all-zero weights make an empty table.
  explicit AliasTable(std::span<const double> weights);

  [[nodiscard]] bool empty() const noexcept { return keep_.empty(); }
  /// Requires !empty().
  [[nodiscard]] std::size_t draw(Random& random) const noexcept;

 private:
  std::vector<double> keep_;
  std::vector<std::uint32_t> alias_;
};

/// A well-mixed 64-bit hash of one number (SplitMix64's finisher): ids that look random.
[[nodiscard]] std::uint64_t mix64(std::uint64_t value) noexcept;

}  // namespace souk::simulate
