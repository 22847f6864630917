// "Did you mean …?": the name that was probably meant.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string_view>

namespace souk::recommendations {

/// Edits (insert, drop, change, swap neighbours) that make one name the other: Damerau's distance,
/// restricted form. Names beyond 63 bytes are compared by their beginning.
[[nodiscard]] inline std::size_t name_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 63;
  a = a.substr(0, kLongest);
  b = b.substr(0, kLongest);
  std::array<std::size_t, kLongest + 1> before{}, last{}, now{};
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[b.size()];
}

/// The nearest of `names`, or empty when none is near: two edits at most, and fewer than a third of
/// its letters for short ones.
template <class Names>
[[nodiscard]] std::string_view nearest_name(std::string_view wrong, const Names& names) {
  std::string_view best;
  std::size_t least = 3;
  for (const auto& name : names) {
    const std::string_view candidate = name;
    const std::size_t distance = name_distance(wrong, candidate);
    if (distance >= least || distance * 3 > std::max<std::size_t>(candidate.size(), 3)) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

}  // namespace souk::recommendations
