// Which products are alike by what the catalog says of them, known from the moment of their upsert.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/block_arena.hpp"
#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/content_features.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"

namespace souk::recommendations {

struct ContentSettings {
  std::uint32_t max_items = 2'000'000;
  std::uint32_t max_features = 4'000'000;  ///< different ones in all, 16 … 2^27 - 1
  std::uint32_t features_per_item = 64;    ///< kept of a product, 4 … 128
  std::uint32_t posting_items = 2048;      ///< newest products kept of a feature, 16 … 4,096
  /// What a match in a field weighs, in the order of ContentField. Set by hand: what a product is
  /// (category, attributes, title) before how it is talked about.
  std::array<float, kContentFields> weights{1.0f, 0.6f, 0.8f, 0.6f, 1.0f, 0.5f, 0.5f, 0.3f};
};

struct ContentMatch {
  ItemId item = kNoItem;
  double score = 0;  ///< cosine, 0 … 1
};

/// What is asked: one product, or the middle of several. Re-used by one thread.
struct ContentQuery {
  struct Term {
    std::uint32_t feature = 0;
    float weight = 0;  ///< of the field and idf included
    float rarity = 0;  ///< idf
  };
  std::vector<Term> terms;    ///< by feature
  std::vector<ItemId> items;  ///< those asked about
  ContentFields fields = kAllContentFields;
  double length = 0;      ///< of the vector of terms
  float log_catalog = 0;  ///< ln(N + 1) when it was asked
  [[nodiscard]] bool empty() const { return terms.empty(); }
};

/// Re-used by one thread from question to question.
struct ContentScratch {
  ContentQuery query;
  std::vector<std::uint32_t> order;  ///< of the query's terms
  std::vector<ItemId> posting;
  SparseTable<float> sums;
  std::vector<std::uint64_t> near;  ///< partial product and ItemId in one number, see collect()
  std::vector<ItemId> candidates;
};

/// TF-IDF vectors over fielded features, compared by their cosine [1], in an inverted index that
/// each upsert changes in place.
///
///   w(f, x) = field weight · (1 + ln tf)        tf is capped at 4
///   idf(f)  = ln(1 + (N − n_f + ½) / (n_f + ½)) = ln(N + 1) − ln(n_f + ½)      (of BM25 [2])
///   cos(x, y) = Σ_f w(f, x) w(f, y) idf(f)² / (‖x‖ ‖y‖)
///
/// N products, n_f of them with the feature f. Norms are taken when asked, since every upsert moves
/// every idf. A question reads the postings of its rarest features first, at most kPostingsRead
/// cells in all, sums partial products, and takes exact cosines of the best; so its time is bounded
/// whatever the catalog looks like.
///
/// A posting keeps the products with the largest numbers (the newest) when there are more than
/// posting_items: such a feature selects little, and the rest of a product's features find it.
///
/// Threads: one writer upserts and erases; any thread asks, without locks. A reader meets a product
/// as it was before or after an upsert, never between; from one list it may miss a product, or meet
/// it twice, while that product's neighbour in the list moves.
///
/// [1] Salton, Buckley: "Term-weighting approaches in automatic text retrieval", IPM 24(5), 1988.
/// [2] Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
class ContentSimilarity {
 public:
  static constexpr std::uint32_t kMostFeatures = 128;  ///< of a product
  static constexpr std::size_t kPostingsRead = 1536;
  static constexpr std::size_t kMostTerms = 96;  ///< of a question
  static constexpr std::size_t kMostAsked = 16;  ///< products of a question; the first count
  static constexpr std::size_t kCompared = 40;   ///< exact cosines for one question, at least

  /// Settings outside their range are brought into it.
  explicit ContentSimilarity(const ContentSettings& settings = {});
  ContentSimilarity(const ContentSimilarity&) = delete;
  ContentSimilarity& operator=(const ContentSimilarity&) = delete;

  /// The product is as `features` say; false when it was so before. Work follows what has changed.
  /// Writer only.
  bool upsert(ItemId item, std::span<const ContentFeatures::Feature> features);
  /// The product is found no more; false when it was not. Writer only.
  bool erase(ItemId item);

  /// Makes the question about `items` (unknown ones are passed over), each with its `weights` (1
  /// where there are fewer), over `fields`.
  void prepare(std::span<const ItemId> items, std::span<const float> weights, ContentFields fields,
               ContentQuery& query) const;
  /// How near the product is to what was asked, 0 … 1.
  [[nodiscard]] double cosine(const ContentQuery& query, ItemId item) const;

  /// The `k` products nearest to scratch.query for which accept(ItemId) says yes, best first, into
  /// `out` (cleared first); never those asked about. accept() is called for the most promising
  /// only. Ties go to the smaller ItemId.
  template <class Accept>
  void nearest(std::size_t k, ContentScratch& scratch, std::vector<ContentMatch>& out,
               Accept&& accept) const {
    collect(scratch);
    scratch.candidates.clear();
    const std::size_t most = std::max(kCompared, 2 * k);
    auto& near = scratch.near;
    for (std::size_t at = 0; at < near.size() && scratch.candidates.size() < most; ++at) {
      // The best come first, a piece at a time: most questions end with the first.
      if (at % kSortedAtOnce == 0) sort_piece(near, at);
      const ItemId item = item_of(near[at]);
      if (accept(item)) scratch.candidates.push_back(item);
    }
    rank(k, scratch, out);
  }
  /// nearest() to one product or to several, over all fields.
  void similar_to(std::span<const ItemId> items, std::size_t k, ContentScratch& scratch,
                  std::vector<ContentMatch>& out) const {
    prepare(items, {}, kAllContentFields, scratch.query);
    nearest(k, scratch, out, [](ItemId) { return true; });
  }

  /// Whether the product has features. Any thread.
  [[nodiscard]] bool holds(ItemId item) const;
  [[nodiscard]] std::uint32_t products() const { return products_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint32_t features() const { return names_.size(); }
  /// Features of a product beyond features_per_item, and those without room.
  [[nodiscard]] std::uint64_t dropped_features() const {
    return dropped_.load(std::memory_order_relaxed);
  }
  /// Products that left a posting because it was full; they are found by other features.
  [[nodiscard]] std::uint64_t dropped_postings() const {
    return dropped_postings_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// The names of features, then section "SKCS" v1: drops (u64, u64), products u32; for each its
  /// features u8 and their cells u32; then, for each feature whose posting is not complete, its
  /// number, size and products (u32), and the end as 0xffffffff. Complete postings follow from
  /// that.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty model before readers use it; after an error it must be discarded.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  /// A feature of a product in one cell: its number, field (3 bits) and tf - 1 (2 bits).
  using Cells = std::array<std::uint32_t, kMostFeatures>;
  static constexpr unsigned kCodeBits = 5;
  struct Posting {
    std::atomic<std::uint64_t> header{0};    ///< its block of products, in order of their numbers
    std::atomic<std::uint32_t> products{0};  ///< that have the feature, also those without a place
    std::atomic<float> log_products{0};      ///< ln(products + ½)
  };
  /// A list's state in one word, so that a reader sees it whole: offset 32, class 4, size 13,
  /// version 15 bits.
  struct Block {
    std::uint32_t offset = 0, size_class = 0, size = 0;
    std::uint32_t version = 0;  ///< changes whenever the block does
  };
  static std::uint64_t pack(const Block& block);
  static Block unpack(std::uint64_t word);

  std::uint32_t read_cells(ItemId item, Cells& out) const;
  std::uint32_t replace_cells(ItemId item, std::span<const std::uint32_t> cells);
  std::uint32_t make_cells(std::span<const ContentFeatures::Feature> features, Cells& out);
  void exchange(ItemId item, std::span<const std::uint32_t> before,
                std::span<const std::uint32_t> after);
  void post(std::uint32_t feature, ItemId item);
  void unpost(std::uint32_t feature, ItemId item);
  static void count_products(Posting& posting, std::uint32_t products);
  [[nodiscard]] bool widen(Posting& posting, Block& block);
  [[nodiscard]] bool make_room(Posting& posting, Block& block, ItemId item);
  std::uint32_t read_posting(std::uint32_t feature, std::uint32_t most, ItemId* out) const;

  [[nodiscard]] float weight_of(std::uint32_t cell) const { return weights_[cell & 31]; }
  [[nodiscard]] float rarity(std::uint32_t feature, float log_catalog) const;
  /// A partial product above 0 in the upper half: the greater number is the better candidate, and
  /// of two alike the smaller ItemId.
  static std::uint64_t near_of(float score, ItemId item) {
    return std::uint64_t{std::bit_cast<std::uint32_t>(score)} << 32 | (kNoItem - item);
  }
  static ItemId item_of(std::uint64_t near) { return kNoItem - static_cast<std::uint32_t>(near); }
  static constexpr std::size_t kSortedAtOnce = 64;
  static void sort_piece(std::vector<std::uint64_t>& near, std::size_t from);
  void collect(ContentScratch& scratch) const;
  void rank(std::size_t k, ContentScratch& scratch, std::vector<ContentMatch>& out) const;
  void load_items(SnapshotReader& in);
  void load_postings(SnapshotReader& in);

  ContentSettings settings_;
  std::array<float, 32> weights_{};  ///< by a cell's code
  ItemDictionary names_;
  ChunkedArray<std::atomic<std::uint64_t>, 12> items_;
  ChunkedArray<Posting, 12> postings_;
  BlockArena item_cells_;
  BlockArena posting_cells_;
  ItemId items_end_ = 0;  ///< one past the largest product; writer only
  std::atomic<std::uint32_t> products_{0};
  std::atomic<std::uint64_t> dropped_{0}, dropped_postings_{0};
};

}  // namespace souk::recommendations
