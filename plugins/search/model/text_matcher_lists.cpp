// The first pass where every word is needed and has one way to be said, as most questions: no
// windows. What the rarest word has becomes a list, which each other word shortens. The set of all
// matches says at once whether a posting is of the list.
#include <algorithm>
#include <bit>

#include "plugins/search/model/text_matcher.hpp"

namespace souk::search {

bool TextMatcher::match_lists(const Run& run) {
  const bool one_way = std::all_of(slots_.begin(), slots_.end(), [&](const auto& slot) {
    return slot.second - slot.first == 1 && run.plan.clauses[slot.first].parts == 1;
  });
  if (!one_way || !whole_only_ || excluded_alone_ != 0 || bringing_ == 0) {
    return false;
  }
  const PlannedClause& rarest = run.plan.clauses[slots_[0].first];
  Part& part = parts_[rarest.first_part];
  if (part.all != nullptr) return false;
  unite_if_many(run, part);
  for (std::uint32_t begin = 0; begin < run.data.documents;) {
    begin = list_rarest(run, rarest, part, begin);
    for (std::size_t i = 1; i < slots_.size() && listed_ > 0; ++i) {
      shorten_list(run, run.plan.clauses[slots_[i].first]);
    }
    finish_list(run);
  }
  return true;
}

bool TextMatcher::is_lone(const Part& part) {
  return part.cursors == 1 && part.dense == nullptr && part.all == nullptr && !part.many;
}

/// Lists documents from `begin` on until there is no more room; where to go on.
std::uint32_t TextMatcher::list_rarest(const Run& run, const PlannedClause& clause, Part& part,
                                       std::uint32_t begin) {
  listed_ = 0;
  std::uint32_t end = run.data.documents;
  if (is_lone(part)) {
    Cursor& cursor = cursors_[part.first_cursor];
    const float factor = clause.idf * clause.weight * cursor.weight;
    while (!cursor.done() && listed_ + PostingBlock::kSize <= kMostListed) {
      const bool last = cursor.block + 1 == cursor.end;
      cursor.scan(source_, last ? end : cursor.block[1].first,
                  [&](std::uint32_t document, std::uint8_t impact) {
                    list_document(run, document, factor * saturated_[impact]);
                  });
    }
    end = cursor.done() ? end : cursor.block->first;
  } else {
    end = part.dense != nullptr ? list_dense(run, clause, *part.dense, begin)
                                : list_window(run, clause, part, begin);
  }
  DocSet& whole = run.out.whole[run.number];
  for (std::size_t i = 0; i < listed_; ++i) {
    whole.add(list_[i]);
  }
  have_all_ = clause.words;
  return end;
}

void TextMatcher::list_document(const Run& run, std::uint32_t document, float score) {
  const DocSet* visible = run.segment.visible;
  list_[listed_] = document;
  list_score_[listed_] = score;
  listed_ += visible == nullptr || visible->contains(document) ? 1 : 0;
}

std::uint32_t TextMatcher::list_dense(const Run& run, const PlannedClause& clause,
                                      const Dense& dense, std::uint32_t begin) {
  const float factor = clause.idf * clause.weight;
  const auto words = dense.documents.words();
  std::size_t i = begin / 64;
  for (; i < words.size() && listed_ + 64 <= kMostListed; ++i) {
    for (std::uint64_t word = words[i]; word != 0; word &= word - 1) {
      const auto document =
          static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      list_document(run, document, factor * saturated_[dense.impacts[document]]);
    }
  }
  return i < words.size() ? static_cast<std::uint32_t>(i * 64) : run.data.documents;
}

/// Several lists at once: by windows, and where there is nothing none.
std::uint32_t TextMatcher::list_window(const Run& run, const PlannedClause& clause, Part& several,
                                       std::uint32_t begin) {
  const float factor = clause.idf * clause.weight;
  narrowing_ = false;
  while (begin < run.data.documents && listed_ + kWindow <= kMostListed) {
    std::uint32_t next = run.data.documents;
    for (std::size_t c = 0; c < several.cursors; ++c) {
      const Cursor& cursor = cursors_[several.first_cursor + c];
      // A block that was begun may have a posting anywhere.
      next = cursor.done() ? next : std::min(next, std::max(begin, cursor.block->first));
    }
    begin = next / kWindow * kWindow;
    if (next == run.data.documents) {
      return next;
    }
    const std::uint32_t end = std::min(begin + kWindow, run.data.documents);
    part(several, begin, end);
    for (std::size_t i = 0; i < kWindowWords; ++i) {
      for (std::uint64_t word = part_touched_[i]; word != 0; word &= word - 1) {
        const std::size_t at = i * 64 + static_cast<std::size_t>(std::countr_zero(word));
        list_document(run, begin + static_cast<std::uint32_t>(at), factor * part_score_[at]);
        part_score_[at] = 0;
      }
      part_touched_[i] = 0;
    }
    begin = end;
  }
  return begin;
}

/// visit(place in the list, impact) for each posting of a document that is listed.
template <class Visit>
void TextMatcher::scan_listed(const Run& run, Cursor& cursor, Visit&& visit) {
  const std::uint32_t last = list_[listed_ - 1];
  cursor.seek(source_, list_[0]);
  const std::size_t postings = cursor.left_before(last + 1);
  // Finding one costs about as much as reading through so many.
  constexpr std::size_t kFar = 16;
  if (listed_ * kFar < postings) {
    for (std::size_t i = 0; i < listed_ && !cursor.done(); ++i) {
      cursor.seek(source_, list_[i]);
      cursor.scan(source_, list_[i] + 1,
                  [&](std::uint32_t, std::uint8_t impact) { visit(i, impact); });
    }
    return;
  }
  const std::uint64_t* whole = run.out.whole[run.number].words().data();
  std::size_t i = 0;
  cursor.scan(source_, last + 1, [&](std::uint32_t document, std::uint8_t impact) {
    if ((whole[document / 64] >> (document % 64) & 1U) != 0) {
      while (list_[i] < document) {
        ++i;
      }
      visit(i, impact);
    }
  });
}

/// Adds what a word counts; where it is needed, what lacks it is listed no more.
void TextMatcher::shorten_list(const Run& run, const PlannedClause& clause) {
  const Part& part = parts_[clause.first_part];
  std::fill_n(list_part_.begin(), listed_, 0.0F);
  float factor = clause.idf * clause.weight;
  if (is_lone(part)) {
    Cursor& cursor = cursors_[part.first_cursor];
    factor *= cursor.weight;
    scan_listed(run, cursor,
                [&](std::size_t i, std::uint8_t impact) { list_part_[i] = saturated_[impact]; });
  } else if (part.many) {
    list_many(run, part);
  } else {
    list_several(run, part);
  }
  DocSet& whole = run.out.whole[run.number];
  const bool needed = (clause.words & run.rule.needed) != 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < listed_; ++i) {
    const float score = list_part_[i];
    if (needed && score == 0) {  // a posting always counts more
      whole.remove(list_[i]);
      continue;
    }
    list_[kept] = list_[i];
    list_score_[kept] = list_score_[i] + factor * score;
    ++kept;
  }
  listed_ = kept;
  have_all_ |= needed ? clause.words : 0;
}

/// As part() does in a window.
void TextMatcher::list_several(const Run& run, const Part& part) {
  for (std::size_t c = 0; c < part.cursors; ++c) {
    Cursor& cursor = cursors_[part.first_cursor + c];
    const float weight = cursor.weight;
    const bool beginning = cursor.beginning;
    scan_listed(run, cursor, [&](std::size_t i, std::uint8_t impact) {
      const float score = weight * saturated_[impact];
      list_part_[i] = beginning ? std::max(list_part_[i], score) : both_forms(list_part_[i], score);
    });
  }
  if (part.all != nullptr) {
    for (std::size_t i = 0; i < listed_; ++i) {
      if (part.all->documents.contains(list_[i])) {
        list_part_[i] = std::max(list_part_[i], part.all_weight);
      }
    }
  }
}

/// As unite() does for a segment, for what is listed alone.
void TextMatcher::list_many(const Run& run, const Part& part) {
  for (std::size_t c = 0; c < part.cursors && listed_ > 0; ++c) {
    Cursor& cursor = cursors_[part.first_cursor + c];
    const unsigned down = steps_down(cursor.weight);
    scan_listed(run, cursor, [&](std::size_t i, std::uint8_t impact) {
      list_part_[i] = std::max(list_part_[i], static_cast<float>(lowered(impact, down)));
    });
  }
  for (std::size_t i = 0; i < listed_; ++i) {
    list_part_[i] = saturated_[static_cast<std::size_t>(list_part_[i])];
  }
}

void TextMatcher::finish_list(const Run& run) {
  for (std::size_t i = 0; i < listed_; ++i) {
    run.out.best_whole.add({list_score_[i], run.number, list_[i], have_all_});
  }
}

}  // namespace souk::search
