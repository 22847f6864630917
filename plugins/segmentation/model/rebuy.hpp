// Products that run out: when somebody will buy the same again.
//
// The days between purchases of one product by one person are log-normal around a mean of the
// person's own, which lies around the product's, which lies around the shop's. Each mean is what
// was seen and what is believed, weighed by how much was seen (a normal model of the logarithms
// with known widths: Gelman et al., Bayesian Data Analysis, 2013, 5.4). Whether a product runs out
// at all is told by how many of its purchases were followed by another.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "plugins/segmentation/model/deeds.hpp"

namespace souk::segmentation {

/// Purchases of one product by one person. A plain record of snapshots.
struct Rebuy {
  NameId product = 0;
  std::uint32_t last_s = 0;
  float log_gaps = 0;      ///< of days between purchases, summed
  std::uint16_t gaps = 0;  ///< how many
  std::uint8_t slot = 0;   ///< whose they were: a joined visitor's, 0 for the person's own
  std::uint8_t unused = 0;
  friend bool operator==(const Rebuy&, const Rebuy&) = default;
};
static_assert(sizeof(Rebuy) == 16);

/// The same of a product, or of all, by everybody.
struct RebuyRate {
  float log_gaps = 0;
  std::uint32_t gaps = 0;
  std::uint32_t purchases = 0;  ///< days on which somebody bought it
};

/// Days until a product is bought again, from the last time; nothing where it is no product that
/// runs out, as far as is known.
[[nodiscard]] std::optional<double> rebuy_days(double log_gaps, unsigned gaps,
                                               const RebuyRate& product, const RebuyRate& shop);

}  // namespace souk::segmentation
