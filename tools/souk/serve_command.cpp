#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "kernel/base/logging.hpp"
#include "kernel/daemon/daemon.hpp"
#include "tools/souk/command.hpp"

namespace souk::cli {
namespace {

base::LogLevel level_of(const std::string& name) {
  if (name == "debug") return base::LogLevel::debug;
  if (name == "warning") return base::LogLevel::warning;
  if (name == "error") return base::LogLevel::error;
  return base::LogLevel::info;
}

/// A second signal to end: at once. What was acknowledged is durable anyhow.
void end_at_once(int /*signal*/) { _exit(kFailed); }

/// Signals are taken by one thread, in order; every other thread inherits the mask.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP})
    sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void let_second_signal_end(const sigset_t& signals) {
  std::signal(SIGTERM, end_at_once);
  std::signal(SIGINT, end_at_once);
  std::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

int serve(const std::string& file) {
  // glibc gives each thread an arena of its own and never returns it: a daemon with many threads
  // would keep many half-empty ones.
  mallopt(M_ARENA_MAX, 4);
  auto config = load_config(file);
  if (!config) return kFailed;
  base::configure_logging(level_of(config->logging.level), config->logging.format == "json"
                                                               ? base::LogFormat::json
                                                               : base::LogFormat::text);
  const sigset_t signals = block_signals();
  daemon::DaemonOptions options;
  options.version = version();
  options.default_plugin_path = default_plugin_path();
  auto opened = daemon::Daemon::open(std::move(*config), options);
  if (!opened) return fail("serve", opened.status());
  const std::unique_ptr<daemon::Daemon> daemon = std::move(*opened);
  malloc_trim(0);
  std::printf("listening on %s\n", daemon->address().c_str());
  std::fflush(stdout);
  for (int signal = 0;;) {
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    base::log_info("daemon", "reading the file again");
    // What is wrong has been logged; the daemon goes on with what it had.
    static_cast<void>(daemon->reload().ok());
  }
  base::log_info("daemon", "ending: finishing requests, writing snapshots");
  let_second_signal_end(signals);
  daemon->close();
  base::log_info("daemon", "ended");
  return kDone;
}

}  // namespace

void add_serve(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "serve", "The daemon. SIGTERM drains and exits 0; SIGHUP re-reads the file");
  const auto file = std::make_shared<std::string>();
  add_config_option(*command, *file);
  command->callback([file, &exit_code] { exit_code = serve(*file); });
}

}  // namespace souk::cli
