// Products of an answer that are different of each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/sparse_table.hpp"

namespace souk::recommendations {

/// Greedy re-ranking by maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998): of those
/// left, next comes the one with the largest
///
///     (1 − λ) · score/best − λ · (½ · same category + ½ · same brand)
///
/// where "same" is 1 − 2^−n for n products of it that are chosen already. λ = 0 keeps the order. Of
/// one brand no more than `max_per_brand` are chosen. Re-used by one thread.
class Diversity {
 public:
  /// 0 … 1; no limit of brands for 0.
  void begin(double lambda, std::uint32_t max_per_brand);
  /// The next candidate, in order of score; 0xffffffff for no brand or category.
  void add(double score, std::uint32_t brand, std::uint32_t category);
  /// The places of the chosen, best first, at most `limit`. Valid until begin().
  const std::vector<std::size_t>& choose(std::size_t limit);
  /// How many candidates were passed over because their brand had its share.
  [[nodiscard]] std::size_t of_full_brands() const { return of_full_brands_; }

 private:
  struct Candidate {
    double score = 0;
    std::uint32_t brand = 0;
    std::uint32_t category = 0;
    bool gone = false;
  };
  [[nodiscard]] double value(const Candidate& candidate);

  double lambda_ = 0;
  std::uint32_t max_per_brand_ = 0;
  std::vector<Candidate> candidates_;
  std::vector<std::size_t> chosen_;
  SparseTable<std::uint32_t> brands_;  ///< chosen products of each
  SparseTable<std::uint32_t> categories_;
  std::size_t of_full_brands_ = 0;
};

}  // namespace souk::recommendations
