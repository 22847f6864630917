// Recursive descent over the tokens; each function returns the number of the node that it made.
#include <algorithm>
#include <array>
#include <optional>

#include "plugins/segmentation/language/condition.hpp"
#include "plugins/segmentation/language/lexer.hpp"
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

struct Comparison {
  std::string_view sign;
  Operation operation;
};
constexpr std::array<Comparison, 6> kComparisons{{{"=", Operation::equal},
                                                  {"!=", Operation::unequal},
                                                  {"<", Operation::less},
                                                  {"<=", Operation::at_most},
                                                  {">", Operation::greater},
                                                  {">=", Operation::at_least}}};

constexpr std::array<std::string_view, 15> kFunctions{"count",
                                                      "sum",
                                                      "products",
                                                      "categories",
                                                      "last",
                                                      "first",
                                                      "sequence",
                                                      "segment",
                                                      "tag",
                                                      "attribute",
                                                      "consent",
                                                      "share_of_category",
                                                      "share_of_brand",
                                                      "expected_orders",
                                                      "expected_value"};

}  // namespace

class Parser {
 public:
  Parser(std::vector<Token> tokens, const Dictionaries& names)
      : tokens_(std::move(tokens)), names_(names) {}

  std::variant<Condition, Fault> run(std::string_view text) {
    const std::uint32_t whole = any();
    if (!fault_ && now().kind != Token::Kind::end) {
      fail(now(), "expected \"and\", \"or\" or the end here");
    }
    if (!fault_) require(whole, Type::truth);
    if (fault_) return *std::move(fault_);
    condition_.text_ = text;
    std::sort(condition_.segments_.begin(), condition_.segments_.end());
    const auto twice = std::unique(condition_.segments_.begin(), condition_.segments_.end());
    condition_.segments_.erase(twice, condition_.segments_.end());
    return std::move(condition_);
  }

 private:
  static constexpr std::uint32_t kDeepest = 64;

  [[nodiscard]] const Token& now() const { return tokens_[at_]; }
  [[nodiscard]] const Token& after() const {
    return tokens_[std::min(at_ + 1, tokens_.size() - 1)];
  }
  bool word(std::string_view wanted) {
    if (now().kind != Token::Kind::word || now().text != wanted) return false;
    ++at_;
    return true;
  }
  bool sign(std::string_view wanted) {
    if (now().kind != Token::Kind::sign || now().text != wanted) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view wanted) {
    if (!fault_ && !sign(wanted)) fail(now(), "expected \"" + std::string(wanted) + "\" here");
  }

  void fail(const Token& where, std::string message) { fail(where.begin, std::move(message)); }
  void fail(std::uint32_t begin, std::string message) {
    if (!fault_) fault_ = Fault{begin + 1, std::move(message)};
  }

  std::uint32_t add(Node node, std::uint32_t begin) {
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

  [[nodiscard]] Type type_of(std::uint32_t node) const {
    return condition_.nodes_.empty() ? Type::truth : condition_.nodes_[node].type;
  }

  void require(std::uint32_t node, Type type) {
    if (fault_ || type_of(node) == type) return;
    const Node& found = condition_.nodes_[node];
    fail(found.begin, "expected " + std::string(words_for(type)) + " here, found " +
                          std::string(words_for(found.type)));
  }

  std::uint32_t any() { return joined("or", Operation::either, &Parser::all); }
  std::uint32_t all() { return joined("and", Operation::both, &Parser::negated); }

  std::uint32_t joined(std::string_view by, Operation operation, std::uint32_t (Parser::*part)()) {
    const std::uint32_t begin = now().begin;
    std::uint32_t left = (this->*part)();
    while (!fault_ && word(by)) {
      require(left, Type::truth);
      const std::uint32_t right = (this->*part)();
      require(right, Type::truth);
      left =
          add({.operation = operation, .type = Type::truth, .left = left, .right = right}, begin);
    }
    return left;
  }

  std::uint32_t negated() {
    const std::uint32_t begin = now().begin;
    if (!word("not")) return compared();
    if (++depth_ > kDeepest) return deep(begin);
    const std::uint32_t part = negated();
    --depth_;
    require(part, Type::truth);
    return add({.operation = Operation::negation, .type = Type::truth, .left = part}, begin);
  }

  std::uint32_t deep(std::uint32_t begin) {
    fail(begin, "nested more than " + std::to_string(kDeepest) + " deep");
    return 0;
  }

  std::uint32_t compared() {
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
      return add({.operation = operation, .type = Type::truth, .left = left, .right = right},
                 begin);
    }
    return left;
  }

  /// left = "a": the right node is a constant text.
  std::uint32_t text_compared(std::uint32_t left, std::uint32_t right, Operation operation,
                              std::uint32_t begin) {
    require(right, Type::text);
    if (operation != Operation::equal && operation != Operation::unequal) {
      fail(begin, "texts can be compared with =, != and in (…) only");
    }
    if (fault_) return 0;
    return add({.operation = operation, .type = Type::truth, .left = left, .right = right}, begin);
  }

  std::uint32_t among(std::uint32_t left, std::uint32_t begin) {
    require(left, Type::text);
    Node node{.operation = Operation::one_of, .type = Type::truth, .left = left};
    node.names = text_list();
    return fault_ ? 0 : add(std::move(node), begin);
  }

  std::vector<NameId> text_list() {
    std::vector<NameId> names;
    expect("(");
    do {
      if (fault_) return names;
      if (now().kind != Token::Kind::text) {
        fail(now(), "expected a text in quotation marks here");
        return names;
      }
      names.push_back(names_.name(now().text));
      ++at_;
    } while (sign(","));
    expect(")");
    return names;
  }

  std::uint32_t summed() {
    return calculated({{{"+", Operation::plus}, {"-", Operation::minus}}}, &Parser::multiplied);
  }
  std::uint32_t multiplied() {
    return calculated({{{"*", Operation::times}, {"/", Operation::over}}}, &Parser::single);
  }

  std::uint32_t calculated(const std::array<Comparison, 2>& signs,
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

  Type result_type(Operation operation, std::uint32_t left, std::uint32_t right) {
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

  std::uint32_t single() {
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
                    .number = static_cast<double>(names_.name(token.text))},
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

  std::uint32_t grouped(const Token& token) {
    if (++depth_ > kDeepest) return deep(token.begin);
    ++at_;
    const std::uint32_t inner = any();
    expect(")");
    --depth_;
    return inner;
  }

  std::uint32_t opposite(const Token& token) {
    ++at_;
    if (now().kind != Token::Kind::number && now().kind != Token::Kind::duration) {
      fail(now(), "expected a number after \"-\"");
      return 0;
    }
    tokens_[at_].number = -tokens_[at_].number;
    (void)token;
    return single();
  }

  std::uint32_t named(const Token& token) {
    if (token.text == "yes" || token.text == "true" || token.text == "no" ||
        token.text == "false") {
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

  std::uint32_t unknown_field(const Token& token) {
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

  std::uint32_t function(const Token& token) {
    at_ += 2;
    Node node;
    const std::string& name = token.text;
    if (name == "count" || name == "sum" || name == "products" || name == "categories" ||
        name == "last" || name == "first") {
      about_deeds(name, node);
    } else if (name == "sequence") {
      steps(node);
    } else if (name == "expected_orders" || name == "expected_value") {
      node.operation =
          name == "expected_orders" ? Operation::expected_orders : Operation::expected_value;
      node.type = Type::number;
      node.window_s = window();
      condition_.predicted_ = true;
      condition_.changed_by_ |= set_of(Deed::order_completed);
    } else if (name == "segment" || name == "tag" || name == "attribute" || name == "consent" ||
               name == "share_of_category" || name == "share_of_brand") {
      about_names(name, node);
    } else {
      fail(token, "there is no function \"" + name + "\"" +
                      nearest_hint(name, {kFunctions.begin(), kFunctions.end()}));
    }
    expect(")");
    return fault_ ? 0 : add(std::move(node), token.begin);
  }

  void about_deeds(std::string_view name, Node& node) {
    constexpr std::array<std::pair<std::string_view, Operation>, 6> kOf{
        {{"count", Operation::count},
         {"sum", Operation::sum},
         {"products", Operation::products},
         {"categories", Operation::categories},
         {"last", Operation::since_last},
         {"first", Operation::since_first}}};
    for (const auto& [text, operation] : kOf)
      if (text == name) node.operation = operation;
    const bool moment = name == "last" || name == "first";
    node.type = moment ? Type::duration : Type::number;
    node.deeds.push_back(filter());
    if (!fault_ && !moment && sign(",")) node.window_s = window();
  }

  void steps(Node& node) {
    node.operation = Operation::sequence;
    node.type = Type::truth;
    while (!fault_ && now().kind == Token::Kind::word) {
      node.deeds.push_back(filter());
      if (!fault_) expect(",");
    }
    node.window_s = window();
    if (!fault_ && (node.deeds.size() < 2 || node.deeds.size() > 8)) {
      fail(now(), "a sequence has two to eight events and then a duration");
    }
  }

  std::uint32_t window() {
    if (fault_) return 0;
    if (now().kind != Token::Kind::duration || !(now().number >= 1)) {
      fail(now(), "expected a duration such as 7d here");
      return 0;
    }
    return static_cast<std::uint32_t>(tokens_[at_++].number);
  }

  void about_names(std::string_view name, Node& node) {
    if (now().kind != Token::Kind::text) {
      fail(now(), "expected a text in quotation marks here");
      return;
    }
    const Token token = tokens_[at_++];
    condition_.changed_by_ |= name == "segment" ? 0 : ~DeedSet{0};
    if (name == "segment") {
      node.operation = Operation::in_segment;
      node.type = Type::truth;
      node.segment = names_.segment(token.text);
      if (node.segment == UINT32_MAX) {
        fail(token, "there is no segment \"" + token.text + "\"");
      }
      condition_.segments_.push_back(node.segment);
      return;
    }
    node.names.push_back(names_.name(name == "consent" ? "consent." + token.text : token.text));
    if (name == "tag") {
      node.operation = Operation::has_tag;
      node.type = Type::truth;
    } else if (name == "attribute") {
      node.operation = Operation::attribute;
      node.type = Type::text;
    } else if (name == "consent") {
      node.operation = Operation::attribute;
      node.type = Type::text;
      const std::uint32_t attribute = add(std::move(node), token.begin);
      node = {};
      node.operation = Operation::one_of;
      node.type = Type::truth;
      node.left = attribute;
      node.names = {names_.name("granted")};
    } else {
      node.operation =
          name == "share_of_category" ? Operation::category_share : Operation::brand_share;
      node.type = Type::number;
    }
  }

  DeedFilter filter() {
    DeedFilter out;
    const Token token = now();
    const auto deed = deed_named(token.kind == Token::Kind::word ? token.text : "");
    if (!deed) {
      std::vector<std::string_view> known;
      for (std::size_t i = 1; i < kDeeds; ++i)
        known.push_back(name_of(static_cast<Deed>(i)));
      fail(token, "expected an event here" + nearest_hint(token.text, known));
      return out;
    }
    ++at_;
    out.deed = *deed;
    condition_.changed_by_ |= set_of(*deed);
    if (!word("where")) return out;
    do {
      out.tests.push_back(test());
    } while (!fault_ && word("and"));
    if (!fault_ && now().kind == Token::Kind::word && now().text == "or") {
      fail(now(), "inside of an event only \"and\" is allowed; use in (…) or add two counts");
    }
    return out;
  }

  DeedTest test();

  std::vector<Token> tokens_;
  const Dictionaries& names_;
  std::size_t at_ = 0;
  std::uint32_t depth_ = 0;
  Condition condition_;
  std::optional<Fault> fault_;
};

DeedTest Parser::test() {
  using Property = DeedTest::Property;
  constexpr std::array<std::pair<std::string_view, Property>, 8> kProperties{
      {{"product", Property::product},
       {"category", Property::category},
       {"brand", Property::brand},
       {"amount", Property::amount},
       {"price", Property::amount},
       {"quantity", Property::quantity},
       {"discounted", Property::discounted},
       {"mobile", Property::mobile}}};
  DeedTest out;
  const Token token = now();
  const auto found = std::find_if(kProperties.begin(), kProperties.end(),
                                  [&](const auto& p) { return p.first == token.text; });
  if (token.kind != Token::Kind::word || found == kProperties.end()) {
    std::vector<std::string_view> known;
    for (const auto& property : kProperties)
      known.push_back(property.first);
    fail(token, "expected a property of the event here" + nearest_hint(token.text, known));
    return out;
  }
  ++at_;
  out.property = found->second;
  const bool flag = out.property == Property::discounted || out.property == Property::mobile;
  if (flag) return out;
  const bool named = out.property == Property::product || out.property == Property::category ||
                     out.property == Property::brand;
  if (named && word("in")) {
    out.names = text_list();
    return out;
  }
  const Token sign_token = now();
  const auto comparison =
      std::find_if(kComparisons.begin(), kComparisons.end(), [&](const Comparison& c) {
        return sign_token.kind == Token::Kind::sign && c.sign == sign_token.text;
      });
  if (comparison == kComparisons.end()) {
    fail(sign_token, "expected a comparison such as = here");
    return out;
  }
  ++at_;
  out.comparison = comparison->operation;
  const Token::Kind wanted = named ? Token::Kind::text : Token::Kind::number;
  if (now().kind != wanted) {
    fail(now(), named ? "expected a text in quotation marks here" : "expected a number here");
    return out;
  }
  if (named && out.comparison != Operation::equal && out.comparison != Operation::unequal) {
    fail(sign_token, "texts can be compared with =, != and in (…) only");
  }
  if (named) {
    out.names.push_back(names_.name(now().text));
  } else {
    out.number = now().number;
  }
  ++at_;
  return out;
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
