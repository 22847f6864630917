#include "kernel/gateway/target.hpp"

#include <simdjson.h>

namespace souk::gateway {
namespace {

constexpr std::size_t kMaxSegments = 32;
// A cart of a thousand lines is a thousand parameters; the bytes are bounded with the header.
constexpr std::size_t kMaxParameters = 2048;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

bool is_blank(char c) noexcept { return c == '\n' || c == '\r' || c == '\t'; }

Status bad_escape(std::string_view part, std::string_view escape) {
  std::string shown(escape);
  if (!is_utf8(shown)) shown = "%";  // cut through a character
  return Status(Code::invalid_argument, std::string(part) + " holds an invalid percent escape '" +
                                            shown + "'; it is % and two hex digits");
}

Status control(std::string_view part, char c, bool blanks_allowed) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  std::string what(part);
  what += " holds the control character ";
  what += byte == 0 ? std::string("NUL (%00)")
                    : std::string("%") + kDigits[byte >> 4] + kDigits[byte & 15];
  what += blanks_allowed ? ", which is not allowed; tabs and line breaks are" : "; a path has none";
  return Status(Code::invalid_argument, std::move(what));
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

Status percent_decode(std::string_view part, std::string_view text, bool plus_is_space,
                      std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = high < 0 ? -1 : hex_value(text[i + 2]);
      if (low < 0) return bad_escape(part, text.substr(i, 3));
      c = static_cast<char>(high * 16 + low);
      i += 2;
      // Line breaks are data in a query (a chat message), never in a path.
      if (is_control(c) && !(plus_is_space && is_blank(c))) return control(part, c, plus_is_space);
    } else if (is_control(c)) {
      return control(part, c, plus_is_space);
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out += c;
  }
  return {};
}

Status Target::parse(std::string_view path, std::string_view query) {
  text_.clear();
  // Views into text_ must not move: decoding never makes a text longer.
  text_.reserve(path.size() + query.size());
  segments_.clear();
  query_.clear();
  if (Status status = parse_path(path); !status.ok()) return status;
  return parse_query(query);
}

Status Target::parse_path(std::string_view path) {
  if (!path.starts_with('/')) return Status(Code::invalid_argument, "the path must begin with /");
  path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    TargetSegment segment;
    segment.raw = path.substr(0, slash);
    const std::size_t begin = text_.size();
    Status decoded = percent_decode("the path", segment.raw, false, text_);
    if (!decoded.ok()) return decoded;
    segment.decoded = std::string_view(text_).substr(begin);
    if (segment.decoded == "." || segment.decoded == "..") {
      return Status(Code::invalid_argument, "the path must not hold . or .. segments");
    }
    segments_.push_back(segment);
    if (segments_.size() > kMaxSegments) {
      return Status(Code::invalid_argument, "the path has more than 32 segments");
    }
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  if (!is_utf8(text_)) return Status(Code::invalid_argument, "the path is not UTF-8");
  return {};
}

Status Target::parse_query(std::string_view query) {
  const std::size_t start = text_.size();
  while (!query.empty()) {
    const std::size_t ampersand = query.find('&');
    const std::string_view pair = query.substr(0, ampersand);
    query.remove_prefix(ampersand == std::string_view::npos ? query.size() : ampersand + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::size_t name_begin = text_.size();
    Status decoded = percent_decode("the query", pair.substr(0, equals), true, text_);
    const std::size_t value_begin = text_.size();
    if (decoded.ok() && equals != std::string_view::npos) {
      decoded = percent_decode("the query", pair.substr(equals + 1), true, text_);
    }
    if (!decoded.ok()) return decoded;
    const std::string_view text(text_);
    query_.emplace_back(text.substr(name_begin, value_begin - name_begin),
                        text.substr(value_begin));
    if (query_.size() > kMaxParameters) {
      return Status(Code::invalid_argument, "the query has more than 2048 parameters");
    }
  }
  if (!is_utf8(std::string_view(text_).substr(start))) {
    return Status(Code::invalid_argument, "the query is not UTF-8");
  }
  return {};
}

std::string_view Target::parameter(std::string_view name) const noexcept {
  for (const auto& [key, value] : query_) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace souk::gateway
