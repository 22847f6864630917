#include "plugins/recommendations/model/huge_pages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace souk::recommendations {
namespace {

TEST(HugePages, PiecesOfEverySizeAreApartAndOnALine) {
  std::vector<Piece<std::uint8_t>> pieces;
  for (const std::size_t size : {1u, 63u, 16'384u, 100'000u, 262'144u, 1'000'000u, 1'500'000u,
                                 2'097'152u, 2'097'153u, 300'000u}) {
    pieces.push_back(make_piece<std::uint8_t>(size));
    std::uint8_t* begin = pieces.back().get();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(begin) % 64, 0u) << size;
    EXPECT_EQ(begin[size - 1], 0) << size;
    std::fill_n(begin, size, static_cast<std::uint8_t>(pieces.size()));
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t size = pieces[i].get_deleter().size;
    EXPECT_EQ(pieces[i][0], i + 1);
    EXPECT_EQ(pieces[i][size - 1], i + 1);
  }
}

TEST(HugePages, WhatWasGivenBackAndIsGivenAgainIsCleared) {
  for (int turn = 0; turn < 100; ++turn) {
    const auto piece = make_piece<std::uint64_t>(40'000);
    ASSERT_EQ(piece[39'999], 0u);
    piece[39'999] = 7;
  }
}

}  // namespace
}  // namespace souk::recommendations
