// LatencyHistogram: durations in nanoseconds, counted in buckets that are at most 0.8 % wide.
//
// Each power of two is cut into 128 equal buckets (the layout of HdrHistogram with two significant
// digits). Not thread-safe: one a thread, merged at the end.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace souk::bench {

class LatencyHistogram {
 public:
  void record(std::int64_t nanoseconds) noexcept {
    const auto value = static_cast<std::uint64_t>(nanoseconds < 0 ? 0 : nanoseconds);
    ++counts_[bucket_of(value)];
    ++total_;
    if (value > max_) max_ = value;
  }

  void merge(const LatencyHistogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      counts_[i] += other.counts_[i];
    total_ += other.total_;
    if (other.max_ > max_) max_ = other.max_;
  }

  /// The duration that the share `quantile` (0 to 1) of all stayed within, in microseconds; 0
  /// without records.
  [[nodiscard]] double quantile_us(double quantile) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(quantile * static_cast<double>(total_) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (counts_[i] > 0 && seen >= wanted) return static_cast<double>(upper_end(i)) / 1e3;
    }
    return max_us();
  }

  [[nodiscard]] double max_us() const noexcept { return static_cast<double>(max_) / 1e3; }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

 private:
  static constexpr unsigned kSubBits = 7;
  static constexpr std::uint64_t kSub = 1U << kSubBits;
  static constexpr unsigned kOctaves = 40;  // up to 2^47 ns: 39 hours

  static std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < kSub) return static_cast<std::size_t>(value);
    const unsigned octave = static_cast<unsigned>(std::bit_width(value)) - kSubBits;
    const std::uint64_t index = octave * kSub + ((value >> (octave - 1)) & (kSub - 1));
    return static_cast<std::size_t>(index < kOctaves * kSub ? index : kOctaves * kSub - 1);
  }
  static std::uint64_t upper_end(std::size_t bucket) noexcept {
    const std::uint64_t octave = bucket / kSub;
    if (octave == 0) return bucket;
    return ((kSub + bucket % kSub + 1) << (octave - 1)) - 1;
  }

  std::array<std::uint64_t, kOctaves * kSub> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace souk::bench
