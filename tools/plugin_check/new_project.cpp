#include "tools/plugin_check/new_project.hpp"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "tools/plugin_check/project_template.hpp"

namespace souk::plugin_check {
namespace {

namespace fs = std::filesystem;

bool is_name(const std::string& name) {
  if (name.size() < 2 || name.size() > 40 || name.front() < 'a' || name.front() > 'z') return false;
  if (name.back() == '-' || name.find("--") != std::string::npos) return false;
  for (const char c : name) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') return false;
  }
  return true;
}

/// The spellings of a name: "top-picks", "top_picks", "TopPicks".
std::string snake_case(std::string name) {
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}
std::string camel_case(const std::string& name) {
  std::string out;
  bool up = true;
  for (const char c : name) {
    if (c == '-') {
      up = true;
      continue;
    }
    out += up ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    up = false;
  }
  return out;
}

std::string replaced(std::string text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The template's plugin is called my-plugin, in three spellings.
std::string named(std::string_view text, const std::string& name) {
  std::string out(text);
  out = replaced(std::move(out), "my-plugin", name);
  out = replaced(std::move(out), "my_plugin", snake_case(name));
  return replaced(std::move(out), "MyPlugin", camel_case(name));
}

}  // namespace

Result<std::vector<std::string>> new_project(const std::string& name, const std::string& dir) {
  if (!is_name(name)) {
    return Status(Code::invalid_argument,
                  "the name '" + name +
                      "' is not 2 to 40 of a-z, 0-9 and single '-', beginning "
                      "with a letter");
  }
  std::error_code error;
  if (fs::exists(dir, error) && !fs::is_empty(dir, error)) {
    return Status(Code::already_exists, dir + " exists and is not empty");
  }
  std::vector<std::string> written;
  for (const TemplateFile& file : project_template()) {
    const std::string relative = named(file.path, name);
    const fs::path path = fs::path(dir) / relative;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary);
    out << named(file.text, name);
    out.close();
    if (!out) return Status(Code::unavailable, path.string() + " cannot be written");
    written.push_back(relative);
  }
  return written;
}

}  // namespace souk::plugin_check
