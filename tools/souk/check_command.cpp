#include <cstdio>
#include <memory>

#include "kernel/base/logging.hpp"
#include "kernel/host/settings_check.hpp"
#include "tools/souk/command.hpp"

namespace souk::cli {
namespace {

/// The plugin's own word on its settings; a library that cannot be loaded is a fault, too.
std::vector<config::SettingsFault> ask_plugin(const std::string&,
                                              const config::PluginSettings& plugin) {
  const auto library = host::Library::load(plugin.library);
  if (!library) return {{{}, library.status().message()}};
  return host::check_settings(*library, plugin);
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("check", "Validates the YAML file without starting anything");
  const auto file = std::make_shared<std::string>();
  add_config_option(*command, *file);
  command->callback([file, &exit_code] {
    base::configure_logging(base::LogLevel::off, base::LogFormat::text);
    const auto config = load_config(*file, ask_plugin);
    exit_code = config ? kDone : kFailed;
    if (!config) return;
    std::size_t plugins = 0;
    for (const config::StoreSettings& store : config->stores)
      plugins += store.plugins.size();
    std::printf("%s: fine: %zu store%s, %zu plugin%s\n", file->c_str(), config->stores.size(),
                config->stores.size() == 1 ? "" : "s", plugins, plugins == 1 ? "" : "s");
  });
}

}  // namespace souk::cli
