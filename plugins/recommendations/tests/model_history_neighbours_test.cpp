// Next items after a history: what others took around the same items, bounded and forgettable.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "plugins/recommendations/model/history_neighbours.hpp"
#include "plugins/recommendations/tests/model_fixtures.hpp"

namespace souk::recommendations {
namespace {

using Items = std::vector<ItemId>;

class Trails {
 public:
  explicit Trails(HistoryNeighboursSettings settings = {}) : model(std::move(settings)) {}

  void walk(const std::string& shopper, const Items& items) {
    for (const ItemId item : items)
      model.observe(shopper, item, now_us_ += 1'000'000);
  }
  void walk(const std::string& name, int count, const Items& items) {
    for (int i = 0; i < count; ++i)
      walk(name + std::to_string(i), items);
  }
  std::vector<Candidate> after(const Items& history, const std::string& self = {},
                               HistoryEffort effort = HistoryEffort::full) {
    std::vector<Candidate> out;
    model.predict(history, self, 20, scratch_, out, effort);
    return out;
  }

  HistoryNeighbours model;

 private:
  HistoryScratch scratch_;
  std::int64_t now_us_ = 0;
};

HistoryNeighboursSettings small() {
  HistoryNeighboursSettings settings;
  settings.limits.max_items = 1000;
  settings.limits.max_sessions = 1000;
  return settings;
}

const Candidate* find(const std::vector<Candidate>& list, ItemId item) {
  const auto at =
      std::find_if(list.begin(), list.end(), [&](const Candidate& c) { return c.item == item; });
  return at == list.end() ? nullptr : &*at;
}

TEST(HistoryNeighbours, NamesTheSettingThatIsWrong) {
  HistoryNeighboursSettings settings;
  settings.query_items = 0;
  EXPECT_EQ(validate(settings).field(), "query_items");
  settings.query_items = 8;
  settings.mass_power = 1.5;
  EXPECT_EQ(validate(settings).field(), "mass_power");
  EXPECT_TRUE(validate(HistoryNeighboursSettings{}).ok());
}

TEST(HistoryNeighbours, OfNothingKnowsNothing) {
  Trails trails(small());
  EXPECT_TRUE(trails.after({}).empty());
  EXPECT_TRUE(trails.after({1, 2, 3}).empty());
  EXPECT_FALSE(trails.model.observe("ada", 1000, 0));  // beyond max_items
  trails.walk("ada", {1, 2});
  EXPECT_TRUE(trails.after({1}, "ada").empty());  // nobody but herself
  EXPECT_TRUE(trails.after({999}).empty());
}

TEST(HistoryNeighbours, WhatCameNextLeadsAndHadItemsStayOut) {
  Trails trails(small());
  trails.walk("a", 6, {1, 2});
  trails.walk("b", 2, {1, 5});
  const auto found = trails.after({7, 1});
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().item, 2u);
  EXPECT_EQ(found.front().because, 1u);
  EXPECT_GE(found.front().support, 6u);
  EXPECT_NE(find(found, 5), nullptr);
  EXPECT_EQ(find(trails.after({2, 1}), 2), nullptr);
}

TEST(HistoryNeighbours, ScoresAddUpToOneAndFall) {
  Trails trails(small());
  trails.walk("a", 6, {1, 2, 3});
  trails.walk("b", 3, {3, 4, 5});
  const auto found = trails.after({1});
  double sum = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    sum += found[i].score;
    EXPECT_LE(found[i].score, i > 0 ? found[i - 1].score : 1);
  }
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST(HistoryNeighbours, TheSecondHopReachesFurther) {
  Trails trails(small());
  trails.walk("a", 3, {1, 2});
  trails.walk("b", 3, {2, 9});
  const auto full = trails.after({1});
  ASSERT_NE(find(full, 9), nullptr);
  EXPECT_EQ(find(full, 9)->because, 1u);
  EXPECT_EQ(find(trails.after({1}, {}, HistoryEffort::brief), 9), nullptr);
}

TEST(HistoryNeighbours, ForgettingTakesTheTrailAway) {
  Trails trails(small());
  trails.walk("ada", {1, 2});
  trails.walk("bob", {1, 3});
  trails.model.forget("ada");
  const auto found = trails.after({1});
  EXPECT_EQ(find(found, 2), nullptr);
  EXPECT_NE(find(found, 3), nullptr);
}

TEST(HistoryNeighbours, OneTrailBecomesAnothers) {
  Trails trails(small());
  trails.walk("anonymous", {1, 2});
  trails.walk("ada", {8});
  trails.model.adopt("anonymous", "ada", 5'000'000);
  Items items;
  trails.model.trail("ada", items);
  EXPECT_EQ(items, (Items{8, 1, 2}));
  trails.model.trail("anonymous", items);
  EXPECT_TRUE(items.empty());
  trails.model.adopt("nobody", "ada", 5'000'000);  // changes nothing
  trails.model.trail("ada", items);
  EXPECT_EQ(items.size(), 3u);
}

TEST(HistoryNeighbours, TwiceInARowCountsOnce) {
  Trails trails(small());
  trails.walk("ada", {1, 1, 2, 2, 1});
  Items items;
  trails.model.trail("ada", items);
  EXPECT_EQ(items, (Items{1, 2, 1}));
}

TEST(HistoryNeighbours, AHistoryOfThousandsKeepsItsNewest) {
  Trails trails(small());
  Items all;
  for (ItemId i = 0; i < 5'000; ++i)
    all.push_back(i % 1'000);
  trails.walk("ada", all);
  Items items;
  trails.model.trail("ada", items);
  ASSERT_EQ(items.size(), 64u);
  EXPECT_EQ(items.back(), 999u);
  trails.walk("bob", {999, 5});
  EXPECT_EQ(trails.after(all, "ada").size(), 0u);  // all of it was had
}

TEST(HistoryNeighbours, TheSameEventsGiveTheSameBytesAndAnswers) {
  Trails first(small());
  Trails second(small());
  for (const auto& click : testing::random_clicks(7, 200, 300, 4'000)) {
    first.model.observe(click.session, click.item, click.time_us);
    second.model.observe(click.session, click.item, click.time_us);
  }
  BufferSink sink;
  ASSERT_TRUE(first.model.save(sink).ok());
  BufferSink other;
  ASSERT_TRUE(second.model.save(other).ok());
  EXPECT_EQ(sink.bytes, other.bytes);

  Trails loaded(small());
  BufferSource source(sink.bytes);
  ASSERT_TRUE(loaded.model.load(source).ok());
  const auto before = first.after({3, 9, 40});
  const auto after = loaded.after({3, 9, 40});
  ASSERT_EQ(before.size(), after.size());
  ASSERT_FALSE(before.empty());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].item, after[i].item);
    EXPECT_EQ(before[i].score, after[i].score);
  }
}

TEST(HistoryNeighbours, ABrokenSnapshotIsRefused) {
  Trails trails(small());
  trails.walk("ada", {1, 2});
  BufferSink sink;
  ASSERT_TRUE(trails.model.save(sink).ok());
  sink.bytes[sink.bytes.size() / 2] ^= std::byte{1};
  Trails loaded(small());
  BufferSource source(sink.bytes);
  EXPECT_FALSE(loaded.model.load(source).ok());
}

}  // namespace
}  // namespace souk::recommendations
