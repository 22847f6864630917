// ${VAR} and ${VAR:-default} in the values of a YAML file.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"

namespace souk::config {

/// Where variables come from: the process's environment, or a map in tests.
class Environment {
 public:
  /// nullptr: the process's own.
  explicit Environment(const std::map<std::string, std::string>* variables)
      : variables_(variables) {}

  /// The text with every variable put in; `$$` is a dollar sign. INVALID_ARGUMENT names a variable
  /// that is not set and has no default, or a malformed reference.
  [[nodiscard]] Result<std::string> expand(std::string_view text) const;

 private:
  [[nodiscard]] const char* find(const std::string& name) const;

  const std::map<std::string, std::string>* variables_;
};

}  // namespace souk::config
