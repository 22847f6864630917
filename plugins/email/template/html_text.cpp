#include "plugins/email/template/html_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "plugins/email/template/utf8.hpp"

namespace souk::email::liquid {
namespace {

struct NamedEntity {
  std::string_view name;
  std::uint32_t code;
};

// Sorted by name.
constexpr NamedEntity kEntities[] = {
    {"AMP", '&'},       {"Aacute", 0xC1},   {"Agrave", 0xC0},   {"Auml", 0xC4},
    {"Ccedil", 0xC7},   {"Eacute", 0xC9},   {"Egrave", 0xC8},   {"GT", '>'},
    {"LT", '<'},        {"Ntilde", 0xD1},   {"Oacute", 0xD3},   {"Ouml", 0xD6},
    {"QUOT", '"'},      {"Uacute", 0xDA},   {"Uuml", 0xDC},     {"aacute", 0xE1},
    {"acirc", 0xE2},    {"aelig", 0xE6},    {"agrave", 0xE0},   {"amp", '&'},
    {"apos", '\''},     {"aring", 0xE5},    {"atilde", 0xE3},   {"auml", 0xE4},
    {"bull", 0x2022},   {"ccedil", 0xE7},   {"cent", 0xA2},     {"copy", 0xA9},
    {"deg", 0xB0},      {"eacute", 0xE9},   {"ecirc", 0xEA},    {"egrave", 0xE8},
    {"emsp", 0x2003},   {"ensp", 0x2002},   {"euml", 0xEB},     {"euro", 0x20AC},
    {"frac12", 0xBD},   {"frac14", 0xBC},   {"gt", '>'},        {"hearts", 0x2665},
    {"hellip", 0x2026}, {"iacute", 0xED},   {"icirc", 0xEE},    {"iexcl", 0xA1},
    {"iquest", 0xBF},   {"iuml", 0xEF},     {"laquo", 0xAB},    {"larr", 0x2190},
    {"ldquo", 0x201C},  {"lsaquo", 0x2039}, {"lsquo", 0x2018},  {"lt", '<'},
    {"mdash", 0x2014},  {"middot", 0xB7},   {"minus", 0x2212},  {"nbsp", 0xA0},
    {"ndash", 0x2013},  {"ntilde", 0xF1},   {"oacute", 0xF3},   {"ocirc", 0xF4},
    {"oelig", 0x153},   {"ograve", 0xF2},   {"oslash", 0xF8},   {"otilde", 0xF5},
    {"ouml", 0xF6},     {"plusmn", 0xB1},   {"pound", 0xA3},    {"quot", '"'},
    {"raquo", 0xBB},    {"rarr", 0x2192},   {"rdquo", 0x201D},  {"reg", 0xAE},
    {"rsaquo", 0x203A}, {"rsquo", 0x2019},  {"sect", 0xA7},     {"shy", 0xAD},
    {"sup2", 0xB2},     {"szlig", 0xDF},    {"thinsp", 0x2009}, {"times", 0xD7},
    {"trade", 0x2122},  {"uacute", 0xFA},   {"ucirc", 0xFB},    {"ugrave", 0xF9},
    {"uuml", 0xFC},     {"yen", 0xA5},      {"zwj", 0x200D},    {"zwnj", 0x200C},
};

constexpr std::size_t kLongestReference = 12;

bool html_is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v'); }
bool html_is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// The code point that the reference means; 0 when it is unknown. `body` is without & and ;
std::uint32_t reference_code(std::string_view body) noexcept {
  if (body.starts_with('#')) {
    body.remove_prefix(1);
    const bool hex = body.starts_with('x') || body.starts_with('X');
    if (hex) body.remove_prefix(1);
    std::uint32_t code = 0;
    const auto read = std::from_chars(body.data(), body.data() + body.size(), code, hex ? 16 : 10);
    return read.ec == std::errc{} && read.ptr == body.data() + body.size() ? code : 0;
  }
  const auto* found =
      std::lower_bound(std::begin(kEntities), std::end(kEntities), body,
                       [](const NamedEntity& a, std::string_view b) { return a.name < b; });
  return found != std::end(kEntities) && found->name == body ? found->code : 0;
}

/// Behind the Liquid, or the mark of a compiled part (see program_css.cpp), that starts at `at`;
/// `at` itself when none does.
std::size_t skip_liquid(std::string_view text, std::size_t at) noexcept {
  if (at < text.size() && (text[at] == '\x01' || text[at] == '\x03')) {
    const std::size_t close = text.find('\x02', at);
    return close == text.npos ? at : close + 1;
  }
  if (at + 1 >= text.size() || text[at] != '{') return at;
  if (text[at + 1] != '{' && text[at + 1] != '%') return at;
  const std::size_t close = text.find(text[at + 1] == '{' ? "}}" : "%}", at + 2);
  return close == text.npos ? at : close + 2;
}

/// Behind the quote that closes the one at `at`; the end of the text when none does.
std::size_t skip_quoted(std::string_view text, std::size_t at) noexcept {
  const char quote = text[at];
  std::size_t from = at + 1;
  for (;;) {
    const std::size_t close = text.find(quote, from);
    if (close == text.npos) return text.size();
    // Liquid within the value may hold quotes of its own.
    const std::string_view value = text.substr(from, close - from);
    const std::size_t mark = value.find('{');
    if (mark == value.npos) return close + 1;
    const std::size_t behind = skip_liquid(text, from + mark);
    from = behind != from + mark ? behind : from + mark + 1;
  }
}

}  // namespace

bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

void append_decoded(std::string_view text, std::string& out) {
  std::size_t from = 0;
  for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
    const std::string_view window = text.substr(at + 1, kLongestReference);
    const std::size_t close = window.find(';');
    if (close == window.npos) continue;
    const std::uint32_t code = reference_code(window.substr(0, close));
    if (code == 0) continue;
    out.append(text, from, at - from);
    append_utf8(code, out);
    at += close + 1;
    from = at + 1;
  }
  out.append(text, std::min(from, text.size()));
}

bool next_html_tag(std::string_view html, std::size_t at, HtmlTag& tag) noexcept {
  for (at = html.find('<', at); at != html.npos; at = html.find('<', at)) {
    if (html.substr(at, 4) == "<!--") {
      const std::size_t close = html.find("-->", at + 4);
      if (close == html.npos) return false;
      at = close + 3;
      continue;
    }
    const bool closing = at + 1 < html.size() && html[at + 1] == '/';
    const std::size_t name = at + (closing ? 2 : 1);
    if (name >= html.size() || !html_is_letter(html[name])) {
      ++at;
      continue;
    }
    std::size_t end = name;
    while (end < html.size() && !html_is_space(html[end]) && html[end] != '>' && html[end] != '/' &&
           html[end] != '{' && html[end] != '\x01' && html[end] != '\x03')
      ++end;
    const std::size_t attributes = end;
    while (end < html.size() && html[end] != '>') {
      const char c = html[end];
      if (c == '"' || c == '\'') {
        end = skip_quoted(html, end);
      } else if (c == '{' || c == '\x01' || c == '\x03') {
        const std::size_t behind = skip_liquid(html, end);
        end = behind != end ? behind : end + 1;
      } else {
        ++end;
      }
    }
    if (end >= html.size()) return false;
    tag = {html.substr(name, attributes - name),
           html.substr(attributes, end - attributes),
           at,
           end + 1,
           closing,
           false};
    if (tag.attributes.ends_with('/')) {
      tag.self_closing = true;
      tag.attributes.remove_suffix(1);
    }
    return true;
  }
  return false;
}

bool next_html_attribute(std::string_view text, std::size_t& at,
                         HtmlAttribute& attribute) noexcept {
  for (;;) {
    while (at < text.size() && (html_is_space(text[at]) || text[at] == '/'))
      ++at;
    const std::size_t behind = skip_liquid(text, at);
    if (behind == at) break;
    at = behind;
  }
  if (at >= text.size()) return false;
  attribute = {{}, {}, at, at};
  std::size_t end = at + 1;
  while (end < text.size() && !html_is_space(text[end]) && text[end] != '=' && text[end] != '/')
    ++end;
  attribute.name = text.substr(at, end - at);
  attribute.end = at = end;
  while (end < text.size() && html_is_space(text[end]))
    ++end;
  if (end >= text.size() || text[end] != '=') return true;
  ++end;
  while (end < text.size() && html_is_space(text[end]))
    ++end;
  const char quote =
      end < text.size() && (text[end] == '"' || text[end] == '\'') ? text[end] : '\0';
  if (quote != 0) ++end;
  const std::size_t value = end;
  if (quote != 0) {
    end = skip_quoted(text, value - 1);
    const bool closed = end > value && text[end - 1] == quote;
    attribute.value = text.substr(value, end - value - (closed ? 1 : 0));
  } else {
    while (end < text.size() && !html_is_space(text[end])) {
      const std::size_t behind = skip_liquid(text, end);
      end = behind != end ? behind : end + 1;
    }
    attribute.value = text.substr(value, end - value);
  }
  attribute.end = at = end;
  return true;
}

void append_without_tags(std::string_view html, std::string& out) {
  std::string kept;
  std::size_t at = 0;
  HtmlTag tag;
  while (next_html_tag(html, at, tag)) {
    // Comments before the tag are text to next_html_tag's caller.
    std::string_view text = html.substr(at, tag.begin - at);
    for (std::size_t open = text.find("<!--"); open != text.npos; open = text.find("<!--")) {
      kept += text.substr(0, open);
      const std::size_t close = text.find("-->", open);
      text = close == text.npos ? std::string_view() : text.substr(close + 3);
    }
    kept += text;
    at = tag.end;
    const bool skipped =
        same_ignoring_case(tag.name, "script") || same_ignoring_case(tag.name, "style");
    if (!skipped || tag.closing || tag.self_closing) continue;
    HtmlTag end;
    const std::string_view name = tag.name;
    while (next_html_tag(html, at, end)) {
      at = end.end;
      if (end.closing && same_ignoring_case(end.name, name)) break;
    }
  }
  std::string_view rest = html.substr(at);
  if (const std::size_t open = rest.find("<!--"); open != rest.npos) {
    kept += rest.substr(0, open);
    const std::size_t close = rest.find("-->", open);
    rest = close == rest.npos ? std::string_view() : rest.substr(close + 3);
  }
  kept += rest;
  append_decoded(kept, out);
}

}  // namespace souk::email::liquid
