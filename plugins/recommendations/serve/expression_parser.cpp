// Filter and boost texts → conditions. A recursive descent with a bounded depth.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "plugins/recommendations/serve/expression.hpp"
#include "plugins/recommendations/serve/expression_lexer.hpp"
#include "plugins/recommendations/serve/nearest_name.hpp"

namespace souk::recommendations {
namespace {

enum class Type : std::uint8_t { text, number, truth };
struct FactName {
  std::string_view name;
  Fact fact;
  Type type;
};
constexpr std::array<FactName, 13> kFacts{{{"brand", Fact::brand, Type::text},
                                           {"category", Fact::category, Type::text},
                                           {"tag", Fact::tag, Type::text},
                                           {"price", Fact::price, Type::number},
                                           {"rating", Fact::rating, Type::number},
                                           {"stock", Fact::stock, Type::number},
                                           {"age_days", Fact::age_days, Type::number},
                                           {"on_sale", Fact::on_sale, Type::truth},
                                           {"product", Fact::product, Type::text},
                                           // Other names of the same.
                                           {"tags", Fact::tag, Type::text},
                                           {"categories", Fact::category, Type::text},
                                           {"product_id", Fact::product, Type::text},
                                           {"id", Fact::product, Type::text}}};
constexpr std::string_view kAllFacts =
    "brand, category, tag, price, rating, stock, age_days, on_sale, product, attributes.NAME";

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return low(x) == low(y);
  });
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view name) : text_(text), name_(name), lexer_(text) {
    advance();
  }

  Result<Condition> filter();
  Result<std::vector<BoostRule>> boosts();

 private:
  /// A part of a condition, as a tree.
  struct Node {
    enum class Kind : std::uint8_t { test, both, either, negation };
    Kind kind = Kind::test;
    std::uint16_t left = 0;  ///< or the test
    std::uint16_t right = 0;
  };
  using NodeId = std::uint16_t;

  bool condition(Condition& out);
  NodeId any();
  NodeId all();
  NodeId inverse();
  NodeId test();
  void relation_of_text(Test& test, bool& negated);
  void relation_of_number(Test& test, bool& negated);
  void relation_of_truth(Test& test, bool& negated);
  void list(Test& test);
  void name_fact(Test& test, Type& type);
  std::string text_value();
  double number_value();
  NodeId add(Node node);
  std::uint16_t emit(NodeId node, std::uint16_t if_true, std::uint16_t if_false, Condition& out);

  void advance();
  [[nodiscard]] bool is_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && same_word(token_.value, word);
  }
  [[nodiscard]] bool is_symbol(std::string_view symbol) const {
    return token_.kind == Token::Kind::symbol && token_.value == symbol;
  }
  bool take_word(std::string_view word);
  bool take_symbol(std::string_view symbol);
  void fail(const std::string& what);
  void expected(std::string_view what);
  [[nodiscard]] std::string found() const;

  std::string_view text_;
  std::string_view name_;
  ExpressionLexer lexer_;
  Token token_;
  Status status_;
  std::vector<Node> nodes_;
  std::vector<Test> tests_;
  std::size_t tests_in_all_ = 0;
  std::size_t values_ = 0;
  std::size_t depth_ = 0;
};

void Parser::advance() {
  token_ = lexer_.next();
  if (token_.kind == Token::Kind::fault) fail(token_.value);
}

bool Parser::take_word(std::string_view word) {
  if (!is_word(word)) return false;
  advance();
  return true;
}

bool Parser::take_symbol(std::string_view symbol) {
  if (!is_symbol(symbol)) return false;
  advance();
  return true;
}

std::string Parser::found() const {
  if (token_.kind == Token::Kind::end) return "the end";
  std::string_view shown = token_.found;
  if (shown.size() > 60) {
    std::size_t end = 60;
    while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0) == 0x80)
      --end;
    shown = shown.substr(0, end);
  }
  return "'" + std::string(shown) + "'";
}

/// The first fault counts; from there on only the end is read.
void Parser::fail(const std::string& what) {
  if (!status_.ok()) return;
  status_ = Status(Code::invalid_argument, "column " + std::to_string(token_.column) + ": " + what,
                   std::string(name_));
  token_ = Token();
  lexer_ = ExpressionLexer(std::string_view());
}

void Parser::expected(std::string_view what) {
  fail("found " + found() + " where " + std::string(what) + " is needed");
}

Parser::NodeId Parser::add(Node node) {
  nodes_.push_back(node);
  return static_cast<NodeId>(nodes_.size() - 1);
}

Parser::NodeId Parser::any() {
  NodeId left = all();
  while (status_.ok() && take_word("OR")) {
    const NodeId right = all();
    left = add({Node::Kind::either, left, right});
  }
  return left;
}

Parser::NodeId Parser::all() {
  NodeId left = inverse();
  while (status_.ok() && take_word("AND")) {
    const NodeId right = inverse();
    left = add({Node::Kind::both, left, right});
  }
  return left;
}

Parser::NodeId Parser::inverse() {
  if (depth_ >= ExpressionLimits::kDeepest) {
    fail("parentheses and NOT lie deeper than " + std::to_string(ExpressionLimits::kDeepest) +
         " within one another");
    return 0;
  }
  ++depth_;
  NodeId made = 0;
  if (take_word("NOT")) {
    const NodeId inner = inverse();
    made = add({Node::Kind::negation, inner, 0});
  } else if (take_symbol("(")) {
    made = any();
    if (status_.ok() && !take_symbol(")")) expected("AND, OR or )");
  } else {
    made = test();
  }
  --depth_;
  return made;
}

void Parser::name_fact(Test& test, Type& type) {
  if (token_.kind != Token::Kind::word) {
    return expected("a fact (" + std::string(kAllFacts) + ")");
  }
  if (is_word("attributes") || is_word("attribute")) {
    advance();
    if (!take_symbol(".")) return expected(".NAME, as in attributes.color,");
    if (token_.kind != Token::Kind::word && token_.kind != Token::Kind::text) {
      return expected("the name of an attribute");
    }
    test.fact = Fact::attribute;
    test.attribute = token_.value;
    type = Type::text;
    return advance();
  }
  const auto known = std::find_if(kFacts.begin(), kFacts.end(), [&](const FactName& each) {
    return same_word(each.name, token_.value);
  });
  if (known == kFacts.end()) {
    std::vector<std::string_view> names{"attributes"};
    for (const FactName& each : kFacts)
      names.push_back(each.name);
    const std::string_view near = nearest_name(token_.value, names);
    std::string text = found() + " is no fact of products";
    if (!near.empty()) text += "; did you mean " + std::string(near) + "?";
    return fail(text + "; there are " + std::string(kAllFacts));
  }
  test.fact = known->fact;
  type = known->type;
  advance();
}

Parser::NodeId Parser::test() {
  Test made;
  Type type = Type::text;
  bool negated = false;
  name_fact(made, type);
  if (!status_.ok()) return 0;
  if (++tests_in_all_ > ExpressionLimits::kMostTests) {
    fail("there are more than " + std::to_string(ExpressionLimits::kMostTests) + " conditions");
    return 0;
  }
  if (type == Type::text) relation_of_text(made, negated);
  if (type == Type::number) relation_of_number(made, negated);
  if (type == Type::truth) relation_of_truth(made, negated);
  if (!status_.ok()) return 0;
  tests_.push_back(std::move(made));
  const NodeId node = add({Node::Kind::test, static_cast<std::uint16_t>(tests_.size() - 1), 0});
  return negated ? add({Node::Kind::negation, node, 0}) : node;
}

std::string Parser::text_value() {
  const bool fits = token_.kind == Token::Kind::word || token_.kind == Token::Kind::text ||
                    token_.kind == Token::Kind::number;
  const bool grammar = is_word("AND") || is_word("OR") || is_word("NOT") || is_word("IN");
  if (!fits || grammar) {
    expected("a value (a word, or text in quotes)");
    return {};
  }
  if (++values_ > ExpressionLimits::kMostValues) {
    fail("there are more than " + std::to_string(ExpressionLimits::kMostValues) + " values");
    return {};
  }
  std::string value = token_.value;
  advance();
  return value;
}

double Parser::number_value() {
  double value = token_.number;
  // "80" in quotes is a number all the same: forms and YAML write it so.
  if (token_.kind == Token::Kind::text) {
    const char* const last = token_.value.data() + token_.value.size();
    const auto read = std::from_chars(token_.value.data(), last, value, std::chars_format::fixed);
    if (read.ec != std::errc() || read.ptr != last || !(value > -1e12 && value < 1e12)) {
      expected("a number");
      return 0;
    }
  } else if (token_.kind != Token::Kind::number) {
    expected("a number");
    return 0;
  }
  advance();
  return value;
}

void Parser::list(Test& test) {
  if (!take_symbol("(")) return expected("( after IN");
  do {
    test.values.push_back(text_value());
  } while (status_.ok() && take_symbol(","));
  if (status_.ok() && !take_symbol(")")) expected("a comma or )");
}

void Parser::relation_of_text(Test& test, bool& negated) {
  if (take_symbol("=") || take_symbol(":")) {
    test.values.push_back(text_value());
  } else if (take_symbol("!=")) {
    negated = true;
    test.values.push_back(text_value());
  } else if (take_word("IN")) {
    list(test);
  } else if (take_word("NOT")) {
    negated = true;
    if (!take_word("IN")) return expected("IN");
    list(test);
  } else {
    expected("=, !=, :, IN or NOT IN");
  }
}

void Parser::relation_of_number(Test& test, bool& negated) {
  constexpr std::array<std::pair<std::string_view, Relation>, 6> kRelations{
      {{"=", Relation::equal},
       {"!=", Relation::equal},
       {"<", Relation::less},
       {"<=", Relation::less_or_equal},
       {">", Relation::greater},
       {">=", Relation::greater_or_equal}}};
  if (take_symbol(":")) {
    test.number = test.upper = number_value();
    test.relation = Relation::equal;
    if (!status_.ok() || !take_word("TO")) return;
    test.upper = number_value();
    test.relation = Relation::between;
    if (status_.ok() && test.upper < test.number) {
      fail("the range ends before it begins: nothing lies within it");
    }
    return;
  }
  for (const auto& [symbol, relation] : kRelations) {
    if (!take_symbol(symbol)) continue;
    negated = symbol == "!=";
    test.relation = relation;
    const bool units = test.fact == Fact::stock && token_.value != "0" && token_.value != "1";
    if (units) return expected("0 or 1 (stock says whether a product can be bought)");
    test.number = number_value();
    return;
  }
  expected("=, !=, <, <=, >, >= or : A TO B");
}

void Parser::relation_of_truth(Test& test, bool& negated) {
  test.number = 1;
  const bool unequal = is_symbol("!=");
  if (!take_symbol("=") && !take_symbol(":") && !take_symbol("!=")) return;
  const bool no = is_word("false") || token_.value == "0";
  if (!no && !is_word("true") && token_.value != "1") return expected("true or false");
  advance();
  negated = no != unequal;
}

/// Writes the steps of a node, the last ones first, so that each knows where the next begins.
std::uint16_t Parser::emit(NodeId id, std::uint16_t if_true, std::uint16_t if_false,
                           Condition& out) {
  const Node node = nodes_[id];
  switch (node.kind) {
    case Node::Kind::test:
      out.steps.push_back({node.left, if_true, if_false});
      return static_cast<std::uint16_t>(out.steps.size() - 1);
    case Node::Kind::negation:
      return emit(node.left, if_false, if_true, out);
    case Node::Kind::both: {
      const std::uint16_t right = emit(node.right, if_true, if_false, out);
      return emit(node.left, right, if_false, out);
    }
    case Node::Kind::either: {
      const std::uint16_t right = emit(node.right, if_true, if_false, out);
      return emit(node.left, if_true, right, out);
    }
  }
  return if_false;
}

bool Parser::condition(Condition& out) {
  nodes_.clear();
  tests_.clear();
  const NodeId root = any();
  if (!status_.ok()) return false;
  out.first = emit(root, Condition::kHolds, Condition::kFails, out);
  out.tests = std::move(tests_);
  return true;
}

Result<Condition> Parser::filter() {
  Condition made;
  if (status_.ok() && token_.kind == Token::Kind::end) return made;
  if (text_.size() > ExpressionLimits::kLongest) {
    fail("it is longer than " + std::to_string(ExpressionLimits::kLongest) + " bytes");
  }
  if (status_.ok() && condition(made) && token_.kind != Token::Kind::end) {
    expected("AND, OR or the end");
  }
  if (!status_.ok()) return status_;
  return made;
}

Result<std::vector<BoostRule>> Parser::boosts() {
  std::vector<BoostRule> made;
  if (text_.size() > ExpressionLimits::kLongest) {
    fail("it is longer than " + std::to_string(ExpressionLimits::kLongest) + " bytes");
  }
  while (status_.ok() && token_.kind != Token::Kind::end) {
    if (made.size() == ExpressionLimits::kMostRules) {
      fail("there are more than " + std::to_string(ExpressionLimits::kMostRules) + " boosts");
      break;
    }
    BoostRule& rule = made.emplace_back();
    if (!condition(rule.when)) break;
    if (!is_symbol("=>")) {
      expected("=> and a factor");
      break;
    }
    advance();
    if (token_.kind == Token::Kind::number &&
        !(token_.number > 0 && token_.number <= ExpressionLimits::kLargestFactor)) {
      fail("the factor is " + std::string(token_.found) +
           ", allowed is above 0 and up to 100; to leave products out, use a filter");
      break;
    }
    rule.factor = number_value();
    if (status_.ok() && token_.kind != Token::Kind::end && !take_symbol(";")) {
      expected("; or the end");
    }
  }
  if (!status_.ok()) return status_;
  return made;
}

}  // namespace

Result<Condition> parse_filter(std::string_view text, std::string_view name) {
  return Parser(text, name).filter();
}

Result<std::vector<BoostRule>> parse_boosts(std::string_view text, std::string_view name) {
  return Parser(text, name).boosts();
}

}  // namespace souk::recommendations
