// A question resolved against the dictionaries of the segments: which terms stand for which words,
// how much each counts, and how rare it all is. Made anew for each question in memory that is kept.
//
// Words that alternatives connect ("t shirt" ~ "tshirt") form a slot; a slot has clauses, each of
// which covers some of its words; a clause has parts, all of which a document must have; a part is
// a set of terms with weights, of which it must have one.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/text_index_data.hpp"
#include "plugins/search/model/text_query.hpp"
#include "plugins/search/model/typos.hpp"

namespace souk::search {

/// Objects that are used again: their memory is kept when the pool is cleared.
template <class T>
class Pool {
 public:
  T& take() {
    if (used_ == all_.size()) {
      all_.emplace_back();
    }
    return all_[used_++];
  }
  void clear() { used_ = 0; }
  [[nodiscard]] std::size_t size() const { return used_; }
  T& operator[](std::size_t n) { return all_[n]; }
  const T& operator[](std::size_t n) const { return all_[n]; }

 private:
  std::vector<T> all_;
  std::size_t used_ = 0;
};

struct PlannedTerm {
  TextIndex::Term term = 0;
  float weight = 1;
  bool exact = false;
  std::uint8_t typos = 0;
};

/// A part in one segment.
struct SegmentPart {
  std::vector<PlannedTerm> terms;
  TextIndex::Term prefix_first = 0, prefix_end = 0;  ///< the other terms that begin so
  std::uint64_t postings = 0;                        ///< of terms and prefix together
};

/// A word to be read as another.
struct Correction {
  std::string text;
  std::uint8_t cost = 0;
  std::uint64_t documents = 0;
};

struct PlannedPart {
  std::string text;
  bool stems = true;
  bool prefix = false;
  std::uint64_t exact_documents = 0;   ///< over all segments, as all counts here
  std::uint64_t listed_documents = 0;  ///< at most; forms counted one by one, beginnings left out
  std::uint64_t documents = 0;         ///< at most; with beginnings
  bool seen = false;                   ///< stands in something visible
  Pool<Correction> corrections;
  std::vector<SegmentPart> segments;
};

struct PlannedClause {
  std::uint32_t words = 0;  ///< bit i: covers word i
  std::size_t slot = 0;
  std::size_t first_part = 0, parts = 0;
  float weight = 1;
  float idf = 0;
  bool base = false;  ///< the word itself
};

class TextPlan {
 public:
  static constexpr float kStemWeight = 0.9F;
  static constexpr float kTypoWeight = 0.6F;    ///< of a reading, where the word itself is known
  static constexpr float kOtherReading = 0.7F;  ///< of those behind the likeliest
  static constexpr std::size_t kMaxStems = 24;
  static constexpr std::size_t kMaxCorrections = 6;

  /// The plan of a question without corrections of words that are known.
  void make(std::span<const SegmentText> segments, const TextQuery& query);
  /// For a question that no document answers whole. Words that nothing visible has are read as
  /// nearby ones more boldly: from three letters, and with another first letter. When there are
  /// none, words that are known may be meant as others. False when there is nothing to add.
  bool correct_more(std::span<const SegmentText> segments, const TextQuery& query);

  Pool<PlannedPart> parts;
  Pool<PlannedClause> clauses;  ///< grouped by slot
  std::size_t slots = 0;
  std::uint32_t needed = 0;  ///< bits of words
  std::uint32_t optional = 0;
  std::uint32_t excluded = 0;
  std::array<float, kMaxQueryWords> idf{};  ///< by word
  std::uint64_t documents = 0;              ///< of all segments

 private:
  struct Context {
    std::span<const SegmentText> segments;
    const TextQuery& query;
  };
  struct TypoBudget {
    unsigned edits = 0;
    bool first_letter = false;  ///< one of the edits may be there
  };
  static constexpr std::size_t kShortest = 3;
  void set_roles(const Context& context);
  void add_words(const Context& context);
  void add_alternatives(const Context& context);
  void add_joins(const Context& context);
  void add_splits(const Context& context, std::size_t word);
  void add_dimensions(const Context& context, std::string_view text, std::uint32_t bits);
  PlannedClause& add_clause(std::uint32_t words, float weight);
  bool add_alternative(const Context& context, const QueryAlternative& alternative, bool if_known);
  std::size_t add_part(const Context& context, std::string_view text, bool prefix, bool stems);
  void resolve(const Context& context, PlannedPart& part);
  void resolve_stems(const SegmentText& segment, SegmentPart& found, std::string_view text,
                     float weight, std::uint8_t typos);
  bool add_corrections(const Context& context, PlannedPart& part, TypoBudget budget);
  [[nodiscard]] bool is_unseen(const PlannedClause& clause) const;
  static void add_candidate(std::vector<Correction>& found, const TextIndex::Data& data,
                            const TypoCandidate& candidate);
  static void keep_visible(const Context& context, const std::vector<Correction>& found,
                           PlannedPart& part);
  void add_correction_terms(const Context& context, PlannedPart& part);
  void group_slots(std::size_t words);
  void weigh();
  [[nodiscard]] static std::uint64_t known(const Context& context, std::string_view text);
  [[nodiscard]] static unsigned typo_limit(const TextQuery& query, const PlannedPart& part,
                                           const Letters& letters);

  Stemmer& stemmer_for(const std::vector<Language>& languages);
  std::vector<Stemmer> stemmers_;
  std::vector<TypoCandidate> candidates_;
  std::vector<Correction> corrections_;
  TokenStream stream_;
  std::vector<std::size_t> slot_of_;
  std::vector<PlannedClause> ordered_;
};

/// Words with digits are codes and sizes: they are taken literally.
bool has_digit(std::string_view text);

/// Does any document of `visible` (null: all) have the term?
bool is_visible(const TextIndex::Data& data, TextIndex::Term term, const DocSet* visible);

}  // namespace souk::search
