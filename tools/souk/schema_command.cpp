#include <cstdio>
#include <memory>

#include "tools/souk/command.hpp"

namespace souk::cli {
namespace {

int print_schema(const std::string& file) {
  config::PluginCatalog catalog;
  if (file.empty()) {
    catalog = config::PluginCatalog::scan(default_plugin_path());
  } else {
    auto config = load_config(file);
    if (!config) return kFailed;
    catalog = std::move(config->catalog);
  }
  const std::string schema = config::json_schema(catalog);
  std::fwrite(schema.data(), 1, schema.size(), stdout);
  if (!schema.ends_with('\n')) std::putchar('\n');
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
