#include "plugins/segmentation/model/purchase_summary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

namespace souk::segmentation {
namespace {

/// An open hash table of groups: most customers of a large shop share their numbers with others.
class Grouping {
 public:
  explicit Grouping(std::size_t customers) {
    slots_.resize(std::bit_ceil(std::max<std::size_t>(64, customers / 4)));
  }

  void add(const PurchaseSummary& summary) {
    if (2 * (groups_.size() + 1) > slots_.size()) grow();
    std::uint32_t& slot = find(summary);
    if (slot == 0) {
      groups_.push_back({summary, 0});
      slot = static_cast<std::uint32_t>(groups_.size());
    }
    ++groups_[slot - 1].customers;
  }

  [[nodiscard]] std::vector<SummaryGroup> take() { return std::move(groups_); }

 private:
  static std::uint64_t hash(const PurchaseSummary& summary) {
    std::uint64_t h = summary.repeats + 0x9e3779b97f4a7c15;
    for (const double part : {summary.recency, summary.age}) {
      h = (h ^ std::bit_cast<std::uint64_t>(part)) * 0xff51afd7ed558ccd;
      h ^= h >> 32;
    }
    return h;
  }

  std::uint32_t& find(const PurchaseSummary& summary) {
    for (std::size_t at = hash(summary);; ++at) {
      std::uint32_t& slot = slots_[at & (slots_.size() - 1)];
      if (slot == 0 || groups_[slot - 1].summary == summary) return slot;
    }
  }

  void grow() {
    slots_.assign(2 * slots_.size(), 0);
    for (std::size_t i = 0; i < groups_.size(); ++i)
      find(groups_[i].summary) = static_cast<std::uint32_t>(i + 1);
  }

  std::vector<std::uint32_t> slots_;
  std::vector<SummaryGroup> groups_;
};

}  // namespace

std::vector<SummaryGroup> group_summaries(std::span<const PurchaseSummary> customers) {
  Grouping grouping(customers.size());
  for (const PurchaseSummary& customer : customers)
    grouping.add(customer);
  std::vector<SummaryGroup> groups = grouping.take();
  // In one order, so that sums do not depend on the order of customers.
  std::sort(groups.begin(), groups.end(), [](const SummaryGroup& a, const SummaryGroup& b) {
    return std::tie(a.summary.repeats, a.summary.recency, a.summary.age) <
           std::tie(b.summary.repeats, b.summary.recency, b.summary.age);
  });
  return groups;
}

RisingLogs::RisingLogs(double p, std::uint32_t most) : rows_(most + 1) {
  for (std::uint32_t n = 0; n < most; ++n) {
    const double inverse = 1 / (p + n);
    rows_[n + 1] = {rows_[n].value - std::log(inverse), rows_[n].first + inverse,
                    rows_[n].second - inverse * inverse};
  }
}

}  // namespace souk::segmentation
