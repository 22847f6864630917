// The report as a page: what each flow earned, with its interval, in words and pictures, for a
// telephone, a desk and paper, in light and dark. Nothing is loaded from elsewhere.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "plugins/email/email.hpp"
#include "plugins/email/serve/pages.hpp"

namespace souk::email {
namespace {

using souk::v1::FlowRecord;
using souk::v1::FlowSlice;

constexpr std::string_view kFlowReportStyle = R"(
:root{color-scheme:light dark;--bg:#f7f6f2;--card:#fff;--ink:#1d2328;--muted:#5c6670;--rule:#dfddd5;
--accent:#0d6e6a;--soft:#cfe3e1;--bad:#a13a22}
@media (prefers-color-scheme:dark){:root{--bg:#14181b;--card:#1d2327;--ink:#e9ecee;--muted:#a2adb5;
--rule:#323a40;--accent:#49b8ad;--soft:#24443f;--bad:#f0957d}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:2rem 1.25rem 3rem}
h1{font-size:1.9rem;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:1.2rem;margin:0}
.lead,.note{color:var(--muted);margin:.2rem 0 1rem}.note{font-size:.9rem;max-width:46rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(120px,1fr));gap:.5rem 1rem;margin:.8rem 0}
dt{color:var(--muted);font-size:.82rem}
dd{margin:0;font-size:1.25rem;font-weight:650;font-variant-numeric:tabular-nums}
dd small{display:block;font-size:.78rem;font-weight:400;color:var(--muted)}
article{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:1rem 1.1rem;
margin:1rem 0}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:1rem 2rem;
align-items:start}
svg{display:block;width:100%;max-width:480px;height:auto;font-size:13px}
svg text{fill:var(--ink);font-variant-numeric:tabular-nums}svg .muted{fill:var(--muted)}
svg .end{text-anchor:end}svg .mid{text-anchor:middle}
.bar{fill:var(--accent)}.back{fill:var(--soft)}.axis{stroke:var(--muted)}
.range{stroke:var(--accent);stroke-width:3}.dot{fill:var(--accent)}
.weak .range{stroke:var(--muted);stroke-dasharray:5 4}.weak .dot{fill:var(--muted)}
.say{font-weight:600;margin:.2rem 0 .4rem}.bad{color:var(--bad)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.25rem .5rem;border-top:1px solid var(--rule)}
th:first-child,td:first-child{text-align:left;padding-left:0}th{font-weight:600;color:var(--muted)}
footer{color:var(--muted);font-size:.85rem;margin-top:2rem;border-top:1px solid var(--rule);
padding-top:.8rem}
@media (max-width:520px){svg{font-size:16px}th,td{padding:.25rem .3rem}table{font-size:.8rem}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--muted:#444;--rule:#bbb;--accent:#0d6e6a;
--soft:#d8e8e6}body{font-size:10.5pt}main{max-width:none;padding:0}article{break-inside:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
)";

std::string money(double value) {
  char text[40];
  const double size = std::abs(value);
  const int digits = size >= 1'000 ? 0 : 2;
  (void)std::snprintf(text, sizeof text, "%s%.*f", value < 0 ? "−" : "", digits, size);
  return text;
}

std::string signed_money(double value) { return (value > 0 ? "+" : "") + money(value); }

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "–";
  char text[24];
  (void)std::snprintf(text, sizeof text, "%.1f %%",
                      100 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

std::string number(double value) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string figure(std::string_view name, const std::string& value, const std::string& more) {
  return "<div><dt>" + std::string(name) + "</dt><dd>" + value +
         (more.empty() ? "" : "<small>" + more + "</small>") + "</dd></div>";
}

/// From sent to ordered, each as a bar of its share.
std::string picture_of_funnel(const FlowRecord& flow) {
  constexpr double kWide = 470;
  constexpr double kLabels = 90;
  constexpr double kBar = 250;
  const std::pair<const char*, std::uint64_t> rows[] = {{"sent", flow.sent()},
                                                        {"opened", flow.opened()},
                                                        {"clicked", flow.clicked()},
                                                        {"ordered", flow.orders()}};
  std::string out = "<svg viewBox=\"0 0 " + number(kWide) +
                    " 128\" role=\"img\" aria-label=\"From sent to ordered\">";
  double y = 4;
  for (const auto& [name, count] : rows) {
    const double part =
        flow.sent() == 0
            ? 0
            : std::min(static_cast<double>(count) / static_cast<double>(flow.sent()), 1.0);
    const std::string top = number(y);
    const std::string base = number(y + 16);
    out += "<text x=\"0\" y=\"" + base + "\">" + name +
           "</text><rect class=\"back\" rx=\"3\" x=\"" + number(kLabels) + "\" y=\"" + top +
           "\" width=\"" + number(kBar) + "\" height=\"22\"/><rect class=\"bar\" rx=\"3\" x=\"" +
           number(kLabels) + "\" y=\"" + top + "\" width=\"" + number(part * kBar) +
           "\" height=\"22\"/><text x=\"" + number(kLabels + kBar + 10) + "\" y=\"" + base + "\">" +
           std::to_string(count) + " <tspan class=\"muted\">" +
           (flow.sent() == 0 ? "" : share(count, flow.sent())) + "</tspan></text>";
    y += 31;
  }
  return out + "</svg>";
}

/// The difference per person and its interval, with nothing (0) marked.
std::string picture_of_interval(const FlowRecord& flow) {
  const auto& found = flow.increment();
  const double low = std::min(found.low(), 0.0);
  const double high = std::max(found.high(), 0.0);
  if (high - low <= 0) return {};
  const double room = (high - low) * 0.12;
  const auto x_of = [&](double value) {
    return 10 + 450 * (value - low + room) / (high - low + 2 * room);
  };
  const auto label = [&](double value, double y, const std::string& text, const char* kind) {
    return "<text class=\"mid " + std::string(kind) + "\" x=\"" +
           number(std::clamp(x_of(value), 34.0, 436.0)) + "\" y=\"" + number(y) + "\">" + text +
           "</text>";
  };
  // Names of the ends that would lie over each other stand on their own lines.
  const std::string zero = number(x_of(0));
  return "<svg viewBox=\"0 0 470 112\" role=\"img\" aria-label=\"Difference and interval\"" +
         std::string(found.enough() ? "" : " class=\"weak\"") + "><line class=\"axis\" x1=\"" +
         zero + "\" x2=\"" + zero + "\" y1=\"18\" y2=\"92\"/>" + label(0, 106, "0", "muted") +
         "<line class=\"range\" x1=\"" + number(x_of(found.low())) + "\" x2=\"" +
         number(x_of(found.high())) + "\" y1=\"55\" y2=\"55\"/><circle class=\"dot\" cx=\"" +
         number(x_of(found.difference())) + "\" cy=\"55\" r=\"7\"/>" +
         label(found.difference(), 36, signed_money(found.difference()), "") +
         label(found.low(), 80, signed_money(found.low()), "muted") +
         label(found.high(), 80, signed_money(found.high()), "muted") + "</svg>";
}

std::string group_words(const souk::v1::FlowGroup& group, const std::string& unit) {
  return std::to_string(group.people()) + " people, " + share(group.buyers(), group.people()) +
         " ordered, " + money(group.revenue_per_person()) + " " + unit + " a person";
}

std::string increment_part(const FlowRecord& flow) {
  const std::string unit = html_escaped(flow.currency());
  if (!flow.has_increment()) {
    return "<div><h3>Against the holdout</h3><p class=\"note\">Nothing to compare yet: with "
           "<code>holdout: 10</code> this says what the flow changed, once messages were due."
           "</p></div>";
  }
  const auto& found = flow.increment();
  const bool loss = found.enough() && found.high() < 0;
  std::string note = html_escaped(found.note());
  if (!note.empty() && note[0] >= 'a' && note[0] <= 'z') note[0] = static_cast<char>(note[0] - 32);
  std::string out = "<div><h3>Against the holdout</h3><p class=\"say" +
                    std::string(loss ? " bad" : "") + "\">" + note + ".</p>";
  if (found.treated().people() > 1 && found.holdout().people() > 1) {
    out += "<p class=\"note\">Revenue per person with the messages less without, " + unit +
           "; the line holds the true one in 95 of 100 cases.</p>" + picture_of_interval(flow);
  }
  return out + "<p class=\"note\">With: " + group_words(found.treated(), unit) +
         ".<br>Without: " + group_words(found.holdout(), unit) + ".</p></div>";
}

template <class List>
std::string slices_part(const char* title, const List& slices) {
  if (slices.empty()) return {};
  std::string out = "<div class=\"scroll\"><table><tr><th>" + std::string(title) +
                    "</th><th>sent</th><th>opened</th><th>clicked</th><th>orders</th>"
                    "<th>revenue</th><th>each</th></tr>";
  for (const FlowSlice& one : slices) {
    out += "<tr><td>" + html_escaped(one.name()) + "</td><td>" + std::to_string(one.sent()) +
           "</td><td>" + share(one.opened(), one.sent()) + "</td><td>" +
           share(one.clicked(), one.sent()) + "</td><td>" + std::to_string(one.orders()) +
           "</td><td>" + money(one.revenue()) + "</td><td>" + money(one.revenue_per_recipient()) +
           "</td></tr>";
  }
  return out + "</table></div>";
}

std::string flow_part(const FlowRecord& flow) {
  const std::string unit = " " + html_escaped(flow.currency());
  std::uint64_t suppressed = 0;
  for (const auto& one : flow.suppressed())
    suppressed += one.count();
  std::string out = "<article><h2>" + html_escaped(flow.name()) +
                    "</h2><p class=\"lead\">Begins: " + html_escaped(flow.trigger()) + "</p><dl>";
  out += figure("Entered", std::to_string(flow.entered()),
                std::to_string(flow.inside()) + " inside now");
  out += figure("Sent", std::to_string(flow.sent()), std::to_string(suppressed) + " not sent");
  out += figure("Orders after a click", std::to_string(flow.orders()), "");
  out += figure("Their value", money(flow.revenue()) + unit, "");
  out += figure("Per recipient", money(flow.revenue_per_recipient()) + unit, "");
  out += figure("Unsubscribed", share(flow.unsubscribed(), flow.sent()),
                std::to_string(flow.complained()) + " complained");
  out += "</dl><div class=\"pair\"><div><h3>From sent to ordered</h3>" + picture_of_funnel(flow) +
         "<p class=\"note\">Machines are not counted: " + std::to_string(flow.machine_opens()) +
         " openings, " + std::to_string(flow.machine_clicks()) + " clicks.</p></div>" +
         increment_part(flow) + "</div>";
  return out + slices_part("Variant", flow.by_variant()) +
         slices_part("Segment", flow.by_segment()) + "</article>";
}

}  // namespace

Status Email::show_flow_report(const souk::v1::FlowReportRequest&, const CallInfo& info,
                               souk::v1::HttpBody& reply) {
  souk::v1::ListFlowsReply flows;
  if (Status status = list_flows({}, info, flows); !status.ok()) return status;
  std::string body;
  std::string attribution;
  for (const FlowRecord& flow : flows.flows()) {
    body += flow_part(flow);
    attribution = flow.attribution() + ".";
  }
  if (!attribution.empty())
    attribution[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(attribution[0])));
  if (body.empty()) body = "<p>No flow is switched on: set <code>flows</code>.</p>";
  reply.set_content_type("text/html; charset=utf-8");
  reply.set_data(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>What the flows earned</title><style>"
      "h3{font-size:1rem;margin:.2rem 0 .4rem}" +
      std::string(kFlowReportStyle) +
      "</style></head><body><main><header><h1>What the flows earned</h1><p class=\"lead\">" +
      html_escaped(attribution) + "</p></header>" + body +
      "<footer>Revenue per person is compared by Welch's interval, shares of buyers by Newcombe's. "
      "Groups are drawn by lot when the first message is due, and stay.</footer></main></body>"
      "</html>");
  auto* header = reply.add_headers();
  header->set_name("Cache-Control");
  header->set_value("no-store");
  return {};
}

}  // namespace souk::email
