// In place of a product: similar, upsell.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "plugins/recommendations/serve/recommender.hpp"
#include "plugins/recommendations/serve/step_up.hpp"

namespace souk::recommendations {
namespace {

// Behaviour counts n / (n + kHalfKnown) for a product that n visits have looked at.
constexpr double kHalfKnown = 8;
// What content counts though behaviour is well known: a product that nobody has met yet has nothing
// else, and stands in for the tenth neighbour, not for the first.
constexpr double kContentAlways = 0.25;
// Visits also join what complements: a neighbour of another category is less of an alternative.
constexpr double kOtherCategory = 0.5;
constexpr std::size_t kContentAsk = 20;
constexpr double kLeastStep = 1.02;  // dearer by less is the same price
constexpr double kBetterRated = 0.5;
constexpr double kLarger = 0.5;
constexpr double kOwnReach = 1.1;  // above the dearest of this kind that the shopper took or viewed
constexpr double kLeastReach = 1.2;

struct AnyProduct {
  bool operator()(ItemId) const { return true; }
};

}  // namespace

double Recommender::evidence(const StoreState& state) const {
  const double visits = state.sessions.index().session_count(question.product);
  return visits / (visits + kHalfKnown);
}

void Recommender::rank_blend() {
  ranked_.clear();
  for (const std::uint32_t entry : order_of(blend_.entries()))
    ranked_.push_back(blend_.entries()[entry].value);
}

std::span<const std::uint32_t> Recommender::order_of(
    const std::vector<SparseTable<Pick>::Entry>& picks) {
  places_of_scores_.clear();
  for (std::uint32_t i = 0; i < picks.size(); ++i)
    places_of_scores_.push_back({picks[i].value.score, picks[i].value.item, i});
  std::sort(places_of_scores_.begin(), places_of_scores_.end(),
            [](const ScoredPlace& a, const ScoredPlace& b) {
              return a.score != b.score ? a.score > b.score : a.item < b.item;
            });
  order_.clear();
  for (const ScoredPlace& scored : places_of_scores_)
    order_.push_back(scored.place);
  return order_;
}

void Recommender::offer_blend(const StoreState& state, Source source) {
  const auto& picks = blend_.entries();
  const auto order = order_of(picks);
  selection.begin_source(source, order.empty() ? 0 : picks[order.front()].value.score);
  const std::size_t soon = std::min<std::size_t>(order.size(), generous(0));
  for (const std::uint32_t entry : order.first(soon))
    state.catalog.prefetch(picks[entry].value.item);
  for (const std::uint32_t entry : order) {
    if (selection.full()) return;
    selection.offer(picks[entry].value);
  }
}

void Recommender::offer_ranked(Source source) {
  selection.begin_source(source, highest(ranked_));
  for (const Pick& pick : ranked_) {
    if (selection.full()) return;
    selection.offer(pick);
  }
}

template <class Accept>
void Recommender::find_alike(const StoreState& state, std::size_t most, Accept&& accept) {
  state.content.prepare({&question.product, 1}, {}, kAllContentFields, content_scratch_.query);
  state.content.nearest(most, content_scratch_, matches_, accept);
}

void Recommender::recall_alike(const StoreState& state, CategoryId shelf) {
  const ContentCache::Key key = state.alike.key(question.product, shelf);
  bool asked = false;
  if (!state.alike.find(key, alike_)) {
    find_alike(state, ContentCache::kMostNearest, [&](ItemId item) {
      return shelf == kNoCategory ||
             state.catalog.sets().contains(state.catalog.categories(item), shelf);
    });
    alike_.nearest = matches_;
    asked = true;
  }
  alike_of_.clear();
  for (const auto* part : {&alike_.nearest, &alike_.others}) {
    for (const ContentMatch& match : *part)
      alike_of_[match.item] = match.score + 1;  // 0: not known
  }
  alike_.others.clear();
  bool news = asked;
  for (const auto& [item, pick] : blend_.entries()) {
    double& known = alike_of_[item];
    if (known == 0) {
      if (!asked) {
        state.content.prepare({&question.product, 1}, {}, kAllContentFields,
                              content_scratch_.query);
      }
      asked = news = true;
      known = state.content.cosine(content_scratch_.query, item) + 1;
    }
    alike_.others.push_back({item, known - 1});
  }
  if (news) state.alike.put(key, alike_);
}

template <class Accept>
void Recommender::blend_alternatives(const StoreState& state, Accept&& accept) {
  blend_.clear();
  const CategoryId main = state.catalog.main_category(question.product);
  const auto same_category = [&](ItemId item) {
    return main == kNoCategory ||
           state.catalog.sets().contains(state.catalog.categories(item), main);
  };
  const double known = evidence(state);
  state.sessions.predict_beside(question.product, generous(kFirstAsk), predict_scratch_,
                                candidates_);
  for (const Candidate& candidate : candidates_)
    state.catalog.prefetch(candidate.item);
  selection.begin_source(Source::session_neighbours, 0);
  const double best = highest(candidates_);
  for (const Candidate& candidate : candidates_) {
    if (candidate.item == question.product || !accept(candidate.item)) continue;
    const double near =
        candidate.score / best * (same_category(candidate.item) ? 1 : kOtherCategory);
    Pick& pick = blend_[candidate.item];
    pick.item = candidate.item;
    pick.source = Source::session_neighbours;
    pick.support = candidate.support;
    pick.because = candidate.because;
    pick.score = known * near;
    pick.add_part(Source::session_neighbours, pick.score);
  }
  if (!state.content.holds(question.product)) return;
  selection.begin_source(Source::content, 0);
  const double weight = std::max(kContentAlways, 1 - known);
  const std::size_t most = generous(kContentAsk);
  if (std::is_same_v<std::decay_t<Accept>, AnyProduct> && most <= ContentCache::kMostNearest) {
    recall_alike(state, main);
  } else {
    find_alike(state, most, [&](ItemId item) { return same_category(item) && accept(item); });
    alike_.nearest = matches_;
    alike_of_.clear();
    for (const auto& [item, pick] : blend_.entries())
      alike_of_[item] = state.content.cosine(content_scratch_.query, item) + 1;
  }
  // A neighbour by behaviour may be none of the nearest by content, and is alike all the same.
  for (auto& [item, pick] : blend_.entries()) {
    const double alike = weight * (alike_of_[item] - 1);
    pick.score += alike;
    pick.add_part(Source::content, alike);
  }
  const std::span nearest(alike_.nearest.data(), std::min(most, alike_.nearest.size()));
  for (const ContentMatch& match : nearest) {
    Pick& pick = blend_[match.item];
    const double alike = weight * match.score;
    if (pick.item == kNoItem) {
      pick.score = alike;
      pick.add_part(Source::content, alike);
    }
    pick.item = match.item;
  }
  for (auto& [item, pick] : blend_.entries()) {
    const float by_visits = pick.parts[static_cast<std::size_t>(Source::session_neighbours)];
    if (pick.parts[static_cast<std::size_t>(Source::content)] <= by_visits) continue;
    pick.source = Source::content;
    pick.because = question.product;
  }
}

void Recommender::similar(const StoreState& state) {
  if (question.product == kNoItem) return;
  blend_alternatives(state, AnyProduct());
  offer_blend(state,
              state.content.holds(question.product) ? Source::content : Source::session_neighbours);
  if (selection.full()) return;
  // What was left out may have been most of it: the visits have more to give.
  offer_neighbours(state, {&question.product, 1}, Source::session_neighbours);
  if (selection.full()) return;
  selection.begin_fallback();
  offer_partners(state, {&question.product, 1});
}

std::int64_t Recommender::price_reach(const StoreState& state, std::int64_t price) const {
  const CategoryId main = state.catalog.main_category(question.product);
  std::int64_t dearest = 0;
  const auto look = [&](ItemId item) {
    if (item == question.product || main == kNoCategory ||
        !state.catalog.sets().contains(state.catalog.categories(item), main)) {
      return;
    }
    dearest = std::max(dearest, state.catalog.price_minor(item));
  };
  for (const Profile::Bought& bought : question.profile.bought)
    look(bought.item);
  for (const Profile::Viewed& viewed : question.profile.viewed)
    look(viewed.item);
  for (const ItemId item : question.session)
    look(item);
  const double usual = question.settings.upsell_max_ratio;
  // Twice the usual step is the most, whatever was once looked at.
  const double most = 1 + 2 * (usual - 1);
  const double ratio =
      dearest > 0
          ? std::clamp(kOwnReach * static_cast<double>(dearest) / static_cast<double>(price),
                       std::min(kLeastReach, usual), most)
          : usual;
  return static_cast<std::int64_t>(static_cast<double>(price) * ratio);
}

void Recommender::upsell(const StoreState& state) {
  if (question.product == kNoItem) return;
  const Catalog::Traits from = state.catalog.traits(question.product);
  if (from.price_minor <= 0) {
    why_few_ = "the product has no price that one could go up from";
    return;
  }
  const std::int64_t reach = price_reach(state, from.price_minor);
  const double base = static_cast<double>(from.price_minor);
  const CategoryId main = state.catalog.main_category(question.product);
  const auto in_reach = [&](ItemId item) {
    const std::int64_t price = state.catalog.price_minor(item);
    return price <= reach && static_cast<double>(price) >= base * kLeastStep &&
           (main == kNoCategory ||
            state.catalog.sets().contains(state.catalog.categories(item), main));
  };
  blend_alternatives(state, in_reach);
  const double widest = std::log(static_cast<double>(reach) / base);
  for (auto& [item, pick] : blend_.entries()) {
    const Catalog::Traits to = state.catalog.traits(item);
    const double step = std::log(static_cast<double>(to.price_minor) / base);
    // The nearer to what was planned, the likelier; at the end of the reach half as likely.
    double factor = 1 - 0.5 * std::clamp(step / widest, 0.0, 1.0);
    factor *= 1 + kBetterRated * std::clamp(5 * better_rated(from, to), -0.9, 1.0);
    if (larger(state.catalog, from, to).found()) factor *= 1 + kLarger;
    pick.score *= factor;
    pick.because = question.product;
  }
  offer_blend(state, Source::content);
  why_few_ = "nothing more of its kind costs more and is within reach";
}

}  // namespace souk::recommendations
