// Conditions that nobody can ever meet: a definition with a slip in it, told before it is saved.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "plugins/segmentation/language/condition.hpp"

namespace souk::segmentation {

/// The first part joined by "and" that can't hold together with those before it: numbers and
/// durations out of each other's range, something and its "not". Compared are parts written alike;
/// nothing is said of what can hold. `nodes` are those of `text`.
[[nodiscard]] std::optional<Fault> contradiction(const std::vector<Node>& nodes,
                                                 std::string_view text);

}  // namespace souk::segmentation
