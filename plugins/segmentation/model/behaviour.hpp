// What somebody does, as a few numbers of one kind: what clusters, churn and uplift are learned
// from.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/segmentation/model/subject.hpp"

namespace souk::segmentation {

/// How a number reads for a person.
enum class BehaviourUnit : std::uint8_t { times, days, money, share };

struct Behaviour {
  std::string_view name;  ///< "orders"
  std::string_view high;  ///< "orders often"
  std::string_view low;   ///< "orders rarely"
  BehaviourUnit unit = BehaviourUnit::times;
  bool logarithm = true;  ///< kept as log(1 + x), as most are skewed
};

inline constexpr std::size_t kBehaviours = 13;
using BehaviourValues = std::array<double, kBehaviours>;

/// In the order of values. Events carry numbers of this order: append only.
[[nodiscard]] const std::array<Behaviour, kBehaviours>& behaviours();

/// NaN where nothing can be said: the interval of somebody with one order.
[[nodiscard]] BehaviourValues behaviour_of(const Subject& subject, std::uint32_t now_s);

/// A value as it is kept, in words: "8.1", "12 days", "31 %".
[[nodiscard]] std::string behaviour_text(std::size_t behaviour, double kept);

}  // namespace souk::segmentation
