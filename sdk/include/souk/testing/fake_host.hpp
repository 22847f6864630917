// A daemon for tests: the souk_host that a plugin meets, with a virtual clock, recording everything
// the plugin asks of it. Knows nothing of Protobuf; bench.hpp drives a plugin with it.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "souk/abi.h"
#include "souk/ext/effect_events.h"
#include "souk/ext/entities.h"
#include "souk/ext/jobs.h"
#include "souk/ext/outbox.h"
#include "souk/ext/timers.h"
#include "souk/testing/borrowed.hpp"
#include "souk/testing/payload_rules.hpp"
#include "souk/testing/records.hpp"

namespace souk {
inline namespace abi1 {
namespace testing {

/// What kind of host this is.
struct HostKind {
  Spoil spoil = Spoil::overwrite;
  /// Bytes that may be read behind souk_host. With 0 a plugin that reads members which only a newer
  /// host has crashes at once.
  std::size_t slack = 0;
  std::set<std::string, std::less<>> withheld = {};  ///< extensions it does not have
};

/// Thread-safe. Must outlive the plugin instance that was made with it.
class FakeHost {
 public:
  explicit FakeHost(HostKind kind = {})
      : pages_(sizeof(souk_host) + kind.slack),
        graves_(kind.spoil),
        withheld_(std::move(kind.withheld)) {
    souk_host table{};
    table.struct_size = sizeof(souk_host);
    table.abi_minor = SOUK_ABI_MINOR;
    table.host_data = this;
    table.get_extension = &get_extension;
    table.log = &log;
    table.now_us = &now;
    table.set_error = &set_error;
    table.metric = &metric;
    table.metric_record = &metric_record;
    table.publish = &publish;
    table.call = &call;
    table.reply = &reply;
    void* place = pages_.last(sizeof(table) + kind.slack);
    table_ = static_cast<souk_host*>(std::memcpy(place, &table, sizeof(table)));
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  [[nodiscard]] const souk_host* table() const noexcept { return table_; }

  // The clock stands still until it is told to move.
  [[nodiscard]] std::int64_t now_us() const {
    return locked([&] { return now_us_; });
  }
  void set_now_us(std::int64_t now) {
    locked([&] { now_us_ = now; });
  }

  // How this host differs from a complete one.
  void allow_types(std::vector<std::string> types) {
    locked([&] { publishes_ = std::move(types); });
  }
  /// Payloads that the daemon would refuse are refused; without, any bytes pass.
  void set_payload_rules(std::shared_ptr<const PayloadRules> rules) {
    locked([&] { payload_rules_ = std::move(rules); });
  }
  void set_publish_status(souk_status status) {
    locked([&] { publish_status_ = status; });
  }
  void serve(const std::string& method, FakeService service) {
    locked([&] { services_[method] = std::move(service); });
  }
  void set_entity(const std::string& kind, const std::string& id, std::string bytes) {
    locked([&] { entities_[{kind, id}] = std::move(bytes); });
  }
  /// History is being folded: nothing published or enqueued counts, calls are refused.
  void set_effects(bool on) {
    locked([&] { effects_ = on; });
  }
  [[nodiscard]] bool effects() const {
    return locked([&] { return effects_; });
  }

  // What the plugin did.
  [[nodiscard]] std::vector<PublishedEvent> published() const {
    return locked([&] { return published_; });
  }
  [[nodiscard]] std::vector<LogLine> log_lines() const {
    return locked([&] { return log_; });
  }
  [[nodiscard]] std::map<std::string, PendingTimer> timers() const {
    return locked([&] { return timers_; });
  }
  [[nodiscard]] std::vector<EnqueuedEffect> effects_enqueued() const {
    return locked([&] { return outbox_; });
  }
  /// A counter's sum, a gauge's last value, the sum of what a histogram observed; 0 when unknown.
  [[nodiscard]] double metric_value(const std::string& name) const {
    return locked([&] {
      const auto found = metric_ids_.find(name);
      return found == metric_ids_.end() ? 0.0 : metric_values_.at(found->second - 1);
    });
  }
  [[nodiscard]] Misuse misuse() const {
    return locked([&] { return misuse_; });
  }
  [[nodiscard]] std::string last_error() const {
    return locked([&] { return last_error_; });
  }
  /// Why the newest publication was refused, as the daemon's log would say it.
  [[nodiscard]] std::string last_refusal() const {
    return locked([&] { return last_refusal_; });
  }
  [[nodiscard]] std::size_t jobs_waiting() const {
    return locked([&] { return jobs_.size(); });
  }

  /// Takes what was published since the last take.
  [[nodiscard]] std::vector<PublishedEvent> take_new_publications() {
    return locked([&] {
      std::vector<PublishedEvent> fresh(published_.begin() + static_cast<std::ptrdiff_t>(taken_),
                                        published_.end());
      taken_ = published_.size();
      return fresh;
    });
  }

  /// Takes the timer that is due first, at or before `until_us`; false when there is none.
  [[nodiscard]] bool take_due_timer(std::int64_t until_us, std::string& key, PendingTimer& timer) {
    return locked([&] {
      auto first = timers_.end();
      for (auto it = timers_.begin(); it != timers_.end(); ++it) {
        if (first == timers_.end() || it->second.due_us < first->second.due_us) first = it;
      }
      if (first == timers_.end() || first->second.due_us > until_us) return false;
      key = first->first;
      timer = first->second;
      timers_.erase(first);
      return true;
    });
  }
  void set_timers(std::map<std::string, PendingTimer> timers) {
    locked([&] { timers_ = std::move(timers); });
  }

  /// Runs the jobs that wait, on this thread, until none is left. Returns how many ran.
  std::size_t run_jobs() {
    std::size_t ran = 0;
    for (;; ++ran) {
      QueuedJob job;
      if (!locked([&] { return take_job(job); })) return ran;
      run_job(job);
    }
  }
  /// Drops the jobs that wait, as a daemon does that stops.
  void drop_jobs() {
    std::vector<QueuedJob> dropped;
    locked([&] { dropped.swap(jobs_); });
    for (const QueuedJob& job : dropped)
      job.release(job.user);
  }

  /// Opens a question to the plugin. lend_question() keeps what it lends until the reply.
  [[nodiscard]] std::uint64_t open_question() {
    return locked([&] {
      questions_[next_handle_];
      return next_handle_++;
    });
  }
  void lend_question(std::uint64_t handle, Loan loan) {
    locked([&] { questions_.at(handle).loan = std::make_unique<Loan>(std::move(loan)); });
  }
  /// The answer so far; `times` is 0 while there is none.
  [[nodiscard]] Answer answer(std::uint64_t handle) const {
    return locked([&] { return questions_.at(handle).answer; });
  }
  /// Waits (in real time) for the answer of a plugin that answers from a thread of its own.
  Answer wait_for_answer(std::uint64_t handle, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    answered_.wait_for(lock, limit, [&] { return questions_.at(handle).answer.times > 0; });
    return questions_.at(handle).answer;
  }
  void bury(Loan loan) {
    locked([&] { graves_.bury(std::move(loan)); });
  }

  /// Counts one more attempt at effect `id`.
  void begin_attempt(std::uint64_t id) {
    locked([&] { ++outbox_.at(id - 1).attempts; });
  }

 private:
  struct Question {
    Answer answer;
    std::unique_ptr<Loan> loan;  // what the question lends, until the reply
  };
  static constexpr std::size_t kMostMetrics = 256;
  static constexpr std::size_t kMostEffectEvents = 16;
  static constexpr std::size_t kMostJobs = 16;

  template <class Body>
  std::invoke_result_t<Body&> locked(Body&& body) const {
    const std::lock_guard lock(mutex_);
    return body();
  }
  static FakeHost& of(const souk_host* host) { return *static_cast<FakeHost*>(host->host_data); }
  static std::string text(souk_bytes bytes) {
    return bytes.size == 0 ? std::string()
                           : std::string(bytes.data, static_cast<std::size_t>(bytes.size));
  }

  static void log(const souk_host* host, souk_log_level level, souk_bytes line) {
    FakeHost& self = of(host);
    self.locked([&] { self.log_.push_back({level, text(line)}); });
  }
  static std::int64_t now(const souk_host* host) { return of(host).now_us(); }
  static void set_error(const souk_host* host, souk_bytes error) {
    FakeHost& self = of(host);
    self.locked([&] { self.last_error_ = text(error); });
  }

  static std::uint32_t metric(const souk_host* host, souk_metric_kind kind, souk_bytes name,
                              souk_bytes) {
    FakeHost& self = of(host);
    return self.locked([&]() -> std::uint32_t {
      if (name.size == 0) return 0;
      const auto found = self.metric_ids_.find(text(name));
      if (found != self.metric_ids_.end()) return found->second;
      if (self.metric_values_.size() >= kMostMetrics) return 0;
      self.metric_values_.push_back(0);
      self.metric_kinds_.push_back(kind);
      const auto id = static_cast<std::uint32_t>(self.metric_values_.size());
      self.metric_ids_.emplace(text(name), id);
      return id;
    });
  }
  static void metric_record(const souk_host* host, std::uint32_t id, double value) {
    FakeHost& self = of(host);
    self.locked([&] {
      if (id == 0 || id > self.metric_values_.size()) return;
      double& held = self.metric_values_[id - 1];
      held = self.metric_kinds_[id - 1] == SOUK_METRIC_GAUGE ? value : held + value;
    });
  }

  static souk_status publish(const souk_host* host, const souk_publication* p) {
    FakeHost& self = of(host);
    return self.locked([&] { return self.take_publication(*p, self.published_); });
  }
  /// What is told with an effect is published with its end, and dropped when it is tried again.
  static souk_status effect_publish(const souk_host* host, std::uint64_t id,
                                    const souk_publication* p) {
    FakeHost& self = of(host);
    return self.locked([&]() -> souk_status {
      if (id == 0 || id > self.outbox_.size() || self.outbox_[id - 1].finished) {
        return SOUK_E_FAILED_PRECONDITION;
      }
      std::vector<PublishedEvent>& events = self.effect_events_[id];
      if (events.size() >= kMostEffectEvents) return SOUK_E_RESOURCE_EXHAUSTED;
      return self.take_publication(*p, events);
    });
  }
  souk_status take_publication(const souk_publication& p, std::vector<PublishedEvent>& events) {
    const std::string type = text(p.type);
    if (std::find(publishes_.begin(), publishes_.end(), type) == publishes_.end()) {
      ++misuse_.unknown_types;
      return SOUK_E_INVALID_ARGUMENT;
    }
    if (Status sound = payload_rules_->check_publication(type, p); !sound.ok()) {
      ++misuse_.refused_publications;
      last_refusal_ = "the payload of " + type + ": " +
                      (sound.field().empty() ? "" : "\"" + sound.field() + "\" ") + sound.message();
      return SOUK_E_INVALID_ARGUMENT;
    }
    if (!effects_) return SOUK_OK;
    if (publish_status_ != SOUK_OK) return publish_status_;
    events.push_back({type, text(p.payload), text(p.shopper_id), text(p.session_id),
                      text(p.account_id), p.time_us != 0 ? p.time_us : now_us_, p.channel});
    return SOUK_OK;
  }

  static void call(const souk_host* host, souk_bytes method, souk_bytes request, souk_bytes,
                   std::int64_t, souk_on_reply on_reply, void* user) {
    FakeHost& self = of(host);
    FakeService service;
    const bool refused = self.locked([&] {
      if (!self.effects_) {
        ++self.misuse_.calls_in_replay;
        return true;
      }
      const auto found = self.services_.find(text(method));
      if (found != self.services_.end()) service = found->second;
      return false;
    });
    Answer answer;
    if (refused) {
      answer.status = SOUK_E_FAILED_PRECONDITION;
      answer.error = "a fold of history may not ask others";
    } else if (service) {
      answer = service(text(request));
    } else {
      answer.status = SOUK_E_UNAVAILABLE;
      answer.error = "no fake service " + text(method);
    }
    Loan loan;
    on_reply(user, answer.status, loan.lend(answer.reply), loan.lend(answer.error));
    self.bury(std::move(loan));
  }

  static void reply(const souk_host* host, std::uint64_t handle, souk_status status,
                    souk_bytes bytes, souk_bytes error) {
    FakeHost& self = of(host);
    self.locked([&] {
      const auto found = self.questions_.find(handle);
      if (found == self.questions_.end()) {
        ++self.misuse_.replies_to_nothing;
        return;
      }
      Answer& answer = found->second.answer;
      if (answer.times++ > 0) {
        ++self.misuse_.replies_to_nothing;
        return;
      }
      answer.status = status;
      answer.reply = text(bytes);
      answer.error = text(error);
      // From here on the question may be gone in a daemon, so it is gone here.
      if (found->second.loan != nullptr) self.graves_.bury(std::move(*found->second.loan));
      found->second.loan.reset();
    });
    self.answered_.notify_all();
  }

  static souk_status timer_set(const souk_host* host, souk_bytes key, std::int64_t due_us,
                               souk_bytes payload) {
    FakeHost& self = of(host);
    if (key.size == 0 || key.size > 256 || payload.size > 4096) return SOUK_E_INVALID_ARGUMENT;
    self.locked([&] { self.timers_[text(key)] = {due_us, text(payload)}; });
    return SOUK_OK;
  }
  static souk_status timer_cancel(const souk_host* host, souk_bytes key) {
    FakeHost& self = of(host);
    return self.locked(
        [&] { return self.timers_.erase(text(key)) > 0 ? SOUK_OK : SOUK_E_NOT_FOUND; });
  }

  static souk_status effect_enqueue(const souk_host* host, souk_bytes key,
                                    std::int64_t not_before_us, souk_bytes payload) {
    FakeHost& self = of(host);
    if (key.size == 0 || key.size > 128) return SOUK_E_INVALID_ARGUMENT;
    self.locked([&] {
      if (!self.effects_) return;
      EnqueuedEffect effect;
      effect.id = self.outbox_.size() + 1;
      effect.key = text(key);
      effect.payload = text(payload);
      effect.not_before_us = not_before_us;
      self.outbox_.push_back(std::move(effect));
    });
    return SOUK_OK;
  }
  static void effect_done(const souk_host* host, std::uint64_t id, souk_status status,
                          souk_bytes error) {
    FakeHost& self = of(host);
    self.locked([&] {
      if (id == 0 || id > self.outbox_.size()) return;
      EnqueuedEffect& effect = self.outbox_[id - 1];
      effect.status = status;
      effect.error = text(error);
      effect.finished = status != SOUK_E_UNAVAILABLE && status != SOUK_E_DEADLINE_EXCEEDED &&
                        status != SOUK_E_RESOURCE_EXHAUSTED;
      auto told = self.effect_events_.extract(id);
      if (told.empty() || !effect.finished) return;
      for (PublishedEvent& event : told.mapped())
        self.published_.push_back(std::move(event));
    });
  }

  static souk_status job_run(const souk_host* host, souk_bytes name, souk_job_run run,
                             souk_job_release release, void* user) {
    FakeHost& self = of(host);
    return self.locked([&]() -> souk_status {
      for (const QueuedJob& job : self.jobs_) {
        if (job.name == text(name)) return SOUK_E_ALREADY_EXISTS;
      }
      if (self.jobs_.size() >= kMostJobs) return SOUK_E_RESOURCE_EXHAUSTED;
      self.jobs_.push_back({text(name), run, release, user});
      return SOUK_OK;
    });
  }
  static souk_status job_cancel(const souk_host* host, souk_bytes name) {
    FakeHost& self = of(host);
    QueuedJob dropped;
    const bool found = self.locked([&] {
      for (auto job = self.jobs_.begin(); job != self.jobs_.end(); ++job) {
        if (job->name != text(name)) continue;
        dropped = *job;
        self.jobs_.erase(job);
        return true;
      }
      return false;
    });
    if (!found) return SOUK_E_NOT_FOUND;
    dropped.release(dropped.user);
    return SOUK_OK;
  }
  bool take_job(QueuedJob& job) {
    if (jobs_.empty()) return false;
    job = jobs_.front();
    jobs_.erase(jobs_.begin());
    return true;
  }

  static void entity_get(const souk_host* host, souk_bytes kind, souk_bytes id,
                         souk_on_entity on_entity, void* user) {
    FakeHost& self = of(host);
    std::string bytes;
    const bool found = self.locked([&] {
      const auto entity = self.entities_.find({text(kind), text(id)});
      if (entity == self.entities_.end()) return false;
      bytes = entity->second;
      return true;
    });
    Loan loan;
    on_entity(user, found ? SOUK_OK : SOUK_E_NOT_FOUND, loan.lend(bytes));
    self.bury(std::move(loan));
  }

  static const void* get_extension(const souk_host* host, const char* id) {
    static constexpr souk_timers_v1 kTimers{&timer_set, &timer_cancel};
    static constexpr souk_outbox_v1 kOutbox{&effect_enqueue, &effect_done};
    static constexpr souk_jobs_v1 kJobs{&job_run, &job_cancel};
    static constexpr souk_entities_v1 kEntities{&entity_get};
    static constexpr souk_effect_events_v1 kEffectEvents{&effect_publish};
    const FakeHost& self = of(host);
    if (self.locked([&] { return self.withheld_.contains(id); })) return nullptr;
    const std::string_view name(id);
    if (name == SOUK_EXT_TIMERS) return &kTimers;
    if (name == SOUK_EXT_OUTBOX) return &kOutbox;
    if (name == SOUK_EXT_JOBS) return &kJobs;
    if (name == SOUK_EXT_ENTITIES) return &kEntities;
    if (name == SOUK_EXT_EFFECT_EVENTS) return &kEffectEvents;
    return nullptr;
  }

  GuardedPages pages_;
  souk_host* table_ = nullptr;

  std::condition_variable answered_;
  mutable std::mutex mutex_;  // guards everything below
  Graveyard graves_;
  std::int64_t now_us_ = 1'760'000'000'000'000;
  bool effects_ = true;
  std::shared_ptr<const PayloadRules> payload_rules_ = std::make_shared<const PayloadRules>();
  souk_status publish_status_ = SOUK_OK;
  std::set<std::string, std::less<>> withheld_;
  std::vector<std::string> publishes_;
  std::map<std::string, FakeService> services_;
  std::map<std::pair<std::string, std::string>, std::string> entities_;
  std::vector<PublishedEvent> published_;
  std::size_t taken_ = 0;
  std::vector<LogLine> log_;
  std::map<std::string, PendingTimer> timers_;
  std::vector<EnqueuedEffect> outbox_;
  std::map<std::uint64_t, std::vector<PublishedEvent>> effect_events_;
  std::vector<QueuedJob> jobs_;
  std::map<std::string, std::uint32_t> metric_ids_;
  std::vector<double> metric_values_;
  std::vector<souk_metric_kind> metric_kinds_;
  std::map<std::uint64_t, Question> questions_;
  std::uint64_t next_handle_ = 1;
  Misuse misuse_;
  std::string last_error_;
  std::string last_refusal_;
};

}  // namespace testing
}  // namespace abi1
}  // namespace souk
