#include "plugins/search/model/text_index.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "plugins/search/model/text_index_builder.hpp"
#include "plugins/search/model/text_index_data.hpp"

namespace souk::search {
namespace {

template <class T>
std::size_t bytes_of(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

}  // namespace

TextIndex::TextIndex() : data_(std::make_unique<Data>()) {}
TextIndex::~TextIndex() = default;

std::shared_ptr<const TextIndex> TextIndex::build(std::span<const Document> documents,
                                                  const TextIndexOptions& options) {
  std::shared_ptr<TextIndex> index(new TextIndex);
  TextIndexBuilder(options, *index->data_).build(documents);
  return index;
}

std::uint32_t TextIndex::documents() const { return data_->documents; }
std::uint32_t TextIndex::terms() const {
  return static_cast<std::uint32_t>(data_->frequency.size());
}
const std::array<float, kFields>& TextIndex::pivots() const { return data_->pivots; }
const std::vector<Language>& TextIndex::languages() const { return data_->languages; }

std::size_t TextIndex::memory_bytes() const {
  const Data& d = *data_;
  std::size_t bytes = sizeof(TextIndex) + sizeof(Data) + d.text.capacity() + bytes_of(d.term_text) +
                      bytes_of(d.term_blocks) + bytes_of(d.frequency) + bytes_of(d.blocks) +
                      bytes_of(d.postings) + bytes_of(d.forward) + bytes_of(d.forward_at) +
                      bytes_of(d.by_rank) + bytes_of(d.stems) + bytes_of(d.typos) +
                      bytes_of(d.typo_begin) + bytes_of(d.unions) + bytes_of(d.heads);
  for (const PrefixUnion& one : d.unions) {
    bytes += one.documents.memory_bytes() + bytes_of(one.best);
  }
  return bytes;
}

TextIndex::Term TextIndex::Data::find(std::string_view word) const {
  const auto count = static_cast<Term>(frequency.size());
  const std::size_t head = heads.empty() ? 0 : head_of(word);
  Term low = heads.empty() ? 0 : heads[head];
  Term high = heads.empty() ? count : heads[head + 1];
  while (low < high) {
    const Term middle = low + (high - low) / 2;
    if (term(middle) < word) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < count && term(low) == word ? low : kNoTerm;
}

std::pair<TextIndex::Term, TextIndex::Term> TextIndex::Data::prefix(
    std::string_view beginning) const {
  const auto count = static_cast<Term>(frequency.size());
  // Of two letters and more all that begin so are of one class.
  const bool one_class = !heads.empty() && beginning.size() > 1;
  const std::size_t place = one_class ? head_of(beginning) : 0;
  const Term least = one_class ? heads[place] : 0;
  const Term most = one_class ? heads[place + 1] : count;
  const auto bound = [&](Term low, bool behind) {
    Term high = most;
    while (low < high) {
      const Term middle = low + (high - low) / 2;
      const std::string_view head = term(middle).substr(0, beginning.size());
      if (head < beginning || (behind && head == beginning)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  const Term first = bound(least, false);
  return {first, bound(first, true)};
}

const PrefixUnion* TextIndex::Data::find_union(Term first, Term end) const {
  for (const PrefixUnion& one : unions) {
    if (one.first == first && one.end == end) {
      return &one;
    }
  }
  return nullptr;
}

std::uint32_t stem_hash(std::size_t language, std::string_view stem) {
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(stem.data(), stem.size(), language));
}

std::uint32_t letters_of(std::string_view word) {
  std::uint32_t letters = 0;
  for (const char letter : word) {
    letters |= 1U << (static_cast<unsigned char>(letter) % 32U);
  }
  return letters;
}

}  // namespace souk::search
