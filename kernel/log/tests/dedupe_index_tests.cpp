#include "kernel/log/dedupe_index.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace souk::log {
namespace {

base::Hash128 id(std::uint64_t number) { return base::hash128(std::to_string(number)); }

TEST(DedupeIndex, knows_what_it_saw_and_nothing_else) {
  DedupeIndex index(8'000, 1'000'000);
  EXPECT_FALSE(index.contains(id(1)));
  EXPECT_TRUE(index.insert(id(1), 0));
  EXPECT_FALSE(index.insert(id(1), 1));
  EXPECT_FALSE(index.contains(id(2)));
}

TEST(DedupeIndex, agrees_with_a_set_over_many_inserts_and_erasures) {
  DedupeIndex index(1'000'000'000, 10'000'000);
  std::set<std::uint64_t> seen;
  std::uint64_t state = 12'345;
  for (int i = 0; i < 200'000; ++i) {
    state = state * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    const std::uint64_t number = (state >> 33U) % 50'000;
    if (state % 5 == 0) {
      index.erase(id(number));
      seen.erase(number);
    } else {
      ASSERT_EQ(index.insert(id(number), i), seen.insert(number).second) << i;
    }
  }
  EXPECT_EQ(index.size(), seen.size());
  for (std::uint64_t number = 0; number < 50'000; ++number) {
    ASSERT_EQ(index.contains(id(number)), seen.contains(number)) << number;
  }
}

TEST(DedupeIndex, remembers_for_the_window_and_forgets_after_it) {
  DedupeIndex index(8'000, 1'000'000);
  index.insert(id(1), 0);
  for (std::int64_t now = 500; now <= 7'900; now += 100)
    index.insert(id(1'000 + now), now);
  EXPECT_TRUE(index.contains(id(1)));
  for (std::int64_t now = 8'000; now <= 20'000; now += 100)
    index.insert(id(1'000 + now), now);
  EXPECT_FALSE(index.contains(id(1)));
  EXPECT_TRUE(index.insert(id(1), 20'000)) << "a forgotten id is new again";
  EXPECT_EQ(index.dropped_early(), 0U);
}

TEST(DedupeIndex, stays_bounded_and_counts_what_it_drops) {
  DedupeIndex index(1'000'000'000, 8'000);
  for (std::uint64_t number = 0; number < 100'000; ++number) {
    ASSERT_TRUE(index.insert(id(number), 1));
  }
  EXPECT_LE(index.size(), 9'001U);
  EXPECT_GE(index.size(), 7'000U);
  EXPECT_EQ(index.size() + index.dropped_early(), 100'000U);
  EXPECT_TRUE(index.contains(id(99'999)));
  EXPECT_FALSE(index.contains(id(1)));
}

TEST(DedupeIndex, outlives_the_wrap_of_bucket_numbers) {
  DedupeIndex index(8, 1'000'000);
  for (std::uint64_t tick = 0; tick < 200'000; ++tick) {
    ASSERT_TRUE(index.insert(id(tick), static_cast<std::int64_t>(tick)));
    ASSERT_TRUE(tick <= 6 || index.contains(id(tick - 6))) << tick;
    ASSERT_FALSE(tick > 20 && index.contains(id(tick - 20))) << tick;
  }
}

}  // namespace
}  // namespace souk::log
