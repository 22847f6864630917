#include "plugins/search/model/facet_search.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

/// What was typed, word by word.
class Typed {
 public:
  explicit Typed(std::string_view typed) : folded_(folded_value(typed)) {
    TokenStream tokens;
    tokenize(typed, tokens, 16);
    for (const Token& token : tokens.tokens) {
      if (token.kind == TokenKind::kJoined || token.kind == TokenKind::kQuantity) continue;
      Word word;
      word.text = tokens.of(token);
      if (token.kind == TokenKind::kWord && read_letters(word.text, word.letters))
        word.typos = word.letters.size >= 9 ? 2 : word.letters.size >= 5 ? 1 : 0;
      words_.push_back(std::move(word));
    }
  }

  [[nodiscard]] const std::string& folded() const { return folded_; }

  /// Typing errors that the value takes, or kNoMatch.
  static constexpr unsigned kNoMatch = 1000;
  [[nodiscard]] unsigned match(std::string_view value, TokenStream& tokens) const {
    if (words_.empty()) {  // "&", or nothing
      return folded_value(value).find(folded_) != std::string::npos ? 0 : kNoMatch;
    }
    tokenize(value, tokens, 64);
    unsigned sum = 0;
    for (const Word& word : words_) {
      unsigned least = kNoMatch;
      for (const Token& token : tokens.tokens)
        least = std::min(least, cost(word, tokens.of(token)));
      if (least == kNoMatch) return kNoMatch;
      sum += least;
    }
    return sum;
  }

  void mark_with(Highlighter& marker) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      marker.add(words_[i].text, 1U << i, true, words_[i].typos);
      names.push_back(words_[i].text);
    }
    marker.name_words(std::move(names));
  }

 private:
  struct Word {
    std::string text;
    Letters letters;
    unsigned typos = 0;
  };

  static unsigned cost(const Word& word, std::string_view token) {
    if (token.starts_with(word.text)) return 0;
    if (word.typos == 0 || token.empty() || token[0] != word.text[0]) return kNoMatch;
    Letters letters;
    if (!read_letters(token, letters)) return kNoMatch;
    const unsigned distance = typo_distance(word.letters, letters, word.typos, true);
    return distance <= word.typos ? distance : kNoMatch;
  }

  std::string folded_;
  std::vector<Word> words_;
};

// Values that begin like this, however rare, with their counts over all segments.
void add_beginnings(const FacetSearchRequest& request, std::span<const FoundIn> segments,
                    std::string_view folded, std::vector<FacetValue>& values, bool& exhaustive) {
  std::map<std::string, std::uint64_t, std::less<>> found;
  for (const FoundIn& segment : segments) {
    const Attribute attribute = segment.view.columns->find(request.attribute);
    if (attribute.text == nullptr || segment.matches == 0) continue;
    const TextColumn& column = *attribute.text;
    auto [first, end] = column.dictionary.find_prefix(folded);
    if (end - first > kMostLooked) {
      end = first + static_cast<Ordinal>(kMostLooked);
      exhaustive = false;
    }
    for (Ordinal ordinal = first; ordinal < end; ++ordinal) {
      if (attribute.level >= 0 && column.depths[ordinal] != attribute.level) continue;
      std::uint64_t count = 0;
      for (const DocId doc : column.ordinals.documents_of(ordinal))
        count += segment.docs->contains(doc) ? 1 : 0;
      if (count != 0) found[std::string(column.dictionary.value(ordinal))] += count;
    }
  }
  std::unordered_set<std::string_view> known;
  for (const FacetValue& value : values)
    known.insert(value.value);
  std::vector<FacetValue> more;
  for (const auto& [value, count] : found) {
    if (!known.contains(value)) more.push_back({value, count});
  }
  values.insert(values.end(), more.begin(), more.end());
}

}  // namespace

void search_facet(const FacetSearchRequest& request, std::span<const FoundIn> segments,
                  FacetScratch& scratch, HighlightScratch& marks, FacetSearchResult& out) {
  out = FacetSearchResult();
  const Typed typed(request.typed);
  Facet facet;
  count_facet({.attribute = request.attribute, .limit = static_cast<std::uint32_t>(kMostLooked)},
              segments, scratch, facet);
  out.exhaustive = facet.exhaustive && facet.distinct <= facet.values.size();
  if (!out.exhaustive && !typed.folded().empty())
    add_beginnings(request, segments, typed.folded(), facet.values, out.exhaustive);

  struct Match {
    unsigned cost = 0;
    const FacetValue* value = nullptr;
  };
  std::vector<Match> matches;
  for (const FacetValue& value : facet.values) {
    const unsigned cost = typed.match(value.value, marks.tokens);
    if (cost != Typed::kNoMatch) matches.push_back({cost, &value});
  }
  const auto limit =
      std::min<std::size_t>({request.limit, FacetSearchRequest::kMostHits, matches.size()});
  const auto end = matches.begin() + static_cast<std::ptrdiff_t>(limit);
  std::partial_sort(matches.begin(), end, matches.end(), [](const Match& a, const Match& b) {
    if (a.cost != b.cost) return a.cost < b.cost;
    if (a.value->count != b.value->count) return a.value->count > b.value->count;
    return a.value < b.value;  // counted in the order of the alphabet
  });
  Highlighter marker;
  typed.mark_with(marker);
  Highlight marked;
  for (auto match = matches.begin(); match != end; ++match) {
    marker.mark(match->value->value, request.style, marks, marked);
    out.hits.push_back({match->value->value, std::move(marked.text), match->value->count});
  }
}

}  // namespace souk::search
