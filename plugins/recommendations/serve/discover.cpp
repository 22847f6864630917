// discover: categories this shopper has not seen but should, by what others went on to.
#include <algorithm>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {
namespace {

constexpr std::size_t kDiscoverOfPerson = 24;
constexpr std::size_t kCategories = 24;
constexpr std::size_t kDiscoverBestOfCategory = 12;
constexpr double kOrders = 1.0;      // a category of the same orders against one of the same visits
constexpr double kNeighbours = 1.0;  // what similar visits looked at
constexpr int kRounds = 2;           // products of one category
constexpr double kNextRound = 0.5;

bool is_one_of(const std::vector<std::uint32_t>& list, std::uint32_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

/// Ranks categories (as items of ranked_) that are not among seed_categories_: those that meet them
/// in visits and in orders more often than chance lets them, and those of what similar visits
/// looked at. Each source's best counts 1.
void Recommender::rank_unseen_categories(const StoreState& state) {
  blend_.clear();
  const auto add = [&](CategoryId category, double score, Source source, ItemId because) {
    if (category == kNoCategory || is_one_of(seed_categories_, category)) return;
    Pick& pick = blend_[category];
    if (pick.item == kNoItem) {
      pick.source = source;
      pick.because = because;
    }
    pick.item = category;
    pick.score += score;
  };
  const auto add_partners = [&](const CoPurchase& categories, double weight) {
    categories.partners(seed_categories_, kCategories, partner_scratch_, near_categories_);
    const double best = highest(near_categories_);
    for (const Partner& near : near_categories_)
      add(near.item, weight * near.score / best, Source::category_complements, kNoItem);
  };
  selection.begin_source(Source::category_complements, 0);
  add_partners(state.affinities.category_visits(), 1);
  add_partners(state.affinities.category_orders(), kOrders);
  if (seeds_.empty()) return;
  selection.begin_source(Source::session_neighbours, 0);
  // Newest first, and a session is oldest first.
  std::reverse(seeds_.begin(), seeds_.end());
  state.sessions.predict(seeds_, 2 * kFirstAsk, predict_scratch_, candidates_);
  double all = 0;
  for (const Candidate& candidate : candidates_)
    all += candidate.score;
  for (const Candidate& candidate : candidates_) {
    add(state.catalog.main_category(candidate.item), kNeighbours * candidate.score / all,
        Source::session_neighbours, candidate.because);
  }
}

/// The most popular product of the category that may be shown, those first that look like what this
/// shopper likes.
void Recommender::offer_of_category(const StoreState& state, CategoryId category, double score) {
  state.trending.top_of_category(category, kDiscoverBestOfCategory, question.now_us, trending_);
  const double best = highest(trending_);
  for (TrendingItem& popular : trending_) {
    popular.score /= best;
    if (!content_scratch_.query.empty()) {
      popular.score *= 1 + state.content.cosine(content_scratch_.query, popular.item);
    }
  }
  std::stable_sort(trending_.begin(), trending_.end(),
                   [](const TrendingItem& a, const TrendingItem& b) { return a.score > b.score; });
  for (const TrendingItem& popular : trending_) {
    // In the middle of a bigger one stands what was seen already.
    if (is_one_of(seed_categories_, state.catalog.main_category(popular.item))) continue;
    Pick pick{.item = popular.item, .score = score, .source = Source::category_complements};
    pick.add_part(Source::category_complements, score);
    pick.category = category;
    if (selection.offer(pick)) return;
  }
}

void Recommender::discover(const StoreState& state) {
  take_person(kDiscoverOfPerson);
  take_seed_categories(state);
  constexpr ContentFields kTaste =
      static_cast<ContentFields>(only(ContentField::brand) | only(ContentField::attribute) |
                                 only(ContentField::tag) | only(ContentField::price));
  state.content.prepare(seeds_, {}, kTaste, content_scratch_.query);
  rank_unseen_categories(state);
  rank_blend();
  double scale = 1;
  for (int round = 0; round < kRounds; ++round, scale *= kNextRound) {
    const double least = ranked_.empty() ? 0 : ranked_.back().score;
    for (const Pick& category : ranked_) {
      if (selection.full()) return;
      // Below all of the round before.
      const double score = round == 0
                               ? category.score
                               : scale * least * category.score / std::max(1e-9, highest(ranked_));
      offer_of_category(state, category.item, score);
    }
  }
  if (selection.full()) return;
  selection.begin_fallback();
  offer_popular_elsewhere(state, seed_categories_);
  why_few_ = "this shopper has seen all that is known";
}

}  // namespace souk::recommendations
