#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

/// English names as shops write them, in lower case.
constexpr std::array<std::pair<std::string_view, std::string_view>, 76> kCountries = {{
    {"argentina", "AR"},
    {"australia", "AU"},
    {"austria", "AT"},
    {"bahrain", "BH"},
    {"belgium", "BE"},
    {"brazil", "BR"},
    {"bulgaria", "BG"},
    {"canada", "CA"},
    {"channel islands", "JE"},
    {"chile", "CL"},
    {"china", "CN"},
    {"colombia", "CO"},
    {"croatia", "HR"},
    {"cyprus", "CY"},
    {"czech republic", "CZ"},
    {"czechia", "CZ"},
    {"denmark", "DK"},
    {"egypt", "EG"},
    {"eire", "IE"},
    {"estonia", "EE"},
    {"finland", "FI"},
    {"france", "FR"},
    {"germany", "DE"},
    {"greece", "GR"},
    {"hong kong", "HK"},
    {"hungary", "HU"},
    {"iceland", "IS"},
    {"india", "IN"},
    {"indonesia", "ID"},
    {"ireland", "IE"},
    {"israel", "IL"},
    {"italy", "IT"},
    {"japan", "JP"},
    {"kuwait", "KW"},
    {"latvia", "LV"},
    {"lebanon", "LB"},
    {"lithuania", "LT"},
    {"luxembourg", "LU"},
    {"malaysia", "MY"},
    {"malta", "MT"},
    {"mexico", "MX"},
    {"morocco", "MA"},
    {"netherlands", "NL"},
    {"the netherlands", "NL"},
    {"new zealand", "NZ"},
    {"nigeria", "NG"},
    {"norway", "NO"},
    {"peru", "PE"},
    {"philippines", "PH"},
    {"poland", "PL"},
    {"portugal", "PT"},
    {"romania", "RO"},
    {"rsa", "ZA"},
    {"russia", "RU"},
    {"saudi arabia", "SA"},
    {"serbia", "RS"},
    {"singapore", "SG"},
    {"slovakia", "SK"},
    {"slovenia", "SI"},
    {"south africa", "ZA"},
    {"south korea", "KR"},
    {"spain", "ES"},
    {"sweden", "SE"},
    {"switzerland", "CH"},
    {"taiwan", "TW"},
    {"thailand", "TH"},
    {"turkey", "TR"},
    {"ukraine", "UA"},
    {"united arab emirates", "AE"},
    {"united kingdom", "GB"},
    {"great britain", "GB"},
    {"uk", "GB"},
    {"united states", "US"},
    {"united states of america", "US"},
    {"usa", "US"},
    {"vietnam", "VN"},
}};

}  // namespace

std::string country_code(std::string_view text) {
  text = trim(text);
  const std::string lower = to_lower(text);
  for (const auto& [name, code] : kCountries) {
    if (name == lower) return std::string(code);
  }
  const bool is_code =
      text.size() == 2 &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
  if (!is_code) return {};
  std::string code(text);
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return code;
}

}  // namespace souk::cli
