#include "plugins/recommendations/model/item_dictionary.hpp"

#include <gtest/gtest.h>

#include <string>

namespace souk::recommendations {
namespace {

TEST(ItemDictionary, RefusesNamesThatCannotBe) {
  ItemDictionary dictionary(10);
  EXPECT_EQ(dictionary.intern(""), kNoItem);
  EXPECT_EQ(dictionary.intern(std::string(ItemDictionary::kLongestName + 1, 'x')), kNoItem);
  EXPECT_EQ(dictionary.find(""), kNoItem);
  EXPECT_EQ(dictionary.find("never"), kNoItem);
  EXPECT_EQ(dictionary.dropped(), 2u);
  EXPECT_EQ(dictionary.size(), 0u);
}

TEST(ItemDictionary, IsFullAtItsLimitAndCounts) {
  ItemDictionary dictionary(2);
  EXPECT_EQ(dictionary.intern("a"), 0u);
  EXPECT_EQ(dictionary.intern("b"), 1u);
  EXPECT_EQ(dictionary.intern("c"), kNoItem);
  EXPECT_EQ(dictionary.intern("a"), 0u);
  EXPECT_EQ(dictionary.dropped(), 1u);
}

TEST(ItemDictionary, NumbersNamesInOrderAndFindsThemThroughGrowth) {
  ItemDictionary dictionary(50'000);
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    ASSERT_EQ(dictionary.intern("item-" + std::to_string(i)), i);
  }
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    const std::string name = "item-" + std::to_string(i);
    ASSERT_EQ(dictionary.find(name), i);
    ASSERT_EQ(dictionary.name(i), name);
  }
  EXPECT_EQ(dictionary.find("item-50000"), kNoItem);
}

TEST(ItemDictionary, NamesAreBytes) {
  ItemDictionary dictionary(10);
  const std::string with_zero("a\0b", 3);
  EXPECT_EQ(dictionary.intern(with_zero), 0u);
  EXPECT_EQ(dictionary.find("a"), kNoItem);
  EXPECT_EQ(dictionary.name(0), with_zero);
  const std::string longest(ItemDictionary::kLongestName, 'y');
  EXPECT_EQ(dictionary.intern(longest), 1u);
  EXPECT_EQ(dictionary.name(1), longest);
}

}  // namespace
}  // namespace souk::recommendations
