#include "plugins/recommendations/model/segment_trends.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace souk::recommendations {
namespace {
constexpr std::int64_t kHour = 3'600'000'000;
constexpr std::uint64_t kPerson = std::uint64_t{1} << 58;  // people one bit apart

struct Read {
  SegmentTrends::Segment segment;
  std::vector<TrendingItem> items;
};
Read read(const SegmentTrends& model, SegmentId segment, std::int64_t now = 0) {
  Read found;
  found.segment = model.read(segment, now, found.items);
  return found;
}

TEST(SegmentTrends, RefusesWhatCannotBeCounted) {
  EXPECT_TRUE(validate(SegmentTrendsSettings{}).ok());
  EXPECT_EQ(validate({.items = 7}).field(), "items");
  SegmentTrends model({.max_segments = 2});
  EXPECT_FALSE(model.observe(2, 1, 0, 0));
  EXPECT_EQ(model.dropped(), 1u);
  EXPECT_FALSE(model.observe(0, kNoItem, 0, 0));
  EXPECT_FALSE(model.observe(0, 1, 0, 0, 0));
  EXPECT_FALSE(model.observe(0, 1, 0, 0, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(read(model, 0).segment.events, 0u);
  EXPECT_EQ(read(model, 77).segment.events, 0u);
}

TEST(SegmentTrends, CountsFadeAndPeopleAreTold) {
  SegmentTrends model({.half_life_us = kHour});
  for (std::uint64_t person = 0; person < 3; ++person)
    EXPECT_TRUE(model.observe(1, 5, person * kPerson, 0));
  model.observe(1, 6, 0, 0);
  const Read now = read(model, 1);
  EXPECT_EQ(now.segment.people, 3u);
  EXPECT_EQ(now.segment.events, 4u);
  ASSERT_EQ(now.items.size(), 2u);
  EXPECT_EQ(now.items[0].item, 5u);
  EXPECT_DOUBLE_EQ(now.items[0].score, 3);
  const Read later = read(model, 1, kHour);
  EXPECT_DOUBLE_EQ(later.items[0].score, 1.5);
  EXPECT_DOUBLE_EQ(later.segment.weight, 2);
  EXPECT_TRUE(read(model, 0).items.empty()) << "another segment";
}

// What is read never exceeds the truth, and no product with more than 1/items of all is missed.
TEST(SegmentTrends, FewCountersFindTheHeavyHitters) {
  SegmentTrends model({.items = 32});
  std::mt19937 random(7);
  std::map<ItemId, double> truth;
  double all = 0;
  for (int i = 0; i < 20'000; ++i) {
    const double u = static_cast<double>(random() % 1'000'000 + 1) / 1e6;
    const auto item = static_cast<ItemId>(std::min(5'000.0, 1 / (u + 1e-4)));
    truth[item] += 1;
    all += 1;
    model.observe(0, item, random(), 0);
  }
  model.publish();
  const Read found = read(model, 0);
  EXPECT_LE(found.items.size(), 32u);
  std::map<ItemId, double> counted;
  for (const TrendingItem& item : found.items) {
    EXPECT_LE(item.score, truth[item.item] + 1e-6);
    counted[item.item] = item.score;
  }
  for (const auto& [item, count] : truth) {
    if (count > all / 16) {
      EXPECT_GT(counted[item], count / 2) << item;
    }
  }
}

TEST(SegmentTrends, TheSameEventsAreTheSameBytesAndGoOnAlike) {
  const SegmentTrendsSettings settings{.max_segments = 4, .items = 8, .half_life_us = kHour};
  SegmentTrends model(settings);
  for (int i = 0; i < 500; ++i)
    model.observe(static_cast<SegmentId>(i % 3), static_cast<ItemId>(i * i % 40),
                  static_cast<std::uint64_t>(i) << 54, i * kHour);
  BufferSink before;
  ASSERT_TRUE(model.save(before).ok());
  SegmentTrends restored(settings);
  BufferSource source(before.bytes);
  ASSERT_TRUE(restored.load(source, 40).ok());
  for (SegmentTrends* each : {&model, &restored}) {
    for (int i = 0; i < 100; ++i)
      each->observe(static_cast<SegmentId>(i % 4), static_cast<ItemId>(i % 40), 1, 600 * kHour);
    each->publish();
  }
  BufferSink a, b;
  ASSERT_TRUE(model.save(a).ok());
  ASSERT_TRUE(restored.save(b).ok());
  EXPECT_EQ(a.bytes, b.bytes);
  for (SegmentId segment = 0; segment < 4; ++segment) {
    const Read one = read(model, segment, 600 * kHour);
    const Read other = read(restored, segment, 600 * kHour);
    ASSERT_EQ(one.items.size(), other.items.size());
    for (std::size_t i = 0; i < one.items.size(); ++i)
      EXPECT_EQ(one.items[i].item, other.items[i].item);
  }
  SegmentTrends narrow(settings);
  BufferSource again(before.bytes);
  EXPECT_EQ(narrow.load(again, 10).code(), Code::data_loss) << "products that are none";
}

TEST(BlendWithShop, AThinSegmentIsTheShop) {
  const std::vector<TrendingItem> shop{{1, 60}, {2, 30}, {3, 10}};
  SparseTable<std::uint32_t> places;
  std::vector<TrendingItem> out = shop;
  blend_with_shop({}, 0, 100, places, out);
  for (std::size_t i = 0; i < shop.size(); ++i)
    EXPECT_EQ(out[i].item, shop[i].item);
  // One event of 3 against a prior of 100 changes no place.
  const std::vector<TrendingItem> thin{{3, 1}};
  out = shop;
  blend_with_shop(thin, 1, 100, places, out);
  EXPECT_EQ(out[0].item, 1u);
  EXPECT_EQ(out[2].item, 3u);
  // p(i) = (c_i + prior s_i / S) / (C + prior); scores are S times that.
  const std::vector<TrendingItem> thick{{3, 250}, {9, 50}};
  out = shop;
  blend_with_shop(thick, 300, 100, places, out);
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[0].item, 3u);
  EXPECT_DOUBLE_EQ(out[0].score, 100 * (250 + 10) / 400.0);
  EXPECT_EQ(out[1].item, 1u);
  EXPECT_EQ(out[2].item, 9u);
  EXPECT_DOUBLE_EQ(out[2].score, 100 * 50 / 400.0);
}

}  // namespace
}  // namespace souk::recommendations
