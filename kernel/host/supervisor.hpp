// Supervisor: keeps one plugin of one store (or account) as the operator wants it, over as many
// lives (Instance) as that takes.
//
// Everything that starts, stops or changes an instance runs on its strand: one operation after
// another, on the control threads. A function of the plugin that does not return within its time is
// left behind with its thread and its Instance; the strand goes on without them.
//
//   start:  verified → loaded → created → initialised → (restore) → (start) → replaying → running
//   stop:   draining → (snapshot) → stopped
//   failed_retry      loading, create, restore or start failed: again with back-off, 1 s to 5 min
//   failed_settings   init refused its settings: until they change
//   failed_stop       a function hangs: until an operator restarts it
//   quarantined       several starts of the daemon in a row died in it: until an operator enables
//   it
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/host/core.hpp"
#include "kernel/host/instance.hpp"

namespace souk::host {

/// Thread-safe. Held by shared_ptr: queued operations keep it.
class Supervisor : public std::enable_shared_from_this<Supervisor> {
 public:
  Supervisor(HostCore& core, std::string store_id, config::PluginSettings settings);

  // ---- operations: queued; wait() for their end ------------------------------------------------
  void start();
  /// Stops with a snapshot; the instance is then in `end` (stopped or disabled).
  void stop(InstanceState end);
  /// Takes other settings: in place when the plugin can, else by a new life.
  void reconfigure(config::PluginSettings settings);
  /// A new life from snapshot and log. Forgets quarantine and back-off.
  void restart();
  /// Ends without snapshot and without writing anything, as a crash would.
  void abandon();
  /// Waits until no operation is queued or running.
  bool wait(std::int64_t timeout_ms);

  // ---- any thread
  // --------------------------------------------------------------------------------
  /// To be called about every second: back-offs, snapshots that are due.
  void poll();
  /// Writes a snapshot now.
  std::future<Status> snapshot();
  [[nodiscard]] InstanceStatus status();
  /// The plugin's own report; the last one while it does not answer in time.
  [[nodiscard]] std::string health();
  [[nodiscard]] InstanceState state() const noexcept { return state_; }
  [[nodiscard]] const storage::InstanceKey& key() const noexcept { return key_; }
  [[nodiscard]] config::PluginSettings settings() const;
  /// The life that runs now, or nullptr.
  [[nodiscard]] std::shared_ptr<Instance> instance() const;
  /// Why calls are not answered now, as a sentence.
  [[nodiscard]] std::string unavailable_sentence() const;
  /// The smallest sequence that a restart would read from the log.
  [[nodiscard]] std::uint64_t needed_from() const noexcept { return needed_from_; }
  /// What could not be ended and must not be freed; taken when the host closes.
  [[nodiscard]] std::vector<std::shared_ptr<Instance>> left_behind() const;

 private:
  struct Beginning {  // what a start knows of the instance's past
    std::uint64_t effects_cursor = 0;
    std::uint64_t outbox_waiting = 0;
    std::set<std::uint64_t> dead;
    std::vector<storage::SnapshotInfo> snapshots;
  };

  void post(std::function<void()> operation);
  void run_operations();
  /// Runs a function of the plugin on a thread of its own for at most `timeout_ms`; nullopt when it
  /// is not back by then.
  std::optional<Status> within(std::int64_t timeout_ms, const std::shared_ptr<Instance>& instance,
                               std::function<Status(Instance*)> function);

  // supervisor_start.cpp, on the strand
  void bring_up();
  bool may_start();
  /// It is not to blame for what happened before.
  void absolve();
  Result<Beginning> read_past();
  Status begin_history(std::uint64_t position);
  Result<std::shared_ptr<const Library>> load();
  /// A life restored from this snapshot (nullptr: fresh). What went wrong is in state and reason;
  /// nullptr with state `verified`: try the next snapshot.
  std::shared_ptr<Instance> make_life(const std::shared_ptr<const Library>& library,
                                      const Beginning& past, const storage::SnapshotInfo* snapshot);
  bool restore(const std::shared_ptr<Instance>& life, const storage::SnapshotInfo& snapshot);
  void go_live(const std::shared_ptr<Instance>& life, bool restored);
  void caught_up(const std::shared_ptr<Instance>& life);

  void take_down(InstanceState end, bool keep_state);
  void take_snapshot(const std::shared_ptr<Instance>& life, std::function<void(Status)> done);
  void last_snapshot(const std::shared_ptr<Instance>& life);
  void take_settings(config::PluginSettings settings);
  void apply_accounts_off();
  void fail(InstanceState state, std::string reason);
  void leave_behind(const std::shared_ptr<Instance>& life, const std::string& reason);
  void set_state(InstanceState state, std::string reason = {});

  HostCore& core_;
  const storage::InstanceKey key_;
  const std::string label_;

  std::atomic<InstanceState> state_{InstanceState::verified};
  std::atomic<std::uint64_t> needed_from_{1};
  std::atomic<std::uint64_t> replay_from_{0};
  std::atomic<std::uint64_t> replay_target_{0};
  std::atomic<std::int64_t> last_snapshot_mono_us_{0};
  std::atomic<std::uint64_t> last_snapshot_position_{0};
  std::atomic<std::int64_t> retry_at_us_{0};  // monotonic
  std::atomic<bool> warned_hanging_{false};
  unsigned failures_ = 0;         // strand
  bool marked_starting_ = false;  // strand: counted, or proved good later
  bool crash_counted_ = false;    // strand
  std::atomic<std::int64_t> live_since_us_{0};
  std::atomic<bool> proven_{false};

  mutable std::mutex mutex_;
  config::PluginSettings settings_;
  std::shared_ptr<Instance> instance_;
  std::vector<std::shared_ptr<Instance>> left_behind_;
  std::string reason_;
  std::string health_;
  bool asking_health_ = false;
  std::deque<std::function<void()>> operations_;
  bool running_operations_ = false;
  std::condition_variable idle_;
};

}  // namespace souk::host
