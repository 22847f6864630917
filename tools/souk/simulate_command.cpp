#include "tools/simulate/simulate_command.hpp"

#include <memory>

#include "tools/souk/command.hpp"

namespace souk::cli {

void add_simulate(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "simulate", "Writes a realistic, reproducible store history as events (JSONL)");
  const auto options = std::make_shared<simulate::SimulateOptions>();
  simulate::SimulationSettings& settings = options->settings;
  command->add_option("--seed", settings.seed, "Equal seeds give equal bytes");
  command->add_option("--products", settings.products, "20 to 1,000,000");
  command->add_option("--shoppers", settings.shoppers, "20 to 10,000,000");
  command->add_option("--days", settings.days, "1 to 3650");
  command->add_option("--currency", settings.currency, "ISO 4217");
  command->add_option("-o,--output", options->output,
                      "A file (.gz compresses); the ground truth goes beside it. Without: standard "
                      "output");
  command->add_flag("-q,--quiet", options->quiet, "Nothing on standard error");
  command->callback([options, &exit_code] {
    if (const Status status = simulate::check(options->settings); !status.ok()) {
      fail("simulate", status);
      exit_code = kBadUsage;
      return;
    }
    exit_code = simulate::simulate_command(*options);
  });
}

}  // namespace souk::cli
