#include "plugins/search/model/text_matcher.hpp"

#include <algorithm>
#include <bit>

namespace souk::search {
namespace {

template <class Visit>
void for_bits(const std::uint64_t* words, std::size_t count, Visit&& visit) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::uint64_t word = words[i]; word != 0; word &= word - 1) {
      visit(static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
    }
  }
}

}  // namespace

void BestCandidates::reset(std::size_t limit) {
  limit_ = limit;
  threshold_ = -1;
  candidates_.clear();
}

void BestCandidates::prune() {
  const auto middle = candidates_.begin() + static_cast<std::ptrdiff_t>(limit_ - 1);
  std::nth_element(candidates_.begin(), middle, candidates_.end(), IsBetter());
  threshold_ = middle->score;
  candidates_.resize(limit_);
}

std::vector<TextCandidate>& BestCandidates::take() {
  if (candidates_.size() > limit_) {
    prune();
  }
  std::sort(candidates_.begin(), candidates_.end(), IsBetter());
  return candidates_;
}

TextMatcher::TextMatcher(const TextSearchOptions& options) {
  for (unsigned i = 1; i < 256; ++i) {
    const float frequency = frequency_of(i);
    saturated_[i] = frequency * (options.saturation + 1) / (frequency + options.saturation);
  }
}

void TextMatcher::match(const SegmentText& segment, std::size_t s, const TextPlan& plan,
                        const TextQuery& query, const Rule& rule, TextMatches& out) {
  const Run run{
      segment.index->data(), segment, static_cast<std::uint32_t>(s), plan, query, rule, out};
  fielded_ = (query.fields & kAllFields) != kAllFields;
  source_ = {run.data.postings.data(), query.fields, fielded_};
  whole_only_ = rule.enough > 1;
  excluded_alone_ = 0;
  for (std::size_t i = 0; i < query.words.size() && i < kMaxQueryWords; ++i) {
    if (query.words[i].role == WordRole::kExcluded && query.words[i].phrase == 0) {
      excluded_alone_ |= 1U << i;
    }
  }
  if (!whole_only_) {
    weigh_words(run);
  }
  prepare(run);
  if (match_union(run) || match_lists(run)) {
    return;
  }
  for (Part& part : parts_) {
    unite_if_many(run, part);
  }
  for (std::uint32_t begin = 0; begin < run.data.documents; begin += kWindow) {
    window(run, begin);
  }
}

/// The whole question is one wide beginning: its answer was made when the index was.
bool TextMatcher::match_union(const Run& run) {
  if (run.plan.clauses.size() != 1 || parts_.size() != 1 || parts_[0].all == nullptr) {
    return false;
  }
  const PlannedClause& clause = run.plan.clauses[0];
  const DocSet* visible = run.segment.visible;
  DocSet& whole = run.out.whole[run.number];
  whole = parts_[0].all->documents;
  if (visible != nullptr) {
    whole &= *visible;
  }
  const float base = clause.idf * parts_[0].all_weight;
  // Where the word stands alone it counts by how often, as everywhere.
  for (std::size_t c = 0; c < parts_[0].cursors; ++c) {
    Cursor& cursor = cursors_[parts_[0].first_cursor + c];
    const float factor = clause.idf * cursor.weight;
    cursor.scan(source_, run.data.documents, [&](std::uint32_t document, std::uint8_t impact) {
      if (visible == nullptr || visible->contains(document)) {
        whole.add(document);
        run.out.best_whole.add(
            {base + factor * saturated_[impact], run.number, document, clause.words});
      }
    });
  }
  const auto add = [&](std::uint32_t document, float score) {
    if (visible == nullptr || visible->contains(document)) {
      run.out.best_whole.add({score, run.number, document, clause.words});
    }
  };
  std::size_t added = 0;
  for (const std::uint32_t document : parts_[0].all->best) {
    const bool seen = visible == nullptr || visible->contains(document);
    added += seen ? 1 : 0;
    add(document, base);
  }
  if (added < PrefixUnion::kMaxBest / 8 && visible != nullptr) {
    std::size_t taken = 0;
    whole.for_each_while([&](DocId document) {
      const auto& best = parts_[0].all->best;
      if (std::find(best.begin(), best.end(), document) == best.end()) {
        add(document, base * 0.5F);
      }
      return ++taken < PrefixUnion::kMaxBest;
    });
  }
  return true;
}

/// Of the window that begins at `begin` only what is touched: visit(place in it, impact).
template <class Visit>
void TextMatcher::scan_touched(Cursor& cursor, std::uint32_t begin, std::uint32_t end,
                               Visit&& visit) {
  cursor.seek(source_, begin);  // windows may have been left out
  // Finding one costs about as much as reading through a sixteenth of a block.
  const bool far = cursor.block != cursor.end && cursor.end - cursor.block > 1 &&
                   kept_ * 8 < PostingBlock::kSize;
  if (far) {
    for_bits(touched_.data(), kWindowWords, [&](std::uint32_t at) {
      cursor.seek(source_, begin + at);
      cursor.scan(source_, begin + at + 1,
                  [&](std::uint32_t, std::uint8_t impact) { visit(at, impact); });
    });
    return;
  }
  cursor.scan(source_, end, [&](std::uint32_t document, std::uint8_t impact) {
    const std::uint32_t at = document - begin;
    if ((touched_[at / 64] >> (at % 64) & 1U) != 0) {
      visit(at, impact);
    }
  });
}

void TextMatcher::window(const Run& run, std::uint32_t begin) {
  const std::uint32_t end = std::min(begin + kWindow, run.data.documents);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const bool whole = whole_only_ && i > 0 && i < only_touched_;
    narrowing_ = whole || i >= only_touched_;
    if (i == (whole_only_ ? 1 : only_touched_)) {
      kept_ = 0;
      for_bits(touched_.data(), kWindowWords, [this](std::uint32_t) { ++kept_; });
    }
    if (narrowing_ && kept_ == 0) {
      return;
    }
    slot(run, i, begin, end);
    if (whole) {
      narrow();
    }
  }
  finish(run, begin);
}

/// Only what has the slot too stays.
void TextMatcher::narrow() {
  const std::uint32_t* have = have_.data();
  kept_ = 0;
  for (std::size_t i = 0; i < kWindowWords; ++i) {
    std::uint64_t kept = 0;
    for (std::uint64_t word = touched_[i]; word != 0; word &= word - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(word));
      const std::size_t at = i * 64 + bit;
      if ((have[at] & slot_words_) != 0) {
        kept |= std::uint64_t{1} << bit;
        ++kept_;
      } else {
        score_[at] = 0;
        have_[at] = 0;
      }
    }
    touched_[i] = kept;
  }
}

void TextMatcher::slot(const Run& run, std::size_t number, std::uint32_t begin, std::uint32_t end) {
  const auto [first, last] = slots_[number];
  const auto& clauses = run.plan.clauses;
  slot_words_ = 0;
  for (std::size_t c = first; c < last; ++c) {
    slot_words_ |= clauses[c].words;
  }
  if (last - first == 1 && clauses[first].parts == 1) {
    Part& only = parts_[clauses[first].first_part];
    if (only.cursors == 1 && only.dense == nullptr && only.all == nullptr) {
      lone_list(clauses[first], cursors_[only.first_cursor], begin, end);
    } else {
      lone_part(clauses[first], only, begin, end);
    }
    return;
  }
  for (std::size_t c = first; c < last; ++c) {
    clause(clauses[c], begin, end);
  }
  if (narrowing_) {
    for (std::size_t i = 0; i < kWindowWords; ++i) {
      std::uint64_t dropped = slot_touched_[i] & ~touched_[i];
      for (; dropped != 0; dropped &= dropped - 1) {
        const std::size_t at = i * 64 + static_cast<std::size_t>(std::countr_zero(dropped));
        slot_score_[at] = 0;
        have_[at] = 0;
      }
      slot_touched_[i] &= touched_[i];
    }
  }
  for_bits(slot_touched_.data(), kWindowWords, [&](std::uint32_t at) {
    score_[at] += slot_score_[at];
    slot_score_[at] = 0;
  });
  for (std::size_t i = 0; i < kWindowWords; ++i) {
    touched_[i] |= slot_touched_[i];
    slot_touched_[i] = 0;
  }
}

void TextMatcher::lone_list(const PlannedClause& clause, Cursor& cursor, std::uint32_t begin,
                            std::uint32_t end) {
  const float factor = clause.idf * clause.weight * cursor.weight;
  if (narrowing_) {
    scan_touched(cursor, begin, end, [&](std::uint32_t at, std::uint8_t impact) {
      score_[at] += factor * saturated_[impact];
      have_[at] |= clause.words;
    });
    return;
  }
  cursor.scan(source_, end, [&](std::uint32_t document, std::uint8_t impact) {
    const std::uint32_t at = document - begin;
    score_[at] += factor * saturated_[impact];
    have_[at] |= clause.words;
    touched_[at / 64] |= std::uint64_t{1} << (at % 64);
  });
}

/// The slot is one part: no detour over the slot's own scores.
void TextMatcher::lone_part(const PlannedClause& clause, Part& only, std::uint32_t begin,
                            std::uint32_t end) {
  const float factor = clause.idf * clause.weight;
  part(only, begin, end);
  for (std::size_t i = 0; i < kWindowWords; ++i) {
    for (std::uint64_t word = part_touched_[i]; word != 0; word &= word - 1) {
      const std::size_t at = i * 64 + static_cast<std::size_t>(std::countr_zero(word));
      score_[at] += factor * part_score_[at];
      part_score_[at] = 0;
      have_[at] |= clause.words;
    }
    touched_[i] |= part_touched_[i];
    part_touched_[i] = 0;
  }
}

void TextMatcher::clause(const PlannedClause& clause, std::uint32_t begin, std::uint32_t end) {
  if (clause.parts == 1) {
    part(parts_[clause.first_part], begin, end);
    apply(clause, part_touched_, part_score_);
  } else {
    const float share = 1.0F / static_cast<float>(clause.parts);
    for (std::size_t p = 0; p < clause.parts; ++p) {
      part(parts_[clause.first_part + p], begin, end);
      for_bits(part_touched_.data(), kWindowWords,
               [&](std::uint32_t at) { clause_score_[at] += part_score_[at] * share; });
      for (std::size_t i = 0; i < kWindowWords; ++i) {
        const std::uint64_t both =
            p == 0 ? part_touched_[i] : clause_touched_[i] & part_touched_[i];
        for (std::uint64_t lost = (clause_touched_[i] | part_touched_[i]) & ~both; lost != 0;
             lost &= lost - 1) {
          clause_score_[i * 64 + static_cast<std::size_t>(std::countr_zero(lost))] = 0;
        }
        clause_touched_[i] = both;
      }
      for_bits(part_touched_.data(), kWindowWords, [&](std::uint32_t at) { part_score_[at] = 0; });
      part_touched_.fill(0);
    }
    apply(clause, clause_touched_, clause_score_);
    for_bits(clause_touched_.data(), kWindowWords,
             [&](std::uint32_t at) { clause_score_[at] = 0; });
    clause_touched_.fill(0);
  }
  for_bits(part_touched_.data(), kWindowWords, [&](std::uint32_t at) { part_score_[at] = 0; });
  part_touched_.fill(0);
}

/// Words of a slot add up; another way to say them counts instead, where it counts more.
void TextMatcher::apply(const PlannedClause& clause, const Bits& matched, const Scores& scores) {
  const float factor = clause.idf * clause.weight;
  for_bits(matched.data(), kWindowWords, [&](std::uint32_t at) {
    const float score = factor * scores[at];
    slot_score_[at] = clause.base ? slot_score_[at] + score : std::max(slot_score_[at], score);
    have_[at] |= clause.words;
  });
  for (std::size_t i = 0; i < kWindowWords; ++i) {
    slot_touched_[i] |= matched[i];
  }
}

void TextMatcher::part(Part& part, std::uint32_t begin, std::uint32_t end) {
  for (std::size_t c = 0; c < part.cursors; ++c) {
    Cursor& cursor = cursors_[part.first_cursor + c];
    const float weight = cursor.weight;
    const bool beginning = cursor.beginning;
    const auto take = [&](std::uint32_t at, std::uint8_t impact) {
      const float score = weight * saturated_[impact];
      part_score_[at] =
          beginning ? std::max(part_score_[at], score) : both_forms(part_score_[at], score);
      part_touched_[at / 64] |= std::uint64_t{1} << (at % 64);
    };
    if (narrowing_) {
      scan_touched(cursor, begin, end, take);
    } else {
      cursor.scan(source_, end, [&](std::uint32_t document, std::uint8_t impact) {
        take(document - begin, impact);
      });
    }
  }
  const std::size_t count = (end - begin + 63) / 64;
  if (part.dense != nullptr) {
    const auto words = part.dense->documents.words().subspan(begin / 64, count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t reached = narrowing_ ? words[i] & touched_[i] : words[i];
      for (std::uint64_t word = reached; word != 0; word &= word - 1) {
        const std::size_t at = i * 64 + static_cast<std::size_t>(std::countr_zero(word));
        part_score_[at] = both_forms(part_score_[at], saturated_[part.dense->impacts[begin + at]]);
      }
      part_touched_[i] |= reached;
    }
  }
  if (part.all != nullptr) {
    const auto words = part.all->documents.words().subspan(begin / 64, count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t reached = narrowing_ ? words[i] & touched_[i] : words[i];
      for (std::uint64_t word = reached; word != 0; word &= word - 1) {
        const std::size_t at = i * 64 + static_cast<std::size_t>(std::countr_zero(word));
        part_score_[at] = std::max(part_score_[at], part.all_weight);
      }
      part_touched_[i] |= reached;
    }
  }
}

void TextMatcher::finish(const Run& run, std::uint32_t begin) {
  const std::size_t first_word = begin / 64;
  const DocSet* visible = run.segment.visible;
  const auto whole = run.out.whole[run.number].words();
  BestCandidates& best = run.out.best_whole;
  const std::uint32_t needed = run.rule.needed;
  for (std::size_t i = 0; i < kWindowWords; ++i) {
    const std::uint64_t all = touched_[i];
    if (all == 0) {
      continue;
    }
    const std::uint64_t seen =
        all & (visible == nullptr ? ~std::uint64_t{0} : visible->words()[first_word + i]);
    std::uint64_t found = 0;
    for (std::uint64_t word = seen; word != 0; word &= word - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(word));
      const std::size_t at = i * 64 + bit;
      const std::uint32_t document = begin + static_cast<std::uint32_t>(at);
      const std::uint32_t have = have_[at];
      if (all_whole_ || (have & (needed | excluded_alone_)) == needed) {
        found |= std::uint64_t{1} << bit;
        best.add({score_[at], run.number, document, have});
      } else if (!whole_only_ && (have & excluded_alone_) == 0) {
        let_in(run, document, have, score_[at]);
      }
    }
    whole[first_word + i] |= found;
    for (std::uint64_t word = all; word != 0; word &= word - 1) {
      const std::size_t at = i * 64 + static_cast<std::size_t>(std::countr_zero(word));
      score_[at] = 0;
      have_[at] = 0;
    }
    touched_[i] = 0;
  }
}

/// What lacks words, when it has enough of them.
void TextMatcher::let_in(const Run& run, std::uint32_t document, std::uint32_t have, float score) {
  const std::uint32_t needed = run.rule.needed;
  const float share = needed_weight_ > 0 ? weight_of(have & needed) / needed_weight_ : 0;
  if (share > 0 && share >= run.rule.enough) {
    run.out.some[run.number].add(document);
    run.out.best_some.add({score * share * share, run.number, document, have});
  }
}

}  // namespace souk::search
