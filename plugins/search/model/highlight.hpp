// Marks in a product's texts what was searched for, as it was matched: the word itself, its
// beginning, a form of it, the word with a typing error, written together or apart, a synonym.
//
//   Highlighter marker;  marker.read(query, result);                 // once a request
//   marker.mark(title, style, scratch, out);                         // for each text of each hit
//   marker.snippet(description, 20, style, scratch, out);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/model/stemmer.hpp"
#include "plugins/search/model/text_query.hpp"
#include "plugins/search/model/typos.hpp"

namespace souk::search {

enum class MatchLevel : std::uint8_t { none, partial, full };  ///< of the question's words
[[nodiscard]] std::string_view name_of(MatchLevel level) noexcept;

struct HighlightStyle {
  std::string_view before = "<em>";
  std::string_view after = "</em>";
  std::string_view ellipsis = "…";  ///< where a snippet was cut
  bool escape_html = true;          ///< & < > " ' of the text; marks stay as they are
};

struct Highlight {
  std::string text;
  MatchLevel level = MatchLevel::none;
  bool whole = false;                      ///< every word of the text is marked
  std::vector<std::string> matched_words;  ///< of the question, folded, in its order

  /// Keeps its memory.
  void clear() {
    text.clear();
    level = MatchLevel::none;
    whole = false;
    matched_words.clear();
  }
};

/// What marking writes on. One a thread, kept.
struct HighlightScratch {
  explicit HighlightScratch(const std::vector<Language>& languages) : stemmer(languages) {}
  struct Mark {
    std::uint32_t begin = 0;  ///< bytes of the text
    std::uint32_t end = 0;
    std::uint32_t words = 0;  ///< bits of the question's words
  };
  /// A word of the text and the question's words in it.
  struct Place {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t words = 0;
  };
  TokenStream tokens;
  Stemmer stemmer;
  std::vector<Mark> marks;
  std::vector<Place> places;
  /// A word of the question, and what its forms are known by.
  struct Stems {
    std::string word;
    std::vector<std::string> stems;  ///< by language
  };
  std::vector<Stems> stems;  ///< by pattern
};

/// Read once, then any number of threads may mark, each with its own scratch.
class Highlighter {
 public:
  /// Texts are read up to here; what follows is shown without marks.
  static constexpr std::size_t kMostWords = 2000;

  /// Takes the words of a question with their alternatives, and of `result`, which may be null,
  /// what they were corrected to. Words that were understood as something else or are excluded are
  /// none.
  void read(const TextQuery& query, const TextResult* result);
  /// Or words of one's own: word number `bit` (< 32) is also `folded`.
  void add(std::string_view folded, std::uint32_t words, bool prefix, unsigned typos);
  void name_words(std::vector<std::string> words) { words_ = std::move(words); }

  /// False when nothing of `text` can be marked: known by how its words begin, without reading
  /// them. Most descriptions have none of the words that were searched for.
  [[nodiscard]] bool may_mark(std::string_view text) const;

  /// Replaces what `out` holds.
  void mark(std::string_view text, const HighlightStyle& style, HighlightScratch& scratch,
            Highlight& out) const;
  /// The same for the `words` words around the best matches; the beginning when nothing matches.
  void snippet(std::string_view text, std::size_t words, const HighlightStyle& style,
               HighlightScratch& scratch, Highlight& out) const;

 private:
  struct Pattern {
    std::string text;
    Letters letters;
    std::uint32_t words = 0;  ///< bits of the question's words that it stands for
    unsigned typos = 0;
    bool prefix = false;
  };
  using Mark = HighlightScratch::Mark;

  void forget();
  void note_beginning(const Pattern& pattern);
  void add_typed(const TextQuery& query, const TextResult* result, std::size_t word);
  void find_marks(std::string_view text, HighlightScratch& scratch) const;
  void match_token(std::string_view text, const Token& token, HighlightScratch& scratch) const;
  void match_pair(const Token& token, const Token& next, HighlightScratch& scratch) const;
  bool same_stem(std::size_t pattern, std::string_view folded, HighlightScratch& scratch) const;
  [[nodiscard]] bool may_begin(std::string_view folded) const;
  void write(std::string_view text, std::size_t begin, std::size_t end, const HighlightStyle& style,
             const HighlightScratch& scratch, Highlight& out) const;
  void judge(const HighlightScratch& scratch, Highlight& out) const;

  std::vector<std::string> words_;
  std::vector<Pattern> patterns_;
  /// By first letter, a … z: which letters follow in a pattern, bit n for the n-th; all bits: any.
  std::array<std::uint32_t, 26> beginnings_{};
  bool any_beginning_ = false;  ///< a pattern begins otherwise, or may with a typing error
};

/// Appends `text` with what HTML takes for itself written as entities.
void escape_html(std::string_view text, std::string& out);

}  // namespace souk::search
