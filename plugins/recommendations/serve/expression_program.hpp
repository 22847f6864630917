// Conditions, made ready for one store: names are numbers, prices are minor units.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/recommendations/serve/expression.hpp"
#include "plugins/recommendations/state/store_state.hpp"

namespace souk::recommendations {

/// A condition over the products of one store. Re-used by one thread from question to question;
/// what it was bound to must outlive it.
class Program {
 public:
  /// `minor_units` of the currency make a major one: 100 cents a euro.
  void bind(const Condition& condition, const StoreState& state, std::int64_t now_us,
            double minor_units);
  void unbind() { condition_ = nullptr; }
  [[nodiscard]] bool bound() const { return condition_ != nullptr; }

  /// Whether it holds for the product, as the catalog is now; some 20 ns and 10 more a test.
  [[nodiscard]] bool holds(ItemId item) const;

  /// The first value that nothing in the store has, as the text wrote it ("brand Acme"); empty when
  /// all are known. For a note beside an empty answer.
  [[nodiscard]] std::string unknown_value() const;

 private:
  struct Bound {
    std::vector<std::uint32_t> ids;  ///< of the values that the store knows
    double low = 0;
    double high = 0;
  };
  [[nodiscard]] std::uint32_t number_of(const Test& test, const std::string& value) const;
  [[nodiscard]] bool test(std::size_t index, ItemId item, const Catalog::Traits& traits) const;
  [[nodiscard]] double fact_of(Fact fact, ItemId item, const Catalog::Traits& traits) const;

  const Condition* condition_ = nullptr;
  const StoreState* state_ = nullptr;
  double now_s_ = 0;
  std::vector<Bound> bound_;
};

/// Conditions by their text, parsed once a thread.
class ExpressionCache {
 public:
  /// What was got before is void from here on when the cache is full.
  void begin_question();
  /// The parsed filter, valid until the next begin_question(). Errors are not kept.
  Result<const Condition*> filter(const std::string& text, std::string_view name);
  Result<const std::vector<BoostRule>*> boosts(const std::string& text, std::string_view name);

 private:
  static constexpr std::size_t kMostTexts = 256;
  std::map<std::string, std::unique_ptr<Condition>, std::less<>> filters_;
  std::map<std::string, std::unique_ptr<std::vector<BoostRule>>, std::less<>> boosts_;
};

/// Minor units of a currency's major one: 100 for EUR and for an empty code, 1 for JPY, 1000 for
/// KWD.
[[nodiscard]] double minor_units_of(std::string_view currency);

}  // namespace souk::recommendations
