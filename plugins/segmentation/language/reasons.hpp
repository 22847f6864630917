#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/segmentation/language/condition.hpp"

namespace souk::segmentation {

/// Why a condition holds, or why it does not: the comparisons that decide it, each in words with
/// the value found and what is asked. Example: "orders is 3 (asked: >= 2)". At most `most`.
[[nodiscard]] std::vector<std::string> reasons(const Condition& condition, const Subject& subject,
                                               std::uint32_t now_s, std::size_t most = 6);

}  // namespace souk::segmentation
