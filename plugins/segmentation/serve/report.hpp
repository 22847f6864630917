// The report: figures (report_data.cpp), pictures of them (report_pictures.cpp), the page
// (report.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {

/// Orders and days since the last one, in classes that a person can name.
inline constexpr std::array<std::string_view, 5> kFrequencyNames{"1 order", "2", "3", "4–6", "7+"};
inline constexpr std::array<std::string_view, 6> kRecencyNames{"≤ 30 days", "31–60",   "61–90",
                                                               "91–180",    "181–365", "> 1 year"};

/// What the pictures show, of one moment.
struct ReportData {
  struct Line {
    std::string name;
    std::vector<double> values;  ///< by `days`
    double now = 0;
    double before = 0;  ///< at the first of the days
  };
  struct Cell {
    std::uint32_t customers = 0;
    double revenue = 0;
  };
  struct Cohort {
    std::uint32_t month = 0;  ///< month_number()
    std::uint32_t customers = 0;
    std::vector<std::uint32_t> active;  ///< with an order so many months later
  };
  struct Bar {
    double from = 0;  ///< money
    double to = 0;
    std::uint32_t customers = 0;
    double revenue = 0;
  };

  std::string currency;
  std::uint32_t now_s = 0;
  std::uint32_t counted_s = 0;  ///< the moment of all that is counted customer by customer
  std::uint32_t persons = 0;
  std::uint32_t customers = 0;  ///< with an order that stood
  std::uint32_t repeaters = 0;
  double revenue = 0;
  double top_fifth_share = 0;  ///< of revenue, 0 to 1
  double median_revenue = 0;
  double expected_year = 0;         ///< of all customers; 0: no model yet
  std::vector<std::uint32_t> days;  ///< since 1970, the last one is today
  std::vector<Line> lines;          ///< segments of people, largest first
  std::array<std::array<Cell, kFrequencyNames.size()>, kRecencyNames.size()> grid{};
  std::vector<Cohort> cohorts;  ///< oldest first, at most 12
  std::vector<Bar> bars;
};

/// What is counted customer by customer; the lines are left out. Goes through everybody. Any
/// thread.
[[nodiscard]] ReportData counted_of(const Known& known);
/// The whole: what was counted, now or lately, with the lines of segments as they are now.
[[nodiscard]] ReportData report_of(const Known& known, const ReportData& counted,
                                   std::uint32_t days);

/// Pictures as SVG elements. Colours are CSS variables of the page.
[[nodiscard]] std::string picture_of_sizes(const ReportData& data);
[[nodiscard]] std::string picture_of_grid(const ReportData& data);
[[nodiscard]] std::string picture_of_cohorts(const ReportData& data);
[[nodiscard]] std::string picture_of_value(const ReportData& data);

// What words and pictures are made of.
[[nodiscard]] std::string escaped(std::string_view text);
/// 1234567 → "1.2 M", 812 → "812".
[[nodiscard]] std::string short_number(double value);
[[nodiscard]] std::string percent(double share);
/// "2027-01-15"
[[nodiscard]] std::string date_of(std::uint32_t day);
/// "08:12:30"
[[nodiscard]] std::string time_of(std::uint32_t moment_s);
/// "Jan 2027"
[[nodiscard]] std::string month_name(std::uint32_t month);

}  // namespace souk::segmentation
