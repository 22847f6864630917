// Filters whose result depends on the reader's language, zone and currency.
#include <cmath>

#include "plugins/email/template/filters.hpp"
#include "plugins/email/template/numbers.hpp"

namespace souk::email::liquid {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

/// "2026-03-05", "2026-03-05T14:07:09.5Z", "2026-03-05 14:07:09 +0100"; µs since the epoch.
class IsoReader {
 public:
  explicit IsoReader(std::string_view text) : text_(text) {}

  bool read(std::int64_t& us) {
    std::int64_t year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, fraction = 0;
    if (!digits(4, year) || !take('-') || !digits(2, month) || !take('-') || !digits(2, day))
      return false;
    if (month < 1 || month > 12 || day < 1 || day > 31) return false;
    std::int64_t offset = 0;
    if (take('T') || take('t') || take(' ')) {
      if (!digits(2, hour) || !take(':') || !digits(2, minute)) return false;
      if (take(':') && !digits(2, second)) return false;
      if (take('.')) read_fraction(fraction);
      if (hour > 24 || minute > 59 || second > 60 || !read_offset(offset)) return false;
    }
    if (!text_.empty()) return false;
    const std::int64_t days =
        days_from_civil(year, static_cast<std::int32_t>(month), static_cast<std::int32_t>(day));
    us = ((days * 24 + hour) * 3600 + minute * 60 + second - offset) * kSecondUs + fraction;
    return true;
  }

 private:
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool digits(std::size_t count, std::int64_t& out) {
    if (text_.size() < count) return false;
    std::int64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    out = value;
    return true;
  }

  void read_fraction(std::int64_t& us) {
    for (std::int64_t unit = 100'000; !text_.empty() && text_[0] >= '0' && text_[0] <= '9';
         unit /= 10) {
      us += (text_[0] - '0') * unit;
      text_.remove_prefix(1);
    }
  }

  bool read_offset(std::int64_t& seconds) {
    while (take(' ')) {
    }
    if (text_.empty() || take('Z') || take('z')) return true;
    if (text_ == "UTC") {
      text_ = {};
      return true;
    }
    const bool west = take('-');
    if (!west && !take('+')) return false;
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    if (!digits(2, hours)) return false;
    if (take(':') || !text_.empty()) {
      if (!digits(2, minutes)) return false;
    }
    seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
  }

  std::string_view text_;
};

/// A number is seconds, milliseconds or microseconds since the epoch: which, its size says (until
/// the year 5138 in seconds).
std::int64_t epoch_us(double number) noexcept {
  const double size = std::fabs(number);
  if (size < 1e11) return static_cast<std::int64_t>(number * 1e6);
  if (size < 1e14) return static_cast<std::int64_t>(number * 1e3);
  return size < 9e18 ? static_cast<std::int64_t>(number) : 0;
}

bool read_moment(const FilterContext& c, const Value& in, std::int64_t& us) {
  if (in.is_text()) {
    if (in.as_text() == "now" || in.as_text() == "today") {
      us = c.options.now_us;
      return true;
    }
    if (IsoReader(in.as_text()).read(us)) return true;
  }
  const Value number = to_number(in);
  if (number.is_nil() ||
      (in.is_text() && in.as_text().find_first_not_of("0123456789.") != std::string_view::npos))
    return false;
  us = epoch_us(number.as_number());
  if (number.kind() == Value::Kind::integer && std::fabs(number.as_number()) >= 1e14)
    us = number.as_integer();
  return true;
}

/// What is no date is shown as it is, as in Liquid. A date without a time is that day everywhere.
Value date_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::string holder;
  std::int64_t us = 0;
  if (in.is_nil() || !read_moment(c, in, us)) return in;
  const std::string_view format =
      args.values.empty() ? std::string_view("medium") : shown_text(args.at(0), holder);
  c.charge(format.size());
  const TimeZone* zone = c.options.zone;
  if (args.values.size() > 1) {
    const TimeZone* named = find_time_zone(args.at(1).as_text());
    if (named != nullptr || args.at(1).as_text() == "UTC") zone = named;
  }
  if (in.is_text() && in.as_text().size() == 10 && in.as_text()[4] == '-') zone = nullptr;
  c.buffer.clear();
  append_date(civil_time(us, zone), us, format, c.locale, c.buffer);
  return c.made();
}

/// An amount in minor units (1999 is 19.99), or a map with `amount` and `currency`.
Value money_as(const FilterContext& c, const Value& in, const FilterArguments& args,
               MoneyStyle style) {
  Value amount = in;
  std::string_view currency = c.options.currency;
  if (in.is_map()) {
    amount = in.get("amount");
    if (amount.is_nil()) amount = in.get("minor_units");
    if (in.get("currency").is_text()) currency = in.get("currency").as_text();
  }
  if (args.at(0).is_text()) currency = args.at(0).as_text();
  const Value number = to_number(amount);
  if (number.is_nil()) return {};
  const std::int64_t units = number.kind() == Value::Kind::integer
                                 ? number.as_integer()
                                 : Value::number(std::round(number.as_number())).as_integer();
  c.buffer.clear();
  append_money(units, currency.substr(0, 16), c.locale, style, c.buffer);
  return c.made();
}

Value money_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return money_as(c, in, args, MoneyStyle::symbol);
}
Value money_with_currency_filter(const FilterContext& c, const Value& in,
                                 const FilterArguments& args) {
  return money_as(c, in, args, MoneyStyle::symbol_code);
}
Value money_without_currency_filter(const FilterContext& c, const Value& in,
                                    const FilterArguments& args) {
  return money_as(c, in, args, MoneyStyle::amount);
}
Value money_without_trailing_zeros_filter(const FilterContext& c, const Value& in,
                                          const FilterArguments& args) {
  return money_as(c, in, args, MoneyStyle::no_zeros);
}

/// `{{ 12345.6 | number: 2 }}`: the locale's separators.
Value number_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  const Value number = to_number(in);
  if (number.is_nil()) return in;
  int decimals = number.kind() == Value::Kind::integer ? 0 : 2;
  if (!args.values.empty()) {
    const std::int64_t asked = to_number(args.at(0)).as_integer();
    decimals = asked < 0 ? 0 : (asked > 15 ? 15 : static_cast<int>(asked));
  }
  c.buffer.clear();
  append_decimal(number.as_number(), decimals, c.locale, c.buffer);
  return c.made();
}

/// A quantity of 2.0 is "2" within a sentence, one of 1.5 "1,5" in German; integers (numbers of
/// orders) are left as they are.
std::string_view shown_argument(const FilterContext& c, const Value& value, std::string& holder) {
  if (value.kind() != Value::Kind::number) return shown_text(value, holder);
  const double number = value.as_number();
  holder.clear();
  append_decimal(number, number == std::floor(number) ? 0 : 2, c.locale, holder);
  return holder;
}

/// `{{ "cart.title" | t: name: person.first_name, count: cart.items.size }}`.
Value translate_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  if (!in.is_text() || c.options.translations == nullptr) return in;
  const Value count = to_number(args.get("count"));
  const bool fraction = count.as_number() != std::floor(count.as_number());
  std::string_view plural;
  if (!count.is_nil())
    plural = fraction ? "other" : plural_category(c.options.locale, count.as_integer());
  const Translation* text = c.options.translations->find(c.options.locale, in.as_text(), plural);
  if (text == nullptr) return in;
  if (text->arguments.empty())
    return text->html ? Value::html(text->literals[0]) : Value::text(text->literals[0]);
  std::string holder;
  c.buffer.clear();
  for (std::size_t i = 0; i < text->literals.size(); ++i) {
    c.buffer += text->literals[i];
    if (i >= text->arguments.size()) break;
    const Value value = args.get(text->arguments[i]);
    const std::string_view shown = shown_argument(c, value, holder);
    if (text->html && !value.is_html())
      append_escaped(shown, c.buffer);
    else
      c.buffer += shown;
  }
  c.charge(c.buffer.size());
  return c.made(text->html);
}

constexpr FilterInfo kLocaleFilters[] = {
    {"date", date_filter, 0, 2},
    {"money", money_filter, 0, 1},
    {"money_with_currency", money_with_currency_filter, 0, 1},
    {"money_without_currency", money_without_currency_filter, 0, 1},
    {"money_without_trailing_zeros", money_without_trailing_zeros_filter, 0, 1},
    {"number", number_filter, 0, 1},
    {"t", translate_filter, 0, 0, true, false},
    {"translate", translate_filter, 0, 0, true, false},
};

}  // namespace

std::span<const FilterInfo> locale_filters() noexcept { return kLocaleFilters; }

}  // namespace souk::email::liquid
