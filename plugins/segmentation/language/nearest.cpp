#include "plugins/segmentation/language/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace souk::segmentation {
namespace {

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t corner = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = corner + (a[i] == b[j] ? 0 : 1);
      corner = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, corner + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_hint(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t least = word.size() / 3 + 2;
  for (const std::string_view candidate : known) {
    if (word.size() > 64) break;
    const std::size_t distance = edits(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  if (!best.empty() && !word.empty()) return "; did you mean " + std::string(best) + "?";
  std::string list = "; allowed are ";
  for (std::size_t i = 0; i < known.size(); ++i)
    list += (i == 0 ? "" : ", ") + std::string(known[i]);
  return list;
}

}  // namespace souk::segmentation
