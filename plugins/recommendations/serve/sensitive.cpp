#include "plugins/recommendations/serve/sensitive.hpp"

#include <algorithm>

#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {

constexpr std::string_view kSeparator = " > ";

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return low(x) == low(y);
  });
}

}  // namespace

const std::vector<std::string_view>& SensitiveCategories::usual() {
  static const std::vector<std::string_view> names{
      "Adult",        "Erotica",       "Sex toys",     "Sexual wellness", "Sexual health",
      "Condoms",      "Contraception", "Fertility",    "Pregnancy",       "Pregnancy tests",
      "Maternity",    "Intimate care", "Incontinence", "Weight loss",     "Hair loss",
      "Stop smoking", "Mental health", "Medicines",    "Prescription",    "STI tests"};
  return names;
}

void SensitiveCategories::take_names(const v1::Settings& settings) {
  names_.clear();
  if (settings.sensitive_categories().empty()) {
    names_ = usual();
  } else {
    for (const std::string& name : settings.sensitive_categories())
      if (name != "none") names_.push_back(name);
  }
}

bool SensitiveCategories::matches(std::string_view path) const {
  const std::size_t at = path.rfind(kSeparator);
  const std::string_view own =
      at == std::string_view::npos ? path : path.substr(at + kSeparator.size());
  return std::any_of(names_.begin(), names_.end(), [&](std::string_view name) {
    const bool is_path = name.find(kSeparator) != std::string_view::npos;
    return same_name(name, is_path ? path : own);
  });
}

void SensitiveCategories::use(const v1::Settings& settings, const StoreState& state) {
  std::uint64_t hash = 1;
  for (const std::string& name : settings.sensitive_categories())
    hash = hash_of(name, hash);
  const std::uint32_t known = state.catalog.categories_known();
  state_ = &state;
  if (hash != settings_ || state.serial != store_) {
    flags_.clear();
    any_ = false;
    settings_ = hash;
    store_ = state.serial;
  }
  if (flags_.size() >= known) return;
  // The names are the settings', which may be others at the next question with the same words.
  take_names(settings);
  for (auto category = static_cast<CategoryId>(flags_.size()); category < known; ++category) {
    const bool matched = matches(state.catalog.category_path(category));
    flags_.push_back(matched ? 1 : 0);
    any_ = any_ || matched;
  }
}

bool SensitiveCategories::contains_item(ItemId item) const {
  bool found = false;
  if (!any_) return false;
  state_->catalog.sets().for_each(state_->catalog.categories(item), [&](std::uint32_t category) {
    found = contains(category);
    return !found;
  });
  return found;
}

}  // namespace souk::recommendations
