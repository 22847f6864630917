// What recommendations brought, for the merchant.
#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <tuple>

#include "plugins/recommendations/recommendations.hpp"
#include "plugins/recommendations/serve/plain_text.hpp"

namespace souk::recommendations {
namespace {

using souk::v1::RecommendationsReport;
using souk::v1::RecommendationsReportRow;

// Days since 1970 and dates: Howard Hinnant's civil calendar, in the form of "days_from_civil".
std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto of_era = static_cast<unsigned>(year - era * 400);
  const unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return era * 146'097 + static_cast<std::int64_t>(days) - 719'468;
}

std::string date_of(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = days / 146'097;
  const auto of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * of_year + 2) / 153;
  const unsigned day = of_year - (153 * shifted + 2) / 5 + 1;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  const std::int64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
  const auto padded = [](std::string text, std::size_t length) {
    return std::string(length - std::min(length, text.size()), '0') + text;
  };
  return padded(std::to_string(year), 4) + "-" + padded(std::to_string(month), 2) + "-" +
         padded(std::to_string(day), 2);
}

/// A date as YYYY-MM-DD; false when it is none.
bool read_date(std::string_view text, std::int64_t& days) {
  unsigned year = 0, month = 0, day = 0;
  const auto number = [&](std::size_t at, std::size_t length, unsigned& out) {
    const char* const first = text.data() + at;
    return std::from_chars(first, first + length, out).ptr == first + length;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !number(0, 4, year) ||
      !number(5, 2, month) || !number(8, 2, day)) {
    return false;
  }
  days = days_of(year, month, day);
  return date_of(days) == text;
}

Status refuse_date(const std::string& text, const char* field) {
  return Status(Code::invalid_argument,
                in_quotes(text) + " is no date; allowed is YYYY-MM-DD, such as 2026-11-22", field);
}

/// One row of the answer while it is summed up.
struct Sums {
  AttributionFigures figures;
  std::map<std::string_view, std::int64_t> revenue;  ///< by currency
};

void add(Sums& sums, const AttributionReport::Row& row) {
  sums.figures.shown += row.figures.shown;
  sums.figures.clicked += row.figures.clicked;
  sums.figures.added += row.figures.added;
  sums.figures.orders += row.figures.orders;
  sums.figures.bought += row.figures.bought;
  if (row.figures.revenue != 0 || row.figures.orders != 0) {
    sums.revenue[row.currency] += row.figures.revenue;
  }
}

double rate(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void write(const Sums& sums, RecommendationsReportRow& row) {
  row.set_shown(sums.figures.shown);
  row.set_clicked(sums.figures.clicked);
  row.set_added(sums.figures.added);
  row.set_orders(sums.figures.orders);
  row.set_bought(sums.figures.bought);
  row.set_click_rate(rate(sums.figures.clicked, sums.figures.shown));
  row.set_conversion_rate(rate(sums.figures.bought, sums.figures.clicked));
  for (const auto& [currency, amount] : sums.revenue) {
    auto* money = row.add_revenue();
    money->set_amount(amount);
    money->set_currency(std::string(currency));
  }
}

}  // namespace

Status Recommendations::report(const souk::v1::RecommendationsReportRequest& request,
                               const CallInfo&, RecommendationsReport& reply) {
  std::int64_t from = 0;
  std::int64_t to = 0xffff;
  if (!request.from().empty() && !read_date(request.from(), from)) {
    return refuse_date(request.from(), "from");
  }
  if (!request.to().empty() && !read_date(request.to(), to)) return refuse_date(request.to(), "to");
  if (from > to) {
    return Status(Code::invalid_argument, "from is after to: no day lies between them", "from");
  }
  const auto reading = view_.read();
  if (!reading) return Status(Code::unavailable, "recommendations has not been started");
  const StoreState& state = **reading;
  std::vector<AttributionReport::Row> rows;
  state.attribution.report().read(rows);

  std::map<std::tuple<std::string_view, std::uint8_t, std::int64_t>, Sums> by_row;
  Sums total;
  for (const AttributionReport::Row& row : rows) {
    const bool wanted = row.day >= from && row.day <= to && row.kind < kKinds &&
                        (request.placement().empty() || request.placement() == row.placement);
    if (!wanted) continue;
    add(by_row[{row.placement, row.kind, request.by_day() ? row.day : 0}], row);
    add(total, row);
  }
  for (const auto& [key, sums] : by_row) {
    const auto& [placement, kind, day] = key;
    RecommendationsReportRow& row = *reply.add_rows();
    row.set_placement(std::string(placement));
    row.set_kind(std::string(name_of(static_cast<Kind>(kind))));
    if (request.by_day()) {
      row.set_day(date_of(day));
    } else {
      row.set_served(served_.of(placement, static_cast<Kind>(kind)));
    }
    write(sums, row);
  }
  write(total, *reply.mutable_total());
  reply.set_attribution_window_s(attribution_window_s(*settings()));
  reply.set_robots(state.guard.robots());
  reply.set_events_discounted(state.guard.discounted());
  if (rows.empty()) {
    reply.set_note(
        "nothing has been shown or clicked with a token yet: send the attributionToken of answers "
        "with the events they lead to");
  } else if (by_row.empty()) {
    reply.set_note("there is nothing for this placement and these days");
  }
  return {};
}

}  // namespace souk::recommendations
