// What an examination found, one sentence each, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace souk::cli {

enum class Verdict : std::uint8_t { good, doubtful, broken };

struct Finding {
  Verdict verdict = Verdict::good;
  std::string part;  ///< "SPF"
  std::string text;
  std::string fix;  ///< empty: nothing to do
};

using Findings = std::vector<Finding>;

inline void good(Findings& findings, std::string part, std::string text) {
  findings.push_back({Verdict::good, std::move(part), std::move(text), {}});
}
inline void doubtful(Findings& findings, std::string part, std::string text, std::string fix) {
  findings.push_back({Verdict::doubtful, std::move(part), std::move(text), std::move(fix)});
}
inline void broken(Findings& findings, std::string part, std::string text, std::string fix) {
  findings.push_back({Verdict::broken, std::move(part), std::move(text), std::move(fix)});
}

}  // namespace souk::cli
