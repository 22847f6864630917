#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <memory>

#include "kernel/log/verify.hpp"
#include "tools/souk/catalog_types.hpp"
#include "tools/souk/command.hpp"
#include "tools/souk/log_export.hpp"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

struct LogArguments {
  std::string file;
  std::string store;
  ExportRange range;
  bool quiet = false;
};

std::string time_text(std::int64_t us) {
  const std::time_t seconds = us / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

int stat(storage::Database& database, const LogArguments& arguments) {
  const auto bounds = database.log_bounds(arguments.store);
  if (!bounds) return fail("log stat", bounds.status());
  const std::uint64_t events =
      bounds->rows == 0 ? 0 : bounds->last_sequence - bounds->first_sequence + 1;
  std::printf("store            %s\n", arguments.store.c_str());
  std::printf("events           %s\n", with_commas(events).c_str());
  std::printf("first sequence   %s\n", with_commas(bounds->first_sequence).c_str());
  std::printf("last sequence    %s\n", with_commas(bounds->last_sequence).c_str());
  std::printf("last commit      %s\n",
              bounds->rows == 0 ? "never" : time_text(bounds->last_committed_us).c_str());
  std::printf("rows             %s\n", with_commas(bounds->rows).c_str());
  std::printf("bytes            %s\n", with_commas(bounds->stored_bytes).c_str());
  if (events > 0) {
    std::printf("bytes an event   %.1f\n",
                static_cast<double>(bounds->stored_bytes) / static_cast<double>(events));
  }
  return kDone;
}

int export_events(storage::Database& database, const config::Config& config,
                  const LogArguments& arguments) {
  if (arguments.range.to != 0 && arguments.range.to < arguments.range.from) {
    fail("log export", "--to must not be below --from");
    return kBadUsage;
  }
  // A bar between lines on the same terminal would be unreadable.
  ProgressBar bar("export", "events", arguments.quiet || isatty(STDOUT_FILENO) == 1);
  const CatalogTypes types(config.catalog);
  ExportOptions options;
  options.range = arguments.range;
  options.types = &types;
  options.progress = [&](double fraction, std::uint64_t events) { bar.show(fraction, events); };
  const auto written = export_log(database, arguments.store, options, [](std::string_view lines) {
    return std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size();
  });
  if (!written) return fail("log export", written.status());
  bar.finish(*written);
  return std::fflush(stdout) == 0 ? kDone : fail("log export", "the output can't be written");
}

int verify(storage::Database& database, const LogArguments& arguments) {
  const auto bounds = database.log_bounds(arguments.store);
  if (!bounds) return fail("log verify", bounds.status());
  const auto events = static_cast<double>(bounds->last_sequence - bounds->first_sequence + 1);
  ProgressBar bar("verify", "events", arguments.quiet);
  const auto report = log::verify_log(database, arguments.store, [&](double fraction) {
    bar.show(fraction, static_cast<std::uint64_t>(fraction * events));
  });
  if (!report) return fail("log verify", report.status());
  bar.finish(report->events);
  for (const std::string& fault : report->faults)
    std::printf("%s\n", fault.c_str());
  std::printf("%s events in %s rows: %s\n", with_commas(report->events).c_str(),
              with_commas(report->rows).c_str(),
              report->faults.empty() ? "all verify"
                                     : (with_commas(report->faults.size()) + " faults").c_str());
  return report->faults.empty() ? kDone : kFailed;
}

enum class Task { stat, export_events, verify };

int run_task(Task task, const LogArguments& arguments) {
  const auto config = load_config(arguments.file);
  if (!config) return kFailed;
  if (find_store(*config, arguments.store) == nullptr) return kFailed;
  storage::DatabaseSettings settings;
  settings.url = config->storage.url;
  settings.exclusive = false;  // beside a daemon that runs
  const auto database = storage::Database::open(settings);
  if (!database) return fail("log", database.status());
  switch (task) {
    case Task::stat:
      return stat(**database, arguments);
    case Task::export_events:
      return export_events(**database, *config, arguments);
    case Task::verify:
      return verify(**database, arguments);
  }
  return kFailed;
}

CLI::App* add_task(CLI::App& log, const char* name, const char* text, Task task, int& exit_code) {
  CLI::App* command = log.add_subcommand(name, text);
  const auto arguments = std::make_shared<LogArguments>();
  add_config_option(*command, arguments->file);
  command->add_option("--store", arguments->store, "The store's id")->required();
  if (task != Task::stat) {
    command->add_flag("-q,--quiet", arguments->quiet, "No progress on standard error");
  }
  if (task == Task::export_events) {
    command->add_option("--from", arguments->range.from, "First sequence");
    command->add_option("--to", arguments->range.to, "Last sequence");
  }
  command->callback([=, &exit_code] { exit_code = run_task(task, *arguments); });
  return command;
}

}  // namespace

void add_log(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("log", "The event log; works while the daemon runs and when it does not");
  command->require_subcommand(1);
  add_task(*command, "stat", "How much there is", Task::stat, exit_code);
  add_task(*command, "export", "One JSON event a line on standard output, in sequence order",
           Task::export_events, exit_code);
  add_task(*command, "verify", "Looks for gaps and rows that do not verify; exit 1 on faults",
           Task::verify, exit_code);
}

}  // namespace souk::cli
