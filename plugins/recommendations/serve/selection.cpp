#include "plugins/recommendations/serve/selection.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {
constexpr std::array<std::string_view, kSources> kNames{
    "session_neighbours",   "history",      "co_purchase", "category_trending", "trending",
    "recently_viewed",      "item_model",   "content",     "sequences",         "repurchase",
    "category_complements", "new_arrivals", "size_model"};
}  // namespace

std::string_view name_of(Source source) { return kNames[static_cast<std::size_t>(source)]; }

void Selection::begin(const StoreState& state, const Question& question) {
  eligibility_.begin(state, question);
  limit_ = question.limit;
  picks_.clear();
  asked_.clear();
  scale_ = 1;
  in_fallback_ = fallback_ = false;
}

void Selection::begin_source(Source source, double highest) {
  if (std::find(asked_.begin(), asked_.end(), source) == asked_.end()) asked_.push_back(source);
  scale_ = picks_.empty() || highest <= 0 ? 1 : std::min(1.0, picks_.back().score / highest);
}

bool Selection::offer(const Pick& pick) {
  if (full() || !eligibility_.accept(pick.item)) return false;
  picks_.push_back(pick);
  picks_.back().score = pick.score * scale_;
  fallback_ = fallback_ || in_fallback_;
  return true;
}

}  // namespace souk::recommendations
