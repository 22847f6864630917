#include "kernel/host/settings_check.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <souk/ext/effect_events.h>
#include <souk/ext/entities.h>
#include <souk/ext/jobs.h>
#include <souk/ext/outbox.h>
#include <souk/ext/settings.h>
#include <souk/ext/timers.h>

#include "kernel/base/clock.hpp"
#include "kernel/host/plugin_call.hpp"

namespace souk::host {
namespace {

// ---- a host without effect ----------------------------------------------------------------------
// What may be asked of a host while settings are checked succeeds and does nothing, as with effects
// off; what would have to answer says that nobody is there.

souk_status timer_set(const souk_host*, souk_bytes, std::int64_t, souk_bytes) { return SOUK_OK; }
souk_status timer_cancel(const souk_host*, souk_bytes) { return SOUK_OK; }
souk_status job_run(const souk_host*, souk_bytes, souk_job_run, souk_job_release release,
                    void* user) {
  if (release != nullptr) release(user);
  return SOUK_OK;
}
souk_status job_cancel(const souk_host*, souk_bytes) { return SOUK_OK; }
souk_status outbox_enqueue(const souk_host*, souk_bytes, std::int64_t, souk_bytes) {
  return SOUK_OK;
}
void outbox_done(const souk_host*, std::uint64_t, souk_status, souk_bytes) {}
souk_status effect_publish(const souk_host*, std::uint64_t, const souk_publication*) {
  return SOUK_OK;
}
void entity_get(const souk_host*, souk_bytes, souk_bytes, souk_on_entity on_entity, void* user) {
  on_entity(user, SOUK_E_NOT_FOUND, {});
}

constexpr souk_timers_v1 kTimers{&timer_set, &timer_cancel};
constexpr souk_jobs_v1 kJobs{&job_run, &job_cancel};
constexpr souk_outbox_v1 kOutbox{&outbox_enqueue, &outbox_done};
constexpr souk_entities_v1 kEntities{&entity_get};
constexpr souk_effect_events_v1 kEffectEvents{&effect_publish};

const void* get_extension(const souk_host*, const char* id) {
  const std::string_view name(id == nullptr ? "" : id);
  if (name == SOUK_EXT_TIMERS) return &kTimers;
  if (name == SOUK_EXT_JOBS) return &kJobs;
  if (name == SOUK_EXT_OUTBOX) return &kOutbox;
  if (name == SOUK_EXT_ENTITIES) return &kEntities;
  if (name == SOUK_EXT_EFFECT_EVENTS) return &kEffectEvents;
  return nullptr;
}

void log_line(const souk_host*, souk_log_level, souk_bytes) {}
std::int64_t now_us(const souk_host*) { return base::SystemClock().now_us(); }
void set_error(const souk_host* host, souk_bytes text) {
  try {
    leave_error(host, to_view(text));
  } catch (...) {
    return;  // memory ran out: the refusal has no sentence
  }
}
std::uint32_t metric(const souk_host*, souk_metric_kind, souk_bytes, souk_bytes) { return 1; }
void metric_record(const souk_host*, std::uint32_t, double) {}
souk_status publish(const souk_host*, const souk_publication*) { return SOUK_OK; }
void call(const souk_host*, souk_bytes, souk_bytes, souk_bytes, std::int64_t,
          souk_on_reply on_reply, void* user) {
  constexpr std::string_view kWhy = "settings are being checked: nobody answers";
  on_reply(user, SOUK_E_UNAVAILABLE, {}, to_bytes(kWhy));
}
void reply(const souk_host*, std::uint64_t, souk_status, souk_bytes, souk_bytes) {}

souk_host effectless_host() {
  souk_host host{};
  host.struct_size = sizeof host;
  host.abi_minor = SOUK_ABI_MINOR;
  host.get_extension = &get_extension;
  host.log = &log_line;
  host.now_us = &now_us;
  host.set_error = &set_error;
  host.metric = &metric;
  host.metric_record = &metric_record;
  host.publish = &publish;
  host.call = &call;
  host.reply = &reply;
  return host;
}

// ---- the check ----------------------------------------------------------------------------------

/// One check; owned by whoever waits and by the thread that runs it.
struct Check {
  std::shared_ptr<const Library> library;
  config::PluginSettings settings;
  std::string label;
  souk_host host = effectless_host();
  std::vector<config::SettingsFault> faults;  // of the thread, until `done`
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;

  void run();
  void note(souk_status status, const char* function, std::string account_id);
};

/// A fault unless the function succeeded.
void Check::note(souk_status status, const char* function, std::string account_id) {
  std::string text = take_error(&host);
  if (status == SOUK_OK) return;
  if (text.empty()) text = std::string(function) + "() failed without a text";
  faults.push_back({std::move(account_id), std::move(text)});
}

void Check::run() {
  const Caller caller{&host, label};
  const souk_plugin* const plugin =
      shielded_pointer(caller, [&] { return library->entry().create(&host); });
  if (plugin == nullptr) return note(SOUK_E_INTERNAL, "create", {});
  if (plugin->init == nullptr || plugin->destroy == nullptr) {
    faults.push_back({{}, "its souk_plugin lacks init or destroy"});
    return;
  }
  note(shielded(caller, [&] { return plugin->init(plugin, to_bytes(settings.settings)); }), "init",
       {});
  const auto* const accounts =
      !faults.empty() || plugin->get_extension == nullptr
          ? nullptr
          : static_cast<const souk_settings_v1*>(plugin->get_extension(plugin, SOUK_EXT_SETTINGS));
  if (accounts != nullptr && accounts->account != nullptr) {
    for (const auto& [account, bytes] : settings.account_settings) {
      const souk_status status = shielded(caller, [&, &account = account, &bytes = bytes] {
        return accounts->account(plugin, to_bytes(account), to_bytes(bytes));
      });
      note(status, "account", account);
    }
  }
  (void)shielded(caller, [&] {
    plugin->destroy(plugin);
    return SOUK_OK;
  });
}

}  // namespace

std::vector<config::SettingsFault> check_settings(const std::shared_ptr<const Library>& library,
                                                  const config::PluginSettings& settings,
                                                  std::int64_t timeout_ms) {
  const auto check = std::make_shared<Check>();
  check->library = library;
  check->settings = settings;
  check->label = "the check of the settings of " + settings.id;
  std::thread([check] {
    check->run();
    const std::lock_guard lock(check->mutex);
    check->done = true;
    check->changed.notify_all();
  }).detach();
  std::unique_lock lock(check->mutex);
  const bool answered = check->changed.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                                [&] { return check->done; });
  if (answered) return std::move(check->faults);
  return {{{},
           "it did not say within " + std::to_string(timeout_ms) +
               " ms whether it takes these settings"}};
}

}  // namespace souk::host
