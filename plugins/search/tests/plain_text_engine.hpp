// The text engine once more, without an index: every document is looked at for every word, and
// every score is added up from the formulas. What the real one finds, counts and puts first must
// be this, whatever it leaves out to be fast.
//
// Of the real one it takes the scale of impacts, the stems and the words that split texts; nothing
// of postings, blocks, windows or heaps.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "plugins/search/model/text_index.hpp"
#include "plugins/search/model/text_search.hpp"

namespace souk::search::testing {

/// Words of made-up letters, no two of them closer than four edits, none a piece of another; of
/// half of them there is also a plural, which is another form of the same word.
class MadeUpWords {
 public:
  MadeUpWords(std::mt19937& random, std::size_t count);
  /// The small numbers more often: a few words are everywhere.
  [[nodiscard]] const std::string& draw(std::mt19937& random) const;
  [[nodiscard]] const std::vector<std::string>& all() const { return words_; }

 private:
  std::vector<std::string> words_;
};

/// Documents of those words in titles, tags, brands and descriptions.
std::vector<Document> worded_documents(std::mt19937& random, const MadeUpWords& words,
                                       std::size_t count);

/// A segment as a list of documents.
struct PlainSegment {
  std::vector<Document> documents;
  std::vector<bool> visible;
};

struct PlainAnswer {
  struct Scored {
    std::uint32_t segment = 0;
    std::uint32_t document = 0;
    float score = 0;
  };
  std::vector<std::vector<bool>> matches;  ///< by segment and document
  std::uint64_t total = 0;
  std::uint64_t all_words = 0;
  bool relaxed = false;
  std::vector<Scored> best;  ///< all that match, the best first
};

class PlainTextEngine {
 public:
  /// `options` with pivots, as segments of one corpus have them.
  PlainTextEngine(std::vector<PlainSegment> segments, const TextIndexOptions& options);

  /// Of a question whose last word is finished, without quotes; `most` as in TextSearchOptions.
  PlainAnswer ask(const TextQuery& query, const TextSearchOptions& options = {});

  /// Documents that have a word which begins so, or stand as one of its forms.
  [[nodiscard]] std::vector<std::vector<bool>> begins(const std::string& beginning,
                                                      FieldMask fields) const;

 private:
  struct Occurrence {
    std::uint32_t document = 0;
    float frequency = 0;  ///< as its impact says
    FieldMask fields = 0;
  };
  using Occurrences = std::vector<Occurrence>;
  struct Word {
    std::vector<std::pair<std::string, float>> forms;  ///< with their weights
    float idf = 0;
    bool seen = false;  ///< a visible document has it
  };
  void read(std::size_t segment, const TextIndexOptions& options);
  [[nodiscard]] bool is_seen(const std::string& word) const;
  [[nodiscard]] std::uint64_t documents_of(const std::string& word) const;
  void add_forms(const std::string& text, float weight, Word& word) const;
  [[nodiscard]] std::string misspelt(const std::string& text, const TextQuery& query) const;
  [[nodiscard]] Word read_word(const std::string& text, const TextQuery& query) const;
  void score(const Word& word, std::uint32_t bit, const TextQuery& query, float saturation);
  void let_in(const TextQuery& query, const std::vector<Word>& words, std::uint32_t needed,
              float enough, PlainAnswer& answer) const;

  std::vector<PlainSegment> segments_;
  std::vector<std::map<std::string, Occurrences>> words_;  ///< by segment
  std::map<std::string, std::string> stems_;
  std::uint64_t documents_ = 0;
  // Of the question at hand, by segment and document.
  std::vector<std::vector<float>> scores_;
  std::vector<std::vector<std::uint32_t>> have_;
};

}  // namespace souk::search::testing
