// The words of indexed products and of questions, as the latent space reads them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "plugins/search/model/byte_vectors.hpp"
#include "plugins/search/model/latent_space.hpp"
#include "plugins/search/model/stemmer.hpp"
#include "plugins/search/model/text_index.hpp"

namespace souk::search {

/// Keys of words: of their stem in the catalog's main language. One thread.
class LatentWords {
 public:
  explicit LatentWords(const std::vector<Language>& languages);
  /// Those it was made for.
  [[nodiscard]] const std::vector<Language>& languages() const { return asked_; }
  /// 0 for what says nothing of a product's kind: function words, codes, sizes, single letters.
  std::uint64_t key(std::string_view folded);
  /// Appends the words of a text, each once.
  void read(std::string_view text, float weight, std::vector<LatentWord>& out);

 private:
  std::vector<Language> asked_;
  std::vector<Language> languages_;
  Stemmer stemmer_;
};

/// The products of one segment. Reads the index; one thread.
class LatentSegment {
 public:
  explicit LatentSegment(const TextIndex& index);
  /// Replaces `out` by the words of a document, sorted by key, each once. Words of titles,
  /// categories and tags weigh more.
  void read(std::uint32_t document, std::vector<LatentWord>& out) const;

 private:
  const TextIndex& index_;
  std::vector<std::uint64_t> keys_;  ///< by term
};

/// Sums up words with the same key.
void unite(std::vector<LatentWord>& words);

/// The directions of all documents.
[[nodiscard]] ByteVectors latent_vectors(const LatentSpace& space, const TextIndex& index);

}  // namespace souk::search
