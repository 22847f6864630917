// The figures by which a merchant would judge whether this is a real shop, and the ranges that real
// shops show. A simulated run of a few weeks and a few thousand people must be inside them; the
// tests check it.
//
// The ranges are rules of thumb of the trade, named for orientation; they are wide because shops
// differ:
//   conversion 2–4 %            yearly e-commerce benchmarks (IRP, Littledata, Shopify) for mixed
//   assortments cart abandonment ~70 %      Baymard Institute's mean of some fifty studies (70 %)
//   bounce 30–50 %              web analytics benchmarks for shops
//   visits with a search        Econsultancy's and Algolia's reports: 15–30 %
//   e-mail opens, clicks        Mailchimp's and Klaviyo's benchmarks: 20–45 %, 1–5 %; unsubscribed
//   below 0.5 % returns                     general 5–15 % of lines; clothes and shoes 15–40 %
//   (Germany above others) sales lost without stock    Gruen and Corsten: 8 % out-of-stock rate, a
//   third to a half of it lost
#pragma once

#include <string_view>
#include <vector>

namespace souk::simulate {

class Simulation;

struct Figure {
  std::string_view name;
  std::string_view unit;  ///< "%", or what is counted
  double value = 0.0;
  double low = 0.0;  ///< the believable range; both 0: no range, a count
  double high = 0.0;

  [[nodiscard]] bool ranged() const noexcept { return high > low; }
  [[nodiscard]] bool believable() const noexcept {
    return !ranged() || (value >= low && value <= high);
  }
};

/// The figures of all that was lived so far. Business accounts are counted apart.
[[nodiscard]] std::vector<Figure> figures(const Simulation& simulation);

}  // namespace souk::simulate
