// Beside a product or a cart: bought_together, cross_sell, complete_the_look.
#include <algorithm>
#include <cmath>

#include "plugins/recommendations/serve/match_rules.hpp"
#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {
namespace {

constexpr std::size_t kMostSeeds = 12;            // newest of a cart
constexpr std::size_t kComplementCategories = 6;  // of a seed's category
constexpr std::size_t kBestOfCategory = 16;
// Orders of prior evidence: that the categories go together as they do for everybody.
constexpr double kPrior = 10;
// A cart that holds both tells less than an order that does.
constexpr double kOpenCartWeight = 0.3;
// The votes of visits, as a chance that one who takes the seed takes any of what they name.
constexpr double kVisitShare = 0.3;
constexpr double kPopularity = 0.3;  // as in CoPurchase: 0 ranks by added chance, 1 by lift
constexpr std::size_t kMostTrending = 1000;
constexpr double kOtherDepartment = 0.3;
constexpr std::size_t kLooksCompared = 48;
constexpr double kAnotherOfIt = 0.4;
constexpr ContentFields kManner =
    static_cast<ContentFields>(only(ContentField::brand) | only(ContentField::attribute) |
                               only(ContentField::tag) | only(ContentField::value));

bool is_among(const std::vector<std::uint32_t>& list, std::uint32_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

void Recommender::bought_together(const StoreState& state) {
  take_seeds();
  if (seeds_.empty()) return;
  offer_partners(state, seeds_);
  if (selection.full()) return;
  selection.begin_fallback();
  offer_neighbours(state, seeds_, Source::session_neighbours);
}

// The product at hand, else the cart.
void Recommender::take_seeds() {
  seeds_.clear();
  if (question.product != kNoItem) {
    seeds_.push_back(question.product);
  } else {
    seeds_ = question.cart;
  }
}

void Recommender::take_seed_categories(const StoreState& state) {
  seed_categories_.clear();
  for (const ItemId seed : seeds_) {
    const CategoryId category = state.catalog.main_category(seed);
    if (category != kNoCategory && !is_among(seed_categories_, category)) {
      seed_categories_.push_back(category);
    }
  }
}

/// The chance of `item` in an order that holds `seed`, drawn by kPrior orders to what is known
/// beside orders; scored as CoPurchase scores, by what the seed adds to the chance.
///
///   P₀(b|a) = P(C_b | C_a) · n_b / n_{C_b} · (1 + cos(a, b)) + ω · v(b)
///   P(b|a)  = (n_ab + σ P₀(b|a)) / (n_a + σ)                    score = (P(b|a) − P(b)) / P(b)^α
///
/// C are categories that are complements, v is the share of the visits' votes for other categories.
/// The cosine is of brand and attributes: of the things that go with it, one that looks like it.
void Recommender::score_complement(const StoreState& state, ItemId seed, ItemId item,
                                   const Evidence& met) {
  const double all = static_cast<double>(state.together.orders()) + 1;
  const double of_item = state.together.orders_of(item) + 0.5;
  const double chance = std::min(0.5, of_item / all);
  const CategoryId category = state.catalog.main_category(item);
  double share = 0;
  for (const Partner& near : near_categories_) {
    if (near.item != category) continue;
    const double of_category = state.affinities.category_orders().orders_of(category) + 1.0;
    const double alike = state.content.cosine(content_scratch_.query, item);
    share = near.confidence * std::min(1.0, of_item / of_category) * (1 + alike);
  }
  const double visits = kVisitShare * met.visits;
  const double prior = std::max(chance, share + visits);
  const double with = state.together.orders_of(seed);
  const double confidence = (met.orders + kPrior * prior) / (std::max(with, met.orders) + kPrior);
  const double score = (confidence - chance) / std::pow(chance, kPopularity);
  if (!(score > 0)) return;
  Pick& pick = blend_[item];
  const Source source = met.orders > kPrior * (share + visits) ? Source::co_purchase
                        : share > visits                       ? Source::category_complements
                                                               : Source::session_neighbours;
  if (pick.item == kNoItem || score > pick.score) {
    pick.source = source;
    pick.because = seed;
    pick.support = source == Source::session_neighbours ? met.visitors
                                                        : static_cast<std::uint32_t>(met.orders);
    pick.category = category;
  }
  pick.item = item;
  pick.score += score;
  pick.add_part(source, score);
}

/// What orders and carts say of the seed.
void Recommender::add_pairs(const StoreState& state, ItemId seed) {
  state.together.counts_of(seed, met_);
  for (const auto& [item, orders] : met_) {
    const CategoryId category = state.catalog.main_category(item);
    // A pair that chance may explain counts only where the categories go together.
    const bool complement = std::any_of(near_categories_.begin(), near_categories_.end(),
                                        [&](const Partner& near) { return near.item == category; });
    if (complement || state.together.judge(seed, {item, orders}).score > 0) {
      evidence_[item].orders += orders;
    }
  }
  state.affinities.carts().counts_of(seed, met_);
  for (const auto& [item, carts] : met_) {
    if (state.affinities.carts().judge(seed, {item, carts}).score > 0) {
      evidence_[item].orders += kOpenCartWeight * carts;
    }
  }
}

/// The best of the categories that go with the seed's.
void Recommender::add_category_complements(const StoreState& state) {
  for (const Partner& near : near_categories_) {
    state.trending.top_of_category(near.item, kBestOfCategory, question.now_us, trending_);
    for (const TrendingItem& popular : trending_) {
      if (state.catalog.main_category(popular.item) == near.item) evidence_.index_of(popular.item);
    }
  }
}

/// What visits to the seeds went to in other categories.
void Recommender::add_visits(const StoreState& state) {
  state.sessions.predict(seeds_, 2 * kFirstAsk, predict_scratch_, candidates_);
  std::erase_if(candidates_, [&](const Candidate& candidate) {
    return is_among(seed_categories_, state.catalog.main_category(candidate.item));
  });
  double all = 0;
  for (const Candidate& candidate : candidates_)
    all += candidate.score;
  for (const Candidate& candidate : candidates_) {
    Evidence& met = evidence_[candidate.item];
    met.visits = candidate.score / all;
    met.visitors = candidate.support;
  }
}

/// Categories that are bought with the seed's; what meets in visits stands in where orders are few.
void Recommender::take_near_categories(const StoreState& state, CategoryId category) {
  near_categories_.clear();
  if (category == kNoCategory) return;
  state.affinities.category_visits().partners({&category, 1}, kComplementCategories,
                                              partner_scratch_, partners_);
  state.affinities.category_orders().partners({&category, 1}, kComplementCategories,
                                              partner_scratch_, near_categories_);
  for (Partner& near : partners_) {
    const bool bought = std::any_of(near_categories_.begin(), near_categories_.end(),
                                    [&](const Partner& other) { return other.item == near.item; });
    if (bought || near_categories_.size() >= kComplementCategories) continue;
    near.confidence *= kVisitShare;
    near_categories_.push_back(near);
  }
  std::erase_if(near_categories_,
                [&](const Partner& near) { return is_among(seed_categories_, near.item); });
}

void Recommender::rank_complements(const StoreState& state) {
  take_seed_categories(state);
  blend_.clear();
  selection.begin_source(Source::co_purchase, 0);
  selection.begin_source(Source::category_complements, 0);
  if (seeds_.size() > kMostSeeds) {
    seeds_.erase(seeds_.begin(), seeds_.end() - static_cast<std::ptrdiff_t>(kMostSeeds));
  }
  for (const ItemId seed : seeds_) {
    evidence_.clear();
    take_near_categories(state, state.catalog.main_category(seed));
    state.content.prepare({&seed, 1}, {}, kManner, content_scratch_.query);
    add_pairs(state, seed);
    add_category_complements(state);
    // Visits are asked once, about all of the seeds, and speak for the newest.
    if (seed == seeds_.back()) add_visits(state);
    for (const auto& [item, met] : evidence_.entries()) {
      const CategoryId category = state.catalog.main_category(item);
      const bool same = category != kNoCategory && is_among(seed_categories_, category);
      if (!same && !is_among(seeds_, item)) score_complement(state, seed, item, met);
    }
  }
  rank_blend();
}

void Recommender::cross_sell(const StoreState& state) {
  take_seeds();
  rank_complements(state);
  offer_ranked(Source::co_purchase);
  if (selection.full()) return;
  selection.begin_fallback();
  offer_popular_elsewhere(state, seed_categories_);
  why_few_ = "nothing else goes with it";
}

void Recommender::offer_popular_elsewhere(const StoreState& state,
                                          std::span<const CategoryId> categories) {
  state.trending.top(kMostTrending, question.now_us, trending_);
  selection.begin_source(Source::trending, highest(trending_));
  for (const TrendingItem& popular : trending_) {
    if (selection.full()) return;
    const SetId own = state.catalog.categories(popular.item);
    if (std::any_of(categories.begin(), categories.end(),
                    [&](CategoryId c) { return state.catalog.sets().contains(own, c); })) {
      continue;
    }
    Pick pick{.item = popular.item, .score = popular.score, .source = Source::trending};
    pick.add_part(Source::trending, popular.score);
    selection.offer(pick);
  }
}

double Recommender::match(const StoreState& state, ItemId a, ItemId b) {
  state.affinities.values_of(b, state.catalog, values_b_);
  return learned_match(state.affinities.attributes(), values_a_, values_b_) *
         other_people(state.catalog, state.affinities.attributes(), a, b);
}

/// Of ranked_: with every product of a category the next one of it counts less. An outfit is shoes
/// and a bag before it is two pairs of shoes.
void Recommender::offer_one_of_each(const StoreState& state) {
  seed_categories_.clear();  // those that were taken
  const auto worth = [&](const Pick& pick) {
    const CategoryId category = state.catalog.main_category(pick.item);
    double score = pick.score;
    for (const CategoryId taken : seed_categories_) {
      if (taken == category && category != kNoCategory) score *= kAnotherOfIt;
    }
    return score;
  };
  selection.begin_source(Source::co_purchase, highest(ranked_));
  while (!ranked_.empty() && !selection.full()) {
    auto best = ranked_.begin();
    double most = -1;
    for (auto at = ranked_.begin(); at != ranked_.end(); ++at) {
      if (const double here = worth(*at); here > most) {
        most = here;
        best = at;
      }
    }
    Pick pick = *best;
    pick.score = most;
    ranked_.erase(best);
    if (selection.offer(pick)) {
      seed_categories_.push_back(state.catalog.main_category(pick.item));
    }
  }
}

void Recommender::complete_the_look(const StoreState& state) {
  if (question.product == kNoItem) return;
  seeds_.assign(1, question.product);
  rank_complements(state);
  const CategoryId department = department_of(state.catalog, question.product);
  const auto same_department = [&](ItemId item) {
    return department == kNoCategory || department_of(state.catalog, item) == department;
  };
  // What suits it by its looks, where orders say nothing yet.
  const CategoryId own = state.catalog.main_category(question.product);
  selection.begin_source(Source::content, 0);
  state.content.prepare({&question.product, 1}, {}, kManner, content_scratch_.query);
  state.content.nearest(generous(kFirstAsk), content_scratch_, matches_, [&](ItemId item) {
    return own != kNoCategory && state.catalog.main_category(item) != own && same_department(item);
  });
  const double least = ranked_.empty() ? 1 : ranked_.back().score / 2;
  for (const ContentMatch& alike : matches_) {
    Pick& pick = blend_[alike.item];
    if (pick.item != kNoItem) continue;
    pick.item = alike.item;
    pick.source = Source::content;
    pick.because = question.product;
    pick.score = least * alike.score;
    pick.add_part(Source::content, pick.score);
  }
  rank_blend();
  ranked_.resize(std::min(ranked_.size(), std::max(kLooksCompared, generous(0))));
  state.affinities.values_of(question.product, state.catalog, values_a_);
  for (Pick& pick : ranked_) {
    pick.score *= match(state, question.product, pick.item);
    if (!same_department(pick.item)) pick.score *= kOtherDepartment;
  }
  std::sort(ranked_.begin(), ranked_.end(), [](const Pick& a, const Pick& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  offer_one_of_each(state);
  why_few_ = "nothing else goes with its looks";
}

}  // namespace souk::recommendations
