// The digest of a file, read in pieces.
#pragma once

#include <string>

#include "kernel/base/status.hpp"

namespace souk::base {

/// SHA-256 of the file's bytes as 64 lower-case hex digits. UNAVAILABLE when it cannot be read.
Result<std::string> sha256_of_file(const std::string& path);

}  // namespace souk::base
