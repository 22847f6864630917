// Filters and boosts from anybody: never a crash, never a step that leads outside.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plugins/recommendations/serve/expression.hpp"

namespace {

using souk::recommendations::Condition;

void check(const Condition& condition) {
  const auto leads_somewhere = [&](std::uint16_t step) {
    return step == Condition::kHolds || step == Condition::kFails || step < condition.steps.size();
  };
  if (!leads_somewhere(condition.first)) std::abort();
  for (std::size_t i = 0; i < condition.steps.size(); ++i) {
    const Condition::Step& step = condition.steps[i];
    if (step.test >= condition.tests.size()) std::abort();
    for (const std::uint16_t next : {step.if_true, step.if_false}) {
      if (!leads_somewhere(next)) std::abort();
      // Only ever towards the front: no condition runs in circles.
      if (next < condition.steps.size() && next >= i) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto filter = souk::recommendations::parse_filter(text, "filter"); filter.ok()) {
    check(filter.value());
  }
  if (const auto boosts = souk::recommendations::parse_boosts(text, "boost"); boosts.ok()) {
    for (const auto& rule : boosts.value())
      check(rule.when);
  }
  return 0;
}
