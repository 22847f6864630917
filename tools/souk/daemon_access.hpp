// Reaching the daemon of a YAML file: the one that runs, or one of our own for as long as we work.
#pragma once

#include <memory>
#include <string>

#include "kernel/base/status.hpp"
#include "kernel/config/config.hpp"
#include "kernel/daemon/daemon.hpp"

namespace souk::cli {

/// Where the daemon listens, as this machine reaches it; empty when the file says "any free port".
[[nodiscard]] std::string address_of(const config::ServerSettings& server);
/// True when a Souk daemon answers there.
[[nodiscard]] bool is_running(const std::string& address);

/// A daemon to talk to, and the key to do it with.
struct DaemonAccess {
  std::string address;
  std::string key;
  /// Set when no daemon ran: this process holds the database until it is closed.
  std::unique_ptr<daemon::Daemon> own;
};

/// Uses the daemon that runs, for which `key` is needed; PERMISSION_DENIED says which scopes it
/// must have (`scopes`). When none runs, opens one on a free port of the loopback, without plugins,
/// with a key that nobody else knows.
Result<DaemonAccess> reach_daemon(const config::Config& config, const std::string& store_id,
                                  const std::string& key, const std::string& scopes);

}  // namespace souk::cli
