// Gateway: the daemon's HTTP front: keys, limits, routes from descriptors, JSON and Protobuf,
// ingest, tracking, entities, admin, health, metrics. README.md tells how its parts fit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "kernel/base/clock.hpp"
#include "kernel/base/metrics.hpp"
#include "kernel/base/status.hpp"
#include "kernel/config/config.hpp"
#include "kernel/host/host.hpp"
#include "kernel/log/event_log.hpp"
#include "kernel/storage/database.hpp"

namespace souk::gateway {

/// What the gateway works on. All of it must outlive the gateway.
struct GatewayParts {
  host::Host& host;
  log::EventLog& log;
  storage::Database& database;
  const base::Clock& clock;
  base::Metrics& metrics;
};

struct GatewayOptions {
  std::string version;  ///< of the daemon, for stats and OpenAPI
  /// Re-reads the YAML file and applies it (what SIGHUP does), for `:reload`. Called on a thread of
  /// the gateway's pool; may call Gateway::apply. Empty: reload answers UNSUPPORTED.
  std::function<Status()> reload_config;
};

/// Thread-safe.
class Gateway {
 public:
  /// Binds and serves. The stores must have been added to the log and applied to the host.
  /// UNAVAILABLE when the address can't be bound; FAILED_PRECONDITION when the TLS files do not
  /// load.
  static Result<std::unique_ptr<Gateway>> open(const config::ServerSettings& settings,
                                               const std::vector<config::StoreSettings>& stores,
                                               const GatewayParts& parts,
                                               const GatewayOptions& options = {});
  virtual ~Gateway() = default;

  /// Keys, limits, origins and routes of a reloaded file, for requests from now on. The address,
  /// threads and time-outs stay as they were opened.
  virtual void apply(const std::vector<config::StoreSettings>& stores) = 0;

  /// The port it listens on.
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;

  /// Takes no new connections, finishes what has begun, for at most the settings' drain_timeout_ms.
  /// True when everybody was served. The host and the log must still work.
  virtual bool drain() = 0;
  /// Cuts what is left and stops the threads. Idempotent.
  virtual void close() = 0;
};

}  // namespace souk::gateway
