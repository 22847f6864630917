// What a request asks of products, read: the filter language of Souk, the `filters` text of Algolia
// and its lists, as one tree. One grammar reads both texts:
//
//   filter := any           any := all { OR all }          all := not { AND not }
//   not    := { NOT } ( "(" any ")" | test )
//   test   := NAME ( = | != | : ) VALUE                    text, number, date, true or false
//           | NAME ( < | <= | > | >= ) NUMBER              or a date
//           | NAME ( : | = ) NUMBER TO NUMBER              both ends included
//           | NAME [NOT] IN ( VALUE { , VALUE } )
//           | NAME IS [NOT] NULL | NAME EXISTS             it says nothing about it; it says
//           something | NAME                                         Souk: it is true. Algolia: the
//           tag NAME
//   boosts := filter => FACTOR { ; filter => FACTOR }
//
// NAME and VALUE are words, or text in " or ' where \ takes the next character as it is. A word
// ends at a space and at ( ) , ; < > = and a name at : and ! besides; words of the grammar are read
// in either case. Dates are YYYY-MM-DD, which means the whole day, or with a time (UTC unless it
// says otherwise). Text is equal without case and accents; a category's path is equal to all that
// is below it. What a product does not say is equal to nothing and in no range; NOT of it holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/places.hpp"
#include "souk/result.hpp"

namespace souk::search {

enum class Relation : std::uint8_t {
  equal,    ///< to one of `values`
  between,  ///< a number in [low, high]
  missing,  ///< nothing is said
  truth,    ///< "true", or a number that is not 0
  near,     ///< a place within `high` metres of `point`; no attribute
  inside,   ///< a place in one of `boxes` or `polygons`; no attribute
};

/// One question about one product.
struct FilterTest {
  std::string attribute;  ///< as it was written
  Relation relation = Relation::equal;
  std::vector<std::string> values;
  double low = 0;
  double high = 0;
  GeoPoint point;
  std::vector<GeoBox> boxes;
  std::vector<GeoPolygon> polygons;
  std::uint32_t column = 0;  ///< where it was read, in characters from 1
};

struct FilterNode {
  enum class Kind : std::uint8_t { test, all, any, negation };
  Kind kind = Kind::test;
  std::uint32_t test = 0;               ///< of a test
  std::vector<std::uint32_t> children;  ///< of the others; all before it in `nodes`
};

/// Without nodes it holds always. `any` of nothing holds never.
struct Filter {
  std::vector<FilterTest> tests;
  std::vector<FilterNode> nodes;  ///< the last one is the root

  [[nodiscard]] bool empty() const noexcept { return nodes.empty(); }
  /// Both must hold: what comes from `filters`, from facet lists, from a rule.
  void require(Filter other);
  /// It must not hold.
  void negate();
};

struct FilterLimits {
  static constexpr std::size_t kLongest = 8192;  ///< bytes of a text, and of an element of a list
  static constexpr std::size_t kMostTests = 1000;
  static constexpr std::size_t kMostValues = 2000;
  static constexpr std::size_t kDeepest = 64;  ///< parentheses and NOTs within one another
  static constexpr std::size_t kMostBoosts = 32;
  static constexpr double kLargestFactor = 100;
};

/// The two meanings of a lone name, and of a name that no product has.
enum class Dialect : std::uint8_t { souk, algolia };

/// Reads a filter. INVALID_ARGUMENT, with `field` as field, says at which column what was found and
/// what is allowed. An empty text holds always.
[[nodiscard]] Result<Filter> parse_filter(std::string_view text, std::string_view field,
                                          Dialect dialect = Dialect::souk);

/// Multiplies the score of the products for which `when` holds.
struct BoostRule {
  Filter when;
  double factor = 1;
};
[[nodiscard]] Result<std::vector<BoostRule>> parse_boosts(std::string_view text,
                                                          std::string_view field);

/// Algolia's lists: all groups must hold, of a group any element. A group of nothing is not there.
using FilterGroups = std::vector<std::vector<std::string>>;

/// The old form, one text: "a:1,(b:2,c:3)". Quotes and \ keep commas and parentheses.
[[nodiscard]] FilterGroups read_legacy_groups(std::string_view text);

/// Elements "attribute:value", "attribute:-value" for NOT, "attribute:\-value" for a value that
/// begins with "-". Values need no quotes.
[[nodiscard]] Result<Filter> parse_facet_filters(const FilterGroups& groups,
                                                 std::string_view field);
/// Elements "price>=3", "price:1 TO 5".
[[nodiscard]] Result<Filter> parse_numeric_filters(const FilterGroups& groups,
                                                   std::string_view field);
/// Elements are tags, "-tag" for NOT.
[[nodiscard]] Result<Filter> parse_tag_filters(const FilterGroups& groups, std::string_view field);

/// A wish: what fulfils it comes first. Elements "attribute:value<score=N>"; a negated one
/// ("attribute:-value") pushes down what has the value. Of a group the best element counts.
struct Wish {
  Filter when;
  double score = 1;
  std::uint32_t group = 0;
};
[[nodiscard]] Result<std::vector<Wish>> parse_optional_filters(const FilterGroups& groups,
                                                               std::string_view field);

/// The filter in Souk's language; reads back as the same. Places are written as near(…) and
/// inside(…), which do not.
[[nodiscard]] std::string to_text(const Filter& filter);

/// The same of one node alone. Empty for one that asks about places: its text does not say all.
[[nodiscard]] std::string part_text(const Filter& filter, std::uint32_t node);

/// A place within `radius_m` metres, or in one of the boxes or polygons.
[[nodiscard]] Filter near_filter(const GeoPoint& point, double radius_m);
[[nodiscard]] Filter inside_filter(std::vector<GeoBox> boxes,
                                   std::vector<GeoPolygon> polygons = {});
/// One test: the attribute is one of these.
[[nodiscard]] Filter equal_filter(std::string attribute, std::vector<std::string> values);
/// One test: a number in [low, high].
[[nodiscard]] Filter between_filter(std::string attribute, double low, double high);

}  // namespace souk::search
