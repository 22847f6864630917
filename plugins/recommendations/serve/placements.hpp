// What a request asks for, once its placement has been looked up: the placement gives what the
// request leaves open.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/recommendations/serve/expression_program.hpp"
#include "plugins/recommendations/settings.hpp"
#include "souk/v1/recommendations.pb.h"

namespace souk::recommendations {

enum class Kind : std::uint8_t {
  for_you,
  similar,
  bought_together,
  bundle,
  upsell,
  cross_sell,
  buy_again,
  trending,
  new_arrivals,
  recently_viewed,
  discover,
  complete_the_look,
  size
};
inline constexpr std::size_t kKinds = 13;
[[nodiscard]] std::string_view name_of(Kind kind);
/// The kind of that name; false when there is none.
[[nodiscard]] bool kind_named(std::string_view name, Kind& kind);

/// Names of placements stand in attribution tokens and in reports.
inline constexpr std::size_t kLongestPlacement = 48;

/// What is asked for. Points into the request and the settings, which outlive the question.
struct Wish {
  static constexpr std::uint32_t kDefaultLimit = 10;
  static constexpr std::uint32_t kMostItems = 100;
  static constexpr std::size_t kMostKinds = 8;

  std::string_view placement;            ///< empty: none
  std::array<Kind, kMostKinds> kinds{};  ///< to be asked in this order
  std::size_t kind_count = 1;
  std::uint32_t limit = kDefaultLimit;
  std::uint32_t enough = kDefaultLimit;  ///< products with which no further kind is asked
  std::uint32_t max_per_brand = 0;       ///< 0: any number
  double diversity = 0;
  std::string_view category;
  const Condition* placement_filter = nullptr;  ///< both must hold; nullptr: none
  const Condition* filter = nullptr;
  const std::vector<BoostRule>* placement_boosts = nullptr;  ///< both multiply; nullptr: none
  const std::vector<BoostRule>* boosts = nullptr;
};

/// Reads it from a request. INVALID_ARGUMENT names the field, its value and what is allowed.
Status read_wish(const souk::v1::RecommendRequest& request, const v1::Settings& settings,
                 ExpressionCache& cache, Wish& wish);

/// Checks the placements of settings: names, kinds, limits, filters, boosts. INVALID_ARGUMENT with
/// the setting's path as field.
Status validate_placements(const v1::Settings& settings);

}  // namespace souk::recommendations
