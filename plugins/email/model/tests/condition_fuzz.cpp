// Conditions as merchants write them, and as nobody should: what parses is asked of shoppers of
// whom nothing or everything is known, and its text parses again to the same answers.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plugins/email/model/condition.hpp"

namespace {

using namespace souk::email;

class FuzzFacts final : public Facts {
 public:
  explicit FuzzFacts(double number, std::string_view text) : number_(number), text_(text) {}
  [[nodiscard]] double number(Fact, std::string_view) const override { return number_; }
  [[nodiscard]] std::string_view text(Fact, std::string_view) const override { return text_; }

 private:
  double number_;
  std::string_view text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  double seconds = 0;
  (void)seconds_of(text, seconds);
  const auto condition = Condition::parse(text);
  if (!condition.ok()) {
    // A refusal names a place for people.
    if (condition.status().message().empty()) std::abort();
    return 0;
  }
  const auto again = Condition::parse(condition->text());
  if (!again.ok()) std::abort();
  (void)condition->segments();
  for (const double number : {std::nan(""), 0.0, -1.0, 1e300}) {
    for (const std::string_view word : {"", "vip", "DE"}) {
      const FuzzFacts facts(number, word);
      if (condition->holds(facts) != again->holds(facts)) std::abort();
    }
  }
  return 0;
}
