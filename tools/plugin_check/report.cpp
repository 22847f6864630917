// Results and inspections as text and as JSON.
#include <cstdio>
#include <string>

#include "tools/plugin_check/plugin_check.hpp"

namespace souk::plugin_check {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(byte));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string list_json(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items)
    out += (out.size() > 1 ? "," : "") + in_quotes(item);
  return out + "]";
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += std::string(name) + std::string(14 - name.size(), ' ') + std::string(value) + "\n";
}

void add_list(std::string& out, std::string_view name, const std::vector<std::string>& items) {
  std::string_view label = name;
  for (const std::string& item : items) {
    out += std::string(label) + std::string(14 - label.size(), ' ') + item + "\n";
    label = "";
  }
}

}  // namespace

std::string_view verdict_name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::success:
      return "success";
    case Verdict::warning:
      return "warning";
    case Verdict::skipped:
      return "skipped";
    case Verdict::failed:
      return "failed";
    case Verdict::crashed:
      return "crashed";
  }
  return "unknown";
}

std::string to_line(const CheckResult& result) {
  const std::string verdict(verdict_name(result.verdict));
  std::string line = verdict + std::string(9 - verdict.size(), ' ') + result.name;
  if (!result.detail.empty()) line += ": " + result.detail;
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

std::string to_json(const Report& report) {
  std::string out = "{\"library\":" + in_quotes(report.library) +
                    ",\"passed\":" + (report.passed() ? "true" : "false") + ",\"checks\":[";
  bool first = true;
  for (const CheckResult& result : report.results) {
    char seconds[32];
    std::snprintf(seconds, sizeof(seconds), "%.3f", result.seconds);
    out += std::string(first ? "" : ",") + "{\"name\":" + in_quotes(result.name) +
           ",\"verdict\":" + in_quotes(verdict_name(result.verdict)) +
           ",\"detail\":" + in_quotes(result.detail) + ",\"seconds\":" + seconds + "}";
    first = false;
  }
  return out + "]}";
}

std::string to_text(const Inspection& it) {
  std::string out;
  add_line(out, "plugin", it.id + " " + it.version);
  add_line(out, "", it.description);
  add_line(out, "vendor", it.vendor);
  add_line(out, "license", it.license);
  add_line(out, "ABI", std::to_string(it.abi_major) + "." + std::to_string(it.abi_minor));
  add_line(out, "built with", it.sdk_build);
  add_list(out, "requires", it.extensions_required);
  add_list(out, "uses", it.extensions_optional);
  add_list(out, "answers", it.methods);
  add_list(out, "asks", it.calls);
  add_list(out, "reads", it.reads);
  add_list(out, "publishes", it.publishes);
  add_list(out, "settings", it.settings);
  return out;
}

std::string to_json(const Inspection& it) {
  return "{\"id\":" + in_quotes(it.id) + ",\"version\":" + in_quotes(it.version) +
         ",\"description\":" + in_quotes(it.description) + ",\"vendor\":" + in_quotes(it.vendor) +
         ",\"license\":" + in_quotes(it.license) + ",\"abi\":\"" + std::to_string(it.abi_major) +
         "." + std::to_string(it.abi_minor) + "\",\"sdkBuild\":" + in_quotes(it.sdk_build) +
         ",\"extensionsRequired\":" + list_json(it.extensions_required) +
         ",\"extensionsOptional\":" + list_json(it.extensions_optional) +
         ",\"methods\":" + list_json(it.methods) + ",\"calls\":" + list_json(it.calls) +
         ",\"reads\":" + list_json(it.reads) + ",\"publishes\":" + list_json(it.publishes) +
         ",\"settingsMessage\":" + in_quotes(it.settings_message) +
         ",\"settings\":" + list_json(it.settings) + "}";
}

}  // namespace souk::plugin_check
