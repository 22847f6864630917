#include <cstdio>
#include <memory>

#include "tools/souk/command.hpp"

namespace souk::cli {

void add_check(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("check", "Validates the YAML file without starting anything");
  const auto file = std::make_shared<std::string>();
  add_config_option(*command, *file);
  command->callback([file, &exit_code] {
    const auto config = load_config(*file);
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
