// What a merchant writes to steer an answer: a filter ("what may be shown") and boosts ("what comes
// first"), over facts of products.
//
//   filter   brand = "Acme" AND (price < 80 OR category: "Apparel > Shirts") AND NOT tag =
//   clearance boost    brand = "Acme" => 1.5; category: Shoes => 0.5
//
//   filter  := any          any  := all { OR all }          all := not { AND not }
//   not     := [NOT] ( "(" any ")" | test )
//   test    := FACT ( = | != | < | <= | > | >= ) VALUE      a fact and one value
//            | FACT : VALUE                                 the same as =; below it, for categories
//            | FACT : NUMBER TO NUMBER                      between, both ends included
//            | FACT [NOT] IN ( VALUE { , VALUE } )
//            | FACT                                         of facts that are true or false
//   boost   := filter => FACTOR { ; filter => FACTOR }
//
// VALUE is a number, a word, or text in " or ' (\ takes the next character as it is). Words of the
// grammar are read in either case. What a product does not say is equal to nothing and neither
// smaller nor larger than anything; NOT of it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "souk/result.hpp"

namespace souk::recommendations {

/// What may be asked of a product.
enum class Fact : std::uint8_t {
  product,   ///< its id
  brand,     ///< as the catalog writes it
  category,  ///< a path; products below it are in it
  tag,
  attribute,  ///< attributes.NAME
  price,      ///< in major units of the store's currency: 79.90
  rating,     ///< 0 to 5
  age_days,   ///< since it was first for sale
  stock,      ///< 1 when it can be bought, else 0
  on_sale,    ///< cheaper than before
};

enum class Relation : std::uint8_t {
  equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  between
};

/// One question about one product.
struct Test {
  Fact fact = Fact::product;
  Relation relation = Relation::equal;
  std::string attribute;            ///< name, for Fact::attribute
  std::vector<std::string> values;  ///< any of them will do; for facts that are text
  double number = 0;                ///< for facts that are numbers
  double upper = 0;                 ///< of `between`
};

/// A condition as a list of tests, each of which says where to go on: nothing is evaluated twice,
/// AND, OR and NOT cost nothing.
struct Condition {
  static constexpr std::uint16_t kHolds = 0xffff;
  static constexpr std::uint16_t kFails = 0xfffe;
  struct Step {
    std::uint16_t test = 0;
    std::uint16_t if_true = kHolds;
    std::uint16_t if_false = kFails;
  };
  std::vector<Test> tests;
  std::vector<Step> steps;
  std::uint16_t first = kHolds;  ///< the step to begin with
};

/// Multiplies the score of the products for which `when` holds.
struct BoostRule {
  Condition when;
  double factor = 1;
};

struct ExpressionLimits {
  static constexpr std::size_t kLongest = 2000;  ///< bytes
  static constexpr std::size_t kMostTests = 64;  ///< of one text
  static constexpr std::size_t kMostValues = 200;
  static constexpr std::size_t kDeepest = 16;  ///< parentheses and NOTs within one another
  static constexpr std::size_t kMostRules = 16;
  static constexpr double kLargestFactor = 100;
};

/// Reads a filter. INVALID_ARGUMENT, with `name` as field, says at which column what was found and
/// what is allowed. An empty text holds always.
[[nodiscard]] Result<Condition> parse_filter(std::string_view text, std::string_view name);
/// The same for boosts; an empty text has none.
[[nodiscard]] Result<std::vector<BoostRule>> parse_boosts(std::string_view text,
                                                          std::string_view name);

}  // namespace souk::recommendations
