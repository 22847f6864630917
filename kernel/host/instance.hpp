// Instance: one life of one plugin for one store (or account): from create() to destroy(). It is
// the bus's subscriber and call target, and the souk_host that the plugin calls back.
//
// The supervisor drives it; when the plugin fails or is restarted, another Instance takes its
// place. Held by shared_ptr: a control function that hangs keeps it, and it is then never
// destroyed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <souk/abi.h>
#include <souk/ext/outbox.h>
#include <souk/ext/settings.h>
#include <souk/ext/snapshot.h>
#include <souk/ext/timers.h>

#include "kernel/bus/cursor.hpp"
#include "kernel/bus/endpoint.hpp"
#include "kernel/config/config.hpp"
#include "kernel/host/core.hpp"
#include "kernel/host/jobs.hpp"
#include "kernel/host/library.hpp"
#include "kernel/host/plugin_call.hpp"
#include "kernel/host/plugin_log.hpp"
#include "kernel/host/plugin_metrics.hpp"

namespace souk::host {

class Instance final : public bus::Subscriber,
                       public bus::CallTarget,
                       public std::enable_shared_from_this<Instance> {
 public:
  Instance(HostCore& core, storage::InstanceKey key, std::shared_ptr<const Library> library);
  ~Instance() override;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // ---- lifecycle [control], in this order ------------------------------------------------------
  /// Calls create() and checks what it returned.
  Status create();
  /// Calls init(), then account() for each account's settings.
  Status init(const config::PluginSettings& settings);
  /// Makes the cursor. Before restore and start, which may already call the host.
  void attach(bus::CursorSettings settings);
  /// Timers and the plugin's state from a snapshot's bytes.
  Status restore(std::string_view bytes);
  Status start();
  /// Lets events flow and, when `serve_now`, calls. `caught_up` is called on an event thread when
  /// the position reaches `target`.
  void go_live(std::uint64_t target, bool serve_now, std::function<void()> caught_up);
  /// Ends calls, jobs and events; afterwards no thread is in the plugin. Otherwise says what hangs.
  Status quiesce(std::int64_t timeout_us);
  Status stop();
  void destroy();

  // ---- while it lives --------------------------------------------------------------------------
  /// True when the plugin can save its state.
  [[nodiscard]] bool can_snapshot() const noexcept { return snapshot_ != nullptr; }
  [[nodiscard]] std::uint32_t snapshot_format() const noexcept;
  /// Writes a snapshot at the present position. `done` hears once it is stored, or why not.
  void snapshot(std::function<void(Status)> done);
  [[nodiscard]] bool can_reload() const noexcept { return settings_ext_ != nullptr; }
  /// Takes new settings in the event context. `done` hears the plugin's answer.
  void reload(const config::PluginSettings& before, const config::PluginSettings& now,
              std::function<void(Status)> done);
  void set_accounts_off(std::set<std::string, std::less<>> accounts);
  /// Performs an effect of the outbox.
  Status perform(const storage::OutboxRow& row, std::uint32_t attempt);
  /// The plugin's own report; empty when it has none or does not serve.
  [[nodiscard]] std::string health();

  [[nodiscard]] const storage::InstanceKey& key() const noexcept { return key_; }
  [[nodiscard]] const Library& library() const noexcept { return *library_; }
  [[nodiscard]] bus::Endpoint& endpoint() noexcept { return *endpoint_; }
  [[nodiscard]] const std::shared_ptr<bus::Cursor>& cursor() const noexcept { return cursor_; }
  [[nodiscard]] Jobs& jobs() noexcept { return *jobs_; }
  /// Where the newest snapshot stands that this life restored or wrote; 0 without one.
  [[nodiscard]] std::uint64_t snapshot_sequence() const noexcept { return snapshot_sequence_; }
  [[nodiscard]] std::int64_t snapshot_us() const noexcept { return snapshot_us_; }
  void restored_from(const storage::SnapshotInfo& info) noexcept {
    snapshot_sequence_ = info.sequence;
    snapshot_us_ = info.created_us;
  }
  /// What calls hear while the instance does not serve.
  void set_unavailable(std::function<std::string()> reason);

  // ---- bus
  // ---------------------------------------------------------------------------------------
  Status deliver(std::span<const souk_event* const> events, std::uint32_t& done) override;
  Status fire(const bus::Timer& timer, const souk_event& now) override;
  void caught_up() override;
  void call(const souk_call* call) override;
  std::string unavailable_reason() override;

  // ---- what the plugin calls (host_table.cpp) --------------------------------------------------
  const void* extension(std::string_view id);
  void write_log(souk_log_level level, std::string_view text);
  std::int64_t now_us();
  void set_error(std::string_view text);
  PluginMetrics& metrics() noexcept { return metrics_; }
  Status publish(const souk_publication& publication);
  void ask(std::string_view method, souk_bytes request, std::string_view account_id,
           std::int64_t timeout_us, souk_on_reply on_reply, void* user);
  Status set_timer(std::string_view key, std::int64_t due_us, std::string_view payload);
  Status cancel_timer(std::string_view key);
  Status enqueue(std::string_view key, std::int64_t not_before_us, std::string_view payload);
  void effect_done(std::uint64_t id, souk_status status, std::string_view error);
  /// Publishes together with the end of an effect.
  Status publish_with(std::uint64_t effect, const souk_publication& publication);
  Status entity(std::string_view kind, std::string_view id, std::string& bytes);

 private:
  /// The fold of this instance that runs on this thread, or nullptr.
  const bus::FoldContext* own_fold() const noexcept;
  Caller me() const noexcept;
  /// The status of a plugin's function, with the text that it left.
  Status outcome(souk_status status, const char* function);
  template <class Extension>
  const Extension* plugin_extension(const char* id) const;
  Status check_plugin() const;
  void save(const std::function<void(Status)>& finish);
  Status take_settings(const config::PluginSettings& before, const config::PluginSettings& now);
  Status check_publication(const souk_publication& publication) const;
  /// As check_publication; a refusal is counted and said.
  Status accept(const souk_publication& publication);
  bus::Publication publication_of(const souk_publication& given) const;
  /// Waits until every question that the plugin has asked is answered.
  bool replies_came(std::int64_t timeout_us) const;
  void answered(souk_on_reply on_reply, void* user, Code code, std::string_view reply,
                std::string_view error);
  void say_refused(std::string_view type, const Status& reason);
  std::int64_t wall_clock();

  HostCore& core_;
  const storage::InstanceKey key_;
  const std::shared_ptr<const Library> library_;
  const std::string label_;  // "demo/recommendations"
  /// What the manifest lists under publishes; the table is nullptr where no descriptors are known.
  const std::map<std::string, const schema::MessageTable*, std::less<>> publishes_;
  souk_host host_table_{};
  const souk_plugin* plugin_ = nullptr;
  const souk_snapshot_v1* snapshot_ = nullptr;
  const souk_settings_v1* settings_ext_ = nullptr;
  const souk_timer_handler_v1* timer_handler_ = nullptr;
  const souk_outbox_handler_v1* outbox_handler_ = nullptr;

  PluginLog log_;
  PluginMetrics metrics_;
  std::unique_ptr<bus::Endpoint> endpoint_;
  std::shared_ptr<Jobs> jobs_;
  std::shared_ptr<bus::Cursor> cursor_;
  std::function<void()> on_caught_up_;
  std::atomic<bool> live_{false};
  std::atomic<int> asking_{0};  // questions of the plugin that are not answered yet
  std::atomic<bool> snapshotting_{false};
  std::atomic<bool> warned_done_{false};
  std::atomic<std::uint64_t> snapshot_sequence_{0};
  std::atomic<std::int64_t> snapshot_us_{0};
  std::atomic<std::int64_t> last_now_us_{0};
  base::Counter refused_publications_;
  std::atomic<std::int64_t> refusal_said_us_{0};  // monotonic
  std::atomic<bool> uses_timers_{false};          // asked for before the cursor was there
  std::atomic<bool> uses_outbox_{false};
  std::mutex mutex_;
  std::function<std::string()> unavailable_;
};

}  // namespace souk::host
