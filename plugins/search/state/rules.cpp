#include "plugins/search/state/rules.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/keys.hpp"
#include "plugins/search/state/query_days.hpp"

namespace souk::search {
namespace {

constexpr double kBuried = 0.02;
constexpr std::int64_t kDayUs = 86'400'000'000;

std::string json_of(const google::protobuf::Map<std::string, std::string>& banner) {
  if (banner.empty()) return {};
  const std::map<std::string, std::string> sorted(banner.begin(), banner.end());
  std::string text = "{";
  const auto append = [&](std::string_view value) {
    text += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') {
        text += '\\';
        text += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        text += "\\u00";
        text += kDigits[static_cast<unsigned char>(c) >> 4];
        text += kDigits[static_cast<unsigned char>(c) & 15];
      } else {
        text += c;
      }
    }
    text += '"';
  };
  for (const auto& [name, value] : sorted) {
    if (text.size() > 1) text += ',';
    append(name);
    text += ':';
    append(value);
  }
  return text + "}";
}

Rule::Match match_of(std::string_view name) {
  if (name == "contains") return Rule::Match::contains;
  if (name == "starts_with" || name == "startsWith") return Rule::Match::starts_with;
  if (name == "ends_with" || name == "endsWith") return Rule::Match::ends_with;
  return Rule::Match::is;
}

template <class Texts>
std::vector<std::string> copied_words(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

/// Times of a rule; false when one is no time.
Status read_times(const v1::Rule& given, const std::string& where, Rule& rule) {
  if (given.from().empty() && given.until().empty()) return {};
  std::pair<std::int64_t, std::int64_t> time{std::numeric_limits<std::int64_t>::min(),
                                             std::numeric_limits<std::int64_t>::max()};
  const auto wrong = [&](const char* field, const std::string& text) {
    return Status(Code::invalid_argument,
                  where + field + ": \"" + text +
                      "\" is no moment; allowed is 2026-11-27 or 2026-11-27T08:00:00Z",
                  "rules");
  };
  if (!given.from().empty() && !parse_moment(given.from(), false, time.first)) {
    return wrong(".from", given.from());
  }
  if (!given.until().empty() && !parse_moment(given.until(), true, time.second)) {
    return wrong(".until", given.until());
  }
  rule.times.push_back(time);
  return {};
}

/// The kernel finds the line of a setting by its path at the front of the sentence.
Status at(const std::string& where, const Status& status) {
  return Status(status.code(), where + ": " + status.message(), "rules");
}

Status read_expressions(const v1::Rule& given, const std::string& where, Rule& rule) {
  auto boosts = parse_boosts(given.boost(), "boost");
  if (!boosts.ok()) return at(where + ".boost", boosts.status());
  rule.boosts = std::move(*boosts);
  if (!given.bury().empty()) {
    auto bury = parse_filter(given.bury(), "bury");
    if (!bury.ok()) return at(where + ".bury", bury.status());
    rule.boosts.push_back({std::move(*bury), kBuried});
  }
  auto filter = parse_filter(given.filter(), "filter");
  if (!filter.ok()) return at(where + ".filter", filter.status());
  rule.filter = std::move(*filter);
  return {};
}

bool has_words(std::string_view text, std::string_view run) {
  for (std::size_t at = text.find(run); at != std::string_view::npos; at = text.find(run, at + 1)) {
    const bool begins = at == 0 || text[at - 1] == ' ';
    const std::size_t end = at + run.size();
    if (begins && (end == text.size() || text[end] == ' ')) return true;
  }
  return false;
}

bool matches(const Rule::Condition& condition, std::string_view query) {
  if (condition.query.empty()) {
    return condition.match != Rule::Match::is || query.empty();
  }
  const std::string_view wanted = condition.query;
  const auto edge = [&](std::size_t at) { return at == query.size() || query[at] == ' '; };
  switch (condition.match) {
    case Rule::Match::is:
      return query == wanted;
    case Rule::Match::contains:
      return has_words(query, wanted);
    case Rule::Match::starts_with:
      return query.starts_with(wanted) && edge(wanted.size());
    case Rule::Match::ends_with:
      return query.ends_with(wanted) &&
             (query.size() == wanted.size() || query[query.size() - wanted.size() - 1] == ' ');
  }
  return false;
}

bool one_of(const std::vector<std::string>& list, std::string_view value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool parse_moment(std::string_view text, bool end, std::int64_t& us) {
  std::int32_t day = 0;
  if (text.size() < 10 || !parse_day(text.substr(0, 10), day)) return false;
  us = day * kDayUs;
  if (text.size() == 10) {
    if (end) us += kDayUs;
    return true;
  }
  // T08:00:00, then Z or +01:00.
  if (text.size() < 20 || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':') {
    return false;
  }
  const auto number = [&](std::size_t at, int most, std::int64_t& value) {
    const auto [read, error] = std::from_chars(text.data() + at, text.data() + at + 2, value);
    return error == std::errc() && read == text.data() + at + 2 && value >= 0 && value <= most;
  };
  std::int64_t hour = 0, minute = 0, second = 0;
  if (!number(11, 23, hour) || !number(14, 59, minute) || !number(17, 60, second)) return false;
  us += ((hour * 60 + minute) * 60 + second) * 1'000'000;
  std::string_view zone = text.substr(19);
  if (zone.starts_with('.')) {
    const std::size_t digits = zone.find_first_not_of("0123456789", 1);
    if (digits == std::string_view::npos || digits == 1) return false;
    zone.remove_prefix(digits);
  }
  if (zone == "Z" || zone == "z") return true;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return false;
  const std::size_t at = text.size() - 5;
  if (!number(at, 23, hour) || !number(at + 3, 59, minute)) return false;
  const std::int64_t away = (hour * 60 + minute) * 60'000'000;
  us += zone[0] == '+' ? -away : away;
  return true;
}

Result<Rules> Rules::compile(const v1::RuleFile& file) {
  Rules rules;
  for (int i = 0; i < file.rules_size(); ++i) {
    const v1::Rule& given = file.rules(i);
    const std::string where = "rules.rules[" + std::to_string(i) + "]";
    if (given.disabled()) continue;
    Rule rule;
    rule.id = given.id();
    if (Status status = read_times(given, where, rule); !status.ok()) return status;
    if (Status status = read_expressions(given, where, rule); !status.ok()) return status;
    for (const std::string& query : given.queries())
      rule.conditions.push_back({normalized(query), match_of(given.match()), {}});
    rule.contexts = copied_words(given.contexts());
    rule.accounts = copied_words(given.accounts());
    rule.segments = copied_words(given.segments());
    for (const v1::Pin& pin : given.pin())
      rule.pins.push_back({key_of(pin.product_id()), pin.has_position() ? pin.position() : 1});
    for (const std::string& id : given.hide())
      rule.hidden.push_back(key_of(id));
    rule.replace_query = given.replace_query();
    rule.redirect = given.redirect();
    rule.banner = json_of(given.banner());
    rule.ignore_filters = given.ignore_filters();
    rules.add(std::move(rule));
  }
  return rules;
}

void Rules::add(Rule rule) {
  if (rules_.size() >= kMost) return;
  const auto number = static_cast<std::uint32_t>(rules_.size());
  const bool whole = !rule.conditions.empty() &&
                     std::all_of(rule.conditions.begin(), rule.conditions.end(),
                                 [](const auto& c) { return c.match == Rule::Match::is; });
  if (whole) {
    for (const Rule::Condition& condition : rule.conditions) {
      auto& list = exactly_[condition.query];
      if (list.empty() || list.back() != number) list.push_back(number);
    }
  } else {
    others_.push_back(number);
  }
  rules_.push_back(std::move(rule));
}

bool Rules::holds(const Rule& rule, const RuleSituation& now) {
  const auto in_context = [&](const std::string& context) {
    return std::find(now.contexts.begin(), now.contexts.end(), context) != now.contexts.end();
  };
  if (!rule.contexts.empty() &&
      std::none_of(rule.contexts.begin(), rule.contexts.end(), in_context)) {
    return false;
  }
  if (!one_of(rule.accounts, now.account) || !one_of(rule.segments, now.segment)) return false;
  const auto at_time = [&](const auto& time) {
    return now.now_us >= time.first && now.now_us < time.second;
  };
  if (!rule.times.empty() && std::none_of(rule.times.begin(), rule.times.end(), at_time)) {
    return false;
  }
  if (rule.conditions.empty()) return true;
  return std::any_of(rule.conditions.begin(), rule.conditions.end(), [&](const auto& condition) {
    return (condition.context.empty() || in_context(condition.context)) &&
           matches(condition, now.query);
  });
}

void Rules::choose(const RuleSituation& situation, std::vector<const Rule*>& chosen) const {
  std::vector<std::uint32_t> numbers = others_;
  if (const auto at = exactly_.find(std::string(situation.query)); at != exactly_.end()) {
    numbers.insert(numbers.end(), at->second.begin(), at->second.end());
  }
  std::sort(numbers.begin(), numbers.end());
  for (const std::uint32_t number : numbers) {
    if (holds(rules_[number], situation)) chosen.push_back(&rules_[number]);
  }
}

void RuleEvents::compile(const RecordStore& some) {
  compiled_ = Rules();
  for (const auto& [key, json] : some.all()) {
    auto rule = read_rule_record(json);
    if (rule.ok()) compiled_.add(std::move(*rule));
  }
}

}  // namespace souk::search
