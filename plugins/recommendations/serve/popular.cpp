// What is wanted by many, and what this shopper looked at last.
#include <algorithm>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {
namespace {
constexpr std::size_t kMostPopularTrending = 1000;
// Nearly always these suffice; the list is copied as far as it is asked for.
constexpr std::size_t kFirstTrending = 32;
// The newest that are looked at where nothing else fills an answer.
constexpr std::size_t kMostNew = 400;
// A segment's trend is drawn to the shop's as if the shop had had so many of its events (in views).
constexpr double kSegmentPrior = 100;
// Fewer people than these are no crowd: what they do would be told to the others.
constexpr std::uint32_t kLeastPeople = 5;
constexpr std::uint32_t kMostPeopleNeeded = 40;  // of the 64 bits that tell people apart
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
  // What is new is nothing like a product that a page is about.
  const bool about_the_shop = question.kind == Kind::for_you || question.kind == Kind::trending;
  if (!selection.full() && about_the_shop) offer_new(state, category);
}

void Recommender::offer_new(const StoreState& state, CategoryId category) {
  state.arrivals.newest(0, kMostNew, arrivals_);
  if (arrivals_.empty()) return;
  selection.begin_fallback();
  selection.begin_source(Source::new_arrivals, 1);
  double score = 1;
  const auto offer = [&](bool of_category) {
    for (const Arrivals::Arrival& arrival : arrivals_) {
      if (selection.full()) return;
      if (of_category &&
          !state.catalog.sets().contains(state.catalog.categories(arrival.item), category)) {
        continue;
      }
      Pick pick{.item = arrival.item, .score = score, .source = Source::new_arrivals};
      pick.add_part(Source::new_arrivals, score);
      if (selection.offer(pick)) score *= 0.99;
    }
  };
  if (category != kNoCategory) offer(true);
  offer(false);
}

void Recommender::favour_segment(const StoreState& state, CategoryId category) {
  if (question.segment_id == kNoItem) {
    if (!question.segment.empty()) segment_note_ = "nobody of this segment has been seen";
    return;
  }
  segment_ = state.segments.read(question.segment_id, question.now_us, segment_items_);
  const std::uint32_t needed =
      std::clamp(question.settings.min_people_in_reason, kLeastPeople, kMostPeopleNeeded);
  if (segment_.people < needed) {
    segment_ = {};
    if (!question.segment.empty())
      segment_note_ = "too few shoppers of this segment have been seen";
    return;
  }
  double weight = segment_.weight;
  if (category != kNoCategory) {
    weight = 0;
    std::erase_if(segment_items_, [&](const TrendingItem& item) {
      return !state.catalog.sets().contains(state.catalog.categories(item.item), category);
    });
    for (const TrendingItem& item : segment_items_)
      weight += item.score;
  }
  selection.begin_source(Source::segment_trending, 0);
  blend_with_shop(segment_items_, weight, kSegmentPrior, places_, trending_);
}

void Recommender::offer_trending(const StoreState& state, CategoryId category) {
  const bool overall = category == kNoCategory;
  const Source source = overall ? Source::trending : Source::category_trending;
  const auto read = [&](std::size_t most) {
    if (overall) {
      state.trending.top(most, question.now_us, trending_);
    } else {
      state.trending.top_of_category(category, most, question.now_us, trending_);
    }
  };
  const bool segments = question.kind == Kind::trending &&
                        (question.segment_id != kNoItem || !question.segment.empty());
  const std::size_t first = segments ? kMostPopularTrending : generous(kFirstTrending);
  read(first);
  if (segments) favour_segment(state, category);
  selection.begin_source(source, highest(trending_));
  prefetch(state, trending_);
  const auto offer_from = [&](std::size_t begin) {
    for (std::size_t i = begin; i < trending_.size() && !selection.full(); ++i) {
      const TrendingItem& popular = trending_[i];
      Pick pick{.item = popular.item, .score = popular.score, .source = source};
      pick.add_part(source, popular.score);
      pick.category = category;
      selection.offer(pick);
    }
  };
  offer_from(0);
  if (selection.full() || segments || trending_.size() < first) return;
  read(kMostPopularTrending);
  offer_from(0);  // the list may have changed; what was judged is passed over
}

}  // namespace souk::recommendations
