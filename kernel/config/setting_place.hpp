// Where in a file the setting stands that a plugin's sentence is about.
#pragma once

#include <optional>
#include <string_view>

#include "kernel/config/yaml_reader.hpp"

namespace souk::config {

/// The place of the value that the sentence begins with: "placements.home.filter: column 3: …",
/// "robot_events is 5, …", "flows[2].after: …". Where the path goes deeper than the file, the last
/// part that is there; nullopt when not even its first part is. Of layers, the last that has it.
[[nodiscard]] std::optional<YAML::Mark> place_of_setting(std::string_view sentence,
                                                         const Layers& layers);

}  // namespace souk::config
