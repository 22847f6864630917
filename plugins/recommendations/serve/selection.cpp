#include "plugins/recommendations/serve/selection.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {
constexpr std::array<std::string_view, kSources> kSourceNames{
    "session_neighbours",   "history",      "co_purchase", "category_trending", "trending",
    "recently_viewed",      "item_model",   "content",     "sequences",         "repurchase",
    "category_complements", "new_arrivals", "size_model",  "segment_trending"};
// So many products are looked at where more than their scores decides: 80 for ten, 400 at most.
constexpr std::size_t kRankedPerItem = 4;
constexpr std::size_t kRankedAtLeast = 40;
constexpr std::size_t kMostRanked = 400;
// A product whose title has all words of the search counts four times.
constexpr double kQueryLift = 3;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Whether a word of `title` begins with `word`, which has small letters.
bool begins_a_word(std::string_view title, std::string_view word) {
  for (std::size_t at = 0; at + word.size() <= title.size(); ++at) {
    if (at > 0 && is_letter(title[at - 1])) continue;
    const bool same = std::equal(
        word.begin(), word.end(), title.begin() + static_cast<long>(at), [](char small, char any) {
          const char low = any >= 'A' && any <= 'Z' ? static_cast<char>(any - 'A' + 'a') : any;
          return small == low;
        });
    if (same) return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(Source source) { return kSourceNames[static_cast<std::size_t>(source)]; }

void Selection::begin(const StoreState& state, const Question& question) {
  state_ = &state;
  question_ = &question;
  eligibility_.begin(state, question);
  room_ = question.limit;
  if (question.reranks()) {
    room_ = std::min<std::size_t>(kMostRanked, kRankedPerItem * room_ + kRankedAtLeast);
  }
  picks_.clear();
  asked_.clear();
  fallback_ = false;
  begin_kind(true);
}

void Selection::begin_kind(bool stand_ins) {
  stand_ins_ = stand_ins;
  closed_ = in_fallback_ = false;
  scale_ = 1;
}

void Selection::begin_source(Source source, double highest) {
  if (std::find(asked_.begin(), asked_.end(), source) == asked_.end()) asked_.push_back(source);
  scale_ = picks_.empty() || highest <= 0 ? 1 : std::min(1.0, picks_.back().score / highest);
}

bool Selection::offer(const Pick& pick) {
  return !full() && eligibility_.accept(pick.item) && take(pick);
}

bool Selection::take(const Pick& pick) {
  if (full()) return false;
  Pick& taken = picks_.emplace_back(pick);
  taken.score = pick.score * scale_;
  taken.kind = question_->kind;
  taken.stand_in = in_fallback_;
  fallback_ = fallback_ || in_fallback_;
  return true;
}

void Selection::offer_variant(const Pick& pick) {
  if (full()) return;
  picks_.push_back(pick);
  picks_.back().kind = question_->kind;
}

/// What boosts and the words of a search make of a score.
double Selection::lift_of(ItemId item) const {
  double factor = 1;
  for (std::size_t rule = 0; rule < question_->boost_factors.size(); ++rule) {
    if (question_->boosts[rule].holds(item)) factor *= question_->boost_factors[rule];
  }
  if (question_->query_words.empty()) return factor;
  const std::string_view title = state_->catalog.title(item);
  std::size_t met = 0;
  for (const std::string& word : question_->query_words)
    met += begins_a_word(title, word) ? 1u : 0u;
  return factor * (1 + kQueryLift * static_cast<double>(met) /
                           static_cast<double>(question_->query_words.size()));
}

void Selection::lift() {
  if (question_->boost_factors.empty() && question_->query_words.empty()) return;
  for (Pick& pick : picks_)
    pick.score *= lift_of(pick.item);
  std::stable_sort(picks_.begin(), picks_.end(),
                   [](const Pick& a, const Pick& b) { return a.score > b.score; });
}

void Selection::spread() {
  if (question_->wish.diversity <= 0 && question_->wish.max_per_brand == 0) return;
  diversity_.begin(question_->wish.diversity, question_->wish.max_per_brand);
  for (const Pick& pick : picks_) {
    diversity_.add(pick.score, state_->catalog.traits(pick.item).brand,
                   state_->catalog.main_category(pick.item));
  }
  ranked_.clear();
  for (const std::size_t place : diversity_.choose(question_->limit))
    ranked_.push_back(picks_[place]);
  for (std::size_t i = 0; i < diversity_.of_full_brands(); ++i)
    eligibility_.leave_out(Verdict::same_brand);
  picks_.swap(ranked_);
}

void Selection::finish() {
  if (question_->reranks()) {
    lift();
    spread();
    if (picks_.size() > question_->limit) picks_.resize(question_->limit);
  }
  // Scores of several sources are scaled to each other: rounding must not let one rise.
  fallback_ = false;
  double last = picks_.empty() ? 0 : picks_.front().score;
  for (Pick& pick : picks_) {
    pick.score = last = std::min(last, pick.score);
    fallback_ = fallback_ || pick.stand_in;
  }
}

}  // namespace souk::recommendations
