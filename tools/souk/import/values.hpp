// What stands in the cells of exports: prices, numbers, times, yes and no, countries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace souk::cli {

struct Price {
  std::int64_t minor = 0;  ///< in minor units of the currency
  std::string currency;    ///< ISO 4217; empty when the cell names none
};

/// "18.99", "18,99", "1,234.50", "15.00 USD", "€12". `currency` decides how many minor units there
/// are when the cell names none. nullopt when it is no price.
[[nodiscard]] std::optional<Price> parse_price(std::string_view text, std::string_view currency);
/// Digits after the point: 2, but 0 for JPY and its like, 3 for KWD and its like.
[[nodiscard]] int currency_digits(std::string_view currency) noexcept;

/// A number with a point; nullopt when there is anything else.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// Microseconds since 1970 from RFC 3339, "2010-12-01 08:26:00", the same with " +0100" or " UTC",
/// "12/1/2010 8:26" (month first), a date alone, or a count of seconds or milliseconds since 1970.
/// Without a zone: UTC. Numbers below 100,000,000 are running numbers that keep an order only: they
/// become seconds since 2001.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text);

/// true, yes, 1, active, published … and their opposites.
[[nodiscard]] std::optional<bool> parse_bool(std::string_view text);

/// ISO 3166-1 alpha-2 of an English name of a country or of a code; empty when unknown.
[[nodiscard]] std::string country_code(std::string_view text);

[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
[[nodiscard]] std::string to_lower(std::string_view text);

}  // namespace souk::cli
