// The store of interactions, and the matrix that training makes of it.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "plugins/recommendations/model/interactions.hpp"
#include "plugins/recommendations/model/training_data.hpp"

namespace souk::recommendations::testing {
namespace {

std::vector<Interaction> copy_of(const Interactions& store) {
  std::vector<Interaction> out;
  store.copy(out);
  return out;
}

std::vector<ItemId> items_of(const Interactions& store) {
  std::vector<ItemId> out;
  for (const Interaction& one : copy_of(store))
    out.push_back(one.item);
  return out;
}

TEST(Interactions, RefusesItemsBeyondItsRange) {
  Interactions store(10);
  EXPECT_FALSE(store.observe(1, kNoItem, Interest::view));
  EXPECT_FALSE(store.observe(1, Interactions::kMostItems, Interest::view));
  EXPECT_EQ(store.size(), 0u);
  EXPECT_EQ(store.dropped(), 2u);
  EXPECT_TRUE(copy_of(store).empty());
}

TEST(Interactions, KeepsTheNewestAndCountsTheRest) {
  Interactions store(5);
  for (ItemId item = 0; item < 12; ++item)
    EXPECT_TRUE(store.observe(item, item, Interest::cart));
  EXPECT_EQ(items_of(store), (std::vector<ItemId>{7, 8, 9, 10, 11}));
  EXPECT_EQ(copy_of(store).front().who, 7u);
  EXPECT_EQ(copy_of(store).front().interest, Interest::cart);
  EXPECT_EQ(store.size(), 5u);
  EXPECT_EQ(store.observed(), 12u);
  EXPECT_EQ(store.dropped(), 7u);
}

TEST(Interactions, TakesAtMostFourteenBytesEach) {
  Interactions store(1'000'000);
  for (std::uint32_t i = 0; i < 1'000'000; ++i)
    store.observe(i, i % 100, Interest::view);
  EXPECT_LE(store.memory_bytes(), 14u * 1'010'000);
}

TEST(Interactions, FollowWhoBecomesWhom) {
  Interactions store(100);
  store.observe(1, 10, Interest::view);
  store.observe(2, 20, Interest::view);
  store.alias(1, 2);
  store.observe(2, 30, Interest::order);
  store.alias(2, 3);
  for (const Interaction& one : copy_of(store))
    EXPECT_EQ(one.who, 3u);
  store.alias(3, 1);  // a circle must end
  EXPECT_EQ(copy_of(store).size(), 3u);
}

TEST(Interactions, ForgetsAPersonUnderEveryNameTheyHad) {
  Interactions store(100);
  store.observe(1, 10, Interest::view);
  store.observe(2, 20, Interest::view);
  store.observe(4, 40, Interest::view);
  store.alias(1, 2);
  store.alias(2, 3);
  const std::uint64_t erased[] = {3};
  store.forget(erased);
  EXPECT_EQ(items_of(store), std::vector<ItemId>{40});
  store.observe(1, 11, Interest::view);
  EXPECT_EQ(copy_of(store).back().who, 1u) << "the alias is forgotten too";
}

TEST(Interactions, ComeBackFromASnapshotWithTheSameBytes) {
  Interactions store(50);
  for (std::uint32_t i = 0; i < 80; ++i)
    store.observe(i % 7, i, static_cast<Interest>(i % 3));
  store.alias(1, 2);
  const std::uint64_t erased[] = {5};
  store.forget(erased);
  BufferSink sink;
  ASSERT_TRUE(store.save(sink).ok());
  Interactions again(50);
  BufferSource source(sink.bytes);
  ASSERT_TRUE(again.load(source, 1000).ok());
  store.observe(9, 5, Interest::order);
  again.observe(9, 5, Interest::order);
  BufferSink one, two;
  ASSERT_TRUE(store.save(one).ok());
  ASSERT_TRUE(again.save(two).ok());
  EXPECT_EQ(one.bytes, two.bytes);
  EXPECT_EQ(items_of(store), items_of(again));

  Interactions smaller(8);
  BufferSource second(sink.bytes);
  ASSERT_TRUE(smaller.load(second, 75).ok());
  EXPECT_LE(items_of(smaller).size(), 3u) << "items from 75 on had no room, and only 8 are kept";
  for (std::size_t cut = 0; cut < sink.bytes.size(); cut += 7) {
    Interactions broken(50);
    BufferSource part(std::span(sink.bytes).first(cut));
    EXPECT_FALSE(broken.load(part, 1000).ok()) << cut;
  }
}

TEST(Interactions, AreCopiedWholeWhileTheyAreWritten) {
  Interactions store(4'000);
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (std::uint32_t i = 0; i < 400'000; ++i) {
      store.observe(i, i % 1'000, Interest::view);
      if (i % 5'000 == 0) store.alias(i, i + 1);
    }
    over = true;
  });
  while (!over) {
    const auto copy = copy_of(store);
    ASSERT_LE(copy.size(), 4'000u);
    for (std::size_t at = 0; at < copy.size(); ++at) {
      const bool aliased = copy[at].who % 5'000 == 1;
      if (!aliased) {
        ASSERT_EQ(copy[at].item, copy[at].who % 1'000);
      }
    }
  }
  writer.join();
  EXPECT_EQ(copy_of(store).size(), 4'000u);
}

TEST(TrainingData, OfNothingIsEmpty) {
  std::vector<Interaction> none;
  Crew crew(2);
  const TrainingData data = make_training_data(none, {}, crew);
  EXPECT_EQ(data.columns(), 0u);
  EXPECT_EQ(data.people.rows(), 0u);
}

TEST(TrainingData, CountsAPersonsItemOnceByTheBestOfItsInterests) {
  std::vector<Interaction> all{{7, 3, Interest::view},
                               {7, 3, Interest::order},
                               {7, 3, Interest::cart},
                               {7, 5, Interest::view},
                               {8, 5, Interest::view}};
  Crew crew(2);
  const TrainingData data = make_training_data(all, {}, crew);
  EXPECT_EQ(data.items, (std::vector<ItemId>{5, 3})) << "most popular first";
  ASSERT_EQ(data.people.rows(), 2u);
  EXPECT_EQ(data.cells(), 3u);
  const auto columns = data.people.row(0);
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_FLOAT_EQ(data.people.row_values(0)[0], 1.0f);
  EXPECT_FLOAT_EQ(data.people.row_values(0)[1], 1.5f);
}

TEST(TrainingData, BoundsItemsAndWhatOnePersonMaySay) {
  std::vector<Interaction> all;
  for (ItemId item = 0; item < 5'000; ++item)
    all.push_back({1, item, Interest::view});  // a robot
  for (std::uint64_t who = 2; who < 40; ++who) {
    for (ItemId item = 0; item < 10; ++item)
      all.push_back({who << 50, item, Interest::view});
  }
  Crew crew(3);
  TrainingRules rules;
  rules.max_items_per_person = 100;
  rules.min_people = 2;
  rules.max_items = 8;
  rules.trust = [](std::uint64_t who) { return who == 2ull << 50 ? 0.25f : 1.0f; };
  const TrainingData data = make_training_data(all, rules, crew);
  EXPECT_EQ(data.columns(), 8u);
  EXPECT_EQ(data.people.rows(), 38u) << "of the robot's newest hundred none is anybody else's";
  EXPECT_FLOAT_EQ(data.trust[0], 0.25f);
  EXPECT_FLOAT_EQ(data.trust[1], 1.0f);
}

TEST(TrainingData, DoesNotDependOnTheCrew) {
  std::vector<Interaction> all;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    all.push_back({(i * 0x9E3779B97F4A7C15ull) >> 3 << 3 & 0xffff000000000000ull,
                   static_cast<ItemId>(i * i % 301), static_cast<Interest>(i % 3)});
  }
  auto same = all;
  Crew one(1), four(4);
  const TrainingData a = make_training_data(all, {}, one);
  const TrainingData b = make_training_data(same, {}, four);
  EXPECT_EQ(a.items, b.items);
  EXPECT_EQ(a.people.columns, b.people.columns);
  EXPECT_EQ(a.people.values, b.people.values);
  const SparseRows twice = transposed(transposed(a.people, a.columns()), a.people.rows());
  EXPECT_EQ(twice.begins, a.people.begins);
  EXPECT_EQ(twice.columns, a.people.columns);
  EXPECT_EQ(twice.values, a.people.values);
  const SparseRows alone = transposed(a.people, a.columns());
  const SparseRows together = transposed(a.people, a.columns(), &four);
  EXPECT_EQ(together.begins, alone.begins);
  EXPECT_EQ(together.columns, alone.columns);
  EXPECT_EQ(together.values, alone.values);
}

}  // namespace
}  // namespace souk::recommendations::testing
