// Endpoint: the call side of one instance. Lets questions in while the instance serves, bounds
// them, and closes without leaving one behind.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/clock.hpp"
#include "kernel/base/metrics.hpp"
#include "kernel/base/thread_shard.hpp"
#include "kernel/bus/deadline_watch.hpp"
#include "kernel/bus/open_calls.hpp"

namespace souk::bus {

/// Who answers. call() is called concurrently, must not throw, and answers through Endpoint::reply.
class CallTarget {
 public:
  virtual ~CallTarget() = default;
  virtual void call(const souk_call* call) = 0;
  /// Why it does not serve now, as a sentence for the caller.
  virtual std::string unavailable_reason() = 0;
};

struct EndpointMetrics {
  base::Counter calls;
  base::Counter failures;
  base::Counter dropped_replies;
  base::Counter slow_calls;
  base::Histogram seconds;
};

struct EndpointSettings {
  std::size_t max_open = 4'096;  ///< questions without an answer; beyond: RESOURCE_EXHAUSTED
  /// Threads inside the target at a time; beyond: UNAVAILABLE. Half of them for questions of other
  /// plugins, so that one that hangs can not take all that the asking plugin may use.
  int max_inside = 64;
  std::int64_t slow_us = 100'000;  ///< a call that holds its thread longer is counted
};

/// The question that a plugin answers on this thread: bounds what it asks in turn.
struct CallContext {
  std::int64_t deadline_mono_us = 0;
  int depth = 0;
  std::string_view request_id;
};
[[nodiscard]] inline CallContext& call_context() noexcept {
  thread_local CallContext context;
  return context;
}

/// Thread-safe.
class Endpoint {
 public:
  /// Questions within questions on one thread: beyond it plugins ask each other in a circle.
  static constexpr int kMaxDepth = 16;

  /// `deadlines` hears of every question; nullptr where somebody calls expire() now and then.
  Endpoint(CallTarget& target, const EndpointSettings& settings, const base::Clock& clock,
           const EndpointMetrics& metrics, DeadlineWatch* deadlines = nullptr);

  /// While false, questions are answered UNAVAILABLE with the target's reason.
  void set_serving(bool serving) noexcept { serving_ = serving; }
  [[nodiscard]] bool serving() const noexcept { return serving_; }

  /// Announces a question; the endpoint stays as it is until leave(). False when it is closed.
  bool enter() noexcept;
  void leave() noexcept { inside_.fetch_sub(1); }
  /// Asks, between enter() and leave(). `done` hears the answer exactly once.
  void ask(const Question& question, CallDone done);
  void reply(std::uint64_t handle, souk_status status, std::string_view reply,
             std::string_view error);
  /// Ends questions that are past their deadline. Returns the earliest deadline that is left, or
  /// DeadlineWatch::kNever.
  std::int64_t expire(std::int64_t monotonic_us);
  /// Takes no more questions and waits for the open ones; those that remain hear UNAVAILABLE. False
  /// when a thread is still inside the target: it must live on.
  bool close(std::int64_t timeout_us);

  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_.value(); }
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }
  [[nodiscard]] std::uint64_t dropped_replies() const noexcept { return dropped_; }
  /// Questions that some thread is asking right now.
  [[nodiscard]] int inside() const noexcept { return inside_; }

 private:
  CallTarget& target_;
  const EndpointSettings settings_;
  const base::Clock& clock_;
  DeadlineWatch* const deadlines_;
  const EndpointMetrics metrics_;
  OpenCalls open_calls_;
  std::atomic<bool> serving_{false};
  std::atomic<bool> closed_{false};
  std::atomic<int> inside_{0};
  base::SpreadCount calls_;
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace souk::bus
