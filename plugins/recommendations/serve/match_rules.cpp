#include "plugins/recommendations/serve/match_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace souk::recommendations {
namespace {

constexpr double kSame = 1.2;
constexpr double kNeutral = 1.1;
constexpr double kOther = 0.85;
constexpr double kOtherPeople = 0.05;
constexpr std::size_t kMostWords = 32;

constexpr std::array<std::string_view, 13> kLooks{
    "colour", "color",  "style",      "season",    "material",  "pattern",      "farbe",
    "stil",   "gender", "geschlecht", "age_group", "age group", "target_gender"};
constexpr std::size_t kFirstPeople = 8;  // from here on who wears it
constexpr std::array<std::string_view, 21> kNeutrals{
    "black",      "white",  "grey",    "gray",    "beige",  "navy", "denim",
    "cream",      "silver", "natural", "neutral", "unisex", "all",  "all season",
    "all-season", "plain",  "solid",   "schwarz", "weiß",   "grau", "adult"};

struct Look {
  std::size_t name = 0;  // index into kLooks
  std::string_view value;
  std::uint32_t word = 0;
};

std::size_t looks_of(const Catalog& catalog, ItemId item, std::array<Look, kMostWords>& out) {
  std::size_t size = 0;
  catalog.sets().for_each(catalog.traits(item).attributes, [&](std::uint32_t word) {
    const std::string_view text = catalog.words().name(word);
    const std::size_t equals = std::min(text.find('='), text.size());
    const auto name = std::find(kLooks.begin(), kLooks.end(), text.substr(0, equals));
    if (name == kLooks.end() || equals == text.size()) return true;
    out[size++] = {static_cast<std::size_t>(name - kLooks.begin()), text.substr(equals + 1), word};
    return size < kMostWords;
  });
  return size;
}

bool neutral(std::string_view value) {
  return std::find(kNeutrals.begin(), kNeutrals.end(), value) != kNeutrals.end();
}

// The names of one thing in two languages are told apart: a shop speaks one.
double rule(const Look& a, const Look& b) {
  if (a.value == b.value) return kSame;
  if (neutral(a.value) || neutral(b.value)) return kNeutral;
  return a.name >= kFirstPeople ? kOtherPeople : kOther;
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

double ruled_match(const Catalog& catalog, const AttributePairs& pairs, ItemId a, ItemId b) {
  std::array<Look, kMostWords> of_a;
  std::array<Look, kMostWords> of_b;
  const std::size_t size_a = looks_of(catalog, a, of_a);
  const std::size_t size_b = looks_of(catalog, b, of_b);
  double match = 1;
  for (std::size_t name = 0; name < kLooks.size(); ++name) {
    double best = 0;
    for (std::size_t i = 0; i < size_a; ++i) {
      AttributePairs::Value value;
      if (of_a[i].name != name) continue;
      if (pairs.value_of(of_a[i].word, value) && pairs.knows(value.name)) break;  // orders know
      for (std::size_t j = 0; j < size_b; ++j)
        if (of_b[j].name == name) best = std::max(best, rule(of_a[i], of_b[j]));
    }
    if (best > 0) match *= best;
  }
  return match;
}

CategoryId department_of(const Catalog& catalog, ItemId item) {
  const CategoryId main = catalog.main_category(item);
  if (main == kNoCategory) return kNoCategory;
  const std::string_view path = catalog.category_path(main);
  const std::size_t end = path.find(" > ");
  return end == std::string_view::npos ? main : catalog.category(path.substr(0, end));
}

}  // namespace souk::recommendations
