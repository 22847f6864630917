#include "plugins/recommendations/model/block_arena.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace souk::recommendations {
namespace {

template <class Sizes>
class BlockSizes : public testing::Test {};
using EverySizes = testing::Types<DoublingSizes, FineSizes>;
TYPED_TEST_SUITE(BlockSizes, EverySizes);

TYPED_TEST(BlockSizes, GrowAndAreEven) {
  std::uint32_t before = 0;
  for (unsigned c = 0; c < TypeParam::kClasses; ++c) {
    const std::uint32_t cells = TypeParam::cells(c);
    EXPECT_GT(cells, before);
    EXPECT_EQ(cells % 2, 0u);
    EXPECT_LE(cells, 2 * std::max(before, 1u)) << "class " << c;
    before = cells;
  }
}

TYPED_TEST(BlockSizes, TheSmallestThatFitsIsChosen) {
  const std::uint32_t largest = TypeParam::cells(TypeParam::kClasses - 1);
  for (std::uint32_t wanted = 1; wanted <= largest; ++wanted) {
    const unsigned chosen = TypeParam::at_least(wanted);
    ASSERT_GE(TypeParam::cells(chosen), wanted);
    ASSERT_TRUE(chosen == 0 || TypeParam::cells(chosen - 1) < wanted) << wanted;
  }
}

TYPED_TEST(BlockSizes, BlocksInUseNeverOverlap) {
  BasicBlockArena<TypeParam> arena(1u << 18);
  std::mt19937 random(1);
  struct Block {
    std::uint32_t offset;
    unsigned size_class;
  };
  std::vector<Block> used;
  std::map<std::uint32_t, std::uint32_t> spans;  // begin → end, in cells
  for (int step = 0; step < 20'000; ++step) {
    if (!used.empty() && random() % 3 == 0) {
      const std::size_t at = random() % used.size();
      arena.release(used[at].offset, used[at].size_class);
      spans.erase(used[at].offset * 2);
      used[at] = used.back();
      used.pop_back();
      continue;
    }
    const auto size_class = static_cast<unsigned>(random() % 12);
    const std::uint32_t offset = arena.allocate(size_class);
    if (offset == BasicBlockArena<TypeParam>::kNone) continue;  // full
    const std::uint32_t begin = offset * 2;
    const std::uint32_t end = begin + TypeParam::cells(size_class);
    const auto next = spans.lower_bound(begin);
    ASSERT_TRUE(next == spans.end() || next->first >= end);
    ASSERT_TRUE(next == spans.begin() || std::prev(next)->second <= begin);
    spans[begin] = end;
    used.push_back({offset, size_class});
    arena.cells(offset)[TypeParam::cells(size_class) - 1].store(1);
  }
  EXPECT_GT(used.size(), 100u);
}

}  // namespace
}  // namespace souk::recommendations
