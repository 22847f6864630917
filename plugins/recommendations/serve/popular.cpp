// What is wanted by many, and what this shopper looked at last.
#include <algorithm>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {
namespace {
constexpr std::size_t kMostTrending = 1000;
}  // namespace

void Recommender::recently_viewed() {
  selection.begin_source(Source::recently_viewed, 1);
  double score = 1;
  const auto offer_all = [&](const std::vector<ItemId>& items) {
    for (auto item = items.rbegin(); item != items.rend() && !selection.full(); ++item) {
      Pick pick{.item = *item, .score = score, .source = Source::recently_viewed};
      pick.add_part(Source::recently_viewed, score);
      if (selection.offer(pick)) score *= 0.9;
    }
  };
  offer_all(question.session);
  offer_all(question.history);
}

CategoryId Recommender::category_at_hand(const StoreState& state) const {
  if (question.by_category) return question.category;
  if (question.kind == Kind::trending) return kNoCategory;
  ItemId item = question.product;
  if (item == kNoItem && !question.session.empty()) item = question.session.back();
  if (item == kNoItem && !question.history.empty()) item = question.history.back();
  return item == kNoItem ? kNoCategory : state.catalog.main_category(item);
}

void Recommender::offer_popular(const StoreState& state) {
  if (selection.full()) return;
  if (question.kind != Kind::trending) selection.begin_fallback();
  const CategoryId category = category_at_hand(state);
  if (category != kNoCategory) offer_trending(state, category);
  // In a category that was asked for, the shop's list has little; it is looked through all the
  // same, as the category's own list is shorter.
  if (!selection.full()) offer_trending(state, kNoCategory);
}

void Recommender::offer_trending(const StoreState& state, CategoryId category) {
  const bool overall = category == kNoCategory;
  if (overall) {
    state.trending.top(kMostTrending, question.now_us, trending_);
  } else {
    state.trending.top_of_category(category, kMostTrending, question.now_us, trending_);
  }
  const Source source = overall ? Source::trending : Source::category_trending;
  selection.begin_source(source, highest(trending_));
  prefetch(state, trending_);
  for (const TrendingItem& popular : trending_) {
    if (selection.full()) return;
    Pick pick{.item = popular.item, .score = popular.score, .source = source};
    pick.add_part(source, popular.score);
    pick.category = category;
    selection.offer(pick);
  }
}

}  // namespace souk::recommendations
