// The newest products of the catalog, newest first.
#pragma once

#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/published_ring.hpp"

namespace souk::recommendations {

/// The kMost products that were first for sale last. What it holds follows from the catalog alone,
/// so it is in no snapshot: a catalog that is loaded is put in again.
///
/// Threads: one writer changes and publishes; any thread reads what was published.
class Arrivals {
 public:
  static constexpr std::size_t kMost = 4096;
  struct Arrival {
    std::uint32_t since_s = 0;
    ItemId item = kNoItem;
  };

  // Writer only.
  /// The product, first for sale at `since_s`; `before_s` is what was said last (0: nothing).
  void put(ItemId item, std::uint32_t before_s, std::uint32_t since_s);
  void erase(ItemId item, std::uint32_t since_s);
  /// Shows readers what has changed. Cheap when nothing has.
  void publish();

  /// Those since `from_s`, newest first, at most `most`, into `out` (cleared first). Any thread.
  void newest(std::uint32_t from_s, std::size_t most, std::vector<Arrival>& out) const;

 private:
  static bool newer(const Arrival& a, const Arrival& b) {
    return a.since_s != b.since_s ? a.since_s > b.since_s : a.item > b.item;
  }
  std::vector<Arrival> arrivals_;  ///< newest first; writer only
  bool changed_ = false;
  PublishedRing<std::vector<Arrival>> view_;
};

}  // namespace souk::recommendations
