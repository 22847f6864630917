// How numbers, money and dates are written in a locale. The facts are CLDR's; the tests compare
// them with another implementation of it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "plugins/email/template/time_zone.hpp"

namespace souk::email::liquid {

/// The words of a language's calendar, Sunday and January first.
struct CalendarWords {
  std::string_view language;
  std::array<std::string_view, 12> months, short_months;
  std::array<std::string_view, 7> days, short_days;
  std::string_view am, pm;
};

struct LocaleFormat {
  std::string_view tag;  // "de-AT"
  std::string_view decimal, group;
  /// `$` is the currency's symbol, `#` the amount, `_` a space that does not break. An ISO code, or
  /// any symbol that ends in a letter, is never glued to the digits.
  std::string_view money, negative_money;
  /// A number of fewer digits before the point than this has no group separators.
  std::uint8_t grouped_from = 4;
  /// Symbols that differ from the usual ones: "USD=$US GBP=£GB".
  std::string_view symbols;
  /// strftime-like, for the styles "short", "medium", "long" and "full" of a date, and of a time.
  std::string_view short_date, medium_date, long_date, full_date, time;
  std::string_view minus = "-";

  [[nodiscard]] const CalendarWords& words() const noexcept;
};

/// The locale's format, else its language's, else English.
[[nodiscard]] const LocaleFormat& locale_format(std::string_view tag) noexcept;
[[nodiscard]] std::span<const LocaleFormat> known_locales() noexcept;

/// Digits of the minor unit of an ISO 4217 currency: 2 for EUR, 0 for JPY, 3 for KWD.
[[nodiscard]] int minor_digits(std::string_view currency) noexcept;

enum class MoneyStyle : std::uint8_t {
  symbol,       // 1.234,50 €
  symbol_code,  // 1.234,50 € EUR
  amount,       // 1.234,50
  no_zeros,     // 1.234 € when there are no cents
};

/// Appends an amount in minor units. An unknown currency is shown by its code.
void append_money(std::int64_t minor_units, std::string_view currency, const LocaleFormat& locale,
                  MoneyStyle style, std::string& out);

/// Appends `value` with `decimals` digits behind the point, grouped.
void append_decimal(double value, int decimals, const LocaleFormat& locale, std::string& out);

/// strftime's conversions with the locale's words (%a %A %b %B %p %x %X %c …), and the flags - _ 0
/// ^ between % and letter. An unknown conversion is shown as it is. "short", "medium", "long",
/// "full" and "time" stand for the locale's own formats.
void append_date(const CivilTime& time, std::int64_t utc_us, std::string_view format,
                 const LocaleFormat& locale, std::string& out);

}  // namespace souk::email::liquid
