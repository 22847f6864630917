#include "kernel/daemon/daemon.hpp"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "kernel/base/ids.hpp"
#include "kernel/base/logging.hpp"
#include "kernel/base/metrics.hpp"
#include "kernel/config/database_url.hpp"
#include "kernel/daemon/compaction.hpp"
#include "kernel/daemon/retention.hpp"
#include "kernel/gateway/gateway.hpp"
#include "kernel/host/host.hpp"
#include "kernel/host/settings_check.hpp"
#include "kernel/log/event_log.hpp"
#include "kernel/storage/database.hpp"

namespace souk::daemon {
namespace {

/// Where a crash inside a plugin leaves the plugin's name: beside an SQLite file, else with the
/// machine's temporary files, under a name that follows from the database's.
std::string crash_record(const config::Config& config) {
  auto url = config::parse_database_url(config.storage.url);
  if (url && url->engine == config::Engine::sqlite) return url->path + ".crash";
  return (std::filesystem::temp_directory_path() /
          ("souk-" + base::sha256_hex(config.storage.url).substr(0, 16) + ".crash"))
      .string();
}

host::HostSettings host_settings(const config::Config& config) {
  host::HostSettings settings;
  settings.crash_record = crash_record(config);
  // All the threads of the gateway may be in one plugin, and some of other plugins.
  settings.max_threads_in_calls =
      2 * std::max({16U, config.server.threads, std::thread::hardware_concurrency()});
  return settings;
}

storage::DatabaseSettings database_settings(const config::Config& config) {
  storage::DatabaseSettings settings;
  settings.url = config.storage.url;
  settings.connections = config.storage.connections;
  return settings;
}

log::EventLogSettings log_settings(const config::Config& config) {
  log::EventLogSettings settings;
  settings.dedupe_window_us = config.log.dedupe_window_ms * 1'000;
  settings.compaction.min_age_us = config.log.compact_after_ms * 1'000;
  return settings;
}

log::Retention retention(const config::Config& config) {
  return {config.log.retention_max_age_ms * 1'000, config.log.retention_max_bytes};
}

std::vector<std::string> store_ids(const config::Config& config) {
  std::vector<std::string> ids;
  for (const config::StoreSettings& store : config.stores)
    ids.push_back(store.id);
  return ids;
}

class Rooms final : public Daemon {
 public:
  Rooms(config::Config config, const DaemonOptions& options)
      : config_(std::move(config)),
        options_(options),
        clock_(options.clock != nullptr ? *options.clock : base::system_clock()) {}
  ~Rooms() override { close(); }

  Status start() {
    auto database = storage::Database::open(database_settings(config_));
    if (!database) return database.status();
    database_ = std::move(*database);
    auto log = log::EventLog::open(*database_, log_settings(config_), clock_, metrics_);
    if (!log) return log.status();
    log_ = std::move(*log);
    if (Status status = add_stores(config_); !status.ok()) return status;
    auto host = host::Host::open(host_settings(config_), *log_, *database_, clock_, metrics_);
    if (!host) return host.status();
    host_ = std::move(*host);
    host_->apply(config_.stores);
    const gateway::GatewayParts parts{*host_, *log_, *database_, clock_, metrics_};
    auto gateway = gateway::Gateway::open(config_.server, config_.stores, parts,
                                          {options_.version, [this] { return reload(); }});
    if (!gateway) return gateway.status();
    gateway_ = std::move(*gateway);
    port_ = gateway_->port();
    retention_ = std::make_unique<RetentionKeeper>(*log_, *host_, options_.retention_interval_ms);
    retention_->set(retention(config_), store_ids(config_));
    compaction_ = std::make_unique<CompactionKeeper>(*log_, options_.compaction_interval_ms);
    compaction_->set(store_ids(config_));
    return {};
  }

  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }

  [[nodiscard]] std::string address() const override {
    const config::ServerSettings& server = config_.server;
    const bool is_ipv6 = server.host.find(':') != std::string::npos;
    return (server.tls ? "https://" : "http://") +
           (is_ipv6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(port_);
  }

  Status reload() override {
    const std::lock_guard lock(mutex_);
    if (closed_) return {Code::unavailable, "the daemon is closing"};
    const config::SettingsCheck check = [this](const std::string& store,
                                               const config::PluginSettings& plugin) {
      return ask_plugin(store, plugin);
    };
    config::LoadOutcome outcome =
        config::load(config_.file, options_.default_plugin_path, nullptr, check);
    for (const config::Fault& warning : outcome.warnings) {
      base::log_warning("daemon", "configuration", {{"warning", warning.text()}});
    }
    if (!outcome.config) return refuse(outcome.faults);
    config::Config& wanted = *outcome.config;
    for (const std::string& name : needs_restart(config_, wanted)) {
      base::log_warning("daemon", "a changed setting takes effect after a restart only",
                        {{"setting", name}});
    }
    if (Status status = add_stores(wanted); !status.ok()) {
      base::log_error("daemon", "the file was not applied", {{"reason", status.message()}});
      return status;
    }
    host_->apply(wanted.stores);
    gateway_->apply(wanted.stores);
    retention_->set(retention(wanted), store_ids(wanted));
    compaction_->set(store_ids(wanted));
    config_.stores = std::move(wanted.stores);
    config_.catalog = std::move(wanted.catalog);
    config_.log.retention_max_age_ms = wanted.log.retention_max_age_ms;
    config_.log.retention_max_bytes = wanted.log.retention_max_bytes;
    base::log_info("daemon", "the file was applied", {{"file", config_.file}});
    return {};
  }

  void close() override {
    {
      // Waits for a reload that runs; later ones are refused.
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      closed_ = true;
    }
    if (gateway_ && !gateway_->drain()) {
      base::log_warning("daemon", "some requests were cut off when their time was over");
    }
    if (retention_) retention_->stop();
    if (compaction_) compaction_->stop();
    // The gateway's threads end before the host's: no request may meet a host that is gone.
    if (gateway_) gateway_->close();
    if (host_) host_->close();
    if (log_) log_->close();
    gateway_.reset();
    retention_.reset();
    compaction_.reset();
    host_.reset();
    log_.reset();
    database_.reset();
  }

 private:
  /// What a plugin refuses of settings that the file changes. Those that it runs with are not asked
  /// about again; of a library that cannot be loaded the host will say so.
  std::vector<config::SettingsFault> ask_plugin(const std::string& store,
                                                const config::PluginSettings& plugin) const {
    for (const config::StoreSettings& known : config_.stores) {
      if (known.id != store) continue;
      for (const config::PluginSettings& running : known.plugins) {
        const bool same = running.id == plugin.id && running.account_id == plugin.account_id &&
                          running.library->sha256 == plugin.library->sha256 &&
                          running.settings == plugin.settings &&
                          running.account_settings == plugin.account_settings;
        if (same) return {};
      }
    }
    const auto library = host::Library::load(plugin.library);
    if (!library) return {};
    return host::check_settings(*library, plugin);
  }

  Status add_stores(const config::Config& config) {
    for (const config::StoreSettings& store : config.stores) {
      if (Status status = log_->add_store(store.id); !status.ok()) return status;
    }
    return {};
  }

  static Status refuse(const std::vector<config::Fault>& faults) {
    for (const config::Fault& fault : faults) {
      base::log_error("daemon", "configuration", {{"fault", fault.text()}});
    }
    base::log_error("daemon", "the file was not applied; what ran before goes on",
                    {{"faults", static_cast<std::uint64_t>(faults.size())}});
    return {Code::invalid_argument, faults.empty() ? "the file can not be read" : faults[0].text()};
  }

  config::Config config_;
  const DaemonOptions options_;
  const base::Clock& clock_;
  base::Metrics metrics_;
  std::mutex mutex_;  // reload against reload and close
  bool closed_ = false;
  std::uint16_t port_ = 0;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<host::Host> host_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<RetentionKeeper> retention_;
  std::unique_ptr<CompactionKeeper> compaction_;
};

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::open(config::Config config, const DaemonOptions& options) {
  auto rooms = std::make_unique<Rooms>(std::move(config), options);
  if (Status status = rooms->start(); !status.ok()) return status;
  return std::unique_ptr<Daemon>(std::move(rooms));
}

}  // namespace souk::daemon
