#include "tools/simulate/random.hpp"

#include <bit>
#include <cmath>

#include "tools/simulate/portable_math.hpp"

namespace souk::simulate {

std::uint64_t mix64(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

Random::Random(std::uint64_t seed, std::uint64_t stream) noexcept {
  std::uint64_t cursor = mix64(seed) ^ mix64(stream * 0x9e3779b97f4a7c15ULL + 1);
  for (auto& word : state_) {
    word = mix64(cursor);
    cursor += 0x9e3779b97f4a7c15ULL;
  }
}

std::uint64_t Random::bits() noexcept {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() noexcept { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

double Random::uniform(double low, double high) noexcept { return low + (high - low) * uniform(); }

std::uint32_t Random::below(std::uint32_t bound) noexcept {
  const std::uint64_t product = (bits() >> 32) * static_cast<std::uint64_t>(bound);
  return static_cast<std::uint32_t>(product >> 32);
}

int Random::between(int low, int high) noexcept {
  if (high <= low) return low;
  return low + static_cast<int>(below(static_cast<std::uint32_t>(high - low + 1)));
}

bool Random::chance(double probability) noexcept { return uniform() < probability; }

double Random::normal() noexcept {
  // The polar method. The second value is thrown away: a stream without hidden state is easier to
  // reason about than one that is twice as fast.
  for (;;) {
    const double x = uniform(-1.0, 1.0);
    const double y = uniform(-1.0, 1.0);
    const double radius = x * x + y * y;
    if (radius >= 1.0 || radius == 0.0) continue;
    return x * std::sqrt(-2.0 * portable_log(radius) / radius);
  }
}

double Random::normal(double mean, double deviation) noexcept {
  return mean + deviation * normal();
}

double Random::log_normal(double median, double sigma) noexcept {
  return median * portable_exp(sigma * normal());
}

double Random::exponential(double mean) noexcept { return -mean * portable_log(1.0 - uniform()); }

double Random::gamma(double shape, double mean) noexcept {
  const double scale = mean / shape;
  if (shape < 1.0) {
    const double boost = portable_pow(1.0 - uniform(), 1.0 / shape);
    return gamma(shape + 1.0, (shape + 1.0) * scale) * boost;
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal();
    const double root = 1.0 + c * x;
    if (root <= 0.0) continue;
    const double v = root * root * root;
    const double u = 1.0 - uniform();
    if (portable_log(u) < 0.5 * x * x + d - d * v + d * portable_log(v)) return d * v * scale;
  }
}

double Random::beta(double mean, double concentration) noexcept {
  const double alpha = mean * concentration;
  const double first = gamma(alpha, alpha);
  const double second = gamma(concentration - alpha, concentration - alpha);
  return first / (first + second);
}

std::uint32_t Random::poisson(double mean) noexcept {
  if (mean <= 0.0) return 0;
  if (mean > 30.0) {
    const double value = normal(mean, std::sqrt(mean)) + 0.5;
    return value < 0.0 ? 0U : static_cast<std::uint32_t>(value);
  }
  const double limit = portable_exp(-mean);
  double product = uniform();
  std::uint32_t count = 0;
  while (product > limit) {
    product *= uniform();
    ++count;
  }
  return count;
}

std::size_t Random::weighted(std::span<const double> weights) noexcept {
  double total = 0.0;
  for (const double weight : weights)
    total += weight;
  double left = uniform() * total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0.0) return i;
  }
  return weights.empty() ? 0 : weights.size() - 1;
}

AliasTable::AliasTable(std::span<const double> weights) {
  double total = 0.0;
  for (const double weight : weights)
    total += weight;
  if (!(total > 0.0)) return;
  const std::size_t count = weights.size();
  keep_.resize(count);
  alias_.resize(count);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::size_t i = 0; i < count; ++i) {
    keep_[i] = weights[i] * static_cast<double>(count) / total;
    alias_[i] = static_cast<std::uint32_t>(i);
    (keep_[i] < 1.0 ? small : large).push_back(static_cast<std::uint32_t>(i));
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back();
    const std::uint32_t rich = large.back();
    small.pop_back();
    alias_[poor] = rich;
    keep_[rich] -= 1.0 - keep_[poor];
    if (keep_[rich] < 1.0) {
      large.pop_back();
      small.push_back(rich);
    }
  }
  for (const std::uint32_t index : small)
    keep_[index] = 1.0;
  for (const std::uint32_t index : large)
    keep_[index] = 1.0;
}

std::size_t AliasTable::draw(Random& random) const noexcept {
  const std::uint32_t index = random.below(static_cast<std::uint32_t>(keep_.size()));
  return random.uniform() < keep_[index] ? index : alias_[index];
}

}  // namespace souk::simulate
