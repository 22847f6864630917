// JSON into values and back (RFC 8259).
#include <charconv>
#include <cmath>
#include <system_error>

#include "plugins/email/template/numbers.hpp"
#include "plugins/email/template/utf8.hpp"
#include "plugins/email/template/value.hpp"

namespace souk::email {
namespace {

using liquid::append_number;
using liquid::append_utf8;

constexpr int kMaxJsonDepth = 64;

class JsonReader {
 public:
  JsonReader(std::string_view text, ValueArena& arena) : text_(text), arena_(arena) {}

  Result<Value> document() {
    Value value;
    if (read_value(value, 0)) {
      skip_space();
      if (at_ != text_.size()) fail("more text after the value");
    }
    if (arena_.exhausted())
      return {Code::resource_exhausted, "JSON: more than the arena's bytes are needed"};
    if (error_ != nullptr) return {Code::invalid_argument, sentence()};
    return value;
  }

 private:
  bool fail(const char* what) {
    if (error_ == nullptr) error_ = what;
    return false;
  }

  [[nodiscard]] std::string sentence() const {
    std::size_t line = 1;
    std::size_t column = 1;
    for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) {
      column = text_[i] == '\n' ? 1 : column + 1;
      if (text_[i] == '\n') ++line;
    }
    return std::to_string(line) + ":" + std::to_string(column) + ": JSON: " + error_;
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos)
      ++at_;
  }

  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool read_value(Value& value, int depth) {
    skip_space();
    if (depth > kMaxJsonDepth) return fail("more than 64 levels");
    if (at_ >= text_.size()) return fail("a value is missing");
    switch (text_[at_]) {
      case '{':
        return read_map(value, depth);
      case '[':
        return read_list(value, depth);
      case '"': {
        std::string_view read;
        if (!read_text(read)) return false;
        value = Value::text(read);
        return true;
      }
      case 't':
        return read_word("true", Value::boolean(true), value);
      case 'f':
        return read_word("false", Value::boolean(false), value);
      case 'n':
        return read_word("null", Value(), value);
      default:
        return read_number(value);
    }
  }

  bool read_word(std::string_view word, Value meant, Value& value) {
    if (text_.substr(at_, word.size()) != word) return fail("no JSON value starts like this");
    at_ += word.size();
    value = meant;
    return true;
  }

  bool read_map(Value& value, int depth) {
    ++at_;
    MapBuilder map(arena_);
    if (!take('}')) {
      do {
        skip_space();
        std::string_view name;
        Value member;
        if (!read_text(name)) return fail("a member's name in double quotes is missing");
        if (!take(':')) return fail("':' is missing after a member's name");
        if (!read_value(member, depth + 1)) return false;
        map.set(name, member);
      } while (take(','));
      if (!take('}')) return fail("',' or '}' is missing");
    }
    value = map.build();
    return true;
  }

  bool read_list(Value& value, int depth) {
    ++at_;
    ListBuilder list(arena_);
    if (!take(']')) {
      do {
        Value item;
        if (!read_value(item, depth + 1)) return false;
        list.add(item);
      } while (take(','));
      if (!take(']')) return fail("',' or ']' is missing");
    }
    value = list.build();
    return true;
  }

  bool read_text(std::string_view& read) {
    if (at_ >= text_.size() || text_[at_] != '"') return fail("a text in double quotes is missing");
    scratch_.clear();
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        read = arena_.copy(scratch_);
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return fail("a control character in a text");
      if (c != '\\') {
        scratch_ += c;
      } else if (!read_escape()) {
        return false;
      }
    }
    return fail("a text has no end");
  }

  bool read_escape() {
    if (++at_ >= text_.size()) return fail("a text has no end");
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (const std::size_t which = kNames.find(text_[at_]); which != kNames.npos) {
      scratch_ += kMeant[which];
      return true;
    }
    std::uint32_t code = 0;
    if (text_[at_] != 'u' || !read_hex(code)) return fail("an unknown escape in a text");
    if (code >= 0xD800 && code < 0xDC00) {
      std::uint32_t low = 0;
      if (text_.substr(at_ + 1, 2) != "\\u") return fail("half of a surrogate pair");
      at_ += 2;
      if (!read_hex(low) || low < 0xDC00 || low > 0xDFFF) return fail("half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(code, scratch_);
    return true;
  }

  /// Four digits after at_; at_ ends on the last.
  bool read_hex(std::uint32_t& code) {
    const std::string_view digits = text_.substr(at_ + 1, 4);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (error != std::errc{} || end != digits.data() + 4) return false;
    at_ += 4;
    return true;
  }

  bool read_number(Value& value) {
    const char* first = text_.data() + at_;
    const char* last = text_.data() + text_.size();
    if (*first != '-' && (*first < '0' || *first > '9'))
      return fail("no JSON value starts like this");
    std::int64_t integer = 0;
    const auto whole = std::from_chars(first, last, integer);
    double number = 0;
    const auto real = std::from_chars(first, last, number);
    if (real.ec != std::errc{}) return fail("no number that can be held");
    at_ += static_cast<std::size_t>(real.ptr - first);
    const bool is_integer = whole.ec == std::errc{} && whole.ptr == real.ptr;
    value = is_integer ? Value::integer(integer) : Value::number(number);
    return true;
  }

  std::string_view text_;
  ValueArena& arena_;
  std::size_t at_ = 0;
  const char* error_ = nullptr;
  std::string scratch_;
};

void append_json_text(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

Result<Value> parse_json(std::string_view json, ValueArena& arena) {
  return JsonReader(json, arena).document();
}

void append_json(const Value& value, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::nil:
      out += "null";
      return;
    case Value::Kind::boolean:
      out += value.as_boolean() ? "true" : "false";
      return;
    case Value::Kind::integer:
    case Value::Kind::number:
      if (std::isfinite(value.as_number()))
        append_number(value, out);
      else
        out += "null";
      return;
    case Value::Kind::text:
      append_json_text(value.as_text(), out);
      return;
    case Value::Kind::list:
    case Value::Kind::range:
      out += '[';
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (i > 0) out += ',';
        append_json(value.at(static_cast<std::int64_t>(i)), out);
      }
      out += ']';
      return;
    case Value::Kind::map:
      out += '{';
      for (const Member& member : value.members()) {
        if (&member != value.members().data()) out += ',';
        append_json_text(member.key(), out);
        out += ':';
        append_json(member.value, out);
      }
      out += '}';
      return;
  }
}

}  // namespace souk::email
