// What the models of repeat buying need of a customer: three numbers (Fader, Hardie, Lee 2005,
// section 2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace souk::segmentation {

/// All times in one unit, weeks here. 0 <= recency <= age; recency is 0 without repeats.
struct PurchaseSummary {
  std::uint32_t repeats = 0;  ///< x: days with a purchase after the first such day
  double recency = 0;         ///< t_x: from the first to the last purchase
  double age = 0;             ///< T: from the first purchase until now

  friend bool operator==(const PurchaseSummary&, const PurchaseSummary&) = default;
};

/// Customers of equal numbers are one: their likelihoods are the same.
struct SummaryGroup {
  PurchaseSummary summary;
  std::uint32_t customers = 0;
};

/// Groups in order of (repeats, recency, age). O(n log n) of what is distinct, O(n) of the rest.
[[nodiscard]] std::vector<SummaryGroup> group_summaries(std::span<const PurchaseSummary> customers);

/// Σ_{i<n} log(p + i) and its first two derivatives by p for n = 0 … most, without a gamma
/// function: log Γ(p + n) − log Γ(p).
class RisingLogs {
 public:
  RisingLogs(double p, std::uint32_t most);
  [[nodiscard]] double value(std::uint32_t n) const { return rows_[n].value; }
  [[nodiscard]] double first(std::uint32_t n) const { return rows_[n].first; }
  [[nodiscard]] double second(std::uint32_t n) const { return rows_[n].second; }

 private:
  struct Row {
    double value = 0;
    double first = 0;
    double second = 0;
  };
  std::vector<Row> rows_;
};

}  // namespace souk::segmentation
