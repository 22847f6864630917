// Logging: one JSON object a line on stderr (or plain text on a terminal), through spdlog.
//
// A message is a constant sentence; what varies are fields, so that lines can be searched and no
// secret slips into a sentence. Callers never pass keys, passwords, bodies or query strings.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace souk::base {

enum class LogLevel { debug, info, warning, error, off };
enum class LogFormat { json, text };

/// One name and value of a log line.
struct LogField {
  LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, std::int64_t number)
      : name(field_name), value(std::to_string(number)), is_number(true) {}
  LogField(std::string_view field_name, std::uint64_t number)
      : name(field_name), value(std::to_string(number)), is_number(true) {}
  LogField(std::string_view field_name, int number)
      : LogField(field_name, static_cast<std::int64_t>(number)) {}
  LogField(std::string_view field_name, unsigned number)
      : LogField(field_name, static_cast<std::uint64_t>(number)) {}
  std::string_view name;
  std::string value;
  bool is_number = false;
};

/// Chooses level and form for the process. Call once before threads start; default: info, text.
void configure_logging(LogLevel level, LogFormat format);
/// True when a line of this level would be written.
[[nodiscard]] bool log_enabled(LogLevel level) noexcept;
/// Writes one line. Thread-safe; never throws.
void log(LogLevel level, std::string_view room, std::string_view message,
         std::initializer_list<LogField> fields = {}) noexcept;

inline void log_debug(std::string_view room, std::string_view message,
                      std::initializer_list<LogField> fields = {}) noexcept {
  if (log_enabled(LogLevel::debug)) log(LogLevel::debug, room, message, fields);
}
inline void log_info(std::string_view room, std::string_view message,
                     std::initializer_list<LogField> fields = {}) noexcept {
  log(LogLevel::info, room, message, fields);
}
inline void log_warning(std::string_view room, std::string_view message,
                        std::initializer_list<LogField> fields = {}) noexcept {
  log(LogLevel::warning, room, message, fields);
}
inline void log_error(std::string_view room, std::string_view message,
                      std::initializer_list<LogField> fields = {}) noexcept {
  log(LogLevel::error, room, message, fields);
}

}  // namespace souk::base
