// Conditions of flows: `cart_value >= 50 and not segment("vip")`. Read once, asked often.
#pragma once

#include <souk/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace souk::email {

/// What conditions speak of. Numbers that nobody knows are NaN, of which every comparison is false.
enum class Fact : std::uint8_t {
  // Of the event that happens.
  price,
  amount,
  quantity,
  product,
  category,
  brand,
  event,
  property,  ///< property("name") of a tracked event
  // Of the shopper.
  orders,
  spent,
  last_order,  ///< seconds since
  last_seen,   ///< seconds since
  cart_value,
  cart_items,
  country,
  locale,
  segment,  ///< segment("id")
  consent,  ///< consent("email")
  // Of the way through the flow.
  in_flow,  ///< seconds since entering
  ordered_since_entry,
  opened,
  clicked,
  in_stock,  ///< the product that brought the shopper in
  none,
};

/// Who is asked.
class Facts {
 public:
  virtual ~Facts() = default;
  [[nodiscard]] virtual double number(Fact fact, std::string_view name) const = 0;
  [[nodiscard]] virtual std::string_view text(Fact fact, std::string_view name) const = 0;
};

/// A condition. Immutable; any thread.
class Condition {
 public:
  /// Holds always.
  Condition() = default;
  /// INVALID_ARGUMENT: "column 7: …" with what is allowed there. Empty text holds always.
  static Result<Condition> parse(std::string_view text);

  [[nodiscard]] bool holds(const Facts& facts) const;
  [[nodiscard]] bool always() const noexcept { return nodes_.empty(); }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// The segments that it names.
  [[nodiscard]] std::vector<std::string_view> segments() const;

 private:
  friend class ConditionParser;
  enum class Kind : std::uint8_t { both, either, negate, compare_number, compare_text, truth };
  enum class Compare : std::uint8_t { equal, differs, less, at_most, more, at_least };
  struct Node {
    Kind kind = Kind::truth;
    Compare compare = Compare::equal;
    Fact fact = Fact::none;
    std::uint16_t left = 0;
    std::uint16_t right = 0;
    double number = 0;
    std::string name;                ///< of property, segment, consent
    std::vector<std::string> texts;  ///< one of them
  };
  [[nodiscard]] bool node_holds(const Node& node, const Facts& facts) const;

  std::string text_;
  std::vector<Node> nodes_;  ///< the last one is the root
};

/// "30m" → 1800; false when it is no duration.
bool seconds_of(std::string_view text, double& seconds) noexcept;

}  // namespace souk::email
