// What can be bought: the catalog's word on availability, and live stock levels.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// What a catalog says of a product or a variant.
enum class Declared : std::uint8_t {
  unsaid = 0,         ///< stock levels decide
  yes = 1,            ///< can be bought, unless the stock is counted and gone
  no = 2,             ///< can't be bought, until newer stock arrives
  without_stock = 3,  ///< back-order, pre-order: can be bought whatever the stock
  never = 4,          ///< discontinued
};

/// A product can be bought when the catalog does not deny it, it has stock as a whole and one of
/// its variants has. Stock is what is above zero over all places, or not counted; what no level
/// speaks of is not counted. A level is known by product, variant and place, whatever id it came
/// under.
///
/// Writer only; what comes of it is published through Catalog::set_sold_out().
class Stock {
 public:
  struct Variant {
    std::uint64_t id = 0;  ///< hash of the variant's id; 0 for the product counted as one
    Declared declared = Declared::unsaid;
  };

  explicit Stock(std::uint32_t max_levels) : max_levels_(max_levels) {}

  /// The hash of a variant's id, for Variant.
  [[nodiscard]] static std::uint64_t variant_id(std::string_view id);

  /// What the catalog says, in place of what it said before.
  void declare(ItemId item, Declared product, std::vector<Variant> variants);
  /// What a stock system says of a level.
  struct LevelSet {
    std::string_view id;
    std::string_view variant;   ///< empty: the product counted as one
    std::string_view location;  ///< empty: all places counted together
    std::optional<double> available;
  };
  /// One level, in place of what it was. Without `available` it is not counted.
  void set_level(ItemId item, const LevelSet& level);
  /// Forgets a level; its product, or kNoItem when there was none.
  ItemId remove_level(std::string_view level_id);

  [[nodiscard]] bool sellable(ItemId item) const;
  [[nodiscard]] std::uint64_t levels() const { return level_items_.size(); }
  /// Levels for which there was no room.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// About: what the hash tables and lists hold.
  [[nodiscard]] std::size_t memory_bytes() const;

  /// Section "SKST" v1: dropped u64, products u32; for each its number, what is declared, its
  /// variants and its levels.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source, std::uint32_t items);

 private:
  struct Level {
    std::uint64_t id = 0;
    std::uint64_t variant = 0;
    std::uint64_t location = 0;
    double available = 0;
    bool counted = false;
  };
  struct Record {
    Declared product = Declared::unsaid;
    std::vector<Variant> variants;
    std::vector<Level> levels;
  };
  enum class Left { unknown, none, some };

  [[nodiscard]] static Left left_of(const Record& record, std::uint64_t variant);
  [[nodiscard]] static bool variant_sellable(const Record& record, const Variant& variant);
  [[nodiscard]] static bool some_variant_left(const Record& record);
  void load_record(SnapshotReader& in, std::uint32_t items);

  std::uint32_t max_levels_;
  std::unordered_map<ItemId, Record> records_;
  std::unordered_map<std::uint64_t, ItemId> level_items_;
  std::uint64_t dropped_ = 0;
};

}  // namespace souk::recommendations
