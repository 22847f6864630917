// Other ways to say what was asked: synonyms, words written together or apart, quantities.
#include <algorithm>
#include <cmath>

#include "plugins/search/model/compounds.hpp"
#include "plugins/search/model/text_plan.hpp"

namespace souk::search {
namespace {

std::uint32_t bits_of(std::size_t first, std::size_t count) {
  return static_cast<std::uint32_t>(((std::uint64_t{1} << count) - 1) << first);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "2x4x8": numbers with an x between them.
bool is_dimensions(std::string_view text) {
  constexpr std::size_t kMostMarks = 3;
  bool number = false;
  std::size_t marks = 0;
  for (const char c : text) {
    if (c == 'x' && number) {
      ++marks;
      number = false;
    } else if (is_digit(c) || c == '.') {
      number = true;
    } else {
      return false;
    }
  }
  return number && marks > 0 && marks <= kMostMarks;
}

}  // namespace

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
        add_corrections(context, parts[part],
                        {typo_limit(context.query, parts[part], letters), false});
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

/// "2x4x8" where the catalog writes "2 in. x 4 in. x 8 ft.": all of its numbers.
void TextPlan::add_dimensions(const Context& context, std::string_view text, std::uint32_t bits) {
  const std::size_t first = parts.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('x', at), text.size());
    add_part(context, text.substr(at, end - at), false, false);
    at = end + 1;
  }
  PlannedClause& clause = add_clause(bits, 0.9F);
  clause.first_part = first;
  clause.parts = parts.size() - first;
}

/// A word that is two others of the catalog: "tshirt" where it writes "t shirt", "iphone7", and in
/// the languages that join them, compounds.
void TextPlan::add_splits(const Context& context, std::size_t word) {
  const std::string text = parts[clauses[word].first_part].text;
  const std::uint32_t bits = clauses[word].words;
  const bool seen = parts[clauses[word].first_part].exact_documents > 0;
  if (is_dimensions(text)) {
    add_dimensions(context, text, bits);
    return;
  }
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

}  // namespace souk::search
