// Everybody → the figures of the report.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "plugins/segmentation/serve/answers.hpp"
#include "plugins/segmentation/serve/report.hpp"
#include "plugins/segmentation/state/calendar.hpp"

namespace souk::segmentation {
namespace {

constexpr std::size_t kMostCohorts = 12;
constexpr std::size_t kMostBars = 12;
constexpr std::uint32_t kMostPoints = 120;  ///< of a line: more can't be told apart
constexpr double kDayOfReportS = 86'400;
/// Of so many customers the expected value is asked; of more, of a sample.
constexpr std::size_t kMostAsked = 20'000;

std::size_t frequency_class(std::uint32_t orders) {
  return orders <= 3 ? orders - 1 : orders <= 6 ? 3 : 4;
}

std::size_t recency_class(double days) {
  constexpr std::array<double, 5> kUpTo{30, 60, 90, 180, 365};
  return static_cast<std::size_t>(
      std::find_if(kUpTo.begin(), kUpTo.end(), [&](double upto) { return days <= upto; }) -
      kUpTo.begin());
}

/// 1, 2, 5, 10, 20, 50 …: the smallest above `value`, and the one before a step.
double round_step_above(double value) {
  const double ten = std::pow(10, std::floor(std::log10(std::max(value, 1.0))));
  for (const double times : {1.0, 2.0, 5.0})
    if (ten * times > value) return ten * times;
  return ten * 10;
}

double round_step_below(double step) {
  const double ten = std::pow(10, std::floor(std::log10(step) + 1e-9));
  const double times = std::round(step / ten);
  return times >= 5 ? ten * 2 : times >= 2 ? ten : ten / 2;
}

void size_lines(const Known& known, std::uint32_t days, ReportData& out) {
  const std::uint32_t today = known.now_s / kSecondsADay;
  const std::uint32_t first = today - std::min(today, days - 1);
  const std::uint32_t step = std::max(1U, (days + kMostPoints - 1) / kMostPoints);
  // From the day on which the shop began to be known; today comes last.
  const auto& history = *known.history;
  const std::uint32_t begin = history.empty() ? today : std::max(first, history.front()->day);
  for (std::uint32_t day = begin; day < today; day += step)
    out.days.push_back(day);
  out.days.push_back(today);
  for (const std::uint32_t place : known.book->listed()) {
    const Segment& segment = known.book->decided()[place];
    if (segment.of != SubjectKind::person) continue;
    ReportData::Line line{.name = segment.name, .values = {}};
    std::size_t at = 0;
    for (const std::uint32_t day : out.days) {
      while (at < history.size() && history[at]->day <= day)
        ++at;
      const DaySizes* sizes = at == 0 ? nullptr : history[at - 1].get();
      const bool there = sizes != nullptr && segment.number < sizes->sizes.size();
      line.values.push_back(there ? sizes->sizes[segment.number] : 0);
    }
    line.now = segment.number < known.counts.size()
                   ? static_cast<double>(known.counts[segment.number].size)
                   : 0;
    line.values.back() = line.now;
    line.before = line.values.front();
    out.lines.push_back(std::move(line));
  }
  std::stable_sort(out.lines.begin(), out.lines.end(),
                   [](const auto& a, const auto& b) { return a.now > b.now; });
}

void count_cohort(const Facts& facts, std::uint32_t newest, ReportData& out) {
  const std::uint32_t month = month_number(facts.first_order_s);
  if (month > newest || newest - month >= out.cohorts.size()) return;
  auto& cohort = out.cohorts[out.cohorts.size() - 1 - (newest - month)];
  ++cohort.customers;
  for (std::size_t later = 0; later < cohort.active.size(); ++later)
    cohort.active[later] += facts.cohort_months >> later & 1U;
}

void value_bars(std::vector<float>& revenues, ReportData& out) {
  if (revenues.empty()) return;
  std::sort(revenues.begin(), revenues.end());
  out.median_revenue = revenues[revenues.size() / 2];
  const auto fifth = revenues.end() - static_cast<std::ptrdiff_t>((revenues.size() + 4) / 5);
  const double top = std::accumulate(fifth, revenues.end(), 0.0);
  out.top_fifth_share = out.revenue > 0 ? top / out.revenue : 0;
  // Few spend very much: each bar is about twice as wide as the one before.
  std::vector<double> edges{round_step_above(revenues.back())};
  while (edges.size() < kMostBars && edges.back() > 2)
    edges.push_back(round_step_below(edges.back()));
  // The lowest bar begins at nothing; where nobody spent more than a coin it is the only one.
  if (edges.size() == 1) edges.push_back(0);
  edges.back() = 0;
  std::reverse(edges.begin(), edges.end());
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    out.bars.push_back({edges[i], edges[i + 1], 0, 0});
  std::size_t at = 0;
  for (const float revenue : revenues) {
    while (at + 1 < out.bars.size() && revenue >= out.bars[at].to)
      ++at;
    ++out.bars[at].customers;
    out.bars[at].revenue += revenue;
  }
}

}  // namespace

ReportData report_of(const Known& known, const ReportData& counted, std::uint32_t days) {
  ReportData out = counted;
  out.now_s = known.now_s;
  out.currency = known.currency;
  out.persons = known.persons;
  size_lines(known, days, out);
  return out;
}

ReportData counted_of(const Known& known) {
  ReportData out;
  out.counted_s = known.now_s;
  const std::uint32_t newest = month_number(known.now_s);
  for (std::size_t i = 0; i < kMostCohorts; ++i) {
    const auto back = static_cast<std::uint32_t>(kMostCohorts - 1 - i);
    out.cohorts.push_back({newest - back, 0, std::vector<std::uint32_t>(back + 1, 0)});
  }
  std::vector<float> revenues;
  Person person;
  double asked = 0;
  double expected = 0;
  const std::uint32_t stride = 1 + known.people.numbers / static_cast<std::uint32_t>(kMostAsked);
  for (std::uint32_t number = 0; number < known.people.numbers; ++number) {
    if (!known.people.read(number, person) || person.kind != SubjectKind::person) continue;
    const std::uint32_t orders = orders_of(person.facts);
    if (orders == 0) continue;
    ++out.customers;
    out.repeaters += orders > 1 ? 1 : 0;
    const double revenue = std::max(0.0, person.facts.revenue);
    out.revenue += revenue;
    revenues.push_back(static_cast<float>(revenue));
    const double ago =
        (known.now_s - std::min(known.now_s, person.facts.last_order_s)) / kDayOfReportS;
    auto& cell = out.grid[recency_class(ago)][frequency_class(orders)];
    ++cell.customers;
    cell.revenue += revenue;
    count_cohort(person.facts, newest, out);
    if (number % stride != 0 || !known.models->trained()) continue;
    const auto summary = summary_of(person.facts, known.now_s);
    if (!summary) continue;
    ++asked;
    expected += known.models->orders(*summary, 365 * kDayOfReportS).value *
                known.models->order_value(spend_of(person.facts)).value;
  }
  if (asked > 0) out.expected_year = expected / asked * out.customers;
  value_bars(revenues, out);
  std::erase_if(out.cohorts, [](const auto& cohort) { return cohort.customers == 0; });
  return out;
}

}  // namespace souk::segmentation
