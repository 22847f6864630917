#include "plugins/search/model/text_search.hpp"

#include <algorithm>
#include <bit>

#include "plugins/search/model/text_matcher.hpp"
#include "plugins/search/model/text_plan.hpp"
#include "plugins/search/model/text_rerank.hpp"

namespace souk::search {

struct TextScratch::State {
  TextPlan plan;
  std::unique_ptr<TextMatcher> matcher;
  float saturation = -1;
  TextReranker reranker;
  TextMatches matches;
  std::vector<DocId> dropped;
};

TextScratch::TextScratch() : state_(std::make_unique<State>()) {}
TextScratch::~TextScratch() = default;
TextScratch::TextScratch(TextScratch&&) noexcept = default;
TextScratch& TextScratch::operator=(TextScratch&&) noexcept = default;

namespace {

/// Looked at again in the second pass, at least; and in any case twice as many as are wanted.
constexpr std::size_t kCandidates = 48;

/// One question on its way through the passes.
class Evaluation {
 public:
  Evaluation(std::span<const SegmentText> segments, const TextQuery& query,
             const TextSearchOptions& options, TextScratch::State& state, TextResult& result)
      : segments_(segments), query_(query), options_(options), state_(state), result_(result) {}

  void run() {
    result_.total = result_.all_words = 0;
    result_.top.clear();
    result_.corrected.clear();
    result_.relaxed = false;
    result_.matches.resize(segments_.size());
    state_.plan.make(segments_, query_);
    if (state_.plan.needed == 0) {
      match_everything();
    } else {
      match_words();
      collect();
      rank();
    }
    explain();
  }

 private:
  void match_everything() {
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      result_.matches[s].reset(segments_[s].index->documents(), true);
      if (segments_[s].visible != nullptr) {
        result_.matches[s] &= *segments_[s].visible;
      }
      result_.total += result_.matches[s].count();
    }
    result_.all_words = result_.total;
  }

  /// Words of the question that some document may have; the others can't be asked for.
  [[nodiscard]] std::uint32_t reachable() const {
    std::uint32_t words = 0;
    for (std::size_t c = 0; c < state_.plan.clauses.size(); ++c) {
      const PlannedClause& clause = state_.plan.clauses[c];
      bool seen = true;
      for (std::size_t p = 0; p < clause.parts; ++p) {
        const PlannedPart& part = state_.plan.parts[clause.first_part + p];
        seen = seen && (part.seen || part.corrections.size() > 0);
      }
      words |= seen ? clause.words : 0;
    }
    return words & state_.plan.needed;
  }

  void match_words() {
    pass(false);
    if ((result_.all_words == 0 || lacking_) && state_.plan.correct_more(segments_, query_)) {
      pass(false);
    }
    const bool others = query_.relaxation != Relaxation::kNone &&
                        result_.all_words < query_.enough && !std::has_single_bit(asked_for_);
    if (others) {
      pass(true);
    }
  }

  /// Finds what has all words; with `relaxed` also what has most of them.
  void pass(bool relaxed) {
    TextMatches& matches = state_.matches;
    matches.whole.resize(segments_.size());
    matches.some.resize(segments_.size());
    const std::size_t keep = std::max<std::size_t>(kCandidates, 2 * std::min(query_.top, kMaxTop));
    matches.best_whole.reset(keep);
    matches.best_some.reset(keep);
    TextMatcher::Rule rule;
    rule.needed = state_.plan.needed;
    lacking_ = false;
    if (query_.relaxation != Relaxation::kNone) {
      const std::uint32_t words = reachable();
      lacking_ = words != rule.needed;
      rule.needed = words;
    }
    asked_for_ = rule.needed;
    rule.enough = !relaxed ? 2.0F : query_.relaxation == Relaxation::kMost ? options_.most : 0.0F;
    result_.all_words = 0;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      matches.whole[s].reset(segments_[s].index->documents());
      if (relaxed) {  // it is not looked at otherwise
        matches.some[s].reset(segments_[s].index->documents());
      }
      if (rule.needed != 0) {
        state_.matcher->match(segments_[s], s, state_.plan, query_, rule, matches);
        check_phrases(s, matches.whole[s]);
        if (relaxed) {
          check_phrases(s, matches.some[s]);
        }
      }
      result_.all_words += matches.whole[s].count();
    }
    relaxed_ = relaxed;
  }

  /// Takes out what lacks a quoted phrase, or has one that is excluded.
  void check_phrases(std::size_t s, DocSet& documents) {
    bool quoted = false;
    bool barred = false;
    for (const QueryWord& word : query_.words) {
      quoted = quoted || (word.phrase != 0 && word.role != WordRole::kExcluded);
      barred = barred || (word.phrase != 0 && word.role == WordRole::kExcluded);
    }
    if (!quoted && !barred) {
      return;
    }
    state_.dropped.clear();
    documents.for_each([&](DocId document) {
      const auto number = static_cast<std::uint32_t>(s);
      const auto holds = [&](WordRole role) {
        return state_.reranker.holds_phrases(segments_[s], state_.plan, query_, number, document,
                                             role);
      };
      if ((quoted && !holds(WordRole::kNeeded)) || (barred && holds(WordRole::kExcluded))) {
        state_.dropped.push_back(document);
      }
    });
    documents.remove_all(state_.dropped);
  }

  void collect() {
    const bool relax = relaxed_ && result_.all_words < query_.enough;
    result_.total = result_.all_words;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      std::swap(result_.matches[s], state_.matches.whole[s]);
      if (relax) {
        result_.matches[s] |= state_.matches.some[s];
        result_.total += state_.matches.some[s].count();  // none of them is whole
      }
    }
    result_.relaxed = lacking_ || result_.total > result_.all_words;
    if (lacking_) {
      result_.all_words = 0;
    }
  }

  void rank() {
    const auto keep_matches = [this](std::vector<TextCandidate>& candidates) {
      std::erase_if(candidates, [this](const TextCandidate& c) {
        return !result_.matches[c.segment].contains(c.document);
      });
    };
    std::vector<TextCandidate>& whole = state_.matches.best_whole.take();
    keep_matches(whole);
    state_.reranker.rerank(segments_, state_.plan, query_, options_, whole, result_.top);
    if (result_.total > whole.size()) {
      std::vector<TextCandidate>& some = state_.matches.best_some.take();
      keep_matches(some);
      state_.reranker.rerank(segments_, state_.plan, query_, options_, some, result_.top);
    }
    std::sort(result_.top.begin(), result_.top.end(), [](const TextHit& a, const TextHit& b) {
      return a.score != b.score       ? a.score > b.score
             : a.segment != b.segment ? a.segment < b.segment
                                      : a.document < b.document;
    });
    const std::size_t top = std::min(query_.top, kMaxTop);
    if (result_.top.size() > top) {
      result_.top.resize(top);
    }
  }

  void explain() {
    result_.evidence.assign(query_.words.size(), {});
    bool corrected = false;
    for (std::size_t c = 0; c < state_.plan.clauses.size(); ++c) {
      const PlannedClause& clause = state_.plan.clauses[c];
      if (!clause.base) {
        continue;
      }
      const PlannedPart& part = state_.plan.parts[clause.first_part];
      WordEvidence& evidence =
          result_.evidence[static_cast<std::size_t>(std::countr_zero(clause.words))];
      evidence.documents = static_cast<std::uint32_t>(part.documents);
      evidence.known = part.seen;
      if (part.corrections.size() > 0 && result_.total > 0) {
        evidence.corrected = part.corrections[0].text;
        corrected = true;
      }
    }
    for (std::size_t i = 0; corrected && i < query_.words.size(); ++i) {
      const std::string& reading = result_.evidence[i].corrected;
      result_.corrected += i == 0 ? "" : " ";
      result_.corrected += reading.empty() ? query_.words[i].text : reading;
    }
  }

  std::span<const SegmentText> segments_;
  const TextQuery& query_;
  const TextSearchOptions& options_;
  TextScratch::State& state_;
  TextResult& result_;
  bool relaxed_ = false;         ///< the last pass was
  bool lacking_ = false;         ///< a needed word is nowhere
  std::uint32_t asked_for_ = 0;  ///< needed words that are somewhere
};

}  // namespace

void TextSearcher::search(std::span<const SegmentText> segments, const TextQuery& query,
                          TextScratch& scratch, TextResult& result) const {
  TextScratch::State& state = scratch.state();
  if (state.matcher == nullptr || state.saturation != options_.saturation) {
    state.matcher = std::make_unique<TextMatcher>(options_);
    state.saturation = options_.saturation;
  }
  Evaluation(segments, query, options_, state, result).run();
}

}  // namespace souk::search
