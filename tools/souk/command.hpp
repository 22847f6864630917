// What the commands of `souk` share: how they are added, how they load the YAML file and how they
// complain.
//
// A command is one file with one function add_…(), which adds its options to the parser and, when
// it is chosen, runs and sets the exit code: 0 done, 1 it failed, 2 bad usage.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/config/config.hpp"

namespace souk::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kBadUsage = 2;

void add_serve(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);
void add_plugin(CLI::App& app, int& exit_code);
void add_key(CLI::App& app, int& exit_code);
void add_log(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_simulate(CLI::App& app, int& exit_code);
void add_evaluate(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);
void add_version(CLI::App& app, int& exit_code);

/// Reads the arguments and runs the command. Returns the program's exit code.
int run(int argc, const char* const* argv);

/// Adds `-c FILE` (required).
void add_config_option(CLI::App& command, std::string& file);

/// Folders in which this installation keeps its plugins, beside the program.
[[nodiscard]] std::vector<std::string> default_plugin_path();

/// Loads the file; prints its faults and warnings to standard error, one a line.
[[nodiscard]] std::optional<config::Config> load_config(const std::string& file,
                                                        const config::SettingsCheck& check = {});

/// The store of that id; prints what there is when there is none.
[[nodiscard]] const config::StoreSettings* find_store(const config::Config& config,
                                                      const std::string& id);

/// "souk COMMAND: sentence" on standard error; returns kFailed.
int fail(std::string_view command, const Status& status);
int fail(std::string_view command, std::string_view sentence);

/// SOUK's version, "0.1.0".
[[nodiscard]] const char* version() noexcept;

}  // namespace souk::cli
