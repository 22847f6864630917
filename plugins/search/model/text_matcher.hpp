// First pass over one segment: which documents match a plan, and the best of them by BM25F.
//
// Documents are taken in windows of 4,096 whose accumulators stay in the first cache; each term's
// postings run through the windows once (as in Lucene's BooleanScorer). No match is skipped, for
// the set of all of them is wanted too: facets count on it. But what can't match is: among
// documents that lack words, those that have only words of less than the weight asked for
// (MaxScore's split into essential and other lists: Turtle, Flood 1995).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "plugins/search/model/impact.hpp"
#include "plugins/search/model/posting_cursor.hpp"
#include "plugins/search/model/text_plan.hpp"
#include "plugins/search/model/text_search.hpp"

namespace souk::search {

struct TextCandidate {
  float score = 0;
  std::uint32_t segment = 0;
  std::uint32_t document = 0;
  std::uint32_t words = 0;  ///< bits of the question's words that it has
};
/// The better first; ties in the order of the corpus.
struct IsBetter {
  bool operator()(const TextCandidate& a, const TextCandidate& b) const {
    return a.score != b.score       ? a.score > b.score
           : a.segment != b.segment ? a.segment < b.segment
                                    : a.document < b.document;
  }
};

/// The best `limit` of what is added, in any order until take() sorts them. Of equals those that
/// were added first stay.
class BestCandidates {
 public:
  void reset(std::size_t limit);
  void add(const TextCandidate& candidate) {
    if (candidate.score > threshold_) {
      candidates_.push_back(candidate);
      if (candidates_.size() >= 2 * limit_) {
        prune();
      }
    }
  }
  std::vector<TextCandidate>& take();

 private:
  void prune();
  std::size_t limit_ = 0;
  float threshold_ = -1;
  std::vector<TextCandidate> candidates_;
};

/// What the segments had.
struct TextMatches {
  std::vector<DocSet> whole;  ///< by segment: with all needed words
  std::vector<DocSet> some;   ///< with enough of them, the whole ones left out
  BestCandidates best_whole, best_some;
};

class TextMatcher {
 public:
  explicit TextMatcher(const TextSearchOptions& options);

  /// Words without which nothing is whole, and the weight from which on a document is let in.
  struct Rule {
    std::uint32_t needed = 0;
    float enough = 0;  ///< share of the needed words' idf; over 1: only whole ones
  };
  /// Adds what segment number `s` has to `out`, whose sets of that number are empty and of its
  /// size.
  void match(const SegmentText& segment, std::size_t s, const TextPlan& plan,
             const TextQuery& query, const Rule& rule, TextMatches& out);

 private:
  static constexpr std::uint32_t kWindow = 4096;
  static constexpr std::size_t kWindowWords = kWindow / 64;
  static constexpr std::size_t kMaxLists = 12;  ///< of a part; more are united first
  using Bits = std::array<std::uint64_t, kWindowWords>;
  using Scores = std::array<float, kWindow>;

  static constexpr std::size_t kMostListed = std::size_t{2} * kWindow;  ///< at a time

  struct Cursor : PostingCursor {
    float weight = 1;
    bool beginning = false;  ///< the term only begins like the word
  };
  /// The postings of many terms in one array.
  struct Dense {
    std::vector<std::uint8_t> impacts;
    DocSet documents;
  };
  struct Part {
    std::size_t first_cursor = 0, cursors = 0;
    bool many = false;  ///< more lists than kMaxLists: to be united, unless another word is rare
    const Dense* dense = nullptr;
    const PrefixUnion* all = nullptr;
    float all_weight = 0;
  };
  struct Run {
    const TextIndex::Data& data;
    const SegmentText& segment;
    std::uint32_t number;
    const TextPlan& plan;
    const TextQuery& query;
    const Rule& rule;
    TextMatches& out;
  };

  void prepare(const Run& run);
  void prepare_part(const Run& run, const PlannedPart& part);
  void add_cursor(const TextIndex::Data& data, TextIndex::Term term, float weight);
  void unite_if_many(const Run& run, Part& part);
  void order_slots(const Run& run);
  [[nodiscard]] std::size_t put_essential_first(const Run& run, std::size_t bringing);
  [[nodiscard]] std::uint64_t postings_of(const Run& run, std::size_t first, std::size_t end) const;
  [[nodiscard]] bool match_union(const Run& run);
  void weigh_words(const Run& run);
  void window(const Run& run, std::uint32_t begin);
  void slot(const Run& run, std::size_t slot, std::uint32_t begin, std::uint32_t end);
  void clause(const PlannedClause& clause, std::uint32_t begin, std::uint32_t end);
  void part(Part& part, std::uint32_t begin, std::uint32_t end);
  void lone_list(const PlannedClause& clause, Cursor& cursor, std::uint32_t begin,
                 std::uint32_t end);
  template <class Visit>
  void scan_touched(Cursor& cursor, std::uint32_t begin, std::uint32_t end, Visit&& visit);
  void narrow();
  void lone_part(const PlannedClause& clause, Part& only, std::uint32_t begin, std::uint32_t end);
  void apply(const PlannedClause& clause, const Bits& matched, const Scores& scores);
  void finish(const Run& run, std::uint32_t begin);
  void let_in(const Run& run, std::uint32_t document, std::uint32_t have, float score);

  [[nodiscard]] bool match_lists(const Run& run);
  [[nodiscard]] static bool is_lone(const Part& part);
  std::uint32_t list_rarest(const Run& run, const PlannedClause& clause, Part& part,
                            std::uint32_t begin);
  std::uint32_t list_dense(const Run& run, const PlannedClause& clause, const Dense& dense,
                           std::uint32_t begin);
  std::uint32_t list_window(const Run& run, const PlannedClause& clause, Part& several,
                            std::uint32_t begin);
  void list_document(const Run& run, std::uint32_t document, float score);
  template <class Visit>
  void scan_listed(const Run& run, Cursor& cursor, Visit&& visit);
  void shorten_list(const Run& run, const PlannedClause& clause);
  void list_several(const Run& run, const Part& part);
  void list_many(const Run& run, const Part& part);
  void finish_list(const Run& run);

  /// Two forms of a word in one document count a little more than the better one.
  static float both_forms(float a, float b) {
    constexpr float kSecondForm = 0.2F;
    return std::max(a, b) + kSecondForm * std::min(a, b);
  }
  /// An impact that counts less by so many steps.
  static std::uint8_t lowered(std::uint8_t impact, unsigned down) {
    return impact > down ? static_cast<std::uint8_t>(impact - down) : std::uint8_t{1};
  }
  [[nodiscard]] float weight_of(std::uint32_t words) const {
    return word_weights_[0][words & 0xFFU] + word_weights_[1][words >> 8U & 0xFFU] +
           word_weights_[2][words >> 16U & 0xFFU];
  }

  std::array<float, 256> saturated_{};
  std::array<std::array<float, 256>, 3> word_weights_{};
  float needed_weight_ = 0;
  std::uint32_t excluded_alone_ = 0;
  std::uint32_t slot_words_ = 0;  ///< of the slot at hand
  std::size_t kept_ = 0;          ///< documents of the window that are touched, while narrowing
  PostingSource source_;
  bool fielded_ = false;
  bool whole_only_ = false;
  bool all_whole_ = false;  ///< whatever has every slot is whole

  std::vector<Cursor> cursors_;
  std::vector<Part> parts_;
  Pool<std::unique_ptr<Dense>> dense_;                      ///< parts point to them
  std::vector<std::pair<std::size_t, std::size_t>> slots_;  ///< clauses [first, second)
  std::size_t bringing_ = 0;      ///< the first so many slots have needed words
  bool narrowing_ = false;        ///< of the slot at hand only what is touched counts
  std::size_t only_touched_ = 0;  ///< from this slot on only documents that others have are scored

  Bits touched_{}, slot_touched_{}, part_touched_{}, clause_touched_{};
  Scores score_{}, slot_score_{}, part_score_{}, clause_score_{};
  std::array<std::uint32_t, kWindow> have_{};

  // The list at hand, by document; list_part_ is what the word at hand counts, 0 where it is not.
  std::array<std::uint32_t, kMostListed> list_{};
  std::array<float, kMostListed> list_score_{}, list_part_{};
  std::size_t listed_ = 0;
  std::uint32_t have_all_ = 0;  ///< words that all of it have
};

}  // namespace souk::search
