#include "plugins/email/template/lexer.hpp"

#include <algorithm>

namespace souk::email::liquid {
namespace {

bool lex_is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool lex_is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool lex_is_name_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool lex_is_name(char c) noexcept { return lex_is_name_start(c) || lex_is_digit(c) || c == '-'; }

class Cutter {
 public:
  Cutter(std::string_view text, LexFault& fault) : text_(text), fault_(fault) {}

  std::vector<Piece> cut() {
    while (at_ < text_.size() && fault_.sentence.empty()) {
      const std::size_t open = next_open(at_);
      add_text(at_, open);
      if (open >= text_.size()) break;
      const Piece piece = take_braces(open);
      if (!fault_.sentence.empty()) break;
      if (piece.tag_name == "raw") {
        take_raw(piece);
      } else if (piece.tag_name == "comment") {
        skip_comment(piece);
      } else if (piece.kind == Piece::Kind::output || !piece.tag_name.starts_with('#')) {
        pieces_.push_back(piece);
      }
    }
    return std::move(pieces_);
  }

 private:
  void fail(std::size_t offset, std::string sentence) {
    if (fault_.sentence.empty()) fault_ = {offset, std::move(sentence)};
  }

  [[nodiscard]] std::size_t next_open(std::size_t from) const {
    for (std::size_t at = text_.find('{', from); at != text_.npos; at = text_.find('{', at + 1)) {
      if (at + 1 >= text_.size()) break;
      if (text_[at + 1] == '{' || text_[at + 1] == '%') return at;
    }
    return text_.size();
  }

  void add_text(std::size_t begin, std::size_t end) {
    if (trim_left_) {
      while (begin < end && lex_is_space(text_[begin]))
        ++begin;
      trim_left_ = begin == end && trim_left_;
    }
    const bool trims = end + 2 < text_.size() && text_[end + 2] == '-';
    if (trims) {
      while (end > begin && lex_is_space(text_[end - 1]))
        --end;
    }
    if (begin < end) pieces_.push_back({Piece::Kind::text, begin, end, begin, {}});
  }

  /// What begins with the two braces at `open`; at_ ends behind its closing ones.
  Piece take_braces(std::size_t open) {
    Piece piece;
    piece.kind = text_[open + 1] == '{' ? Piece::Kind::output : Piece::Kind::tag;
    piece.start = open;
    piece.begin = open + 2;
    if (piece.begin < text_.size() && text_[piece.begin] == '-') ++piece.begin;
    const char close = piece.kind == Piece::Kind::output ? '}' : '%';
    char quote = 0;
    std::size_t at = piece.begin;
    for (; at + 1 < text_.size(); ++at) {
      const char c = text_[at];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == close && text_[at + 1] == '}') {
        break;
      } else if ((c == '"' || c == '\'') && !is_inline_comment(piece)) {
        quote = c;
      }
    }
    if (at + 1 >= text_.size()) {
      const std::string what =
          piece.kind == Piece::Kind::output ? "'{{' has no '}}'" : "'{%' has no '%}'";
      fail(open, what + (quote != 0 ? " (a quote is left open)" : ""));
      return piece;
    }
    at_ = at + 2;
    piece.end = at;
    trim_left_ = piece.end > piece.begin && text_[piece.end - 1] == '-';
    if (trim_left_) --piece.end;
    if (piece.kind == Piece::Kind::tag) piece.tag_name = name_in(piece);
    return piece;
  }

  [[nodiscard]] bool is_inline_comment(const Piece& piece) const {
    return piece.kind == Piece::Kind::tag && name_in(piece).starts_with('#');
  }

  [[nodiscard]] std::string_view name_in(const Piece& piece) const {
    std::size_t at = piece.begin;
    while (at < text_.size() && lex_is_space(text_[at]))
      ++at;
    if (at < text_.size() && text_[at] == '#') return text_.substr(at, 1);
    std::size_t end = at;
    while (end < text_.size() && (lex_is_name_start(text_[end]) || lex_is_digit(text_[end])))
      ++end;
    return text_.substr(at, end - at);
  }

  /// The next `{% name … %}` from at_; false at the end of the text. at_ ends behind it.
  bool next_tag(Piece& piece) {
    for (std::size_t open = text_.find("{%", at_); open != text_.npos;
         open = text_.find("{%", open + 2)) {
      const std::size_t close = text_.find("%}", open);
      if (close == text_.npos) return false;
      piece = {Piece::Kind::tag, open + 2, close, open, {}};
      if (piece.begin < piece.end && text_[piece.begin] == '-') ++piece.begin;
      if (piece.begin < piece.end && text_[piece.end - 1] == '-') --piece.end;
      piece.tag_name = name_in(piece);
      at_ = close + 2;
      return true;
    }
    return false;
  }

  void take_raw(const Piece& raw) {
    const std::size_t begin = at_;
    Piece tag;
    while (next_tag(tag)) {
      if (tag.tag_name != "endraw") {
        at_ = tag.start + 2;
        continue;
      }
      add_text(begin, tag.start);
      trim_left_ = text_[at_ - 3] == '-';
      return;
    }
    fail(raw.start, "'raw' has no 'endraw'");
  }

  void skip_comment(const Piece& comment) {
    const bool trims = trim_left_;
    int depth = 1;
    Piece tag;
    while (depth > 0 && next_tag(tag)) {
      if (tag.tag_name == "comment") ++depth;
      if (tag.tag_name == "endcomment") --depth;
    }
    if (depth > 0) return fail(comment.start, "'comment' has no 'endcomment'");
    trim_left_ = trims || text_[at_ - 3] == '-';
  }

  std::string_view text_;
  LexFault& fault_;
  std::vector<Piece> pieces_;
  std::size_t at_ = 0;
  bool trim_left_ = false;
};

}  // namespace

std::uint32_t line_of(std::string_view text, std::size_t offset) noexcept {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
}

std::string place_of(const TemplateSource& source, std::size_t offset) {
  const std::string_view before = std::string_view(source.text).substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return source.name + ":" + std::to_string(line_of(source.text, offset)) + ":" +
         std::to_string(before.size() - line_start + 1);
}

std::vector<Piece> cut_template(std::string_view text, LexFault& fault) {
  return Cutter(text, fault).cut();
}

std::vector<Word> cut_words(std::string_view text, std::size_t begin, std::size_t end,
                            LexFault& fault) {
  std::vector<Word> words;
  std::size_t at = begin;
  const auto add = [&](Word::Kind kind, std::size_t size) {
    words.push_back({kind, text.substr(at, size), at});
    at += size;
  };
  while (at < end) {
    const char c = text[at];
    const char after = at + 1 < end ? text[at + 1] : '\0';
    if (lex_is_space(c)) {
      ++at;
    } else if (lex_is_name_start(c)) {
      std::size_t size = 1;
      while (at + size < end && lex_is_name(text[at + size]))
        ++size;
      if (at + size < end && text[at + size] == '?') ++size;
      add(Word::Kind::name, size);
    } else if (lex_is_digit(c) || (c == '-' && lex_is_digit(after))) {
      std::size_t size = 1;
      bool point = false;
      for (; at + size < end; ++size) {
        const char d = text[at + size];
        const bool starts_fraction =
            d == '.' && !point && at + size + 1 < end && lex_is_digit(text[at + size + 1]);
        if (!lex_is_digit(d) && !starts_fraction) break;
        point = point || starts_fraction;
      }
      add(point ? Word::Kind::number : Word::Kind::integer, size);
    } else if (c == '"' || c == '\'') {
      const std::size_t close = text.find(c, at + 1);
      if (close == text.npos || close >= end) {
        fault = {at, "a text has no closing quote"};
        break;
      }
      words.push_back({Word::Kind::text, text.substr(at + 1, close - at - 1), at});
      at = close + 1;
    } else if ((after == '=' && std::string_view("=!<>").find(c) != text.npos) ||
               (c == '.' && after == '.') || (c == '<' && after == '>')) {
      add(Word::Kind::sign, 2);
    } else if (std::string_view(".|:,[]()=<>").find(c) != text.npos) {
      add(Word::Kind::sign, 1);
    } else {
      fault = {at, std::string("'") + c + "' can't stand here"};
      break;
    }
  }
  words.push_back({Word::Kind::end, {}, end});
  return words;
}

}  // namespace souk::email::liquid
