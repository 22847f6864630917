// OutboxWorker: performs the effects that wait in the database, each until it is done or given up.
//
// An attempt is recorded, with the time of the next one, before it is made: a daemon that dies in
// between tries again after the back-off, and the plugin sees by `attempt` that the effect may have
// happened. Many attempts are recorded in one transaction.
//
// An end and the events that tell of it are one append to the log, so one transaction: a crash
// leaves both or neither. Ends that come while an append is on its way make up the next one; a disk
// that takes five milliseconds to sync bounds their delay, not their number.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/bus/derived_event.hpp"
#include "kernel/bus/services.hpp"

namespace souk::bus {

/// Performs one effect of an instance and reports through OutboxWorker::done. NOT_FOUND when the
/// instance does not run now: the effect waits.
using PerformEffect = std::function<Status(const storage::OutboxRow& row, std::uint32_t attempt)>;
/// Hears that an effect has left the outbox.
using EffectEnded = std::function<void(const storage::InstanceKey& instance)>;

/// Thread-safe. Outlives every append that it sends: finish() waits for them.
class OutboxWorker {
 public:
  /// After so many attempts, which take three days, an effect becomes a dead letter.
  static constexpr std::uint32_t kMaxAttempts = 79;
  /// Effects of one instance that are attempted at the same time; the others wait in the database.
  static constexpr std::size_t kMaxInFlight = 1'024;
  /// Events that one effect's end may bring.
  static constexpr std::size_t kMaxEvents = 16;
  /// Wait before attempt `attempts` + 1: 10 s, doubling up to an hour.
  [[nodiscard]] static std::int64_t back_off_us(std::uint32_t attempts) noexcept;

  OutboxWorker(BusServices& services, PerformEffect perform, EffectEnded ended);

  /// Looks for due effects soon, on a background thread.
  void wake();
  /// To be called now and then: looks for due effects when it is time, sends again what failed.
  void poll();
  /// Keeps an event for the end of an attempt that goes on. FAILED_PRECONDITION: none does.
  /// RESOURCE_EXHAUSTED: kMaxEvents are kept.
  Status publish(const storage::InstanceKey& instance, std::uint64_t id,
                 const Publication& publication);
  /// How the effect ended, says `instance`. Ids that are unknown or another's are ignored.
  void done(const storage::InstanceKey& instance, std::uint64_t id, Code code,
            std::string_view error);
  /// The effect was erased: how it ends does not matter any more.
  void forget(std::uint64_t id);
  /// No effect is begun afterwards.
  void close() { closed_ = true; }
  /// After close(), when no plugin runs any more: sends the ends that wait when `send_rest`, and
  /// returns when none is on its way. An end that cannot be stored is given up then: its effect is
  /// attempted again by the next daemon.
  void finish(bool send_rest);

 private:
  using Row = std::shared_ptr<const storage::OutboxRow>;
  struct InFlight {
    Row row;
    std::uint32_t attempt = 0;
    std::int64_t since_us = 0;
    std::vector<std::string> events;  // wire bytes, for the end
    bool ended = false;               // and not durable yet
  };
  struct Ending {
    storage::OutboxEnd end;
    std::vector<std::string> events;
  };
  /// Ends of one store.
  struct Endings {
    std::vector<Ending> waiting;
    std::vector<Ending> sent;  // kept until they are durable, to be sent again
    bool sending = false;
    std::int64_t retry_at_us = 0;  // monotonic; 0: no failure
    unsigned failures = 0;
  };
  struct Start {
    Row row;
    std::uint32_t attempt;
  };
  using Lock = std::unique_lock<std::mutex>;

  void look();
  /// Whether there may be more to do at once.
  bool look_once();
  /// The instances that have no room; false when there are some and those of others were asked for
  /// a moment ago: all effects of a full one have to be passed over for that.
  bool full_instances(std::vector<storage::InstanceKey>& full);
  /// What may begin now, and what has to be recorded first.
  std::vector<Start> admit(std::vector<storage::OutboxRow> rows,
                           std::vector<storage::OutboxAttempt>& records);
  void perform(const std::vector<Start>& starts);
  [[nodiscard]] bool goes_on(std::uint64_t id);
  /// [locked]
  void take_out(std::map<std::uint64_t, InFlight>::iterator effect);
  void take_out(std::uint64_t id);
  /// Sends what waits of a store unless something is on its way. [locked]
  void send(const std::string& store, Lock& lock);
  void stored(const std::string& store, const Status& status);
  /// The ends of an append have become durable.
  void leave(const std::vector<Ending>& durable);

  BusServices& services_;
  const PerformEffect perform_;
  const EffectEnded ended_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> looking_{false};
  std::atomic<bool> again_{false};
  std::atomic<std::int64_t> next_look_us_{0};
  std::mutex mutex_;
  std::condition_variable sent_;
  bool finished_ = false;
  std::map<std::uint64_t, InFlight> in_flight_;
  std::map<storage::InstanceKey, std::size_t> counts_;  // of in_flight_
  std::int64_t next_wide_look_us_ = 0;
  std::map<std::string, Endings> endings_;
};

/// What a dead letter of kind "effect" keeps, and back.
[[nodiscard]] std::string effect_letter(const storage::OutboxRow& row);
Result<storage::OutboxRow> effect_of_letter(const storage::DeadLetterRow& letter);

}  // namespace souk::bus
