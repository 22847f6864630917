#include "plugins/search/model/latent_text.hpp"

#include <algorithm>
#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/model/text_index_data.hpp"

namespace souk::search {
namespace {

/// How much a word counts by field: a title says what a product is, a description what else there
/// is to say. Codes say nothing.
constexpr std::array<float, kFields> kSaid = {3, 0.5F, 3, 2, 1, 0, 1};
constexpr std::size_t kShortest = 2;
constexpr std::uint32_t kMostWords = 400;  // of one field: a novel is no better described

/// "ps4" says something, "15.6" and "#1000ml" do not.
bool is_number(std::string_view word) {
  return word.front() == '#' || std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == '.' || c == ',';
         });
}

}  // namespace

LatentWords::LatentWords(const std::vector<Language>& languages)
    : asked_(languages),
      languages_(languages.empty() ? std::vector{Language::kEnglish} : languages),
      stemmer_({languages_.front()}) {}

std::uint64_t LatentWords::key(std::string_view folded) {
  if (folded.size() < kShortest || is_number(folded)) return 0;
  for (const Language language : languages_) {
    if (is_stop_word(folded, language)) return 0;
  }
  const std::string_view stem = stemmer_.stem(0, folded);
  const std::uint64_t key = XXH3_64bits(stem.data(), stem.size());
  return key == 0 ? 1 : key;
}

void LatentWords::read(std::string_view text, float weight, std::vector<LatentWord>& out) {
  TokenStream stream;
  tokenize(text, stream, 256);
  for (const Token& token : stream.tokens) {
    if (token.kind == TokenKind::kJoined || token.kind == TokenKind::kQuantity) continue;
    const std::uint64_t word = key(stream.of(token));
    if (word == 0) continue;
    const auto known =
        std::find_if(out.begin(), out.end(), [&](const LatentWord& w) { return w.key == word; });
    if (known == out.end()) out.push_back({word, weight});
  }
}

LatentSegment::LatentSegment(const TextIndex& index) : index_(index), keys_(index.terms()) {
  LatentWords words(index.languages());
  for (TextIndex::Term term = 0; term < keys_.size(); ++term)
    keys_[term] = words.key(index.data().term(term));
}

void LatentSegment::read(std::uint32_t document, std::vector<LatentWord>& out) const {
  out.clear();
  ForwardReader reader(index_.data(), document);
  for (std::size_t field = 0; field < kFields; ++field) {
    const std::uint32_t words = reader.next_field();
    for (std::uint32_t i = 0; i < words; ++i) {
      const std::uint64_t key = keys_[reader.next_term()];
      if (key != 0 && kSaid[field] > 0 && i < kMostWords) out.push_back({key, kSaid[field]});
    }
  }
  unite(out);
}

void unite(std::vector<LatentWord>& words) {
  std::sort(words.begin(), words.end(), [](const LatentWord& a, const LatentWord& b) {
    return a.key != b.key ? a.key < b.key : a.weight < b.weight;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (kept > 0 && words[kept - 1].key == words[i].key) {
      words[kept - 1].weight += words[i].weight;
    } else {
      words[kept++] = words[i];
    }
  }
  words.resize(kept);
}

ByteVectors latent_vectors(const LatentSpace& space, const TextIndex& index) {
  const LatentSegment segment(index);
  ByteVectors made(index.documents(), space.dimensions());
  std::vector<LatentWord> words;
  std::vector<float> sum(space.dimensions());
  for (DocId doc = 0; doc < index.documents(); ++doc) {
    segment.read(doc, words);
    if (space.fold(words, sum) > 0) made.set(doc, sum);
  }
  made.arrange();
  return made;
}

}  // namespace souk::search
