// A question → the products that answer it. Reads published views only; any number of threads, each
// with a Finder of its own, which keeps its memory between questions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/search/model/distinct.hpp"
#include "plugins/search/model/facet_search.hpp"
#include "plugins/search/model/facets.hpp"
#include "plugins/search/model/filter_evaluation.hpp"
#include "plugins/search/model/highlight.hpp"
#include "plugins/search/model/rank_model.hpp"
#include "plugins/search/model/sorting.hpp"
#include "plugins/search/model/text_search.hpp"
#include "plugins/search/serve/question.hpp"
#include "plugins/search/serve/ranking.hpp"
#include "plugins/search/settings.hpp"
#include "plugins/search/state/known.hpp"
#include "plugins/search/state/meaning.hpp"
#include "plugins/search/state/popularity.hpp"

namespace souk::search {

/// Everything an answer is made from. What it refers to outlives the answer.
struct Sources {
  const Corpus& corpus;
  const Known& known;
  const Meaning& meaning;
  const Popularity& popularity;
  std::int64_t half_life_us = 0;
  const v1::Settings& settings;
  const ServingSettings& serving;
  const Compiled& compiled;
  const RankModel* learned = nullptr;  ///< what a learned ranker adds; null: it is not in use
};

class Finder {
 public:
  Finder();
  ~Finder();

  /// INVALID_ARGUMENT for a filter, facet or sort that names what there is not.
  Status find(const Question& question, const Sources& sources, Answer& answer);

  /// Only how many products have all words: `total` of the answer.
  Status count(const Question& question, const Sources& sources, Answer& answer);

  /// Values of an attribute of what find() found that match what was typed.
  void search_facet(const FacetSearchRequest& request, const Sources& sources,
                    HighlightScratch& marks, FacetSearchResult& out);

  /// Between true and false the same views are asked about by one account: what matches a text is
  /// found once, and masked for questions that only count (InstantSearch asks again for each facet
  /// that has a choice).
  void share(bool on);

  /// What the account may see of each part, after find() or see(). For suggestions.
  [[nodiscard]] const std::vector<DocSet>& visible() const { return visible_; }
  void see(const Question& question, const Sources& sources);
  /// Marks what was searched for, after find().
  [[nodiscard]] const Highlighter& highlighter() const { return highlighter_; }
  /// Prices of the account in one part; null: as everybody's.
  [[nodiscard]] const NumberOverride* price_override(std::size_t part) const {
    return part < overrides_.size() ? overrides_[part].get() : nullptr;
  }

 private:
  struct Scored {
    std::uint32_t part = 0;
    DocId doc = 0;
    std::uint8_t missing = 0;  ///< words of the question that it lacks
    bool sold_out = false;
    bool pinned = false;
    bool behind = false;    ///< not among those of which all is weighed
    std::uint64_t key = 0;  ///< of the product: the same order whatever segments there are
    float text = 0;
    float words = 0;    ///< what of `text` is by words, where a meaning was asked for
    float meaning = 0;  ///< cosine to the question; 0: not asked for, or another one
    float exactness = 0;
    double score = 0;
    std::uint8_t matched = 0;  ///< words of the question that it has
    std::uint8_t typos = 0;
    double wish = 1;          ///< factors of boosts and of what was understood
    std::int32_t tier = 0;    ///< with an order: of the score, higher first
    std::uint32_t place = 0;  ///< in that order
  };

  void hide(const Sources& sources);
  void pin(const Question& question, const Sources& sources);
  Status check(const Question& question, const Sources& sources) const;
  void find_prices(const Question& question, const Sources& sources);
  [[nodiscard]] ColumnsView columns(const Sources& sources, std::size_t part) const;
  void filter(const Question& question, const Sources& sources);
  void found_in(const Sources& sources, const std::vector<DocSet>& docs);
  /// What matches a text before filters; good for questions that differ in filters alone.
  struct Shared {
    bool on = false;
    bool known = false;
    std::string text;
    std::string wishes;  ///< what else decides what matches
    const Corpus* corpus = nullptr;
    std::vector<DocSet> matches;
    const Corpus* filtered = nullptr;  ///< whose parts are known
    std::vector<KnownParts> parts;     ///< of filters
  };
  void read(const Question& question, const Sources& sources, Answer& answer);
  [[nodiscard]] std::uint64_t reach(const Question& question, const Sources& sources,
                                    const Answer& answer) const;
  bool mask_shared(const Question& question, const Sources& sources);
  void search_text(const Question& question, const Sources& sources, std::uint64_t top,
                   Answer& answer);
  Status browse(const Question& question, const Sources& sources);
  void exclude(const Sources& sources, std::vector<DocSet>& docs);
  void read_wishes(const Question& question);
  void search_words(const Question& question, const std::vector<SegmentText>& segments);
  void search_removing(const Question& question, const std::vector<SegmentText>& segments);
  Status browse_in_order(const Question& question, const Sources& sources, std::uint64_t wanted);
  Status put_in_order(const Question& question, const Sources& sources);
  void one_of_each_group(const Question& question, const Sources& sources,
                         std::vector<DocSet>& docs);
  [[nodiscard]] static std::string wishes_of(const Question& question);
  /// What means what is asked for, without its words: finder_meaning.cpp.
  void add_meaning(const Sources& sources, Answer& answer);
  void add_category(const Question& question, const Sources& sources, Answer& answer) const;
  struct NearProduct {
    std::uint32_t part = 0;
    DocId doc = 0;
    float cosine = 0;
  };
  void find_near(const ByteQuery& asked, const Sources& sources,
                 std::vector<NearProduct>& found) const;
  static void explain_meaning(Hit& hit);
  void add_clicked(const Question& question, const Sources& sources);
  /// What the merchant's own model finds near: finder_vector.cpp.
  static Status check_vector(const Question& question, const Sources& sources);
  void add_vector(const Question& question, const Sources& sources, Answer& answer);
  void add_alike(const Sources& sources);
  static void explain_opinion(const Question& question, Answer& answer);
  void near_vectors(const ByteQuery& asked, const Sources& sources, std::size_t most,
                    std::vector<NearProduct>& found) const;
  Status rank(const Question& question, const Sources& sources, Answer& answer);
  Status page(const Question& question, const Sources& sources, Answer& answer);
  void page_ranked(const Question& question, const Sources& sources, bool grouped,
                   std::uint64_t first, Answer& answer);
  void describe(const Question& question, const Sources& sources, Answer& answer) const;
  /// Whether the question has a word that products must have.
  [[nodiscard]] bool has_words() const;
  /// What stands behind what was ranked: finder_deeper.cpp.
  void fill(const Question& question, const Sources& sources, std::uint64_t most);
  void add_deeper(const Question& question, const Sources& sources);
  void add_next_in_order(const Question& question, const Sources& sources, std::uint64_t most);
  void add_rest(const Sources& sources, std::uint64_t most);
  [[nodiscard]] std::vector<DocSet> not_ranked() const;
  void weigh_wishes(const Question& question, const Sources& sources, const Answer& answer);
  void sort_ranked(bool back);
  void prepare_ranker(const Question& question, const Sources& sources);
  /// What a learned ranker looks at, of a product with this text.
  [[nodiscard]] RankBytes learned_row(const Segment& segment, DocId doc, double text,
                                      float exactness) const;
  void explain_nothing(const Sources& sources, Answer& answer) const;
  void count_facets(const Question& question, const Sources& sources, Answer& answer);

  Shared shared_;
  TextSearcher searcher_;
  TextScratch scratch_;
  TextResult result_;
  TextResult deeper_;          ///< of the question, with as many of the best as there can be
  bool deeper_known_ = false;  ///< what it has is ranked
  TextQuery query_;
  Highlighter highlighter_;
  Filter joined_;  ///< the question's filter and what was chosen of facets, where there is both
  const Filter* filter_ = &joined_;  ///< of the question that is being answered
  FacetScratch facet_scratch_;
  std::vector<FoundIn> found_;
  std::vector<DocId> listed_;  ///< what was found, while facets are counted
  GroupTally tally_;
  GroupTally sizes_;             ///< of the groups among all that was found
  std::vector<DocSet> visible_;  ///< what the account may see
  std::vector<DocSet> allowed_;  ///< of it, what the filters let through
  std::vector<DocSet> matches_;  ///< of it, what answers the question
  std::vector<std::shared_ptr<const NumberOverride>> overrides_;
  std::vector<const NumberOverride*> override_pointers_;
  std::vector<Scored> scored_;
  std::vector<const Scored*> order_;
  std::vector<Scored> ordered_;
  std::uint64_t total_ = 0;
  std::vector<const Rule*> rules_;  ///< that hold for the question
  Ranker ranker_;
};

}  // namespace souk::search
