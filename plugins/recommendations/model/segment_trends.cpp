#include "plugins/recommendations/model/segment_trends.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "plugins/recommendations/model/setting_ranges.hpp"

namespace souk::recommendations {
namespace {
// Values stay far from the largest double (2^1024) at 512 half-lives and a weight of any sense.
constexpr double kMostSegmentHalfLives = 512;

constexpr auto kEachSegmentSetting = [](auto& s, auto&& visit) {
  visit("max_segments", s.max_segments, 1u, 10'000u);
  visit("items", s.items, 8u, 4096u);
  visit("half_life_us", s.half_life_us, std::int64_t{1'000'000}, std::int64_t{315'576'000'000'000});
  visit("publish_every", s.publish_every, 1u, 100'000u);
};

bool more_popular(const TrendingItem& a, const TrendingItem& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}
}  // namespace

Status validate(const SegmentTrendsSettings& settings) {
  return first_out_of_range(settings, kEachSegmentSetting);
}

SegmentTrends::SegmentTrends(const SegmentTrendsSettings& settings)
    : settings_(brought_into_range(settings, kEachSegmentSetting)),
      by_segment_(new std::atomic<Trend*>[settings_.max_segments] {}) {}

SegmentTrends::Trend* SegmentTrends::trend_of(SegmentId segment) {
  auto& place = by_segment_[segment];
  Trend* trend = place.load(std::memory_order_relaxed);
  if (trend != nullptr) return trend;
  trends_.push_back(std::make_unique<Trend>());
  trend = trends_.back().get();
  place.store(trend, std::memory_order_release);
  return trend;
}

bool SegmentTrends::observe(SegmentId segment, ItemId item, std::uint64_t person,
                            std::int64_t time_us, double weight) {
  if (!(weight > 0) || !std::isfinite(weight) || item == kNoItem) return false;
  if (segment >= settings_.max_segments) {
    dropped_.store(dropped() + 1, std::memory_order_relaxed);
    return false;
  }
  Trend& trend = *trend_of(segment);
  if (trend.events == 0) trend.landmark_us = time_us;
  const auto half_life = static_cast<double>(settings_.half_life_us);
  const auto age = [&] { return static_cast<double>(time_us - trend.landmark_us) / half_life; };
  if (age() > kMostSegmentHalfLives) rescale(trend, time_us);
  const double now = weight * std::exp2(age());
  trend.weight += now;
  ++trend.events;
  trend.people |= std::uint64_t{1} << (person >> 58);
  count(trend, item, now);
  if (trend.unpublished++ == 0) unpublished_.push_back(&trend);
  // A young segment is published at every event, so that it counts at once.
  const std::uint64_t due = std::min<std::uint64_t>(settings_.publish_every, 1 + trend.events / 8);
  if (trend.unpublished >= due) publish(trend);
  return true;
}

void SegmentTrends::count(Trend& trend, ItemId item, double weight) const {
  auto& counters = trend.counters;
  const auto found = std::find_if(counters.begin(), counters.end(),
                                  [&](const Counter& counter) { return counter.item == item; });
  if (found != counters.end()) {
    found->count += weight;
    return;
  }
  if (counters.size() < settings_.items) {
    counters.push_back({item, weight, 0});
    return;
  }
  // Of several least ones the first: the same events leave the same counters.
  Counter& least =
      *std::min_element(counters.begin(), counters.end(),
                        [](const Counter& a, const Counter& b) { return a.count < b.count; });
  least = {item, least.count + weight, least.count};
}

void SegmentTrends::rescale(Trend& trend, std::int64_t time_us) const {
  const double factor = std::exp2(-static_cast<double>(time_us - trend.landmark_us) /
                                  static_cast<double>(settings_.half_life_us));
  trend.weight *= factor;
  for (Counter& counter : trend.counters) {
    counter.count *= factor;
    counter.error *= factor;
  }
  trend.landmark_us = time_us;
}

void SegmentTrends::publish(Trend& trend) {
  const bool done = trend.view.publish([&](View& view) {
    view.landmark_us = trend.landmark_us;
    view.segment = {trend.weight, static_cast<std::uint32_t>(std::popcount(trend.people)),
                    trend.events};
    view.items.clear();
    for (const Counter& counter : trend.counters) {
      const double sure = counter.count - counter.error;
      if (sure > 0) view.items.push_back({counter.item, sure});
    }
    std::sort(view.items.begin(), view.items.end(), more_popular);
  });
  if (!done) return;  // every copy is being read: the next event or publish() tries again
  trend.unpublished = 0;
  std::erase(unpublished_, &trend);
}

void SegmentTrends::publish() {
  for (std::size_t i = unpublished_.size(); i-- > 0;)
    publish(*unpublished_[i]);
}

SegmentTrends::Segment SegmentTrends::read(SegmentId segment, std::int64_t now_us,
                                           std::vector<TrendingItem>& items) const {
  items.clear();
  Segment found;
  if (segment >= settings_.max_segments) return found;
  const Trend* const trend = by_segment_[segment].load(std::memory_order_acquire);
  if (trend == nullptr) return found;
  trend->view.read([&](const View& view) {
    const double factor = std::exp2(-static_cast<double>(now_us - view.landmark_us) /
                                    static_cast<double>(settings_.half_life_us));
    found = view.segment;
    found.weight *= factor;
    items.assign(view.items.begin(), view.items.end());
    for (TrendingItem& item : items)
      item.score *= factor;
  });
  return found;
}

std::size_t SegmentTrends::memory_bytes() const {
  std::size_t bytes = settings_.max_segments * sizeof(std::atomic<Trend*>);
  for (const auto& trend : trends_) {
    bytes += sizeof(Trend) + trend->counters.capacity() * sizeof(Counter) +
             4 * trend->counters.size() * sizeof(TrendingItem);
  }
  return bytes;
}

Status SegmentTrends::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKSG", 1);
  out.u64(dropped());
  out.u32(static_cast<std::uint32_t>(trends_.size()));
  for (SegmentId segment = 0; segment < settings_.max_segments; ++segment) {
    const Trend* const trend = by_segment_[segment].load(std::memory_order_relaxed);
    if (trend == nullptr) continue;
    out.u32(segment);
    out.i64(trend->landmark_us);
    out.f64(trend->weight);
    out.u64(trend->events);
    out.u64(trend->people);
    out.u32(static_cast<std::uint32_t>(trend->counters.size()));
    for (const Counter& counter : trend->counters) {
      out.u32(counter.item);
      out.f64(counter.count);
      out.f64(counter.error);
    }
  }
  return out.finish();
}

Status SegmentTrends::load(ByteSource& source, std::uint32_t items) {
  if (!trends_.empty()) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  SnapshotReader in(source, "SKSG", 1);
  dropped_.store(in.u64(), std::memory_order_relaxed);
  constexpr std::uint32_t kMostSegments = 10'000;
  constexpr std::uint32_t kMostItems = 4096;
  const auto sound = [](double value) { return std::isfinite(value) && value >= 0; };
  const std::uint32_t count_of_segments = in.count(kMostSegments, "the number of segments");
  for (std::uint32_t i = 0; in.ok() && i < count_of_segments; ++i) {
    const SegmentId segment = in.count(kMostSegments - 1, "a segment's number");
    Trend read;
    read.landmark_us = in.i64();
    read.weight = in.f64();
    read.events = in.u64();
    read.people = in.u64();
    const std::uint32_t counters = in.count(kMostItems, "the products of a segment");
    for (std::uint32_t c = 0; in.ok() && c < counters; ++c) {
      Counter counter{in.u32(), in.f64(), in.f64()};
      if (!in.ok()) break;
      if (counter.item >= items || !sound(counter.count) || !sound(counter.error)) {
        in.fail("a product of a segment is malformed");
        break;
      }
      // With a smaller setting than before the first ones stay.
      if (read.counters.size() < settings_.items) read.counters.push_back(counter);
    }
    if (!in.ok()) break;
    if (!sound(read.weight)) in.fail("a segment's weight is no number of events");
    if (segment >= settings_.max_segments) continue;  // a smaller setting than before
    if (by_segment_[segment].load(std::memory_order_relaxed) != nullptr) {
      in.fail("a segment stands there twice");
      break;
    }
    Trend& trend = *trend_of(segment);
    trend.landmark_us = read.landmark_us;
    trend.weight = read.weight;
    trend.events = read.events;
    trend.people = read.people;
    trend.counters = std::move(read.counters);
    publish(trend);
  }
  return in.finish();
}

void blend_with_shop(std::span<const TrendingItem> segment, double segment_weight, double prior,
                     SparseTable<std::uint32_t>& places, std::vector<TrendingItem>& shop) {
  if (!(segment_weight > 0)) return;
  double all = 0;
  for (const TrendingItem& item : shop)
    all += item.score;
  if (!(all > 0)) all = 1;
  const double scale = all / (segment_weight + prior);
  places.clear();
  for (TrendingItem& item : shop) {
    // One more than the place: what the table has not met is 0.
    places[item.item] = static_cast<std::uint32_t>(&item - shop.data()) + 1;
    item.score *= scale * prior / all;
  }
  for (const TrendingItem& item : segment) {
    std::uint32_t& place = places[item.item];
    if (place == 0) {
      shop.push_back({item.item, 0});
      place = static_cast<std::uint32_t>(shop.size());
    }
    shop[place - 1].score += scale * item.score;
  }
  std::sort(shop.begin(), shop.end(), more_popular);
}

}  // namespace souk::recommendations
