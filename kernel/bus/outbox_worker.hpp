// OutboxWorker: performs the effects that wait in the database, each until it is done or given up.
//
// An attempt is recorded, with the time of the next one, before it is made: a daemon that dies in
// between tries again after the back-off, and the plugin sees by `attempt` that the effect may have
// happened.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "kernel/bus/services.hpp"

namespace souk::bus {

/// Performs one effect of an instance and reports through OutboxWorker::done. NOT_FOUND when the
/// instance does not run now: the effect waits.
using PerformEffect = std::function<Status(const storage::OutboxRow& row, std::uint32_t attempt)>;
/// Hears that an effect has left the outbox.
using EffectEnded = std::function<void(const storage::InstanceKey& instance)>;

/// Thread-safe.
class OutboxWorker {
 public:
  /// After so many attempts, which take three days, an effect becomes a dead letter.
  static constexpr std::uint32_t kMaxAttempts = 79;
  /// Wait before attempt `attempts` + 1: 10 s, doubling up to an hour.
  [[nodiscard]] static std::int64_t back_off_us(std::uint32_t attempts) noexcept;

  OutboxWorker(BusServices& services, PerformEffect perform, EffectEnded ended);

  /// Looks for due effects soon, on a background thread.
  void wake();
  /// To be called now and then: looks for due effects when it is time.
  void poll();
  /// How the effect ended, says `instance`. Ids that are unknown or another's are ignored.
  void done(const storage::InstanceKey& instance, std::uint64_t id, Code code,
            std::string_view error);
  /// The effect was erased: how it ends does not matter any more.
  void forget(std::uint64_t id);
  /// No effect is begun afterwards.
  void close() { closed_ = true; }

 private:
  struct InFlight {
    storage::OutboxRow row;
    std::uint32_t attempt = 0;
    std::int64_t since_us = 0;
  };

  void look();
  void attempt(const storage::OutboxRow& row);
  void finish(const InFlight& effect, Code code, const std::string& error);

  BusServices& services_;
  const PerformEffect perform_;
  const EffectEnded ended_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> looking_{false};
  std::atomic<bool> again_{false};
  std::atomic<std::int64_t> next_look_us_{0};
  std::mutex mutex_;
  std::map<std::uint64_t, InFlight> in_flight_;
};

/// What a dead letter of kind "effect" keeps, and back.
[[nodiscard]] std::string effect_letter(const storage::OutboxRow& row);
Result<storage::OutboxRow> effect_of_letter(const storage::DeadLetterRow& letter);

}  // namespace souk::bus
