#include <cstdio>
#include <memory>

#include "kernel/base/logging.hpp"
#include "tools/souk/command.hpp"
#include "tools/souk/doctor/email_doctor.hpp"

namespace souk::cli {
namespace {

struct DoctorOptions {
  std::string config;
  std::string store;
  DoctorTask task;
};

const char* word_of(Verdict verdict) {
  return verdict == Verdict::good ? "ok" : verdict == Verdict::doubtful ? "hm" : "fix";
}

/// True when nothing must be mended.
bool print_findings(const Findings& findings) {
  int broken_ones = 0;
  for (const Finding& one : findings) {
    std::printf("%-4s%-11s%s\n", word_of(one.verdict), one.part.c_str(), one.text.c_str());
    if (!one.fix.empty()) std::printf("               → %s\n", one.fix.c_str());
    broken_ones += one.verdict == Verdict::broken ? 1 : 0;
  }
  if (broken_ones > 0)
    std::printf("%d thing%s to mend\n", broken_ones, broken_ones == 1 ? "" : "s");
  return broken_ones == 0;
}

int examine(const DoctorOptions& options) {
  base::configure_logging(base::LogLevel::off, base::LogFormat::text);
  const auto config = load_config(options.config);
  if (!config) return kFailed;
  bool sound = true;
  bool seen = false;
  for (const config::StoreSettings& store : config->stores) {
    if (!options.store.empty() && store.id != options.store) continue;
    for (const config::PluginSettings& plugin : store.plugins) {
      if (plugin.id != "email" || !plugin.account_id.empty()) continue;
      seen = true;
      std::printf("store %s\n", store.id.c_str());
      const auto findings = examine_email(plugin, options.task);
      if (!findings.ok()) return fail("doctor email", findings.status());
      sound = print_findings(*findings) && sound;
    }
  }
  if (!seen) return fail("doctor email", "no store of this file has the plugin email");
  return sound ? kDone : kFailed;
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
  CLI::App* doctor = app.add_subcommand("doctor", "Looks for what keeps things from working");
  doctor->require_subcommand(1);
  CLI::App* command = doctor->add_subcommand(
      "email", "Will messages arrive? Exit code 1: something must be mended");
  const auto options = std::make_shared<DoctorOptions>();
  add_config_option(*command, options->config);
  command->add_option("--store", options->store, "Only this store");
  command->add_option("--dns", options->task.dns, "The DNS server to ask, ADDRESS:PORT");
  command->add_option("--timeout-ms", options->task.timeout_ms, "For each connection")
      ->check(CLI::Range(100, 600'000));
  command->callback([options, &exit_code] { exit_code = examine(*options); });
}

}  // namespace souk::cli
