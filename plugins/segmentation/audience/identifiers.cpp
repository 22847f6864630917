#include "plugins/segmentation/audience/identifiers.hpp"

#include <algorithm>

namespace souk::segmentation {
namespace {

constexpr auto kMetaNames = std::to_array<std::string_view>(
    {"EMAIL", "PHONE", "FN", "LN", "CT", "ST", "ZIP", "COUNTRY", "GEN", "DOBY", "DOBM", "DOBD"});
constexpr auto kMetaFileNames = std::to_array<std::string_view>(
    {"email", "phone", "fn", "ln", "ct", "st", "zip", "country", "gen", "doby", "dobm", "dobd"});
constexpr auto kMetaFields = std::to_array<AdField>(
    {AdField::email, AdField::phone, AdField::first_name, AdField::last_name, AdField::city,
     AdField::state, AdField::zip, AdField::country, AdField::gender, AdField::birth_year,
     AdField::birth_month, AdField::birth_day});
constexpr auto kGoogleNames =
    std::to_array<std::string_view>({"hashedEmail", "hashedPhoneNumber", "hashedFirstName",
                                     "hashedLastName", "countryCode", "postalCode"});
constexpr auto kGoogleFileNames = std::to_array<std::string_view>(
    {"Email", "Phone", "First Name", "Last Name", "Country", "Zip"});
constexpr auto kGoogleFields =
    std::to_array<AdField>({AdField::email, AdField::phone, AdField::first_name, AdField::last_name,
                            AdField::country, AdField::zip});
constexpr auto kTiktokNames = std::to_array<std::string_view>({"EMAIL_SHA256", "PHONE_SHA256"});
constexpr auto kTiktokFields = std::to_array<AdField>({AdField::email, AdField::phone});

constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool beyond_ascii(char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }

std::string_view stripped(std::string_view text, std::string_view of = kBlanks) {
  const std::size_t begin = text.find_first_not_of(of);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(of) - begin + 1);
}

/// Lower case of ASCII, Latin-1's supplement, Latin Extended-A, Greek and Cyrillic capitals: what
/// names of the alphabets with two cases mostly use. Other characters stay.
char32_t lowered(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) return c | 1U;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + (c & 1U);
  if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

std::string lower(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const bool two = (lead & 0xE0U) == 0xC0 && i + 1 < text.size();
    if (!two) {
      out += lead < 0x80 ? static_cast<char>(lowered(lead)) : text[i];
      continue;
    }
    const char32_t made =
        lowered((lead & 0x1FU) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU));
    out += static_cast<char>(0xC0U | made >> 6U);
    out += static_cast<char>(0x80U | (made & 0x3FU));
  }
  return out;
}

std::string email_for(AdNetwork network, std::string_view value) {
  // Meta's own SDK strips dots and zeros from the ends, too.
  const bool meta = network == AdNetwork::meta;
  std::string email =
      lower(stripped(value, meta ? std::string_view(" \t\r\n\v\f.\0", 8) : kBlanks));
  const std::size_t at = email.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == email.size()) return {};
  if (email.find_first_of(kBlanks) != std::string::npos) return {};
  if (network == AdNetwork::tiktok) {
    const std::size_t tag = email.find('+');
    if (tag != std::string::npos && tag > 0 && tag < at) email.erase(tag, at - tag);
  }
  return email;
}

/// Without a country's code nobody knows whose number it is: a wrong hash would be somebody else.
std::string phone_for(AdNetwork network, std::string_view value) {
  value = stripped(value);
  bool international = !value.empty() && value.front() == '+';
  std::string digits;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    // +49 (0)30 …: the zero is dialled inside the country only.
    if (value.substr(i, 3) == "(0)" && !digits.empty()) {
      i += 2;
      continue;
    }
    if (is_digit(c)) digits += c;
    if (is_letter(c) || beyond_ascii(c)) return {};
  }
  if (!international && digits.starts_with("00")) {
    digits.erase(0, 2);
    international = true;
  }
  if (digits.starts_with('0')) return {};
  const std::size_t least = international ? 7 : 10;
  if (digits.size() < least || digits.size() > 15) return {};
  return network == AdNetwork::google ? "+" + digits : digits;
}

/// Meta: letters and what is beyond ASCII only. Google: as it is, but for case and outer blanks.
std::string words_for(AdNetwork network, std::string_view value, bool with_blanks) {
  std::string text = lower(stripped(value));
  if (network != AdNetwork::meta) return text;
  std::erase_if(text, [&](char c) {
    return !is_letter(c) && !beyond_ascii(c) && !(with_blanks && c == ' ');
  });
  return std::string(stripped(text));
}

/// Letters, digits, blanks and hyphens. Whatever else stands in that field (an address, a
/// spreadsheet's formula) is none, and Google would get it as it is.
std::string zip_for(AdNetwork network, std::string_view value) {
  std::string zip = lower(stripped(value));
  const bool is_zip = std::all_of(zip.begin(), zip.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == ' ' || c == '-';
  });
  if (!is_zip || zip.starts_with('-')) return {};
  if (network == AdNetwork::google) {
    std::transform(zip.begin(), zip.end(), zip.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return zip.size() <= 12 ? zip : std::string();
  }
  // Five digits of the United States' nine, and the first part of others'.
  if (const std::size_t dash = zip.find('-'); dash == 5) zip.resize(dash);
  std::erase_if(zip, [](char c) { return c == ' ' || c == '-'; });
  return zip;
}

std::string country_for(AdNetwork network, std::string_view value) {
  value = stripped(value);
  if (value.size() != 2 || !is_letter(value[0]) || !is_letter(value[1])) return {};
  std::string code = lower(value);
  if (network != AdNetwork::google) return code;
  for (char& c : code)
    c = static_cast<char>(c - 32);
  return code;
}

std::string gender_for(std::string_view value) {
  const std::string gender = lower(stripped(value));
  if (gender == "f" || gender == "female" || gender == "woman") return "f";
  if (gender == "m" || gender == "male" || gender == "man") return "m";
  return {};
}

/// A part of 1990-04-01, also written 1990/04/01 or 19900401.
std::string birth_for(AdField field, std::string_view value) {
  std::string digits;
  for (const char c : stripped(value)) {
    if (is_digit(c)) {
      digits += c;
    } else if (c != '-' && c != '/' && c != '.') {
      return {};
    }
  }
  if (digits.size() != 8 || (digits[0] != '1' && digits[0] != '2')) return {};
  const std::string month = digits.substr(4, 2);
  const std::string day = digits.substr(6, 2);
  if (month < "01" || month > "12" || day < "01" || day > "31") return {};
  if (field == AdField::birth_year) return digits.substr(0, 4);
  return field == AdField::birth_month ? month : day;
}

bool is_plain(AdNetwork network, AdField field) {
  return network == AdNetwork::google && (field == AdField::country || field == AdField::zip);
}

/// "Ada Lovelace" and "Lovelace, Ada": the first word, and the last one.
void split_name(std::string_view name, std::string_view& first, std::string_view& last) {
  name = stripped(name);
  if (const std::size_t comma = name.find(','); comma != std::string_view::npos) {
    last = stripped(name.substr(0, comma));
    first = stripped(name.substr(comma + 1));
    first = first.substr(0, first.find(' '));
    return;
  }
  const std::size_t space = name.rfind(' ');
  if (space == std::string_view::npos) return;  // one word: nobody knows which of the two it is
  first = name.substr(0, name.find(' '));
  last = name.substr(space + 1);
}

}  // namespace

std::string Identifier::text() const {
  if (hashed) return hex(hash);
  return std::string(plain.begin(), std::find(plain.begin(), plain.end(), '\0'));
}

AdColumns columns_of(AdNetwork network) {
  switch (network) {
    case AdNetwork::meta:
      return {kMetaNames, kMetaFileNames, kMetaFields};
    case AdNetwork::google:
      return {kGoogleNames, kGoogleFileNames, kGoogleFields};
    default:
      return {kTiktokNames, kTiktokNames, kTiktokFields};
  }
}

std::string normalised(AdNetwork network, AdField field, std::string_view value) {
  if (is_hex_hash(stripped(value))) {
    return is_plain(network, field) ? std::string() : lower(stripped(value));
  }
  switch (field) {
    case AdField::email:
      return email_for(network, value);
    case AdField::phone:
      return phone_for(network, value);
    case AdField::first_name:
    case AdField::last_name:
      return words_for(network, value, true);
    case AdField::city:
    case AdField::state:
      return words_for(network, value, false);
    case AdField::zip:
      return zip_for(network, value);
    case AdField::country:
      return country_for(network, value);
    case AdField::gender:
      return gender_for(value);
    default:
      return birth_for(field, value);
  }
}

std::vector<Identifier> identifiers_of(const Contact& contact) {
  std::string_view first = contact.first_name;
  std::string_view last = contact.last_name;
  if (first.empty() && last.empty()) split_name(contact.name, first, last);
  const std::array<std::string_view, kAdFields> values{
      contact.email,    contact.phone,   first,           last,           contact.city,
      contact.state,    contact.zip,     contact.country, contact.gender, contact.birthday,
      contact.birthday, contact.birthday};
  std::vector<Identifier> out;
  for (std::size_t network = 0; network < kAdNetworks; ++network) {
    const auto of = static_cast<AdNetwork>(network);
    for (const AdField field : columns_of(of).fields) {
      const std::string_view value = values[static_cast<std::size_t>(field)];
      if (value.empty() || value.size() > 512) continue;
      const std::string form = normalised(of, field, value);
      if (form.empty()) continue;
      Identifier made{.field = field, .networks = static_cast<std::uint8_t>(1U << network)};
      if (is_plain(of, field)) {
        made.hashed = false;
        std::copy_n(form.begin(), std::min(form.size(), made.plain.size()), made.plain.begin());
      } else {
        made.hash = is_hex_hash(form) ? hash_from_hex(form) : sha256(form);
      }
      const auto same = std::find_if(out.begin(), out.end(), [&](const Identifier& other) {
        return other.field == made.field && other.hashed == made.hashed &&
               other.hash == made.hash && other.plain == made.plain;
      });
      if (same == out.end()) {
        out.push_back(made);
      } else {
        same->networks |= made.networks;
      }
    }
  }
  return out;
}

bool findable(std::span<const Identifier> identifiers, AdNetwork network) {
  return std::any_of(identifiers.begin(), identifiers.end(), [&](const Identifier& known) {
    return known.is_for(network) &&
           (known.field == AdField::email || known.field == AdField::phone);
  });
}

}  // namespace souk::segmentation
