#include "kernel/schema/words.hpp"

#include <algorithm>
#include <cctype>

namespace souk::schema {

namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Names differ in case and in how words are joined more often than in letters.
std::string fold(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != ' ') folded += lower(c);
  }
  return folded;
}

/// Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string quote(std::string_view value) {
  constexpr std::size_t kShown = 60;
  const bool cut = value.size() > kShown;
  if (cut) {
    std::size_t size = kShown;
    while (size > 0 && (static_cast<unsigned char>(value[size]) & 0xC0) == 0x80)
      --size;
    value = value.substr(0, size);
  }
  std::string text = "'";
  for (const char c : value)
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  if (cut) text += "…";
  return text + "'";
}

std::string join_names(const std::vector<std::string_view>& names) {
  constexpr std::size_t kShown = 20;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

std::string_view did_you_mean(std::string_view name,
                              const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongest = 64;
  if (name.empty() || name.size() > kLongest) return {};
  const std::string wanted = fold(name);
  std::size_t best = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  std::string_view found;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const std::size_t apart = distance(wanted, fold(candidate));
    if (apart < best) {
      best = apart;
      found = candidate;
    }
  }
  return found;
}

}  // namespace souk::schema
