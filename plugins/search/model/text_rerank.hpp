// Second pass: the few best are looked at again, word by word in the order of their titles.
// Closeness, exactness and whether the question is what the product is (the head of its title), not
// what it is for, change the score by factors near one.
#pragma once

#include <cstdint>
#include <vector>

#include "plugins/search/model/text_matcher.hpp"
#include "plugins/search/model/text_plan.hpp"
#include "plugins/search/model/text_search.hpp"

namespace souk::search {

class TextReranker {
 public:
  /// For every candidate a hit, in their order, appended to `out`; scores are those of the
  /// candidates times the factors. Candidates of one segment need not stand together.
  void rerank(std::span<const SegmentText> segments, const TextPlan& plan, const TextQuery& query,
              const TextSearchOptions& options, std::span<const TextCandidate> candidates,
              std::vector<TextHit>& out);

  /// Do the words of every quoted phrase stand side by side in some field?
  bool holds_phrases(const SegmentText& segment, const TextPlan& plan, const TextQuery& query,
                     std::uint32_t segment_number, std::uint32_t document, WordRole role);

 private:
  /// What a term of a segment means in the question.
  struct Meaning {
    TextIndex::Term term = TextIndex::kNoTerm;
    std::uint32_t words = 0;
    bool exact = false;
    std::uint8_t typos = 0;
  };
  struct SegmentMeanings {
    std::vector<Meaning> table;  ///< open addressing, a power of two
    TextIndex::Term prefix_first = 0, prefix_end = 0;
    std::uint32_t prefix_words = 0;
    bool ready = false;
  };
  struct TitleWord {
    std::uint32_t words = 0;
    bool exact = false;
    std::uint8_t typos = 0;
  };

  static void learn(std::size_t number, const TextPlan& plan, SegmentMeanings& out);
  static void add(SegmentMeanings& meanings, const Meaning& meaning);
  static TitleWord meaning_of(const SegmentMeanings& meanings, TextIndex::Term term);
  void read_title(const SegmentText& segment, const SegmentMeanings& meanings,
                  std::uint32_t document);
  [[nodiscard]] float proximity(std::size_t words) const;
  void keep_best(float score, std::size_t wanted);

  std::vector<SegmentMeanings> meanings_;
  std::vector<float> best_;  ///< a heap
  std::vector<TitleWord> title_;
  std::vector<TextIndex::Term> field_;
};

}  // namespace souk::search
