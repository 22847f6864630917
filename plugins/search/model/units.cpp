#include "plugins/search/model/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace souk::search {
namespace {

struct Unit {
  std::string_view name;  ///< folded
  std::string_view base;
  double factor;  ///< of the base unit
};

// Storage counts in thousands, as its makers do. Inches stay apart from metres: "17 inch" names a
// class of goods, "43.2 cm" a measurement. Sorted by name.
constexpr Unit kUnits[] = {{"a", "ma", 1000},
                           {"ah", "mah", 1000},
                           {"amp", "ma", 1000},
                           {"bit", "bit", 1},
                           {"centimeter", "mm", 10},
                           {"centimetre", "mm", 10},
                           {"cl", "ml", 10},
                           {"cm", "mm", 10},
                           {"dl", "ml", 100},
                           {"eur", "eur", 1},
                           {"feet", "ft", 1},
                           {"foot", "ft", 1},
                           {"fps", "fps", 1},
                           {"ft", "ft", 1},
                           {"g", "g", 1},
                           {"gb", "gb", 1},
                           {"ghz", "mhz", 1000},
                           {"gigabyte", "gb", 1},
                           {"gr", "g", 1},
                           {"gram", "g", 1},
                           {"gramm", "g", 1},
                           {"grams", "g", 1},
                           {"hz", "hz", 1},
                           {"in", "in", 1},
                           {"inch", "in", 1},
                           {"inches", "in", 1},
                           {"kg", "g", 1000},
                           {"kilo", "g", 1000},
                           {"kw", "w", 1000},
                           {"l", "ml", 1000},
                           {"lb", "lb", 1},
                           {"lbs", "lb", 1},
                           {"liter", "ml", 1000},
                           {"liters", "ml", 1000},
                           {"litre", "ml", 1000},
                           {"litres", "ml", 1000},
                           {"litro", "ml", 1000},
                           {"litros", "ml", 1000},
                           {"m", "mm", 1000},
                           {"mah", "mah", 1},
                           {"mb", "mb", 1},
                           {"megapixel", "mp", 1},
                           {"megapixels", "mp", 1},
                           {"meter", "mm", 1000},
                           {"meters", "mm", 1000},
                           {"metre", "mm", 1000},
                           {"metres", "mm", 1000},
                           {"mg", "mg", 1},
                           {"mhz", "mhz", 1},
                           {"ml", "ml", 1},
                           {"mm", "mm", 1},
                           {"mp", "mp", 1},
                           {"ounce", "oz", 1},
                           {"ounces", "oz", 1},
                           {"oz", "oz", 1},
                           {"pouces", "in", 1},
                           {"pulgadas", "in", 1},
                           {"tb", "gb", 1000},
                           {"terabyte", "gb", 1000},
                           {"v", "v", 1},
                           {"volt", "v", 1},
                           {"w", "w", 1},
                           {"watt", "w", 1},
                           {"watts", "w", 1},
                           {"zoll", "in", 1}};
static_assert(std::is_sorted(std::begin(kUnits), std::end(kUnits),
                             [](const Unit& a, const Unit& b) { return a.name < b.name; }));

const Unit* find_unit(std::string_view name) {
  const auto* found =
      std::lower_bound(std::begin(kUnits), std::end(kUnits), name,
                       [](const Unit& unit, std::string_view key) { return unit.name < key; });
  return found != std::end(kUnits) && found->name == name ? found : nullptr;
}

bool is_figure(char c) { return c >= '0' && c <= '9'; }

/// Where the decimals begin, or npos. One kind of separator before groups of three separates
/// thousands, unless the number begins with a zero.
std::size_t decimal_point(std::string_view text) {
  const std::size_t last = text.find_last_of(".,");
  if (last == std::string_view::npos) {
    return last;
  }
  const char mark = text[last];
  const bool other = text.find(mark == '.' ? ',' : '.') != std::string_view::npos;
  const bool repeated = text.find(mark) != last;
  const bool three = text.size() - last - 1 == 3;
  if (repeated || (three && !other && last <= 3 && text.front() != '0')) {
    return std::string_view::npos;
  }
  return last;
}

}  // namespace

bool parse_quantity(std::string_view text, double& value) {
  constexpr std::size_t kMaxDigits = 15;  // exact in a double
  if (text.empty() || !is_figure(text.front()) || !is_figure(text.back())) {
    return false;
  }
  const std::size_t point = decimal_point(text);
  double digits = 0;
  double scale = 1;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_figure(text[i])) {
      if (text[i] != '.' && text[i] != ',') {
        return false;
      }
      continue;
    }
    digits = digits * 10 + (text[i] - '0');
    scale *= point != std::string_view::npos && i > point ? 10 : 1;
    if (++count > kMaxDigits) {
      return false;
    }
  }
  value = digits / scale;
  return true;
}

bool is_unit(std::string_view unit) { return find_unit(unit) != nullptr; }

bool canonical_quantity(double value, std::string_view unit, std::string& out) {
  const Unit* found = find_unit(unit);
  if (found == nullptr) {
    return false;
  }
  const double hundredths = std::round(value * found->factor * 100);
  constexpr double kLargest = 1e15;
  if (!(hundredths < kLargest)) {
    return false;
  }
  const auto amount = static_cast<long long>(hundredths);
  std::array<char, 32> digits{};
  int size = std::snprintf(digits.data(), digits.size(), "#%lld", amount / 100);
  if (amount % 100 != 0) {
    size += std::snprintf(digits.data() + size, digits.size() - static_cast<std::size_t>(size),
                          amount % 10 != 0 ? ".%02lld" : ".%lld",
                          amount % 10 != 0 ? amount % 100 : amount % 100 / 10);
  }
  out.assign(digits.data(), static_cast<std::size_t>(size));
  out.append(found->base);
  return true;
}

}  // namespace souk::search
