// What the catalog says of each product, as far as recommending needs it.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/trending.hpp"
#include "plugins/recommendations/state/id_sets.hpp"

namespace souk::recommendations {

inline constexpr CategoryId kNoCategory = kNoItem;

struct CatalogLimits {
  std::uint32_t max_items = 1'000'000;
  std::uint32_t max_categories = 20'000;
};

/// Products by ItemId: whether they may be shown, their title, categories and traits.
///
/// Threads: one writer changes; any thread asks, without locks. Facts of one product change one by
/// one: during an upsert a reader may meet the new title with the old category, never a torn one,
/// and never a product shown while it is hidden before and after.
class Catalog {
 public:
  /// What a product is like. Words are numbers of texts in words(); attributes are sets of words
  /// `name=value` in lower case, those of the variants and `tag=…` among them.
  struct Traits {
    std::int64_t price_minor = -1;       ///< the lowest of its variants; -1: not said
    std::int64_t list_price_minor = -1;  ///< before a reduction; -1: not said
    std::uint32_t brand = kNoItem;       ///< word, as the catalog writes it
    SetId attributes = kEmptySet;        ///< at most kMostAttributes
    SetId variants = kEmptySet;          ///< words, see variant_text.hpp; in no particular order
    std::uint32_t since_s = 0;           ///< when it was first for sale, or first heard of
    float rating = 0;                    ///< 0 … 1, 0 without ratings
    std::uint32_t ratings = 0;           ///< how many
  };
  static constexpr std::size_t kMostAttributes = 64;
  static constexpr std::size_t kMostVariants = 256;

  /// What a product's upsert says.
  struct Product {
    std::string_view title;
    std::span<const std::string_view> categories;  ///< paths, the main one first
    bool hidden = false;
    std::span<const std::uint32_t> only_accounts;      ///< sorted; empty: everybody
    std::span<const std::uint32_t> excluded_accounts;  ///< sorted
    Traits traits;
  };
  /// What is known of a product.
  struct Facts {
    bool known = false;     ///< in the catalog now
    bool deleted = false;   ///< was in the catalog, is not any more
    bool hidden = false;    ///< not to be shown
    bool sold_out = false;  ///< can't be bought now
    SetId only_accounts = kEmptySet;
    SetId excluded_accounts = kEmptySet;
  };

  explicit Catalog(const CatalogLimits& limits);

  // Writer only. Items beyond max_items are ignored.
  void upsert(ItemId item, const Product& product);
  void erase(ItemId item);
  void set_sold_out(ItemId item, bool sold_out);
  /// What a click says of a product that the catalog does not hold. A catalog's word stands.
  void hint(ItemId item, std::string_view title, std::string_view category);
  /// The number of an account, for Product.
  std::uint32_t account(std::string_view id) { return accounts_.intern(id); }
  /// The number of a text, for Traits; kNoItem when it is empty, too long or without room.
  std::uint32_t word(std::string_view text) { return words_.intern(text); }
  /// The set of these, which are sorted and made distinct here.
  SetId set_of(std::vector<std::uint32_t>& words);

  // Any thread.
  [[nodiscard]] Facts facts(ItemId item) const;
  /// Each member is whole; two of them may be of different upserts.
  [[nodiscard]] Traits traits(ItemId item) const;
  /// The lowest price, in minor units; -1 when it is not known.
  [[nodiscard]] std::int64_t price_minor(ItemId item) const;
  [[nodiscard]] const ItemDictionary& words() const { return words_; }
  void prefetch(ItemId item) const {
    if (const Entry* entry = entries_.find(item)) __builtin_prefetch(entry);
  }
  /// Empty when unknown; lives as long as the catalog.
  [[nodiscard]] std::string_view title(ItemId item) const;
  /// The product's categories and those above them.
  [[nodiscard]] SetId categories(ItemId item) const;
  /// The category that describes it best, or kNoCategory.
  [[nodiscard]] CategoryId main_category(ItemId item) const;
  /// The number of a category's path, or kNoCategory.
  [[nodiscard]] CategoryId category(std::string_view path) const;
  [[nodiscard]] std::string_view category_path(CategoryId category) const {
    return categories_.name(category);
  }
  /// How many categories have a number; grows only.
  [[nodiscard]] std::uint32_t categories_known() const { return categories_.size(); }
  [[nodiscard]] std::uint32_t find_account(std::string_view id) const { return accounts_.find(id); }
  [[nodiscard]] const IdSets& sets() const { return sets_; }
  /// Products in the catalog now, and those of them that can't be bought.
  [[nodiscard]] std::uint32_t products() const { return known_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint32_t sold_out() const { return sold_out_.load(std::memory_order_acquire); }
  /// Categories, titles and accounts for which there was no room.
  [[nodiscard]] std::uint64_t dropped() const {
    return categories_.dropped() + titles_.dropped() + accounts_.dropped() + words_.dropped();
  }

  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// The dictionaries, then section "SKCA" v2: products u32; for each its flags, title, main
  /// category, categories, accounts (u32) and its traits in their order.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  enum Flag : std::uint32_t { kKnown = 1, kDeleted = 2, kHidden = 4, kSoldOut = 8 };
  /// What every candidate of every answer is judged by: half a cache line.
  struct alignas(32) Entry {
    std::atomic<std::int64_t> price{-1};
    std::atomic<std::uint32_t> flags{0};
    std::atomic<std::uint32_t> title{0};          ///< + 1, 0: none
    std::atomic<std::uint32_t> main_category{0};  ///< + 1, 0: none
    std::atomic<std::uint32_t> categories{0};     ///< + 1, 0: none
    std::atomic<std::uint32_t> only_accounts{0};
    std::atomic<std::uint32_t> excluded_accounts{0};
  };

  struct alignas(32) TraitCells {
    std::atomic<std::int64_t> list_price{-1};
    std::atomic<std::uint32_t> brand{0};       ///< + 1, 0: none
    std::atomic<std::uint32_t> attributes{0};  ///< + 1, 0: none
    std::atomic<std::uint32_t> variants{0};    ///< + 1, 0: none
    std::atomic<std::uint32_t> since_s{0};
    std::atomic<float> rating{0};
    std::atomic<std::uint32_t> ratings{0};
  };
  static_assert(sizeof(Entry) == 32 && sizeof(TraitCells) == 32);

  Entry* writable(ItemId item);
  static void set_traits(Entry& entry, TraitCells& cells, const Traits& traits);
  void set_flags(Entry& entry, std::uint32_t flags);
  void set_title(Entry& entry, std::string_view title);
  void set_categories(Entry& entry, std::span<const std::string_view> paths);
  CategoryId add_path(std::string_view path);
  [[nodiscard]] bool load_entry(ItemId item, class SnapshotReader& in);
  [[nodiscard]] bool load_traits(ItemId item, class SnapshotReader& in);

  ItemDictionary categories_;
  ItemDictionary titles_;
  ItemDictionary accounts_;
  ItemDictionary words_;  ///< brands, attributes, variants
  IdSets sets_;
  ChunkedArray<Entry, 12> entries_;
  ChunkedArray<TraitCells, 12> traits_;
  ItemId items_end_ = 0;                   ///< one past the largest item touched; writer only
  std::vector<CategoryId> scratch_paths_;  ///< of the product that is upserted
  std::atomic<std::uint32_t> known_{0}, sold_out_{0};
};

}  // namespace souk::recommendations
