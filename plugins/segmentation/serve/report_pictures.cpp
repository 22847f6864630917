// Figures → SVG. Every picture has a title and a description in words; every mark says on hovering
// what it stands for. Drawn for 460 units of width: readable on a telephone and beside another.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "plugins/segmentation/serve/report.hpp"

namespace souk::segmentation {
namespace {

constexpr double kPictureWidth = 460;

/// Coordinates need no more than a tenth of a unit.
std::string unit(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}

std::string picture_head(std::string_view id, double width, double height, std::string_view title,
                         std::string_view description) {
  const std::string name(id);
  return "<svg viewBox=\"0 0 " + unit(width) + " " + unit(height) +
         "\" role=\"img\" aria-labelledby=\"" + name + "-t " + name + "-d\"><title id=\"" + name +
         "-t\">" + escaped(title) + "</title><desc id=\"" + name + "-d\">" + escaped(description) +
         "</desc>";
}

std::string words_at(double x, double y, std::string_view text, std::string_view style = "") {
  return "<text x=\"" + unit(x) + "\" y=\"" + unit(y) + "\"" +
         (style.empty() ? "" : " class=\"" + std::string(style) + "\"") + ">" + escaped(text) +
         "</text>";
}

/// A box whose strength of colour is a share; hovering says what it is.
std::string box(double x, double y, double w, double h, double strength, std::string_view says) {
  return "<rect class=\"cell\" x=\"" + unit(x) + "\" y=\"" + unit(y) + "\" width=\"" + unit(w) +
         "\" height=\"" + unit(h) + "\" rx=\"3\" fill-opacity=\"" +
         std::to_string(std::clamp(strength, 0.04, 1.0)).substr(0, 5) + "\"><title>" +
         escaped(says) + "</title></rect>";
}

std::string_view cell_style(double strength) { return strength > 0.8 ? "in on" : "in"; }

/// One segment's line, with the area below it.
std::string sparkline(const ReportData& data, const ReportData::Line& line, std::size_t at) {
  constexpr double kWidth = 220;
  constexpr double kHeight = 54;
  const double most = std::max(1.0, *std::max_element(line.values.begin(), line.values.end()));
  const std::string id = "s" + std::to_string(at);
  std::string out = picture_head(id, kWidth, kHeight, line.name,
                                 short_number(line.before) + " on " + date_of(data.days.front()) +
                                     ", " + short_number(line.now) + " on " +
                                     date_of(data.days.back()) + "; at most " + short_number(most));
  std::string points;
  const double span = std::max(1U, data.days.back() - data.days.front());
  double x = 0;
  double y = 0;
  for (std::size_t i = 0; i < line.values.size(); ++i) {
    x = 2 + (kWidth - 6) * (data.days[i] - data.days.front()) / span;
    y = kHeight - 4 - (kHeight - 10) * line.values[i] / most;
    points += unit(x) + "," + unit(y) + " ";
  }
  out += "<line class=\"axis\" x1=\"0\" x2=\"" + unit(kWidth) + "\" y1=\"" + unit(kHeight - 3.5) +
         "\" y2=\"" + unit(kHeight - 3.5) + "\"/>";
  out += "<polygon class=\"area\" points=\"2," + unit(kHeight - 4) + " " + points + unit(x) + "," +
         unit(kHeight - 4) + "\"/><polyline class=\"line\" points=\"" + points + "\"/>";
  out += "<circle class=\"dot\" cx=\"" + unit(x) + "\" cy=\"" + unit(y) + "\" r=\"3\"/></svg>";
  return out;
}

std::string change_of(const ReportData::Line& line) {
  const double change = line.now - line.before;
  if (change == 0) return "<span class=\"change\">no change</span>";
  const std::string sign = change > 0 ? "▲ +" : "▼ −";
  std::string text = sign + short_number(std::abs(change));
  if (line.before >= 10) text += " (" + percent(std::abs(change) / line.before) + ")";
  return "<span class=\"change " + std::string(change > 0 ? "up" : "down") + "\">" + text +
         "</span>";
}

}  // namespace

std::string picture_of_sizes(const ReportData& data) {
  std::string out;
  std::size_t at = 0;
  const bool drawn = data.days.size() > 1;  // one day makes no line
  for (const auto& line : data.lines) {
    out += "<figure class=\"card\"><figcaption>" + escaped(line.name) + "</figcaption><p><b>" +
           short_number(line.now) + "</b> " + (drawn ? change_of(line) : "") + "</p>" +
           (drawn ? sparkline(data, line, at++) : "") + "</figure>";
  }
  return out;
}

std::string picture_of_grid(const ReportData& data) {
  constexpr double kLeft = 84;
  constexpr double kTop = 26;
  constexpr double kRow = 42;
  const double column = (kPictureWidth - kLeft) / kFrequencyNames.size();
  std::uint32_t most = 1;
  for (const auto& row : data.grid)
    for (const auto& cell : row)
      most = std::max(most, cell.customers);
  std::string out = picture_head(
      "grid", kPictureWidth, kTop + kRow * kRecencyNames.size() + 4,
      "Customers by time since the last order and number of orders",
      "Rows: days since the last order. Columns: orders. Each field says how many customers, and "
      "below it what one of them has spent on average.");
  for (std::size_t i = 0; i < kFrequencyNames.size(); ++i)
    out += words_at(kLeft + column * (static_cast<double>(i) + 0.5), 15, kFrequencyNames[i], "mid");
  for (std::size_t row = 0; row < kRecencyNames.size(); ++row) {
    const double y = kTop + kRow * static_cast<double>(row);
    out += words_at(kLeft - 8, y + kRow / 2 + 4, kRecencyNames[row], "end");
    for (std::size_t i = 0; i < kFrequencyNames.size(); ++i) {
      const auto& cell = data.grid[row][i];
      const double x = kLeft + column * static_cast<double>(i);
      // The root, so that small groups can be told from none.
      const double strength = std::sqrt(static_cast<double>(cell.customers) / most);
      const double each = cell.customers > 0 ? cell.revenue / cell.customers : 0;
      const std::string money = short_number(each) + " " + data.currency;
      out += box(x + 1.5, y + 1.5, column - 3, kRow - 3, strength,
                 std::string(kRecencyNames[row]) +
                     " since the last order, orders: " + std::string(kFrequencyNames[i]) + ". " +
                     std::to_string(cell.customers) + " customers, " + money + " each");
      if (cell.customers == 0) continue;
      const std::string style(cell_style(strength));
      out += words_at(x + column / 2, y + 19, short_number(cell.customers), style + " big");
      out += words_at(x + column / 2, y + 33, "⌀ " + money, style + " small");
    }
  }
  return out + "</svg>";
}

std::string picture_of_cohorts(const ReportData& data) {
  constexpr double kLeft = 116;
  constexpr double kTop = 26;
  constexpr double kRow = 25;
  const std::size_t columns = data.cohorts.empty() ? 1 : data.cohorts.front().active.size();
  const double column =
      (kPictureWidth - kLeft) / static_cast<double>(std::max<std::size_t>(columns, 6));
  std::string out = picture_head(
      "cohorts", kPictureWidth, kTop + kRow * static_cast<double>(data.cohorts.size()) + 4,
      "Customers who ordered again, by month of their first order",
      "Rows: the month of the first order and how many customers began then. Columns: months "
      "later. Each field: the share of them, in percent, with an order in that month.");
  for (std::size_t later = 0; later < columns; ++later)
    out += words_at(kLeft + column * (static_cast<double>(later) + 0.5), 15,
                    later == 0 ? "0" : "+" + std::to_string(later), "mid");
  for (std::size_t row = 0; row < data.cohorts.size(); ++row) {
    const auto& cohort = data.cohorts[row];
    const double y = kTop + kRow * static_cast<double>(row);
    out += words_at(0, y + 17, month_name(cohort.month));
    out += words_at(kLeft - 8, y + 17, short_number(cohort.customers), "end muted");
    for (std::size_t later = 0; later < cohort.active.size(); ++later) {
      const double share = static_cast<double>(cohort.active[later]) / cohort.customers;
      const double x = kLeft + column * static_cast<double>(later);
      // The first month is everybody: it must not make all others look pale.
      const double strength = later == 0 ? 0.12 : std::min(1.0, share * 2);
      out +=
          box(x + 1, y + 1, column - 2, kRow - 2, strength,
              "First order in " + month_name(cohort.month) + ": " +
                  std::to_string(cohort.active[later]) + " of " + std::to_string(cohort.customers) +
                  " ordered " + std::to_string(later) + " months later");
      const double rounded = std::round(share * 100);
      out += words_at(x + column / 2, y + 17, std::to_string(static_cast<int>(rounded)),
                      std::string(cell_style(strength)) + " small");
    }
  }
  return out + "</svg>";
}

std::string picture_of_value(const ReportData& data) {
  constexpr double kHeight = 240;
  constexpr double kBottom = 200;
  constexpr double kTop = 24;
  std::uint32_t most = 1;
  for (const auto& bar : data.bars)
    most = std::max(most, bar.customers);
  std::string out =
      picture_head("value", kPictureWidth, kHeight, "Customers by what they have spent",
                   "Each bar: customers who spent as much, refunds taken off. The fifth who spent "
                   "most brought " +
                       percent(data.top_fifth_share) + " of all revenue.");
  const double width =
      kPictureWidth / static_cast<double>(std::max<std::size_t>(1, data.bars.size()));
  for (std::size_t i = 0; i < data.bars.size(); ++i) {
    const auto& bar = data.bars[i];
    const double x = width * static_cast<double>(i);
    const double height = (kBottom - kTop) * bar.customers / most;
    const std::string range =
        short_number(bar.from) + " to " + short_number(bar.to) + " " + data.currency;
    out += "<rect class=\"bar\" x=\"" + unit(x + 2) + "\" y=\"" + unit(kBottom - height) +
           "\" width=\"" + unit(width - 4) + "\" height=\"" + unit(height) + "\" rx=\"2\"><title>" +
           escaped(range) + ": " + std::to_string(bar.customers) + " customers, " +
           short_number(bar.revenue) + " " + escaped(data.currency) + " in all</title></rect>";
    if (bar.customers > 0) {
      out += words_at(x + width / 2, kBottom - height - 5, short_number(bar.customers),
                      "mid small muted");
    }
    out += words_at(x + width / 2, kBottom + 16, short_number(bar.from), "mid small");
  }
  out += "<line class=\"axis\" x1=\"0\" x2=\"" + unit(kPictureWidth) + "\" y1=\"" +
         unit(kBottom + 0.5) + "\" y2=\"" + unit(kBottom + 0.5) + "\"/>";
  out += words_at(kPictureWidth / 2, kBottom + 34,
                  "spent" + (data.currency.empty() ? "" : ", " + data.currency), "mid muted small");
  return out + "</svg>";
}

}  // namespace souk::segmentation
