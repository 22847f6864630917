// A condition that a merchant wrote, compiled. Example:
//
//   count(productViewed where category = "Shoes", 7d) >= 3 and orders = 0
//
// The grammar stands in README.md beside the plugin. A condition says of a subject whether it
// holds, and until when the answer is good if nothing is done: so time passing is a matter of one
// timer a subject, not of asking again and again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plugins/segmentation/language/fields.hpp"

namespace souk::segmentation {

/// What is wrong with a text, and where.
struct Fault {
  std::uint32_t column = 1;  ///< in bytes, from 1
  std::string message;       ///< what is wrong and what is allowed
};

/// Turns a name in a condition into the number by which the plugin knows it; a name that nothing
/// has must still get a number that matches nothing.
using NameFinder = std::function<NameId(std::string_view)>;
/// Turns the id of a segment into its number; UINT32_MAX for one that does not exist.
using SegmentFinder = std::function<std::uint32_t(std::string_view)>;

/// Where a condition's names are looked up.
struct Dictionaries {
  NameFinder name;
  SegmentFinder segment;
};

enum class Operation : std::uint8_t {
  // Truths.
  both,
  either,
  negation,
  equal,
  unequal,
  less,
  at_most,
  greater,
  at_least,
  one_of,  ///< of texts
  in_segment,
  has_tag,
  in_group,  ///< a discovered one
  sequence,
  // Values.
  constant,
  field,
  count,
  sum,
  products,
  categories,
  since_last,
  since_first,
  attribute,
  category_share,
  brand_share,
  expected_orders,
  expected_value,
  uplift,
  plus,
  minus,
  times,
  over
};

/// A test of one deed's own property.
struct DeedTest {
  enum class Property : std::uint8_t {
    product,
    category,
    brand,
    amount,
    quantity,
    discounted,
    mobile
  };
  Property property = Property::product;
  Operation comparison = Operation::equal;
  std::vector<NameId> names{};
  double number = 0;
};

/// Deeds of one kind, all of whose tests hold.
struct DeedFilter {
  Deed deed = Deed::none;
  std::vector<DeedTest> tests{};
};

struct Node {
  Operation operation = Operation::constant;
  Type type = Type::truth;
  std::uint32_t left = 0;  ///< numbers of nodes, all smaller than this one's
  std::uint32_t right = 0;
  double number = 0;      ///< a constant
  std::string text{};     ///< a constant text; the experiment
  std::string variant{};  ///< of the experiment; empty: that with the largest effect
  const Field* field = nullptr;
  std::uint32_t window_s = 0;       ///< 0: ever
  std::vector<DeedFilter> deeds{};  ///< one, for a sequence several
  std::vector<NameId> names{};      ///< texts compared with, the attribute, the tag
  std::uint32_t segment = UINT32_MAX;
  std::uint32_t begin = 0;  ///< where it stands in the text
  std::uint32_t end = 0;
};

/// Whether it holds, and how long that is known.
struct Outcome {
  bool holds = false;
  /// Without further deeds it stays so until this moment, when it is to be asked again.
  std::uint32_t until_s = Value::kForever;
};

/// Immutable; any thread.
class Condition {
 public:
  /// Longer texts and deeper trees are faults.
  static constexpr std::size_t kMostText = 4'096;
  static constexpr std::size_t kMostNodes = 256;

  static std::variant<Condition, Fault> parse(std::string_view text, const Dictionaries& names);

  [[nodiscard]] Outcome evaluate(const Subject& subject, std::uint32_t now_s) const;

  /// Deeds that may change the answer.
  [[nodiscard]] DeedSet changed_by() const { return changed_by_; }
  /// Segments it reads, by number; each once.
  [[nodiscard]] const std::vector<std::uint32_t>& segments() const { return segments_; }
  /// Asks a model.
  [[nodiscard]] bool predicted() const { return predicted_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

 private:
  friend class Parser;
  Condition() = default;

  std::string text_;
  std::vector<Node> nodes_;  ///< the last is the whole
  DeedSet changed_by_ = 0;
  std::vector<std::uint32_t> segments_;
  bool predicted_ = false;
};

/// The value of one node. For reasons; evaluate() does not build them.
[[nodiscard]] Value value_of(const std::vector<Node>& nodes, std::uint32_t at,
                             const Subject& subject, std::uint32_t now_s);
[[nodiscard]] Outcome outcome_of(const std::vector<Node>& nodes, std::uint32_t at,
                                 const Subject& subject, std::uint32_t now_s);

}  // namespace souk::segmentation
