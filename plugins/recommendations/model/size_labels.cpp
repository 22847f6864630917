#include "plugins/recommendations/model/size_labels.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace souk::recommendations {
namespace {

constexpr double kLargestNumber = 250;  // centimetres of a child's height are the largest
constexpr double kMostLetters = 9;

std::string plain(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      made.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (c == '_' || c == '-' || c == '.') {
      made.push_back(c == '.' ? '.' : ' ');
    } else if (c == ',') {
      made.push_back('.');
    } else {
      made.push_back(c);
    }
  }
  const std::size_t first = made.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return made.substr(first, made.find_last_not_of(' ') - first + 1);
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

// "m", "xl", "3xl", "xxs", "extra large"
std::optional<double> letters(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kWords{
      {{"small", "s"}, {"medium", "m"}, {"large", "l"}, {"extra", "x"}, {"tall", ""}}};
  std::string rest = text;
  for (const auto& [word, letter] : kWords) {
    for (std::size_t at = rest.find(word); at != std::string::npos; at = rest.find(word))
      rest.replace(at, word.size(), letter);
  }
  if (rest == "m") return 0;
  double far = 1;
  std::size_t at = 0;
  if (!rest.empty() && rest[0] >= '2' && rest[0] <= '9') {
    if (rest.size() != 3 || rest[1] != 'x') return std::nullopt;
    far += rest[0] - '0';
    at = 2;
  } else {
    while (at < rest.size() && rest[at] == 'x')
      ++at;
    far += static_cast<double>(at);
  }
  if (at + 1 != rest.size() || far > kMostLetters) return std::nullopt;
  if (rest[at] == 'l') return far;
  return rest[at] == 's' ? std::optional<double>(-far) : std::nullopt;
}

// Takes a number from the front, with a half behind it.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [rest, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  constexpr std::string_view kHalfSign = "\xc2\xbd";
  if (text.starts_with(kHalfSign) || text.starts_with(" 1/2")) {
    value += 0.5;
    text.remove_prefix(text.starts_with(kHalfSign) ? kHalfSign.size() : 4);
  }
  if (value <= 0 || value > kLargestNumber) return std::nullopt;
  return value;
}

std::optional<SizeLabel> number(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, SizeScale>, 7> kUnits{
      {{"eu", SizeScale::eu},
       {"uk", SizeScale::uk},
       {"us", SizeScale::us},
       {"gr.", SizeScale::number},
       {"size", SizeScale::number},
       {"cm", SizeScale::number},
       {"w", SizeScale::number}}};
  SizeLabel label;
  const auto take_unit = [&] {
    for (const auto& [unit, scale] : kUnits) {
      if (!text.starts_with(unit)) continue;
      label.scale = scale == SizeScale::number ? label.scale : scale;
      text.remove_prefix(unit.size());
    }
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  };
  take_unit();
  const auto place = take_number(text);
  if (!place) return std::nullopt;
  label.place = *place;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  take_unit();
  // A second measure, of a length.
  if (!text.empty() && (text[0] == '/' || text[0] == 'x' || text[0] == 'l')) {
    text.remove_prefix(1);
    text.remove_prefix(std::min(text.find_first_not_of("l "), text.size()));
    if (!take_number(text)) return std::nullopt;
  }
  return text.empty() ? std::optional(label) : std::nullopt;
}

template <class Words>
bool holds_one(const std::string& text, const Words& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

}  // namespace

std::optional<SizeLabel> read_size(std::string_view text) {
  if (text.empty() || text.size() > 32) return std::nullopt;
  const std::string label = plain(text);
  const std::string joined = without_spaces(label);
  if (const auto place = letters(joined)) return SizeLabel{SizeScale::letters, *place};
  if (const std::size_t slash = joined.find('/'); slash != std::string::npos) {
    const auto from = letters(joined.substr(0, slash)), to = letters(joined.substr(slash + 1));
    if (from && to) return SizeLabel{SizeScale::letters, (*from + *to) / 2};
  }
  return number(label);
}

bool names_size(std::string_view option) {
  static constexpr std::array<std::string_view, 9> kNames{
      "size", "größe", "groesse", "grösse", "taille", "talla", "taglia", "maat", "rozmiar"};
  return holds_one(plain(option), kNames);
}

SizeComplaint read_complaint(std::string_view reason) {
  static constexpr std::array<std::string_view, 10> kSmall{
      "small", "tight", "short", "narrow", "klein", "eng", "kurz", "petit", "pequeñ", "piccol"};
  static constexpr std::array<std::string_view, 11> kLarge{
      "large", "big", "loose", "long", "wide", "groß", "gross", "weit", "lang", "grand", "grande"};
  const std::string text = plain(reason.substr(0, 256));
  const bool small = holds_one(text, kSmall), large = holds_one(text, kLarge);
  if (small == large) return SizeComplaint::none;
  return small ? SizeComplaint::too_small : SizeComplaint::too_large;
}

}  // namespace souk::recommendations
