#include "plugins/recommendations/serve/expression_program.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace souk::recommendations {
namespace {

constexpr double kDayOfRuleS = 86'400;
constexpr double kBestRating = 5;
constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

// As the fold writes attributes: ASCII letters small.
std::string lower_case(std::string_view text) {
  std::string made(text);
  for (char& c : made)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return made;
}

// 79.90 · 100 is not 7990 in binary.
double settle(double value) {
  const double whole = std::round(value);
  return std::abs(value - whole) < 1e-6 ? whole : value;
}

bool compare(Relation relation, double value, double low, double high) {
  switch (relation) {  // all false for what is not known
    case Relation::equal:
      return value == low;
    case Relation::less:
      return value < low;
    case Relation::less_or_equal:
      return value <= low;
    case Relation::greater:
      return value > low;
    case Relation::greater_or_equal:
      return value >= low;
    case Relation::between:
      return value >= low && value <= high;
  }
  return false;
}

std::string_view name_of(const Test& test) {
  switch (test.fact) {
    case Fact::product:
      return "product";
    case Fact::brand:
      return "brand";
    case Fact::category:
      return "category";
    case Fact::tag:
      return "tag";
    default:
      return test.attribute;
  }
}

bool is_text(Fact fact) {
  return fact == Fact::product || fact == Fact::brand || fact == Fact::category ||
         fact == Fact::tag || fact == Fact::attribute;
}

}  // namespace

std::uint32_t Program::number_of(const Test& test, const std::string& value) const {
  const Catalog& catalog = state_->catalog;
  switch (test.fact) {
    case Fact::product:
      return state_->items.find(value);
    case Fact::brand:
      return catalog.words().find(value);
    case Fact::category:
      return catalog.category(value);
    case Fact::tag:
      return catalog.words().find("tag=" + lower_case(value));
    case Fact::attribute:
      return catalog.words().find(lower_case(test.attribute) + "=" + lower_case(value));
    default:
      return kNoItem;
  }
}

void Program::bind(const Condition& condition, const StoreState& state, std::int64_t now_us,
                   double minor_units) {
  condition_ = &condition;
  state_ = &state;
  now_s_ = static_cast<double>(now_us / 1'000'000);
  if (bound_.size() < condition.tests.size()) bound_.resize(condition.tests.size());
  for (std::size_t i = 0; i < condition.tests.size(); ++i) {
    const Test& test = condition.tests[i];
    Bound& bound = bound_[i];
    bound.ids.clear();
    for (const std::string& value : test.values) {
      const std::uint32_t id = number_of(test, value);
      if (id != kNoItem) bound.ids.push_back(id);
    }
    const double scale = test.fact == Fact::price ? minor_units : 1;
    bound.low = settle(test.number * scale);
    bound.high = settle(test.upper * scale);
  }
}

double Program::fact_of(Fact fact, ItemId item, const Catalog::Traits& traits) const {
  switch (fact) {
    case Fact::price:
      return traits.price_minor < 0 ? kNotKnown : static_cast<double>(traits.price_minor);
    case Fact::rating:
      // In thousandths: 0.9f · 5 is not 4.5.
      return traits.ratings == 0
                 ? kNotKnown
                 : std::round(static_cast<double>(traits.rating) * kBestRating * 1000) / 1000;
    case Fact::age_days:
      return traits.since_s == 0 ? kNotKnown : (now_s_ - traits.since_s) / kDayOfRuleS;
    case Fact::stock:
      return state_->catalog.facts(item).sold_out ? 0 : 1;
    case Fact::on_sale:
      return traits.price_minor >= 0 && traits.list_price_minor > traits.price_minor ? 1 : 0;
    default:
      return kNotKnown;
  }
}

bool Program::test(std::size_t index, ItemId item, const Catalog::Traits& traits) const {
  const Test& asked = condition_->tests[index];
  const Bound& bound = bound_[index];
  const auto among = [&](std::uint32_t value) {
    return std::find(bound.ids.begin(), bound.ids.end(), value) != bound.ids.end();
  };
  const auto any_in = [&](SetId set) {
    bool found = false;
    if (bound.ids.empty()) return false;
    state_->catalog.sets().for_each(set, [&](std::uint32_t member) {
      found = among(member);
      return !found;
    });
    return found;
  };
  switch (asked.fact) {
    case Fact::product:
      return among(item);
    case Fact::brand:
      return traits.brand != kNoItem && among(traits.brand);
    case Fact::category:
      return any_in(state_->catalog.categories(item));
    case Fact::tag:
    case Fact::attribute:
      return any_in(traits.attributes);
    default:
      return compare(asked.relation, fact_of(asked.fact, item, traits), bound.low, bound.high);
  }
}

bool Program::holds(ItemId item) const {
  if (condition_ == nullptr) return true;
  const Catalog::Traits traits = state_->catalog.traits(item);
  std::uint16_t at = condition_->first;
  while (at < condition_->steps.size()) {
    const Condition::Step& step = condition_->steps[at];
    at = test(step.test, item, traits) ? step.if_true : step.if_false;
  }
  return at == Condition::kHolds;
}

std::string Program::unknown_value() const {
  if (condition_ == nullptr) return {};
  for (const Test& test : condition_->tests) {
    if (!is_text(test.fact)) continue;
    for (const std::string& value : test.values) {
      if (number_of(test, value) != kNoItem) continue;
      return std::string(name_of(test)) + " \"" + value.substr(0, 64) + "\"";
    }
  }
  return {};
}

void ExpressionCache::begin_question() {
  if (filters_.size() >= kMostTexts) filters_.clear();
  if (boosts_.size() >= kMostTexts) boosts_.clear();
}

Result<const Condition*> ExpressionCache::filter(const std::string& text, std::string_view name) {
  auto found = filters_.find(text);
  if (found == filters_.end()) {
    auto parsed = parse_filter(text, name);
    if (!parsed.ok()) return parsed.status();
    found = filters_.emplace(text, std::make_unique<Condition>(std::move(parsed).value())).first;
  }
  return static_cast<const Condition*>(found->second.get());
}

Result<const std::vector<BoostRule>*> ExpressionCache::boosts(const std::string& text,
                                                              std::string_view name) {
  auto found = boosts_.find(text);
  if (found == boosts_.end()) {
    auto parsed = parse_boosts(text, name);
    if (!parsed.ok()) return parsed.status();
    auto made = std::make_unique<std::vector<BoostRule>>(std::move(parsed).value());
    found = boosts_.emplace(text, std::move(made)).first;
  }
  return static_cast<const std::vector<BoostRule>*>(found->second.get());
}

double minor_units_of(std::string_view currency) {
  // ISO 4217: those that do not have two decimals.
  constexpr std::array<std::string_view, 16> kNone{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                   "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                                   "VUV", "XAF", "XOF", "XPF"};
  constexpr std::array<std::string_view, 7> kThree{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  const auto among = [&](const auto& list) {
    return std::find(list.begin(), list.end(), currency) != list.end();
  };
  return among(kNone) ? 1 : among(kThree) ? 1000 : 100;
}

}  // namespace souk::recommendations
