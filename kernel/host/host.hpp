// Host: runs the plugins of every store. What the gateway and the daemon see of it.
//
// Thread-safe unless a function says otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/clock.hpp"
#include "kernel/base/metrics.hpp"
#include "kernel/base/status.hpp"
#include "kernel/config/config.hpp"
#include "kernel/log/event_log.hpp"
#include "kernel/log/traces.hpp"
#include "kernel/storage/database.hpp"

namespace souk::host {

struct HostSettings {
  unsigned event_threads = 0;  ///< 0: as many as cores
  unsigned job_threads = 2;    ///< low priority
  std::size_t deliver_batch_events = 512;
  std::int64_t snapshot_interval_ms = 5 * 60'000;
  std::uint64_t snapshot_every_events = 2'000'000;
  std::size_t snapshots_kept = 3;
  std::int64_t call_timeout_ms = 1'000;  ///< default deadline of a call
  std::size_t max_open_calls = 4'096;    ///< per instance; beyond: RESOURCE_EXHAUSTED
  /// Threads that may be in an instance's call() at a time; beyond: UNAVAILABLE. So one plugin that
  /// hangs costs that many threads at most. 0: twice as many as cores, at least 32.
  unsigned max_threads_in_calls = 0;
  std::int64_t slow_handler_ms = 100;  ///< a batch or call that takes longer is counted
  /// After so long in one job, its thread no longer counts: another takes the jobs that wait.
  std::int64_t long_job_ms = 30'000;
  std::int64_t stop_timeout_ms = 10'000;
  std::int64_t start_timeout_ms = 30'000;  ///< of init, restore and start each
  std::int64_t not_responding_ms =
      10'000;  ///< a handler that runs longer is shown as not responding
  /// File in which a crash inside a plugin leaves the plugin's name (crash_record.hpp). Empty: a
  /// plugin is blamed for every death of the daemon while it was starting, even if it was killed
  /// from outside.
  std::string crash_record;
  unsigned crashes_until_quarantine = 3;
};

enum class InstanceState {
  verified,
  loaded,
  created,
  initialised,
  replaying,
  running,
  draining,
  stopped,
  disabled,
  failed_retry,
  failed_settings,
  failed_stop,
  quarantined
};
[[nodiscard]] std::string_view state_name(InstanceState state) noexcept;

struct JobStatus {
  std::string name;
  double progress = 0;
  std::int64_t started_us = 0;  ///< 0: waits for a thread
};

/// One instance as operators see it.
struct InstanceStatus {
  storage::InstanceKey key;
  std::string version;
  std::string library;
  std::string description;
  InstanceState state = InstanceState::verified;
  std::string reason;          ///< of a failure
  std::uint64_t position = 0;  ///< last sequence folded
  std::uint64_t lag = 0;       ///< events of the log not folded yet
  std::int64_t lag_us = 0;     ///< age of the oldest event not folded yet
  double replay_progress = 1;  ///< 0 to 1
  std::uint64_t events_handled = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t calls = 0;
  std::uint64_t failed_calls = 0;
  std::uint64_t timers = 0;
  std::uint64_t snapshot_sequence = 0;  ///< where the newest snapshot stands; 0 without one
  std::int64_t snapshot_us = 0;         ///< when it was made
  std::string abi;                      ///< "1.0"
  std::vector<JobStatus> jobs;
  std::string health;  ///< wire bytes of souk.v1.PluginHealth; may be empty
};

/// A service that some instance of a store serves, for routing and OpenAPI.
struct ServedService {
  std::string store_id;
  std::string account_id;  ///< of an account-only module
  config::PluginInfoPtr plugin;
  std::string service;  ///< full name, "souk.v1.Recommendations"
};

/// A question. The views must stay valid until `done` has been called.
struct CallRequest {
  std::string_view store_id;
  std::string_view account_id;  ///< may be empty
  std::string_view method;      ///< "souk.v1.Recommendations/Recommend"
  std::string_view request;     ///< wire bytes of the input message
  std::string_view request_id;
  std::int64_t timeout_us = 0;  ///< 0: the host's default
};

/// Hears the answer exactly once, on any thread, possibly before call() returns. `reply` is
/// borrowed until it returns.
using CallDone = std::function<void(Code code, std::string_view reply, std::string_view error)>;

class Host {
 public:
  static Result<std::unique_ptr<Host>> open(const HostSettings& settings, log::EventLog& log,
                                            storage::Database& database, const base::Clock& clock,
                                            base::Metrics& metrics);
  virtual ~Host() = default;

  /// Makes what runs equal to `stores`: starts, stops, and reloads the difference. A plugin that
  /// fails does not stop the others: its instance says so in instances(). Control thread only.
  virtual void apply(const std::vector<config::StoreSettings>& stores) = 0;

  /// Asks the instance that serves `method` for this store or account. Errors: UNAVAILABLE when
  /// none does (or it is off for the account, replaying its first time, failed),
  /// RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED, or the plugin's own.
  virtual void call(const CallRequest& request, CallDone done) = 0;

  [[nodiscard]] virtual std::vector<InstanceStatus> instances(std::string_view store_id = {}) = 0;
  [[nodiscard]] virtual std::vector<ServedService> services() = 0;
  /// Grows whenever services() may have changed: a cheap check for cached routes.
  [[nodiscard]] virtual std::uint64_t services_version() const noexcept = 0;

  /// An operator's wish beside the YAML, kept over restarts. NOT_FOUND names what there is.
  virtual Status enable(std::string_view store_id, std::string_view plugin) = 0;
  virtual Status disable(std::string_view store_id, std::string_view plugin) = 0;
  /// Destroys the instance and builds it anew from snapshot and log.
  virtual Status restart(std::string_view store_id, std::string_view plugin) = 0;
  /// Offers a dead letter to its instance again; it is removed when that succeeds.
  virtual Status replay_dead_letter(std::uint64_t id) = 0;

  /// Deletes the effects that wait and the dead letters of the store that speak of a person, and
  /// those of events about them. To be called once everything about them has been folded.
  virtual Status forget_person(std::string_view store_id, const log::PersonTraces& traces) = 0;

  /// The smallest sequence that some enabled instance of the store still needs from the log: what
  /// its newest snapshot does not cover. Retention keeps everything from there on.
  [[nodiscard]] virtual std::uint64_t needed_from(std::string_view store_id) = 0;
  /// Writes snapshots of every instance of the store now (empty: of all stores), and waits for
  /// them.
  virtual Status snapshot_now(std::string_view store_id = {}) = 0;
  /// Waits until every running instance has folded everything up to `sequence`, or the time is
  /// over.
  virtual bool wait_folded(std::string_view store_id, std::uint64_t sequence,
                           std::int64_t timeout_ms) = 0;

  /// Drains: no new calls, open ones finish, snapshots are written, plugins stop. Idempotent.
  virtual void close() = 0;
};

}  // namespace souk::host
