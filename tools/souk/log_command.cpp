#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <memory>

#include "kernel/base/clock.hpp"
#include "kernel/log/accept_loss.hpp"
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
  std::uint64_t sequence = 0;  ///< of accept-loss
  bool yes = false;
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
  const auto losses = log::accepted_losses(database, arguments.store);
  if (!losses) return fail("log verify", losses.status());
  for (const log::LostRow& loss : *losses) {
    std::printf("sequence %s to %s was given up on %s: %s\n",
                with_commas(loss.first_sequence).c_str(), with_commas(loss.last_sequence).c_str(),
                time_text(loss.given_up_us).c_str(), loss.damage.c_str());
  }
  for (const std::string& fault : report->faults)
    std::printf("%s\n", fault.c_str());
  std::printf("%s events in %s rows: %s\n", with_commas(report->events).c_str(),
              with_commas(report->rows).c_str(),
              report->faults.empty() ? "all verify"
                                     : (with_commas(report->faults.size()) + " faults").c_str());
  return report->faults.empty() ? kDone : kFailed;
}

/// Says what is lost; with --yes, goes on without it.
int accept_loss(storage::Database& database, const LogArguments& arguments) {
  const auto found = arguments.yes
                         ? log::accept_loss(database, arguments.store, arguments.sequence,
                                            base::system_clock().now_us())
                         : log::find_damage(database, arguments.store, arguments.sequence);
  if (!found) return fail("log accept-loss", found.status());
  std::printf("store %s, sequence %s to %s, committed %s: %s\n", arguments.store.c_str(),
              with_commas(found->first_sequence).c_str(), with_commas(found->last_sequence).c_str(),
              time_text(found->committed_us).c_str(), found->damage.c_str());
  const std::string events = with_commas(found->last_sequence - found->first_sequence + 1);
  if (!arguments.yes) {
    std::printf(
        "Without these %s events every plugin that has not folded them yet stands still.\n"
        "Giving them up loses them for good: for plugins, for exports and for whoever asks what is "
        "held of a person.\nThe tables of products, customers, orders and stock keep what the "
        "events told them; whoever still has them may send them again.\n"
        "Nothing was changed. A backup is better; without one, say --yes.\n",
        events.c_str());
    return kFailed;
  }
  std::printf("given up: %s events are empty now; `souk log verify` remembers it\n",
              events.c_str());
  return kDone;
}

enum class Task { stat, export_events, verify, accept_loss };

int run_task(Task task, const LogArguments& arguments) {
  const auto config = load_config(arguments.file);
  if (!config) return kFailed;
  if (find_store(*config, arguments.store) == nullptr) return kFailed;
  storage::DatabaseSettings settings;
  settings.url = config->storage.url;
  // Beside a daemon that runs; not where a row changes that it may be reading.
  settings.exclusive = task == Task::accept_loss && arguments.yes;
  const auto database = storage::Database::open(settings);
  if (!database) return fail("log", database.status());
  switch (task) {
    case Task::stat:
      return stat(**database, arguments);
    case Task::export_events:
      return export_events(**database, *config, arguments);
    case Task::verify:
      return verify(**database, arguments);
    case Task::accept_loss:
      return accept_loss(**database, arguments);
  }
  return kFailed;
}

CLI::App* add_task(CLI::App& log, const char* name, const char* text, Task task, int& exit_code) {
  CLI::App* command = log.add_subcommand(name, text);
  const auto arguments = std::make_shared<LogArguments>();
  add_config_option(*command, arguments->file);
  command->add_option("--store", arguments->store, "The store's id")->required();
  if (task == Task::accept_loss) {
    command->add_option("--sequence", arguments->sequence, "Of any event in the damaged row")
        ->required();
    command->add_flag("--yes", arguments->yes, "Give it up; without, only says what is lost");
  } else if (task != Task::stat) {
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
  CLI::App* command = app.add_subcommand(
      "log", "The event log; reading works while the daemon runs and when it does not");
  command->require_subcommand(1);
  add_task(*command, "stat", "How much there is", Task::stat, exit_code);
  add_task(*command, "export", "One JSON event a line on standard output, in sequence order",
           Task::export_events, exit_code);
  add_task(*command, "verify", "Looks for gaps and rows that do not verify; exit 1 on faults",
           Task::verify, exit_code);
  add_task(*command, "accept-loss",
           "Goes on without a row that does not verify, which holds plugins up; not while the "
           "daemon runs",
           Task::accept_loss, exit_code);
}

}  // namespace souk::cli
