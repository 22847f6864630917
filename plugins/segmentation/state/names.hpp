// Every name that deeds, records and conditions mention, by number: products, categories, brands,
// sources, properties.
#pragma once

#include <souk/snapshot.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/segmentation/model/deeds.hpp"
#include "plugins/segmentation/model/rebuy.hpp"

namespace souk::segmentation {

/// Numbers are given in order of first use and never taken back, at most `most` of them; beyond
/// that every new name is kOther, and counted.
///
/// Threads: one writer; text(), links and find() of what a published state mentions from any
/// thread.
class Names {
 public:
  /// What names beyond the bound have in common.
  static constexpr NameId kOther = 1;
  static constexpr std::size_t kLongest = 256;  ///< bytes; longer names are cut

  explicit Names(std::uint32_t most = 50'000'000);

  /// The number of a name, a new one where needed; 0 for an empty name. Writer only.
  NameId number(std::string_view text);
  /// A category path "A > B > C": knows what stands above it. Writer only.
  NameId category(std::string_view path);
  /// Empty for 0. Any thread.
  [[nodiscard]] std::string_view text(NameId name) const;
  /// The number of a name that is known, else 0. Writer only.
  [[nodiscard]] NameId find(std::string_view text) const;
  /// The same on any thread; may wait for the writer to add a name.
  [[nodiscard]] NameId find_shared(std::string_view text) const;
  /// Writer only; what there is stays.
  void set_most(std::uint32_t most) { most_ = std::min(most, chunk_count_ * kChunk); }

  /// The category that stands above another; 0 at the top. Any thread.
  [[nodiscard]] NameId above(NameId category) const { return low(category); }
  /// Whether `category` stands below `above`. Any thread.
  [[nodiscard]] bool within(NameId category, NameId above) const;

  /// Category and brand of a product, as the catalog or the last deed said. Any thread but set().
  struct Product {
    NameId category = 0;
    NameId brand = 0;
  };
  void set_product(NameId product, Product of);
  [[nodiscard]] Product product(NameId product) const;
  /// What a product costs without reduction, as the catalog says; 0: not known. Writer only.
  void set_list_price(NameId product, float price);
  [[nodiscard]] float list_price(NameId product) const;

  /// A product was bought, `log_gap` after the last time by the same person where there was one.
  /// Writer only.
  void bought(NameId product, std::optional<float> log_gap);
  /// How often a product is bought again, with 0 all together. Any thread.
  [[nodiscard]] RebuyRate rebuys_of(NameId product) const;

  [[nodiscard]] std::uint32_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  /// Readers may see one of the three ahead of the others: they are counts for a mean.
  struct Rebuys {
    std::atomic<float> log_gaps{0};
    std::atomic<std::uint32_t> gaps{0};
    std::atomic<std::uint32_t> purchases{0};
  };
  struct Entry {
    std::string text;
    /// Of a product: brand and category. Of a category: nothing and what stands above it.
    std::atomic<std::uint64_t> links{0};
    float list_price = 0;  ///< of a product; the writer's alone
    Rebuys rebuys;         ///< of a product; of number 0 all products
  };
  static constexpr std::uint32_t kChunkBits = 12;
  static constexpr std::uint32_t kChunk = 1U << kChunkBits;

  [[nodiscard]] NameId low(NameId name) const;
  [[nodiscard]] Entry& entry(NameId name) const {
    return chunks_[name >> kChunkBits].load(std::memory_order_acquire)[name & (kChunk - 1)];
  }
  NameId append(std::string_view text);
  void clear();

  std::uint32_t most_;
  std::uint32_t chunk_count_;
  mutable std::shared_mutex adding_;  ///< of numbers_, for find_shared()
  std::unique_ptr<std::atomic<Entry*>[]> chunks_;
  std::vector<std::unique_ptr<Entry[]>> owned_;
  std::unordered_map<std::string_view, NameId> numbers_;
  std::atomic<std::uint32_t> size_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace souk::segmentation
