#include "plugins/recommendations/model/trending.hpp"

#include <algorithm>
#include <cmath>

#include "plugins/recommendations/model/setting_ranges.hpp"

namespace souk::recommendations {
namespace {
// Values stay far from the largest double (2^1024) at 512 half-lives and a weight of any sense.
constexpr double kMostHalfLives = 512;
constexpr std::uint32_t kLongestList = 1000;

template <class Settings, class Visit>
void for_each_trending_setting(Settings& s, Visit&& visit) {
  visit("max_items", s.max_items, 1u, 1u << 28);
  visit("max_categories", s.max_categories, 1u, 1'000'000u);
  visit("half_life_us", s.half_life_us, std::int64_t{1'000'000}, std::int64_t{315'576'000'000'000});
  visit("top", s.top, 1u, kLongestList);
  visit("category_top", s.category_top, 1u, kLongestList);
  visit("publish_every", s.publish_every, 1u, 100'000u);
}

constexpr auto kEachTrendingSetting = [](auto& settings, auto&& visit) {
  for_each_trending_setting(settings, visit);
};

void add_one(std::atomic<std::uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}
}  // namespace

Status validate(const TrendingSettings& settings) {
  return first_out_of_range(settings, kEachTrendingSetting);
}

Trending::Trending(const TrendingSettings& settings)
    : settings_(brought_into_range(settings, kEachTrendingSetting)),
      values_(settings_.max_items),
      overall_(settings_.top),
      by_category_(settings_.max_categories) {}

bool Trending::observe(ItemId item, std::span<const CategoryId> categories, std::int64_t time_us,
                       double weight) {
  if (item >= settings_.max_items || !(weight > 0) || !std::isfinite(weight) ||
      !values_.ensure(item)) {
    add_one(dropped_);
    return false;
  }
  if (events() == 0) landmark_us_ = time_us;
  const auto half_life = static_cast<double>(settings_.half_life_us);
  double age = (static_cast<double>(time_us) - static_cast<double>(landmark_us_)) / half_life;
  if (age > kMostHalfLives) {
    rescale(time_us);
    age = 0;
  }
  add_one(events_);
  items_end_ = std::max(items_end_, item + 1);
  values_[item] += weight * std::exp2(age);
  raise(overall_, item);
  count_event(overall_);
  for (const CategoryId category : categories) {
    List* list = list_of(category);
    if (list == nullptr) {
      add_one(dropped_);
      continue;
    }
    raise(*list, item);
    count_event(*list);
  }
  return true;
}

void Trending::take_back(ItemId item, std::span<const CategoryId> categories, std::int64_t time_us,
                         double weight) {
  if (!values_.has(item) || !(weight > 0) || !std::isfinite(weight) || time_us < landmark_us_) {
    return;
  }
  const double age = (static_cast<double>(time_us) - static_cast<double>(landmark_us_)) /
                     static_cast<double>(settings_.half_life_us);
  if (age > kMostHalfLives) return;
  values_[item] = std::max(0.0, values_[item] - weight * std::exp2(age));
  lower(overall_, item);
  count_event(overall_);
  for (const CategoryId category : categories) {
    List* list = list_of(category);
    if (list == nullptr) continue;
    lower(*list, item);
    count_event(*list);
  }
}

void Trending::leave(ItemId item, CategoryId category) {
  if (!by_category_.has(category)) return;
  List* list = by_category_[category].load(std::memory_order_relaxed);
  if (list == nullptr || std::erase(list->items, item) == 0) return;
  count_event(*list);
}

void Trending::lower(List& list, ItemId item) {
  auto& items = list.items;
  auto at = std::find(items.begin(), items.end(), item);
  if (at == items.end()) return;
  if (value(item) <= 0) {
    items.erase(at);
    return;
  }
  for (auto next = at + 1; next != items.end() && before(*next, *at); ++at, ++next)
    std::swap(*at, *next);
}

Trending::List* Trending::list_of(CategoryId category) {
  if (category >= settings_.max_categories || !by_category_.ensure(category)) return nullptr;
  auto& place = by_category_[category];
  List* list = place.load(std::memory_order_relaxed);
  if (list != nullptr) return list;
  lists_.push_back(std::make_unique<List>(settings_.category_top));
  categories_.push_back(category);
  list = lists_.back().get();
  place.store(list, std::memory_order_release);
  return list;
}

bool Trending::before(ItemId a, ItemId b) const {
  return value(a) != value(b) ? value(a) > value(b) : a < b;
}

// The item's value has grown: it moves up in the list, or into it.
void Trending::raise(List& list, ItemId item) {
  auto& items = list.items;
  const bool full = items.size() == list.capacity;
  if (full && item != items.back() && before(items.back(), item)) return;
  auto at = std::find(items.rbegin(), items.rend(), item);
  if (at == items.rend()) {
    if (full) {
      items.back() = item;
    } else {
      items.push_back(item);
    }
    at = items.rbegin();
  }
  for (auto up = at + 1; up != items.rend() && before(item, *up); ++up, ++at)
    std::swap(*at, *up);
}

void Trending::count_event(List& list) {
  if (list.unpublished++ == 0) unpublished_.push_back(&list);
  // A young list is published at every event, so that a new shop has something to show at once.
  const std::uint64_t due = std::min<std::uint64_t>(settings_.publish_every, 1 + ++list.events / 8);
  if (list.unpublished >= due) publish(list);
}

void Trending::publish(List& list) {
  const bool done = list.view.publish([&](View& view) {
    view.landmark_us = landmark_us_;
    view.items.clear();
    for (const ItemId item : list.items)
      view.items.push_back({item, value(item)});
  });
  if (!done) return;  // every copy is being read: the next event or publish() tries again
  list.unpublished = 0;
  std::erase(unpublished_, &list);
}

void Trending::publish() {
  for (std::size_t i = unpublished_.size(); i-- > 0;)
    publish(*unpublished_[i]);
}

void Trending::rescale(std::int64_t time_us) {
  const double age = (static_cast<double>(time_us) - static_cast<double>(landmark_us_)) /
                     static_cast<double>(settings_.half_life_us);
  const double factor = std::exp2(-age);
  for (ItemId item = 0; item < items_end_; ++item) {
    if (values_.has(item)) values_[item] *= factor;
  }
  landmark_us_ = time_us;
  // What has faded to nothing is equal now: ties go to the smaller item as everywhere.
  const auto sort = [&](List& list) {
    std::sort(list.items.begin(), list.items.end(),
              [&](ItemId a, ItemId b) { return before(a, b); });
  };
  sort(overall_);
  for (const auto& list : lists_)
    sort(*list);
}

void Trending::read(const List& list, std::size_t k, std::int64_t now_us,
                    std::vector<TrendingItem>& out) const {
  list.view.read([&](const View& view) {
    const double age = (static_cast<double>(now_us) - static_cast<double>(view.landmark_us)) /
                       static_cast<double>(settings_.half_life_us);
    const double factor = std::exp2(-age);
    const std::size_t size = std::min(k, view.items.size());
    out.assign(view.items.begin(), view.items.begin() + static_cast<std::ptrdiff_t>(size));
    for (TrendingItem& entry : out)
      entry.score *= factor;
  });
}

void Trending::top(std::size_t k, std::int64_t now_us, std::vector<TrendingItem>& out) const {
  read(overall_, k, now_us, out);
}

void Trending::top_of_category(CategoryId category, std::size_t k, std::int64_t now_us,
                               std::vector<TrendingItem>& out) const {
  out.clear();
  if (!by_category_.has(category)) return;
  const List* list = by_category_[category].load(std::memory_order_acquire);
  if (list != nullptr) read(*list, k, now_us, out);
}

std::size_t Trending::memory_bytes() const {
  std::size_t bytes = values_.memory_bytes() + by_category_.memory_bytes();
  for (const auto& list : lists_) {
    bytes += sizeof(List) + list->capacity * (4 * sizeof(TrendingItem) + sizeof(ItemId));
  }
  return bytes + settings_.top * (4 * sizeof(TrendingItem) + sizeof(ItemId));
}

Status Trending::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKTR", 1);
  out.u64(events());
  out.u64(dropped());
  out.i64(landmark_us_);
  out.u32(items_end_);
  for (ItemId item = 0; item < items_end_; ++item) {
    out.f64(values_.has(item) ? value(item) : 0.0);
  }
  const auto save_list = [&](const List& list) {
    out.u64(list.events);
    out.u32(static_cast<std::uint32_t>(list.items.size()));
    for (const ItemId item : list.items)
      out.u32(item);
  };
  save_list(overall_);
  out.u32(static_cast<std::uint32_t>(lists_.size()));
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    out.u32(categories_[i]);
    save_list(*lists_[i]);
  }
  return out.finish();
}

Status Trending::load(ByteSource& source) {
  if (events() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  SnapshotReader in(source, "SKTR", 1);
  const std::uint64_t events = in.u64();
  dropped_.store(in.u64(), std::memory_order_relaxed);
  landmark_us_ = in.i64();
  const std::uint32_t items = in.count(settings_.max_items, "the number of items (max_items)");
  for (ItemId item = 0; in.ok() && item < items; ++item) {
    const double found = in.f64();
    if (!in.ok()) break;
    if (!std::isfinite(found) || found < 0) {
      in.fail("an item's count is not a number of events");
    } else if (!values_.ensure(item)) {
      in.fail("there is no memory for its items");
    } else {
      values_[item] = found;
    }
  }
  items_end_ = in.ok() ? items : 0;
  load_list(overall_, in);
  const std::uint32_t lists = in.count(settings_.max_categories, "the number of categories");
  for (std::uint32_t i = 0; in.ok() && i < lists; ++i) {
    List* list = list_of(in.count(settings_.max_categories - 1, "a category (max_categories)"));
    if (list == nullptr) return Status(Code::resource_exhausted, "no memory for the categories");
    load_list(*list, in);
  }
  events_.store(events, std::memory_order_relaxed);
  const Status status = in.finish();
  if (status.ok()) {
    publish(overall_);
    for (const auto& list : lists_)
      publish(*list);
  }
  return status;
}

void Trending::load_list(List& list, SnapshotReader& in) {
  list.events = in.u64();
  const std::uint32_t size = in.count(kLongestList, "the length of a list");
  for (std::uint32_t i = 0; in.ok() && i < size; ++i) {
    const ItemId item = in.count(items_end_ == 0 ? 0 : items_end_ - 1, "an item of a list");
    if (!in.ok() || items_end_ == 0) return in.fail("a list names items that it does not hold");
    if (list.items.size() < list.capacity) list.items.push_back(item);
  }
}

}  // namespace souk::recommendations
