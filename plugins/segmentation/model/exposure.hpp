// Meeting a variant of an experiment: what was known of the person just before, and what came in
// the days after. Uplift is learned from these alone: what a variant changed must not be among what
// it is told by.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "plugins/segmentation/model/deeds.hpp"
#include "plugins/segmentation/model/subject.hpp"

namespace souk::segmentation {

inline constexpr std::size_t kUpliftColumns = 16;
using UpliftValues = std::array<double, kUpliftColumns>;  ///< NaN where nothing can be said

struct UpliftColumn {
  std::string_view high;  ///< "orders often"
  std::string_view low;
};
[[nodiscard]] const std::array<UpliftColumn, kUpliftColumns>& uplift_columns();

/// What could be known of a subject at `at_s`, now or earlier; nothing when its deeds don't reach
/// back so far.
[[nodiscard]] std::optional<UpliftValues> uplift_values(const Subject& subject, std::uint32_t at_s);

/// The first meeting of one experiment. A plain record of snapshots.
struct Exposure {
  NameId experiment = 0;
  NameId variant = 0;
  std::uint32_t at_s = 0;
  float revenue = 0;             ///< within the window after it, less what was given back
  std::uint16_t orders = 0;      ///< within the window, less cancelled ones
  std::uint8_t slot = 0;         ///< whose it was: a joined visitor's, 0 for the person's own
  std::uint8_t met_another = 0;  ///< 1: another variant of the experiment was met later
  std::array<std::uint16_t, kUpliftColumns> before{};  ///< see values()

  /// Kept to eight bits of precision, which is more than they deserve.
  void keep(const UpliftValues& values);
  [[nodiscard]] UpliftValues values() const;

  friend bool operator==(const Exposure&, const Exposure&) = default;
};
// Snapshots hold its bytes: nothing may lie between the members.
static_assert(sizeof(Exposure) == 4 * 4 + 4 + 2 * kUpliftColumns);

}  // namespace souk::segmentation
