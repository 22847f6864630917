// Functions of the language, and tests of deeds.
#include <algorithm>

#include "plugins/segmentation/language/nearest.hpp"
#include "plugins/segmentation/language/parser.hpp"
#include "plugins/segmentation/model/discovered.hpp"

namespace souk::segmentation {

std::uint32_t Parser::function(const Token& token) {
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
  } else if (name == "cluster") {
    about_group(node);
  } else if (name == "uplift") {
    about_experiment(node);
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

void Parser::about_deeds(std::string_view name, Node& node) {
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

void Parser::steps(Node& node) {
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

std::uint32_t Parser::window() {
  if (fault_) return 0;
  if (now().kind != Token::Kind::duration || !(now().number >= 1)) {
    fail(now(), "expected a duration such as 7d here");
    return 0;
  }
  return static_cast<std::uint32_t>(tokens_[at_++].number);
}

void Parser::about_names(std::string_view name, Node& node) {
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
    node.names = {value_key("granted")};
  } else {
    node.operation =
        name == "share_of_category" ? Operation::category_share : Operation::brand_share;
    node.type = Type::number;
  }
}

/// Groups come and go with trainings: one that is not there now is no fault.
void Parser::about_group(Node& node) {
  const auto id = now().kind == Token::Kind::text ? discovered_id(now().text) : std::nullopt;
  if (!id) return fail(now(), "expected the id of a discovered segment here: \"discovered-1\"");
  ++at_;
  node.operation = Operation::in_group;
  node.type = Type::truth;
  node.number = *id;
  condition_.predicted_ = true;
  // What is done between orders moves a group little: a day is soon enough to look again.
  condition_.changed_by_ |= set_of(Deed::order_completed) | set_of(Deed::order_cancelled) |
                            set_of(Deed::order_refunded) | set_of(Deed::product_returned);
}

/// Experiments come and are learned: one that is not there now is no fault.
void Parser::about_experiment(Node& node) {
  const auto named = [&](const char* what) {
    if (now().kind != Token::Kind::text || now().text.empty()) {
      fail(now(), std::string("expected ") + what + " in quotation marks here");
      return std::string();
    }
    return tokens_[at_++].text;
  };
  node.operation = Operation::uplift;
  node.type = Type::number;
  node.text = named("the id of an experiment");
  if (!fault_ && sign(",")) node.variant = named("a variant of the experiment");
  condition_.predicted_ = true;
  condition_.changed_by_ |= set_of(Deed::order_completed);
}

DeedFilter Parser::filter() {
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
    out.names = text_list(false);
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

}  // namespace souk::segmentation
