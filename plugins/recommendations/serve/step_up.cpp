#include "plugins/recommendations/serve/step_up.hpp"

#include <array>
#include <cstdlib>
#include <string>

namespace souk::recommendations {
namespace {

constexpr double kPriorRatings = 10;
constexpr double kPriorRating = 0.7;
constexpr std::size_t kMostMeasures = 32;

double drawn(const Catalog::Traits& traits) {
  const double count = traits.ratings;
  return (static_cast<double>(traits.rating) * count + kPriorRating * kPriorRatings) /
         (count + kPriorRatings);
}

/// `name=12.5 unit`.
struct Measure {
  std::string_view name, value, unit;
  double amount = 0;
  bool only_one = true;  ///< of its name: what is sold in several sizes has no one size
};

bool read(std::string_view word, Measure& out) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  out.name = word.substr(0, equals);
  out.value = word.substr(equals + 1);
  std::size_t end = 0;
  double amount = 0;
  double place = 0;
  for (; end < out.value.size(); ++end) {
    const char c = out.value[end];
    if ((c == '.' || c == ',') && place == 0 && end > 0) {
      place = 1;
    } else if (c >= '0' && c <= '9') {
      amount = amount * 10 + (c - '0');
      place *= 10;
    } else {
      break;
    }
  }
  if (end == 0 || end > 12) return false;
  out.amount = place > 1 ? amount / place : amount;
  out.unit = out.value.substr(end);
  while (!out.unit.empty() && out.unit.front() == ' ')
    out.unit.remove_prefix(1);
  return true;
}

std::size_t measures(const Catalog& catalog, SetId attributes,
                     std::array<Measure, kMostMeasures>& out) {
  std::size_t size = 0;
  catalog.sets().for_each(attributes, [&](std::uint32_t word) {
    Measure made;
    if (!read(catalog.words().name(word), made)) return true;
    for (std::size_t i = 0; i < size; ++i) {
      if (out[i].name != made.name) continue;
      out[i].only_one = false;
      return true;
    }
    out[size++] = made;
    return size < kMostMeasures;
  });
  return size;
}

}  // namespace

double better_rated(const Catalog::Traits& from, const Catalog::Traits& to) {
  if (from.ratings == 0 && to.ratings == 0) return 0;
  return drawn(to) - drawn(from);
}

Larger larger(const Catalog& catalog, const Catalog::Traits& from, const Catalog::Traits& to) {
  std::array<Measure, kMostMeasures> a;
  std::array<Measure, kMostMeasures> b;
  const std::size_t of_a = measures(catalog, from.attributes, a);
  const std::size_t of_b = measures(catalog, to.attributes, b);
  for (std::size_t i = 0; i < of_a; ++i) {
    for (std::size_t j = 0; j < of_b; ++j) {
      if (a[i].only_one && b[j].only_one && a[i].name == b[j].name && a[i].unit == b[j].unit &&
          b[j].amount > a[i].amount) {
        return {b[j].name, b[j].value};
      }
    }
  }
  return {};
}

}  // namespace souk::recommendations
