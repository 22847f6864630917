// How much each source and trait of a product counts: learned online from what was shown and what
// was clicked.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "plugins/recommendations/model/snapshot_io.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

/// What is known of one product that may be shown, or was.
struct BlendFeatures {
  static constexpr std::size_t kParts = 16;
  static constexpr std::size_t kTraits = 5;

  /// What each source gives, with the weights that were set by hand: at least 0. Their sum is the
  /// score as long as nothing was learned.
  std::array<float, kParts> parts{};
  /// What the product is like, each from -1 to 1, 0 when not known.
  std::array<float, kTraits> traits{};
};

/// A product that was shown, and whether it was clicked.
struct BlendExample {
  BlendFeatures features;
  std::uint32_t position = 1;  ///< on the page, from 1
  bool clicked = false;
};

/// Weights, as means of their posterior or as one draw from it.
struct BlendWeights {
  std::array<double, BlendFeatures::kParts> sources{};  ///< θ_s; a source counts e^θ_s
  std::array<double, BlendFeatures::kTraits> traits{};  ///< w_t
  double slope = 1;                                     ///< α
  double bias = 0;                                      ///< b
  double position = 0;                                  ///< η

  /// Σ_s e^θ_s p_s, times trait_factor(). Exactly Σ_s p_s when nothing was learned.
  [[nodiscard]] double score(const BlendFeatures& features) const;
  /// e^(Σ_t w_t f_t / α).
  [[nodiscard]] double trait_factor(const BlendFeatures& features) const;
};

struct BlenderSettings {
  double source_prior = 20;     ///< precision of θ_s around 0, 0.1 … 10,000
  double trait_prior = 20;      ///< precision of w_t around 0, the same
  double slope_prior = 50;      ///< precision of α around 1, the same
  double position_prior = 50;   ///< precision of η around `position_start`, the same
  double position_start = 0.7;  ///< what a place costs until it is learned, 0 … 3
  /// Bound on a precision: what is older than so much evidence fades, 100 … 10^9.
  double most_precision = 20'000;
};
/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed.
[[nodiscard]] Status validate(const BlenderSettings& settings);

/// Bayesian logistic regression with a diagonal Gaussian posterior, one example at a time
/// (Chapelle, Li: An Empirical Evaluation of Thompson Sampling, NIPS 2011, algorithm 3), of
///
///   logit P(click) = b + α · ln Σ_s e^θ_s p_s + Σ_t w_t f_t − η · ln(position)
///
/// The last term takes the place on the page out of the lesson: what stands first is clicked first.
/// The prior is at θ = w = 0 and α = 1, so that without an example the order is that of Σ_s p_s,
/// and with few examples nearly so.
///
/// Deterministic: the same examples in the same order give the same weights.
/// Threads: learn() and load() by one writer, save() by the writer; everything else by any thread
/// without locks. A reader may meet weights between two examples.
class Blender {
 public:
  static constexpr double kFloor = 1e-6;  ///< ε: the least that a score counts inside the logarithm

  /// Settings must validate(); those that do not are brought into range.
  explicit Blender(const BlenderSettings& settings = {});

  /// One page, as it was shown. Products without any part teach nothing of sources.
  void learn(std::span<const BlendExample> shown);

  /// True once any example was learned.
  [[nodiscard]] bool learned() const { return examples() > 0; }
  [[nodiscard]] std::uint64_t examples() const { return examples_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t clicks() const { return clicks_.load(std::memory_order_relaxed); }

  /// The means.
  [[nodiscard]] BlendWeights weights() const;
  /// A draw of θ and w from the posterior, the same for the same seed; what is uncertain is tried
  /// out in proportion to the chance that it is best (Thompson sampling).
  [[nodiscard]] BlendWeights sample(std::uint64_t seed) const;
  /// Standard deviation of θ_s.
  [[nodiscard]] double uncertainty(std::size_t source) const;

  /// Section "SKBL" v1: examples, clicks (u64), then mean and precision (f64) of each weight: θ, w,
  /// α, b, η. Writer only.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into a blender that has learned nothing; after an error it must be discarded.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  static constexpr std::size_t kFirstTrait = BlendFeatures::kParts;
  static constexpr std::size_t kSlope = kFirstTrait + BlendFeatures::kTraits;
  static constexpr std::size_t kBias = kSlope + 1;
  static constexpr std::size_t kPosition = kBias + 1;
  static constexpr std::size_t kWeights = kPosition + 1;

  struct Weight {
    std::atomic<double> mean{0};
    std::atomic<double> precision{1};
  };

  void learn_one(const BlendExample& example);
  [[nodiscard]] double mean(std::size_t at) const {
    return weights_[at].mean.load(std::memory_order_relaxed);
  }
  void move(std::size_t at, double gradient, double error, double curvature);

  BlenderSettings settings_;
  std::array<Weight, kWeights> weights_;
  std::atomic<std::uint64_t> examples_{0}, clicks_{0};
};

}  // namespace souk::recommendations
