// The text of one segment, searchable: an immutable inverted index over documents in the order in
// which they were given (the best first). Built once, read by any number of threads.
//
// For each term (a folded word) a posting list in blocks of 128: offsets of documents from the
// block's first in one, two or four bytes, and for each document its impact — the BM25F frequency
// of the term (Robertson, Zaragoza, CIKM 2004: Σ_f weight_f · tf_f / (1 − b_f + b_f · length_f /
// pivot_f)), on a scale of 256 steps — and the set of fields that hold it. Beside it the forward
// index: for each document its words in order, by field, from which phrases, distances and heads
// are read for the few that lead. Terms are sorted, so those that share a beginning stand together.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/search/model/document.hpp"
#include "plugins/search/model/stemmer.hpp"

namespace souk::search {

struct TextIndexOptions {
  std::vector<Language> languages = {Language::kEnglish};
  /// How much an occurrence in a field counts, by Field.
  std::array<float, kFields> weights = {3.5F, 2.0F, 2.0F, 1.5F, 0.8F, 1.5F, 1.3F};
  /// How much the length of a field discounts, by Field (0 … 1).
  std::array<float, kFields> length_share = {0.65F, 0.2F, 0.3F, 0.5F, 0.6F, 0.0F, 0.8F};
  /// The length at which nothing is discounted, in words. Zero: the mean of these documents; give
  /// those of the largest segment of a corpus to the others (TextIndex::pivots()), so that scores
  /// compare.
  std::array<float, kFields> pivots = {};
};

class TextIndex {
 public:
  using Term = std::uint32_t;
  static constexpr Term kNoTerm = ~Term{0};

  /// Document n of `documents` is n in the index. One core: about 25,000 products a second.
  static std::shared_ptr<const TextIndex> build(std::span<const Document> documents,
                                                const TextIndexOptions& options);
  ~TextIndex();

  [[nodiscard]] std::uint32_t documents() const;
  [[nodiscard]] std::uint32_t terms() const;
  [[nodiscard]] const std::array<float, kFields>& pivots() const;
  [[nodiscard]] const std::vector<Language>& languages() const;
  /// Everything it holds.
  [[nodiscard]] std::size_t memory_bytes() const;

  struct Data;  // text_index_data.hpp: for the evaluation and its tests
  [[nodiscard]] const Data& data() const { return *data_; }

 private:
  TextIndex();
  std::unique_ptr<Data> data_;
};

}  // namespace souk::search
