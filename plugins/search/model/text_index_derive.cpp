#include <algorithm>

#include "plugins/search/model/character_fold.hpp"
#include "plugins/search/model/text_index_builder.hpp"

namespace souk::search {
namespace {

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// The first `count` characters of a term, or nothing when it has fewer.
std::string_view beginning_of(std::string_view term, std::size_t count) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (at >= term.size()) {
      return {};
    }
    decode_utf8(term, at);
  }
  return term.substr(0, at);
}

void unite(const TextIndex::Data& data, PrefixUnion& one) {
  DocSet titles(data.documents);
  one.documents.reset(data.documents);
  DecodedBlock decoded;
  for (TextIndex::Term term = one.first; term < one.end; ++term) {
    for (const PostingBlock& block : data.blocks_of(term)) {
      data.decode(block, decoded);
      for (std::uint32_t i = 0; i < decoded.count; ++i) {
        one.documents.add(decoded.documents[i]);
        if ((decoded.fields[i] & field_bit(Field::kTitle)) != 0) {
          titles.add(decoded.documents[i]);
        }
      }
    }
  }
  const auto take = [&](DocId document) {
    one.best.push_back(document);
    return one.best.size() < PrefixUnion::kMaxBest;
  };
  titles.for_each_while(take);
  if (one.best.size() < PrefixUnion::kMaxBest) {
    DocSet others = one.documents;
    others.subtract(titles).for_each_while(take);
  }
}

}  // namespace

bool is_plain_word(std::string_view term) {
  if (term.empty() || term.front() == '#') {
    return false;
  }
  FoldedCharacter scratch;
  for (std::size_t at = 0; at < term.size();) {
    if (fold_character(decode_utf8(term, at), scratch).kind != CharacterKind::kLetter) {
      return false;
    }
  }
  return true;
}

void derive_heads(TextIndex::Data& data) {
  constexpr std::size_t kClasses = TextIndex::Data::kHeadClasses * TextIndex::Data::kHeadClasses;
  const auto terms = static_cast<TextIndex::Term>(data.frequency.size());
  if (terms < kClasses) {
    return;
  }
  data.heads.assign(kClasses + 1, terms);
  std::size_t next = 0;
  for (TextIndex::Term term = 0; term < terms; ++term) {
    const std::size_t head = TextIndex::Data::head_of(data.term(term));
    for (; next <= head; ++next) {
      data.heads[next] = term;
    }
  }
}

void derive_stems(TextIndex::Data& data) {
  Stemmer stemmer(data.languages);
  const auto terms = static_cast<TextIndex::Term>(data.frequency.size());
  for (TextIndex::Term term = 0; term < terms; ++term) {
    const std::string_view word = data.term(term);
    if (word.size() < 3 || !is_plain_word(word)) {
      continue;
    }
    for (std::size_t n = 0; n < data.languages.size(); ++n) {
      data.stems.push_back({stem_hash(n, stemmer.stem(n, word)), term});
    }
  }
  std::sort(data.stems.begin(), data.stems.end(), [](const StemEntry& a, const StemEntry& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.term < b.term;
  });
  data.stems.shrink_to_fit();
}

void derive_typos(TextIndex::Data& data) {
  constexpr std::size_t kLengths = TextIndex::Data::kTypoLengths;
  constexpr std::size_t kBuckets = 256 * kLengths;
  const auto terms = static_cast<TextIndex::Term>(data.frequency.size());
  std::vector<std::uint32_t> bucket_of(terms, kBuckets);
  data.typo_begin.assign(kBuckets + 1, 0);
  for (TextIndex::Term term = 0; term < terms; ++term) {
    const std::string_view word = data.term(term);
    const std::size_t length = characters_of(word);
    if (length < TextIndex::Data::kMinTypoLength || length >= kLengths || !is_plain_word(word)) {
      continue;
    }
    bucket_of[term] =
        static_cast<std::uint32_t>(static_cast<unsigned char>(word.front()) * kLengths + length);
    ++data.typo_begin[bucket_of[term] + 1];
  }
  for (std::size_t i = 0; i < kBuckets; ++i) {
    data.typo_begin[i + 1] += data.typo_begin[i];
  }
  data.typos.resize(data.typo_begin[kBuckets]);
  std::vector<std::uint32_t> at(data.typo_begin);
  for (TextIndex::Term term = 0; term < terms; ++term) {
    if (bucket_of[term] < kBuckets) {
      data.typos[at[bucket_of[term]]++] = {letters_of(data.term(term)), term};
    }
  }
}

void derive_unions(TextIndex::Data& data, std::size_t smallest) {
  const auto terms = static_cast<TextIndex::Term>(data.frequency.size());
  constexpr std::size_t kMaxCharacters = 3;
  for (std::size_t characters = 1; characters <= kMaxCharacters; ++characters) {
    for (TextIndex::Term first = 0; first < terms;) {
      const std::string_view beginning = beginning_of(data.term(first), characters);
      std::size_t postings = data.frequency[first];
      TextIndex::Term end = first + 1;
      while (end < terms && !beginning.empty() && data.term(end).starts_with(beginning)) {
        postings += data.frequency[end++];
      }
      if (!beginning.empty() && beginning.front() != '#' && postings > smallest) {
        PrefixUnion one;
        one.first = first;
        one.end = end;
        unite(data, one);
        data.unions.push_back(std::move(one));
      }
      first = end;
    }
  }
}

}  // namespace souk::search
