#include "plugins/recommendations/serve/eligibility.hpp"

#include <algorithm>
#include <numeric>

namespace souk::recommendations {
namespace {
constexpr std::array<std::string_view, kVerdicts> kNames{
    "shown",       "not_in_catalog",     "deleted",
    "hidden",      "out_of_stock",       "other_account",
    "excluded",    "excluded_category",  "other_category",
    "viewed_now",  "seen_in_this_visit", "in_cart",
    "just_bought", "shown_on_page",      "filtered_out",
    "other_price", "sensitive",          "same_brand",
    "returned"};
constexpr std::int64_t kSecondsOfDay = 86'400;

bool list_holds(const std::vector<ItemId>& list, ItemId item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// Of what this shopper did: there, sensitive products are left out on pages about something else.
bool follows_shopper(Kind kind) {
  return kind == Kind::for_you || kind == Kind::buy_again || kind == Kind::recently_viewed ||
         kind == Kind::discover;
}

// Whether another kind of the same placement may show it all the same.
bool depends_on_kind(Verdict verdict) {
  return verdict == Verdict::seen || verdict == Verdict::sensitive;
}
}  // namespace

std::string_view name_of(Verdict verdict) { return kNames[static_cast<std::size_t>(verdict)]; }

bool is_for_account(const Catalog& catalog, const Catalog::Facts& facts, std::uint32_t account) {
  const IdSets& sets = catalog.sets();
  if (facts.only_accounts != kEmptySet &&
      (account == kNoItem || !sets.contains(facts.only_accounts, account))) {
    return false;
  }
  return account == kNoItem || !sets.contains(facts.excluded_accounts, account);
}

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
  constexpr std::uint8_t kForGood = 1;
  const auto of_this_kind = static_cast<std::uint8_t>(2 + static_cast<int>(question_->kind));
  std::uint8_t& judged = judged_[item];
  if (judged == kForGood || judged == of_this_kind) return false;
  const Verdict verdict = judge(item);
  judged = depends_on_kind(verdict) ? of_this_kind : kForGood;
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
  if (question_->excluded.contains(item)) return Verdict::excluded;
  if (const Verdict verdict = judge_category(item); verdict != Verdict::shown) return verdict;
  if (const Verdict verdict = judge_wish(item); verdict != Verdict::shown) return verdict;
  return judge_person(item);
}

Verdict Eligibility::judge_wish(ItemId item) const {
  const Question& asked = *question_;
  if (asked.shown.contains(item)) return Verdict::shown_on_page;
  if (asked.by_price()) {
    const std::int64_t price = state_->catalog.price_minor(item);
    if (price < 0 || price < asked.min_price) return Verdict::other_price;
    if (asked.max_price >= 0 && price > asked.max_price) return Verdict::other_price;
  }
  if (!asked.placement_filter.holds(item) || !asked.filter.holds(item)) {
    return Verdict::filtered_out;
  }
  return Verdict::shown;
}

Verdict Eligibility::judge_product(ItemId item) const {
  const Catalog::Facts facts = state_->catalog.facts(item);
  if (facts.deleted) return Verdict::deleted;
  if (!facts.known && hide_unknown_) return Verdict::not_in_catalog;
  if (facts.hidden) return Verdict::hidden;
  if (facts.sold_out) return Verdict::out_of_stock;
  return is_for_account(state_->catalog, facts, question_->account) ? Verdict::shown
                                                                    : Verdict::other_account;
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
  if (follows_shopper(question_->kind) && !question_->sensitive_page &&
      question_->sensitive.contains_item(item)) {
    return Verdict::sensitive;
  }
  if (question_->profile.has_returned(item)) return Verdict::returned;
  if (question_->include_seen) return Verdict::shown;
  if (question_->in_cart.contains(item)) return Verdict::in_cart;
  // What is due to be bought again knows for itself what has just been bought.
  if (question_->kind != Kind::buy_again && just_bought(item)) return Verdict::just_bought;
  // A complement that was looked at and not yet taken is a good one; what is popular is popular.
  const bool alternatives = question_->kind == Kind::for_you || question_->kind == Kind::similar;
  return alternatives && list_holds(question_->session, item) ? Verdict::seen : Verdict::shown;
}

bool Eligibility::just_bought(ItemId item) const {
  const Profile::Bought* purchase = question_->profile.purchase(item);
  if (purchase == nullptr || purchase->times >= question_->settings.bought_again_times) {
    return false;
  }
  const std::int64_t age_s = question_->now_us / 1'000'000 - purchase->last_s;
  return age_s < question_->settings.just_bought_days * kSecondsOfDay;
}

}  // namespace souk::recommendations
