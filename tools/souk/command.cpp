#include "tools/souk/command.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace souk::cli {
namespace {

/// As CLI11 puts it, made one sentence.
int complain(const CLI::App& app, const CLI::ParseError& error) {
  std::string sentence = error.what();
  while (!sentence.empty() && (sentence.back() == '\n' || sentence.back() == '.')) {
    sentence.pop_back();
  }
  const CLI::App* command = &app;
  std::string name = "souk";
  for (bool deeper = true; deeper;) {
    deeper = false;
    for (const CLI::App* next : command->get_subcommands()) {
      name += " " + next->get_name();
      command = next;
      deeper = true;
      break;
    }
  }
  std::fprintf(stderr, "%s: %s. See `%s --help`.\n", name.c_str(), sentence.c_str(), name.c_str());
  return kBadUsage;
}

}  // namespace

int run(int argc, const char* const* argv) {
  CLI::App app("Souk adds AI to any online store: one daemon, plugins, one YAML file.", "souk");
  app.require_subcommand(1);
  int exit_code = kDone;
  add_serve(app, exit_code);
  add_check(app, exit_code);
  add_doctor(app, exit_code);
  add_schema(app, exit_code);
  add_plugin(app, exit_code);
  add_import(app, exit_code);
  add_simulate(app, exit_code);
  add_log(app, exit_code);
  add_evaluate(app, exit_code);
  add_key(app, exit_code);
  add_version(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return complain(app, error);
  }
  return exit_code;
}

void add_config_option(CLI::App& command, std::string& file) {
  command.add_option("-c,--config", file, "The daemon's YAML file")->required();
}

std::vector<std::string> default_plugin_path() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto root = program.parent_path().parent_path();
  std::vector<std::string> folders;
  for (const char* folder : {"lib/souk/plugins", SOUK_PLUGIN_DIR}) {
    const std::string path = (root / folder).string();
    if (std::filesystem::is_directory(path, error) && (folders.empty() || folders[0] != path)) {
      folders.push_back(path);
    }
  }
  return folders;
}

std::optional<config::Config> load_config(const std::string& file,
                                          const config::SettingsCheck& check) {
  config::LoadOutcome outcome = config::load(file, default_plugin_path(), nullptr, check);
  for (const config::Fault& warning : outcome.warnings) {
    std::fprintf(stderr, "%s:%d:%d: warning: %s\n", warning.file.c_str(), warning.line,
                 warning.column, warning.message.c_str());
  }
  for (const config::Fault& fault : outcome.faults) {
    std::fprintf(stderr, "%s\n", fault.text().c_str());
  }
  return std::move(outcome.config);
}

const config::StoreSettings* find_store(const config::Config& config, const std::string& id) {
  std::string known;
  for (const config::StoreSettings& store : config.stores) {
    if (store.id == id) return &store;
    known += (known.empty() ? "" : ", ") + store.id;
  }
  std::fprintf(stderr, "souk: there is no store \"%s\" in %s; there is: %s\n", id.c_str(),
               config.file.c_str(), known.c_str());
  return nullptr;
}

int fail(std::string_view command, const Status& status) { return fail(command, status.message()); }

int fail(std::string_view command, std::string_view sentence) {
  std::fprintf(stderr, "souk %.*s: %.*s\n", static_cast<int>(command.size()), command.data(),
               static_cast<int>(sentence.size()), sentence.data());
  return kFailed;
}

const char* version() noexcept { return SOUK_VERSION; }

}  // namespace souk::cli
