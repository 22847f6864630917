#include "tools/simulate/simulate_command.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "tools/souk/command.hpp"

namespace souk::cli {
namespace {

/// Midnight UTC of "2026-01-31", in µs; nullopt when there is no such day.
std::optional<std::int64_t> midnight_us(const std::string& day) {
  int year = 0;
  unsigned month = 0;
  unsigned of_month = 0;
  char rest = 0;
  if (std::sscanf(day.c_str(), "%4d-%2u-%2u%c", &year, &month, &of_month, &rest) != 3) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(of_month)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * 86'400LL * 1'000'000;
}

}  // namespace

void add_simulate(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "simulate", "Writes a realistic, reproducible store history as events (JSONL)");
  const auto options = std::make_shared<simulate::SimulateOptions>();
  simulate::SimulationSettings& settings = options->settings;
  command->add_option("--seed", settings.seed, "Equal seeds give equal bytes");
  command->add_option("--products", settings.products, "20 to 1,000,000");
  command->add_option("--shoppers", settings.shoppers, "20 to 10,000,000");
  command->add_option("--days", settings.days, "1 to 3650");
  const auto start = std::make_shared<std::string>();
  command->add_option("--start", *start, "The first day, YYYY-MM-DD (UTC); without: 2026-01-01");
  command->add_option("--currency", settings.currency, "ISO 4217");
  command->add_option("-o,--output", options->output,
                      "A file (.gz compresses); the ground truth goes beside it. Without: standard "
                      "output");
  command->add_flag("-q,--quiet", options->quiet, "Nothing on standard error");
  command->callback([options, start, &exit_code] {
    if (!start->empty()) {
      const auto first = midnight_us(*start);
      if (!first) {
        fail("simulate", Status(Code::invalid_argument,
                                "--start must be a day such as 2026-01-31, not " + *start));
        exit_code = kBadUsage;
        return;
      }
      options->settings.start_us = *first;
    }
    if (const Status status = simulate::check(options->settings); !status.ok()) {
      fail("simulate", status);
      exit_code = kBadUsage;
      return;
    }
    exit_code = simulate::simulate_command(*options);
  });
}

}  // namespace souk::cli
