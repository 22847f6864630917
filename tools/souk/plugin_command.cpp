#include <cstdio>
#include <memory>

#include "kernel/base/status.hpp"
#include "souk/v1/admin.pb.h"
#include "tools/plugin_check/new_project.hpp"
#include "tools/plugin_check/plugin_check.hpp"
#include "tools/souk/command.hpp"
#include "tools/souk/daemon_access.hpp"
#include "tools/souk/http_client.hpp"
#include "tools/souk/import/values.hpp"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

int print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? kDone : kFailed;
}

/// What the daemon of this file says of its plugins; nothing when none runs.
souk::v1::Readiness ask_daemon(const config::Config& config) {
  souk::v1::Readiness readiness;
  const std::string address = address_of(config.server);
  if (!is_running(address)) return readiness;
  HttpClient client(address, {});
  // 503 says the same as 200: that something is not there yet.
  const auto answer = client.get("/readyz", "application/x-protobuf");
  if (answer) readiness.ParseFromString(answer->body);
  return readiness;
}

/// "replaying (43 %, 1,200 behind)".
std::string live_state(const souk::v1::PluginReadiness& plugin) {
  std::string text = to_lower(souk::v1::PluginState::Value_Name(plugin.state()));
  if (plugin.state() == souk::v1::PluginState::REPLAYING) {
    text += " (" + std::to_string(static_cast<int>(plugin.progress() * 100)) + " %, " +
            with_commas(plugin.lag()) + " behind)";
  } else if (plugin.lag() > 0) {
    text += " (" + with_commas(plugin.lag()) + " behind)";
  }
  return text;
}

/// "running in demo", "enabled in demo, shop2" (no daemon runs), or "available".
std::string state_of(const config::Config& config, const souk::v1::Readiness& readiness,
                     const std::string& id) {
  std::string text;
  for (const config::StoreSettings& store : config.stores) {
    for (const config::PluginSettings& plugin : store.plugins) {
      if (plugin.id != id) continue;
      std::string state = "enabled";
      for (const souk::v1::PluginReadiness& live : readiness.plugins()) {
        if (live.name() == id && live.store() == store.id && live.account() == plugin.account_id) {
          state = live_state(live);
        }
      }
      text += (text.empty() ? "" : ", ") + state + " in " + store.id +
              (plugin.account_id.empty() ? "" : "/" + plugin.account_id);
    }
  }
  return text.empty() ? "available" : text;
}

int list(const std::string& file) {
  config::PluginCatalog catalog;
  std::optional<config::Config> config;
  souk::v1::Readiness readiness;
  if (file.empty()) {
    catalog = config::PluginCatalog::scan(default_plugin_path());
  } else {
    config = load_config(file);
    if (!config) return kFailed;
    catalog = config->catalog;
    readiness = ask_daemon(*config);
  }
  std::printf("%-24s %-10s %-5s %-28s %s\n", "name", "version", "abi", "state", "description");
  for (const config::PluginInfoPtr& plugin : catalog.plugins()) {
    const souk::v1::PluginManifest& manifest = plugin->manifest;
    const std::string abi =
        std::to_string(manifest.abi_major()) + "." + std::to_string(manifest.abi_minor());
    std::printf("%-24s %-10s %-5s %-28s %s\n", manifest.id().c_str(), manifest.version().c_str(),
                abi.c_str(),
                config ? state_of(*config, readiness, manifest.id()).c_str() : "available",
                manifest.description().c_str());
  }
  for (const config::UnusableLibrary& library : catalog.unusable()) {
    std::printf("%s: unusable: %s\n", library.path.c_str(), library.reason.c_str());
  }
  return kDone;
}

void add_list(CLI::App& plugin, int& exit_code) {
  CLI::App* command =
      plugin.add_subcommand("list", "Name, version, ABI, state and description of each plugin");
  const auto file = std::make_shared<std::string>();
  command->add_option("-c,--config", *file,
                      "The daemon's YAML file; without it: what is installed");
  command->callback([file, &exit_code] { exit_code = list(*file); });
}

void add_inspect(CLI::App& plugin, int& exit_code) {
  CLI::App* command = plugin.add_subcommand(
      "inspect", "What a library declares: identity, ABI, services, events, settings");
  const auto path = std::make_shared<std::string>();
  const auto json = std::make_shared<bool>(false);
  command->add_option("library", *path, "The plugin's .so")->required();
  command->add_flag("--json", *json, "As one JSON object");
  command->callback([=, &exit_code] {
    const auto inspection = plugin_check::inspect(*path);
    exit_code = inspection ? print(*json ? plugin_check::to_json(*inspection) + "\n"
                                         : plugin_check::to_text(*inspection))
                           : fail("plugin inspect", inspection.status());
  });
}

int check(const std::string& path, const std::string& only, bool json) {
  plugin_check::CheckOptions options;
  options.only = only;
  if (!json) {
    options.on_result = [](const plugin_check::CheckResult& result) {
      std::printf("%s\n", plugin_check::to_line(result).c_str());
      std::fflush(stdout);
    };
  }
  const plugin_check::Report report = plugin_check::check(path, options);
  if (json) print(plugin_check::to_json(report) + "\n");
  return report.passed() ? kDone : kFailed;
}

void add_conformance(CLI::App& plugin, int& exit_code) {
  CLI::App* command = plugin.add_subcommand(
      "check", "The conformance suite: one line a check; exit 0 only if all pass");
  const auto path = std::make_shared<std::string>();
  const auto only = std::make_shared<std::string>();
  const auto json = std::make_shared<bool>(false);
  command->add_option("library", *path, "The plugin's .so")->required();
  command->add_option("--only", *only, "Only checks whose name begins with this");
  command->add_flag("--json", *json, "As one JSON object");
  command->callback([=, &exit_code] { exit_code = check(*path, *only, *json); });
  // Each check runs in a process of its own, which is this program again.
  CLI::App* child = plugin.add_subcommand("check-child")->group("");
  const auto arguments = std::make_shared<std::vector<std::string>>();
  child->add_option("arguments", *arguments)->expected(3)->required();
  child->callback([=, &exit_code] { exit_code = plugin_check::run_child(*arguments); });
}

void add_new(CLI::App& plugin, int& exit_code) {
  CLI::App* command = plugin.add_subcommand(
      "new", "Makes a complete plugin project that builds against the SDK alone");
  const auto name = std::make_shared<std::string>();
  const auto folder = std::make_shared<std::string>();
  command->add_option("name", *name, "2 to 40 of a-z, 0-9 and '-'")->required();
  command->add_option("--dir", *folder, "Where to; without it: a folder of that name here");
  command->callback([=, &exit_code] {
    const std::string target = folder->empty() ? *name : *folder;
    const auto files = plugin_check::new_project(*name, target);
    if (!files) {
      exit_code = fail("plugin new", files.status());
      return;
    }
    for (const std::string& file : *files)
      std::printf("%s/%s\n", target.c_str(), file.c_str());
    exit_code = kDone;
  });
}

}  // namespace

void add_plugin(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("plugin", "Plugins: list, inspect, check, new");
  command->require_subcommand(1);
  add_list(*command, exit_code);
  add_inspect(*command, exit_code);
  add_conformance(*command, exit_code);
  add_new(*command, exit_code);
}

}  // namespace souk::cli
