// Makes a new plugin project from the SDK's template.
#pragma once

#include <string>
#include <vector>

#include "souk/result.hpp"

namespace souk::plugin_check {

/// Writes the project `name` (2 to 40 of a-z, 0-9 and '-', beginning with a letter) into `dir`,
/// which may not exist or must be empty. Returns the files written, relative to `dir`.
/// INVALID_ARGUMENT for a bad name, ALREADY_EXISTS when `dir` holds something, UNAVAILABLE when a
/// file cannot be written.
Result<std::vector<std::string>> new_project(const std::string& name, const std::string& dir);

}  // namespace souk::plugin_check
