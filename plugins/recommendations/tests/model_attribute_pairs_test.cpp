// Values of attributes that go together: lifts worked out by hand, limits, snapshots.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/recommendations/model/attribute_pairs.hpp"

namespace souk::recommendations {
namespace {

using Value = AttributePairs::Value;

Value value_of(const AttributePairs& pairs, std::uint32_t word) {
  Value value{999, 999};
  EXPECT_TRUE(pairs.value_of(word, value));
  return value;
}

/// Words: 0 colour=black, 1 colour=brown, 2 size=m.
void learn(AttributePairs& pairs) {
  pairs.learn(0, "colour=black");
  pairs.learn(1, "colour=brown");
  pairs.learn(2, "size=m");
}

void meet(AttributePairs& pairs, std::uint32_t a, std::uint32_t b, int times) {
  const std::vector<Value> of_a{value_of(pairs, a)};
  const std::vector<Value> of_b{value_of(pairs, b)};
  for (int i = 0; i < times; ++i)
    pairs.observe(of_a, of_b);
}

TEST(AttributePairs, OddWordsAreNotCounted) {
  AttributePairs pairs(10);
  pairs.learn(3, "no equals sign");
  pairs.learn(4'000'000'000u, "colour=black");
  Value value;
  EXPECT_FALSE(pairs.value_of(3, value));
  EXPECT_FALSE(pairs.value_of(4'000'000'000u, value));
  EXPECT_FALSE(pairs.knows(0));
  EXPECT_FALSE(pairs.knows(60'000));
  EXPECT_EQ(pairs.lift({0, 0}, {0, 1}), 1);
  EXPECT_EQ(pairs.lift({60'000, 0}, {60'000, 1}), 1);
  pairs.observe({}, {});
}

TEST(AttributePairs, TheLiftIsTheOneWorkedOutByHand) {
  AttributePairs pairs(10);
  learn(pairs);
  meet(pairs, 0, 0, 30);
  meet(pairs, 1, 1, 20);
  meet(pairs, 0, 1, 10);
  // Both orders: n(black, black) = 60, n(brown, brown) = 40, n(black, brown) = 10; R = 70 and 50,
  // T = 120.
  const Value black = value_of(pairs, 0);
  const Value brown = value_of(pairs, 1);
  EXPECT_EQ(pairs.lift(black, black), 1) << "60 where 40.8 are expected: chance may do that";
  EXPECT_NEAR(pairs.lift(black, brown), (10 + 5) / (70.0 * 50 / 120 + 5), 1e-9);
  EXPECT_EQ(pairs.lift(black, brown), pairs.lift(brown, black));
  EXPECT_EQ(pairs.lift(black, value_of(pairs, 2)), 1);  // different attributes
  EXPECT_FALSE(pairs.knows(black.name));                // 60 pairs are too few
  meet(pairs, 0, 0, 40);
  EXPECT_TRUE(pairs.knows(black.name));
  // n(black, black) = 140; R = 150 and 50, T = 200.
  EXPECT_NEAR(pairs.lift(black, brown), (10 + 5) / (150.0 * 50 / 200 + 5), 1e-9);
  meet(pairs, 1, 1, 60);
  // n(black, black) = 140, n(brown, brown) = 160; R = 150 and 170, T = 320.
  EXPECT_NEAR(pairs.lift(black, black), (140 + 5) / (150.0 * 150 / 320 + 5), 1e-9);
}

TEST(AttributePairs, WhatIsSoldInAllSizesSaysNothing) {
  AttributePairs pairs(10);
  std::vector<Value> many;
  for (std::uint32_t word = 0; word < 5; ++word) {
    pairs.learn(word, "size=" + std::to_string(word));
    many.push_back(value_of(pairs, word));
  }
  const std::vector<Value> one{many[0]};
  pairs.observe(many, one);
  EXPECT_EQ(pairs.lift(many[0], many[0]), 1);
}

TEST(AttributePairs, LimitsHoldAndAreCounted) {
  AttributePairs pairs(100'000);
  std::uint32_t word = 0;
  for (std::uint32_t i = 0; i < AttributePairs::kValues + 3; ++i)
    pairs.learn(word++, "a=" + std::to_string(i));
  for (std::uint32_t i = 0; i < AttributePairs::kNames + 4; ++i)
    pairs.learn(word++, "n" + std::to_string(i) + "=x");
  EXPECT_EQ(pairs.dropped(), 3u + 5u);
}

TEST(AttributePairs, ARestoredModelSavesTheSameBytes) {
  AttributePairs pairs(10);
  learn(pairs);
  meet(pairs, 0, 1, 7);
  meet(pairs, 2, 2, 3);
  BufferSink sink;
  ASSERT_TRUE(pairs.save(sink).ok());
  AttributePairs restored(10);
  BufferSource source(sink.bytes);
  const Status status = restored.load(source);
  ASSERT_TRUE(status.ok()) << status.message();
  BufferSink again;
  ASSERT_TRUE(restored.save(again).ok());
  EXPECT_EQ(sink.bytes, again.bytes);
  EXPECT_EQ(restored.lift({0, 0}, {0, 1}), pairs.lift({0, 0}, {0, 1}));
}

TEST(AttributePairs, ADamagedSnapshotIsRefused) {
  AttributePairs pairs(10);
  learn(pairs);
  meet(pairs, 0, 1, 7);
  BufferSink sink;
  ASSERT_TRUE(pairs.save(sink).ok());
  for (std::size_t at = 0; at < sink.bytes.size(); ++at) {
    auto bytes = sink.bytes;
    bytes[at] ^= std::byte{0x41};
    AttributePairs damaged(10);
    BufferSource source(bytes);
    EXPECT_EQ(damaged.load(source).code(), Code::data_loss) << at;
    AttributePairs cut(10);
    BufferSource half(std::span(sink.bytes).first(at));
    EXPECT_EQ(cut.load(half).code(), Code::data_loss) << at;
  }
}

}  // namespace
}  // namespace souk::recommendations
