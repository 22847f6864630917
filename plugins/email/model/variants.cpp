#include "plugins/email/model/variants.hpp"

#include <algorithm>
#include <cmath>

namespace souk::email {
namespace {

/// SplitMix64: the same numbers on every machine.
class VariantDraws {
 public:
  explicit VariantDraws(std::uint64_t seed) noexcept : state_(seed) {}

  /// In (0, 1).
  double uniform() noexcept {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
    mixed ^= mixed >> 31;
    return (static_cast<double>(mixed >> 11) + 0.5) * 0x1.0p-53;
  }

  double normal() noexcept {
    return std::sqrt(-2.0 * std::log(uniform())) * std::cos(6.283185307179586 * uniform());
  }

  /// Marsaglia & Tsang, "A Simple Method for Generating Gamma Variables", 2000; shape ≥ 1.
  double gamma(double shape) noexcept {
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    for (;;) {
      const double x = normal();
      const double v = std::pow(1.0 + c * x, 3);
      if (v <= 0) continue;
      if (std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }

  double beta(const VariantResult& result) noexcept {
    const double successes = std::clamp(result.successes, 0.0, std::max(result.sent, 0.0));
    const double a = gamma(1.0 + successes);
    const double b = gamma(1.0 + std::max(result.sent, 0.0) - successes);
    return a / (a + b);
  }

  std::size_t best_of(std::span<const VariantResult> variants) noexcept {
    std::size_t best = 0;
    double most = -1.0;
    for (std::size_t i = 0; i < variants.size(); ++i) {
      const double drawn = beta(variants[i]);
      if (drawn <= most) continue;
      most = drawn;
      best = i;
    }
    return best;
  }

 private:
  std::uint64_t state_;
};

}  // namespace

std::size_t choose_variant(std::span<const VariantResult> variants, std::uint64_t seed) noexcept {
  return VariantDraws(seed).best_of(variants);
}

std::vector<double> probability_best(std::span<const VariantResult> variants, std::uint64_t seed,
                                     int draws) {
  std::vector<double> wins(variants.size(), 0.0);
  if (variants.empty() || draws <= 0) return wins;
  VariantDraws random(seed);
  for (int i = 0; i < draws; ++i)
    wins[random.best_of(variants)] += 1.0;
  for (double& each : wins)
    each /= draws;
  return wins;
}

}  // namespace souk::email
