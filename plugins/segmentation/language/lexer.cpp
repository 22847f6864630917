#include "plugins/segmentation/language/lexer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace souk::segmentation {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Seconds of a unit; 0 for none.
double seconds_of(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}, {"w", 604'800}, {"y", 31'557'600}}};
  for (const auto& [name, seconds] : kUnits)
    if (name == unit) return seconds;
  return 0;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::variant<std::vector<Token>, Fault> run() {
    while (!fault_) {
      while (at_ < text_.size() && blank(text_[at_]))
        ++at_;
      if (at_ == text_.size()) break;
      next();
    }
    if (fault_) return *std::move(fault_);
    add(Token::Kind::end, at_, {});
    return std::move(tokens_);
  }

 private:
  void next() {
    const char c = text_[at_];
    if (letter(c)) {
      word();
    } else if (digit(c) || (c == '.' && at_ + 1 < text_.size() && digit(text_[at_ + 1]))) {
      number();
    } else if (c == '"' || c == '\'') {
      quoted(c);
    } else {
      sign();
    }
  }

  void add(Token::Kind kind, std::size_t begin, std::string text, double value = 0) {
    tokens_.push_back({kind, std::move(text), value, static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(at_)});
  }

  void fail(std::size_t at, std::string message) {
    fault_ = Fault{static_cast<std::uint32_t>(at + 1), std::move(message)};
  }

  void word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (letter(text_[at_]) || digit(text_[at_])))
      ++at_;
    add(Token::Kind::word, begin, std::string(text_.substr(begin, at_ - begin)));
  }

  void number() {
    const std::size_t begin = at_;
    double value = 0;
    const auto read = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value,
                                      std::chars_format::fixed);
    at_ = static_cast<std::size_t>(read.ptr - text_.data());
    if (read.ec != std::errc() || !std::isfinite(value)) return fail(begin, "not a number");
    const std::size_t unit_begin = at_;
    while (at_ < text_.size() && letter(text_[at_]))
      ++at_;
    const std::string_view unit = text_.substr(unit_begin, at_ - unit_begin);
    if (!unit.empty()) {
      const double seconds = seconds_of(unit);
      if (seconds == 0) {
        return fail(unit_begin, "unknown unit \"" + std::string(unit) +
                                    "\"; units are s, m, h, d, w and y, as in 7d");
      }
      if (value * seconds > 3.2e9) return fail(begin, "longer than a hundred years");
      return add(Token::Kind::duration, begin, {}, value * seconds);
    }
    if (at_ < text_.size() && text_[at_] == '%') {
      ++at_;
      value /= 100;
    }
    add(Token::Kind::number, begin, {}, value);
  }

  void quoted(char mark) {
    const std::size_t begin = at_++;
    std::string out;
    while (at_ < text_.size() && text_[at_] != mark) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    if (at_ == text_.size()) return fail(begin, "this quotation mark has no partner");
    ++at_;
    add(Token::Kind::text, begin, std::move(out));
  }

  void sign() {
    constexpr std::array<std::string_view, 15> kSigns{"<=", ">=", "!=", "<>", "==", "=", "<", ">",
                                                      "(",  ")",  ",",  "+",  "-",  "*", "/"};
    const std::size_t begin = at_;
    for (const std::string_view candidate : kSigns) {
      if (!text_.substr(at_).starts_with(candidate)) continue;
      at_ += candidate.size();
      std::string text(candidate);
      if (text == "==") text = "=";
      if (text == "<>") text = "!=";
      return add(Token::Kind::sign, begin, std::move(text));
    }
    const auto byte = static_cast<unsigned char>(text_[at_]);
    fail(begin, byte > ' ' && byte < 0x7f
                    ? std::string("\"") + text_[at_] + "\" has no meaning here"
                    : "this character has no meaning outside of quotation marks");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::optional<Fault> fault_;
};

}  // namespace

std::variant<std::vector<Token>, Fault> tokens_of(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace souk::segmentation
