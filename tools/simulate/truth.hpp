// What really happened, told while it happens: the part of the ground truth that grows with time is
// handed out as it arises, so that a long run needs no memory for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "tools/simulate/catalog.hpp"
#include "tools/simulate/population.hpp"

namespace souk::simulate {

/// The effect of one message on one person. A tenth of the planned messages is held back at random
/// (`sent` false), so that estimates of the effect can be checked against it.
struct MessageTruth {
  std::string_view message_id;
  std::string_view flow;
  std::string_view customer_id;
  std::int64_t time_us = 0;
  bool sent = true;
  double visit_without = 0.0;      ///< P(a visit within 24 hours) without the message
  double click_probability = 0.0;  ///< P(this person clicks), which is a visit
  /// The causal effect on a visit within 24 hours: (1 - visit_without) · click_probability.
  [[nodiscard]] double visit_lift() const noexcept {
    return (1.0 - visit_without) * click_probability;
  }
};

/// Units of a product on a day. Demand is what would have been sold with endless stock.
struct DemandTruth {
  int day = 0;
  std::string_view product_id;
  std::uint32_t sold = 0;
  std::uint32_t lost = 0;
};

class TruthSink {
 public:
  virtual ~TruthSink() = default;
  virtual void message(const MessageTruth& truth) = 0;
  virtual void demand(const DemandTruth& truth) = 0;
  /// A person whose slot is about to be given to somebody else (only after the planned days).
  virtual void departed(const Population& population, std::uint32_t shopper) = 0;
};

}  // namespace souk::simulate
