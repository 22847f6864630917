// Keeps the catalog searchable: takes products one by one, builds a small segment of each batch,
// merges small ones into larger, and publishes what readers see, whole.
//
// A log-structured merge: when four segments are of about one size they become one, small ones at
// once, large ones in a job, while the old ones go on answering. A product that changes meanwhile
// is not lost: what died in the old segments is dead in the new one.
#pragma once

#include <souk/result.hpp>
#include <souk/snapshot.hpp>
#include <souk/view.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/search/state/segment.hpp"
#include "plugins/search/state/stock.hpp"

namespace souk::search {

/// read() from any thread, without locks. merge() from one job at a time. Everything else belongs
/// to the fold; it and the job wait for each other for the time of a publication.
class IndexWriter {
 public:
  struct Options {
    DocumentOptions document;
    Segment::Options segment;
    std::uint64_t max_products = 1'000'000;
  };
  static constexpr std::uint32_t kNoNumber = ~std::uint32_t{0};

  IndexWriter();

  /// Texts that would be read differently are read anew: few at once, many by merge(); until then
  /// they are found as before.
  void configure(const Options& options);

  /// Adds or replaces. The product's number; kNoNumber when there is no room.
  std::uint32_t put(const souk::v1::Product& product);
  /// The number that is free now; kNoNumber when there was no such product.
  std::uint32_t remove(std::string_view product_id);
  void set_level(std::uint64_t product, std::uint64_t level, std::optional<double> available);
  void remove_level(std::uint64_t level);

  /// While it holds, readers go on seeing what they saw, whatever is put and removed.
  void hold(bool held);

  /// Makes what was put since the last time searchable.
  void publish(std::uint64_t sequence);
  /// Whether a merge or a new reading is due that is too large for the fold's thread.
  [[nodiscard]] bool merge_due() const;
  /// Products that are live or wait to be published.
  [[nodiscard]] std::uint64_t products() const;
  /// Merges until nothing is due or `cancelled` says so; then, with `rest`, waits for a pause in
  /// what comes and merges the small ones that are left: an import leaves dozens. The products of
  /// the largest segment made.
  std::uint32_t merge(const std::function<bool()>& cancelled, bool rest = false);

  [[nodiscard]] souk::Reading<Corpus> read() const { return view_.read(); }
  /// The number of a product that is live or waits to be published; for the fold.
  [[nodiscard]] std::uint32_t number_of(std::uint64_t product_key) const;
  /// What ranking knows of it, published or not: the fold must not depend on where batches end.
  [[nodiscard]] std::optional<ProductFacts> facts_of(std::uint64_t product_key) const;
  /// The size of a variant, and what kind of size that is (the category it is one of); nothing when
  /// it has none. For the fold.
  struct BoughtSize {
    std::uint64_t kind = 0;
    std::uint16_t size = 0;
  };
  [[nodiscard]] std::optional<BoughtSize> size_of(std::uint64_t product_key,
                                                  std::string_view variant_id) const;

  /// Products that had no room.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  /// Products that came or changed since the start.
  [[nodiscard]] std::uint64_t puts() const { return puts_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t merges() const { return merges_.load(std::memory_order_relaxed); }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  struct Part {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<DocSet> live;
    std::uint32_t living = 0;
    bool shared = false;        ///< readers have this `live`
    std::uint32_t reading = 0;  ///< how texts were read when it was made
  };
  struct Pending {
    std::string source;
    std::uint32_t number = 0;
  };
  using Parts = std::vector<Part>;

  /// Products that the fold's thread merges or reads anew by itself.
  static constexpr std::uint32_t kInline = 1024;
  /// Larger segments are not made: a merge has all its products in memory, some KiB each.
  static constexpr std::uint32_t kMostOfOne = 400'000;

  [[nodiscard]] std::optional<ProductFacts> read_facts(std::string_view source,
                                                       const StockState& stock) const;
  std::uint32_t number_locked(std::uint64_t product_key) const;
  std::uint32_t take_number();
  void touch(std::uint64_t product_key);
  bool kill(std::uint64_t product_key);
  void add_part(std::vector<ProductEntry>& entries);
  void merge_small();
  void publish_locked();
  [[nodiscard]] std::vector<std::size_t> plan(std::uint32_t least, std::uint32_t most) const;
  static void collect(const Part& part, const DocumentOptions& options,
                      std::vector<ProductEntry>& entries);
  [[nodiscard]] std::vector<std::size_t> plan_rest() const;
  std::uint32_t merge_once(bool rest);
  /// Of parts that were read as they no longer are: index_rebuild.cpp.
  [[nodiscard]] std::uint64_t count_read_otherwise() const;
  [[nodiscard]] bool is_read_otherwise() const;
  void rebuild();
  bool rebuild_all(const std::function<bool()>& cancelled, std::uint32_t& largest);
  /// Puts what was made of `before` in its place; what died or moved meanwhile is dead in it.
  void replace_parts(const Parts& before, Parts& made);
  [[nodiscard]] Segment::Options segment_options() const;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Options options_;
  std::uint32_t reading_ = 0;  ///< grows whenever texts are read differently
  Parts parts_;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::vector<std::uint64_t> pending_order_;
  Stock stock_;
  std::uint64_t products_ = 0;  ///< live and pending
  std::uint32_t next_number_ = 0;
  std::vector<std::uint32_t> free_numbers_;
  std::uint64_t sequence_ = 0;
  bool changed_ = false;
  bool held_ = false;

  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> merges_{0};
  std::atomic<std::uint64_t> puts_{0};
  souk::View<Corpus> view_;
};

}  // namespace souk::search
