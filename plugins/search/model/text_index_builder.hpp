// Builds the arrays of a TextIndex, in one pass over the texts and two over what was read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/model/compounds.hpp"
#include "plugins/search/model/text_index_data.hpp"
#include "plugins/search/model/vocabulary.hpp"

namespace souk::search {

class TextIndexBuilder {
 public:
  TextIndexBuilder(const TextIndexOptions& options, TextIndex::Data& data);

  /// Once. Words of a field beyond kMaxFieldWords are not searchable.
  void build(std::span<const Document> documents);

  static constexpr std::size_t kMaxFieldWords = 2000;
  static constexpr std::size_t kMaxForwardWords = 96;  ///< of a field: what distances are read from
  /// Postings of a beginning from which on it is worth a union; also documents / kUnionShare.
  static constexpr std::size_t kMinUnion = 4096;
  static constexpr std::size_t kUnionShare = 12;

 private:
  /// A word as it was read: the vocabulary's number, and whether it lies over others.
  static constexpr std::uint32_t kOverlay = 1U << 31U;
  struct Occurrence {
    std::uint32_t word = 0;
    std::uint32_t field = 0;
    float count = 0;
  };
  struct Entry {  ///< of a document, in the documents' order
    TextIndex::Term term = 0;
    std::uint8_t impact = 0;
    FieldMask fields = 0;
  };

  void read(const Document& document);
  void set_pivots();
  void sort_terms();
  void rank_terms();
  void split_compounds();
  void fold(std::uint32_t document);
  void gather(std::uint32_t document);
  void join_neighbours(std::size_t begin, std::size_t end, std::uint32_t field);
  void write_forward(std::uint32_t document);
  void write_postings();
  void write_block(std::size_t begin, std::size_t end);
  [[nodiscard]] std::span<const std::uint32_t> field_words(std::uint32_t document,
                                                           std::size_t field) const;

  const TextIndexOptions& options_;
  TextIndex::Data& data_;
  Vocabulary vocabulary_;
  TokenStream stream_;
  std::vector<std::uint32_t> occurrences_;   ///< by word: how often it was read
  std::vector<std::uint32_t> sequence_;      ///< all words of all fields of all documents
  std::vector<std::uint32_t> field_end_;     ///< in sequence_, kFields a document
  std::vector<std::uint16_t> field_length_;  ///< words without overlays, kFields a document
  std::vector<TextIndex::Term> term_of_;     ///< by word
  std::vector<std::uint32_t> rank_of_;       ///< by word
  CompoundParts compounds_;
  std::vector<Occurrence> gathered_;
  std::string joined_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> entry_end_;  ///< by document
  std::vector<std::uint32_t> documents_;  ///< by term: their documents, impacts, fields
  std::vector<std::uint8_t> impacts_;
  std::vector<FieldMask> fields_;
};

/// Stems, words open to typos and unions of beginnings: what follows from terms and postings.
void derive_heads(TextIndex::Data& data);
void derive_stems(TextIndex::Data& data);
void derive_typos(TextIndex::Data& data);
void derive_unions(TextIndex::Data& data, std::size_t smallest);

/// Only letters of a script that is written in words?
bool is_plain_word(std::string_view term);

}  // namespace souk::search
