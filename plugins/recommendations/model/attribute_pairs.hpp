// Which values of an attribute go together in one order: brown shoes with a brown belt.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// Counts of pairs of values of the same attribute, over pairs of products that were bought
/// together. Words `name=value` are numbered by the caller.
///
/// With n(v, w) pairs, R(v) = Σ_w n(v, w) and T = Σ_v R(v), each pair counted in both orders:
///
///   lift(v, w) = (n(v, w) + σ) / (R(v) · R(w) / T + σ)
///
/// how much more often the values meet than chance would let them, drawn to 1 where little is known
/// (σ = 5 pairs), and 1 where chance may explain it: less than three deviations √(R(v) R(w) / T +
/// 1) away. An attribute tells something from kEnough pairs on.
///
/// Memory: 16 KiB for each of at most kNames attributes; values beyond kValues of one attribute and
/// attributes beyond kNames are left out and counted.
///
/// Threads: one writer observes; any thread asks, without locks. A reader may meet a pair between
/// its two counts.
class AttributePairs {
 public:
  static constexpr std::uint32_t kNames = 64;
  static constexpr std::uint32_t kValues = 64;  ///< of one attribute
  static constexpr std::uint32_t kEnough = 100;
  /// A product with more values of one attribute is sold in all of them: none describes it.
  static constexpr std::size_t kMostOfAName = 4;

  /// An attribute's value that is counted.
  struct Value {
    std::uint16_t name = 0;
    std::uint16_t value = 0;
    auto operator<=>(const Value&) const = default;
  };

  explicit AttributePairs(std::uint32_t max_words);
  AttributePairs(const AttributePairs&) = delete;
  AttributePairs& operator=(const AttributePairs&) = delete;

  /// Makes `word` countable: `text` is `name=value`. Again is harmless. Writer only.
  void learn(std::uint32_t word, std::string_view text);
  /// Two products were bought together. Values are sorted; none of an attribute that a product has
  /// more than kMostOfAName of counts. Writer only.
  void observe(std::span<const Value> a, std::span<const Value> b);

  /// The word as a value; false when it is not counted. Any thread.
  [[nodiscard]] bool value_of(std::uint32_t word, Value& out) const;
  /// Whether enough is known of the attribute. Any thread.
  [[nodiscard]] bool knows(std::uint16_t name) const;
  /// See above; 1 when nothing is known. Any thread.
  [[nodiscard]] double lift(Value a, Value b) const;

  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKAP" v1: dropped u64, names u32, each a text and its values (u32, texts); words u32,
  /// each its number and value (u32); pairs u32, each two values (u32) and a count (u32).
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty model before readers use it; after an error it must be discarded.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct Name {
    std::array<std::atomic<std::uint32_t>, kValues * kValues> pairs{};
    std::array<std::atomic<std::uint32_t>, kValues> rows{};
    std::atomic<std::uint32_t> all{0};
    std::string text;                 ///< writer only
    std::vector<std::string> values;  ///< writer only
  };
  static constexpr std::uint32_t pack(Value value) {
    return (std::uint32_t{value.name} << 16 | value.value) + 1;
  }
  [[nodiscard]] bool add_name(std::string_view text, std::uint16_t& at);
  void count(Name& name, std::uint16_t a, std::uint16_t b, std::uint32_t by);
  [[nodiscard]] bool load_names(SnapshotReader& in);
  [[nodiscard]] bool valid(std::uint32_t packed) const;

  ChunkedArray<std::atomic<std::uint32_t>, 12> words_;  ///< packed value, 0: none
  std::uint32_t words_end_ = 0;                         ///< one past the largest; writer only
  std::array<std::unique_ptr<Name>, kNames> owned_;     ///< writer only
  std::array<std::atomic<Name*>, kNames> names_{};
  std::uint16_t used_ = 0;  ///< writer only
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace souk::recommendations
