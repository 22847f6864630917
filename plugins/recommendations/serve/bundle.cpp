// Sets of products that go with a product or a cart.
#include <algorithm>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {
namespace {
constexpr std::size_t kMostBundles = 5;
// Two products whose categories go together, and who have not met often enough to say more.
constexpr double kByCategory = 0.5;
}  // namespace

void Recommender::find_bundles(const StoreState& state) {
  bundle_search_.clear();
  for (const Pick& pick : ranked_) {
    if (bundle_search_.nodes().size() == BundleSearch::kMost) break;
    // What only visits join has not been bought as a set.
    if (pick.source == Source::session_neighbours || !selection.may_show(pick.item)) continue;
    bundle_search_.add({.item = pick.item,
                        .category = state.catalog.main_category(pick.item),
                        .with_anchor = pick.score,
                        .support = pick.support});
  }
  const auto& nodes = bundle_search_.nodes();
  const CoPurchase& categories = state.affinities.category_orders();
  for (std::size_t a = 0; a < nodes.size(); ++a) {
    state.together.counts_of(nodes[a].item, met_);
    near_categories_.clear();
    if (nodes[a].category != kNoCategory) categories.counts_of(nodes[a].category, met_categories_);
    for (std::size_t b = 0; b < nodes.size(); ++b) {
      if (b == a) continue;
      const auto with = [&](const auto& list, std::uint32_t item) {
        const auto found = std::find_if(list.begin(), list.end(),
                                        [&](const auto& met) { return met.item == item; });
        return found == list.end() ? 0 : found->orders;
      };
      double score = 0;
      if (const std::uint32_t met = with(met_, nodes[b].item); met > 0) {
        score = state.together.judge(nodes[a].item, {nodes[b].item, met}).score;
      }
      if (!(score > 0) && nodes[a].category != kNoCategory) {
        const std::uint32_t met = with(met_categories_, nodes[b].category);
        const double chance = state.together.orders_of(nodes[b].item) /
                              (categories.orders_of(nodes[b].category) + 1.0);
        if (met > 0) {
          score = kByCategory * std::min(1.0, chance) *
                  categories.judge(nodes[a].category, {nodes[b].category, met}).score;
        }
      }
      // A pair is as good as the better of its two directions.
      if (score > bundle_search_.pair(a, b)) bundle_search_.set_pair(a, b, score);
    }
  }
  bundle_search_.search(std::min<std::size_t>(kMostBundles, question.limit));
}

void Recommender::bundle(const StoreState& state) {
  take_seeds();
  bundle_search_.clear();
  if (seeds_.empty()) return;
  rank_complements(state);
  find_bundles(state);
  why_few_ = bundle_search_.found().empty() ? "no set goes with it" : "";
  if (bundle_search_.found().empty()) return;
  selection.begin_source(Source::co_purchase, 0);
  const auto& best = bundle_search_.found().front();
  double last = bundle_search_.nodes()[best.nodes[0]].with_anchor;
  for (std::size_t m = 0; m < best.size; ++m) {
    const BundleSearch::Node& node = bundle_search_.nodes()[best.nodes[m]];
    const auto found = std::find_if(ranked_.begin(), ranked_.end(),
                                    [&](const Pick& pick) { return pick.item == node.item; });
    Pick pick = *found;
    last = pick.score = std::min(pick.score, last);
    selection.take(pick);
  }
}

}  // namespace souk::recommendations
