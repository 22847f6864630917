#include "tools/souk/evaluate/plugin_runner.hpp"

#include <souk/ext/entities.h>
#include <souk/ext/jobs.h>
#include <souk/ext/outbox.h>
#include <souk/ext/timers.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

#include "kernel/config/plugins_section.hpp"
#include "kernel/host/library.hpp"
#include "kernel/schema/event_scanner.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "souk/v1/event.pb.h"
#include "tools/souk/command.hpp"

namespace souk::cli {
namespace {

constexpr std::size_t kBatch = 512;

std::string_view view(souk_bytes bytes) {
  return {bytes.data, static_cast<std::size_t>(bytes.size)};
}
souk_bytes lend(std::string_view text) { return {text.data(), text.size()}; }

/// A question whose answer is awaited. Its address is the call's handle.
struct OpenQuestion {
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  Status status;
  std::string reply;
};

/// What stands behind souk_host.host_data.
struct HostData {
  std::atomic<std::int64_t> now_us{0};
  std::function<void(double)> on_progress;  ///< of jobs, while feed_live() runs
};

thread_local std::string last_error;

HostData& data_of(const souk_host* host) { return *static_cast<HostData*>(host->host_data); }

void log_line(const souk_host* /*host*/, souk_log_level level, souk_bytes text) {
  if (level < SOUK_LOG_WARNING) return;
  std::fprintf(stderr, "plugin: %.*s\n", static_cast<int>(text.size), text.data);
}
std::int64_t now_us(const souk_host* host) { return data_of(host).now_us.load(); }
void set_error(const souk_host* /*host*/, souk_bytes text) { last_error = view(text); }
std::uint32_t metric(const souk_host*, souk_metric_kind, souk_bytes, souk_bytes) { return 1; }
void metric_record(const souk_host*, std::uint32_t, double) {}
souk_status publish(const souk_host*, const souk_publication*) { return SOUK_OK; }
void call(const souk_host*, souk_bytes, souk_bytes, souk_bytes, std::int64_t,
          souk_on_reply on_reply, void* user) {
  on_reply(user, SOUK_E_UNAVAILABLE, {}, lend("no other plugin runs in an evaluation"));
}
void reply(const souk_host*, std::uint64_t handle, souk_status status, souk_bytes bytes,
           souk_bytes error) {
  auto& question = *reinterpret_cast<OpenQuestion*>(handle);
  const std::lock_guard lock(question.mutex);
  if (status == SOUK_OK) {
    question.reply = view(bytes);
  } else {
    question.status = Status(static_cast<Code>(status), std::string(view(error)));
  }
  question.done = true;
  question.answered.notify_one();
}

souk_status set_timer(const souk_host*, souk_bytes, std::int64_t, souk_bytes) { return SOUK_OK; }
souk_status cancel_timer(const souk_host*, souk_bytes) { return SOUK_OK; }
constexpr souk_timers_v1 kTimers{set_timer, cancel_timer};

std::int32_t not_cancelled(const souk_job*) { return 0; }
/// A job and who started it; the plugin sees the first member.
struct RunningJob {
  souk_job job{};
  const HostData* data = nullptr;
};
void progress(const souk_job* job, double share) {
  const HostData& data = *reinterpret_cast<const RunningJob*>(job)->data;
  if (data.on_progress) data.on_progress(share);
}
souk_status run_job(const souk_host* host, souk_bytes, souk_job_run run, souk_job_release release,
                    void* user) {
  RunningJob running;
  running.job.cancelled = not_cancelled;
  running.job.progress = progress;
  running.data = &data_of(host);
  static_cast<void>(run(user, &running.job));
  if (release != nullptr) release(user);
  return SOUK_OK;
}
souk_status cancel_job(const souk_host*, souk_bytes) { return SOUK_E_NOT_FOUND; }
constexpr souk_jobs_v1 kJobs{run_job, cancel_job};

void no_entity(const souk_host*, souk_bytes, souk_bytes, souk_on_entity on_entity, void* user) {
  on_entity(user, SOUK_E_NOT_FOUND, {});
}
constexpr souk_entities_v1 kEntities{no_entity};

const void* get_extension(const souk_host*, const char* id) {
  if (std::strcmp(id, SOUK_EXT_TIMERS) == 0) return &kTimers;
  if (std::strcmp(id, SOUK_EXT_JOBS) == 0) return &kJobs;
  if (std::strcmp(id, SOUK_EXT_ENTITIES) == 0) return &kEntities;
  return nullptr;
}

/// Of a field that stands twice in wire bytes the last one counts, so what is put before the
/// settings stands in for what they leave out, and what is put after them overrides them.
std::string wire_of(const schema::MessageTable& table, std::string_view field,
                    const std::string& json) {
  std::string wire;
  if (table.find(field) == nullptr || !schema::json_to_wire(table, json, wire).ok()) return {};
  return wire;
}

Result<std::string> settings_bytes(const config::PluginInfo& info, std::string_view json,
                                   unsigned threads) {
  const schema::MessageTable* table = config::settings_table(info);
  if (table == nullptr) return std::string();
  std::string wire;
  if (Status status = schema::json_to_wire(*table, json, wire); !status.ok()) {
    return Status(status.code(), "--settings: " + status.field() + ": " + status.message());
  }
  // Nothing else runs here, so a training may have all cores that the evaluation may have.
  const unsigned cores = threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  const std::string all_cores = R"({"trainThreads":)" + std::to_string(std::min(cores, 256U)) + "}";
  // Data sets are of people, and those without times pass in seconds: nobody is taken for a robot.
  return wire_of(*table, "train_threads", all_cores) + wire +
         wire_of(*table, "robot_events", R"({"robotEvents":1000000})") +
         wire_of(*table, "robot_products", R"({"robotProducts":1000000})");
}

}  // namespace

struct PluginRunner::State {
  std::shared_ptr<const host::Library> library;
  HostData data;
  souk_host table{};
  const souk_plugin* plugin = nullptr;
  bool started = false;
  std::uint64_t sequence = 0;
  std::vector<std::int32_t> subscriptions;  ///< by payload field: index in `reads`, or -1

  Status outcome(souk_status status) const {
    if (status == SOUK_OK) return {};
    return {static_cast<Code>(status), info().manifest.id() + ": " + last_error};
  }
  [[nodiscard]] const config::PluginInfo& info() const { return library->info(); }
};

PluginRunner::PluginRunner() : state_(std::make_unique<State>()) {}

Result<std::unique_ptr<PluginRunner>> PluginRunner::open(const config::PluginInfoPtr& info,
                                                         std::string_view settings,
                                                         unsigned threads) {
  const auto bytes = settings_bytes(*info, settings, threads);
  if (!bytes) return bytes.status();
  auto library = host::Library::load(info);
  if (!library) return library.status();
  std::unique_ptr<PluginRunner> runner(new PluginRunner());
  State& state = *runner->state_;
  state.library = std::move(*library);
  state.table.struct_size = sizeof(souk_host);
  state.table.abi_minor = SOUK_ABI_MINOR;
  state.table.host_data = &state.data;
  state.table.get_extension = get_extension;
  state.table.log = log_line;
  state.table.now_us = now_us;
  state.table.set_error = set_error;
  state.table.metric = metric;
  state.table.metric_record = metric_record;
  state.table.publish = publish;
  state.table.call = call;
  state.table.reply = reply;
  for (int at = 0; at < info->manifest.reads_size(); ++at) {
    const std::uint32_t field = schema::payload_field(info->manifest.reads(at));
    if (field >= state.subscriptions.size()) state.subscriptions.resize(field + 1, -1);
    state.subscriptions[field] = at;
  }
  state.plugin = state.library->entry().create(&state.table);
  if (state.plugin == nullptr)
    return Status(Code::resource_exhausted, "the plugin made no instance");
  if (Status status = state.outcome(state.plugin->init(state.plugin, lend(*bytes))); !status.ok()) {
    return status;
  }
  if (Status status = state.outcome(state.plugin->start(state.plugin)); !status.ok()) {
    return status;
  }
  state.started = true;
  return runner;
}

Status PluginRunner::feed_live(const std::vector<FedEvent>& events,
                               const std::function<void(double)>& on_progress) {
  state_->data.on_progress = on_progress;
  Status status = feed(events, true);
  state_->data.on_progress = nullptr;
  return status;
}

PluginRunner::~PluginRunner() {
  if (state_->plugin == nullptr) return;
  if (state_->started) static_cast<void>(state_->plugin->stop(state_->plugin));
  state_->plugin->destroy(state_->plugin);
}

void PluginRunner::pass_time_to(std::int64_t time_us) {
  state_->data.now_us = std::max(state_->data.now_us.load(), time_us);
}

Status PluginRunner::feed(const std::vector<FedEvent>& events, bool live) {
  State& state = *state_;
  std::vector<souk_event> lent;
  std::vector<const souk_event*> pointers;
  std::vector<std::string> envelopes;
  std::vector<std::string> ids;
  for (std::size_t begin = 0; begin < events.size(); begin += kBatch) {
    const std::size_t end = std::min(begin + kBatch, events.size());
    lent.clear();
    pointers.clear();
    envelopes.assign(end - begin, {});
    ids.assign(end - begin, {});
    lent.reserve(end - begin);
    for (std::size_t at = begin; at < end; ++at) {
      const FedEvent& event = events[at];
      ++state.sequence;
      const std::uint32_t field = event.payload_field;
      if (field >= state.subscriptions.size() || state.subscriptions[field] < 0) continue;
      std::string& id = ids[at - begin] = "e" + std::to_string(state.sequence);
      std::string& envelope = envelopes[at - begin];
      souk::v1::Event message;
      message.set_id(id);
      message.set_shopper_id(event.shopper_id);
      message.set_session_id(event.session_id);
      message.SerializeToString(&envelope);
      schema::append_event_time(envelope, event.time_us);
      souk_event& out = lent.emplace_back();
      out.struct_size = sizeof(souk_event);
      out.flags = live ? 0 : SOUK_EVENT_EFFECTS_OFF;
      out.sequence = state.sequence;
      out.time_us = event.time_us;
      out.received_us = event.time_us;
      out.subscription = static_cast<std::uint32_t>(state.subscriptions[field]);
      out.payload_field = field;
      out.id = lend(id);
      out.shopper_id = lend(event.shopper_id);
      out.session_id = lend(event.session_id);
      out.type = lend(schema::payload_type(field));
      out.payload = lend(event.payload);
      out.envelope = lend(envelope);
      pointers.push_back(&out);
    }
    if (pointers.empty()) continue;
    state.data.now_us = pointers.back()->received_us;
    std::uint32_t done = 0;
    last_error.clear();
    const souk_status status = state.plugin->events(
        state.plugin, pointers.data(), static_cast<std::uint32_t>(pointers.size()), &done);
    if (Status outcome = state.outcome(status); !outcome.ok()) return outcome;
  }
  return {};
}

std::int64_t PluginRunner::newest_us() const { return state_->data.now_us.load(); }

Result<std::uint32_t> PluginRunner::method(std::string_view name) const {
  std::uint32_t index = 0;
  for (const std::string& service : state_->info().manifest.services()) {
    const schema::Service* found = state_->info().schema->service(service);
    if (found == nullptr) continue;
    for (const schema::Method& method : found->methods) {
      if (service + "/" + method.name == name) return index;
      ++index;
    }
  }
  return Status(Code::not_found,
                state_->info().manifest.id() + " does not serve " + std::string(name));
}

Result<std::string> PluginRunner::ask(std::uint32_t method, std::string_view request,
                                      std::int64_t timeout_ms) {
  // Shared with nobody once answered; a plugin that answers too late would write to it, so a
  // question without an answer is left behind.
  auto question = std::make_unique<OpenQuestion>();
  souk_call asked{};
  asked.struct_size = sizeof(souk_call);
  asked.method = method;
  asked.handle = reinterpret_cast<std::uint64_t>(question.get());
  asked.deadline_us = state_->data.now_us.load() + timeout_ms * 1'000;
  asked.request = lend(request);
  asked.request_id = lend("evaluate");
  state_->plugin->call(state_->plugin, &asked);
  std::unique_lock lock(question->mutex);
  if (!question->answered.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                   [&] { return question->done; })) {
    lock.unlock();
    static_cast<void>(question.release());
    return Status(Code::deadline_exceeded, "the plugin did not answer in time");
  }
  if (!question->status.ok()) return question->status;
  return std::move(question->reply);
}

Result<config::PluginInfoPtr> find_plugin(const std::string& path, const std::string& plugin_id) {
  if (!path.empty()) return config::read_plugin(path);
  const auto folders = default_plugin_path();
  const config::PluginCatalog catalog = config::PluginCatalog::scan(folders);
  if (auto found = catalog.find(plugin_id)) return found;
  for (const config::UnusableLibrary& library : catalog.unusable()) {
    if (library.path.find(plugin_id) != std::string::npos) {
      return Status(Code::failed_precondition, library.path + ": " + library.reason);
    }
  }
  return Status(Code::not_found, "the plugin " + plugin_id +
                                     " is not installed beside this program; name its library with "
                                     "--plugin");
}

}  // namespace souk::cli
