// JsonReader: scalars, lists and maps.
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "kernel/schema/base64.hpp"
#include "kernel/schema/json_presence.hpp"
#include "kernel/schema/json_reader.hpp"
#include "kernel/schema/scalar_text.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace {

/// Copies text and says whether it is free of backslashes. Reads up to 15 bytes past it where
/// `limit` allows, and writes as many past its end.
bool copy_plain(std::string_view text, const char* limit, char* to) noexcept {
#if defined(__SSE2__)
  if (text.size() + 16 <= static_cast<std::size_t>(limit - text.data())) {
    const __m128i backslash = _mm_set1_epi8('\\');
    for (std::size_t i = 0; i < text.size(); i += 16) {
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), block);
      const auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, backslash)));
      if (found != 0) {
        return i + static_cast<std::size_t>(__builtin_ctz(found)) >= text.size();
      }
    }
    return true;
  }
#endif
  std::memcpy(to, text.data(), text.size());
  return std::memchr(text.data(), '\\', text.size()) == nullptr;
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Four hex digits; -1 when they are not.
std::int32_t hex4(const char* at, const char* end) noexcept {
  if (end - at < 4) return -1;
  std::int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

char* put_utf8(char* out, std::uint32_t code) noexcept {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return out;
}

/// The character of \uXXXX, a surrogate pair included, with `at` behind it. -1: not hex, -2: half a
/// pair.
std::int32_t escaped_code(const char*& at, const char* end) noexcept {
  const std::int32_t first = hex4(at, end);
  if (first < 0) return -1;
  at += 4;
  if (first < 0xD800 || first > 0xDFFF) return first;
  if (first > 0xDBFF || end - at < 6 || at[0] != '\\' || at[1] != 'u') return -2;
  const std::int32_t second = hex4(at + 2, end);
  if (second < 0xDC00 || second > 0xDFFF) return -2;
  at += 6;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

char simple_escape(char c) noexcept {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

bool JsonReader::unescape(std::string_view raw, char*& out) {
  const char* at = raw.data();
  const char* const end = at + raw.size();
  while (at != end) {
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    ++at;
    if (at != end && *at == 'u') {
      ++at;
      const std::int32_t code = escaped_code(at, end);
      if (code == -2) return fail("holds half of a surrogate pair");
      if (code < 0) return fail_syntax("\\u needs four hex digits");
      out = put_utf8(out, static_cast<std::uint32_t>(code));
      continue;
    }
    const char plain = at == end ? '\0' : simple_escape(*at);
    if (plain == '\0') return fail_syntax("unknown escape in a string");
    *out++ = plain;
    ++at;
  }
  return true;
}

bool JsonReader::unescape_name(std::string_view& name) {
  if (name.find('\\') == std::string_view::npos) return true;
  scratch_.resize(name.size());
  char* end = scratch_.data();
  if (!unescape(name, end)) return false;
  name = {scratch_.data(), static_cast<std::size_t>(end - scratch_.data())};
  return true;
}

bool JsonReader::read_text(std::string_view& text) {
  text = raw_string();
  if (!unescape_name(text)) return false;
  ++at_;
  return true;
}

bool JsonReader::read_field(const Field& field, unsigned depth) {
  if (!field.repeated) return read_single(field, depth);
  return field.map ? read_map(field, depth) : read_list(field, depth);
}

bool JsonReader::read_single(const Field& field, unsigned depth) {
  switch (field.kind) {
    case Kind::string:
      return read_string(field);
    case Kind::bytes:
      return read_bytes(field);
    case Kind::message:
      return read_submessage(field, depth);
    default:
      return read_number(field);
  }
}

bool JsonReader::read_string(const Field& field) {
  if (peek() != '"') return fail_type(field);
  const std::string_view raw = raw_string();
  if (raw.empty() && !field.keep_zero && !field.repeated) {
    ++at_;
    return true;
  }
  char* at = out_.reserve(raw.size());
  std::memcpy(at, field.tag, sizeof field.tag);
  char* const length = at + field.tag_size;
  char* text = put_varint(length, raw.size());
  std::size_t size = raw.size();
  if (!copy_plain(raw, text_end_, text)) {
    char* end = text;
    if (!unescape(raw, end)) return false;
    size = static_cast<std::size_t>(end - text);
    char* const moved = put_varint(length, size);
    std::memmove(moved, text, size);
    text = moved;
  }
  ++at_;
  out_.set_end(text + size);
  if (field.rules == nullptr || !options_->check_rules || !field.rules->limits_strings()) {
    return true;
  }
  std::string error;
  return check_string(*field.rules, {text, size}, error) || fail(std::move(error));
}

bool JsonReader::read_bytes(const Field& field) {
  if (peek() != '"') return fail_type(field);
  std::string_view text;
  if (!read_text(text)) return false;
  if (text.empty() && !field.keep_zero && !field.repeated) return true;
  out_.tag(field);
  const std::size_t start = out_.begin_length();
  char* const end = decode_base64(text, out_.reserve(text.size()));
  if (end == nullptr) return fail("must be base64");
  out_.set_end(end);
  std::string error;
  if (field.rules != nullptr && options_->check_rules && field.rules->limits_strings() &&
      !check_string(*field.rules, out_.from(start), error)) {
    return fail(std::move(error));
  }
  out_.end_length(start);
  return true;
}

bool JsonReader::read_number(const Field& field) {
  std::uint64_t bits = 0;
  bool skipped = false;
  if (!read_bits(field, bits, skipped)) return false;
  if (skipped || (bits == 0 && !field.keep_zero)) return true;
  out_.tag(field);
  out_.number(field.wire(), bits);
  return true;
}

bool JsonReader::read_bits(const Field& field, std::uint64_t& bits, bool& skipped) {
  const char c = peek();
  if (field.kind == Kind::boolean) {
    if (c != 't' && c != 'f') return fail_type(field);
    bits = c == 't' ? 1 : 0;
    return read_literal(c == 't' ? "true" : "false");
  }
  if (c == '"') {
    std::string_view text;
    return read_text(text) && read_number_text(field, text, true, bits, skipped);
  }
  if (c == 'n' && field.null_value) {
    bits = 0;
    return read_literal("null");
  }
  if (c != '-' && static_cast<unsigned char>(c - '0') > 9) return fail_type(field);
  const std::string_view token = raw_token();
  if (!read_number_text(field, token, false, bits, skipped)) return false;
  ++at_;
  return true;
}

bool JsonReader::read_number_text(const Field& field, std::string_view text, bool quoted,
                                  std::uint64_t& bits, bool& skipped) {
  std::string error;
  if (quoted && field.kind == Kind::enumeration) {
    if (const EnumValue* value = field.enumeration->find(text)) {
      bits = static_cast<std::uint64_t>(std::int64_t{value->number});
      return true;
    }
    if (options_->ignore_unknown) {
      skipped = true;
      return true;
    }
    if (parse_number(text, field.kind, bits) != NumberError::none) {
      explain_enum(*field.enumeration, text, error);
      return fail(std::move(error));
    }
  } else if (quoted && field.rules != nullptr && field.rules->duration) {
    if (!text_to_bits(field, text, TextFrom::programs, bits, error)) return fail(std::move(error));
  } else if (quoted && parse_non_finite(text, field.kind, bits)) {
    if (options_->finite_numbers) return fail("must be a finite number");
  } else {
    const NumberError wrong = parse_number(text, field.kind, bits);
    if (wrong == NumberError::syntax && !quoted) return fail_syntax("expected a value");
    if (wrong != NumberError::none) {
      const bool hidden = field.rules != nullptr && field.rules->sensitive;
      return fail((hidden ? std::string("the value") : quote(text)) +
                  (wrong == NumberError::range ? " is out of range; " : " is wrong; ") +
                  number_expectation(field.kind));
    }
  }
  if (field.kind == Kind::enumeration && field.enumeration->closed &&
      field.enumeration->find(static_cast<std::int32_t>(bits)) == nullptr) {
    explain_enum(*field.enumeration, text, error);
    return fail(std::move(error));
  }
  if (!options_->check_rules || field.rules == nullptr) return true;
  return check_bits(field, bits, error) || fail(std::move(error));
}

bool JsonReader::read_list(const Field& field, unsigned depth) {
  if (peek() != '[') {
    if (peek() == '\0') return fail_syntax("expected an array");
    return fail("must be an array");
  }
  ++at_;
  const std::size_t tag_begin = out_.size();
  std::size_t start = 0;
  if (field.packed) {
    out_.tag(field);
    start = out_.begin_length();
  }
  std::size_t count = 0;
  bool more = peek() != ']';
  if (!more) ++at_;
  while (more) {
    if (!read_element(field, depth)) {
      failure_.prepend(count);
      return false;
    }
    if (++count > options_->limits.max_elements) {
      return fail("has too many elements; at most " +
                  std::to_string(options_->limits.max_elements) + " are allowed");
    }
    if (!read_separator(']', more)) return false;
  }
  if (field.packed) {
    if (out_.size() == start)
      out_.truncate(tag_begin);
    else
      out_.end_length(start);
  }
  std::string error;
  return field.rules == nullptr || !options_->check_rules ||
         check_count(*field.rules, count, error) || fail(std::move(error));
}

bool JsonReader::read_element(const Field& field, unsigned depth) {
  if (peek() == 'n') {
    bool null = false;
    const bool value = field.null_value || (field.kind == Kind::message &&
                                            field.message->well_known == WellKnown::value);
    if (!value && !read_null(field, null)) return false;
    if (null) return fail("must not be null");
  }
  if (field.wire() == WireType::length) return read_single(field, depth);
  std::uint64_t bits = 0;
  bool skipped = false;
  if (!read_bits(field, bits, skipped)) return false;
  if (skipped) return true;
  if (!field.packed) out_.tag(field);
  out_.number(field.wire(), bits);
  return true;
}

bool JsonReader::read_map(const Field& field, unsigned depth) {
  if (peek() != '{') {
    if (peek() == '\0') return fail_syntax("expected an object");
    return fail("must be an object");
  }
  ++at_;
  const std::size_t begin = out_.size();
  std::size_t count = 0;
  bool more = peek() != '}';
  if (!more) ++at_;
  while (more) {
    std::string_view key;
    if (!read_raw_name(key)) return false;
    if (!read_map_entry(field, key, depth + 1)) {
      failure_.prepend(key.substr(0, 100));
      return false;
    }
    if (++count > options_->limits.max_elements) {
      return fail("has too many entries; at most " + std::to_string(options_->limits.max_elements) +
                  " are allowed");
    }
    if (!read_separator('}', more)) return false;
  }
  std::string error;
  if (field.rules != nullptr && options_->check_rules && !check_count(*field.rules, count, error)) {
    return fail(std::move(error));
  }
  return count < 2 || check_map_keys(begin);
}

bool JsonReader::read_map_entry(const Field& field, std::string_view key, unsigned depth) {
  const Field& key_field = field.message->fields[0];
  const Field& value_field = field.message->fields[1];
  out_.tag(field);
  const std::size_t start = out_.begin_length();
  if (!unescape_name(key)) return false;
  out_.tag(key_field);
  if (key_field.kind == Kind::string) {
    out_.varint(key.size());
    out_.append(key);
  } else {
    std::uint64_t bits = 0;
    std::string error;
    const bool boolean = key_field.kind == Kind::boolean && key != "true" && key != "false";
    if (boolean || !text_to_bits(key_field, key, TextFrom::programs, bits, error)) {
      return fail("the key " + quote(key) + " must be " +
                  std::string(kind_in_words(key_field.kind)));
    }
    out_.number(key_field.wire(), bits);
  }
  const bool value =
      value_field.null_value ||
      (value_field.kind == Kind::message && value_field.message->well_known == WellKnown::value);
  if (peek() == 'n' && !value) {
    bool null = false;
    if (!read_null(value_field, null)) return false;
    return fail("must not be null");
  }
  if (!read_single(value_field, depth)) return false;
  out_.end_length(start);
  return true;
}

}  // namespace souk::schema
