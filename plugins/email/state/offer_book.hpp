// What offers were given, within their budgets, and why they were refused. Written by the fold
// alone, at the moment a message is decided: a budget holds exactly, whatever is replayed or
// retried.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/model/flow.hpp"

namespace souk::email {

/// One offer of one message of a flow.
struct OfferFigures {
  std::string flow_id;
  std::uint32_t step = 0;
  std::string name;
  std::uint64_t given = 0;
  std::uint64_t not_meant = 0;      ///< people for whom it is not
  std::uint64_t out_of_budget = 0;  ///< people for whom it was, too late
  std::uint32_t period = 0;         ///< number of the budget's period since 1970
  std::uint64_t given_in_period = 0;
};

/// Bounded by kMost offers. Not thread-safe.
class OfferBook {
 public:
  static constexpr std::size_t kMost = 5'000;

  /// Null when there are too many.
  OfferFigures* find(std::string_view flow_id, std::uint32_t step, std::string_view name);
  /// How many more may be given now; UINT64_MAX without a budget. Begins a new period when it is
  /// time.
  static std::uint64_t left(OfferFigures& figures, const OfferRule& offer, std::uint32_t now_s);

  [[nodiscard]] const std::vector<OfferFigures>& all() const noexcept { return all_; }
  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  std::vector<OfferFigures> all_;
};

}  // namespace souk::email
