// What recommendations brought, by placement, kind, day and currency.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// Sums of one row. Revenue is in minor units of the row's currency.
struct AttributionFigures {
  std::int64_t shown = 0;    ///< products
  std::int64_t clicked = 0;  ///< products
  std::int64_t added = 0;    ///< to carts
  std::int64_t orders = 0;   ///< with at least one credited line
  std::int64_t bought = 0;   ///< credited lines, less those that came back
  std::int64_t revenue = 0;
};

/// Rows of sums. Days are UTC. Bounded: when there is no room, the oldest day goes.
///
/// Threads: one writer; any thread reads, without locks. A row is re-used under a version that is
/// odd meanwhile, so a reader never takes the sums of one row for another's; sums of one row may be
/// of two moments.
class AttributionReport {
 public:
  /// A placement and a kind; kNoCell when there are too many of them.
  using Cell = std::uint16_t;
  static constexpr Cell kNoCell = 0xffff;
  static constexpr std::uint32_t kMostCells = 4096;
  static constexpr std::uint32_t kMostRows = 1u << 16;

  struct Key {
    std::uint16_t day = 0;  ///< since 1970
    Cell cell = kNoCell;
    std::uint16_t currency = 0;  ///< see currency(); 0: no money in it
  };
  struct Row {
    std::uint16_t day = 0;
    std::string_view placement;
    std::uint8_t kind = 0;
    std::string_view currency;
    AttributionFigures figures;
  };

  AttributionReport();

  // Writer only.
  Cell cell(std::string_view placement, std::uint8_t kind);
  /// The number of a currency, from 1; 0 for an empty code and when there are too many.
  std::uint16_t currency(std::string_view code);
  void add(const Key& key, const AttributionFigures& more);
  /// As add(), but only where the row still is: corrections of what has been dropped go nowhere.
  void correct(const Key& key, const AttributionFigures& more);

  // Any thread.
  void read(std::vector<Row>& out) const;
  [[nodiscard]] AttributionFigures total() const;
  [[nodiscard]] std::uint64_t days_dropped() const {
    return days_dropped_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t memory_bytes() const {  ///< writer only
    return rows_.memory_bytes() + cells_.memory_bytes() + currencies_.memory_bytes();
  }

  /// The dictionaries, then section "SKAR" v1: days dropped u64, rows u32; for each day, cell,
  /// currency u32 and its figures i64.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct Stored {
    std::atomic<std::uint32_t> version{0};  ///< odd while the row becomes another
    std::atomic<std::uint64_t> key{0};      ///< packed + 1; 0: free
    std::atomic<std::int64_t> shown{0}, clicked{0}, added{0}, orders{0}, bought{0}, revenue{0};
  };
  static std::uint64_t pack(const Key& key);
  static Key unpack(std::uint64_t packed);
  static AttributionFigures figures_of(const Stored& row);
  static void put(Stored& row, const AttributionFigures& more);
  Stored* row(const Key& key);
  void drop_oldest_day();

  ItemDictionary cells_;  ///< kind as one character, then the placement
  ItemDictionary currencies_;
  ChunkedArray<Stored, 8> rows_;
  std::unordered_map<std::uint64_t, std::uint32_t> index_;  ///< packed key → row
  std::vector<std::uint32_t> free_;
  std::atomic<std::uint32_t> rows_end_{0};
  std::atomic<std::uint64_t> days_dropped_{0};
};

}  // namespace souk::recommendations
