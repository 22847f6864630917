#include "plugins/recommendations/serve/eligibility.hpp"

#include <algorithm>
#include <numeric>

namespace souk::recommendations {
namespace {
constexpr std::array<std::string_view, kVerdicts> kNames{
    "shown",      "not_in_catalog",     "deleted",
    "hidden",     "out_of_stock",       "other_account",
    "excluded",   "excluded_category",  "other_category",
    "viewed_now", "seen_in_this_visit", "in_cart",
    "just_bought"};
constexpr std::int64_t kDayS = 86'400;

bool holds(const std::vector<ItemId>& list, ItemId item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}
}  // namespace

std::string_view name_of(Verdict verdict) { return kNames[static_cast<std::size_t>(verdict)]; }

void Eligibility::begin(const StoreState& state, const Question& question) {
  state_ = &state;
  question_ = &question;
  judged_.clear();
  left_out_.fill(0);
  using Unknown = ServingSettings::Unknown;
  const Unknown wish = question.settings.unknown_products;
  hide_unknown_ =
      wish == Unknown::hide || (wish == Unknown::automatic && state.catalog.products() > 0);
}

bool Eligibility::accept(ItemId item) {
  std::uint8_t& judged = judged_[item];
  if (judged != 0) return false;
  judged = 1;
  const Verdict verdict = judge(item);
  if (verdict == Verdict::shown) return true;
  ++left_out_[static_cast<std::size_t>(verdict)];
  return false;
}

std::size_t Eligibility::left_out_in_all() const {
  return std::accumulate(left_out_.begin(), left_out_.end(), std::size_t{0});
}

Verdict Eligibility::judge(ItemId item) const {
  // What nobody may see comes first, so that no other answer tells of it.
  if (const Verdict verdict = judge_product(item); verdict != Verdict::shown) return verdict;
  if (holds(question_->exclude, item)) return Verdict::excluded;
  if (const Verdict verdict = judge_category(item); verdict != Verdict::shown) return verdict;
  return judge_person(item);
}

Verdict Eligibility::judge_product(ItemId item) const {
  const Catalog::Facts facts = state_->catalog.facts(item);
  if (facts.deleted) return Verdict::deleted;
  if (!facts.known && hide_unknown_) return Verdict::not_in_catalog;
  if (facts.hidden) return Verdict::hidden;
  if (facts.sold_out) return Verdict::out_of_stock;
  return judge_account(facts);
}

Verdict Eligibility::judge_account(const Catalog::Facts& facts) const {
  const IdSets& sets = state_->catalog.sets();
  if (facts.only_accounts != kEmptySet &&
      (question_->account == kNoItem || !sets.contains(facts.only_accounts, question_->account))) {
    return Verdict::other_account;
  }
  if (question_->account != kNoItem && sets.contains(facts.excluded_accounts, question_->account)) {
    return Verdict::other_account;
  }
  return Verdict::shown;
}

Verdict Eligibility::judge_category(ItemId item) const {
  if (!question_->by_category && question_->exclude_categories.empty()) return Verdict::shown;
  const SetId categories = state_->catalog.categories(item);
  const IdSets& sets = state_->catalog.sets();
  for (const CategoryId excluded : question_->exclude_categories) {
    if (sets.contains(categories, excluded)) return Verdict::excluded_category;
  }
  if (question_->by_category &&
      (question_->category == kNoCategory || !sets.contains(categories, question_->category))) {
    return Verdict::other_category;
  }
  return Verdict::shown;
}

Verdict Eligibility::judge_person(ItemId item) const {
  if (item == question_->product) return Verdict::viewed_now;
  if (question_->include_seen) return Verdict::shown;
  if (holds(question_->cart, item)) return Verdict::in_cart;
  if (just_bought(item)) return Verdict::just_bought;
  // A complement that was looked at and not yet taken is a good one; what is popular is popular.
  const bool alternatives = question_->kind == Kind::for_you || question_->kind == Kind::similar;
  return alternatives && holds(question_->session, item) ? Verdict::seen : Verdict::shown;
}

bool Eligibility::just_bought(ItemId item) const {
  const Profile::Bought* purchase = question_->profile.purchase(item);
  if (purchase == nullptr || purchase->times >= question_->settings.bought_again_times) {
    return false;
  }
  const std::int64_t age_s = question_->now_us / 1'000'000 - purchase->last_s;
  return age_s < question_->settings.just_bought_days * kDayS;
}

}  // namespace souk::recommendations
