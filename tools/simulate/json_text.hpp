// Writes JSON text into one reused buffer: no tree, no allocation after warm-up.
//
// The caller opens and closes what it opens; commas come by themselves. Keys are trusted
// (literals), values are escaped. Text must be UTF-8. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace souk::simulate {

class JsonText {
 public:
  void clear() noexcept {
    text_.clear();
    comma_ = false;
  }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  void open_object() { open('{'); }
  void open_object(std::string_view key) { this->key(key), open('{'); }
  void close_object() { close('}'); }
  void open_array() { open('['); }
  void open_array(std::string_view key) { this->key(key), open('['); }
  void close_array() { close(']'); }

  void key(std::string_view name);
  void string(std::string_view value);
  void string(std::string_view name, std::string_view value) { key(name), string(value); }
  /// Leaves the member out when the value is empty, as Protobuf's JSON does.
  void string_if(std::string_view name, std::string_view value) {
    if (!value.empty()) string(name, value);
  }
  void integer(std::int64_t value);
  void integer(std::string_view name, std::int64_t value) { key(name), integer(value); }
  void boolean(std::string_view name, bool value);
  /// With `digits` decimals, rounded half away from zero: the same text everywhere.
  void decimal(double value, int digits);
  void decimal(std::string_view name, double value, int digits) {
    key(name), decimal(value, digits);
  }
  /// An amount in minor units written in major units: 1899 → 18.99.
  void money(std::string_view name, std::int64_t minor_units);
  /// RFC 3339 with milliseconds, UTC: "2026-01-01T00:00:00.000Z".
  void time(std::string_view name, std::int64_t time_us);
  /// Ends the line.
  void newline() { text_.push_back('\n'), comma_ = false; }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void digits(std::uint64_t value, int width);

  std::string text_;
  bool comma_ = false;
  std::int64_t cached_day_ = INT64_MIN;
  char cached_date_[11] = {};  ///< "2026-01-01T"
};

}  // namespace souk::simulate
