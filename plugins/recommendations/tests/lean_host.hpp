// The least of a host, for measuring and for many threads: it keeps nothing and locks nothing. Jobs
// wait until they are asked for, and then run on the thread that asks.
#pragma once

#include <souk/abi.h>
#include <souk/testing/declaration.hpp>
#include <souk/testing/library.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "souk/bytes.hpp"
#include "souk/ext/jobs.h"
#include "souk/ext/schema.h"

namespace souk::recommendations::testing {

/// One instance of the plugin behind its function table. fold() from one thread, ask() from any.
class LeanHost {
 public:
  /// With `jobs` the plugin's jobs wait for run_jobs(); without, it is told that there are none.
  explicit LeanHost(const std::string& library, std::string_view settings = {}, bool jobs = false)
      : library_(library), with_jobs_(jobs) {
    table_.struct_size = sizeof(table_);
    table_.abi_minor = SOUK_ABI_MINOR;
    table_.host_data = this;
    table_.get_extension = [](const souk_host* host, const char* name) -> const void* {
      static constexpr souk_jobs_v1 kJobs{
          &queue_job, [](const souk_host*, souk_bytes) { return SOUK_E_NOT_FOUND; }};
      return of(host).with_jobs_ && name == std::string_view(SOUK_EXT_JOBS) ? &kJobs : nullptr;
    };
    table_.log = [](const souk_host*, souk_log_level, souk_bytes) {};
    table_.now_us = [](const souk_host* host) { return of(host).now_us.load(); };
    table_.set_error = [](const souk_host*, souk_bytes) {};
    table_.metric = [](const souk_host*, souk_metric_kind, souk_bytes, souk_bytes) {
      return std::uint32_t{0};
    };
    table_.metric_record = [](const souk_host*, std::uint32_t, double) {};
    table_.publish = [](const souk_host*, const souk_publication*) { return SOUK_OK; };
    table_.call = [](const souk_host*, souk_bytes, souk_bytes, souk_bytes, std::int64_t,
                     souk_on_reply on_reply,
                     void* user) { on_reply(user, SOUK_E_UNAVAILABLE, {}, {}); };
    table_.reply = [](const souk_host*, std::uint64_t, souk_status status, souk_bytes reply,
                      souk_bytes) {
      last_status() = status;
      last_reply().assign(to_view(reply));
    };
    plugin_ = library_.entry().create(&table_);
    const auto* schema =
        static_cast<const souk_schema_v1*>(plugin_->get_extension(plugin_, SOUK_EXT_SCHEMA));
    const std::string_view descriptors =
        schema != nullptr ? to_view(schema->descriptor_set) : std::string_view();
    declaration_ = souk::testing::read_declaration(to_view(library_.entry().manifest), descriptors);
    ready_ =
        plugin_->init(plugin_, to_bytes(settings)) == SOUK_OK && plugin_->start(plugin_) == SOUK_OK;
  }
  LeanHost(const LeanHost&) = delete;
  LeanHost& operator=(const LeanHost&) = delete;
  ~LeanHost() {
    for (const Job& job : std::exchange(jobs_, {}))
      job.release(job.user);
    plugin_->stop(plugin_);
    plugin_->destroy(plugin_);
  }

  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] const souk_plugin* plugin() const { return plugin_; }
  [[nodiscard]] std::uint32_t subscription(std::string_view type) const {
    return declaration_.subscription(type).value();
  }
  [[nodiscard]] std::optional<std::uint32_t> find_subscription(std::string_view type) const {
    return declaration_.subscription(type);
  }

  /// An event of a stranger or a shopper; what it views must live until it is folded.
  [[nodiscard]] souk_event event(std::uint32_t subscription, std::string_view payload,
                                 std::string_view shopper, std::string_view session) {
    souk_event made{};
    made.struct_size = sizeof(made);
    made.sequence = ++sequence_;
    made.time_us = made.received_us = now_us.fetch_add(1) + 1;
    made.subscription = subscription;
    made.payload = to_bytes(payload);
    made.shopper_id = to_bytes(shopper);
    made.session_id = to_bytes(session);
    return made;
  }
  /// True when all were folded.
  bool fold(const std::vector<souk_event>& events) {
    pointers_.clear();
    for (const souk_event& each : events)
      pointers_.push_back(&each);
    std::uint32_t done = 0;
    return plugin_->events(plugin_, pointers_.data(), static_cast<std::uint32_t>(pointers_.size()),
                           &done) == SOUK_OK &&
           done == pointers_.size();
  }

  /// Runs what waits, and what that asks for; no fold() at the same time.
  void run_jobs() {
    souk_job handle{};
    handle.struct_size = sizeof(handle);
    handle.cancelled = [](const souk_job*) { return std::int32_t{0}; };
    handle.progress = [](const souk_job*, double) {};
    while (!jobs_.empty()) {
      for (const Job& job : std::exchange(jobs_, {})) {
        job.run(job.user, &handle);
        job.release(job.user);
      }
    }
  }

  /// The reply's bytes, valid until the thread asks again; empty on an error.
  std::string_view ask(std::string_view request) { return ask_method(0, request); }
  /// The same by the method's name: "souk.v1.Search/Find".
  std::string_view ask(std::string_view method, std::string_view request) {
    return ask_method(declaration_.method(method).value(), request);
  }

  std::atomic<std::int64_t> now_us{1'800'000'000'000'000};

 private:
  std::string_view ask_method(std::uint32_t method, std::string_view request) {
    souk_call call{};
    call.struct_size = sizeof(call);
    call.method = method;
    call.handle = 1;
    call.deadline_us = now_us.load() + 1'000'000;
    call.request = to_bytes(request);
    call.request_id = to_bytes("a-request");
    last_status() = SOUK_E_INTERNAL;
    last_reply().clear();
    plugin_->call(plugin_, &call);
    return last_status() == SOUK_OK ? std::string_view(last_reply()) : std::string_view();
  }
  struct Job {
    std::string name;
    souk_job_run run;
    souk_job_release release;
    void* user;
  };
  static souk_status queue_job(const souk_host* host, souk_bytes name, souk_job_run run,
                               souk_job_release release, void* user) {
    LeanHost& self = of(host);
    for (const Job& job : self.jobs_) {
      if (job.name == to_view(name)) return SOUK_E_ALREADY_EXISTS;
    }
    self.jobs_.push_back({std::string(to_view(name)), run, release, user});
    return SOUK_OK;
  }
  static LeanHost& of(const souk_host* host) { return *static_cast<LeanHost*>(host->host_data); }
  static std::string& last_reply() {
    thread_local std::string reply;
    return reply;
  }
  static souk_status& last_status() {
    thread_local souk_status status = SOUK_OK;
    return status;
  }

  souk::testing::Library library_;
  souk::testing::Declaration declaration_;
  souk_host table_{};
  const souk_plugin* plugin_ = nullptr;
  bool ready_ = false;
  std::uint64_t sequence_ = 0;
  std::vector<const souk_event*> pointers_;
  const bool with_jobs_;
  std::vector<Job> jobs_;
};

}  // namespace souk::recommendations::testing
