#include "plugins/recommendations/model/blender.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace souk::recommendations {
namespace {

// No weight leaves these, whatever is clicked: a source counts at most e^4 ≈ 55 times what it did.
constexpr double kMostWeight = 4;
constexpr double kLeastSlope = 0.1;
constexpr double kMostSlope = 3;
constexpr double kMostPosition = 3;
constexpr double kMostBias = 20;
constexpr double kBiasPrior = 0.01;  // nothing is known of how often products are clicked
constexpr double kMostLogit = 15;
constexpr std::uint32_t kMostPlaces = 1000;

template <class Settings, class Visit>
void for_each_setting(Settings& s, Visit&& visit) {
  visit("source_prior", s.source_prior, 0.1, 10'000.0);
  visit("trait_prior", s.trait_prior, 0.1, 10'000.0);
  visit("slope_prior", s.slope_prior, 0.1, 10'000.0);
  visit("position_prior", s.position_prior, 0.1, 10'000.0);
  visit("position_start", s.position_start, 0.0, kMostPosition);
  visit("most_precision", s.most_precision, 100.0, 1e9);
}

BlenderSettings in_range(BlenderSettings settings) {
  for_each_setting(settings, [](const char*, auto& value, auto low, auto high) {
    if (!(value >= low)) value = low;
    if (value > high) value = high;
  });
  return settings;
}

/// SplitMix64 (Steele, Lea, Flood 2014): a good stream from any seed.
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// Box and Muller's transform: the same on every machine, which std::normal_distribution is not.
double next_normal(std::uint64_t& state) {
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
  const double first = (static_cast<double>(next_random(state) >> 11) + 0.5) * kUnit;
  const double second = static_cast<double>(next_random(state) >> 11) * kUnit;
  return std::sqrt(-2 * std::log(first)) * std::cos(2 * std::numbers::pi * second);
}

double weighted_sum(const BlendWeights& weights, const BlendFeatures& features) {
  double sum = 0;
  for (std::size_t s = 0; s < features.parts.size(); ++s) {
    const auto part = static_cast<double>(features.parts[s]);
    if (part > 0) sum += weights.sources[s] == 0 ? part : part * std::exp(weights.sources[s]);
  }
  return sum;
}

}  // namespace

double BlendWeights::trait_factor(const BlendFeatures& features) const {
  double sum = 0;
  for (std::size_t t = 0; t < traits.size(); ++t)
    sum += traits[t] * static_cast<double>(features.traits[t]);
  return sum == 0 ? 1 : std::exp(sum / slope);
}

double BlendWeights::score(const BlendFeatures& features) const {
  return weighted_sum(*this, features) * trait_factor(features);
}

Status validate(const BlenderSettings& settings) {
  Status first;
  for_each_setting(settings, [&](const char* name, const auto& value, auto low, auto high) {
    if (!first.ok() || (value >= low && value <= high)) return;
    first = Status(Code::invalid_argument,
                   std::string(name) + " is " + std::to_string(value) + ", allowed is " +
                       std::to_string(low) + " to " + std::to_string(high),
                   name);
  });
  return first;
}

Blender::Blender(const BlenderSettings& settings) : settings_(in_range(settings)) {
  const auto set = [&](std::size_t at, double mean, double precision) {
    weights_[at].mean.store(mean, std::memory_order_relaxed);
    weights_[at].precision.store(precision, std::memory_order_relaxed);
  };
  for (std::size_t s = 0; s < BlendFeatures::kParts; ++s)
    set(s, 0, settings_.source_prior);
  for (std::size_t t = 0; t < BlendFeatures::kTraits; ++t)
    set(kFirstTrait + t, 0, settings_.trait_prior);
  set(kSlope, 1, settings_.slope_prior);
  set(kBias, 0, kBiasPrior);
  set(kPosition, settings_.position_start, settings_.position_prior);
}

BlendWeights Blender::weights() const {
  BlendWeights out;
  for (std::size_t s = 0; s < out.sources.size(); ++s)
    out.sources[s] = mean(s);
  for (std::size_t t = 0; t < out.traits.size(); ++t)
    out.traits[t] = mean(kFirstTrait + t);
  out.slope = mean(kSlope);
  out.bias = mean(kBias);
  out.position = mean(kPosition);
  return out;
}

BlendWeights Blender::sample(std::uint64_t seed) const {
  BlendWeights out = weights();
  const auto spread = [&](std::size_t at) {
    return next_normal(seed) / std::sqrt(weights_[at].precision.load(std::memory_order_relaxed));
  };
  for (std::size_t s = 0; s < out.sources.size(); ++s)
    out.sources[s] = std::clamp(out.sources[s] + spread(s), -kMostWeight, kMostWeight);
  for (std::size_t t = 0; t < out.traits.size(); ++t)
    out.traits[t] = std::clamp(out.traits[t] + spread(kFirstTrait + t), -kMostWeight, kMostWeight);
  return out;
}

double Blender::uncertainty(std::size_t source) const {
  return 1 / std::sqrt(weights_[source].precision.load(std::memory_order_relaxed));
}

void Blender::learn(std::span<const BlendExample> shown) {
  for (const BlendExample& example : shown)
    learn_one(example);
  std::uint64_t clicks = clicks_.load(std::memory_order_relaxed);
  for (const BlendExample& example : shown)
    clicks += example.clicked ? 1 : 0;
  clicks_.store(clicks, std::memory_order_relaxed);
  examples_.store(examples_.load(std::memory_order_relaxed) + shown.size(),
                  std::memory_order_release);
}

// Laplace's approximation with a diagonal Hessian, after each example: the precision of a weight
// grows by the example's curvature, and its mean makes one Newton step.
void Blender::learn_one(const BlendExample& example) {
  const BlendWeights now = weights();
  const double sum = weighted_sum(now, example.features);
  const double log_score = std::log(sum + kFloor);
  const std::uint32_t place = std::clamp<std::uint32_t>(example.position, 1, kMostPlaces);
  const double log_place = std::log(static_cast<double>(place));
  double logit = now.bias + now.slope * log_score - now.position * log_place;
  for (std::size_t t = 0; t < now.traits.size(); ++t)
    logit += now.traits[t] * static_cast<double>(example.features.traits[t]);
  logit = std::clamp(logit, -kMostLogit, kMostLogit);
  const double chance = 1 / (1 + std::exp(-logit));
  const double error = (example.clicked ? 1 : 0) - chance;
  const double curvature = chance * (1 - chance);
  for (std::size_t s = 0; s < now.sources.size(); ++s) {
    const auto part = static_cast<double>(example.features.parts[s]);
    if (!(part > 0)) continue;
    move(s, now.slope * part * std::exp(now.sources[s]) / (sum + kFloor), error, curvature);
  }
  for (std::size_t t = 0; t < now.traits.size(); ++t) {
    const auto trait = static_cast<double>(example.features.traits[t]);
    if (trait != 0) move(kFirstTrait + t, trait, error, curvature);
  }
  move(kSlope, log_score, error, curvature);
  move(kBias, 1, error, curvature);
  move(kPosition, -log_place, error, curvature);
}

void Blender::move(std::size_t at, double gradient, double error, double curvature) {
  Weight& weight = weights_[at];
  const double precision =
      std::min(weight.precision.load(std::memory_order_relaxed) + gradient * gradient * curvature,
               settings_.most_precision);
  double low = -kMostWeight;
  double high = kMostWeight;
  if (at == kSlope) {
    low = kLeastSlope;
    high = kMostSlope;
  } else if (at == kBias) {
    low = -kMostBias;
    high = kMostBias;
  } else if (at == kPosition) {
    low = 0;
    high = kMostPosition;
  }
  const double mean = weight.mean.load(std::memory_order_relaxed) + error * gradient / precision;
  weight.precision.store(precision, std::memory_order_relaxed);
  weight.mean.store(std::clamp(mean, low, high), std::memory_order_relaxed);
}

Status Blender::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKBL", 1);
  out.u64(examples());
  out.u64(clicks());
  for (const Weight& weight : weights_) {
    out.f64(weight.mean.load(std::memory_order_relaxed));
    out.f64(weight.precision.load(std::memory_order_relaxed));
  }
  return out.finish();
}

Status Blender::load(ByteSource& source) {
  SnapshotReader in(source, "SKBL", 1);
  const std::uint64_t examples = in.u64();
  const std::uint64_t clicks = in.u64();
  if (clicks > examples) in.fail("more clicks than products shown");
  for (Weight& weight : weights_) {
    const double mean = in.f64();
    const double precision = in.f64();
    if (!(std::abs(mean) <= kMostBias) || !(precision > 0) || !std::isfinite(precision)) {
      in.fail("a weight that is no number");
    }
    if (!in.ok()) break;
    weight.mean.store(mean, std::memory_order_relaxed);
    weight.precision.store(precision, std::memory_order_relaxed);
  }
  if (Status status = in.finish(); !status.ok()) return status;
  clicks_.store(clicks, std::memory_order_relaxed);
  examples_.store(examples, std::memory_order_release);
  return {};
}

}  // namespace souk::recommendations
