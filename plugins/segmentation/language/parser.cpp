#include "plugins/segmentation/language/parser.hpp"

#include <algorithm>

#include "plugins/segmentation/language/contradictions.hpp"
#include "plugins/segmentation/language/nearest.hpp"

namespace souk::segmentation {
namespace {

std::string_view words_for(Type type) {
  switch (type) {
    case Type::number:
      return "a number";
    case Type::duration:
      return "a duration such as 7d";
    case Type::text:
      return "a text in quotation marks";
    case Type::truth:
      break;
  }
  return "a condition";
}

}  // namespace

std::variant<Condition, Fault> Parser::run(std::string_view text) {
  const std::uint32_t whole = any();
  if (!fault_ && now().kind != Token::Kind::end) {
    fail(now(), "expected \"and\", \"or\" or the end here");
  }
  if (!fault_) require(whole, Type::truth);
  if (!fault_) fault_ = contradiction(condition_.nodes_, text);
  if (fault_) return *std::move(fault_);
  condition_.text_ = text;
  std::sort(condition_.segments_.begin(), condition_.segments_.end());
  const auto twice = std::unique(condition_.segments_.begin(), condition_.segments_.end());
  condition_.segments_.erase(twice, condition_.segments_.end());
  return std::move(condition_);
}

const Token& Parser::after() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }

bool Parser::word(std::string_view wanted) {
  if (now().kind != Token::Kind::word || now().text != wanted) return false;
  ++at_;
  return true;
}

bool Parser::sign(std::string_view wanted) {
  if (now().kind != Token::Kind::sign || now().text != wanted) return false;
  ++at_;
  return true;
}

void Parser::expect(std::string_view wanted) {
  if (!fault_ && !sign(wanted)) fail(now(), "expected \"" + std::string(wanted) + "\" here");
}

void Parser::fail(std::uint32_t begin, std::string message) {
  if (!fault_) fault_ = Fault{begin + 1, std::move(message)};
}

std::uint32_t Parser::add(Node node, std::uint32_t begin) {
  node.begin = begin;
  node.end = at_ > 0 ? tokens_[at_ - 1].end : begin;
  if (condition_.nodes_.size() == Condition::kMostNodes) {
    fail(begin, "the condition has more than " + std::to_string(Condition::kMostNodes) +
                    " parts; split it into segments");
    return 0;
  }
  condition_.nodes_.push_back(std::move(node));
  return static_cast<std::uint32_t>(condition_.nodes_.size() - 1);
}

Type Parser::type_of(std::uint32_t node) const {
  return condition_.nodes_.empty() ? Type::truth : condition_.nodes_[node].type;
}

void Parser::require(std::uint32_t node, Type type) {
  if (fault_ || type_of(node) == type) return;
  const Node& found = condition_.nodes_[node];
  fail(found.begin, "expected " + std::string(words_for(type)) + " here, found " +
                        std::string(words_for(found.type)));
}

std::uint32_t Parser::joined(std::string_view by, Operation operation,
                             std::uint32_t (Parser::*part)()) {
  const std::uint32_t begin = now().begin;
  std::uint32_t left = (this->*part)();
  while (!fault_ && word(by)) {
    require(left, Type::truth);
    const std::uint32_t right = (this->*part)();
    require(right, Type::truth);
    left = add({.operation = operation, .type = Type::truth, .left = left, .right = right}, begin);
  }
  return left;
}

std::uint32_t Parser::negated() {
  const std::uint32_t begin = now().begin;
  if (!word("not")) return compared();
  if (++depth_ > kDeepest) return deep(begin);
  const std::uint32_t part = negated();
  --depth_;
  require(part, Type::truth);
  return add({.operation = Operation::negation, .type = Type::truth, .left = part}, begin);
}

std::uint32_t Parser::deep(std::uint32_t begin) {
  fail(begin, "nested more than " + std::to_string(kDeepest) + " deep");
  return 0;
}

std::uint32_t Parser::compared() {
  const std::uint32_t begin = now().begin;
  const std::uint32_t left = summed();
  if (fault_) return 0;
  if (word("in")) return among(left, begin);
  for (const auto& [text, operation] : kComparisons) {
    if (!sign(text)) continue;
    const Token& right_token = now();
    const std::uint32_t right = summed();
    if (fault_) return 0;
    if (type_of(left) == Type::text) return text_compared(left, right, operation, begin);
    if (type_of(left) == Type::truth && operation != Operation::equal &&
        operation != Operation::unequal) {
      fail(begin, "yes and no can be compared with = and != only");
    }
    if (type_of(left) != type_of(right)) {
      fail(right_token, "expected " + std::string(words_for(type_of(left))) + " here, found " +
                            std::string(words_for(type_of(right))));
    }
    return add({.operation = operation, .type = Type::truth, .left = left, .right = right}, begin);
  }
  return left;
}

std::uint32_t Parser::text_compared(std::uint32_t left, std::uint32_t right, Operation operation,
                                    std::uint32_t begin) {
  require(right, Type::text);
  if (operation != Operation::equal && operation != Operation::unequal) {
    fail(begin, "texts can be compared with =, != and in (…) only");
  }
  if (fault_) return 0;
  Node& constant = condition_.nodes_[right];
  if (property(left)) constant.number = value_key(constant.text);
  return add({.operation = operation, .type = Type::truth, .left = left, .right = right}, begin);
}

bool Parser::property(std::uint32_t node) const {
  return condition_.nodes_[node].operation == Operation::attribute;
}

std::uint32_t Parser::among(std::uint32_t left, std::uint32_t begin) {
  require(left, Type::text);
  Node node{.operation = Operation::one_of, .type = Type::truth, .left = left};
  node.names = text_list(property(left));
  return fault_ ? 0 : add(std::move(node), begin);
}

std::vector<NameId> Parser::text_list(bool values) {
  std::vector<NameId> names;
  expect("(");
  do {
    if (fault_) return names;
    if (now().kind != Token::Kind::text) {
      fail(now(), "expected a text in quotation marks here");
      return names;
    }
    names.push_back(values ? value_key(now().text) : names_.name(now().text));
    ++at_;
  } while (sign(","));
  expect(")");
  return names;
}

std::uint32_t Parser::summed() {
  return calculated({{{"+", Operation::plus}, {"-", Operation::minus}}}, &Parser::multiplied);
}

std::uint32_t Parser::multiplied() {
  return calculated({{{"*", Operation::times}, {"/", Operation::over}}}, &Parser::single);
}

std::uint32_t Parser::calculated(const std::array<Comparison, 2>& signs,
                                 std::uint32_t (Parser::*part)()) {
  const std::uint32_t begin = now().begin;
  std::uint32_t left = (this->*part)();
  for (bool more = true; more && !fault_;) {
    more = false;
    for (const auto& [text, operation] : signs) {
      if (!sign(text)) continue;
      const std::uint32_t right = (this->*part)();
      if (fault_) return 0;
      left = add({.operation = operation,
                  .type = result_type(operation, left, right),
                  .left = left,
                  .right = right},
                 begin);
      more = true;
      break;
    }
  }
  return left;
}

Type Parser::result_type(Operation operation, std::uint32_t left, std::uint32_t right) {
  const Type a = type_of(left);
  const Type b = type_of(right);
  if (a == Type::number && b == Type::number) return Type::number;
  const bool sums = operation == Operation::plus || operation == Operation::minus;
  if (sums && a == Type::duration && b == Type::duration) return Type::duration;
  if (!sums && a == Type::duration && b == Type::number) return Type::duration;
  if (operation == Operation::times && a == Type::number && b == Type::duration) {
    return Type::duration;
  }
  if (operation == Operation::over && a == Type::duration && b == Type::duration) {
    return Type::number;
  }
  fail(condition_.nodes_[left].begin,
       "these can't be calculated with: " + std::string(words_for(a)) + " and " +
           std::string(words_for(b)));
  return Type::number;
}

std::uint32_t Parser::single() {
  const Token token = now();
  switch (token.kind) {
    case Token::Kind::number:
    case Token::Kind::duration:
      ++at_;
      return add({.operation = Operation::constant,
                  .type = token.kind == Token::Kind::number ? Type::number : Type::duration,
                  .number = token.number},
                 token.begin);
    case Token::Kind::text:
      ++at_;
      return add({.operation = Operation::constant,
                  .type = Type::text,
                  .number = static_cast<double>(names_.name(token.text)),
                  .text = token.text},
                 token.begin);
    case Token::Kind::word:
      return named(token);
    case Token::Kind::sign:
      if (token.text == "(") return grouped(token);
      if (token.text == "-") return opposite(token);
      break;
    case Token::Kind::end:
      break;
  }
  fail(token, token.kind == Token::Kind::end ? "the condition ends too early"
                                             : "expected a field, a function or a number here");
  return 0;
}

std::uint32_t Parser::grouped(const Token& token) {
  if (++depth_ > kDeepest) return deep(token.begin);
  ++at_;
  const std::uint32_t inner = any();
  expect(")");
  --depth_;
  return inner;
}

std::uint32_t Parser::opposite(const Token& token) {
  ++at_;
  if (now().kind != Token::Kind::number && now().kind != Token::Kind::duration) {
    fail(now(), "expected a number after \"-\"");
    return 0;
  }
  tokens_[at_].number = -tokens_[at_].number;
  (void)token;
  return single();
}

std::uint32_t Parser::named(const Token& token) {
  if (token.text == "yes" || token.text == "true" || token.text == "no" || token.text == "false") {
    ++at_;
    const bool yes = token.text == "yes" || token.text == "true";
    return add({.operation = Operation::constant, .type = Type::truth, .number = yes ? 1.0 : 0.0},
               token.begin);
  }
  if (after().kind == Token::Kind::sign && after().text == "(") return function(token);
  const Field* field = field_named(token.text);
  if (field == nullptr) return unknown_field(token);
  ++at_;
  condition_.changed_by_ |= field->changed_by;
  condition_.predicted_ |= field->predicted;
  return add({.operation = Operation::field, .type = field->type, .field = field}, token.begin);
}

std::uint32_t Parser::unknown_field(const Token& token) {
  std::vector<std::string_view> known;
  for (const Field& field : fields())
    known.push_back(field.name);
  std::string message =
      "there is no field \"" + token.text + "\"" + nearest_hint(token.text, known);
  if (std::find(kFunctions.begin(), kFunctions.end(), token.text) != kFunctions.end()) {
    message = "expected \"(\" after " + token.text;
  } else if (deed_named(token.text)) {
    message = "\"" + token.text + "\" is an event; ask for count(" + token.text + ", 7d)";
  }
  fail(token, std::move(message));
  return 0;
}

std::variant<Condition, Fault> Condition::parse(std::string_view text, const Dictionaries& names) {
  if (text.size() > kMostText) {
    return Fault{static_cast<std::uint32_t>(kMostText + 1),
                 "longer than " + std::to_string(kMostText) + " bytes"};
  }
  auto tokens = tokens_of(text);
  if (auto* fault = std::get_if<Fault>(&tokens)) return std::move(*fault);
  return Parser(std::move(std::get<std::vector<Token>>(tokens)), names).run(text);
}

}  // namespace souk::segmentation
