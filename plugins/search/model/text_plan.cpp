#include "plugins/search/model/text_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace souk::search {
bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_visible(const TextIndex::Data& data, TextIndex::Term term, const DocSet* visible) {
  if (visible == nullptr) {
    return data.frequency[term] > 0;
  }
  const auto blocks = data.blocks_of(term);
  if (!blocks.empty() && visible->contains(blocks.front().first)) {
    return true;
  }
  DecodedBlock decoded;
  for (const PostingBlock& block : blocks) {
    data.decode(block, decoded);
    for (std::uint32_t i = 0; i < decoded.count; ++i) {
      if (visible->contains(decoded.documents[i])) {
        return true;
      }
    }
  }
  return false;
}

void TextPlan::make(std::span<const SegmentText> segments, const TextQuery& query) {
  const Context context{segments, query};
  parts.clear();
  clauses.clear();
  documents = 0;
  for (const SegmentText& segment : segments) {
    documents += segment.index->documents();
  }
  set_roles(context);
  add_words(context);
  add_alternatives(context);
  group_slots(query.words.size());
  weigh();
}

/// Function words do not decide whether a document matches, unless there is nothing else.
void TextPlan::set_roles(const Context& context) {
  needed = optional = excluded = 0;
  std::uint32_t function_words = 0;
  for (std::size_t i = 0; i < context.query.words.size() && i < kMaxQueryWords; ++i) {
    const QueryWord& word = context.query.words[i];
    const std::uint32_t bit = 1U << i;
    switch (word.role) {
      case WordRole::kNeeded:
        needed |= bit;
        break;
      case WordRole::kOptional:
        optional |= bit;
        break;
      case WordRole::kExcluded:
        excluded |= bit;
        break;
      case WordRole::kIgnored:
        continue;
    }
    if (word.role != WordRole::kNeeded || context.segments.empty() || word.phrase != 0) {
      continue;
    }
    for (const Language language : context.segments[0].index->languages()) {
      if (is_stop_word(word.text, language)) {
        function_words |= bit;
      }
    }
  }
  const std::size_t last = context.query.words.size();
  if (last > 0 && context.query.prefix_last && !context.query.last_finished) {
    function_words &= ~(1U << (last - 1));  // "the" may become "thermos"
  }
  if ((needed & ~function_words) != 0) {
    needed &= ~function_words;
    optional |= function_words;
  }
}

void TextPlan::add_words(const Context& context) {
  const TextQuery& query = context.query;
  const std::size_t count = std::min(query.words.size(), kMaxQueryWords);
  for (std::size_t i = 0; i < count; ++i) {
    const QueryWord& word = query.words[i];
    if (word.role == WordRole::kIgnored) {
      continue;
    }
    const bool exact = word.phrase != 0 || word.role == WordRole::kExcluded;
    const bool last =
        i + 1 == query.words.size() && query.prefix_last && !query.last_finished && !exact;
    PlannedClause& clause = add_clause(1U << i, 1.0F);
    clause.base = true;
    clause.first_part = add_part(context, word.text, last, !exact);
    clause.parts = 1;
  }
}

PlannedClause& TextPlan::add_clause(std::uint32_t words, float weight) {
  PlannedClause& clause = clauses.take();
  clause = PlannedClause{};
  clause.words = words;
  clause.weight = weight;
  return clause;
}

std::size_t TextPlan::add_part(const Context& context, std::string_view text, bool prefix,
                               bool stems) {
  PlannedPart& part = parts.take();
  part.text.assign(text);
  part.prefix = prefix;
  part.stems = stems;
  part.corrections.clear();
  resolve(context, part);
  return parts.size() - 1;
}

Stemmer& TextPlan::stemmer_for(const std::vector<Language>& languages) {
  for (Stemmer& stemmer : stemmers_) {
    if (stemmer.languages() == languages) {
      return stemmer;
    }
  }
  return stemmers_.emplace_back(languages);
}

void TextPlan::resolve(const Context& context, PlannedPart& part) {
  part.segments.resize(std::max(part.segments.size(), context.segments.size()));
  part.exact_documents = part.listed_documents = part.documents = 0;
  part.seen = false;
  for (std::size_t s = 0; s < context.segments.size(); ++s) {
    const SegmentText& segment = context.segments[s];
    const TextIndex::Data& data = segment.index->data();
    SegmentPart& found = part.segments[s];
    found.terms.clear();
    found.prefix_first = found.prefix_end = 0;
    found.postings = 0;
    const TextIndex::Term exact = data.find(part.text);
    if (exact != TextIndex::kNoTerm) {
      found.terms.push_back({exact, 1.0F, true, 0});
      part.exact_documents += data.frequency[exact];
    }
    if (part.stems) {
      resolve_stems(segment, found, part.text, kStemWeight, 0);
    }
    if (part.prefix) {
      const auto [first, end] = data.prefix(part.text);
      found.prefix_first = first;
      found.prefix_end = end;
      for (TextIndex::Term term = first; term < end; ++term) {
        found.postings += data.frequency[term];
      }
    }
    std::uint64_t listed = 0;
    for (const PlannedTerm& term : found.terms) {
      listed += data.frequency[term.term];
      part.seen = part.seen || is_visible(data, term.term, segment.visible);
    }
    for (TextIndex::Term term = found.prefix_first; term < found.prefix_end && !part.seen; ++term) {
      part.seen = is_visible(data, term, segment.visible);
    }
    part.listed_documents += std::min<std::uint64_t>(listed, data.documents);
    part.documents += std::min<std::uint64_t>(std::max(listed, found.postings), data.documents);
    found.postings += listed;
  }
}

void TextPlan::resolve_stems(const SegmentText& segment, SegmentPart& found, std::string_view text,
                             float weight, std::uint8_t typos) {
  const TextIndex::Data& data = segment.index->data();
  if (text.size() < 3 || has_digit(text) || data.stems.empty()) {
    return;
  }
  Stemmer& stemmer = stemmer_for(data.languages);
  for (std::size_t n = 0; n < data.languages.size(); ++n) {
    char stem[kMaxWordBytes + 1];
    const std::string_view made = stemmer.stem(n, text).substr(0, kMaxWordBytes);
    std::copy(made.begin(), made.end(), stem);
    const std::string_view own(stem, made.size());
    const std::uint32_t hash = stem_hash(n, own);
    auto at = std::lower_bound(
        data.stems.begin(), data.stems.end(), hash,
        [](const StemEntry& entry, std::uint32_t key) { return entry.hash < key; });
    for (; at != data.stems.end() && at->hash == hash && found.terms.size() < kMaxStems; ++at) {
      const bool listed = std::any_of(found.terms.begin(), found.terms.end(),
                                      [&](const PlannedTerm& t) { return t.term == at->term; });
      if (!listed && stemmer.stem(n, data.term(at->term)) == own) {
        found.terms.push_back({at->term, weight, false, typos});
      }
    }
  }
}

std::uint64_t TextPlan::known(const Context& context, std::string_view text) {
  std::uint64_t count = 0;
  for (const SegmentText& segment : context.segments) {
    const TextIndex::Data& data = segment.index->data();
    const TextIndex::Term term = data.find(text);
    if (term != TextIndex::kNoTerm && is_visible(data, term, segment.visible)) {
      count += data.frequency[term];
    }
  }
  return count;
}

/// Words connected by clauses share a slot; clauses come by slot, the words' own first.
void TextPlan::group_slots(std::size_t words) {
  slot_of_.resize(words);
  for (std::size_t i = 0; i < words; ++i) {
    slot_of_[i] = i;
  }
  for (std::size_t c = 0; c < clauses.size(); ++c) {
    std::size_t lowest = words;
    for (std::size_t i = 0; i < words; ++i) {
      if ((clauses[c].words >> i & 1U) != 0) {
        lowest = std::min(lowest, slot_of_[i]);
      }
    }
    for (std::size_t i = 0; i < words; ++i) {
      if ((clauses[c].words >> i & 1U) != 0) {
        const std::size_t old = slot_of_[i];
        std::replace(slot_of_.begin(), slot_of_.end(), old, lowest);
      }
    }
  }
  ordered_.clear();
  slots = 0;
  for (std::size_t slot = 0; slot < words; ++slot) {
    const std::size_t before = ordered_.size();
    for (std::size_t c = 0; c < clauses.size(); ++c) {
      const auto word = static_cast<std::size_t>(std::countr_zero(clauses[c].words));
      if (slot_of_[word] == slot) {
        clauses[c].slot = slots;
        ordered_.push_back(clauses[c]);
      }
    }
    slots += ordered_.size() > before ? 1 : 0;
  }
  for (std::size_t c = 0; c < clauses.size(); ++c) {
    clauses[c] = ordered_[c];
  }
}

/// idf = log(1 + (N − n + ½) / (n + ½)), of a clause by its rarest part.
void TextPlan::weigh() {
  idf.fill(0);
  const auto total = static_cast<double>(documents);
  for (std::size_t c = 0; c < clauses.size(); ++c) {
    PlannedClause& clause = clauses[c];
    double fewest = total;
    for (std::size_t p = 0; p < clause.parts; ++p) {
      // A whole word is as rare as it is, however many others begin with it.
      const PlannedPart& part = parts[clause.first_part + p];
      const std::uint64_t have = part.listed_documents > 0 ? part.listed_documents : part.documents;
      fewest = std::min(fewest, static_cast<double>(have));
    }
    clause.idf = static_cast<float>(std::log(1 + (total - fewest + 0.5) / (fewest + 0.5)));
    if (clause.base) {
      idf[static_cast<std::size_t>(std::countr_zero(clause.words))] = clause.idf;
    }
  }
  // Another way to say a word can't be worth more than the word: else a rare synonym would win.
  for (std::size_t c = 0; c < clauses.size(); ++c) {
    PlannedClause& clause = clauses[c];
    if (clause.base) {
      continue;
    }
    float covered = 0;
    bool all_known = true;
    for (std::size_t i = 0; i < kMaxQueryWords; ++i) {
      covered += (clause.words >> i & 1U) != 0 ? idf[i] : 0;
    }
    for (std::size_t other = 0; other < clauses.size(); ++other) {
      if (clauses[other].base && (clauses[other].words & clause.words) != 0) {
        all_known = all_known && parts[clauses[other].first_part].documents > 0;
      }
    }
    if (!all_known && std::has_single_bit(clause.words)) {
      // The word itself is nowhere: its reading decides how rare it is.
      idf[static_cast<std::size_t>(std::countr_zero(clause.words))] = clause.idf;
    } else {
      clause.idf = covered;
    }
  }
}

}  // namespace souk::search
