#include "plugins/recommendations/serve/match_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace souk::recommendations {
namespace {

constexpr double kOtherPeople = 0.05;
constexpr std::size_t kMostWords = 32;

constexpr std::array<std::string_view, 5> kPeople{"gender", "geschlecht", "age_group", "age group",
                                                  "target_gender"};
constexpr std::array<std::string_view, 5> kAnybody{"unisex", "all", "neutral", "adult",
                                                   "everybody"};

/// Whom a product is for, by one attribute.
struct Wearer {
  std::size_t name = 0;  // index into kPeople
  std::string_view value;
  std::uint32_t word = 0;
};

std::size_t wearers_of(const Catalog& catalog, ItemId item, std::array<Wearer, kMostWords>& out) {
  std::size_t size = 0;
  catalog.sets().for_each(catalog.traits(item).attributes, [&](std::uint32_t word) {
    const std::string_view text = catalog.words().name(word);
    const std::size_t equals = std::min(text.find('='), text.size());
    const auto name = std::find(kPeople.begin(), kPeople.end(), text.substr(0, equals));
    if (name == kPeople.end() || equals == text.size()) return true;
    out[size++] = {static_cast<std::size_t>(name - kPeople.begin()), text.substr(equals + 1), word};
    return size < kMostWords;
  });
  return size;
}

bool anybody(std::string_view value) {
  return std::find(kAnybody.begin(), kAnybody.end(), value) != kAnybody.end();
}

bool same_people(const Wearer& a, const Wearer& b) {
  return a.value == b.value || anybody(a.value) || anybody(b.value);
}

}  // namespace

double learned_match(const AttributePairs& pairs, std::span<const AttributePairs::Value> a,
                     std::span<const AttributePairs::Value> b) {
  double sum = 0;
  int names = 0;
  for (std::size_t i = 0; i < a.size();) {
    std::size_t end = i;
    while (end < a.size() && a[end].name == a[i].name)
      ++end;
    double best = 0;
    if (pairs.knows(a[i].name)) {
      for (std::size_t x = i; x < end; ++x) {
        for (const AttributePairs::Value& y : b)
          if (y.name == a[i].name) best = std::max(best, pairs.lift(a[x], y));
      }
    }
    if (best > 0) {
      sum += std::log(best);
      ++names;
    }
    i = end;
  }
  return names == 0 ? 1 : std::clamp(std::exp(sum / names), 0.25, 4.0);
}

double other_people(const Catalog& catalog, const AttributePairs& pairs, ItemId a, ItemId b) {
  std::array<Wearer, kMostWords> of_a;
  std::array<Wearer, kMostWords> of_b;
  const std::size_t size_a = wearers_of(catalog, a, of_a);
  const std::size_t size_b = size_a == 0 ? 0 : wearers_of(catalog, b, of_b);
  double factor = 1;
  for (std::size_t name = 0; name < kPeople.size() && size_b > 0; ++name) {
    bool compared = false;
    bool same = false;
    for (std::size_t i = 0; i < size_a; ++i) {
      AttributePairs::Value value;
      if (of_a[i].name != name) continue;
      if (pairs.value_of(of_a[i].word, value) && pairs.knows(value.name)) break;  // orders know
      for (std::size_t j = 0; j < size_b; ++j) {
        if (of_b[j].name != name) continue;
        compared = true;
        same = same || same_people(of_a[i], of_b[j]);
      }
    }
    if (compared && !same) factor *= kOtherPeople;
  }
  return factor;
}

CategoryId department_of(const Catalog& catalog, ItemId item) {
  const CategoryId main = catalog.main_category(item);
  if (main == kNoCategory) return kNoCategory;
  const std::string_view path = catalog.category_path(main);
  const std::size_t end = path.find(" > ");
  return end == std::string_view::npos ? main : catalog.category(path.substr(0, end));
}

}  // namespace souk::recommendations
