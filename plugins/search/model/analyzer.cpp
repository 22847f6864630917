#include "plugins/search/model/analyzer.hpp"

#include <algorithm>

#include "plugins/search/model/character_fold.hpp"
#include "plugins/search/model/units.hpp"

namespace souk::search {
namespace {

/// Parts of one hyphenated word that are joined; those behind stay apart.
constexpr std::size_t kMaxJoinedParts = 5;
constexpr std::size_t kMaxWords = 65'535;

bool is_apostrophe(char32_t c) { return c == U'\'' || c == U'’' || c == U'ʼ' || c == U'`'; }
bool is_inch_mark(char32_t c) { return c == U'"' || c == U'”' || c == U'″' || c == U'“'; }
bool is_hyphen(char32_t c) {
  return c == U'-' || c == U'_' || c == U'.' || c == U'&' || c == U'+' ||
         (c >= 0x2010 && c <= 0x2013);
}

bool is_plain_letter(char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }

class Tokenizer {
 public:
  Tokenizer(std::string_view source, TokenStream& out, std::size_t max_words)
      : source_(source), out_(out), max_words_(std::min(max_words, kMaxWords)) {}

  void run() {
    std::size_t at = 0;
    while (at < source_.size() && !out_.cut) {
      const std::size_t begin = at;
      if (is_plain_letter(source_[at])) {
        at = extend_plainly(at);
        continue;
      }
      const char32_t character = decode_utf8(source_, at);
      const FoldedCharacter& folded = fold_character(character, scratch_);
      switch (folded.kind) {
        case CharacterKind::kLetter:
        case CharacterKind::kDigit:
          extend(folded, begin, at);
          break;
        case CharacterKind::kMark:
          word_end_ = in_word_ ? at : word_end_;
          break;
        case CharacterKind::kSingle:
          finish_word();
          begin_word(begin);
          out_.text.append(folded.text, folded.size);
          word_end_ = at;
          emit(TokenKind::kSingle);
          break;
        case CharacterKind::kSeparator:
          separate(character, begin, at);
          break;
      }
    }
    finish_word();
    finish_run();
    place_overlays();
  }

 private:
  void begin_word(std::size_t begin) {
    word_begin_ = begin;
    text_begin_ = out_.text.size();
    in_word_ = true;
    letters_ = digits_ = marks_ = false;
  }

  /// A run of a … z and A … Z, which most of most texts is: folding them is a bit. Says where it
  /// ends.
  std::size_t extend_plainly(std::size_t begin) {
    if (!in_word_) {
      begin_word(begin);
    }
    std::size_t end = begin;
    while (end < source_.size() && is_plain_letter(source_[end])) {
      ++end;
    }
    const std::size_t room =
        kMaxWordBytes - std::min(kMaxWordBytes, out_.text.size() - text_begin_);
    const std::size_t taken = std::min(end - begin, room);
    const std::size_t at = out_.text.size();
    out_.text.append(source_.substr(begin, taken));
    for (std::size_t i = at; i < out_.text.size(); ++i) {
      out_.text[i] = static_cast<char>(out_.text[i] | 0x20);
    }
    letters_ = true;
    word_end_ = end;
    return end;
  }

  void extend(const FoldedCharacter& folded, std::size_t begin, std::size_t end) {
    if (!in_word_) {
      begin_word(begin);
    }
    if (out_.text.size() - text_begin_ + folded.size <= kMaxWordBytes) {
      out_.text.append(folded.text, folded.size);
    }
    (folded.kind == CharacterKind::kDigit ? digits_ : letters_) = true;
    word_end_ = end;
  }

  [[nodiscard]] CharacterKind kind_at(std::size_t at) {
    if (at >= source_.size()) {
      return CharacterKind::kSeparator;
    }
    return fold_character(decode_utf8(source_, at), scratch_).kind;
  }

  void separate(char32_t character, std::size_t begin, std::size_t end) {
    const CharacterKind next = in_word_ ? kind_at(end) : CharacterKind::kSeparator;
    if (in_word_ && is_apostrophe(character) && letters_ && next == CharacterKind::kLetter) {
      word_end_ = end;
      return;
    }
    if (in_word_ && (character == U'.' || character == U',') && digits_ && !letters_ &&
        next == CharacterKind::kDigit && word_end_ == begin) {
      out_.text.push_back(static_cast<char>(character));
      marks_ = true;
      return;
    }
    const bool number_before = in_word_ && digits_ && !letters_;
    finish_word();
    const bool two_apostrophes =
        is_apostrophe(character) && end < source_.size() && source_[end] == '\'';
    if (number_before && (is_inch_mark(character) || two_apostrophes)) {
      add_quantity(out_.tokens.size() - 1, "in", end + (two_apostrophes ? 1 : 0));
    }
    const bool joins = is_hyphen(character) || character == U'/';
    if (!joins || next == CharacterKind::kSeparator) {
      finish_run();
      slash_ = false;
    } else {
      slash_ = slash_ || character == U'/';
      joins_next_ = run_size_ > 0;
    }
    if (!joins) {
      gap_ = character == U' ' || character == 0xA0 ? gap_ + 1 : kWideGap;
    }
  }

  void finish_word() {
    if (!in_word_) {
      return;
    }
    if (!letters_) {
      finish_number();
    } else if (digits_) {
      finish_code();
    } else {
      emit(TokenKind::kWord);
    }
  }

  void finish_number() {
    double value = 0;
    const std::string_view written = std::string_view(out_.text).substr(text_begin_);
    if (marks_ && parse_quantity(written, value)) {
      std::string plain = std::string(written);
      normalize_marks(plain, value);
      out_.text.resize(text_begin_);
      out_.text += plain;
    }
    emit(TokenKind::kNumber);
  }

  /// "1,000" → "1000", "15,60" → "15.60": separators of thousands go, the decimal one is a point.
  static void normalize_marks(std::string& number, double value) {
    const std::size_t last = number.find_last_of(".,");
    const bool decimal = value != static_cast<double>(static_cast<long long>(value)) ||
                         number.size() - last - 1 != 3;
    std::string plain;
    for (std::size_t i = 0; i < number.size(); ++i) {
      if (number[i] != '.' && number[i] != ',') {
        plain.push_back(number[i]);
      } else if (i == last && decimal) {
        plain.push_back('.');
      }
    }
    number = plain;
  }

  /// Digits and then a unit, "2tb", are a quantity beside what they are.
  void finish_code() {
    const std::string_view written = std::string_view(out_.text).substr(text_begin_);
    const std::size_t split = written.find_first_not_of("0123456789.,");
    double value = 0;
    std::string canonical;
    const bool quantity = split > 0 && split != std::string_view::npos &&
                          parse_quantity(written.substr(0, split), value) &&
                          canonical_quantity(value, written.substr(split), canonical);
    emit(TokenKind::kCode);
    if (quantity && !out_.tokens.empty()) {
      Token token = out_.tokens.back();
      overlay(token, canonical, TokenKind::kQuantity);
    }
  }

  void emit(TokenKind kind) {
    in_word_ = false;
    if (out_.places >= max_words_) {
      out_.text.resize(text_begin_);
      out_.cut = true;
      return;
    }
    Token token;
    token.begin = static_cast<std::uint32_t>(word_begin_);
    token.end = static_cast<std::uint32_t>(word_end_);
    token.text = static_cast<std::uint32_t>(text_begin_);
    token.size = static_cast<std::uint16_t>(out_.text.size() - text_begin_);
    token.place = out_.places++;
    token.kind = kind;
    token.joined_before = joins_next_;
    if (!joins_next_) {
      finish_run();
      run_first_ = out_.tokens.size();
    }
    ++run_size_;
    joins_next_ = false;
    out_.tokens.push_back(token);
    if (out_.tokens.size() >= 2 && kind == TokenKind::kWord) {
      quantity_of_two();
    }
    gap_ = 0;
  }

  /// "15.6 inch", "1 l", "15-inch": a number and the unit behind it.
  void quantity_of_two() {
    const Token& unit = out_.tokens.back();
    const Token& number = out_.tokens[out_.tokens.size() - 2];
    const std::string_view name = out_.of(unit);
    // "2 a …" is an article more often than an ampere.
    const bool article = name == "a" && unit.begin != number.end;
    if (number.kind == TokenKind::kNumber && gap_ <= 1 && !article && is_unit(name)) {
      add_quantity(out_.tokens.size() - 2, name, unit.end, 2);
    }
  }

  void add_quantity(std::size_t number, std::string_view unit, std::size_t end,
                    std::uint8_t span = 1) {
    if (number >= out_.tokens.size()) {
      return;
    }
    Token token = out_.tokens[number];
    double value = 0;
    std::string canonical;
    if (!parse_quantity(out_.of(token), value) || !canonical_quantity(value, unit, canonical)) {
      return;
    }
    token.end = static_cast<std::uint32_t>(end);
    token.span = span;
    overlay(token, canonical, TokenKind::kQuantity);
  }

  void overlay(Token token, std::string_view text, TokenKind kind) {
    token.text = static_cast<std::uint32_t>(out_.text.size());
    token.size = static_cast<std::uint16_t>(text.size());
    token.kind = kind;
    token.joined_before = false;
    out_.text.append(text);
    out_.overlays.push_back(token);
  }

  /// Words that hang together by hyphens, in one: the first two, the first three, …
  void finish_run() {
    const std::size_t parts = std::min(run_size_, kMaxJoinedParts);
    if (parts >= 2) {
      std::string joined(out_.of(out_.tokens[run_first_]));
      for (std::size_t i = 1; i < parts; ++i) {
        const Token& last = out_.tokens[run_first_ + i];
        joined.append(out_.of(last));
        constexpr std::size_t kShort = 6;
        if (joined.size() > kMaxWordBytes || (slash_ && joined.size() > kShort)) {
          break;
        }
        Token token = out_.tokens[run_first_];
        token.end = last.end;
        token.span = static_cast<std::uint8_t>(i + 1);
        overlay(token, joined, TokenKind::kJoined);
      }
    }
    run_size_ = 0;
  }

  void place_overlays() {
    if (out_.overlays.empty()) {
      return;
    }
    out_.tokens.insert(out_.tokens.end(), out_.overlays.begin(), out_.overlays.end());
    std::stable_sort(out_.tokens.begin(), out_.tokens.end(),
                     [](const Token& a, const Token& b) { return a.place < b.place; });
  }

  static constexpr int kWideGap = 2;

  std::string_view source_;
  TokenStream& out_;
  std::size_t max_words_;
  FoldedCharacter scratch_;

  bool in_word_ = false, letters_ = false, digits_ = false, marks_ = false;
  std::size_t word_begin_ = 0, word_end_ = 0, text_begin_ = 0;
  int gap_ = 0;  ///< spaces since the last word; kWideGap when anything else stood there
  bool joins_next_ = false, slash_ = false;
  std::size_t run_first_ = 0, run_size_ = 0;
};

}  // namespace

void tokenize(std::string_view source, TokenStream& out, std::size_t max_words) {
  constexpr std::size_t kMaxSource = std::size_t{1} << 28U;  // offsets have 32 bits
  out.text.clear();
  out.tokens.clear();
  out.overlays.clear();
  out.places = 0;
  out.cut = false;
  Tokenizer(source.substr(0, kMaxSource), out, max_words).run();
}

std::string normalized(std::string_view source) {
  TokenStream stream;
  tokenize(source, stream);
  std::string text;
  for (const Token& token : stream.tokens) {
    if (token.kind != TokenKind::kJoined && token.kind != TokenKind::kQuantity) {
      text.append(text.empty() ? "" : " ").append(stream.of(token));
    }
  }
  return text;
}

}  // namespace souk::search
