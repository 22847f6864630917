#include "plugins/email/model/condition.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace souk::email {
namespace {

struct FactName {
  std::string_view name;
  Fact fact;
  bool takes_name;
};
constexpr std::array kFactNames{
    FactName{"price", Fact::price, false},
    FactName{"amount", Fact::amount, false},
    FactName{"quantity", Fact::quantity, false},
    FactName{"product", Fact::product, false},
    FactName{"category", Fact::category, false},
    FactName{"brand", Fact::brand, false},
    FactName{"event", Fact::event, false},
    FactName{"property", Fact::property, true},
    FactName{"orders", Fact::orders, false},
    FactName{"spent", Fact::spent, false},
    FactName{"last_order", Fact::last_order, false},
    FactName{"last_seen", Fact::last_seen, false},
    FactName{"cart_value", Fact::cart_value, false},
    FactName{"cart_items", Fact::cart_items, false},
    FactName{"country", Fact::country, false},
    FactName{"locale", Fact::locale, false},
    FactName{"segment", Fact::segment, true},
    FactName{"consent", Fact::consent, true},
    FactName{"in_flow", Fact::in_flow, false},
    FactName{"ordered_since_entry", Fact::ordered_since_entry, false},
    FactName{"opened", Fact::opened, false},
    FactName{"clicked", Fact::clicked, false},
    FactName{"in_stock", Fact::in_stock, false},
};

std::string fact_list() {
  std::string list;
  for (const FactName& one : kFactNames) {
    if (!list.empty()) list += ", ";
    list += one.name;
    if (one.takes_name) list += "(\"…\")";
  }
  return list;
}

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

bool seconds_of(std::string_view text, double& seconds) noexcept {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || value < 0) return false;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double scale = unit == "s"   ? 1
                       : unit == "m" ? 60
                       : unit == "h" ? 3'600
                       : unit == "d" ? 86'400
                       : unit == "w" ? 604'800
                       : unit == "y" ? 31'536'000
                                     : 0;
  seconds = value * scale;
  return scale > 0;
}

/// Recursive descent; `or` binds less than `and`, that less than `not`.
class ConditionParser {
 public:
  explicit ConditionParser(std::string_view text) : text_(text) {}

  Result<Condition> parse() {
    condition_.text_ = std::string(text_);
    space();
    if (at_ == text_.size()) return Condition();
    const auto root = any();
    if (fault_.ok() && at_ != text_.size()) fail("expected and, or, or the end");
    if (!fault_.ok()) return fault_;
    (void)root;
    return std::move(condition_);
  }

 private:
  using Node = Condition::Node;
  using Kind = Condition::Kind;
  using Compare = Condition::Compare;
  static constexpr int kDeepest = 32;
  static constexpr std::size_t kMostNodes = 500;

  std::uint16_t any() {
    std::uint16_t left = all();
    while (fault_.ok() && word("or"))
      left = join(Kind::either, left, all());
    return left;
  }
  std::uint16_t all() {
    std::uint16_t left = negation();
    while (fault_.ok() && word("and"))
      left = join(Kind::both, left, negation());
    return left;
  }
  std::uint16_t negation() {
    if (!word("not")) return primary();
    if (++depth_ > kDeepest) return fail("is nested too deeply");
    const std::uint16_t inner = negation();
    --depth_;
    return join(Kind::negate, inner, 0);
  }
  std::uint16_t primary() {
    if (sign("(")) {
      if (++depth_ > kDeepest) return fail("is nested too deeply");
      const std::uint16_t inner = any();
      --depth_;
      if (fault_.ok() && !sign(")")) return fail("expected )");
      return inner;
    }
    const std::size_t begin = at_;
    const std::string_view name = identifier();
    const FactName* known = nullptr;
    for (const FactName& one : kFactNames) {
      if (one.name == name) known = &one;
    }
    if (known == nullptr) {
      at_ = begin;
      return fail((name.empty() ? "expected one of "
                                : "\"" + std::string(name) + "\" is not known; known are ") +
                  fact_list());
    }
    Node node;
    node.fact = known->fact;
    if (known->takes_name) {
      if (!sign("(") || !quoted(node.name) || !sign(")")) {
        return fail("expected " + std::string(name) + "(\"…\")");
      }
    }
    return comparison(std::move(node));
  }
  std::uint16_t comparison(Node node) {
    if (word("in")) {
      node.kind = Kind::compare_text;
      if (!sign("(")) return fail("expected ( and texts");
      do {
        if (!quoted(node.texts.emplace_back())) return fail("expected a text in quotes");
      } while (sign(","));
      if (!sign(")")) return fail("expected )");
      return add(std::move(node));
    }
    constexpr std::array<std::pair<std::string_view, Compare>, 7> kSigns{{{"!=", Compare::differs},
                                                                          {"<=", Compare::at_most},
                                                                          {">=", Compare::at_least},
                                                                          {"==", Compare::equal},
                                                                          {"<", Compare::less},
                                                                          {">", Compare::more},
                                                                          {"=", Compare::equal}}};
    for (const auto& [text, compare] : kSigns) {
      if (!sign(text)) continue;
      node.compare = compare;
      if (std::string value; quoted(value)) {
        if (compare != Compare::equal && compare != Compare::differs) {
          return fail("texts are compared with = and !=");
        }
        node.kind = Kind::compare_text;
        node.texts.push_back(std::move(value));
        return add(std::move(node));
      }
      node.kind = Kind::compare_number;
      if (!number(node.number)) {
        return fail("expected a number, a duration such as 7d, or a text in quotes");
      }
      return add(std::move(node));
    }
    node.kind = Kind::truth;
    return add(std::move(node));
  }

  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
      ++at_;
  }
  bool sign(std::string_view wanted) {
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    space();
    return true;
  }
  bool word(std::string_view wanted) {
    const std::size_t end = at_ + wanted.size();
    if (!text_.substr(at_).starts_with(wanted)) return false;
    if (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) return false;
    at_ = end;
    space();
    return true;
  }
  std::string_view identifier() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || (at_ > begin && is_digit(text_[at_]))))
      ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    space();
    return name;
  }
  bool quoted(std::string& out) {
    if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return false;
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return false;
    out = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    space();
    return true;
  }
  bool number(double& value) {
    std::size_t end = at_;
    while (end < text_.size() && (is_digit(text_[end]) || is_letter(text_[end]) ||
                                  text_[end] == '.' || (end == at_ && text_[end] == '-')))
      ++end;
    const std::string_view token = text_.substr(at_, end - at_);
    const auto [stop, fault] = std::from_chars(token.data(), token.data() + token.size(), value);
    const bool plain = fault == std::errc() && stop == token.data() + token.size();
    if (!plain && !seconds_of(token, value)) return false;
    at_ = end;
    space();
    return std::isfinite(value);
  }
  std::uint16_t add(Node node) {
    if (condition_.nodes_.size() >= kMostNodes) return fail("is too long");
    condition_.nodes_.push_back(std::move(node));
    return static_cast<std::uint16_t>(condition_.nodes_.size() - 1);
  }
  std::uint16_t join(Kind kind, std::uint16_t left, std::uint16_t right) {
    Node node;
    node.kind = kind;
    node.left = left;
    node.right = right;
    return add(std::move(node));
  }
  std::uint16_t fail(const std::string& what) {
    if (fault_.ok()) {
      fault_ = Status(Code::invalid_argument, "column " + std::to_string(at_ + 1) + ": " + what);
    }
    return 0;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Status fault_;
  Condition condition_;
};

Result<Condition> Condition::parse(std::string_view text) { return ConditionParser(text).parse(); }

bool Condition::holds(const Facts& facts) const {
  return nodes_.empty() || node_holds(nodes_.back(), facts);
}

std::vector<std::string_view> Condition::segments() const {
  std::vector<std::string_view> names;
  for (const Node& node : nodes_) {
    if (node.fact == Fact::segment) names.push_back(node.name);
  }
  return names;
}

bool Condition::node_holds(const Node& node, const Facts& facts) const {
  switch (node.kind) {
    case Kind::both:
      return node_holds(nodes_[node.left], facts) && node_holds(nodes_[node.right], facts);
    case Kind::either:
      return node_holds(nodes_[node.left], facts) || node_holds(nodes_[node.right], facts);
    case Kind::negate:
      return !node_holds(nodes_[node.left], facts);
    case Kind::truth: {
      const double value = facts.number(node.fact, node.name);
      return !std::isnan(value) && value != 0;
    }
    case Kind::compare_text: {
      const std::string_view value = facts.text(node.fact, node.name);
      bool found = false;
      for (const std::string& text : node.texts)
        found = found || text == value;
      return found == (node.compare != Compare::differs);
    }
    case Kind::compare_number:
      break;
  }
  const double value = facts.number(node.fact, node.name);
  if (std::isnan(value)) return false;
  switch (node.compare) {
    case Compare::equal:
      return value == node.number;
    case Compare::differs:
      return value != node.number;
    case Compare::less:
      return value < node.number;
    case Compare::at_most:
      return value <= node.number;
    case Compare::more:
      return value > node.number;
    case Compare::at_least:
      return value >= node.number;
  }
  return false;
}

}  // namespace souk::email
