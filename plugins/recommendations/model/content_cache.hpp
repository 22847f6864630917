// What products are alike, remembered until the catalog around them changes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/content_similarity.hpp"
#include "plugins/recommendations/model/trending.hpp"

namespace souk::recommendations {

struct ContentCacheLimits {
  std::uint32_t max_products = 65'536;    ///< remembered at once, 2 … 2^20
  std::uint32_t max_categories = 20'000;  ///< that changes are told of, 1 … 2^20
};

/// Lists of ContentSimilarity by product, filled by those who asked and had to find out. A list is
/// of one shelf: the products of one category, or all for a product without one. It is valid until
/// a product comes onto that shelf, leaves it or is described anew, and until a thirty-second of
/// the catalog has changed, since that moves how rare every word is.
///
/// Two products share two places; whoever is remembered last takes the place of what is out of date
/// or else of either. 480 bytes a product, allocated for 64 at a time.
///
/// Threads: changed() by one writer, everything else by any thread, without locks: a list that is
/// being replaced is not found, and is not replaced by another meanwhile.
class ContentCache {
 public:
  static constexpr std::uint32_t kMostNearest = 24;
  static constexpr std::uint32_t kMostOthers = 32;
  static constexpr CategoryId kEverything = kNoItem;

  /// Which list: of a product, on a shelf, as the catalog was.
  struct Key {
    ItemId item = kNoItem;
    CategoryId shelf = kEverything;
    std::uint64_t stamp = 0;
  };
  struct List {
    std::vector<ContentMatch> nearest;  ///< best first
    std::vector<ContentMatch> others;   ///< that were asked about besides, in no particular order
    void clear() {
      nearest.clear();
      others.clear();
    }
  };

  /// Limits outside their range are brought into it.
  explicit ContentCache(const ContentCacheLimits& limits = {});
  ~ContentCache();
  ContentCache(const ContentCache&) = delete;
  ContentCache& operator=(const ContentCache&) = delete;

  /// A product is described anew that stands on these shelves, or stood. To be told after all that
  /// a list is made from has changed. Writer only.
  void changed(std::span<const CategoryId> shelves, std::uint32_t catalog);

  /// The key of what is found out from now on. Before anything is found out: what changes
  /// meanwhile makes the list invalid.
  [[nodiscard]] Key key(ItemId item, CategoryId shelf) const;
  /// What is remembered, into `out` (cleared first). False when nothing is, or it is out of date.
  bool find(const Key& key, List& out) const;
  /// Remembers; of each part no more than fits.
  void put(const Key& key, const List& list) const;

  [[nodiscard]] std::size_t memory_bytes() const {
    return chunks_used_.load(std::memory_order_relaxed) * sizeof(Chunk) + shelves_.memory_bytes();
  }

 private:
  struct Slot {
    std::atomic<std::uint32_t> turn{0};  ///< odd while somebody writes
    std::atomic<std::uint32_t> item{0};  ///< + 1; 0: empty
    std::atomic<std::uint32_t> shelf{0};
    std::atomic<std::uint32_t> sizes{0};  ///< nearest, others << 16
    std::atomic<std::uint64_t> stamp{0};
    std::array<std::atomic<std::uint64_t>, kMostNearest + kMostOthers> matches{};
  };
  static constexpr std::size_t kChunk = 64;
  using Chunk = std::array<Slot, kChunk>;

  [[nodiscard]] std::size_t place_of(ItemId item) const;
  [[nodiscard]] Slot* slot(std::size_t place) const;
  [[nodiscard]] Slot* slot_to_write(std::size_t place) const;
  static bool read(const Slot& slot, const Key& key, List& out);
  static bool holds(const Slot& slot, const Key& key);

  std::size_t slots_;
  std::unique_ptr<std::atomic<Chunk*>[]> chunks_;
  mutable std::atomic<std::size_t> chunks_used_{0};
  ChunkedArray<std::atomic<std::uint32_t>, 10> shelves_;  ///< changes_ when each changed last
  std::atomic<std::uint32_t> changes_{0};
  std::atomic<std::uint32_t> era_{0};  ///< grows with each thirty-second of the catalog
  std::uint32_t era_changes_ = 0;      ///< since it grew; writer only
};

}  // namespace souk::recommendations
