#include "kernel/config/environment.hpp"

#include <cstdlib>

namespace souk::config {
namespace {

bool is_name(std::string_view name) noexcept {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

}  // namespace

const char* Environment::find(const std::string& name) const {
  if (variables_ == nullptr) return std::getenv(name.c_str());
  const auto found = variables_->find(name);
  return found == variables_->end() ? nullptr : found->second.c_str();
}

Result<std::string> Environment::expand(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      out.push_back('$');
      text.remove_prefix(1);
      continue;
    }
    if (!text.starts_with('{')) {
      out.push_back('$');
      continue;
    }
    const auto end = text.find('}');
    if (end == std::string_view::npos) {
      return Status(Code::invalid_argument,
                    "\"${\" has no closing brace; write $$ for a dollar sign");
    }
    const std::string_view inside = text.substr(1, end - 1);
    const auto separator = inside.find(":-");
    const std::string name(inside.substr(0, separator));
    if (!is_name(name)) {
      return Status(Code::invalid_argument,
                    "\"${" + std::string(inside) + "}\" is not ${NAME} or ${NAME:-default}");
    }
    const char* value = find(name);
    const bool absent = value == nullptr || *value == '\0';
    if (absent && separator == std::string_view::npos && value == nullptr) {
      return Status(Code::invalid_argument, "the environment variable " + name +
                                                " is not set; set it, or write ${" + name +
                                                ":-default}");
    }
    if (absent && separator != std::string_view::npos) {
      out += inside.substr(separator + 2);
    } else {
      out += value;
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace souk::config
