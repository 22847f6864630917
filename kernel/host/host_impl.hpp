// HostImpl: the facade over supervisors, routes and the bus.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/host/core.hpp"
#include "kernel/host/host.hpp"
#include "kernel/host/supervisor.hpp"

namespace souk::host {

class HostImpl final : public Host {
 public:
  HostImpl(const HostSettings& settings, log::EventLog& log, storage::Database& database,
           const base::Clock& clock, base::Metrics& metrics);
  /// Without close() before: ends as a crash would, no snapshot and no fact written.
  ~HostImpl() override;

  void apply(const std::vector<config::StoreSettings>& stores) override;
  void call(const CallRequest& request, CallDone done) override;
  std::vector<InstanceStatus> instances(std::string_view store_id) override;
  std::vector<ServedService> services() override;
  std::uint64_t services_version() const noexcept override { return version_; }
  Status enable(std::string_view store_id, std::string_view plugin) override;
  Status disable(std::string_view store_id, std::string_view plugin) override;
  Status restart(std::string_view store_id, std::string_view plugin) override;
  Status replay_dead_letter(std::uint64_t id) override;
  Status forget_person(std::string_view store_id, const log::PersonTraces& traces) override;
  std::uint64_t needed_from(std::string_view store_id) override;
  Status snapshot_now(std::string_view store_id) override;
  bool wait_folded(std::string_view store_id, std::uint64_t sequence,
                   std::int64_t timeout_ms) override;
  void close() override;

 private:
  using Supervisors = std::vector<std::shared_ptr<Supervisor>>;

  [[nodiscard]] Supervisors all(std::string_view store_id = {}) const;
  /// Those of one plugin of one store; NOT_FOUND names what there is.
  Result<Supervisors> of_plugin(std::string_view store_id, std::string_view plugin) const;
  std::shared_ptr<Supervisor> of_instance(const storage::InstanceKey& key) const;
  std::shared_ptr<Supervisor> place(const std::string& store_id,
                                    const config::PluginSettings& settings, bool& fresh);
  /// Writes for all instances of a store that never ran what each would write for itself: that
  /// everything up to now is history for it. One wait for the disk instead of one each.
  void begin_histories(const std::map<std::string, std::set<storage::InstanceKey>>& fresh);
  void retire(const std::map<storage::InstanceKey, const config::PluginSettings*>& wanted);
  void wait_for(const Supervisors& supervisors) const;
  void rebuild_routes();
  /// As DeadlineWatch::Sweep.
  std::int64_t end_overdue_calls(std::int64_t monotonic_us);
  void poll();
  void report_lag();
  Status perform(const storage::OutboxRow& row, std::uint32_t attempt);
  Status replay_event(Instance& instance, const storage::DeadLetterRow& letter);
  Status replay_timer(Instance& instance, const storage::DeadLetterRow& letter);
  Status replay_effect(const storage::DeadLetterRow& letter);
  void end(bool keep_state);

  std::unique_ptr<HostCore> core_;
  mutable std::mutex mutex_;
  std::map<storage::InstanceKey, std::shared_ptr<Supervisor>> supervisors_;
  std::vector<std::shared_ptr<Instance>> hanging_;  // of supervisors that are gone
  std::mutex routes_mutex_;
  std::atomic<std::uint64_t> version_{1};
  bool closed_ = false;
};

}  // namespace souk::host
