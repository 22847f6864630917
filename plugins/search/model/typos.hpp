// Typing errors: which words of an index are close to a word that it does not have.
//
// The distance is that of Damerau and Levenshtein in its restricted form (optimal string
// alignment): insertions, deletions, substitutions and transpositions of neighbours, one each, no
// substring edited twice; and one more when the first letters differ, for people rarely mistype
// those. Letters are Unicode's, not bytes.
//
// Candidates are found by a scan: the words of like length and the same first letter, of these
// those whose sets of letters (32 bits) can be that close, of these the distance. No table beside
// the dictionary but eight bytes a word; README.md has the measurement against an automaton.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "plugins/search/model/text_index_data.hpp"

namespace souk::search {

inline constexpr std::size_t kMaxTypoLetters = TextIndex::Data::kTypoLengths - 1;

/// A word as letters.
struct Letters {
  std::uint8_t size = 0;
  char32_t at[kMaxTypoLetters] = {};
};
/// False when there are more than kMaxTypoLetters.
bool read_letters(std::string_view word, Letters& out);

/// The distance, or limit + 1 when it is larger. With `prefix`, that to the nearest beginning of
/// `b`.
unsigned typo_distance(const Letters& a, const Letters& b, unsigned limit, bool prefix = false);

struct TypoCandidate {
  TextIndex::Term term = 0;
  std::uint8_t cost = 0;
};

/// All terms of the index at distance 1 … `limit` (≤ 2) from `word`; with `prefix` those that have
/// such a beginning. Appends, in no particular order.
void find_typos(const TextIndex::Data& data, const Letters& word, unsigned limit, bool prefix,
                std::vector<TypoCandidate>& out);

}  // namespace souk::search
