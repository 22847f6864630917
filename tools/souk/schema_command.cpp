#include <cstdio>
#include <memory>
#include <string_view>

#include "tools/souk/command.hpp"

namespace souk::cli {
namespace {

/// One value a line, two spaces a level: so that a change of the file can be read as one.
std::string indented(std::string_view json) {
  std::string text;
  std::size_t depth = 0;
  bool quoted = false;
  const auto new_line = [&] { text.append(1, '\n').append(depth * 2, ' '); };
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted || c == '"') {
      text.push_back(c);
      if (quoted && c == '\\') text.push_back(json[++at]);
      if (c == '"') quoted = !quoted;
    } else if (c == '{' || c == '[') {
      text.push_back(c);
      const bool empty = at + 1 < json.size() && (json[at + 1] == '}' || json[at + 1] == ']');
      if (empty) {
        text.push_back(json[++at]);
      } else {
        ++depth;
        new_line();
      }
    } else if (c == '}' || c == ']') {
      --depth;
      new_line();
      text.push_back(c);
    } else if (c == ',') {
      text.push_back(c);
      new_line();
    } else if (c == ':') {
      text.append(": ");
    } else if (c != ' ' && c != '\n') {
      text.push_back(c);
    }
  }
  return text;
}

int print_schema(const std::string& file) {
  config::PluginCatalog catalog;
  if (file.empty()) {
    catalog = config::PluginCatalog::scan(default_plugin_path());
  } else {
    auto config = load_config(file);
    if (!config) return kFailed;
    catalog = std::move(config->catalog);
  }
  const std::string schema = indented(config::json_schema(catalog)) + "\n";
  std::fwrite(schema.data(), 1, schema.size(), stdout);
  return std::fflush(stdout) == 0 ? kDone : fail("schema", "standard output can't be written");
}

}  // namespace

void add_schema(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "schema", "Prints the JSON Schema of the YAML file, plugins' settings included, for editors");
  const auto file = std::make_shared<std::string>();
  command->add_option("-c,--config", *file,
                      "Describe the plugins that this file finds, instead of those installed");
  command->callback([file, &exit_code] { exit_code = print_schema(*file); });
}

}  // namespace souk::cli
