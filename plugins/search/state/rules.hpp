// What merchandisers decide about searches: pins, boosts, what is hidden, where to send the
// shopper. Compiled once, from the settings' file or from events; immutable once published.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "plugins/search/model/filter.hpp"
#include "plugins/search/state/record_store.hpp"
#include "souk/result.hpp"
#include "souk/search/v1/settings.souk.hpp"

namespace souk::search {

struct Rule {
  enum class Match { is, contains, starts_with, ends_with };
  struct Pin {
    std::uint64_t product = 0;
    std::uint32_t position = 1;
  };
  /// One of these must hold; none: always.
  struct Condition {
    std::string query;  ///< normalized; empty with Match::contains: any
    Match match = Match::is;
    std::string context;  ///< empty: any
  };

  std::string id;
  std::vector<Condition> conditions;
  std::vector<std::string> contexts;
  std::vector<std::string> accounts;
  std::vector<std::string> segments;
  std::vector<std::pair<std::int64_t, std::int64_t>> times;  ///< [from, until), µs; none: always
  std::vector<Pin> pins;
  std::vector<std::uint64_t> hidden;
  std::vector<BoostRule> boosts;
  Filter filter;
  std::string replace_query;
  std::string redirect;
  std::string banner;  ///< a JSON object; empty: none
  bool ignore_filters = false;
};

/// When rules are chosen.
struct RuleSituation {
  std::string_view query;  ///< normalized
  std::span<const std::string> contexts;
  std::string_view account;
  std::string_view segment;
  std::int64_t now_us = 0;
};

class Rules {
 public:
  static constexpr std::size_t kMost = 20'000;

  /// INVALID_ARGUMENT with "rules[3].boost" as field.
  [[nodiscard]] static Result<Rules> compile(const v1::RuleFile& file);
  /// Adds one; the first added comes first.
  void add(Rule rule);

  /// Appends those that hold, in their order.
  void choose(const RuleSituation& situation, std::vector<const Rule*>& chosen) const;
  [[nodiscard]] std::size_t size() const { return rules_.size(); }

 private:
  [[nodiscard]] static bool holds(const Rule& rule, const RuleSituation& situation);

  std::vector<Rule> rules_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> exactly_;  ///< by whole query
  std::vector<std::uint32_t> others_;  ///< to be tried for every query
};

/// Records of SearchRulesSet as they came, and what they compile to.
class RuleEvents {
 public:
  RecordStore records;
  [[nodiscard]] const Rules& compiled() const { return compiled_; }
  void compile() { compile(records); }
  /// Of some of the records.
  void compile(const RecordStore& some);

 private:
  Rules compiled_;
};

/// A rule in the form of the Algolia API; INVALID_ARGUMENT when it can't be read.
[[nodiscard]] Result<Rule> read_rule_record(std::string_view json);

/// RFC 3339, or a date: its first moment, or with `end` the first one after it. False: neither.
bool parse_moment(std::string_view text, bool end, std::int64_t& us);

}  // namespace souk::search
