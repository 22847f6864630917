// The parser of conditions: parser.cpp reads what is compared and joined, parser_functions.cpp what
// is asked of deeds, names and models. Internal to language/.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plugins/segmentation/language/condition.hpp"
#include "plugins/segmentation/language/lexer.hpp"

namespace souk::segmentation {

struct Comparison {
  std::string_view sign;
  Operation operation;
};
inline constexpr std::array<Comparison, 6> kComparisons{{{"=", Operation::equal},
                                                         {"!=", Operation::unequal},
                                                         {"<", Operation::less},
                                                         {"<=", Operation::at_most},
                                                         {">", Operation::greater},
                                                         {">=", Operation::at_least}}};

inline constexpr std::array<std::string_view, 17> kFunctions{
    "count",          "sum",      "products",          "categories",     "last",
    "first",          "sequence", "cluster",           "segment",        "tag",
    "attribute",      "consent",  "share_of_category", "share_of_brand", "expected_orders",
    "expected_value", "uplift"};

/// Recursive descent over the tokens; each function returns the number of the node that it made.
/// One use.
class Parser {
 public:
  Parser(std::vector<Token> tokens, const Dictionaries& names)
      : tokens_(std::move(tokens)), names_(names) {}

  std::variant<Condition, Fault> run(std::string_view text);

 private:
  static constexpr std::uint32_t kDeepest = 64;

  [[nodiscard]] const Token& now() const { return tokens_[at_]; }
  [[nodiscard]] const Token& after() const;
  bool word(std::string_view wanted);
  bool sign(std::string_view wanted);
  void expect(std::string_view wanted);

  void fail(const Token& where, std::string message) { fail(where.begin, std::move(message)); }
  void fail(std::uint32_t begin, std::string message);

  std::uint32_t add(Node node, std::uint32_t begin);

  [[nodiscard]] Type type_of(std::uint32_t node) const;

  void require(std::uint32_t node, Type type);

  std::uint32_t any() { return joined("or", Operation::either, &Parser::all); }
  std::uint32_t all() { return joined("and", Operation::both, &Parser::negated); }

  std::uint32_t joined(std::string_view by, Operation operation, std::uint32_t (Parser::*part)());

  std::uint32_t negated();

  std::uint32_t deep(std::uint32_t begin);

  std::uint32_t compared();

  /// left = "a": the right node is a constant text.
  std::uint32_t text_compared(std::uint32_t left, std::uint32_t right, Operation operation,
                              std::uint32_t begin);

  /// Values of properties are known by their keys, not as names.
  [[nodiscard]] bool property(std::uint32_t node) const;

  std::uint32_t among(std::uint32_t left, std::uint32_t begin);

  std::vector<NameId> text_list(bool values);

  std::uint32_t summed();
  std::uint32_t multiplied();

  std::uint32_t calculated(const std::array<Comparison, 2>& signs, std::uint32_t (Parser::*part)());

  Type result_type(Operation operation, std::uint32_t left, std::uint32_t right);

  std::uint32_t single();

  std::uint32_t grouped(const Token& token);

  std::uint32_t opposite(const Token& token);

  std::uint32_t named(const Token& token);

  std::uint32_t unknown_field(const Token& token);

  std::uint32_t function(const Token& token);

  void about_deeds(std::string_view name, Node& node);

  void steps(Node& node);

  std::uint32_t window();

  void about_names(std::string_view name, Node& node);

  void about_group(Node& node);

  void about_experiment(Node& node);

  DeedFilter filter();

  DeedTest test();

  std::vector<Token> tokens_;
  const Dictionaries& names_;
  std::size_t at_ = 0;
  std::uint32_t depth_ = 0;
  Condition condition_;
  std::optional<Fault> fault_;
};

}  // namespace souk::segmentation
