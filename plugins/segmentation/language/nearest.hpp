#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace souk::segmentation {

/// "; did you mean X?" for the nearest of `known`, else the list of them.
[[nodiscard]] std::string nearest_hint(std::string_view word,
                                       const std::vector<std::string_view>& known);

}  // namespace souk::segmentation
