#include "plugins/search/model/text_rerank.hpp"

#include <algorithm>
#include <bit>

#include "plugins/search/model/bit_count.hpp"

namespace souk::search {
namespace {

std::size_t slot_for(TextIndex::Term term, std::size_t size) {
  return (term * 0x9E3779B1U) & (size - 1);
}

}  // namespace

void TextReranker::add(SegmentMeanings& meanings, const Meaning& meaning) {
  std::size_t at = slot_for(meaning.term, meanings.table.size());
  while (meanings.table[at].term != TextIndex::kNoTerm && meanings.table[at].term != meaning.term) {
    at = (at + 1) & (meanings.table.size() - 1);
  }
  Meaning& held = meanings.table[at];
  const bool fresh = held.term == TextIndex::kNoTerm;
  held.term = meaning.term;
  held.words |= meaning.words;
  held.exact = held.exact || meaning.exact;
  held.typos = fresh ? meaning.typos : std::min(held.typos, meaning.typos);
}

void TextReranker::learn(std::size_t number, const TextPlan& plan, SegmentMeanings& out) {
  std::size_t terms = 0;
  for (std::size_t p = 0; p < plan.parts.size(); ++p) {
    terms += plan.parts[p].segments[number].terms.size();
  }
  out.table.assign(std::bit_ceil(terms * 2 + 8), Meaning{});
  out.prefix_first = out.prefix_end = 0;
  out.prefix_words = 0;
  for (std::size_t c = 0; c < plan.clauses.size(); ++c) {
    const PlannedClause& clause = plan.clauses[c];
    for (std::size_t p = 0; p < clause.parts; ++p) {
      const SegmentPart& found = plan.parts[clause.first_part + p].segments[number];
      for (const PlannedTerm& term : found.terms) {
        add(out, {term.term, clause.words, term.exact, term.typos});
      }
      if (clause.base && found.prefix_end > found.prefix_first) {
        out.prefix_first = found.prefix_first;
        out.prefix_end = found.prefix_end;
        out.prefix_words = clause.words;
      }
    }
  }
  out.ready = true;
}

TextReranker::TitleWord TextReranker::meaning_of(const SegmentMeanings& meanings,
                                                 TextIndex::Term term) {
  TitleWord word;
  std::size_t at = slot_for(term, meanings.table.size());
  while (meanings.table[at].term != TextIndex::kNoTerm) {
    if (meanings.table[at].term == term) {
      word.words = meanings.table[at].words;
      word.exact = meanings.table[at].exact;
      word.typos = meanings.table[at].typos;
      break;
    }
    at = (at + 1) & (meanings.table.size() - 1);
  }
  if (term >= meanings.prefix_first && term < meanings.prefix_end) {
    word.words |= meanings.prefix_words;
  }
  return word;
}

void TextReranker::read_title(const SegmentText& segment, const SegmentMeanings& meanings,
                              std::uint32_t document) {
  title_.clear();
  ForwardReader reader(segment.index->data(), document);
  const std::uint32_t words = reader.next_field();
  for (std::uint32_t i = 0; i < words; ++i) {
    title_.push_back(meaning_of(meanings, reader.next_term()));
  }
}

/// Over pairs of neighbours in the question: 1 when they are neighbours in the title, less with
/// every word between them, half when they stand the other way round.
float TextReranker::proximity(std::size_t words) const {
  if (words < 2) {
    return 0;
  }
  constexpr std::size_t kReach = 4;
  float sum = 0;
  for (std::size_t w = 0; w + 1 < words; ++w) {
    const std::uint32_t first = 1U << w;
    const std::uint32_t second = first << 1U;
    float best = 0;
    for (std::size_t i = 0; i < title_.size(); ++i) {
      if ((title_[i].words & first) == 0) {
        continue;
      }
      if ((title_[i].words & second) != 0) {
        best = 1;  // one word that is both: "tshirt"
      }
      for (std::size_t gap = 1; gap <= kReach; ++gap) {
        const float value = 1.0F / static_cast<float>(gap);
        if (i + gap < title_.size() && (title_[i + gap].words & second) != 0) {
          best = std::max(best, value);
        }
        if (i >= gap && (title_[i - gap].words & second) != 0) {
          best = std::max(best, value / 2);
        }
      }
    }
    sum += best;
  }
  return sum / static_cast<float>(words - 1);
}

void TextReranker::rerank(std::span<const SegmentText> segments, const TextPlan& plan,
                          const TextQuery& query, const TextSearchOptions& options,
                          std::span<const TextCandidate> candidates, std::vector<TextHit>& out) {
  meanings_.resize(std::max(meanings_.size(), segments.size()));
  for (SegmentMeanings& meanings : meanings_) {
    meanings.ready = false;
  }
  const std::size_t words = std::min(query.words.size(), kMaxQueryWords);
  const float most = (1 + (words > 1 ? options.proximity : 0)) * (1 + options.exactness);
  const std::size_t wanted = std::min(query.top, kMaxTop);
  best_.clear();
  for (const TextCandidate& candidate : candidates) {
    const TextIndex::Data& data = segments[candidate.segment].index->data();
    __builtin_prefetch(&data.forward_at[candidate.document]);
  }
  for (const TextCandidate& candidate : candidates) {
    const TextIndex::Data& data = segments[candidate.segment].index->data();
    __builtin_prefetch(data.forward.data() + data.forward_at[candidate.document]);
  }
  for (const TextCandidate& candidate : candidates) {
    // Candidates come by score: once those before can't be overtaken, none behind can.
    if (best_.size() >= wanted && !best_.empty() && candidate.score * most < best_.front()) {
      break;
    }
    SegmentMeanings& meanings = meanings_[candidate.segment];
    const SegmentText& segment = segments[candidate.segment];
    if (!meanings.ready) {
      learn(candidate.segment, plan, meanings);
    }
    read_title(segment, meanings, candidate.document);
    std::uint32_t exact = 0;
    std::uint32_t clean = 0;
    std::uint32_t found = 0;
    for (const TitleWord& word : title_) {
      exact |= word.exact ? word.words : 0;
      clean |= word.typos == 0 ? word.words : 0;
      found |= word.words;
    }
    TextHit hit;
    hit.segment = candidate.segment;
    hit.document = candidate.document;
    hit.words = static_cast<std::uint8_t>(bits_in(candidate.words & plan.needed));
    hit.typos = static_cast<std::uint8_t>(bits_in(found & ~clean & plan.needed));
    hit.proximity = proximity(words);
    hit.exactness = static_cast<float>(bits_in(exact & plan.needed)) /
                    static_cast<float>(std::max(bits_in(plan.needed), 1));
    hit.score = candidate.score * (1 + options.proximity * hit.proximity) *
                (1 + options.exactness * hit.exactness);
    out.push_back(hit);
    keep_best(hit.score, wanted);
  }
}

/// The `wanted` highest scores so far, the lowest of them in front.
void TextReranker::keep_best(float score, std::size_t wanted) {
  const auto higher = [](float a, float b) { return a > b; };
  if (best_.size() < wanted) {
    best_.push_back(score);
    std::push_heap(best_.begin(), best_.end(), higher);
  } else if (!best_.empty() && score > best_.front()) {
    std::pop_heap(best_.begin(), best_.end(), higher);
    best_.back() = score;
    std::push_heap(best_.begin(), best_.end(), higher);
  }
}

bool TextReranker::holds_phrases(const SegmentText& segment, const TextPlan& plan,
                                 const TextQuery& query, std::uint32_t segment_number,
                                 std::uint32_t document, WordRole role) {
  const std::size_t count = std::min(query.words.size(), kMaxQueryWords);
  const auto term_of = [&](std::size_t word) {
    for (std::size_t c = 0; c < plan.clauses.size(); ++c) {
      const PlannedClause& clause = plan.clauses[c];
      if (clause.base && clause.words == 1U << word) {
        const auto& terms = plan.parts[clause.first_part].segments[segment_number].terms;
        return terms.empty() ? TextIndex::kNoTerm : terms.front().term;
      }
    }
    return TextIndex::kNoTerm;
  };
  for (std::size_t first = 0; first < count;) {
    const std::uint8_t phrase = query.words[first].phrase;
    std::size_t end = first + 1;
    while (end < count && phrase != 0 && query.words[end].phrase == phrase) {
      ++end;
    }
    if (phrase == 0 || query.words[first].role != role) {
      first = end;
      continue;
    }
    ForwardReader reader(segment.index->data(), document);
    bool found = false;
    for (std::size_t field = 0; field < kFields; ++field) {
      field_.resize(reader.next_field());
      for (TextIndex::Term& term : field_) {
        term = reader.next_term();
      }
      for (std::size_t at = 0; at + (end - first) <= field_.size() && !found; ++at) {
        std::size_t same = 0;
        while (first + same < end && field_[at + same] == term_of(first + same)) {
          ++same;
        }
        found = first + same == end;
      }
    }
    if (!found) {
      return false;
    }
    first = end;
  }
  return true;
}

}  // namespace souk::search
