// Filters between text, HTML, addresses and JSON.
#include <charconv>

#include "plugins/email/template/filters.hpp"
#include "plugins/email/template/html_text.hpp"

namespace souk::email::liquid {
namespace {

Value escape_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  if (in.is_html()) return in;
  std::string holder;
  const std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  c.buffer.clear();
  append_escaped(text, c.buffer);
  return c.made(true);
}

/// References that stand in the text already are left alone.
Value escape_once_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  std::string holder, decoded;
  const std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  append_decoded(text, decoded);
  c.buffer.clear();
  append_escaped(decoded, c.buffer);
  return c.made(true);
}

Value raw_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  if (in.is_text()) return Value::html(in.as_text());
  std::string holder;
  return Value::html(c.arena.copy(shown_text(in, holder)));
}

Value strip_html_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  std::string holder;
  const std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  c.buffer.clear();
  append_without_tags(text, c.buffer);
  return c.made();
}

Value newline_to_br_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  std::string holder, escaped;
  std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  if (!in.is_html()) {
    append_escaped(text, escaped);
    text = escaped;
  }
  c.buffer.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n') c.buffer += "<br>";
    c.buffer += text[i];
  }
  return c.made(true);
}

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

/// As in a form: a space is '+'.
Value url_encode_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string holder;
  const std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  c.buffer.clear();
  for (const char letter : text) {
    if (is_unreserved(letter)) {
      c.buffer += letter;
    } else if (letter == ' ') {
      c.buffer += '+';
    } else {
      c.buffer += '%';
      c.buffer += kHex[static_cast<unsigned char>(letter) >> 4];
      c.buffer += kHex[static_cast<unsigned char>(letter) & 15];
    }
  }
  return c.made();
}

Value url_decode_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  std::string holder;
  const std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  c.buffer.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      c.buffer += static_cast<char>(code);
      i += 2;
    } else {
      c.buffer += text[i] == '+' ? ' ' : text[i];
    }
  }
  return c.made();
}

/// Refuses what is deeper or longer than a message should hold, before it is written.
bool charge_json(const FilterContext& c, const Value& value, int depth) {
  c.charge(value.size() * 8);
  if (c.steps < 0 || depth > 64) return false;
  for (const Value& item : value.items())
    if (!charge_json(c, item, depth + 1)) return false;
  for (const Member& member : value.members())
    if (!charge_json(c, member.value, depth + 1)) return false;
  return value.kind() != Value::Kind::range || value.size() < 10'000;
}

Value json_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  if (!charge_json(c, in, 0)) return {};
  c.buffer.clear();
  append_json(in, c.buffer);
  return c.made();
}

constexpr FilterInfo kMarkupFilters[] = {
    {"escape", escape_filter, 0, 0},
    {"h", escape_filter, 0, 0},
    {"escape_once", escape_once_filter, 0, 0},
    {"raw", raw_filter, 0, 0},
    {"safe", raw_filter, 0, 0},
    {"strip_html", strip_html_filter, 0, 0},
    {"newline_to_br", newline_to_br_filter, 0, 0},
    {"url_encode", url_encode_filter, 0, 0},
    {"url_decode", url_decode_filter, 0, 0},
    {"json", json_filter, 0, 0},
};

}  // namespace

std::span<const FilterInfo> markup_filters() noexcept { return kMarkupFilters; }

}  // namespace souk::email::liquid
