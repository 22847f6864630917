// A plugin instance on a fake host, driven by bytes. testing.hpp adds messages.
//
// What it lends to the plugin (events, requests, settings, snapshots) is spoiled when the call is
// over.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "souk/abi.h"
#include "souk/ext/health.h"
#include "souk/ext/outbox.h"
#include "souk/ext/schema.h"
#include "souk/ext/settings.h"
#include "souk/ext/snapshot.h"
#include "souk/ext/timers.h"
#include "souk/result.hpp"
#include "souk/testing/borrowed.hpp"
#include "souk/testing/declaration.hpp"
#include "souk/testing/fake_host.hpp"

namespace souk {
inline namespace abi1 {
namespace testing {

/// What stands around an event's payload. Zero times are filled in: the host's clock.
struct Envelope {
  std::string id = {};
  std::string shopper_id = {};
  std::string session_id = {};
  std::string account_id = {};
  std::string attribution_token = {};
  std::int64_t time_us = 0;
  std::uint32_t flags = 0;    ///< SOUK_EVENT_NO_*; effects are set by Bench::set_replaying
  std::uint32_t channel = 0;  ///< a souk.v1.Event.Channel below 128
};

/// An event as bytes.
struct RawEvent {
  std::string type;
  std::string payload;
  Envelope envelope = {};
  std::uint32_t payload_field = 15;
};

/// One instance, from create to destroy. One thread, but ask() may be called from several.
class RawBench {
 public:
  explicit RawBench(const souk_entry& entry, HostKind kind = {})
      : entry_(entry), kind_(std::move(kind)), host_(std::make_unique<FakeHost>(kind_)) {
    create();
  }
  RawBench(const RawBench&) = delete;
  RawBench& operator=(const RawBench&) = delete;
  ~RawBench() { destroy(); }

  [[nodiscard]] FakeHost& host() noexcept { return *host_; }
  [[nodiscard]] const souk_plugin* plugin() const noexcept { return plugin_; }
  [[nodiscard]] const Declaration& declaration() const noexcept { return declaration_; }

  // ---- life ----

  Status init(std::string_view settings) {
    Loan loan;
    const souk_status status = plugin_->init(plugin_, loan.lend(settings));
    host_->bury(std::move(loan));
    if (status == SOUK_OK) settings_ = settings;
    return outcome(status);
  }
  Status start() { return outcome(plugin_->start(plugin_)); }
  /// Drops what waits, then stops, as the daemon does.
  Status stop() {
    host_->drop_jobs();
    return outcome(plugin_->stop(plugin_));
  }
  void destroy() {
    if (plugin_ == nullptr) return;
    host_->drop_jobs();
    plugin_->destroy(plugin_);
    plugin_ = nullptr;
  }
  Status reload(std::string_view settings) {
    const auto* extension = from_plugin<souk_settings_v1>(SOUK_EXT_SETTINGS);
    if (extension == nullptr) return absent(SOUK_EXT_SETTINGS);
    Loan loan;
    const souk_status status = extension->reload(plugin_, loan.lend(settings));
    host_->bury(std::move(loan));
    if (status == SOUK_OK) settings_ = settings;
    return outcome(status);
  }
  Status set_account(std::string_view account_id, std::string_view settings) {
    const auto* extension = from_plugin<souk_settings_v1>(SOUK_EXT_SETTINGS);
    if (extension == nullptr) return absent(SOUK_EXT_SETTINGS);
    Loan loan;
    const souk_status status =
        extension->account(plugin_, loan.lend(account_id), loan.lend(settings));
    host_->bury(std::move(loan));
    return outcome(status);
  }

  // ---- events and time ----

  /// From now on events are history: effects off.
  void set_replaying(bool replaying) { host_->set_effects(!replaying); }

  /// Folds events as one batch. On failure the rest is not folded; `folded()` says how far it came.
  Status fold(const std::vector<RawEvent>& events) {
    folded_ = 0;
    if (plugin_->events == nullptr || events.empty()) return {};
    Loan loan;
    std::vector<const souk_event*> pointers;
    for (const RawEvent& event : events)
      pointers.push_back(lend(loan, event));
    std::uint32_t done = 0;
    const souk_status status = plugin_->events(plugin_, pointers.data(),
                                               static_cast<std::uint32_t>(pointers.size()), &done);
    host_->bury(std::move(loan));
    folded_ = done;
    return outcome(status);
  }
  [[nodiscard]] std::uint32_t folded() const noexcept { return folded_; }

  /// Gives the plugin the events that it published and reads itself, until there are no more.
  Status deliver_published() {
    constexpr int kMostRounds = 1000;
    for (int round = 0; round < kMostRounds; ++round) {
      std::vector<RawEvent> events;
      for (PublishedEvent& published : host_->take_new_publications()) {
        if (!declaration_.subscription(published.type)) continue;
        RawEvent& event = events.emplace_back();
        event.type = std::move(published.type);
        event.payload = std::move(published.payload);
        event.envelope.shopper_id = std::move(published.shopper_id);
        event.envelope.session_id = std::move(published.session_id);
        event.envelope.account_id = std::move(published.account_id);
        event.envelope.time_us = published.time_us;
        event.envelope.channel = published.channel;
      }
      if (events.empty()) return {};
      if (Status status = fold(events); !status.ok()) return status;
    }
    return {Code::resource_exhausted, "the plugin publishes for ever in answer to itself"};
  }

  /// Lets time pass, firing the timers that come due on the way, in order.
  Status advance(std::chrono::microseconds time) {
    const std::int64_t until = host_->now_us() + time.count();
    std::string key;
    PendingTimer timer;
    while (host_->take_due_timer(until, key, timer)) {
      host_->set_now_us(std::max(host_->now_us(), timer.due_us));
      if (Status status = fire(key, timer); !status.ok()) return status;
    }
    host_->set_now_us(until);
    return deliver_published();
  }

  /// Fires one timer, taken from the host before.
  Status fire(const std::string& key, const PendingTimer& timer) {
    const auto* handler = from_plugin<souk_timer_handler_v1>(SOUK_EXT_TIMERS);
    if (handler == nullptr) return absent(SOUK_EXT_TIMERS);
    Loan loan;
    const souk_event* now = loan.lend_struct(moment());
    const souk_status status =
        handler->fire(plugin_, loan.lend(key), timer.due_us, loan.lend(timer.payload), now);
    host_->bury(std::move(loan));
    return outcome(status);
  }

  // ---- questions ----

  /// Asks the plugin. Runs waiting jobs and waits up to `limit` of real time for the answer.
  Answer ask(std::uint32_t method, std::string_view request, std::string_view account_id = {},
             std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    const std::uint64_t handle = begin(method, request, account_id);
    if (host_->answer(handle).times == 0) host_->run_jobs();
    return host_->wait_for_answer(handle, limit);
  }

  /// Asks without waiting; host().answer(handle) is the answer so far.
  std::uint64_t begin(std::uint32_t method, std::string_view request,
                      std::string_view account_id = {}) {
    const std::uint64_t handle = host_->open_question();
    Loan loan;
    souk_call call{};
    call.struct_size = sizeof(call);
    call.method = method;
    call.handle = handle;
    call.deadline_us = host_->now_us() + 1'000'000;
    call.request = loan.lend(request);
    call.account_id = loan.lend(account_id);
    call.request_id = loan.lend("test-" + std::to_string(handle));
    const souk_call* lent = loan.lend_struct(call);
    host_->lend_question(handle, std::move(loan));
    plugin_->call(plugin_, lent);
    return handle;
  }

  // ---- effects, health ----

  /// Performs every effect that waits, once.
  Status perform_effects() {
    const auto* handler = from_plugin<souk_outbox_handler_v1>(SOUK_EXT_OUTBOX);
    if (handler == nullptr) return absent(SOUK_EXT_OUTBOX);
    for (const EnqueuedEffect& effect : host_->effects_enqueued()) {
      if (effect.finished) continue;
      host_->begin_attempt(effect.id);
      Loan loan;
      handler->perform(plugin_, effect.id, effect.attempts + 1, loan.lend(effect.key),
                       loan.lend(effect.payload));
      host_->bury(std::move(loan));
    }
    return {};
  }

  /// Wire bytes of souk.v1.PluginHealth.
  Result<std::string> health() {
    const auto* extension = from_plugin<souk_health_v1>(SOUK_EXT_HEALTH);
    if (extension == nullptr) return absent(SOUK_EXT_HEALTH);
    std::string bytes;
    const souk_status status = extension->report(plugin_, &append, &bytes);
    if (status != SOUK_OK) return outcome(status);
    return bytes;
  }

  // ---- state ----

  [[nodiscard]] bool has_snapshot() const {
    return plugin_->get_extension(plugin_, SOUK_EXT_SNAPSHOT) != nullptr;
  }
  Result<std::string> snapshot() {
    const auto* extension = from_plugin<souk_snapshot_v1>(SOUK_EXT_SNAPSHOT);
    if (extension == nullptr) return absent(SOUK_EXT_SNAPSHOT);
    std::string bytes;
    const souk_status status = extension->save(plugin_, &append, &bytes);
    if (status != SOUK_OK) return outcome(status);
    return bytes;
  }
  Status restore(std::string_view bytes) {
    const auto* extension = from_plugin<souk_snapshot_v1>(SOUK_EXT_SNAPSHOT);
    if (extension == nullptr) return absent(SOUK_EXT_SNAPSHOT);
    std::string_view rest = bytes;
    return outcome(extension->restore(plugin_, &read, &rest));
  }

  /// The daemon restarts: a new instance, from the old one's snapshot when it has one. Settings and
  /// timers stay.
  Status restart() {
    std::string state;
    const bool keeps_state = has_snapshot();
    if (keeps_state) {
      Result<std::string> saved = snapshot();
      if (!saved.ok()) return saved.status();
      state = std::move(saved.value());
    }
    auto timers = host_->timers();
    const std::int64_t now = host_->now_us();
    if (Status status = stop(); !status.ok()) return status;
    destroy();
    graveyard_of_hosts_.push_back(std::move(host_));
    host_ = std::make_unique<FakeHost>(kind_);
    host_->set_now_us(now);
    host_->set_timers(std::move(timers));
    create();
    if (Status status = init(std::string(settings_)); !status.ok()) return status;
    if (keeps_state) {
      if (Status status = restore(state); !status.ok()) return status;
    }
    return start();
  }

 private:
  void create() {
    plugin_ = entry_.create(host_->table());
    if (plugin_ == nullptr) throw std::runtime_error("create() gave NULL");
    const auto* schema = from_plugin<souk_schema_v1>(SOUK_EXT_SCHEMA);
    const std::string_view manifest(entry_.manifest.data,
                                    static_cast<std::size_t>(entry_.manifest.size));
    std::string_view set;
    if (schema != nullptr) {
      set = {schema->descriptor_set.data, static_cast<std::size_t>(schema->descriptor_set.size)};
    }
    declaration_ = read_declaration(manifest, set);
    host_->allow_types(declaration_.publishes);
    host_->set_payload_rules(PayloadRules::shared(set));
  }

  template <class Extension>
  [[nodiscard]] const Extension* from_plugin(const char* id) const {
    return static_cast<const Extension*>(plugin_->get_extension(plugin_, id));
  }
  static Status absent(const char* id) {
    return {Code::unsupported, std::string("the plugin has no ") + id};
  }
  Status outcome(souk_status status) {
    if (status == SOUK_OK) return {};
    return {static_cast<Code>(status), host_->last_error()};
  }

  souk_event moment() {
    souk_event event{};
    event.struct_size = sizeof(event);
    event.flags = host_->effects() ? 0 : SOUK_EVENT_EFFECTS_OFF;
    event.sequence = ++sequence_;
    event.received_us = host_->now_us();
    event.time_us = event.received_us;
    return event;
  }

  const souk_event* lend(Loan& loan, const RawEvent& raw) {
    souk_event event = moment();
    const Envelope& envelope = raw.envelope;
    event.flags |= envelope.flags;
    if (envelope.time_us != 0) event.time_us = envelope.time_us;
    // An unknown type gets an index that the manifest does not have.
    event.subscription = declaration_.subscription(raw.type).value_or(
        static_cast<std::uint32_t>(declaration_.reads.size()));
    event.payload_field = raw.payload_field;
    event.id = loan.lend(envelope.id.empty() ? "e" + std::to_string(sequence_) : envelope.id);
    event.shopper_id = loan.lend(envelope.shopper_id);
    event.session_id = loan.lend(envelope.session_id);
    event.account_id = loan.lend(envelope.account_id);
    event.attribution_token = loan.lend(envelope.attribution_token);
    event.type = loan.lend(raw.type);
    event.payload = loan.lend(raw.payload);
    // Of the whole event, only what has no field of its own here.
    if (envelope.channel != 0)
      event.envelope = loan.lend(std::string("\x48") + static_cast<char>(envelope.channel));
    return loan.lend_struct(event);
  }

  static souk_status append(void* user, souk_bytes piece) {
    if (piece.size > 0) {
      static_cast<std::string*>(user)->append(piece.data, static_cast<std::size_t>(piece.size));
    }
    return SOUK_OK;
  }
  /// Gives the snapshot in small, uneven pieces, as storage may.
  static std::int64_t read(void* user, char* buffer, std::uint64_t capacity) {
    constexpr std::uint64_t kPiece = 997;
    auto* rest = static_cast<std::string_view*>(user);
    const auto size = static_cast<std::size_t>(
        std::min({capacity, kPiece, static_cast<std::uint64_t>(rest->size())}));
    if (size > 0) std::memcpy(buffer, rest->data(), size);
    rest->remove_prefix(size);
    return static_cast<std::int64_t>(size);
  }

  const souk_entry& entry_;
  HostKind kind_;
  std::unique_ptr<FakeHost> host_;
  std::vector<std::unique_ptr<FakeHost>> graveyard_of_hosts_;
  const souk_plugin* plugin_ = nullptr;
  Declaration declaration_;
  std::string settings_;
  std::uint64_t sequence_ = 0;
  std::uint32_t folded_ = 0;
};

}  // namespace testing
}  // namespace abi1
}  // namespace souk
