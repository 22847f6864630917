#include <regex>

#include "kernel/schema/rules.hpp"

namespace souk::schema {

// libstdc++ matches breadth-first when asked for polynomial time: no input makes it exponential,
// and its stack does not grow with the text. Both compilers use libstdc++.
struct Pattern::Compiled {
  std::regex expression;
};

Pattern::Pattern() : compiled_(std::make_unique<Compiled>()) {}
Pattern::~Pattern() = default;

std::unique_ptr<Pattern> Pattern::compile(std::string_view expression, std::string& error) {
  constexpr std::size_t kMaxExpression = 1024;
  if (expression.size() > kMaxExpression) {
    error = "is longer than 1024 bytes";
    return nullptr;
  }
  std::unique_ptr<Pattern> pattern(new Pattern);
  try {
    pattern->compiled_->expression.assign(
        expression.begin(), expression.end(),
        std::regex::ECMAScript | std::regex::optimize | std::regex_constants::__polynomial);
  } catch (const std::regex_error& failure) {
    error = failure.what();
    return nullptr;
  }
  return pattern;
}

bool Pattern::matches(std::string_view text) const {
  constexpr std::size_t kMaxText = 64 << 10;
  if (text.size() > kMaxText) return false;
  try {
    return std::regex_match(text.begin(), text.end(), compiled_->expression);
  } catch (const std::regex_error&) {
    return false;
  }
}

}  // namespace souk::schema
