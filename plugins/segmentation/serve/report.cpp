// The report as a page: figures in words, pictures, and the style that shows them on a telephone, a
// desk and paper, in light and dark. Nothing is loaded from elsewhere.
#include "plugins/segmentation/serve/report.hpp"

#include <cmath>
#include <cstdio>

#include "plugins/segmentation/state/calendar.hpp"

namespace souk::segmentation {
namespace {

constexpr std::uint32_t kDefaultReportDays = 90;

constexpr std::string_view kReportStyle = R"(
:root{color-scheme:light dark;--bg:#f7f6f2;--card:#fff;--ink:#1d2328;--muted:#5c6670;--rule:#dfddd5;
--accent:#0d6e6a;--cell:#0d6e6a;--on:#fff;--up:#1b6e3c;--down:#a13a22}
@media (prefers-color-scheme:dark){:root{--bg:#14181b;--card:#1d2327;--ink:#e9ecee;--muted:#a2adb5;
--rule:#323a40;--accent:#49b8ad;--cell:#1d7a72;--on:#fff;--up:#7fd19b;--down:#f0957d}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:2rem 1.25rem 3rem}
h1{font-size:1.9rem;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:1.2rem;margin:0 0 .15rem}
.lead,.note{color:var(--muted);margin:.2rem 0 1rem}
.note{font-size:.9rem;max-width:44rem}
section{margin-top:2.2rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.75rem;margin:1.4rem 0 0}
dl div{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:.8rem 1rem}
dt{color:var(--muted);font-size:.85rem}
dd{margin:0;font-size:1.5rem;font-weight:650;font-variant-numeric:tabular-nums}
dd small{display:block;font-size:.8rem;font-weight:400;color:var(--muted)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:.75rem}
.card,.panel{background:var(--card);border:1px solid var(--rule);border-radius:10px;margin:0}
.card{padding:.7rem .9rem .6rem}
.card figcaption{font-size:.9rem;color:var(--muted)}
.card p{margin:.1rem 0 .3rem}
.card b{font-size:1.3rem;font-variant-numeric:tabular-nums}
.change{font-size:.82rem;color:var(--muted);white-space:nowrap}
.up{color:var(--up)}.down{color:var(--down)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:.75rem}
.panel{padding:1rem 1.1rem}
svg{display:block;width:100%;height:auto;font-size:12.5px}
svg text{fill:var(--ink);font-variant-numeric:tabular-nums}
svg .mid,svg .in{text-anchor:middle}svg .end{text-anchor:end}
svg .muted{fill:var(--muted)}svg .small{font-size:11px}svg .big{font-size:15px;font-weight:650}
svg .on{fill:var(--on)}
svg .in{pointer-events:none}
.cell{fill:var(--cell)}.bar{fill:var(--accent)}.wide svg{max-width:640px}.area{fill:var(--accent);opacity:.14}
.line{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}
.dot{fill:var(--accent)}.axis{stroke:var(--rule)}
.empty{color:var(--muted);margin:0}
footer{color:var(--muted);font-size:.85rem;margin-top:2.5rem;border-top:1px solid var(--rule);
padding-top:.8rem}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--muted:#444;--rule:#bbb;--accent:#0d6e6a;--cell:#0d6e6a;
--on:#fff;--up:#1b6e3c;--down:#a13a22}body{font-size:11pt}main{max-width:none;padding:0}
.cards{grid-template-columns:repeat(4,1fr)}.pair{grid-template-columns:1fr 1fr}
.card,.panel,dl div{break-inside:avoid}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
)";

std::string figure(std::string_view name, const std::string& value, const std::string& more = {}) {
  return "<div><dt>" + std::string(name) + "</dt><dd>" + value +
         (more.empty() ? "" : "<small>" + more + "</small>") + "</dd></div>";
}

std::string panel(std::string_view title, std::string_view note, const std::string& picture,
                  bool empty) {
  return "<figure class=\"panel\"><h2>" + std::string(title) + "</h2><p class=\"note\">" +
         std::string(note) + "</p>" +
         (empty ? "<p class=\"empty\">No orders yet: the picture comes with the first one.</p>"
                : picture) +
         "</figure>";
}

std::string headline(const ReportData& data) {
  const std::string unit = data.currency.empty() ? "" : " " + escaped(data.currency);
  std::string out = "<dl>";
  out += figure("People known", short_number(data.persons), "visitors and customers");
  out += figure("Customers", short_number(data.customers),
                data.persons > 0
                    ? percent(static_cast<double>(data.customers) / data.persons) + " of them"
                    : "");
  out += figure(
      "Came back",
      data.customers > 0 ? percent(static_cast<double>(data.repeaters) / data.customers) : "–",
      "of customers ordered again");
  out += figure("Revenue", short_number(data.revenue) + unit, "of customers known, less refunds");
  out += figure("Next year",
                data.expected_year > 0 ? "≈ " + short_number(data.expected_year) + unit : "–",
                data.expected_year > 0 ? "expected of these customers" : "no model yet");
  return out + "</dl>";
}

std::string page_of(const ReportData& data) {
  const bool empty = data.customers == 0;
  const std::string today = date_of(data.days.back());
  std::string out =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>Customers on " +
      today + "</title><style>" + std::string(kReportStyle) + "</style></head><body><main>";
  out += "<header><h1>Who your customers are</h1><p class=\"lead\">As of " + today +
         " (UTC), the end of what the shop has told.</p></header>" + headline(data);
  out += "<section aria-labelledby=\"sizes\"><h2 id=\"sizes\">Segments</h2><p class=\"note\">" +
         (data.days.size() > 1 ? "How many people were in each, from " +
                                     date_of(data.days.front()) + " to " + today + "."
                               : "How many people are in each. Lines come with the days.") +
         "</p><div class=\"cards\">" + picture_of_sizes(data) + "</div></section>";
  out += "<section class=\"pair\">";
  out +=
      panel("How recently, how often",
            "Customers by days since their last order and by orders; below, what one of them has "
            "spent on average.",
            picture_of_grid(data), empty);
  out += panel("What they are worth",
               "Customers by what they have spent. The fifth who spent most brought <b>" +
                   percent(data.top_fifth_share) + "</b> of the revenue; half spent less than " +
                   short_number(data.median_revenue) + " " + escaped(data.currency) + ".",
               picture_of_value(data), empty);
  out += "</section><section class=\"wide\">";
  out +=
      panel("Who comes back",
            "Of the customers whose first order was in a month, how many percent ordered so many "
            "months later.",
            picture_of_cohorts(data), empty);
  out += "</section><footer>Customers as they were at " + date_of(data.counted_s / kSecondsADay) +
         " " + time_of(data.counted_s) +
         " (UTC): of many they are counted once a minute. Days and months are those of UTC. Orders "
         "that were cancelled are not "
         "counted; months keep them.</footer></main></body></html>";
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string short_number(double value) {
  constexpr std::array<std::pair<double, std::string_view>, 3> kUnits{
      {{1e9, " bn"}, {1e6, " M"}, {1e4, " k"}}};
  char text[32];
  for (const auto& [size, name] : kUnits) {
    if (std::abs(value) < size) continue;
    const double shown = value / (size == 1e4 ? 1e3 : size);
    std::snprintf(text, sizeof(text), shown < 100 ? "%.1f" : "%.0f", shown);
    return text + std::string(name);
  }
  std::snprintf(text, sizeof(text), "%.0f", value);
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), share < 0.1 ? "%.1f %%" : "%.0f %%", share * 100);
  return text;
}

std::string date_of(std::uint32_t day) {
  const std::uint32_t month = month_number(day * kSecondsADay);
  std::uint32_t first = day;
  while (first > 0 && month_number((first - 1) * kSecondsADay) == month)
    --first;
  char text[32];
  std::snprintf(text, sizeof(text), "%04u-%02u-%02u", month / 12, month % 12 + 1, day - first + 1);
  return text;
}

std::string time_of(std::uint32_t moment_s) {
  char text[16];
  std::snprintf(text, sizeof(text), "%02u:%02u:%02u", moment_s / 3'600 % 24, moment_s / 60 % 60,
                moment_s % 60);
  return text;
}

std::string month_name(std::uint32_t month) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return std::string(kMonths[month % 12]) + " " + std::to_string(month / 12);
}

std::shared_ptr<const ReportData> CountedReport::of(const Known& known) {
  const auto good = [&](const std::shared_ptr<const ReportData>& counted, std::uint64_t of) {
    if (counted == nullptr) return false;
    const bool young = known.now_s < counted->counted_s + kMostAgeS;
    return of == known.generation || (young && known.people.size > kManyPeople);
  };
  {
    const std::lock_guard lock(mutex_);
    if (good(counted_, generation_)) return counted_;
  }
  // One counts; whoever comes meanwhile waits for it rather than counting too.
  const std::lock_guard counting(counting_);
  {
    const std::lock_guard lock(mutex_);
    if (good(counted_, generation_)) return counted_;
  }
  auto made = std::make_shared<const ReportData>(counted_of(known));
  const std::lock_guard lock(mutex_);
  generation_ = known.generation;
  counted_ = made;
  return made;
}

Status Segmentation::report(const souk::v1::ReportRequest& request, const CallInfo&,
                            souk::v1::HttpBody& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  const std::uint32_t days = request.has_days() ? request.days() : kDefaultReportDays;
  reply.set_content_type("text/html; charset=utf-8");
  reply.set_data(page_of(report_of(*known, *counted_report_.of(*known), days)));
  // The page needs nothing but its own style.
  const auto header = [&](const char* name, const char* value) {
    auto* added = reply.add_headers();
    added->set_name(name);
    added->set_value(value);
  };
  header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  header("Cache-Control", "no-store");
  return {};
}

}  // namespace souk::segmentation
