// What a TextIndex holds, and how it is read. Everything is a plain array; positions in them are 32
// bits wide, so a segment's postings end at 4 GiB.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/search/model/doc_set.hpp"
#include "plugins/search/model/text_index.hpp"

namespace souk::search {

/// Up to 128 postings of a term. Their bytes: offsets of documents from `first`, `width` bytes
/// each; then their impacts; then their fields.
struct PostingBlock {
  static constexpr std::uint32_t kSize = 128;

  std::uint32_t first = 0;  ///< document
  std::uint32_t at = 0;     ///< in Data::postings
  std::uint8_t last = 0;    ///< how many follow the first one
  std::uint8_t width = 1;   ///< 1, 2 or 4
  std::uint8_t impact = 0;  ///< the largest
  FieldMask fields = 0;     ///< all that occur
};

struct DecodedBlock {
  std::uint32_t count = 0;
  std::array<std::uint32_t, PostingBlock::kSize> documents;
  const std::uint8_t* impacts = nullptr;
  const FieldMask* fields = nullptr;
};

/// A beginning that so many terms share that their postings are united in advance.
struct PrefixUnion {
  TextIndex::Term first = 0, end = 0;  ///< its terms
  DocSet documents;
  std::vector<std::uint32_t> best;  ///< those with it in the title first, else in order; ≤ kMaxBest
  static constexpr std::size_t kMaxBest = 1024;
};

/// A term that typos may lead to: letters only, and long enough.
struct TypoEntry {
  std::uint32_t letters = 0;  ///< bit c % 32 for each byte c it has
  TextIndex::Term term = 0;
};

struct StemEntry {
  std::uint32_t hash = 0;
  TextIndex::Term term = 0;
};

struct TextIndex::Data {
  std::uint32_t documents = 0;
  std::vector<Language> languages;
  std::array<float, kFields> pivots{};

  std::string text;                        ///< the terms, sorted by bytes, one after another
  std::vector<std::uint32_t> term_text;    ///< where each begins, and the end
  std::vector<std::uint32_t> term_blocks;  ///< its first block, and the end
  std::vector<std::uint32_t> frequency;    ///< documents that have it
  std::vector<PostingBlock> blocks;
  std::vector<std::uint8_t> postings;

  /// By document: for each field the number of its words, then the words (varints): those of the
  /// title, which every question reads, as terms; the others by rank, which is shorter.
  std::vector<std::uint8_t> forward;
  std::vector<std::uint32_t> forward_at;
  std::vector<Term> by_rank;  ///< terms, the most frequent first

  std::vector<StemEntry> stems;           ///< sorted
  std::vector<TypoEntry> typos;           ///< by first byte, then length
  std::vector<std::uint32_t> typo_begin;  ///< [first byte * kTypoLengths + length], and the end
  static constexpr std::size_t kTypoLengths = 32;
  static constexpr std::size_t kMinTypoLength = 3;
  std::vector<PrefixUnion> unions;  ///< by first, the widest first

  /// The first term of each class of beginnings, and the end: a search in the terms starts in a
  /// thousandth of them. Empty where there are few terms.
  std::vector<Term> heads;
  static constexpr std::size_t kHeadClasses = 40;  ///< of a letter
  /// Of the first two letters; grows with them.
  static std::size_t head_of(std::string_view word) {
    const auto letter = [&](std::size_t at) -> std::size_t {
      if (at >= word.size()) return 0;
      const auto c = static_cast<unsigned char>(word[at]);
      if (c < '0') return 1;
      if (c <= '9') return c - '0' + std::size_t{2};
      if (c < 'a') return 12;
      return c <= 'z' ? c - 'a' + std::size_t{13} : 39;
    };
    return letter(0) * kHeadClasses + letter(1);
  }

  [[nodiscard]] std::string_view term(Term n) const {
    return std::string_view(text).substr(term_text[n], term_text[n + 1] - term_text[n]);
  }
  [[nodiscard]] Term find(std::string_view word) const;
  /// The terms that begin so: [first, second).
  [[nodiscard]] std::pair<Term, Term> prefix(std::string_view beginning) const;
  [[nodiscard]] const PrefixUnion* find_union(Term first, Term end) const;
  [[nodiscard]] std::span<const PostingBlock> blocks_of(Term n) const {
    return std::span(blocks).subspan(term_blocks[n], term_blocks[n + 1] - term_blocks[n]);
  }
  void decode(const PostingBlock& block, DecodedBlock& out) const;
};

std::uint32_t stem_hash(std::size_t language, std::string_view stem);
std::uint32_t letters_of(std::string_view word);

/// Reads the words of a document: field by field, in order.
class ForwardReader {
 public:
  ForwardReader(const TextIndex::Data& data, std::uint32_t document)
      : data_(data), at_(data.forward.data() + data.forward_at[document]) {}
  /// The words of the next field; they are read by `next_term()`, all of them.
  std::uint32_t next_field() {
    ++fields_;
    return next();
  }
  TextIndex::Term next_term() { return fields_ == 1 ? next() : data_.by_rank[next()]; }

 private:
  std::uint32_t next() {
    std::uint32_t value = *at_++;
    if (value >= 0x80) {
      value &= 0x7FU;
      for (unsigned shift = 7;; shift += 7) {
        const std::uint32_t byte = *at_++;
        value |= (byte & 0x7FU) << shift;
        if (byte < 0x80) {
          break;
        }
      }
    }
    return value;
  }

  const TextIndex::Data& data_;
  const std::uint8_t* at_;
  unsigned fields_ = 0;
};

inline void TextIndex::Data::decode(const PostingBlock& block, DecodedBlock& out) const {
  const std::uint32_t count = block.last + 1U;
  const std::uint8_t* bytes = postings.data() + block.at;
  out.count = count;
  if (block.width == 1) {
    for (std::uint32_t i = 0; i < count; ++i) {
      out.documents[i] = block.first + bytes[i];
    }
  } else if (block.width == 2) {
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint16_t offset = 0;
      std::memcpy(&offset, bytes + std::size_t{2} * i, 2);
      out.documents[i] = block.first + offset;
    }
  } else {
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t offset = 0;
      std::memcpy(&offset, bytes + std::size_t{4} * i, 4);
      out.documents[i] = block.first + offset;
    }
  }
  out.impacts = bytes + std::size_t{count} * block.width;
  out.fields = out.impacts + count;
}

}  // namespace souk::search
