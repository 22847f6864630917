#include "plugins/email/template/locale_format.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "plugins/email/template/html_text.hpp"
#include "plugins/email/template/locale_words.hpp"

namespace souk::email::liquid {
namespace {

constexpr std::string_view kNoBreak = "\u00a0";
constexpr std::string_view kNarrow = "\u202f";
constexpr std::string_view kFront = "$#", kNegativeFront = "-$#";
constexpr std::string_view kBack = "#_$", kNegativeBack = "-#_$";
constexpr std::string_view kTime24 = "%H:%M";

constexpr LocaleFormat kLocales[] = {
    {"en", ".", ",", kFront, kNegativeFront, 4, "", "%-m/%-d/%y", "%b %-d, %Y", "%B %-d, %Y",
     "%A, %B %-d, %Y", "%-I:%M %p"},
    {"en-GB", ".", ",", kFront, kNegativeFront, 4, "USD=US$ JPY=JP¥", "%d/%m/%Y", "%-d %b %Y",
     "%-d %B %Y", "%A, %-d %B %Y", kTime24},
    {"en-CA", ".", ",", kFront, kNegativeFront, 4, "USD=US$ JPY=JP¥ CAD=$", "%Y-%m-%d",
     "%b %-d, %Y", "%B %-d, %Y", "%A, %B %-d, %Y", "%-I:%M %v"},
    {"en-AU", ".", ",", kFront, kNegativeFront, 4,
     "EUR=EUR USD=USD GBP=GBP JPY=JPY CAD=CAD AUD=$ BRL=BRL MXN=MXN CNY=CNY", "%-d/%-m/%y",
     "%-d %b %Y", "%-d %B %Y", "%A, %-d %B %Y", "%-I:%M %P"},
    {"de", ",", ".", kBack, kNegativeBack, 4, "AUD=AU$", "%d.%m.%y", "%d.%m.%Y", "%-d. %B %Y",
     "%A, %-d. %B %Y", kTime24},
    {"de-AT", ",", ".", "$_#", "-$_#", 4, "AUD=AU$", "%d.%m.%y", "%d.%m.%Y", "%-d. %B %Y",
     "%A, %-d. %B %Y", kTime24},
    {"de-CH", ".", "'", "$_#", "$-#", 4, "EUR=EUR AUD=AU$", "%d.%m.%y", "%d.%m.%Y", "%-d. %B %Y",
     "%A, %-d. %B %Y", kTime24},
    {"fr", ",", kNarrow, kBack, kNegativeBack, 4,
     "USD=$US GBP=£GB JPY=JPY CAD=$CA AUD=$AU MXN=$MX CNY=CNY", "%d/%m/%Y", "%-d %b %Y",
     "%-d %B %Y", "%A %-d %B %Y", kTime24},
    {"fr-CA", ",", kNoBreak, kBack, kNegativeBack, 4, "USD=$\u00a0US CAD=$ AUD=$\u00a0AU MXN=MXN",
     "%Y-%m-%d", "%-d %b %Y", "%-d %B %Y", "%A %-d %B %Y", "%H h %M"},
    {"fr-CH", ".", kNarrow, kBack, kNegativeBack, 4,
     "USD=$US GBP=£GB JPY=JPY CAD=$CA AUD=$AU MXN=$MX CNY=CNY", "%d.%m.%y", "%-d %b %Y",
     "%-d %B %Y", "%A, %-d %B %Y", kTime24},
    {"es", ",", ".", kBack, kNegativeBack, 5,
     "USD=US$ GBP=GBP JPY=JPY CAD=CAD AUD=AUD BRL=BRL MXN=MXN CNY=CNY", "%-d/%-m/%y", "%-d %b %Y",
     "%-d de %B de %Y", "%A, %-d de %B de %Y", "%-H:%M"},
    {"es-MX", ".", ",", kFront, kNegativeFront, 4,
     "EUR=EUR USD=USD GBP=GBP JPY=JPY CAD=CAD AUD=AUD BRL=BRL MXN=$ CNY=CNY", "%d/%m/%y",
     "%-d %b %Y", "%-d de %B de %Y", "%A, %-d de %B de %Y", "%-I:%M %v"},
    {"it", ",", ".", kBack, kNegativeBack, 5, "USD=USD JPY=JPY BRL=BRL MXN=MXN", "%d/%m/%y",
     "%-d %b %Y", "%-d %B %Y", "%A %-d %B %Y", kTime24},
    {"nl", ",", ".", "$_#", "$_-#", 4, "USD=US$ JPY=JP¥ CAD=C$ AUD=AU$", "%d-%m-%Y", "%-d %b %Y",
     "%-d %B %Y", "%A %-d %B %Y", kTime24},
    {"pt", ",", ".", "$_#", "-$_#", 4, "USD=US$ JPY=JP¥ AUD=AU$", "%d/%m/%Y", "%-d de %b de %Y",
     "%-d de %B de %Y", "%A, %-d de %B de %Y", kTime24},
    {"pt-PT", ",", kNoBreak, kBack, kNegativeBack, 5, "USD=US$ JPY=JP¥ AUD=AU$", "%d/%m/%y",
     "%d/%m/%Y", "%-d de %B de %Y", "%A, %-d de %B de %Y", kTime24},
    {"sv", ",", kNoBreak, kBack, kNegativeBack, 4,
     "USD=US$ GBP=GBP JPY=JPY AUD=AUD SEK=kr BRL=BR$ CNY=CNY", "%Y-%m-%d", "%-d %b %Y", "%-d %B %Y",
     "%A %-d %B %Y", kTime24, "\u2212"},
    {"da", ",", ".", kBack, kNegativeBack, 4, "USD=US$ JPY=JP¥ AUD=AU$ DKK=kr.", "%d.%m.%Y",
     "%-d. %b %Y", "%-d. %B %Y", "%A den %-d. %B %Y", "%H.%M"},
    {"nb", ",", kNoBreak, kBack, kNegativeBack, 4,
     "USD=USD JPY=JPY CAD=CAD AUD=AUD BRL=BRL MXN=MXN CNY=CNY NOK=kr", "%d.%m.%Y", "%-d. %b %Y",
     "%-d. %B %Y", "%A %-d. %B %Y", kTime24, "\u2212"},
    {"fi", ",", kNoBreak, kBack, kNegativeBack, 4, "CAD=CAD AUD=AUD BRL=BRL MXN=MXN CNY=CNY",
     "%-d.%-m.%Y", "%-d.%-m.%Y", "%-d. %B %Y", "%A %-d. %B %Y", "%-H.%M", "\u2212"},
    {"pl", ",", kNoBreak, kBack, kNegativeBack, 5,
     "USD=USD GBP=GBP JPY=JPY CAD=CAD AUD=AUD PLN=zł MXN=MXN CNY=CNY", "%-d.%m.%Y", "%-d %b %Y",
     "%-d %B %Y", "%A, %-d %B %Y", kTime24},
};

struct CurrencySymbol {
  std::string_view code, symbol;
};
constexpr CurrencySymbol kSymbols[] = {
    {"EUR", "€"},  {"USD", "$"},   {"GBP", "£"},   {"JPY", "¥"},   {"CAD", "CA$"},
    {"AUD", "A$"}, {"BRL", "R$"},  {"MXN", "MX$"}, {"CNY", "CN¥"}, {"INR", "₹"},
    {"KRW", "₩"},  {"NZD", "NZ$"}, {"ILS", "₪"},   {"VND", "₫"},
};

const LocaleFormat* find_locale(std::string_view tag) noexcept {
  for (const LocaleFormat& locale : kLocales)
    if (same_ignoring_case(locale.tag, tag)) return &locale;
  return nullptr;
}

std::string_view symbol_of(std::string_view currency, const LocaleFormat& locale) noexcept {
  std::string_view own = locale.symbols;
  while (own.size() > 4) {
    const std::string_view entry = own.substr(0, own.find(' '));
    if (entry.substr(0, 3) == currency) return entry.substr(4);
    own.remove_prefix(std::min(own.size(), entry.size() + 1));
  }
  for (const CurrencySymbol& each : kSymbols)
    if (each.code == currency) return each.symbol;
  return currency;
}

/// Appends `digits` with group separators.
void append_grouped(std::string_view digits, const LocaleFormat& locale, std::string& out) {
  if (digits.size() < locale.grouped_from) {
    out += digits;
    return;
  }
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += locale.group;
    out += digits[i];
  }
}

void append_amount(std::uint64_t units, int decimals, bool cut_zeros, const LocaleFormat& locale,
                   std::string& out) {
  char buffer[32];
  char* const end = std::to_chars(buffer, buffer + sizeof buffer, units).ptr;
  std::string digits(static_cast<const char*>(buffer), static_cast<std::size_t>(end - buffer));
  const auto fraction = static_cast<std::size_t>(decimals);
  if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
  const std::size_t whole = digits.size() - fraction;
  append_grouped(std::string_view(digits).substr(0, whole), locale, out);
  const std::string_view cents = std::string_view(digits).substr(whole);
  if (decimals == 0 || (cut_zeros && cents.find_first_not_of('0') == cents.npos)) return;
  out += locale.decimal;
  out += cents;
}

bool ends_in_letter(std::string_view symbol) noexcept {
  const char last = symbol.empty() ? ' ' : symbol.back();
  return (last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z');
}

}  // namespace

const CalendarWords& LocaleFormat::words() const noexcept { return calendar_words(tag); }

const LocaleFormat& locale_format(std::string_view tag) noexcept {
  if (const LocaleFormat* exact = find_locale(tag)) return *exact;
  const std::string_view language = tag.substr(0, tag.find_first_of("-_"));
  if (tag.size() > language.size() && tag[language.size()] == '_') {
    // "de_AT" is common in shops' data.
    for (const LocaleFormat& locale : kLocales)
      if (locale.tag.size() == tag.size() &&
          same_ignoring_case(locale.tag.substr(0, 2), language) &&
          same_ignoring_case(locale.tag.substr(3), tag.substr(language.size() + 1)))
        return locale;
  }
  if (language == "no" || language == "nn") return *find_locale("nb");
  const LocaleFormat* found = find_locale(language);
  return found != nullptr ? *found : kLocales[0];
}

std::span<const LocaleFormat> known_locales() noexcept { return kLocales; }

int minor_digits(std::string_view currency) noexcept {
  constexpr std::string_view kNone3[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                         "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                         "VND", "VUV", "XAF", "XOF", "XPF"};
  constexpr std::string_view kThree[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::find(std::begin(kNone3), std::end(kNone3), currency) != std::end(kNone3)) return 0;
  return std::find(std::begin(kThree), std::end(kThree), currency) != std::end(kThree) ? 3 : 2;
}

void append_money(std::int64_t minor_units, std::string_view currency, const LocaleFormat& locale,
                  MoneyStyle style, std::string& out) {
  const bool negative = minor_units < 0;
  const std::uint64_t units = negative ? ~static_cast<std::uint64_t>(minor_units) + 1
                                       : static_cast<std::uint64_t>(minor_units);
  const int decimals = minor_digits(currency);
  if (style == MoneyStyle::amount) {
    if (negative) out += locale.minus;
    append_amount(units, decimals, false, locale, out);
    return;
  }
  const std::string_view symbol = symbol_of(currency, locale);
  const std::string_view pattern = negative ? locale.negative_money : locale.money;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    switch (pattern[i]) {
      case '$':
        out += symbol;
        if (ends_in_letter(symbol) && i + 1 < pattern.size() && pattern[i + 1] == '#')
          out += kNoBreak;
        break;
      case '#':
        append_amount(units, decimals, style == MoneyStyle::no_zeros, locale, out);
        break;
      case '_':
        out += kNoBreak;
        break;
      default:
        out += locale.minus;
    }
  }
  if (style == MoneyStyle::symbol_code && symbol != currency) {
    out += ' ';
    out += currency;
  }
}

void append_decimal(double value, int decimals, const LocaleFormat& locale, std::string& out) {
  if (!std::isfinite(value) || std::fabs(value) >= 1e15) return;
  char digits[64];
  const char* end = std::to_chars(digits, digits + sizeof digits, std::fabs(value),
                                  std::chars_format::fixed, std::clamp(decimals, 0, 15))
                        .ptr;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  const std::size_t point = std::min(text.find('.'), text.size());
  if (value < 0 && text.find_first_of("123456789") != text.npos) out += locale.minus;
  append_grouped(text.substr(0, point), locale, out);
  if (point == text.size()) return;
  out += locale.decimal;
  out += text.substr(point + 1);
}

}  // namespace souk::email::liquid
