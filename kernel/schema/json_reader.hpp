// The engine behind json_to_wire and the intake: walks JSON tokens by a table and writes wire
// bytes. Used inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/json_tokens.hpp"
#include "kernel/schema/wire.hpp"

namespace souk::schema {

/// What went wrong, and where. Built from the inside out while the walk unwinds, so that a good
/// text pays nothing for it.
struct Failure {
  bool syntax = false;  // the text is not JSON, rather than not this message
  std::string message;
  std::string path;

  void prepend(std::string_view name);
  void prepend(std::size_t index);
  [[nodiscard]] Status status() const { return {Code::invalid_argument, message, path}; }
};

/// Reads one token stream at a time. Not thread-safe.
class JsonReader {
 public:
  explicit JsonReader(WireBuffer& out) : out_(out) {}

  /// Begins at the first token. `options` and the text outlive the reading.
  void start(const JsonTokens& tokens, const JsonReadOptions& options) noexcept;
  /// Moves to a token of the same text.
  void seek(const std::uint32_t* token) noexcept { at_ = token; }
  [[nodiscard]] const std::uint32_t* position() const noexcept { return at_; }
  /// No token may be read at or after this one.
  void set_end(const std::uint32_t* end) noexcept { end_ = end; }

  // Each of these reads one value and leaves the cursor behind it. False: see failure(); what was
  // written to the buffer is then to be dropped.
  [[nodiscard]] bool read_message(const MessageTable& table, unsigned depth);
  /// A message in its own JSON form: an object, or what a well-known type asks for.
  [[nodiscard]] bool read_content(const MessageTable& table, unsigned depth);
  [[nodiscard]] bool read_field(const Field& field, unsigned depth);
  [[nodiscard]] bool skip_value(unsigned depth);

  // The grammar, for walks that are not by a table.
  [[nodiscard]] char peek() const noexcept { return at_ < end_ ? text_[*at_] : '\0'; }
  void next() noexcept { ++at_; }
  /// Reads a member's name, as it stands between the quotes, and its colon.
  [[nodiscard]] bool read_raw_name(std::string_view& raw) {
    if (peek() != '"') [[unlikely]]
      return fail_syntax("expected a name in quotes");
    raw = raw_string();
    ++at_;
    if (peek() != ':') [[unlikely]]
      return fail_syntax("expected ':'");
    ++at_;
    return true;
  }
  /// Undoes the escapes of a raw name, if it has any; holds until the next call.
  [[nodiscard]] bool unescape_name(std::string_view& name);
  /// After a value: a comma (more = true) or the closing brace or bracket.
  [[nodiscard]] bool read_separator(char close, bool& more) {
    const char c = peek();
    more = c == ',';
    if (!more && c != close) [[unlikely]]
      return fail_separator(close);
    ++at_;
    return true;
  }
  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }

  [[nodiscard]] Failure& failure() noexcept { return failure_; }
  bool fail(std::string message);
  bool fail_syntax(std::string message);

 private:
  struct Presence;

  /// The bytes between the quotes of the string at the cursor.
  [[nodiscard]] std::string_view raw_string() const noexcept {
    // Between a string's last quote and the next token there is only white space.
    const char* const begin = text_ + at_[0] + 1;
    const char* end = text_ + at_[1] - 1;
    while (end >= begin && *end != '"')
      --end;
    return {begin, end >= begin ? static_cast<std::size_t>(end - begin) : 0};
  }
  /// The bytes of the number or literal at the cursor.
  [[nodiscard]] std::string_view raw_token() const noexcept {
    const char* const begin = text_ + at_[0];
    const char* end = text_ + at_[1];
    while (end > begin && static_cast<unsigned char>(end[-1]) <= ' ')
      --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  [[nodiscard]] bool read_literal(std::string_view literal);
  [[nodiscard]] bool unescape(std::string_view raw, char*& out);
  /// The text of the string at the cursor, unescaped where needed; holds until the next call.
  [[nodiscard]] bool read_text(std::string_view& text);

  [[nodiscard]] bool read_member(const MessageTable& table, std::string_view name, unsigned depth,
                                 Presence& presence);
  [[nodiscard]] bool read_null(const Field& field, bool& taken);
  [[nodiscard]] bool read_single(const Field& field, unsigned depth);
  [[nodiscard]] bool read_string(const Field& field);
  [[nodiscard]] bool read_bytes(const Field& field);
  [[nodiscard]] bool read_number(const Field& field);
  [[nodiscard]] bool read_bits(const Field& field, std::uint64_t& bits, bool& skipped);
  [[nodiscard]] bool read_number_text(const Field& field, std::string_view text, bool quoted,
                                      std::uint64_t& bits, bool& skipped);
  [[nodiscard]] bool read_list(const Field& field, unsigned depth);
  [[nodiscard]] bool read_element(const Field& field, unsigned depth);
  [[nodiscard]] bool read_map(const Field& field, unsigned depth);
  [[nodiscard]] bool read_map_entry(const Field& field, std::string_view key, unsigned depth);
  [[nodiscard]] bool check_map_keys(std::size_t begin);
  [[nodiscard]] bool read_submessage(const Field& field, unsigned depth);
  [[nodiscard]] bool read_seconds_nanos(WellKnown kind);
  [[nodiscard]] bool read_struct(unsigned depth);
  [[nodiscard]] bool read_value(unsigned depth);
  [[nodiscard]] bool read_list_value(unsigned depth);
  [[nodiscard]] bool read_string_field(std::uint32_t number);
  [[nodiscard]] bool read_custom_data(const MessageTable& custom, std::size_t begin,
                                      const Presence& presence, unsigned depth);
  [[nodiscard]] bool finish_message(const MessageTable& table, std::size_t begin, unsigned depth,
                                    const Presence& presence);

  bool fail_unknown(const MessageTable& table, std::string_view name);
  bool fail_type(const Field& field);
  bool fail_depth();
  bool fail_separator(char close);

  WireBuffer& out_;
  const char* text_ = nullptr;
  const char* text_end_ = nullptr;
  const std::uint32_t* at_ = nullptr;
  const std::uint32_t* end_ = nullptr;
  const JsonReadOptions* options_ = nullptr;
  std::string scratch_;  // an unescaped name or text
  Failure failure_;
};

}  // namespace souk::schema
