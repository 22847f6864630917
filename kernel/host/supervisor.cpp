#include "kernel/host/supervisor.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "kernel/base/logging.hpp"

namespace souk::host {
namespace {

constexpr std::int64_t kFirstRetryUs = 1'000'000;
constexpr std::int64_t kLongestRetryUs = 300'000'000;
// Crashes before an hour of good life and after it are not in a row.
constexpr std::int64_t kProvenUs = 3'600'000'000;

constexpr std::int64_t kHealthMs = 200;

std::string percent(double fraction) {
  return std::to_string(static_cast<int>(fraction * 100)) + " %";
}

}  // namespace

Supervisor::Supervisor(HostCore& core, std::string store_id, config::PluginSettings settings)
    : core_(core),
      key_{std::move(store_id), settings.id, settings.account_id},
      label_(key_.store_id + "/" + key_.plugin +
             (key_.account_id.empty() ? "" : "@" + key_.account_id)),
      settings_(std::move(settings)) {}

void Supervisor::post(std::function<void()> operation) {
  const std::lock_guard lock(mutex_);
  operations_.push_back(std::move(operation));
  if (std::exchange(running_operations_, true)) return;
  if (!core_.control.post([self = shared_from_this()] { self->run_operations(); })) {
    operations_.clear();
    running_operations_ = false;
    idle_.notify_all();
  }
}

void Supervisor::run_operations() {
  std::unique_lock lock(mutex_);
  while (!operations_.empty()) {
    const std::function<void()> operation = std::move(operations_.front());
    operations_.pop_front();
    lock.unlock();
    operation();
    lock.lock();
  }
  running_operations_ = false;
  idle_.notify_all();
}

bool Supervisor::wait(std::int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                        [this] { return !running_operations_; });
}

std::optional<Status> Supervisor::within(std::int64_t timeout_ms,
                                         const std::shared_ptr<Instance>& instance,
                                         std::function<Status(Instance*)> function) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<Status> status;
  };
  auto shared = std::make_shared<Shared>();
  const bool posted = core_.lifecycle.post([shared, instance, function = std::move(function)] {
    Status status = function(instance.get());
    const std::lock_guard lock(shared->mutex);
    shared->status = std::move(status);
    shared->done.notify_all();
  });
  if (!posted) return Status(Code::cancelled, "the daemon is stopping");
  std::unique_lock lock(shared->mutex);
  shared->done.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                        [&] { return shared->status.has_value(); });
  return shared->status;
}

void Supervisor::start() {
  post([this] {
    if (instance() == nullptr) bring_up();
  });
}

void Supervisor::stop(InstanceState end) {
  post([this, end] { take_down(end, true); });
}

void Supervisor::restart() {
  post([this] {
    take_down(InstanceState::stopped, true);
    failures_ = 0;
    absolve();
    bring_up();
  });
}

void Supervisor::abandon() {
  post([this] { take_down(InstanceState::stopped, false); });
}

void Supervisor::reconfigure(config::PluginSettings settings) {
  post([this, settings = std::move(settings)]() mutable { take_settings(std::move(settings)); });
}

void Supervisor::take_settings(config::PluginSettings now) {
  const config::PluginSettings before = settings();
  {
    const std::lock_guard lock(mutex_);
    settings_ = now;
  }
  const std::shared_ptr<Instance> life = instance();
  if (life == nullptr) {
    if (state_ == InstanceState::disabled || state_ == InstanceState::quarantined) return;
    failures_ = 0;
    return bring_up();
  }
  apply_accounts_off();
  core_.routes_changed();
  const bool same_library = before.library != nullptr && now.library != nullptr &&
                            before.library->path == now.library->path &&
                            before.library->sha256 == now.library->sha256;
  const bool same_settings =
      before.settings == now.settings && before.account_settings == now.account_settings;
  if (same_library && same_settings) return;
  if (same_library && life->can_reload()) {
    struct Answer {
      std::mutex mutex;
      std::condition_variable told;
      std::optional<Status> status;
    };
    auto answer = std::make_shared<Answer>();
    life->reload(before, now, [answer](Status status) {
      const std::lock_guard lock(answer->mutex);
      answer->status = std::move(status);
      answer->told.notify_all();
    });
    std::unique_lock lock(answer->mutex);
    answer->told.wait_for(lock, std::chrono::milliseconds(core_.settings.start_timeout_ms),
                          [&] { return answer->status.has_value(); });
    if (answer->status && answer->status->ok()) {
      base::log_info("host", "a plugin took new settings", {{"instance", label_}});
      return set_state(state_);
    }
    const std::string why = answer->status ? answer->status->message() : "reload() does not return";
    base::log_warning("host", "a plugin refused new settings; the old ones stay",
                      {{"instance", label_}, {"reason", why}});
    return set_state(state_, "new settings refused, the old ones stay: " + why);
  }
  take_down(InstanceState::stopped, true);
  bring_up();
}

void Supervisor::apply_accounts_off() {
  const config::PluginSettings current = settings();
  if (const auto life = instance()) {
    life->set_accounts_off({current.accounts_off.begin(), current.accounts_off.end()});
  }
}

void Supervisor::take_down(InstanceState end, bool keep_state) {
  retry_at_us_ = 0;
  const std::shared_ptr<Instance> life = instance();
  if (life == nullptr) {
    if (state_ != InstanceState::quarantined && state_ != InstanceState::failed_stop)
      set_state(end);
    return;
  }
  const bool was_up = state_ == InstanceState::running || state_ == InstanceState::replaying;
  set_state(InstanceState::draining);
  {
    const std::lock_guard lock(mutex_);
    instance_ = nullptr;  // routes must not lead to it any more
  }
  core_.routes_changed();
  if (keep_state && was_up && life->can_snapshot() &&
      life->cursor()->position() > last_snapshot_position_) {
    last_snapshot(life);
  }
  const std::int64_t timeout_us = core_.settings.stop_timeout_ms * 1000;
  if (const Status quiet = life->quiesce(timeout_us); !quiet.ok()) {
    return leave_behind(life, quiet.message());
  }
  const auto stopped =
      within(core_.settings.stop_timeout_ms, life, [](Instance* it) { return it->stop(); });
  if (!stopped) return leave_behind(life, "stop() does not return");
  if (!stopped->ok()) return leave_behind(life, "stop() failed: " + stopped->message());
  const auto destroyed = within(core_.settings.stop_timeout_ms, life, [](Instance* it) {
    it->destroy();
    return Status{};
  });
  if (!destroyed) return leave_behind(life, "destroy() does not return");
  if (marked_starting_ && keep_state) absolve();
  set_state(end);
}

void Supervisor::last_snapshot(const std::shared_ptr<Instance>& life) {
  auto promise = std::make_shared<std::promise<Status>>();
  std::future<Status> saved = promise->get_future();
  take_snapshot(life, [promise](Status status) { promise->set_value(std::move(status)); });
  Status status(Code::deadline_exceeded, "save() does not return");
  if (saved.wait_for(std::chrono::milliseconds(core_.settings.stop_timeout_ms)) ==
      std::future_status::ready) {
    status = saved.get();
  }
  if (status.ok()) return;
  base::log_warning("host", "no snapshot at the end; the log will be read from an older one",
                    {{"instance", label_}, {"reason", status.message()}});
}

void Supervisor::leave_behind(const std::shared_ptr<Instance>& life, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    left_behind_.push_back(life);
    if (instance_ == life) instance_ = nullptr;
  }
  fail(InstanceState::failed_stop, reason);
}

void Supervisor::fail(InstanceState state, std::string reason) {
  base::log_error("host", "a plugin failed",
                  {{"instance", label_}, {"state", state_name(state)}, {"reason", reason}});
  if (state == InstanceState::failed_retry) {
    const std::int64_t wait = std::min(kLongestRetryUs, kFirstRetryUs << std::min(failures_++, 9U));
    retry_at_us_ = core_.services().clock.monotonic_us() + wait;
  }
  set_state(state, std::move(reason));
}

void Supervisor::set_state(InstanceState state, std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    reason_ = std::move(reason);
  }
  if (state_.exchange(state) != state) {
    base::log_debug("host", "state", {{"instance", label_}, {"state", state_name(state)}});
    core_.routes_changed();
    core_.dispatcher.notify_progress();
  }
}

config::PluginSettings Supervisor::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

std::shared_ptr<Instance> Supervisor::instance() const {
  const std::lock_guard lock(mutex_);
  return instance_;
}

std::vector<std::shared_ptr<Instance>> Supervisor::left_behind() const {
  const std::lock_guard lock(mutex_);
  return left_behind_;
}

void Supervisor::poll() {
  const std::int64_t now = core_.services().clock.monotonic_us();
  std::int64_t retry_at = retry_at_us_;
  if (retry_at != 0 && now >= retry_at && retry_at_us_.compare_exchange_strong(retry_at, 0)) {
    start();
  }
  const std::shared_ptr<Instance> life = instance();
  if (life == nullptr || life->cursor() == nullptr) return;
  if (state_ == InstanceState::running && now - live_since_us_ > kProvenUs &&
      !proven_.exchange(true)) {
    post([this] {
      if (marked_starting_) absolve();
    });
  }
  const std::int64_t busy_since = life->cursor()->busy_since_us();
  const bool hangs = busy_since != 0 && now - busy_since > core_.settings.not_responding_ms * 1000;
  if (hangs && !warned_hanging_.exchange(true)) {
    base::log_error("host", "a plugin is not responding",
                    {{"instance", label_}, {"since_ms", (now - busy_since) / 1000}});
  }
  if (!hangs) warned_hanging_ = false;
  const InstanceState state = state_;
  if (state != InstanceState::running && state != InstanceState::replaying) return;
  const std::uint64_t position = life->cursor()->position();
  const std::uint64_t since = position - std::min<std::uint64_t>(position, last_snapshot_position_);
  const bool due = since >= core_.settings.snapshot_every_events ||
                   now - last_snapshot_mono_us_ >= core_.settings.snapshot_interval_ms * 1000;
  if (!life->can_snapshot() || since == 0 || !due) return;
  last_snapshot_mono_us_ = now;
  take_snapshot(life, [label = label_](const Status& status) {
    if (status.ok() || status.code() == Code::already_exists || status.code() == Code::cancelled) {
      return;
    }
    base::log_warning("host", "a snapshot failed",
                      {{"instance", label}, {"reason", status.message()}});
  });
}

void Supervisor::take_snapshot(const std::shared_ptr<Instance>& life,
                               std::function<void(Status)> done) {
  life->snapshot([self = shared_from_this(), life, done = std::move(done)](Status status) {
    if (status.ok()) {
      self->last_snapshot_position_ = life->snapshot_sequence();
      self->needed_from_ = life->snapshot_sequence() + 1;
    }
    done(std::move(status));
  });
}

std::future<Status> Supervisor::snapshot() {
  auto promise = std::make_shared<std::promise<Status>>();
  std::future<Status> future = promise->get_future();
  if (const auto life = instance()) {
    take_snapshot(life, [promise](Status status) { promise->set_value(std::move(status)); });
  } else {
    promise->set_value({});
  }
  return future;
}

std::string Supervisor::unavailable_sentence() const {
  const InstanceState state = state_;
  const std::string plugin = "the plugin " + key_.plugin;
  if (state == InstanceState::replaying) {
    const std::shared_ptr<Instance> life = instance();
    const std::uint64_t from = replay_from_;
    const std::uint64_t target = replay_target_;
    const std::uint64_t at = life && life->cursor() ? life->cursor()->position() : from;
    const double done = target <= from ? 1
                                       : static_cast<double>(at - std::min(at, from)) /
                                             static_cast<double>(target - from);
    return plugin + " is replaying, " + percent(std::min(done, 1.0));
  }
  const std::lock_guard lock(mutex_);
  std::string text = plugin + " is " + std::string(state_name(state));
  return reason_.empty() ? text : text + ": " + reason_;
}

std::string Supervisor::health() {
  const std::shared_ptr<Instance> life = instance();
  if (life == nullptr) return {};
  {
    const std::lock_guard lock(mutex_);
    // One that hangs in its report holds one thread, however often it is asked for.
    if (std::exchange(asking_health_, true)) return health_;
  }
  (void)within(kHealthMs, life, [self = shared_from_this()](Instance* asked) {
    std::string report = asked->health();
    const std::lock_guard lock(self->mutex_);
    self->health_ = std::move(report);
    self->asking_health_ = false;
    return Status{};
  });
  const std::lock_guard lock(mutex_);
  return health_;
}

InstanceStatus Supervisor::status() {
  InstanceStatus status;
  const config::PluginSettings current = settings();
  const std::shared_ptr<Instance> life = instance();
  status.key = key_;
  status.state = state_;
  {
    const std::lock_guard lock(mutex_);
    status.reason = reason_;
  }
  if (current.library != nullptr) {
    const souk::v1::PluginManifest& manifest = current.library->manifest;
    status.version = manifest.version();
    status.library = current.library->path;
    status.description = manifest.description();
    status.abi = std::to_string(manifest.abi_major()) + "." + std::to_string(manifest.abi_minor());
  }
  const std::uint64_t last = core_.services().log.last_sequence(key_.store_id);
  status.snapshot_sequence = last_snapshot_position_;
  if (life == nullptr || life->cursor() == nullptr) {
    status.lag = last;
    status.replay_progress = 0;
    return status;
  }
  const bus::Cursor& cursor = *life->cursor();
  const std::int64_t now_us = core_.services().clock.now_us();
  status.position = cursor.position();
  status.lag = last - std::min(last, status.position);
  if (status.lag > 0) status.lag_us = std::max<std::int64_t>(0, now_us - cursor.position_us());
  if (state_ == InstanceState::replaying) {
    const std::uint64_t from = replay_from_;
    const std::uint64_t target = std::max<std::uint64_t>(replay_target_, from + 1);
    status.replay_progress =
        std::min(1.0, static_cast<double>(status.position - std::min(status.position, from)) /
                          static_cast<double>(target - from));
  }
  status.events_handled = cursor.counts().events;
  status.dead_letters = cursor.counts().dead_letters;
  status.timers = cursor.timer_count();
  status.calls = life->endpoint().calls();
  status.failed_calls = life->endpoint().failures();
  status.snapshot_sequence = life->snapshot_sequence();
  status.snapshot_us = life->snapshot_us();
  status.jobs = life->jobs().list();
  if (status.reason.empty()) status.reason = cursor.trouble();
  const std::int64_t busy_since = cursor.busy_since_us();
  const std::int64_t busy_us = core_.services().clock.monotonic_us() - busy_since;
  if (busy_since != 0 && busy_us > core_.settings.not_responding_ms * 1000) {
    status.reason = "not responding: its handler has been running for " +
                    std::to_string(busy_us / 1'000'000) + " s";
  }
  return status;
}

}  // namespace souk::host
