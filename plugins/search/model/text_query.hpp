// A question to the text of a corpus, and what the engine answers.
//
//   QueryWords words;  read_query("black t shirt under", words);          // 1. split into words
//   words.words[3].role = WordRole::kIgnored;                             // 2. what was understood
//   query.alternatives.push_back({.first = 1, .words = 2, .text = "tee"});  //    synonyms
//   searcher.search(segments, query, scratch, result);                    // 3. match and rank
//
// The engine finds by itself: stems, the beginning of the last word, typos, words written together
// or apart, quantities. Synonyms are the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/model/doc_set.hpp"
#include "plugins/search/model/document.hpp"

namespace souk::search {

class TextIndex;

inline constexpr std::size_t kMaxQueryBytes = 1024;  ///< what is longer is cut, at a character
inline constexpr std::size_t kMaxQueryWords = 24;    ///< what follows is not read

enum class WordRole : std::uint8_t {
  kNeeded,    ///< documents without it come after those that have it, or not at all
  kOptional,  ///< adds to the score of what matches the needed ones
  kIgnored,   ///< as if it had not been typed: it was understood as a filter, say
  kExcluded,  ///< documents that have it are out
};

struct QueryWord {
  std::uint32_t begin = 0, end = 0;  ///< bytes of the question
  std::string text;                  ///< folded
  TokenKind kind = TokenKind::kWord;
  WordRole role = WordRole::kNeeded;
  std::uint8_t phrase =
      0;  ///< words with the same number > 0 stood in quotes: they must be adjacent
  bool joined_before = false;  ///< written together with the word before: "wh-1000xm4"
};

/// Instead of words [first, first + words) also `text`, which counts `weight` (0 … 1) as much.
struct QueryAlternative {
  std::uint8_t first = 0;
  std::uint8_t words = 1;
  std::string text;  ///< one or more words; several are all needed
  float weight = 0.9F;
};

/// When fewer documents than `enough` have all needed words.
enum class Relaxation : std::uint8_t {
  kNone,  ///< all needed words, or nothing
  kMost,  ///< then those with most of the weight of the question, after the others
  kAny,   ///< then those with any word, after the others
};

struct TextQuery {
  std::vector<QueryWord> words;
  std::vector<QueryAlternative> alternatives;  ///< the caller's
  std::vector<QueryAlternative>
      overlays;                   ///< by read_query(): "t-shirt" as "tshirt", "1 l" as "#1000ml"
  bool last_finished = false;     ///< by read_query(): a space follows the last word
  FieldMask fields = kAllFields;  ///< where to look
  bool prefix_last = true;        ///< the last word may be the beginning of one
  bool typos = true;
  std::uint8_t one_typo_from = 5;   ///< letters
  std::uint8_t two_typos_from = 9;  ///< letters
  Relaxation relaxation = Relaxation::kMost;
  std::uint32_t enough = 20;  ///< documents with all words from which on nothing is relaxed
  std::uint32_t top = 10;     ///< how many of the best are ranked; ≤ kMaxTop
};
inline constexpr std::uint32_t kMaxTop = 1024;

/// Reads the words of `text` into `query.words` (and nothing else of it): quotes become phrases, a
/// "-" before a word or a quote excludes it when `syntax` is set. Any bytes are a question.
void read_query(std::string_view text, TextQuery& query, bool syntax = true);

/// What a segment offers: `visible` are the documents that live and may be seen, all when null.
/// What is not visible is not matched, counted or corrected to.
struct SegmentText {
  const TextIndex* index = nullptr;
  const DocSet* visible = nullptr;
};

/// One of the best.
struct TextHit {
  std::uint32_t segment = 0;
  std::uint32_t document = 0;
  float score = 0;         ///< relevance: comparable within one answer only
  float proximity = 0;     ///< 0 … 1: how close the words stand, in order
  float exactness = 0;     ///< 0 … 1: share of the question that is there letter by letter
  std::uint8_t words = 0;  ///< needed words that it has
  std::uint8_t typos = 0;  ///< edits it took
};

/// How a word of the question was understood.
struct WordEvidence {
  std::uint32_t documents = 0;  ///< that have the word, in any of its forms, visible ones or not
  bool known = false;           ///< it stands in the text as it was typed
  std::string corrected;  ///< what it was read as, when not as typed; stands in something visible
};

struct TextResult {
  std::vector<DocSet> matches;         ///< one for each segment
  std::uint64_t total = 0;             ///< their documents
  std::uint64_t all_words = 0;         ///< those of them that have all needed words
  std::vector<TextHit> top;            ///< the best first; ties by segment and document
  std::vector<WordEvidence> evidence;  ///< one for each word of the question
  std::string corrected;  ///< the question with its corrections; empty when there are none
  bool relaxed = false;   ///< documents that lack a needed word were let in
};

}  // namespace souk::search
