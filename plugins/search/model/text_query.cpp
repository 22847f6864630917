#include "plugins/search/model/text_query.hpp"

#include <algorithm>

namespace souk::search {
namespace {

/// Cuts at a character.
std::string_view limited(std::string_view text) {
  if (text.size() <= kMaxQueryBytes) {
    return text;
  }
  std::size_t end = kMaxQueryBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end);
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// What quotes and minus signs say about the bytes of a question.
class SyntaxMarks {
 public:
  explicit SyntaxMarks(std::string_view text) {
    std::uint8_t phrase = 0;
    std::size_t at = 0;
    while (at < text.size()) {
      const bool starts = at == 0 || is_blank(text[at - 1]);
      const bool minus =
          starts && text[at] == '-' && at + 1 < text.size() && !is_blank(text[at + 1]);
      const std::size_t quote = at + (minus ? 1 : 0);
      const std::size_t close = starts && quote < text.size() && text[quote] == '"'
                                    ? text.find('"', quote + 1)
                                    : std::string_view::npos;
      std::size_t end = at + 1;
      if (close != std::string_view::npos) {
        end = close + 1;
        // `15.6" monitor` has one quote, and it measures.
        phrases_.push_back({quote, end, ++phrase});
      } else if (minus) {
        while (end < text.size() && !is_blank(text[end])) {
          ++end;
        }
      }
      if (minus) {
        excluded_.push_back({at, end, 0});
      }
      at = end;
    }
  }

  [[nodiscard]] bool excludes(std::size_t byte) const { return find(excluded_, byte) != nullptr; }
  [[nodiscard]] std::uint8_t phrase(std::size_t byte) const {
    const Range* range = find(phrases_, byte);
    return range == nullptr ? 0 : range->number;
  }

 private:
  struct Range {
    std::size_t begin, end;
    std::uint8_t number;
  };
  static const Range* find(const std::vector<Range>& ranges, std::size_t byte) {
    for (const Range& range : ranges) {
      if (byte >= range.begin && byte < range.end) {
        return &range;
      }
    }
    return nullptr;
  }
  std::vector<Range> phrases_, excluded_;
};

}  // namespace

void read_query(std::string_view text, TextQuery& query, bool syntax) {
  thread_local TokenStream stream;
  text = limited(text);
  tokenize(text, stream, kMaxQueryWords);
  query.words.clear();
  query.overlays.clear();
  const bool marked = syntax && (text.find('"') != std::string_view::npos ||
                                 text.find('-') != std::string_view::npos);
  const SyntaxMarks marks(marked ? text : std::string_view());
  for (const Token& token : stream.tokens) {
    if (token.kind == TokenKind::kJoined || token.kind == TokenKind::kQuantity) {
      query.overlays.push_back({static_cast<std::uint8_t>(token.place), token.span,
                                std::string(stream.of(token)), 1.0F});
      continue;
    }
    QueryWord word;
    word.begin = token.begin;
    word.end = token.end;
    word.text = stream.of(token);
    word.kind = token.kind;
    word.joined_before = token.joined_before;
    if (marks.excludes(token.begin)) {
      word.role = WordRole::kExcluded;
    }
    word.phrase = marks.phrase(token.begin);
    query.words.push_back(std::move(word));
  }
  // Whoever typed a space after a word has finished it.
  query.last_finished = !text.empty() && is_blank(text.back());
}

}  // namespace souk::search
