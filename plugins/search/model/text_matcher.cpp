#include "plugins/search/model/text_matcher.hpp"

#include <algorithm>
#include <bit>

namespace souk::search {
namespace {

/// Two forms of a word in one document count a little more than the better one.
constexpr float kSecondForm = 0.2F;
/// What only begins like a word counts this much at least, and so much more the less often the word
/// stands alone: "tab" asks for tablets, "mouse" hardly for mousepads.
constexpr float kLeastPrefix = 0.1F;
constexpr float kMostPrefix = 0.8F;
/// The saturated frequency that a united beginning stands for.
constexpr float kUnionScore = 0.8F;

float prefix_weight(const PlannedPart& part) {
  if (part.documents == 0) {
    return kMostPrefix;
  }
  const float alone =
      static_cast<float>(part.listed_documents) / static_cast<float>(part.documents);
  return std::max(kLeastPrefix, kMostPrefix * (1 - alone));
}

float combined(float a, float b) { return std::max(a, b) + kSecondForm * std::min(a, b); }

template <class Visit>
void for_bits(const std::uint64_t* words, std::size_t count, Visit&& visit) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::uint64_t word = words[i]; word != 0; word &= word - 1) {
      visit(static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
    }
  }
}

}  // namespace

bool is_better(const TextCandidate& a, const TextCandidate& b) {
  return a.score != b.score       ? a.score > b.score
         : a.segment != b.segment ? a.segment < b.segment
                                  : a.document < b.document;
}

void BestCandidates::reset(std::size_t limit) {
  limit_ = limit;
  threshold_ = 0;
  candidates_.clear();
}

void BestCandidates::prune() {
  const auto middle = candidates_.begin() + static_cast<std::ptrdiff_t>(limit_ - 1);
  std::nth_element(candidates_.begin(), middle, candidates_.end(), is_better);
  threshold_ = middle->score;
  candidates_.resize(limit_);
}

std::vector<TextCandidate>& BestCandidates::take() {
  std::sort(candidates_.begin(), candidates_.end(), is_better);
  if (candidates_.size() > limit_) {
    candidates_.resize(limit_);
  }
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
  excluded_alone_ = 0;
  for (std::size_t i = 0; i < query.words.size() && i < kMaxQueryWords; ++i) {
    if (query.words[i].role == WordRole::kExcluded && query.words[i].phrase == 0) {
      excluded_alone_ |= 1U << i;
    }
  }
  weigh_words(run);
  prepare(run);
  if (match_union(run)) {
    return;
  }
  for (std::uint32_t begin = 0; begin < run.data.documents; begin += kWindow) {
    window(run, begin);
  }
}

void TextMatcher::weigh_words(const Run& run) {
  std::array<float, kMaxQueryWords> weights{};
  needed_weight_ = 0;
  for (std::size_t i = 0; i < kMaxQueryWords; ++i) {
    if ((run.rule.needed >> i & 1U) != 0) {
      weights[i] = std::max(run.plan.idf[i], 0.01F);
      needed_weight_ += weights[i];
    }
  }
  for (std::size_t table = 0; table < word_weights_.size(); ++table) {
    auto& sums = word_weights_[table];
    sums[0] = 0;
    for (unsigned bits = 1; bits < 256; ++bits) {
      const auto lowest = static_cast<std::size_t>(std::countr_zero(bits));
      sums[bits] = sums[bits & (bits - 1)] + weights[table * 8 + lowest];
    }
  }
}

void TextMatcher::prepare(const Run& run) {
  cursors_.clear();
  parts_.clear();
  dense_.clear();
  for (std::size_t p = 0; p < run.plan.parts.size(); ++p) {
    prepare_part(run, run.plan.parts[p]);
  }
  order_slots(run);
}

void TextMatcher::add_cursor(const TextIndex::Data& data, TextIndex::Term term, float weight) {
  const auto blocks = data.blocks_of(term);
  cursors_.push_back({blocks.data(), blocks.data() + blocks.size(), 0, weight, false});
}

void TextMatcher::prepare_part(const Run& run, const PlannedPart& planned) {
  const SegmentPart& found = planned.segments[run.number];
  Part& part = parts_.emplace_back();
  part.first_cursor = cursors_.size();
  const std::size_t beginnings = found.prefix_end - found.prefix_first;
  const float weight = prefix_weight(planned);
  if (beginnings > 0 && !fielded_) {
    part.all = run.data.find_union(found.prefix_first, found.prefix_end);
    part.all_weight = weight * kUnionScore;
  }
  if (part.all == nullptr && beginnings + found.terms.size() > kMaxLists) {
    part.dense = unite(run, planned);
    return;
  }
  for (const PlannedTerm& term : found.terms) {
    add_cursor(run.data, term.term, term.weight);
  }
  for (TextIndex::Term t = found.prefix_first; part.all == nullptr && t < found.prefix_end; ++t) {
    const bool listed = std::any_of(found.terms.begin(), found.terms.end(),
                                    [t](const PlannedTerm& one) { return one.term == t; });
    if (!listed) {
      add_cursor(run.data, t, weight);
      cursors_.back().beginning = true;
    }
  }
  part.cursors = cursors_.size() - part.first_cursor;
}

const TextMatcher::Dense* TextMatcher::unite(const Run& run, const PlannedPart& planned) {
  const SegmentPart& found = planned.segments[run.number];
  Dense& dense = dense_.take();
  dense.impacts.assign(run.data.documents, 0);
  dense.documents.reset(run.data.documents);
  DecodedBlock decoded;
  const auto add = [&](TextIndex::Term term, float weight) {
    const unsigned down = steps_down(weight);
    for (const PostingBlock& block : run.data.blocks_of(term)) {
      run.data.decode(block, decoded);
      for (std::uint32_t i = 0; i < decoded.count; ++i) {
        if (fielded_ && (decoded.fields[i] & run.query.fields) == 0) {
          continue;
        }
        const unsigned impact = decoded.impacts[i] > down ? decoded.impacts[i] - down : 1U;
        std::uint8_t& held = dense.impacts[decoded.documents[i]];
        held = std::max(held, static_cast<std::uint8_t>(impact));
        dense.documents.add(decoded.documents[i]);
      }
    }
  };
  for (const PlannedTerm& term : found.terms) {
    add(term.term, term.weight);
  }
  const float weight = prefix_weight(planned);
  for (TextIndex::Term term = found.prefix_first; term < found.prefix_end; ++term) {
    add(term, weight);
  }
  return &dense;
}

/// Needed words bring documents; optional ones and wide beginnings only add to what is there.
void TextMatcher::order_slots(const Run& run) {
  slots_.clear();
  const auto& clauses = run.plan.clauses;
  std::size_t bringing = 0;
  for (const bool late : {false, true}) {
    for (std::size_t c = 0; c < clauses.size();) {
      std::size_t end = c;
      bool only_adds = true;
      for (; end < clauses.size() && clauses[end].slot == clauses[c].slot; ++end) {
        const bool wide = parts_[clauses[end].first_part].all != nullptr;
        only_adds = only_adds && (wide || (clauses[end].words & run.rule.needed) == 0);
      }
      if (only_adds == late) {
        slots_.emplace_back(c, end);
        bringing += late ? 0 : 1;
      }
      c = end;
    }
  }
  only_touched_ = bringing > 0 ? bringing : slots_.size();
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

template <class Visit>
void TextMatcher::scan(const Run& run, Cursor& cursor, std::uint32_t end, Visit&& visit) {
  const std::uint8_t* postings = run.data.postings.data();
  const FieldMask wanted = run.query.fields;
  const bool fielded = fielded_;
  const auto walk = [&](const PostingBlock& block, auto read) {
    const std::uint32_t count = block.last + 1U;
    const std::uint8_t* bytes = postings + block.at;
    const std::uint8_t* impacts = bytes + std::size_t{count} * block.width;
    std::uint32_t i = cursor.at;
    for (; i < count; ++i) {
      const std::uint32_t document = block.first + read(bytes, i);
      if (document >= end) {
        break;
      }
      if (!fielded || (impacts[count + i] & wanted) != 0) {
        visit(document, impacts[i]);
      }
    }
    cursor.at = i;
    return i == count;
  };
  while (cursor.block != cursor.end && cursor.block->first < end) {
    const PostingBlock& block = *cursor.block;
    bool done = true;
    if (block.width == 1) {
      done = walk(block, [](const std::uint8_t* bytes, std::uint32_t i) -> std::uint32_t {
        return bytes[i];
      });
    } else if (block.width == 2) {
      done = walk(block, [](const std::uint8_t* bytes, std::uint32_t i) -> std::uint32_t {
        std::uint16_t value = 0;
        std::memcpy(&value, bytes + std::size_t{2} * i, 2);
        return value;
      });
    } else {
      done = walk(block, [](const std::uint8_t* bytes, std::uint32_t i) {
        std::uint32_t value = 0;
        std::memcpy(&value, bytes + std::size_t{4} * i, 4);
        return value;
      });
    }
    if (!done) {
      return;
    }
    ++cursor.block;
    cursor.at = 0;
  }
}

void TextMatcher::window(const Run& run, std::uint32_t begin) {
  const std::uint32_t end = std::min(begin + kWindow, run.data.documents);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slot(run, i, begin, end);
  }
  finish(run, begin);
}

void TextMatcher::slot(const Run& run, std::size_t number, std::uint32_t begin, std::uint32_t end) {
  const auto [first, last] = slots_[number];
  late_ = number >= only_touched_;
  const auto& clauses = run.plan.clauses;
  if (last - first == 1 && !late_ && clauses[first].parts == 1) {
    Part& only = parts_[clauses[first].first_part];
    if (only.cursors == 1 && only.dense == nullptr && only.all == nullptr) {
      lone_list(run, clauses[first], cursors_[only.first_cursor], begin, end);
      return;
    }
  }
  for (std::size_t c = first; c < last; ++c) {
    clause(run, clauses[c], begin, end);
  }
  if (late_) {
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

void TextMatcher::lone_list(const Run& run, const PlannedClause& clause, Cursor& cursor,
                            std::uint32_t begin, std::uint32_t end) {
  const float factor = clause.idf * clause.weight * cursor.weight;
  scan(run, cursor, end, [&](std::uint32_t document, std::uint8_t impact) {
    const std::uint32_t at = document - begin;
    score_[at] += factor * saturated_[impact];
    have_[at] |= clause.words;
    touched_[at / 64] |= std::uint64_t{1} << (at % 64);
  });
}

void TextMatcher::clause(const Run& run, const PlannedClause& clause, std::uint32_t begin,
                         std::uint32_t end) {
  if (clause.parts == 1) {
    part(run, parts_[clause.first_part], begin, end);
    apply(clause, part_touched_, part_score_);
  } else {
    const float share = 1.0F / static_cast<float>(clause.parts);
    for (std::size_t p = 0; p < clause.parts; ++p) {
      part(run, parts_[clause.first_part + p], begin, end);
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

void TextMatcher::part(const Run& run, Part& part, std::uint32_t begin, std::uint32_t end) {
  for (std::size_t c = 0; c < part.cursors; ++c) {
    Cursor& cursor = cursors_[part.first_cursor + c];
    const float weight = cursor.weight;
    const bool beginning = cursor.beginning;
    scan(run, cursor, end, [&](std::uint32_t document, std::uint8_t impact) {
      const std::uint32_t at = document - begin;
      const float score = weight * saturated_[impact];
      part_score_[at] =
          beginning ? std::max(part_score_[at], score) : combined(part_score_[at], score);
      part_touched_[at / 64] |= std::uint64_t{1} << (at % 64);
    });
  }
  const std::size_t count = (end - begin + 63) / 64;
  if (part.dense != nullptr) {
    const auto words = part.dense->documents.words().subspan(begin / 64, count);
    for_bits(words.data(), count, [&](std::uint32_t at) {
      part_score_[at] = combined(part_score_[at], saturated_[part.dense->impacts[begin + at]]);
    });
    for (std::size_t i = 0; i < count; ++i) {
      part_touched_[i] |= words[i];
    }
  }
  if (part.all != nullptr) {
    const auto words = part.all->documents.words().subspan(begin / 64, count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t reached = late_ ? words[i] & touched_[i] : words[i];
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
  for (std::size_t i = 0; i < kWindowWords; ++i) {
    const std::uint64_t all = touched_[i];
    if (all == 0) {
      continue;
    }
    const std::uint64_t seen =
        visible == nullptr ? ~std::uint64_t{0} : visible->words()[first_word + i];
    for (std::uint64_t word = all; word != 0; word &= word - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(word));
      const std::size_t at = i * 64 + bit;
      if ((seen >> bit & 1U) != 0 && (have_[at] & excluded_alone_) == 0) {
        judge(run, begin + static_cast<std::uint32_t>(at), have_[at], score_[at]);
      }
      score_[at] = 0;
      have_[at] = 0;
    }
    touched_[i] = 0;
  }
}

void TextMatcher::judge(const Run& run, std::uint32_t document, std::uint32_t have, float score) {
  const std::uint32_t needed = run.rule.needed;
  if ((have & needed) == needed) {
    run.out.whole[run.number].add(document);
    run.out.best_whole.add({score, run.number, document, have});
    return;
  }
  const float share = needed_weight_ > 0 ? weight_of(have & needed) / needed_weight_ : 0;
  if (share > 0 && share >= run.rule.enough) {
    run.out.some[run.number].add(document);
    run.out.best_some.add({score * share * share, run.number, document, have});
  }
}

}  // namespace souk::search
