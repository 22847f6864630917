#include "kernel/host/host_table.hpp"

#include <string_view>

#include <souk/ext/effect_events.h>
#include <souk/ext/entities.h>
#include <souk/ext/jobs.h>
#include <souk/ext/outbox.h>
#include <souk/ext/timers.h>

#include "kernel/host/instance.hpp"
#include "kernel/host/plugin_call.hpp"

namespace souk::host {
namespace {

Instance& self(const souk_host* host) { return *static_cast<Instance*>(host->host_data); }

/// The code, with its sentence left where the plugin's own would be, so that logs show it.
souk_status code_of(const Status& status) { return static_cast<souk_status>(status.code()); }

// No exception may cross into the plugin: what throws here is memory that ran out.
template <class Call>
souk_status safe(Call&& call) noexcept {
  try {
    return code_of(call());
  } catch (...) {
    return SOUK_E_RESOURCE_EXHAUSTED;
  }
}
template <class Call>
void safe_void(Call&& call) noexcept {
  try {
    call();
  } catch (...) {
    return;
  }
}

const void* get_extension(const souk_host* host, const char* id) {
  return id == nullptr ? nullptr : self(host).extension(id);
}

void log_line(const souk_host* host, souk_log_level level, souk_bytes text) {
  safe_void([&] { self(host).write_log(level, to_view(text)); });
}

std::int64_t now_us(const souk_host* host) { return self(host).now_us(); }

void set_error(const souk_host* host, souk_bytes text) {
  safe_void([&] { self(host).set_error(to_view(text)); });
}

std::uint32_t metric(const souk_host* host, souk_metric_kind kind, souk_bytes name,
                     souk_bytes help) {
  std::uint32_t id = 0;
  safe_void([&] { id = self(host).metrics().find_or_make(kind, to_view(name), to_view(help)); });
  return id;
}

void metric_record(const souk_host* host, std::uint32_t id, double value) {
  self(host).metrics().record(id, value);
}

souk_status publish(const souk_host* host, const souk_publication* publication) {
  return safe([&] { return self(host).publish(*publication); });
}

void call(const souk_host* host, souk_bytes method, souk_bytes request, souk_bytes account_id,
          std::int64_t timeout_us, souk_on_reply on_reply, void* user) {
  safe_void([&] {
    self(host).ask(to_view(method), request, to_view(account_id), timeout_us, on_reply, user);
  });
}

void reply(const souk_host* host, std::uint64_t handle, souk_status status, souk_bytes bytes,
           souk_bytes error) {
  self(host).endpoint().reply(handle, status, to_view(bytes), to_view(error));
}

// ---- souk.timers/1, souk.jobs/1, souk.outbox/1, souk.effect_events/1, souk.entities/1
// ------------

souk_status timer_set(const souk_host* host, souk_bytes key, std::int64_t due_us,
                      souk_bytes payload) {
  return safe([&] { return self(host).set_timer(to_view(key), due_us, to_view(payload)); });
}

souk_status timer_cancel(const souk_host* host, souk_bytes key) {
  return safe([&] { return self(host).cancel_timer(to_view(key)); });
}

souk_status job_run(const souk_host* host, souk_bytes name, souk_job_run run,
                    souk_job_release release, void* user) {
  return safe([&] { return self(host).jobs().run(to_view(name), run, release, user); });
}

souk_status job_cancel(const souk_host* host, souk_bytes name) {
  return safe([&] { return self(host).jobs().cancel(to_view(name)); });
}

souk_status outbox_enqueue(const souk_host* host, souk_bytes key, std::int64_t not_before_us,
                           souk_bytes payload) {
  return safe([&] { return self(host).enqueue(to_view(key), not_before_us, to_view(payload)); });
}

void outbox_done(const souk_host* host, std::uint64_t id, souk_status status, souk_bytes error) {
  safe_void([&] { self(host).effect_done(id, status, to_view(error)); });
}

souk_status effect_publish(const souk_host* host, std::uint64_t effect,
                           const souk_publication* publication) {
  if (publication == nullptr) return SOUK_E_INVALID_ARGUMENT;
  return safe([&] { return self(host).publish_with(effect, *publication); });
}

void entity_get(const souk_host* host, souk_bytes kind, souk_bytes id, souk_on_entity on_entity,
                void* user) {
  std::string bytes;
  const souk_status status =
      safe([&] { return self(host).entity(to_view(kind), to_view(id), bytes); });
  on_entity(user, status, to_bytes(bytes));
}

constexpr souk_timers_v1 kTimers{&timer_set, &timer_cancel};
constexpr souk_jobs_v1 kJobs{&job_run, &job_cancel};
constexpr souk_outbox_v1 kOutbox{&outbox_enqueue, &outbox_done};
constexpr souk_entities_v1 kEntities{&entity_get};
constexpr souk_effect_events_v1 kEffectEvents{&effect_publish};

}  // namespace

const void* host_extension(const char* id) {
  const std::string_view name(id);
  if (name == SOUK_EXT_TIMERS) return &kTimers;
  if (name == SOUK_EXT_JOBS) return &kJobs;
  if (name == SOUK_EXT_OUTBOX) return &kOutbox;
  if (name == SOUK_EXT_ENTITIES) return &kEntities;
  if (name == SOUK_EXT_EFFECT_EVENTS) return &kEffectEvents;
  return nullptr;
}

void fill_host_table(souk_host& table, Instance& instance) {
  table.struct_size = sizeof table;
  table.abi_minor = SOUK_ABI_MINOR;
  table.host_data = &instance;
  table.get_extension = &get_extension;
  table.log = &log_line;
  table.now_us = &now_us;
  table.set_error = &set_error;
  table.metric = &metric;
  table.metric_record = &metric_record;
  table.publish = &publish;
  table.call = &call;
  table.reply = &reply;
}

}  // namespace souk::host
