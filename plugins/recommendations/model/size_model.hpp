// Which size fits whom: latent sizes of shoppers, and offsets of products, brands and categories.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

struct SizeModelLimits {
  std::uint32_t max_items = 2'000'000;
  std::uint32_t max_categories = 20'000;
  std::uint32_t max_brands = 1u << 24;  ///< words of the catalog
};

/// What observations have said of one quantity, as a Gaussian in natural parameters, without its
/// prior: mean = pull / weight.
struct SizeEvidence {
  float weight = 0;  ///< precision
  float pull = 0;    ///< precision times mean
};

/// What a product's sizes belong to. Numbers of categories and brands are the caller's; kNoItem
/// when there is none.
struct SizeContext {
  std::uint32_t system = 0;  ///< sizes that can be compared: a scale of a part of the assortment
  std::uint32_t category = 0;
  std::uint32_t brand = 0;
  std::uint32_t item = 0;
  double step = 1;  ///< between two neighbouring sizes
};

/// How an observed size was.
enum class SizeOutcome : std::uint8_t { kept, too_small, too_large };

/// What one observation has said of each part; taking it back takes this back.
struct SizeMessage {
  static constexpr std::size_t kParts = 5;  ///< system, category, brand, item, shopper
  std::array<SizeEvidence, kParts> parts{};
};

/// The size that a shopper needs of a product, on its scale.
struct SizeBelief {
  double mean = 0;
  double deviation = 1;     ///< with the noise of a single judgement
  double half_width = 0.5;  ///< a size fits whoever needs it to so much
  float shopper_weight = 0;
  bool known_system = false;  ///< somebody has kept a size of this system

  /// The chance that a size at `place` fits; the rest is split: needs more, needs less.
  [[nodiscard]] double fits(double place) const;
  [[nodiscard]] double too_small(double place) const;  ///< the size, for the shopper
  [[nodiscard]] double too_large(double place) const;
};

/// The size needed is a sum of latent parts,
///   need = system + category + brand + product + shopper + noise,
/// and a size v is kept when |need − v| ≤ h, too small when need > v + h, too large when need < v −
/// h: an ordered (ordinal) link with two thresholds, as in K-LF (Misra, Wan, McAuley, *Decomposing
/// Fit Semantics for Product Size Recommendation in Metric Spaces*, RecSys 2018) with one latent
/// dimension, and in the Bayesian model of Sembium et al. (WWW 2018), with Gaussians for all parts,
/// so what is rarely seen is shrunk to its brand and category. Learned online by assumed-density
/// filtering: the posterior of the sum is a truncated Gaussian, whose moments give each part its
/// share (the update of TrueSkill, Herbrich, Minka, Graepel, NIPS 2006). What an observation has
/// added can be taken back, as when a parcel returns: messages of natural parameters are
/// subtracted.
///
/// h is 0.6 of a step, the noise 0.4 of a step; standard deviations of the priors: shopper 3 steps,
/// brand 0.2, category and product 0.1. Whoever kept one size is believed before what a few others
/// say of the cut: with wide priors of cuts a first parcel moves them as much as the shopper.
///
/// Threads: one writer observes; any thread asks. The shopper's evidence is the caller's.
class SizeModel {
 public:
  explicit SizeModel(const SizeModelLimits& limits = {});

  /// Writer only. Changes `shopper`.
  SizeMessage observe(const SizeContext& context, SizeEvidence& shopper, double place,
                      SizeOutcome outcome);
  void take_back(const SizeContext& context, SizeEvidence& shopper, const SizeMessage& message);

  [[nodiscard]] SizeBelief belief(const SizeContext& context, const SizeEvidence& shopper) const;
  /// Sizes observed, taken back ones not counted.
  [[nodiscard]] std::uint64_t observations() const {
    return observations_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKSZ" v1: observations u64; systems, categories, brands, products u32, each with its
  /// evidence (f64 twice).
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct Cell {
    std::atomic<float> weight{0}, pull{0};
  };
  /// The evidence of one kind of part.
  struct Parts {
    explicit Parts(std::size_t most) : cells(most) {}
    ChunkedArray<Cell, 10> cells;
    std::uint32_t end = 0;  ///< writer only
    [[nodiscard]] SizeEvidence read(std::uint32_t at) const;
    void add(std::uint32_t at, const SizeEvidence& more, float sign);
  };
  /// Mean and variance of a part, prior included.
  struct Gaussian {
    double mean = 0;
    double variance = 0;
  };
  using Sum = std::array<Gaussian, SizeMessage::kParts>;
  [[nodiscard]] Sum parts_of(const SizeContext& context, const SizeEvidence& shopper) const;
  void add(const SizeContext& context, SizeEvidence& shopper, const SizeMessage& message,
           float sign);

  Parts systems_, categories_, brands_, items_;
  std::atomic<std::uint64_t> observations_{0};
};

}  // namespace souk::recommendations
