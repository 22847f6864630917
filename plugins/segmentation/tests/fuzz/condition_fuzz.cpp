// Conditions from anybody: never a crash, never a node that leads outside, and whatever was read
// can be asked of somebody, at any moment, and be explained.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "plugins/segmentation/language/condition.hpp"
#include "plugins/segmentation/language/reasons.hpp"

namespace {

using namespace souk::segmentation;

class Somewhere final : public Surroundings {
 public:
  [[nodiscard]] bool within(NameId category, NameId above) const override {
    return category > above;
  }
  [[nodiscard]] NameId brand_of(NameId product) const override { return product / 2; }
  [[nodiscard]] std::string_view text(NameId) const override { return "a name"; }
};

void check_nodes(const Condition& condition) {
  const auto& nodes = condition.nodes();
  if (nodes.empty() || nodes.size() > Condition::kMostNodes) std::abort();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    // Only ever to earlier nodes: no condition runs in circles.
    if (nodes[i].left > i || nodes[i].right > i) std::abort();
    if (nodes[i].begin > nodes[i].end || nodes[i].end > condition.text().size()) std::abort();
  }
}

void ask(const Condition& condition) {
  const Somewhere world;
  Facts facts;
  facts.revenue = -3;
  facts.order_days = 2;
  facts.gap_days = 5;
  facts.last_order_s = 900;
  facts.deeds[static_cast<std::size_t>(Deed::order_completed)] = 1;
  const std::array<DeedRecord, 2> deeds{
      DeedRecord{.at_s = 100, .product = 3, .category = 5, .deed = Deed::product_viewed},
      DeedRecord{.at_s = 900, .product = 3, .amount = 20, .deed = Deed::order_completed}};
  Subject subject;
  subject.facts = &facts;
  subject.deeds = deeds;
  subject.world = &world;
  for (const std::uint32_t now_s : {0U, 1'000U, 4'294'967'294U}) {
    const Outcome outcome = condition.evaluate(subject, now_s);
    if (outcome.holds != condition.evaluate(subject, now_s).holds) std::abort();
    (void)reasons(condition, subject, now_s);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Dictionaries names{
      [](std::string_view name) { return static_cast<NameId>(name.size() % 7 + 2); },
      [](std::string_view id) {
        return id.size() < 20 ? static_cast<std::uint32_t>(id.size()) : UINT32_MAX;
      }};
  const auto parsed = Condition::parse(text, names);
  if (const auto* fault = std::get_if<Fault>(&parsed)) {
    // A fault points into the text, or right behind it, and says something.
    if (fault->column < 1 || fault->column > size + 1 || fault->message.empty()) std::abort();
    return 0;
  }
  check_nodes(std::get<Condition>(parsed));
  ask(std::get<Condition>(parsed));
  return 0;
}
