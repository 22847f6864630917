#include "kernel/host/instance.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <souk/ext/health.h>

#include "kernel/base/logging.hpp"
#include "kernel/host/host_table.hpp"
#include "kernel/host/plugin_call.hpp"
#include "kernel/host/snapshot_format.hpp"

namespace souk::host {
namespace {

constexpr std::uint64_t kMaxSnapshotBytes = std::uint64_t{2} << 30U;
constexpr std::size_t kMaxHealthBytes = 64U << 10U;

std::string label_of(const storage::InstanceKey& key) {
  std::string label = key.store_id + "/" + key.plugin;
  return key.account_id.empty() ? label : label + "@" + key.account_id;
}

base::Labels labels_of(const storage::InstanceKey& key) {
  return {{"store", key.store_id}, {"plugin", key.plugin}, {"account", key.account_id}};
}

/// The types that a plugin publishes, each with the table it is checked against: the plugin's own
/// descriptors know its own types, the kernel's those of the vocabulary.
std::map<std::string, const schema::MessageTable*, std::less<>> publication_types(
    const config::PluginInfo& info) {
  std::map<std::string, const schema::MessageTable*, std::less<>> types;
  for (const std::string& name : info.manifest.publishes()) {
    const schema::MessageTable* table = schema::DescriptorPool::builtin().message(name);
    if (table == nullptr && info.schema != nullptr) table = info.schema->message(name);
    types.emplace(name, table);
  }
  return types;
}

bus::EndpointMetrics endpoint_metrics(base::Metrics& metrics, const storage::InstanceKey& key) {
  const base::Labels labels = labels_of(key);
  return {
      metrics.counter("souk_calls_total", "Questions asked to plugins", labels),
      metrics.counter("souk_call_failures_total", "Questions that ended with an error", labels),
      metrics.counter("souk_replies_dropped_total",
                      "Replies to unknown, answered or expired questions", labels),
      metrics.counter("souk_slow_calls_total", "Questions that held a thread too long", labels),
      metrics.histogram("souk_call_seconds", "Time a thread spends in a plugin's call()", labels)};
}

bus::EndpointSettings endpoint_settings(const HostSettings& settings) {
  bus::EndpointSettings endpoint;
  endpoint.max_open = settings.max_open_calls;
  endpoint.max_inside = static_cast<int>(
      settings.max_threads_in_calls != 0 ? settings.max_threads_in_calls
                                         : std::max(32U, 2 * std::thread::hardware_concurrency()));
  endpoint.slow_us = settings.slow_handler_ms * 1000;
  return endpoint;
}

/// What a snapshot or report is written through.
struct Sink {
  std::string& bytes;
  std::uint64_t most;
  static souk_status write(void* user, souk_bytes piece) {
    Sink& sink = *static_cast<Sink*>(user);
    if (sink.bytes.size() + piece.size > sink.most) return SOUK_E_RESOURCE_EXHAUSTED;
    sink.bytes.append(piece.data, static_cast<std::size_t>(piece.size));
    return SOUK_OK;
  }
};

struct Source {
  std::string_view rest;
  static std::int64_t read(void* user, char* buffer, std::uint64_t capacity) {
    Source& source = *static_cast<Source*>(user);
    const std::size_t count = std::min(
        source.rest.size(), static_cast<std::size_t>(std::min<std::uint64_t>(capacity, INT64_MAX)));
    if (count > 0) std::memcpy(buffer, source.rest.data(), count);
    source.rest.remove_prefix(count);
    return static_cast<std::int64_t>(count);
  }
};

/// Calls `done` exactly once: with CANCELLED when nobody else did.
class Once {
 public:
  explicit Once(std::function<void(Status)> done) : done_(std::move(done)) {}
  ~Once() { tell(Status(Code::cancelled, "the instance is being stopped")); }
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;
  void tell(Status status) {
    if (const auto done = std::exchange(done_, nullptr)) done(std::move(status));
  }

 private:
  std::function<void(Status)> done_;
};

}  // namespace

Instance::Instance(HostCore& core, storage::InstanceKey key, std::shared_ptr<const Library> library)
    : core_(core),
      key_(std::move(key)),
      library_(std::move(library)),
      label_(label_of(key_)),
      publishes_(publication_types(library_->info())),
      log_(core.services().clock, key_.store_id, key_.plugin, key_.account_id),
      metrics_(core.services().metrics, key_),
      endpoint_(std::make_unique<bus::Endpoint>(
          *this, endpoint_settings(core.settings), core.services().clock,
          endpoint_metrics(core.services().metrics, key_), &core.deadlines)),
      jobs_(std::make_shared<Jobs>(core.jobs, core.services().clock, label_)),
      refused_publications_(core.services().metrics.counter(
          "souk_publications_refused_total",
          "Events that a plugin published and that are not sound", labels_of(key_))) {
  fill_host_table(host_table_, *this);
}

Instance::~Instance() = default;

Caller Instance::me() const noexcept { return {this, label_}; }

template <class Extension>
const Extension* Instance::plugin_extension(const char* id) const {
  if (plugin_->get_extension == nullptr) return nullptr;
  return static_cast<const Extension*>(plugin_->get_extension(plugin_, id));
}

Status Instance::outcome(souk_status status, const char* function) {
  std::string text = take_error(this);
  if (status == SOUK_OK) return {};
  if (status < SOUK_OK || status > SOUK_E_UNSUPPORTED) {
    return {Code::internal,
            std::string(function) + "() returned the unknown status " + std::to_string(status)};
  }
  if (text.empty()) text = std::string(function) + "() failed without a text";
  return {static_cast<Code>(status), std::move(text)};
}

Status Instance::create() {
  const souk_entry& entry = library_->entry();
  plugin_ = shielded_pointer(me(), [&] { return entry.create(&host_table_); });
  if (plugin_ == nullptr) {
    return {Code::internal, "create() returned NULL: " + take_error(this)};
  }
  if (Status checked = check_plugin(); !checked.ok()) {
    plugin_ = nullptr;  // what it is cannot be known, so it is not destroyed either
    return checked;
  }
  snapshot_ = plugin_extension<souk_snapshot_v1>(SOUK_EXT_SNAPSHOT);
  if (snapshot_ != nullptr && (snapshot_->save == nullptr || snapshot_->restore == nullptr)) {
    snapshot_ = nullptr;
  }
  settings_ext_ = plugin_extension<souk_settings_v1>(SOUK_EXT_SETTINGS);
  if (settings_ext_ != nullptr && settings_ext_->reload == nullptr) settings_ext_ = nullptr;
  timer_handler_ = plugin_extension<souk_timer_handler_v1>(SOUK_EXT_TIMERS);
  outbox_handler_ = plugin_extension<souk_outbox_handler_v1>(SOUK_EXT_OUTBOX);
  return {};
}

Status Instance::check_plugin() const {
  constexpr std::uint32_t kLeast = offsetof(souk_plugin, call) + sizeof(souk_plugin::call);
  if (plugin_->struct_size < kLeast) {
    return {Code::failed_precondition, "its souk_plugin has " +
                                           std::to_string(plugin_->struct_size) +
                                           " bytes, fewer than ABI 1.0 needs"};
  }
  if (plugin_->init == nullptr || plugin_->start == nullptr || plugin_->stop == nullptr ||
      plugin_->destroy == nullptr) {
    return {Code::failed_precondition, "its souk_plugin lacks init, start, stop or destroy"};
  }
  const souk::v1::PluginManifest& manifest = library_->info().manifest;
  if (manifest.reads_size() > 0 && plugin_->events == nullptr) {
    return {Code::failed_precondition, "its manifest reads events, but it has no events()"};
  }
  if (manifest.services_size() > 0 && plugin_->call == nullptr) {
    return {Code::failed_precondition, "its manifest has services, but it has no call()"};
  }
  return {};
}

Status Instance::init(const config::PluginSettings& settings) {
  Status status = outcome(
      shielded(me(), [&] { return plugin_->init(plugin_, to_bytes(settings.settings)); }), "init");
  if (!status.ok() || settings_ext_ == nullptr || settings_ext_->account == nullptr) return status;
  for (const auto& [account, bytes] : settings.account_settings) {
    status = outcome(shielded(me(),
                              [&, &account = account, &bytes = bytes] {
                                return settings_ext_->account(plugin_, to_bytes(account),
                                                              to_bytes(bytes));
                              }),
                     "account");
    if (!status.ok()) {
      return {status.code(), "settings of account " + account + ": " + status.message()};
    }
  }
  return {};
}

void Instance::attach(bus::CursorSettings settings) {
  const souk::v1::PluginManifest& manifest = library_->info().manifest;
  settings.instance = key_;
  settings.reads.assign(manifest.reads().begin(), manifest.reads().end());
  settings.publishes = manifest.publishes_size() > 0;
  settings.max_events_per_call = core_.settings.deliver_batch_events;
  settings.slow_handler_us = core_.settings.slow_handler_ms * 1000;
  cursor_ = bus::Cursor::make(core_.services(), std::move(settings), *this,
                              [this] { core_.dispatcher.notify_progress(); });
  cursor_->effects().on_outbox([this] { core_.outbox.wake(); });
  const auto named = [](const auto& list, std::string_view id) {
    return std::find(list.begin(), list.end(), id) != list.end();
  };
  if (uses_timers_ || named(manifest.extensions_required(), SOUK_EXT_TIMERS) ||
      named(manifest.extensions_optional(), SOUK_EXT_TIMERS)) {
    cursor_->uses_timers();
  }
  if (uses_outbox_ || named(manifest.extensions_required(), SOUK_EXT_OUTBOX) ||
      named(manifest.extensions_optional(), SOUK_EXT_OUTBOX)) {
    cursor_->uses_outbox();
  }
}

Status Instance::restore(std::string_view bytes) {
  if (snapshot_ == nullptr) return {Code::unsupported, "the plugin takes no snapshots"};
  Result<std::string_view> plugin_part = open_snapshot(bytes, cursor_->timers());
  if (!plugin_part.ok()) return plugin_part.status();
  Source source{*plugin_part};
  return outcome(
      shielded(me(), [&] { return snapshot_->restore(plugin_, &Source::read, &source); }),
      "restore");
}

Status Instance::start() {
  return outcome(shielded(me(), [&] { return plugin_->start(plugin_); }), "start");
}

void Instance::go_live(std::uint64_t target, bool serve_now, std::function<void()> caught_up) {
  on_caught_up_ = std::move(caught_up);
  live_ = true;
  if (serve_now) endpoint_->set_serving(true);
  core_.dispatcher.add(cursor_);
  cursor_->start(target);
}

bool Instance::replies_came(std::int64_t timeout_us) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(timeout_us);
  while (asking_.load() != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  return asking_.load() == 0;
}

Status Instance::quiesce(std::int64_t timeout_us) {
  live_ = false;
  std::string hanging;
  if (!endpoint_->close(timeout_us)) hanging = "call()";
  if (!jobs_->close(timeout_us)) hanging = "a job";
  if (cursor_ != nullptr) {
    core_.dispatcher.remove(cursor_.get());
    if (!cursor_->stop(timeout_us)) hanging = "events()";
  }
  if (!replies_came(timeout_us)) hanging = "on_reply() of a question that it asked";
  if (hanging.empty()) return {};
  return {Code::deadline_exceeded,
          hanging + " did not return within " + std::to_string(timeout_us / 1000) + " ms"};
}

Status Instance::stop() {
  return outcome(shielded(me(), [&] { return plugin_->stop(plugin_); }), "stop");
}

void Instance::destroy() {
  if (plugin_ == nullptr) return;
  const souk_plugin* const plugin = std::exchange(plugin_, nullptr);
  (void)shielded(me(), [&] {
    plugin->destroy(plugin);
    return SOUK_OK;
  });
}

std::uint32_t Instance::snapshot_format() const noexcept {
  return snapshot_ == nullptr ? 0 : snapshot_->format_version;
}

void Instance::snapshot(std::function<void(Status)> done) {
  auto once = std::make_shared<Once>(std::move(done));
  if (snapshot_ == nullptr) return once->tell(Status{});
  if (snapshotting_.exchange(true)) {
    return once->tell({Code::already_exists, "a snapshot is being written"});
  }
  auto finish = [self = shared_from_this(), once](Status status) {
    self->snapshotting_ = false;
    once->tell(std::move(status));
  };
  cursor_->post([self = shared_from_this(), finish] { self->save(finish); });
}

void Instance::save(const std::function<void(Status)>& finish) {
  if (!cursor_->between_inputs()) {
    return finish({Code::unavailable, "timers are firing; the snapshot is taken later"});
  }
  auto bytes = std::make_shared<std::string>(begin_snapshot(cursor_->timers()));
  Sink sink{*bytes, kMaxSnapshotBytes};
  cursor_->set_busy(true);
  const Status saved = outcome(
      shielded(me(), [&] { return snapshot_->save(plugin_, &Sink::write, &sink); }), "save");
  cursor_->set_busy(false);
  if (!saved.ok()) return finish(saved);
  storage::SnapshotInfo info;
  info.instance = key_;
  info.sequence = cursor_->position();
  info.format_version = snapshot_->format_version;
  info.plugin_version = library_->info().manifest.version();
  info.size = bytes->size();
  cursor_->flush_now();
  // Only once everything that the inputs up to here caused is durable: see bus/effects.hpp.
  cursor_->effects().settle(info.sequence, [this, self = shared_from_this(), info, bytes,
                                            finish](Status settled) mutable {
    if (!settled.ok()) return finish(std::move(settled));
    auto store = [this, self, info, bytes, finish]() mutable {
      info.created_us = core_.services().clock.now_us();
      Status stored =
          core_.services().database.save_snapshot(info, *bytes, core_.settings.snapshots_kept);
      if (stored.ok()) {
        snapshot_sequence_ = info.sequence;
        snapshot_us_ = info.created_us;
      }
      finish(std::move(stored));
    };
    if (!core_.services().background.post(store)) {
      finish({Code::cancelled, "the daemon is stopping"});
    }
  });
}

void Instance::reload(const config::PluginSettings& before, const config::PluginSettings& now,
                      std::function<void(Status)> done) {
  auto once = std::make_shared<Once>(std::move(done));
  cursor_->post([self = shared_from_this(), before, now, once] {
    self->cursor_->set_busy(true);
    const Status status = self->take_settings(before, now);
    self->cursor_->set_busy(false);
    once->tell(status);
  });
}

Status Instance::take_settings(const config::PluginSettings& before,
                               const config::PluginSettings& now) {
  if (before.settings != now.settings) {
    Status status = outcome(
        shielded(me(), [&] { return settings_ext_->reload(plugin_, to_bytes(now.settings)); }),
        "reload");
    if (!status.ok()) return status;
  }
  if (settings_ext_->account == nullptr) return {};
  std::map<std::string, std::string> changed = now.account_settings;
  for (const auto& [account, bytes] : before.account_settings)
    changed.try_emplace(account);
  for (const auto& [account, bytes] : changed) {
    const auto old = before.account_settings.find(account);
    if (old != before.account_settings.end() && old->second == bytes) continue;
    Status status =
        outcome(shielded(me(),
                         [&, &name = account, &value = bytes] {
                           return settings_ext_->account(plugin_, to_bytes(name), to_bytes(value));
                         }),
                "account");
    if (!status.ok()) {
      return {status.code(), "settings of account " + account + ": " + status.message()};
    }
  }
  return {};
}

void Instance::set_accounts_off(std::set<std::string, std::less<>> accounts) {
  cursor_->post([self = shared_from_this(), accounts = std::move(accounts)]() mutable {
    self->cursor_->set_accounts_off(std::move(accounts));
  });
}

Status Instance::perform(const storage::OutboxRow& row, std::uint32_t attempt) {
  if (!live_ || !endpoint_->serving() || !endpoint_->enter()) {
    return {Code::not_found, "the instance does not run now"};
  }
  Status status;
  if (outbox_handler_ == nullptr || outbox_handler_->perform == nullptr) {
    status = {Code::unsupported, "the plugin performs no effects"};
  } else {
    status = outcome(shielded(me(),
                              [&] {
                                outbox_handler_->perform(plugin_, row.id, attempt,
                                                         to_bytes(row.key), to_bytes(row.payload));
                                return SOUK_OK;
                              }),
                     "perform");
  }
  endpoint_->leave();
  return status;
}

std::string Instance::health() {
  std::string bytes;
  if (!live_ || !endpoint_->serving() || !endpoint_->enter()) return bytes;
  const auto* health = plugin_extension<souk_health_v1>(SOUK_EXT_HEALTH);
  if (health != nullptr && health->report != nullptr) {
    Sink sink{bytes, kMaxHealthBytes};
    const Status reported = outcome(
        shielded(me(), [&] { return health->report(plugin_, &Sink::write, &sink); }), "report");
    if (!reported.ok()) bytes.clear();
  }
  endpoint_->leave();
  return bytes;
}

void Instance::set_unavailable(std::function<std::string()> reason) {
  const std::lock_guard lock(mutex_);
  unavailable_ = std::move(reason);
}

std::string Instance::unavailable_reason() {
  std::function<std::string()> reason;
  {
    const std::lock_guard lock(mutex_);
    reason = unavailable_;
  }
  return reason ? reason() : "the plugin does not serve now";
}

Status Instance::deliver(std::span<const souk_event* const> events, std::uint32_t& done) {
  done = 0;
  const auto count = static_cast<std::uint32_t>(events.size());
  const Status status =
      outcome(shielded(me(), [&] { return plugin_->events(plugin_, events.data(), count, &done); }),
              "events");
  if (status.ok() ? done == count : done < count) return status;
  // A defect of the plugin: what it returned says more than what it counted.
  if (!warned_done_.exchange(true)) {
    base::log_warning("host", "a plugin's count of folded events contradicts its status",
                      {{"instance", label_},
                       {"given", count},
                       {"counted", done},
                       {"status", code_name(status.code())}});
  }
  if (!status.ok()) done = 0;
  return status;
}

Status Instance::fire(const bus::Timer& timer, const souk_event& now) {
  if (timer_handler_ == nullptr || timer_handler_->fire == nullptr) {
    return {Code::unsupported, "the plugin sets timers but has no souk.timers/1 to fire them"};
  }
  return outcome(shielded(me(),
                          [&] {
                            return timer_handler_->fire(plugin_, to_bytes(timer.key), timer.due_us,
                                                        to_bytes(timer.payload), &now);
                          }),
                 "fire");
}

void Instance::caught_up() {
  endpoint_->set_serving(true);
  if (on_caught_up_) on_caught_up_();
}

void Instance::call(const souk_call* call) {
  const std::uint64_t handle = call->handle;
  const souk_status status = shielded(me(), [&] {
    plugin_->call(plugin_, call);
    return SOUK_OK;
  });
  if (status != SOUK_OK) endpoint_->reply(handle, status, {}, take_error(this));
}

}  // namespace souk::host
