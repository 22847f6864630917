// What a learned ranker looks at, of one product in the answer to one search.
//
// Each feature is a number within a fixed range, kept as a byte: the ranges are the module's, so
// examples of last month and products of this moment are read alike.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace souk::search {

/// New ones go to the end: snapshots hold them by number.
enum class RankFeature : std::uint8_t {
  kBehaviour,   ///< ln of how much more than others of its query it is clicked and bought
  kPopularity,  ///< ln(1 + what happened with it lately)
  kTaste,       ///< ln of the factor of this shopper's brands, categories and prices
  kSeen,        ///< this shopper looked at it before
  kRating,      ///< 0 … 1
  kNewness,     ///< 1 on its first day, halved each 30 days; 0 when the catalog does not say
  kMargin,      ///< share of the price; 0 when the catalog does not say
  kPrice,       ///< ln(price / geometric mean of what it stands among)
  kSellable,    ///< can be bought now
  kSize,        ///< this shopper's size: 1 there is one, -1 there is none, 0 nothing is known
  kSegment,     ///< ln of the same as kBehaviour, of the shopper's segments
  kText,        ///< ln(relevance of the text / the best of the answer)
  kExactness,   ///< share of the question that is there letter by letter
};
inline constexpr std::size_t kRankFeatures = 13;
/// Those of the moment; the others are texts, which a training reads again from the catalog.
inline constexpr std::size_t kMomentFeatures = 11;

using RankRow = std::array<float, kRankFeatures>;
using RankBytes = std::array<std::uint8_t, kRankFeatures>;

struct RankFeatureInfo {
  std::string_view name;     ///< with "learned: ", as explanations show it
  std::string_view meaning;  ///< for reports
  float low = 0;
  float high = 1;
};

inline constexpr std::array<RankFeatureInfo, kRankFeatures> kRankFeatureInfo{{
    {"learned: clicks and orders", "what others took for the same query", -0.75F, 1.85F},
    {"learned: popularity", "what is clicked and bought anywhere in the shop", 0, 9},
    {"learned: this shopper", "the shopper's brands, categories and prices", -1.25F, 1.5F},
    {"learned: looked at before", "what the shopper looked at before", 0, 1},
    {"learned: rating", "ratings", 0, 1},
    {"learned: newness", "how new it is", 0, 1},
    {"learned: margin", "the margin", -1, 1},
    {"learned: price", "its price beside the others'", -3, 3},
    {"learned: in stock", "whether it can be bought", 0, 1},
    {"learned: size", "whether the shopper's size is there", -1, 1},
    {"learned: segment", "what the shopper's segments took for the query", -0.75F, 1.85F},
    {"learned: text", "relevance of the text", -4, 0},
    {"learned: exactness", "words that are there letter by letter", 0, 1},
}};

/// Ln of the factors that were set by hand, of one product, as a byte: steps of 3.5 %.
inline constexpr RankFeatureInfo kPresentInfo{"present", "the present ranking", -4, 5};

[[nodiscard]] inline std::uint8_t to_byte(float value, const RankFeatureInfo& info) {
  if (!std::isfinite(value)) value = 0;
  const float share = (std::clamp(value, info.low, info.high) - info.low) / (info.high - info.low);
  return static_cast<std::uint8_t>(share * 255 + 0.5F);
}
[[nodiscard]] inline float from_byte(std::uint8_t byte, const RankFeatureInfo& info) {
  return info.low + (info.high - info.low) * static_cast<float>(byte) / 255;
}
[[nodiscard]] inline RankBytes to_bytes(const RankRow& row) {
  RankBytes bytes{};
  for (std::size_t f = 0; f < kRankFeatures; ++f)
    bytes[f] = to_byte(row[f], kRankFeatureInfo[f]);
  return bytes;
}
[[nodiscard]] inline RankRow to_row(const RankBytes& bytes) {
  RankRow row{};
  for (std::size_t f = 0; f < kRankFeatures; ++f)
    row[f] = from_byte(bytes[f], kRankFeatureInfo[f]);
  return row;
}

}  // namespace souk::search
