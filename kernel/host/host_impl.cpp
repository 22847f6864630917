#include "kernel/host/host_impl.hpp"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "kernel/base/logging.hpp"
#include "kernel/host/crash_record.hpp"
#include "kernel/host/routes.hpp"

namespace souk::host {
namespace {

constexpr std::int64_t kPollUs = 200'000;
constexpr std::int64_t kLagUs = 1'000'000;

bus::WorkerPoolSettings pool(const char* name, unsigned threads) {
  bus::WorkerPoolSettings settings;
  settings.name = name;
  settings.threads = threads;
  return settings;
}

bus::WorkerPoolSettings job_pool(const HostSettings& settings) {
  bus::WorkerPoolSettings jobs = pool("souk-jobs", settings.job_threads);
  jobs.background = true;
  jobs.stall_us = settings.long_job_ms * 1000;
  return jobs;
}

bus::DispatcherSettings dispatcher_settings(const HostSettings& settings) {
  bus::DispatcherSettings dispatcher;
  dispatcher.event_threads = settings.event_threads;
  return dispatcher;
}

/// Cores whose plugins still run somewhere: their threads may come back at any time.
void leak(std::unique_ptr<HostCore> core, std::vector<std::shared_ptr<Instance>> instances) {
  struct Leaked {
    std::unique_ptr<HostCore> core;
    std::vector<std::shared_ptr<Instance>> instances;
  };
  static std::mutex mutex;
  static std::vector<Leaked>* const leaked = new std::vector<Leaked>;
  const std::lock_guard lock(mutex);
  leaked->push_back({std::move(core), std::move(instances)});
}

}  // namespace

HostCore::HostCore(const HostSettings& host_settings, log::EventLog& log,
                   storage::Database& database, const base::Clock& clock, base::Metrics& metrics,
                   bus::PerformEffect perform, bus::EffectEnded ended,
                   bus::DeadlineWatch::Sweep sweep)
    : settings(host_settings),
      dispatcher(dispatcher_settings(host_settings), log, database, clock, metrics),
      router(clock),
      control(pool("souk-control", 4), clock),
      lifecycle(pool("souk-lifecycle", 4), clock),
      jobs(job_pool(host_settings), clock),
      deadlines(clock, std::move(sweep)),
      outbox(dispatcher.services(), std::move(perform), std::move(ended)),
      facts(database),
      crashed(take_crash_record(host_settings.crash_record)) {}

HostImpl::HostImpl(const HostSettings& settings, log::EventLog& log, storage::Database& database,
                   const base::Clock& clock, base::Metrics& metrics) {
  core_ = std::make_unique<HostCore>(
      settings, log, database, clock, metrics,
      [this](const storage::OutboxRow& row, std::uint32_t attempt) {
        return perform(row, attempt);
      },
      [this](const storage::InstanceKey& key) {
        const auto supervisor = of_instance(key);
        const auto life = supervisor ? supervisor->instance() : nullptr;
        if (life != nullptr) life->cursor()->effects().outbox_ended();
      },
      [this](std::int64_t monotonic_us) { return end_overdue_calls(monotonic_us); });
  core_->routes_changed = [this] { rebuild_routes(); };
  core_->dispatcher.every(kPollUs, [this] { poll(); });
  core_->dispatcher.every(kLagUs, [this] { report_lag(); });
}

HostImpl::~HostImpl() { end(false); }

void HostImpl::close() { end(true); }

HostImpl::Supervisors HostImpl::all(std::string_view store_id) const {
  const std::lock_guard lock(mutex_);
  Supervisors list;
  for (const auto& [key, supervisor] : supervisors_) {
    if (store_id.empty() || key.store_id == store_id) list.push_back(supervisor);
  }
  return list;
}

std::shared_ptr<Supervisor> HostImpl::of_instance(const storage::InstanceKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = supervisors_.find(key);
  return found == supervisors_.end() ? nullptr : found->second;
}

Result<HostImpl::Supervisors> HostImpl::of_plugin(std::string_view store_id,
                                                  std::string_view plugin) const {
  Supervisors found;
  std::string names;
  for (const auto& supervisor : all(store_id)) {
    if (supervisor->key().plugin == plugin) found.push_back(supervisor);
    names += (names.empty() ? "" : ", ") + supervisor->key().plugin;
  }
  if (found.empty()) {
    return Status(Code::not_found, "the store has no plugin \"" + std::string(plugin) +
                                       "\"; it has " + (names.empty() ? "none" : names));
  }
  return found;
}

std::shared_ptr<Supervisor> HostImpl::place(const std::string& store_id,
                                            const config::PluginSettings& settings, bool& fresh) {
  const storage::InstanceKey key{store_id, settings.id, settings.account_id};
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Supervisor>& slot = supervisors_[key];
  fresh = slot == nullptr;
  if (fresh) slot = std::make_shared<Supervisor>(*core_, store_id, settings);
  return slot;
}

void HostImpl::apply(const std::vector<config::StoreSettings>& stores) {
  std::map<storage::InstanceKey, const config::PluginSettings*> wanted;
  for (const config::StoreSettings& store : stores) {
    if (const Status added = core_->services().log.add_store(store.id); !added.ok()) {
      base::log_error("host", "a store cannot be opened",
                      {{"store", store.id}, {"reason", added.message()}});
      continue;
    }
    for (const config::PluginSettings& plugin : store.plugins) {
      wanted[{store.id, plugin.id, plugin.account_id}] = &plugin;
    }
  }
  retire(wanted);
  Supervisors touched;
  Supervisors starting;
  std::map<std::string, std::set<storage::InstanceKey>> starting_keys;
  for (const auto& [key, settings] : wanted) {
    bool fresh = false;
    const auto supervisor = place(key.store_id, *settings, fresh);
    const Result<bool> enabled = core_->facts.enabled(key.store_id, key.plugin);
    if (enabled.ok() && !*enabled) {
      if (!fresh) supervisor->reconfigure(*settings);
      supervisor->stop(InstanceState::disabled);
    } else if (fresh) {
      starting.push_back(supervisor);
      starting_keys[key.store_id].insert(key);
    } else {
      supervisor->reconfigure(*settings);
    }
    touched.push_back(supervisor);
  }
  begin_histories(starting_keys);
  for (const auto& supervisor : starting)
    supervisor->start();
  wait_for(touched);
  rebuild_routes();
}

void HostImpl::begin_histories(const std::map<std::string, std::set<storage::InstanceKey>>& fresh) {
  // Where this fails, each instance tries by itself, and says what is wrong.
  for (const auto& [store_id, keys] : fresh) {
    std::set<storage::InstanceKey> unlisted;
    for (const storage::InstanceKey& key : keys) {
      const Result<bool> ran = core_->facts.was_running(key);
      if (ran.ok() && !*ran) unlisted.insert(key);
    }
    const std::uint64_t now = core_->services().log.last_sequence(store_id);
    if (unlisted.empty()) continue;
    if (now > 0) {
      auto transaction = core_->services().database.begin();
      Status status = transaction.status();
      for (const storage::InstanceKey& key : unlisted) {
        if (status.ok()) status = (*transaction)->set_effects_cursor(key, now);
      }
      if (status.ok()) status = (*transaction)->commit();
      if (!status.ok()) continue;
    }
    (void)core_->facts.add_running(store_id, unlisted);
  }
}

void HostImpl::retire(const std::map<storage::InstanceKey, const config::PluginSettings*>& wanted) {
  Supervisors gone;
  std::map<std::string, std::set<storage::InstanceKey>> kept;
  for (const auto& [key, settings] : wanted)
    kept[key.store_id].insert(key);
  for (const auto& supervisor : all()) {
    kept[supervisor->key().store_id];
    if (!wanted.contains(supervisor->key())) gone.push_back(supervisor);
  }
  for (const auto& supervisor : gone)
    supervisor->stop(InstanceState::stopped);
  wait_for(gone);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& supervisor : gone) {
      for (auto& life : supervisor->left_behind())
        hanging_.push_back(std::move(life));
      supervisors_.erase(supervisor->key());
    }
  }
  for (const auto& [store_id, keys] : kept)
    (void)core_->facts.retain_running(store_id, keys);
}

void HostImpl::wait_for(const Supervisors& supervisors) const {
  const HostSettings& settings = core_->settings;
  // Each step has its own limit; this bounds them all together.
  const std::int64_t timeout_ms = 4 * (settings.start_timeout_ms + settings.stop_timeout_ms);
  for (const auto& supervisor : supervisors)
    supervisor->wait(timeout_ms);
}

void HostImpl::rebuild_routes() {
  const std::lock_guard lock(routes_mutex_);
  core_->router.publish(make_routes(all()));
  ++version_;
}

void HostImpl::call(const CallRequest& request, CallDone done) {
  bus::RoutedQuestion question;
  question.store_id = request.store_id;
  question.account_id = request.account_id;
  question.method = request.method;
  question.request = request.request;
  question.request_id = request.request_id;
  question.timeout_us =
      request.timeout_us > 0 ? request.timeout_us : core_->settings.call_timeout_ms * 1000;
  core_->router.call(question, std::move(done));
}

std::vector<InstanceStatus> HostImpl::instances(std::string_view store_id) {
  std::vector<InstanceStatus> list;
  for (const auto& supervisor : all(store_id)) {
    list.push_back(supervisor->status());
    list.back().health = supervisor->health();
  }
  return list;
}

std::vector<ServedService> HostImpl::services() { return served_services(all()); }

Status HostImpl::enable(std::string_view store_id, std::string_view plugin) {
  Result<Supervisors> found = of_plugin(store_id, plugin);
  if (!found.ok()) return found.status();
  if (Status set = core_->facts.set_enabled(store_id, plugin, true); !set.ok()) return set;
  for (const auto& supervisor : *found) {
    if (supervisor->state() == InstanceState::quarantined) {
      supervisor->restart();
    } else {
      supervisor->start();
    }
  }
  wait_for(*found);
  rebuild_routes();
  return {};
}

Status HostImpl::disable(std::string_view store_id, std::string_view plugin) {
  Result<Supervisors> found = of_plugin(store_id, plugin);
  if (!found.ok()) return found.status();
  if (Status set = core_->facts.set_enabled(store_id, plugin, false); !set.ok()) return set;
  for (const auto& supervisor : *found)
    supervisor->stop(InstanceState::disabled);
  wait_for(*found);
  // What happens while it is off is history for it.
  for (const auto& supervisor : *found)
    (void)core_->facts.set_running(supervisor->key(), false);
  rebuild_routes();
  return {};
}

Status HostImpl::restart(std::string_view store_id, std::string_view plugin) {
  Result<Supervisors> found = of_plugin(store_id, plugin);
  if (!found.ok()) return found.status();
  for (const auto& supervisor : *found) {
    if (supervisor->state() == InstanceState::disabled) {
      return {Code::failed_precondition, "the plugin is disabled; enable it instead"};
    }
  }
  for (const auto& supervisor : *found)
    supervisor->restart();
  wait_for(*found);
  rebuild_routes();
  return {};
}

std::uint64_t HostImpl::needed_from(std::string_view store_id) {
  std::uint64_t needed = core_->services().log.last_sequence(store_id) + 1;
  for (const auto& supervisor : all(store_id)) {
    if (supervisor->state() == InstanceState::disabled) continue;
    needed = std::min(needed, supervisor->needed_from());
  }
  return needed;
}

Status HostImpl::snapshot_now(std::string_view store_id) {
  std::vector<std::pair<std::shared_ptr<Supervisor>, std::future<Status>>> running;
  for (const auto& supervisor : all(store_id)) {
    const auto life = supervisor->instance();
    if (life == nullptr || !life->can_snapshot()) continue;
    running.emplace_back(supervisor, supervisor->snapshot());
  }
  Status first;
  for (auto& [supervisor, future] : running) {
    Status status(Code::deadline_exceeded, "the plugin does not write its snapshot");
    if (future.wait_for(std::chrono::milliseconds(core_->settings.start_timeout_ms)) ==
        std::future_status::ready) {
      status = future.get();
    }
    if (!status.ok() && first.ok()) {
      first = {status.code(), supervisor->key().plugin + ": " + status.message()};
    }
  }
  return first;
}

bool HostImpl::wait_folded(std::string_view store_id, std::uint64_t sequence,
                           std::int64_t timeout_ms) {
  const Supervisors supervisors = all(store_id);
  return core_->dispatcher.wait(timeout_ms, [&] {
    return std::all_of(supervisors.begin(), supervisors.end(), [&](const auto& supervisor) {
      const InstanceState state = supervisor->state();
      if (state != InstanceState::running && state != InstanceState::replaying) return true;
      const auto life = supervisor->instance();
      return life == nullptr || life->cursor()->position() >= sequence;
    });
  });
}

std::int64_t HostImpl::end_overdue_calls(std::int64_t monotonic_us) {
  std::int64_t next = bus::DeadlineWatch::kNever;
  for (const auto& supervisor : all()) {
    if (const auto life = supervisor->instance()) {
      next = std::min(next, life->endpoint().expire(monotonic_us));
    }
  }
  return next;
}

void HostImpl::poll() {
  for (const auto& supervisor : all())
    supervisor->poll();
  core_->outbox.poll();
  core_->control.check_stalls();
  core_->lifecycle.check_stalls();
  core_->jobs.check_stalls();
}

void HostImpl::report_lag() {
  base::Metrics& metrics = core_->services().metrics;
  for (const auto& supervisor : all()) {
    const InstanceStatus status = supervisor->status();
    const base::Labels labels{{"store", status.key.store_id},
                              {"plugin", status.key.plugin},
                              {"account", status.key.account_id}};
    metrics.gauge("souk_plugin_lag_events", "Events of the log not folded yet", labels)
        .set(static_cast<double>(status.lag));
    metrics.gauge("souk_plugin_lag_seconds", "Age of what is not folded yet", labels)
        .set(static_cast<double>(status.lag_us) * 1e-6);
    metrics.gauge("souk_plugin_events", "Events folded since the start", labels)
        .set(static_cast<double>(status.events_handled));
    metrics.gauge("souk_plugin_dead_letters", "Events given up since the start", labels)
        .set(static_cast<double>(status.dead_letters));
    metrics.gauge("souk_plugin_timers", "Timers that are set", labels)
        .set(static_cast<double>(status.timers));
    metrics.gauge("souk_plugin_up", "1 while the plugin runs", labels)
        .set(status.state == InstanceState::running ? 1 : 0);
  }
}

Status HostImpl::perform(const storage::OutboxRow& row, std::uint32_t attempt) {
  const auto supervisor = of_instance(row.instance);
  const auto life = supervisor ? supervisor->instance() : nullptr;
  if (life == nullptr) return {Code::not_found, "the instance does not run now"};
  return life->perform(row, attempt);
}

void HostImpl::end(bool keep_state) {
  if (core_ == nullptr || std::exchange(closed_, true)) return;
  core_->outbox.close();
  const Supervisors supervisors = all();
  for (const auto& supervisor : supervisors) {
    if (keep_state) {
      supervisor->stop(InstanceState::stopped);
    } else {
      supervisor->abandon();
    }
  }
  wait_for(supervisors);
  core_->outbox.finish(keep_state);
  core_->deadlines.close();
  std::vector<std::shared_ptr<Instance>> hanging;
  {
    const std::lock_guard lock(mutex_);
    hanging = std::move(hanging_);
  }
  for (const auto& supervisor : supervisors) {
    for (auto& life : supervisor->left_behind())
      hanging.push_back(std::move(life));
  }
  const std::int64_t patience_us = hanging.empty() ? 10'000'000 : 200'000;
  bool ended = core_->dispatcher.close(patience_us);
  for (bus::WorkerPool* threads : {&core_->control, &core_->lifecycle, &core_->jobs}) {
    ended = threads->close(patience_us) && ended;
  }
  if (ended && hanging.empty()) return;
  base::log_error("host", "a plugin hangs; its thread ends with the process",
                  {{"instances", hanging.size()}});
  // What the threads may still touch stays; what they must not call any more is cut off.
  core_->routes_changed = [] {};
  leak(std::move(core_), std::move(hanging));
}

}  // namespace souk::host
