#include "plugins/search/model/highlight.hpp"

#include <algorithm>
#include <bit>

#include "plugins/search/model/character_fold.hpp"

namespace souk::search {
namespace {

bool is_wanted(const QueryWord& word) {
  return word.role == WordRole::kNeeded || word.role == WordRole::kOptional;
}

bool lies_over(const Token& token) {
  return token.kind == TokenKind::kJoined || token.kind == TokenKind::kQuantity;
}

// Where the beginning of the token that folds to `folded` bytes ends.
std::uint32_t end_of_prefix(std::string_view text, const Token& token, std::size_t folded) {
  std::size_t at = token.begin;
  std::size_t read = 0;
  FoldedCharacter scratch;
  while (at < token.end && read < folded) {
    const FoldedCharacter& character = fold_character(decode_utf8(text, at), scratch);
    const bool counts =
        character.kind != CharacterKind::kMark && character.kind != CharacterKind::kSeparator;
    read += counts ? character.size : 0;
  }
  // Accents that stand behind their letter belong to it.
  for (std::size_t next = at; next < token.end; at = next) {
    if (fold_character(decode_utf8(text, next), scratch).kind != CharacterKind::kMark) break;
  }
  return static_cast<std::uint32_t>(at);
}

}  // namespace

std::string_view name_of(MatchLevel level) noexcept {
  switch (level) {
    case MatchLevel::none:
      return "none";
    case MatchLevel::partial:
      return "partial";
    case MatchLevel::full:
      return "full";
  }
  return "none";
}

void escape_html(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
}

// ---- the question ----

void Highlighter::add(std::string_view folded, std::uint32_t words, bool prefix, unsigned typos) {
  if (folded.empty() || words == 0) return;
  Pattern pattern;
  pattern.text = folded;
  pattern.words = words;
  pattern.prefix = prefix;
  pattern.typos = read_letters(folded, pattern.letters) ? typos : 0;
  note_beginning(pattern);
  patterns_.push_back(std::move(pattern));
}

void Highlighter::forget() {
  patterns_.clear();
  words_.clear();
  beginnings_.fill(0);
  any_beginning_ = false;
}

/// Whatever matches begins like the pattern: forms of a word share two letters, and an error in the
/// first letter counts two.
void Highlighter::note_beginning(const Pattern& pattern) {
  const auto letter = [&](std::size_t at) {
    return at < pattern.text.size() ? static_cast<unsigned char>(pattern.text[at]) - 'a' + 0U : 26U;
  };
  const unsigned first = letter(0);
  if (first >= 26 || pattern.typos > 1) {
    any_beginning_ = true;
    return;
  }
  const unsigned second = letter(1);
  beginnings_[first] |= second < 26 && pattern.typos == 0 ? 1U << second : ~0U;
}

bool Highlighter::may_mark(std::string_view text) const {
  if (patterns_.empty()) return false;
  if (any_beginning_) return true;
  const auto letter = [](char c) { return (static_cast<unsigned char>(c) | 0x20U) - 'a'; };
  bool in_word = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const unsigned first = letter(text[at]);
    if (first >= 26) {
      // Beyond ASCII letters fold in many ways.
      if (static_cast<unsigned char>(text[at]) >= 0x80) return true;
      in_word = false;
      continue;
    }
    const std::uint32_t follow = in_word ? 0 : beginnings_[first];
    in_word = true;
    if (follow == 0) continue;
    // Behind a hyphen or an apostrophe a word may go on.
    const unsigned second = at + 1 < text.size() ? letter(text[at + 1]) : 26;
    if (second >= 26 || (follow >> second & 1) != 0) return true;
  }
  return false;
}

void Highlighter::add_typed(const TextQuery& query, const TextResult* result, std::size_t word) {
  const QueryWord& typed = query.words[word];
  const bool last = word + 1 == query.words.size();
  const bool prefix = last && query.prefix_last && !query.last_finished;
  const std::uint32_t bit = 1U << word;
  unsigned typos = 0;
  const WordEvidence* const evidence =
      result != nullptr && word < result->evidence.size() ? &result->evidence[word] : nullptr;
  Letters letters;
  if (query.typos && typed.kind == TokenKind::kWord && read_letters(typed.text, letters) &&
      (evidence == nullptr || !evidence->known))
    typos = letters.size >= query.two_typos_from ? 2 : letters.size >= query.one_typo_from ? 1 : 0;
  add(typed.text, bit, prefix, typos);
  if (evidence != nullptr && !evidence->corrected.empty()) {
    TokenStream corrected;
    tokenize(evidence->corrected, corrected, 8);
    for (const Token& token : corrected.tokens)
      add(corrected.of(token), bit, prefix, 0);
  }
  // "t shirt" finds "tshirt".
  if (word > 0 && is_wanted(query.words[word - 1]))
    add(query.words[word - 1].text + typed.text, bit | (bit >> 1), prefix, 0);
}

void Highlighter::read(const TextQuery& query, const TextResult* result) {
  forget();
  const auto counts = [&](std::size_t word) { return word < 32 && is_wanted(query.words[word]); };
  for (std::size_t i = 0; i < query.words.size(); ++i) {
    words_.push_back(counts(i) ? query.words[i].text : std::string());
    if (counts(i)) add_typed(query, result, i);
  }
  for (const auto* const list : {&query.alternatives, &query.overlays}) {
    for (const QueryAlternative& alternative : *list) {
      std::uint32_t bits = 0;
      const std::size_t end = std::min<std::size_t>(
          query.words.size(), std::size_t{alternative.first} + alternative.words);
      for (std::size_t i = alternative.first; i < end; ++i)
        bits |= counts(i) ? 1U << i : 0;
      if (alternative.text.starts_with('#')) {
        add(alternative.text, bits, false, 0);
        continue;
      }
      TokenStream tokens;
      tokenize(alternative.text, tokens, 8);
      for (const Token& token : tokens.tokens)
        add(tokens.of(token), bits, false, 0);
    }
  }
}

// ---- a text ----

/// Whether a pattern begins like the word.
bool Highlighter::may_begin(std::string_view folded) const {
  if (any_beginning_) return true;
  const auto letter = [&](std::size_t at) {
    return at < folded.size() ? static_cast<unsigned char>(folded[at]) - 'a' + 0U : 26U;
  };
  const unsigned first = letter(0);
  if (first >= 26) return true;
  const unsigned second = letter(1);
  return second < 26 ? (beginnings_[first] >> second & 1) != 0 : beginnings_[first] != 0;
}

bool Highlighter::same_stem(std::size_t number, std::string_view folded,
                            HighlightScratch& scratch) const {
  const std::string& word = patterns_[number].text;
  if (folded.size() < 3 || word.size() < 3 || folded[0] != word[0] || folded[1] != word[1])
    return false;
  const std::size_t languages = scratch.stemmer.languages().size();
  if (scratch.stems.size() <= number) scratch.stems.resize(patterns_.size());
  HighlightScratch::Stems& known = scratch.stems[number];
  if (known.word != word || known.stems.size() != languages) {
    known.word = word;
    known.stems.resize(languages);
    for (std::size_t n = 0; n < languages; ++n)
      known.stems[n] = scratch.stemmer.stem(n, word);
  }
  for (std::size_t n = 0; n < languages; ++n) {
    // Stemmers change ends: a word that does not begin with nearly all of the stem is no form of
    // it.
    constexpr std::size_t kChanged = 2;
    const std::string_view stem = known.stems[n];
    if (!folded.starts_with(stem.substr(0, stem.size() - std::min(stem.size(), kChanged))))
      continue;
    if (scratch.stemmer.stem(n, folded) == stem) return true;
  }
  return false;
}

void Highlighter::match_token(std::string_view text, const Token& token,
                              HighlightScratch& scratch) const {
  const std::string_view folded = scratch.tokens.of(token);
  if (!may_begin(folded)) return;
  Letters letters;
  bool letters_read = false, letters_fit = false;
  std::uint32_t whole = 0, beginning = 0;
  std::size_t longest = 0;
  for (std::size_t number = 0; number < patterns_.size(); ++number) {
    const Pattern& pattern = patterns_[number];
    if (folded == pattern.text) {
      whole |= pattern.words;
    } else if (pattern.prefix && folded.starts_with(pattern.text)) {
      beginning |= pattern.words;
      longest = std::max(longest, pattern.text.size());
    } else if (lies_over(token)) {
      continue;
    } else if (same_stem(number, folded, scratch)) {
      whole |= pattern.words;
    } else if (pattern.typos > 0 && token.kind == TokenKind::kWord) {
      if (!letters_read) letters_fit = read_letters(folded, letters);
      letters_read = true;
      if (letters_fit &&
          typo_distance(pattern.letters, letters, pattern.typos, pattern.prefix) <= pattern.typos)
        whole |= pattern.words;
    }
  }
  if (whole != 0)
    scratch.marks.push_back({token.begin, token.end, whole | beginning});
  else if (beginning != 0)
    scratch.marks.push_back({token.begin, end_of_prefix(text, token, longest), beginning});
}

// The question has "tshirt", the text "t shirt".
void Highlighter::match_pair(const Token& token, const Token& next,
                             HighlightScratch& scratch) const {
  const std::string_view first = scratch.tokens.of(token), second = scratch.tokens.of(next);
  for (const Pattern& pattern : patterns_) {
    if (pattern.text.size() != first.size() + second.size()) continue;
    if (!std::string_view(pattern.text).starts_with(first)) continue;
    if (!std::string_view(pattern.text).ends_with(second)) continue;
    scratch.marks.push_back({token.begin, token.end, pattern.words});
    scratch.marks.push_back({next.begin, next.end, pattern.words});
  }
}

void Highlighter::find_marks(std::string_view text, HighlightScratch& scratch) const {
  scratch.marks.clear();
  tokenize(text, scratch.tokens, kMostWords);
  if (patterns_.empty()) return;
  const Token* before = nullptr;
  for (const Token& token : scratch.tokens.tokens) {
    match_token(text, token, scratch);
    if (lies_over(token)) continue;
    if (before != nullptr) match_pair(*before, token, scratch);
    before = &token;
  }
  auto& marks = scratch.marks;
  std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  std::size_t kept = 0;
  for (const Mark& mark : marks) {
    if (kept != 0 && mark.begin < marks[kept - 1].end) {
      marks[kept - 1].end = std::max(marks[kept - 1].end, mark.end);
      marks[kept - 1].words |= mark.words;
    } else {
      marks[kept++] = mark;
    }
  }
  marks.resize(kept);
}

void Highlighter::judge(const HighlightScratch& scratch, Highlight& out) const {
  std::uint32_t found = 0;
  for (const Mark& mark : scratch.marks)
    found |= mark.words;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < words_.size() && i < 32; ++i) {
    if (words_[i].empty()) continue;
    ++wanted;
    if ((found >> i & 1) != 0) out.matched_words.push_back(words_[i]);
  }
  out.level = out.matched_words.empty()            ? MatchLevel::none
              : out.matched_words.size() == wanted ? MatchLevel::full
                                                   : MatchLevel::partial;
  out.whole =
      !scratch.marks.empty() && !scratch.tokens.cut &&
      std::all_of(
          scratch.tokens.tokens.begin(), scratch.tokens.tokens.end(), [&](const Token& token) {
            return std::any_of(scratch.marks.begin(), scratch.marks.end(), [&](const Mark& mark) {
              return mark.begin <= token.begin && token.begin < mark.end;
            });
          });
}

void Highlighter::write(std::string_view text, std::size_t begin, std::size_t end,
                        const HighlightStyle& style, const HighlightScratch& scratch,
                        Highlight& out) const {
  const auto plain = [&](std::size_t from, std::size_t to) {
    if (style.escape_html)
      escape_html(text.substr(from, to - from), out.text);
    else
      out.text += text.substr(from, to - from);
  };
  std::size_t at = begin;
  for (const Mark& mark : scratch.marks) {
    if (mark.begin < begin || mark.end > end) continue;
    plain(at, mark.begin);
    out.text += style.before;
    plain(mark.begin, mark.end);
    out.text += style.after;
    at = mark.end;
  }
  plain(at, end);
}

void Highlighter::mark(std::string_view text, const HighlightStyle& style,
                       HighlightScratch& scratch, Highlight& out) const {
  out.clear();
  if (!may_mark(text)) {
    scratch.marks.clear();
    write(text, 0, text.size(), style, scratch, out);
    return;
  }
  find_marks(text, scratch);
  judge(scratch, out);
  write(text, 0, text.size(), style, scratch, out);
}

}  // namespace souk::search
