// Lists that were shown, as the training of a ranker reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/search/model/rank_features.hpp"

namespace souk::search {

/// One product of a list.
struct RankedItem {
  RankBytes features{};
  float present = 0;  ///< ln of the score that it has without a learned ranker
  float gain = 0;     ///< what was made of it: 0 nothing, more for an order than for a click
  float weight = 0;   ///< 1 / how likely its place is looked at, clipped; of clicked ones
  std::uint32_t position = 1;
};

/// Lists one after the other, in the order of time.
struct RankedLists {
  std::vector<RankedItem> items;
  std::vector<std::uint32_t> begins{0};  ///< of each list, and the end of the last

  [[nodiscard]] std::size_t size() const { return begins.size() - 1; }
  [[nodiscard]] std::span<const RankedItem> list(std::size_t i) const {
    return std::span(items).subspan(begins[i], begins[i + 1] - begins[i]);
  }
  void close() { begins.push_back(static_cast<std::uint32_t>(items.size())); }
};

}  // namespace souk::search
