// Daemon: the composition root. Opens database, log, host and gateway from a config, in that order,
// and closes them in the reverse one.
//
// Nothing else in the kernel knows more than one room at a time; here they meet. One Daemon is one
// process's worth of work, but an importer may run one inside itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/base/clock.hpp"
#include "kernel/base/status.hpp"
#include "kernel/config/config.hpp"

namespace souk::daemon {

struct DaemonOptions {
  std::string version;  ///< for statistics and OpenAPI
  /// Where plugins are looked for when a reloaded file names no folder.
  std::vector<std::string> default_plugin_path;
  /// Must outlive the daemon; nullptr: the machine's.
  const base::Clock* clock = nullptr;
  std::int64_t retention_interval_ms = 60'000;
  std::int64_t compaction_interval_ms = 1'000;
};

/// Thread-safe; close() by one thread.
class Daemon {
 public:
  /// Serves when it returns. The error names what could not be opened: the database (away, held by
  /// another daemon, newer than this build), the log (a row that does not verify), the address.
  static Result<std::unique_ptr<Daemon>> open(config::Config config, const DaemonOptions& options);
  /// Closes.
  virtual ~Daemon() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// "http://127.0.0.1:8080", with the port that was bound.
  [[nodiscard]] virtual std::string address() const = 0;

  /// Reads the file again. With a fault in it nothing changes, and INVALID_ARGUMENT carries the
  /// first (all are logged); else stores, keys, plugins and retention follow the file. What needs a
  /// restart is named in a warning and stays.
  virtual Status reload() = 0;

  /// Drains: the gateway takes nothing new and finishes what it has, plugins are snapshotted and
  /// stopped, the log commits what waits, the database is closed. Idempotent.
  virtual void close() = 0;
};

/// The names of settings ("server.listen") that differ and take effect only after a restart.
[[nodiscard]] std::vector<std::string> needs_restart(const config::Config& running,
                                                     const config::Config& wanted);

}  // namespace souk::daemon
