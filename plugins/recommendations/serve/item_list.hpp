// A list of products that is asked "is this one in it?" for every candidate.
#pragma once

#include <algorithm>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"

namespace souk::recommendations {

/// Re-used from question to question; fill it, then seal() it, then ask.
class ItemList {
 public:
  void clear() { items_.clear(); }
  void add(ItemId item) { items_.push_back(item); }
  /// What was added is found from here on.
  void seal() {
    if (items_.size() > kFew) std::sort(items_.begin(), items_.end());
  }
  [[nodiscard]] bool contains(ItemId item) const {
    if (items_.size() > kFew) return std::binary_search(items_.begin(), items_.end(), item);
    return std::find(items_.begin(), items_.end(), item) != items_.end();
  }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] std::size_t size() const { return items_.size(); }

 private:
  static constexpr std::size_t kFew = 24;  // looked through faster than searched
  std::vector<ItemId> items_;
};

}  // namespace souk::recommendations
