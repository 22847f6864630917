// Whether and when a product is bought again: the share of buyers who do, and their intervals.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/purchases.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/model/trending.hpp"

namespace souk::recommendations {

struct RepurchaseLimits {
  std::uint32_t max_items = 2'000'000;
  std::uint32_t max_categories = 20'000;
};

/// When a shopper buys a product next, as far as the product, its category and the shopper's own
/// intervals tell.
struct RepurchaseOutlook {
  double again = 0;            ///< r: the chance that the product is ever bought again
  double interval_days = 0;    ///< the median, when it is; 0: nothing is known
  double spread = 1;           ///< standard deviation of the logarithm of intervals
  double elapsed_days = 0;     ///< since the last purchase
  std::uint32_t evidence = 0;  ///< intervals seen of the product, those of this shopper among them

  /// F(t): the share of intervals that are no longer than `days`.
  [[nodiscard]] double share_within(double days) const;
  /// The chance that it is bought in the next `days`, given that it was not bought since:
  ///   r (F(t + d) − F(t)) / (1 − r + r (1 − F(t)))
  /// A mixture cure model (Boag 1949; Berkson, Gage 1952): who has waited long past the interval
  /// has probably ended, and becomes less likely with every day.
  [[nodiscard]] double chance_within(double days) const;
  /// How much it is due in the next `days`: the chance above, and of who has run out already and
  /// not come since, r F(t + d), the few that come late; fewer with every interval past the first.
  /// Ranks what is needed, of which the chance above knows only what runs out now.
  [[nodiscard]] double due_within(double days) const;
  /// How far along it is: F(t).
  [[nodiscard]] double ripeness() const { return share_within(elapsed_days); }
};

/// Of every product: how many of its buyers bought it a second and a third time, of how many orders
/// of those who have it it was part, and the renewal process of the intervals between two purchases
/// by one shopper. Intervals are log-normal: one gap in which somebody bought elsewhere, twice or
/// three times the usual one, moves the mean of logarithms little, where it would lengthen a mean
/// of days for long. A product with few intervals takes on those of its category, and that those of
/// the shop (pseudo-counts kProductPrior, kCategoryPrior). A shopper differs from others as much as
/// kOwnPrior intervals of one shopper differ from each other, in variance: with n of their own, of
/// the logarithm's mean x,
///   μ = (n x + k μ_product) / (n + k),   σ² = σ²_product (k + k / (n + k)) / (k + 1).
///
/// Threads: one writer observes; any thread asks, without locks. Sums of one product are read one
/// by one: between two of them an order may fall.
class Repurchase {
 public:
  explicit Repurchase(const RepurchaseLimits& limits = {});

  /// An order of `items` (distinct) by a shopper whose history is `before`, without this order.
  /// `category` gives a product's category or kNoItem. Writer only.
  template <class CategoryOf>
  void observe(const PurchaseHistory& before, std::span<const ItemId> items, std::uint32_t now_s,
               CategoryOf&& category) {
    begin_order();
    const double log_lines = std::log(std::max<double>(1, static_cast<double>(items.size())));
    for (const Purchase& had : before.items)
      count_chance(had.item);
    for (const ItemId item : items) {
      const Purchase* had = nullptr;
      for (const Purchase& purchase : before.items) {
        if (purchase.item == item) had = &purchase;
      }
      count_purchase(item, had, now_s, category(item));
      count_company(item, log_lines);
    }
  }

  [[nodiscard]] RepurchaseOutlook outlook(const Purchase& purchase, std::uint32_t category,
                                          std::uint32_t now_s) const;

  /// Of the orders by those who have the product, the share that holds it again; shrunk to the
  /// shop's. `recent` counts the newest orders more.
  [[nodiscard]] double rate(ItemId item, bool recent) const;
  /// Share of its buyers who bought it again so far, shrunk to the shop's.
  [[nodiscard]] double share_again(ItemId item) const;
  /// Share of all orders that hold the product; of the newest when `recent`.
  [[nodiscard]] double popularity(ItemId item, bool recent) const;
  /// Of the orders that hold it, the mean logarithm of the number of products; shrunk to the
  /// shop's.
  [[nodiscard]] double log_lines(ItemId item) const;
  /// The time since the last purchase in expected intervals: outlook().elapsed_days over
  /// interval_days, that at least half a day; of product and shop, without the category.
  [[nodiscard]] double intervals_passed(const Purchase& purchase, std::uint32_t now_s) const;

  [[nodiscard]] std::uint64_t orders() const { return orders_.load(std::memory_order_relaxed); }
  /// Intervals between two purchases of one product by one shopper.
  [[nodiscard]] std::uint64_t intervals() const { return load(all_.intervals); }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKRP" v3: orders u64, epoch, orders of the epoch u32, recent orders f64, the shop's
  /// sums; categories u32 and products u32, each with its sums (u32, f64).
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  using Count = std::atomic<std::uint32_t>;
  using Sum = std::atomic<double>;
  /// Of a product, a category, or the shop. What is recent is halved with every epoch.
  struct Sums {
    Count buyers{0}, second{0}, third{0};  ///< shoppers who bought it once, twice, three times
    Count chances{0}, taken{0};            ///< orders by those who have it, and those with it again
    Count intervals{0};
    Sum days{0}, log_days{0}, log_squares{0};  ///< of the intervals
    Sum log_lines{0};  ///< of the orders that hold it, log of their number of products
    Sum recent_chances{0}, recent_taken{0}, recent_orders{0};  ///< as of `epoch`
    Count epoch{0};
  };
  static std::uint32_t load(const Count& count) { return count.load(std::memory_order_relaxed); }
  static double load(const Sum& sum) { return sum.load(std::memory_order_relaxed); }
  static void add(Count& count) { count.store(load(count) + 1, std::memory_order_relaxed); }
  static void add(Sum& sum, double value) {
    sum.store(load(sum) + value, std::memory_order_relaxed);
  }

  void begin_order();
  void age(Sums& sums) const;
  void count_chance(ItemId item);
  void count_purchase(ItemId item, const Purchase* had, std::uint32_t now_s,
                      std::uint32_t category);
  void count_company(ItemId item, double log_lines);
  [[nodiscard]] double aged(const Sums& sums, const Sum& sum) const;
  static void save_sums(const Sums& sums, SnapshotWriter& out);
  static void load_sums(Sums& sums, SnapshotReader& in);

  ChunkedArray<Sums, 10> items_;
  ChunkedArray<Sums, 8> categories_;
  Sums all_;
  std::uint32_t items_end_ = 0, categories_end_ = 0;  ///< writer only
  std::uint32_t epoch_orders_ = 0;                    ///< orders since the epoch began
  Count epoch_{0};
  std::atomic<std::uint64_t> orders_{0};
};

}  // namespace souk::recommendations
