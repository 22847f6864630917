// Subscriber: who folds a store's events, as the bus sees it. The plugin host implements it for
// each instance; tests implement it in a few lines.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <souk/abi.h>

#include "kernel/base/status.hpp"
#include "kernel/bus/timer_queue.hpp"

namespace souk::bus {

/// Its functions are called by one thread at a time, in log order, and must not throw.
class Subscriber {
 public:
  virtual ~Subscriber() = default;

  /// Folds events; `done` is how many. Anything but OK: events[done] failed, with a sentence.
  virtual Status deliver(std::span<const souk_event* const> events, std::uint32_t& done) = 0;
  /// A timer is due; `now` carries position, time and flags.
  virtual Status fire(const Timer& timer, const souk_event& now) = 0;
  /// The position that start() asked for is reached: what follows is new. Called once.
  virtual void caught_up() = 0;
};

/// What the host's functions need to know when a plugin calls them while it folds.
struct FoldContext {
  const void* owner = nullptr;  ///< the cursor
  std::uint64_t sequence = 0;
  std::int64_t now_us = 0;   ///< received_us of the input
  std::int64_t time_us = 0;  ///< when the input happened, as its sender says
  bool effects = false;
};

/// The fold that runs on this thread, or nullptr.
[[nodiscard]] inline const FoldContext*& fold_context() noexcept {
  thread_local const FoldContext* context = nullptr;
  return context;
}

}  // namespace souk::bus
