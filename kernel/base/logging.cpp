#include "kernel/base/logging.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace souk::base {
namespace {

std::atomic<LogFormat> g_format{LogFormat::text};
std::atomic<LogLevel> g_level{LogLevel::info};

spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger() {
  auto logger = std::make_shared<spdlog::logger>(
      "souk", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(spdlog::level::trace);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %^%l%$ %v");
  return logger;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = make_logger();
  return *instance;
}

void append_json_text(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

std::string json_line(LogLevel level, std::string_view room, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string line = "\"level\":";
  append_json_text(line, spdlog::level::to_string_view(spdlog_level(level)).data());
  line += ",\"room\":";
  append_json_text(line, room);
  line += ",\"message\":";
  append_json_text(line, message);
  for (const LogField& field : fields) {
    line.push_back(',');
    append_json_text(line, field.name);
    line.push_back(':');
    if (field.is_number) {
      line += field.value;
    } else {
      append_json_text(line, field.value);
    }
  }
  return line;
}

/// Control characters would let one line look like two.
void append_plain(std::string& out, std::string_view text) {
  for (const char c : text)
    out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
}

std::string text_line(std::string_view room, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string line = fmt::format("[{}] ", room);
  append_plain(line, message);
  for (const LogField& field : fields) {
    line += fmt::format(" {}=", field.name);
    append_plain(line, field.value);
  }
  return line;
}

}  // namespace

void configure_logging(LogLevel level, LogFormat format) {
  g_level = level;
  g_format = format;
  if (format == LogFormat::json) {
    logger().set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%f%z",%v})");
  } else {
    logger().set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %^%l%$ %v");
  }
}

bool log_enabled(LogLevel level) noexcept {
  return level >= g_level.load(std::memory_order_relaxed) && level != LogLevel::off;
}

void log(LogLevel level, std::string_view room, std::string_view message,
         std::initializer_list<LogField> fields) noexcept {
  if (!log_enabled(level)) return;
  try {
    logger().log(spdlog_level(level), "{}",
                 g_format == LogFormat::json ? json_line(level, room, message, fields)
                                             : text_line(room, message, fields));
  } catch (...) {
    // A line that cannot be written must not take the caller down.
  }
}

}  // namespace souk::base
