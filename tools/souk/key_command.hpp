// API keys: random text of which the YAML file knows the hash only.
#pragma once

#include <string>

namespace souk::cli {

/// A fresh key: "souk_" and 43 characters that hold 256 random bits, fit for headers and URLs.
[[nodiscard]] std::string new_key();

}  // namespace souk::cli
