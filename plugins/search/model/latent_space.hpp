// Words and products as directions of one space, in which those lie near that occur together:
// latent semantic analysis (Deerwester et al., JASIS 41, 1990) of the store's own texts and of what
// shoppers click for their words, so "something warm for winter evenings" finds blankets that say
// none of it.
//
// A row a product, a column a word: log(1 + how often, by field) · idf, rows of length 1; words of
// queries that led to the product stand in its row too. The right singular vectors are the words'
// directions; a product's is the sum of its words', so a new one has its place at once.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "souk/result.hpp"

namespace souk::search {

/// A word of a product or a question: the key of its stem, and how much it is said.
struct LatentWord {
  std::uint64_t key = 0;
  float weight = 0;
};

struct LatentLimits {
  std::uint32_t dimensions = 0;          ///< 0: by the number of products
  std::uint32_t max_products = 200'000;  ///< learned from, evenly spread; the others are folded in
  std::uint32_t max_terms = 100'000;     ///< the most frequent ones
  std::uint32_t fewest_products = 32;    ///< below, nothing is learned
  std::uint32_t fewest_of_term = 2;      ///< products that have it
  double most_of_term = 0.4;             ///< share of products: a word of so many says nothing
  double budget_s = 120;                 ///< after it, no further pass; zero: nothing is learned
  std::uint64_t seed = 1;
};

/// Immutable once made; any thread.
class LatentSpace {
 public:
  [[nodiscard]] std::uint32_t dimensions() const { return dimensions_; }
  [[nodiscard]] std::uint32_t terms() const { return static_cast<std::uint32_t>(keys_.size()); }
  [[nodiscard]] std::uint32_t learned_from() const { return products_; }
  [[nodiscard]] double seconds() const { return seconds_; }
  /// kNone when the word was not learned.
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  [[nodiscard]] std::uint32_t find(std::uint64_t key) const;
  [[nodiscard]] float idf(std::uint32_t term) const { return idf_[term]; }

  /// Adds `weight` times the word's direction to `sum`, which has dimensions() places.
  void add(std::uint32_t term, float weight, std::span<float> sum) const;
  /// Replaces `sum` by the direction of these words, unknown ones left out; what is known of them,
  /// as a share of their idf. 0: nothing.
  float fold(std::span<const LatentWord> words, std::span<float> sum) const;

  [[nodiscard]] std::size_t memory_bytes() const {
    return keys_.capacity() * 8 + (idf_.capacity() + scale_.capacity()) * 4 + vectors_.capacity();
  }

 private:
  friend class LatentTraining;
  std::uint32_t dimensions_ = 0;
  std::uint32_t products_ = 0;
  double seconds_ = 0;
  float rarest_ = 0;                 ///< the largest idf
  std::vector<std::uint64_t> keys_;  ///< sorted
  std::vector<float> idf_;
  std::vector<float> scale_;  ///< of the term's bytes
  std::vector<std::int8_t> vectors_;
};

/// Dimensions for a catalog of so many products: a multiple of 32.
[[nodiscard]] std::uint32_t latent_dimensions(std::uint64_t products);

/// Calls its argument with the words of every product, no key twice; the same whenever it is asked.
using LatentProducts =
    std::function<void(const std::function<void(std::span<const LatentWord>)>& take)>;

/// CANCELLED soon after `cancelled` says so; FAILED_PRECONDITION when there is too little to learn
/// from; DEADLINE_EXCEEDED without budget. Any thread, one core; up to 250 MB at the limits.
[[nodiscard]] Result<LatentSpace> learn_latent_space(const LatentProducts& products,
                                                     const LatentLimits& limits,
                                                     const std::function<bool()>& cancelled,
                                                     const std::function<void(double)>& progress);

}  // namespace souk::search
