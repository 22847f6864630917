#include "plugins/search/model/text_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "plugins/search/model/compounds.hpp"

namespace souk::search {
namespace {

std::uint32_t bits_of(std::size_t first, std::size_t count) {
  return static_cast<std::uint32_t>(((std::uint64_t{1} << count) - 1) << first);
}

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Codes are what they are; so is what is written without letters.
bool is_plain_letters(std::string_view text) {
  return !has_digit(text) && !text.empty() && text.front() != '#';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_visible(const TextIndex::Data& data, TextIndex::Term term, const DocSet* visible) {
  if (visible == nullptr) {
    return data.frequency[term] > 0;
  }
  DecodedBlock decoded;
  for (const PostingBlock& block : data.blocks_of(term)) {
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
  part.exact_documents = part.documents = 0;
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

bool TextPlan::add_alternative(const Context& context, const QueryAlternative& alternative,
                               bool if_known) {
  const std::size_t count = std::min(context.query.words.size(), kMaxQueryWords);
  if (alternative.words == 0 || alternative.first + std::size_t{alternative.words} > count) {
    return false;
  }
  const std::uint32_t bits = bits_of(alternative.first, alternative.words);
  if ((bits & ~(needed | optional)) != 0) {
    return false;
  }
  tokenize(alternative.text, stream_, kMaxQueryWords);
  const bool canonical = alternative.text.starts_with('#');
  const bool reaches_end = alternative.first + std::size_t{alternative.words} == count;
  const bool prefix = reaches_end && context.query.prefix_last && !context.query.last_finished &&
                      has_digit(alternative.text) && !canonical;
  if (canonical || if_known) {
    if (!if_known || known(context, alternative.text) > 0 || prefix) {
      const std::size_t part = add_part(context, alternative.text, prefix, !canonical);
      if (if_known && !parts[part].seen) {
        return false;
      }
      PlannedClause& clause = add_clause(bits, alternative.weight);
      clause.first_part = part;
      clause.parts = 1;
      return true;
    }
    return false;
  }
  const std::size_t first = parts.size();
  for (const Token& token : stream_.tokens) {
    if (token.kind != TokenKind::kJoined && token.kind != TokenKind::kQuantity) {
      add_part(context, stream_.of(token), false, true);
    }
  }
  if (parts.size() == first) {
    return false;
  }
  PlannedClause& clause = add_clause(bits, alternative.weight);
  clause.first_part = first;
  clause.parts = parts.size() - first;
  return true;
}

void TextPlan::add_alternatives(const Context& context) {
  constexpr std::size_t kMaxAlternatives = 64;
  for (std::size_t i = 0; i < context.query.alternatives.size() && i < kMaxAlternatives; ++i) {
    add_alternative(context, context.query.alternatives[i], false);
  }
  for (const QueryAlternative& overlay : context.query.overlays) {
    add_alternative(context, overlay, true);
  }
  add_joins(context);
  const std::size_t words = clauses.size();
  for (std::size_t i = 0; i < words; ++i) {
    if (!clauses[i].base || (clauses[i].words & (needed | optional)) == 0) {
      continue;
    }
    const std::size_t part = clauses[i].first_part;
    add_splits(context, i);
    if (!parts[part].seen && context.query.typos) {
      Letters letters;
      if (read_letters(parts[part].text, letters)) {
        add_corrections(context, parts[part], typo_limit(context.query, parts[part], letters));
      }
    }
  }
}

/// Neighbours that the catalog writes in one word; three of them when it is a model's code.
void TextPlan::add_joins(const Context& context) {
  const auto& words = context.query.words;
  const std::size_t count = std::min(words.size(), kMaxQueryWords);
  QueryAlternative joined;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    joined.first = static_cast<std::uint8_t>(i);
    joined.weight = 1.0F;
    joined.text = words[i].text;
    for (std::size_t n = 2; n <= 3 && i + n <= count; ++n) {
      joined.text += words[i + n - 1].text;
      joined.words = static_cast<std::uint8_t>(n);
      const bool overlaid =
          std::any_of(context.query.overlays.begin(), context.query.overlays.end(),
                      [&](const QueryAlternative& o) { return o.text == joined.text; });
      if (!overlaid && (n == 2 || has_digit(joined.text)) && joined.text.size() <= kMaxWordBytes) {
        add_alternative(context, joined, true);
      }
    }
  }
}

/// A word that is two others of the catalog: "tshirt" where it writes "t shirt", "iphone7", and in
/// the languages that join them, compounds.
void TextPlan::add_splits(const Context& context, std::size_t word) {
  const std::string text = parts[clauses[word].first_part].text;
  const std::uint32_t bits = clauses[word].words;
  const bool seen = parts[clauses[word].first_part].exact_documents > 0;
  const auto& languages =
      context.segments.empty() ? std::vector<Language>{} : context.segments[0].index->languages();
  const bool compounds = std::any_of(languages.begin(), languages.end(), joins_compounds);
  constexpr std::size_t kMaxSplit = 40;
  if (text.size() < 4 || text.size() > kMaxSplit || (seen && !compounds)) {
    return;
  }
  std::string first;
  std::string second;
  double best = 0;
  for (std::size_t at = 1; at < text.size() && !seen; ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
      continue;
    }
    const bool boundary = is_digit(text[at - 1]) != is_digit(text[at]);
    if (!boundary && (has_digit(text) || std::min(at, text.size() - at) < (at == 1 ? 1U : 3U))) {
      continue;
    }
    const std::string_view left = std::string_view(text).substr(0, at);
    const std::string_view right = std::string_view(text).substr(at);
    const double score = std::sqrt(static_cast<double>(known(context, left)) *
                                   static_cast<double>(known(context, right)));
    if (score > best) {
      best = score;
      first = left;
      second = right;
    }
  }
  float weight = 0.9F;
  if (best == 0 && compounds) {
    const auto count = [&](std::string_view part) {
      return static_cast<std::uint32_t>(known(context, part));
    };
    const CompoundSplit split = split_compound(text, count, true);
    best = split.score;
    first = split.modifier;
    second = split.head;
    weight = seen ? 0.6F : 0.9F;
  }
  if (best == 0) {
    return;
  }
  const std::size_t part = add_part(context, first, false, true);
  add_part(context, second, false, true);
  PlannedClause& clause = add_clause(bits, weight);
  clause.first_part = part;
  clause.parts = 2;
}

unsigned TextPlan::typo_limit(const TextQuery& query, const PlannedPart& part,
                              const Letters& letters) {
  if (!is_plain_letters(part.text)) {
    return 0;
  }
  return letters.size >= query.two_typos_from ? 2 : letters.size >= query.one_typo_from ? 1 : 0;
}

bool TextPlan::add_corrections(const Context& context, PlannedPart& part, unsigned limit) {
  Letters letters;
  if (limit == 0 || !part.stems || !read_letters(part.text, letters)) {
    return false;
  }
  std::vector<Correction>& found = corrections_;
  found.clear();
  for (const bool prefix : {false, true}) {
    if (prefix && (!part.prefix || !found.empty())) {
      continue;
    }
    for (const SegmentText& segment : context.segments) {
      const TextIndex::Data& data = segment.index->data();
      candidates_.clear();
      find_typos(data, letters, limit, prefix, candidates_);
      for (const TypoCandidate& candidate : candidates_) {
        add_candidate(found, data, candidate);
      }
    }
  }
  std::sort(found.begin(), found.end(), [](const Correction& a, const Correction& b) {
    return a.cost != b.cost             ? a.cost < b.cost
           : a.documents != b.documents ? a.documents > b.documents
                                        : a.text < b.text;
  });
  keep_visible(context, found, part);
  add_correction_terms(context, part);
  return part.corrections.size() > 0;
}

void TextPlan::add_candidate(std::vector<Correction>& found, const TextIndex::Data& data,
                             const TypoCandidate& candidate) {
  const std::string_view text = data.term(candidate.term);
  for (Correction& one : found) {
    if (one.text == text) {
      one.documents += data.frequency[candidate.term];
      return;
    }
  }
  constexpr std::size_t kMaxFound = 512;
  if (found.size() < kMaxFound) {
    found.push_back({std::string(text), candidate.cost, data.frequency[candidate.term]});
  }
}

/// The nearest words that something visible has; farther ones only where there are no nearer.
void TextPlan::keep_visible(const Context& context, const std::vector<Correction>& found,
                            PlannedPart& part) {
  for (const Correction& one : found) {
    const bool farther = part.corrections.size() > 0 && one.cost > part.corrections[0].cost;
    if (farther || part.corrections.size() == kMaxCorrections) {
      break;
    }
    if (known(context, one.text) > 0) {
      Correction& kept = part.corrections.take();
      kept.text = one.text;
      kept.cost = one.cost;
      kept.documents = one.documents;
    }
  }
}

void TextPlan::add_correction_terms(const Context& context, PlannedPart& part) {
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < part.corrections.size(); ++i) {
    const Correction& correction = part.corrections[i];
    for (std::size_t s = 0; s < context.segments.size(); ++s) {
      const TextIndex::Data& data = context.segments[s].index->data();
      SegmentPart& found = part.segments[s];
      const TextIndex::Term term = data.find(correction.text);
      const float weight = correction.cost > 1 ? kTypoWeight * kTypoWeight : kTypoWeight;
      const auto listed = [&](TextIndex::Term t) {
        return std::any_of(found.terms.begin(), found.terms.end(),
                           [t](const PlannedTerm& one) { return one.term == t; });
      };
      if (term != TextIndex::kNoTerm && !listed(term)) {
        found.terms.push_back({term, weight, false, correction.cost});
        found.postings += data.frequency[term];
      }
      // The likeliest reading brings its other forms along.
      if (i == 0) {
        resolve_stems(context.segments[s], found, correction.text, weight * kStemWeight,
                      correction.cost);
      }
    }
    most = std::max(most, correction.documents);
  }
  part.documents = std::max(part.documents, most);
}

bool TextPlan::correct_known(std::span<const SegmentText> segments, const TextQuery& query) {
  const Context context{segments, query};
  bool added = false;
  if (!query.typos) {
    return false;
  }
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    PlannedPart& part = parts[clauses[i].first_part];
    Letters letters;
    if (!clauses[i].base || (clauses[i].words & needed) == 0 || part.corrections.size() > 0 ||
        !read_letters(part.text, letters) || !is_plain_letters(part.text)) {
      continue;
    }
    // Short words are corrected only when nothing at all has them.
    constexpr unsigned kShortest = 4;
    unsigned limit = typo_limit(query, part, letters);
    if (limit == 0 && !part.seen && letters.size >= kShortest) {
      limit = 1;
    }
    added = add_corrections(context, part, std::min(limit, 1U)) || added;
  }
  weigh();
  return added;
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
      fewest = std::min(fewest, static_cast<double>(parts[clause.first_part + p].documents));
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
