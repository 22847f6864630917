#include "plugins/recommendations/model/size_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace souk::recommendations {
namespace {

// In steps between two sizes.
constexpr double kHalfWidth = 0.6;
constexpr double kNoise = 0.4;
constexpr std::array<double, SizeMessage::kParts> kPrior{1e3, 0.1, 0.2, 0.1, 3};
constexpr double kFirstGuess = 2;  // of a system: its first size, give or take
constexpr std::size_t kShopper = SizeMessage::kParts - 1;

double density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * 3.14159265358979323846); }
double below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// How a standard Gaussian moves when it is known to lie in [low, high]: the shift of the mean ν
/// and the share of variance that is lost ω.
struct Truncated {
  double shift = 0;
  double lost = 0;
};

Truncated truncate(double low, double high) {
  const double inside = below(high) - below(low);
  if (inside < 1e-10) {  // far in a tail: it lies at the nearer bound
    return {std::abs(low) < std::abs(high) ? low : high, 1};
  }
  const double d_low = std::isinf(low) ? 0 : density(low);
  const double d_high = std::isinf(high) ? 0 : density(high);
  const double shift = (d_low - d_high) / inside;
  const double moment =
      ((std::isinf(low) ? 0 : low * d_low) - (std::isinf(high) ? 0 : high * d_high)) / inside;
  return {shift, std::clamp(shift * shift - moment, 0.0, 1.0)};
}

}  // namespace

double SizeBelief::fits(double place) const { return 1 - too_small(place) - too_large(place); }
double SizeBelief::too_small(double place) const {
  return below((mean - place - half_width) / deviation);
}
double SizeBelief::too_large(double place) const {
  return below((place - half_width - mean) / deviation);
}

SizeModel::SizeModel(const SizeModelLimits& limits)
    : systems_(std::size_t{limits.max_categories} * 8),
      categories_(limits.max_categories),
      brands_(limits.max_brands),
      items_(limits.max_items) {}

SizeEvidence SizeModel::Parts::read(std::uint32_t at) const {
  if (!cells.has(at)) return {};
  const Cell& cell = cells[at];
  return {cell.weight.load(std::memory_order_acquire), cell.pull.load(std::memory_order_acquire)};
}

void SizeModel::Parts::add(std::uint32_t at, const SizeEvidence& more, float sign) {
  if (!cells.ensure(at)) return;
  end = std::max(end, at + 1);
  const SizeEvidence now = read(at);
  cells[at].weight.store(std::max(0.0F, now.weight + sign * more.weight),
                         std::memory_order_release);
  cells[at].pull.store(now.pull + sign * more.pull, std::memory_order_release);
}

SizeModel::Sum SizeModel::parts_of(const SizeContext& context, const SizeEvidence& shopper) const {
  const std::array<SizeEvidence, SizeMessage::kParts> evidence{
      systems_.read(context.system), categories_.read(context.category),
      brands_.read(context.brand), items_.read(context.item), shopper};
  Sum parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double deviation = kPrior[i] * context.step;
    const double weight = static_cast<double>(evidence[i].weight) + 1 / (deviation * deviation);
    parts[i] = {static_cast<double>(evidence[i].pull) / weight, 1 / weight};
  }
  return parts;
}

SizeMessage SizeModel::observe(const SizeContext& context, SizeEvidence& shopper, double place,
                               SizeOutcome outcome) {
  observations_.store(observations() + 1, std::memory_order_relaxed);
  if (!(systems_.read(context.system).weight > 0)) {
    const double guess = kFirstGuess * context.step;
    const auto weight = static_cast<float>(1 / (guess * guess));
    systems_.add(context.system, {weight, weight * static_cast<float>(place)}, 1);
  }
  const Sum parts = parts_of(context, shopper);
  double mean = 0, variance = kNoise * context.step * kNoise * context.step;
  for (const Gaussian& part : parts) {
    mean += part.mean;
    variance += part.variance;
  }
  const double deviation = std::sqrt(variance), half = kHalfWidth * context.step;
  const double infinite = std::numeric_limits<double>::infinity();
  const double smallest = (place - half - mean) / deviation;  // need that the size still fits
  const double largest = (place + half - mean) / deviation;
  const Truncated moved = outcome == SizeOutcome::kept        ? truncate(smallest, largest)
                          : outcome == SizeOutcome::too_small ? truncate(largest, infinite)
                                                              : truncate(-infinite, smallest);
  SizeMessage message;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Gaussian& before = parts[i];
    const double after_mean = before.mean + before.variance / deviation * moved.shift;
    const double after_variance =
        before.variance * (1 - before.variance / variance * std::min(moved.lost, 0.999));
    message.parts[i] = {
        static_cast<float>(1 / after_variance - 1 / before.variance),
        static_cast<float>(after_mean / after_variance - before.mean / before.variance)};
  }
  add(context, shopper, message, 1);
  return message;
}

void SizeModel::take_back(const SizeContext& context, SizeEvidence& shopper,
                          const SizeMessage& message) {
  if (observations() > 0) observations_.store(observations() - 1, std::memory_order_relaxed);
  add(context, shopper, message, -1);
}

void SizeModel::add(const SizeContext& context, SizeEvidence& shopper, const SizeMessage& message,
                    float sign) {
  systems_.add(context.system, message.parts[0], sign);
  categories_.add(context.category, message.parts[1], sign);
  brands_.add(context.brand, message.parts[2], sign);
  items_.add(context.item, message.parts[3], sign);
  shopper.weight = std::max(0.0F, shopper.weight + sign * message.parts[kShopper].weight);
  shopper.pull += sign * message.parts[kShopper].pull;
}

SizeBelief SizeModel::belief(const SizeContext& context, const SizeEvidence& shopper) const {
  SizeBelief belief;
  double variance = kNoise * context.step * kNoise * context.step;
  for (const Gaussian& part : parts_of(context, shopper)) {
    belief.mean += part.mean;
    variance += part.variance;
  }
  belief.deviation = std::sqrt(variance);
  belief.half_width = kHalfWidth * context.step;
  belief.shopper_weight = shopper.weight;
  belief.known_system = systems_.read(context.system).weight > 0;
  return belief;
}

std::size_t SizeModel::memory_bytes() const {
  return systems_.cells.memory_bytes() + categories_.cells.memory_bytes() +
         brands_.cells.memory_bytes() + items_.cells.memory_bytes();
}

Status SizeModel::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKSZ", 1);
  out.u64(observations());
  for (const Parts* parts : {&systems_, &categories_, &brands_, &items_}) {
    out.u32(parts->end);
    for (std::uint32_t i = 0; i < parts->end; ++i) {
      const SizeEvidence evidence = parts->read(i);
      out.f64(static_cast<double>(evidence.weight));
      out.f64(static_cast<double>(evidence.pull));
    }
  }
  return out.finish();
}

Status SizeModel::load(ByteSource& source) {
  if (observations() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  SnapshotReader in(source, "SKSZ", 1);
  observations_.store(in.u64(), std::memory_order_relaxed);
  for (Parts* parts : {&systems_, &categories_, &brands_, &items_}) {
    const std::uint32_t end =
        in.count(static_cast<std::uint32_t>(parts->cells.max_size()), "the number of parts");
    for (std::uint32_t i = 0; in.ok() && i < end; ++i) {
      const double weight = in.f64(), pull = in.f64();
      if (!in.ok()) break;
      if (!std::isfinite(weight) || !std::isfinite(pull) || weight < 0) {
        in.fail("a size's evidence is not a number");
      } else if (weight > 0 || pull != 0) {
        parts->add(i, {static_cast<float>(weight), static_cast<float>(pull)}, 1);
      }
    }
    parts->end = in.ok() ? end : 0;
  }
  return in.finish();
}

}  // namespace souk::recommendations
