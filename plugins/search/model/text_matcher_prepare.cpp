// What the matcher does once a question and segment, before it walks through the documents.
#include <algorithm>
#include <bit>

#include "plugins/search/model/text_matcher.hpp"

namespace souk::search {
namespace {

/// What only begins like a word counts this much at least, and so much more the less often the word
/// stands alone: "tab" asks for tablets, "mouse" hardly for mousepads.
constexpr float kLeastPrefix = 0.1F;
constexpr float kPrefixOfWord = 0.3F;
constexpr float kMostPrefix = 0.8F;
/// The saturated frequency that a united beginning stands for.
constexpr float kUnionScore = 0.8F;

float prefix_weight(const PlannedPart& part) {
  if (part.listed_documents == 0) {
    return kMostPrefix;
  }
  const float alone =
      static_cast<float>(part.listed_documents) / static_cast<float>(part.documents);
  return std::max(kLeastPrefix, kPrefixOfWord * (1 - alone));
}

}  // namespace

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
  cursors_.push_back({{blocks.data(), blocks.data() + blocks.size(), 0}, weight, false});
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
  part.many = part.all == nullptr && beginnings + found.terms.size() > kMaxLists;
  for (const PlannedTerm& term : found.terms) {
    add_cursor(run.data, term.term, term.weight);
  }
  for (TextIndex::Term t = found.prefix_first; part.all == nullptr && t < found.prefix_end; ++t) {
    const bool listed =
        !part.many && std::any_of(found.terms.begin(), found.terms.end(),
                                  [t](const PlannedTerm& one) { return one.term == t; });
    if (!listed) {
      add_cursor(run.data, t, weight);
      cursors_.back().beginning = true;
    }
  }
  part.cursors = cursors_.size() - part.first_cursor;
}

/// Puts all lists of such a part into one array.
void TextMatcher::unite_if_many(const Run& run, Part& part) {
  if (!part.many || part.dense != nullptr) {
    return;
  }
  std::unique_ptr<Dense>& kept = dense_.take();
  if (kept == nullptr) {
    kept = std::make_unique<Dense>();
  }
  Dense& dense = *kept;
  dense.impacts.assign(run.data.documents, 0);
  dense.documents.reset(run.data.documents);
  for (std::size_t c = 0; c < part.cursors; ++c) {
    Cursor& cursor = cursors_[part.first_cursor + c];
    const unsigned down = steps_down(cursor.weight);
    cursor.scan(source_, run.data.documents, [&](std::uint32_t document, std::uint8_t impact) {
      std::uint8_t& held = dense.impacts[document];
      held = std::max(held, lowered(impact, down));
      dense.documents.add(document);
    });
  }
  part.cursors = 0;
  part.dense = &dense;
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
  if (bringing == 0) {  // a wide beginning is all that is needed
    const auto others = std::stable_partition(slots_.begin(), slots_.end(), [&](const auto& slot) {
      return (clauses[slot.first].words & run.rule.needed) != 0;
    });
    bringing = static_cast<std::size_t>(others - slots_.begin());
  }
  // The rarest first: what it lacks needs no look at the others.
  if (whole_only_) {
    std::sort(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(bringing),
              [&](const auto& a, const auto& b) {
                return postings_of(run, a.first, a.second) < postings_of(run, b.first, b.second);
              });
  }
  if (!whole_only_) {
    bringing = put_essential_first(run, bringing);
  }
  bringing_ = bringing;
  only_touched_ = bringing > 0 ? bringing : slots_.size();
  // What has a slot of one word has the word: after all slots nothing is left to judge.
  all_whole_ = whole_only_ && excluded_alone_ == 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    std::uint32_t words = 0;
    for (std::size_t c = slots_[i].first; c < slots_[i].second; ++c) {
      words |= clauses[c].words & run.rule.needed;
    }
    all_whole_ = all_whole_ && (i < only_touched_ ? std::has_single_bit(words) : words == 0);
  }
}

/// Of the first `bringing` slots those come first without one of which a document can't have
/// enough; how many. The others are the longest lists: they only add to what is there.
std::size_t TextMatcher::put_essential_first(const Run& run, std::size_t bringing) {
  const auto begin = slots_.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(bringing);
  std::stable_sort(begin, end, [&](const auto& a, const auto& b) {
    return postings_of(run, a.first, a.second) < postings_of(run, b.first, b.second);
  });
  const auto weight_of_slot = [&](const std::pair<std::size_t, std::size_t>& slot) {
    std::uint32_t words = 0;
    for (std::size_t c = slot.first; c < slot.second; ++c) {
      words |= run.plan.clauses[c].words & run.rule.needed;
    }
    return weight_of(words);
  };
  // Sums of other orders differ in their last digits.
  const float enough = 0.999F * run.rule.enough * needed_weight_;
  float without = 0;
  for (std::size_t i = bringing; i < slots_.size(); ++i) {
    without += weight_of_slot(slots_[i]);
  }
  std::size_t essential = bringing;
  for (; essential > 1; --essential) {
    without += weight_of_slot(slots_[essential - 1]);
    if (without >= enough) {
      break;
    }
  }
  return essential;
}

std::uint64_t TextMatcher::postings_of(const Run& run, std::size_t first, std::size_t end) const {
  std::uint64_t sum = 0;
  for (std::size_t c = first; c < end; ++c) {
    const PlannedClause& clause = run.plan.clauses[c];
    for (std::size_t p = 0; p < clause.parts; ++p) {
      sum += run.plan.parts[clause.first_part + p].segments[run.number].postings;
    }
  }
  return sum;
}

}  // namespace souk::search
