// Words read as others that are close: typing errors.
#include <algorithm>

#include "plugins/search/model/text_plan.hpp"

namespace souk::search {
namespace {

/// Codes are what they are; so is what is written without letters.
bool is_plain_letters(std::string_view text) {
  return !has_digit(text) && !text.empty() && text.front() != '#';
}

}  // namespace

unsigned TextPlan::typo_limit(const TextQuery& query, const PlannedPart& part,
                              const Letters& letters) {
  if (!is_plain_letters(part.text)) {
    return 0;
  }
  return letters.size >= query.two_typos_from ? 2 : letters.size >= query.one_typo_from ? 1 : 0;
}

bool TextPlan::add_corrections(const Context& context, PlannedPart& part, TypoBudget budget) {
  Letters letters;
  if (budget.edits == 0 || !part.stems || !read_letters(part.text, letters)) {
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
      const unsigned limit = std::min(budget.edits + (budget.first_letter ? 1U : 0U), 2U);
      find_typos(data, letters, limit, prefix, candidates_);
      for (const TypoCandidate& candidate : candidates_) {
        const bool same_first = data.term(candidate.term).front() == part.text.front();
        if (candidate.cost <= budget.edits || !same_first) {
          add_candidate(found, data, candidate);
        }
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
      // Where nothing has the word itself, its likeliest reading stands for it in full.
      const float weight = (part.seen ? kTypoWeight : 1.0F) * (i == 0 ? 1.0F : kOtherReading);
      const auto listed = [&](TextIndex::Term t) {
        return std::any_of(found.terms.begin(), found.terms.end(),
                           [t](const PlannedTerm& one) { return one.term == t; });
      };
      if (term != TextIndex::kNoTerm && !listed(term)) {
        found.terms.push_back({term, weight, i == 0 && !part.seen, correction.cost});
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

bool TextPlan::correct_more(std::span<const SegmentText> segments, const TextQuery& query) {
  const Context context{segments, query};
  if (!query.typos) {
    return false;
  }
  bool unseen = false;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    unseen = unseen || (clauses[i].base && is_unseen(clauses[i]));
  }
  bool added = false;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    PlannedPart& part = parts[clauses[i].first_part];
    Letters letters;
    if (!clauses[i].base || (clauses[i].words & needed) == 0 || part.corrections.size() > 0 ||
        !read_letters(part.text, letters) || !is_plain_letters(part.text)) {
      continue;
    }
    if (!unseen) {
      // A slip of the finger rarely makes a word that many products have.
      constexpr std::uint64_t kCommon = 1000;
      if (part.listed_documents > std::max<std::uint64_t>(5, documents / kCommon)) {
        continue;
      }
      const unsigned limit = std::min(typo_limit(query, part, letters), 1U);
      added = add_corrections(context, part, {limit, false}) || added;
    } else if (is_unseen(clauses[i]) && letters.size >= kShortest) {
      added = add_corrections(context, part, {1, true}) || added;
    }
  }
  weigh();
  return added;
}

/// Nothing visible has the word, nor a reading of it.
bool TextPlan::is_unseen(const PlannedClause& clause) const {
  for (std::size_t c = 0; c < clauses.size(); ++c) {
    if ((clauses[c].words & clause.words) == 0) {
      continue;
    }
    bool seen = true;
    for (std::size_t p = 0; p < clauses[c].parts; ++p) {
      const PlannedPart& part = parts[clauses[c].first_part + p];
      seen = seen && (part.seen || part.corrections.size() > 0);
    }
    if (seen) {
      return false;
    }
  }
  return (clause.words & needed) != 0;
}

}  // namespace souk::search
