// Effects: what one instance causes while it handles events (events it publishes, rows for the
// outbox), and how that becomes durable exactly once.
//
// The rule: everything that the inputs up to sequence C caused is durable if and only if the
// instance's effects cursor in the database is ≥ C. Events, outbox rows and cursor travel in one
// append to the log, which is one transaction. After a crash the instance continues from its
// snapshot S ≤ C: inputs in (S, C] are folded with effects off, inputs after C with effects on.
//
// Where a crash may fall:
//   before the append is durable   nothing of it exists; the inputs are after C and cause it again;
//   after it                       the inputs are ≤ C and cause nothing;
//   between inputs that cause nothing, whose cursor is written lazily: they are handled again with
//                                  effects on and cause nothing again, since a fold is a function
//                                  of its input. Were one to cause something all the same, its id
//                                  (a function of plugin, account, input sequence and ordinal) is
//                                  the one it had before: the log drops it as a duplicate, the
//                                  outbox ignores it.
// A snapshot is stored only once the cursor has reached its position (settle()): otherwise the
// restored instance would stand behind inputs whose effects were lost.
//
// What a failed attempt caused is discarded and its ordinals are used again by the next attempt.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/bus/derived_event.hpp"
#include "kernel/bus/services.hpp"

namespace souk::bus {

/// Functions marked [event] belong to the thread that handles the instance's events; the others are
/// thread-safe. Held by shared_ptr: an append in flight keeps it alive.
class Effects : public std::enable_shared_from_this<Effects> {
 public:
  static constexpr std::size_t kMaxPublications = 10'000;
  static constexpr std::size_t kMaxOutbox = 100'000;

  /// `durable_cursor`: the instance's cursor in the database. `outbox_waiting`: rows it has there.
  /// `wake` is called, on any thread, when room has come free or the cursor has moved.
  Effects(BusServices& services, storage::InstanceKey instance, std::uint64_t durable_cursor,
          std::uint64_t outbox_waiting, std::function<void()> wake);

  // ---- one attempt at an input [event] ---------------------------------------------------------
  void begin_attempt(std::uint64_t sequence);
  void keep_attempt();
  void discard_attempt();
  /// RESOURCE_EXHAUSTED: kMaxPublications wait.
  Status publish(const Publication& publication);
  /// RESOURCE_EXHAUSTED: kMaxOutbox wait.
  Status enqueue(std::string_view key, std::int64_t not_before_us, std::string_view payload);
  /// Sends what was kept on its way; `position` is the last input handled. Without effects the
  /// cursor is written when `position` is far enough ahead of it, or when `now`.
  void flush(std::uint64_t position, bool now);

  // ---- any thread ------------------------------------------------------------------------------
  /// Publishes outside the handling of an event, under a random id.
  Status publish_outside(const Publication& publication);
  /// Calls `done` once the cursor is at `position` or beyond; at the latest flush(position, true)
  /// makes that happen. `done` hears CANCELLED when the effects are closed first.
  void settle(std::uint64_t position, std::function<void(Status)> done);
  [[nodiscard]] std::uint64_t durable_cursor() const noexcept { return durable_cursor_; }
  /// Publications that are not durable yet.
  [[nodiscard]] std::size_t waiting() const noexcept { return publications_; }
  /// True when handling further events should wait for the log.
  [[nodiscard]] bool congested() const noexcept { return publications_ > kMaxPublications / 2; }
  [[nodiscard]] std::uint64_t outbox_waiting() const noexcept { return outbox_waiting_; }
  /// A row has left the outbox, or come to it other than by enqueue().
  void outbox_ended() noexcept {
    std::uint64_t waiting = outbox_waiting_;
    while (waiting > 0 && !outbox_waiting_.compare_exchange_weak(waiting, waiting - 1)) {
    }
  }
  void outbox_added() noexcept { ++outbox_waiting_; }
  /// Called when rows of the outbox have become durable.
  void on_outbox(std::function<void()> listener) { on_outbox_ = std::move(listener); }
  /// Retries a failed append whose back-off is over. To be called now and then.
  void poll();
  /// Gives up what is not on its way: nothing is sent afterwards, waiters hear CANCELLED. Returns
  /// when no append is in flight.
  void close();

 private:
  struct Load {
    log::EncodedEvents events;
    std::vector<storage::OutboxRow> outbox;
    std::uint64_t cursor = 0;  // 0: does not move the cursor
    [[nodiscard]] bool empty() const noexcept {
      return events.empty() && outbox.empty() && cursor == 0;
    }
    void take(Load&& later);
  };
  struct Waiter {
    std::uint64_t position;
    std::function<void(Status)> done;
  };

  Status reserve_publication();
  void release_held(std::uint64_t position);
  void send(std::unique_lock<std::mutex>& lock);
  void appended(const Status& status);
  void release_waiters(std::unique_lock<std::mutex>& lock);

  BusServices& services_;
  const storage::InstanceKey instance_;
  const std::function<void()> wake_;
  std::function<void()> on_outbox_;

  // [event]
  std::uint64_t sequence_ = 0;
  std::uint32_t ordinal_ = 0;
  std::uint32_t ordinal_at_attempt_ = 0;
  std::vector<std::string> attempt_events_;
  std::vector<storage::OutboxRow> attempt_outbox_;
  Load kept_;
  // Rows of an input that is not through yet (some of its timers have fired) wait until it is: once
  // performed and gone from the database, they could not be told from new ones after a crash.
  std::vector<storage::OutboxRow> held_outbox_;
  std::uint64_t held_sequence_ = 0;
  std::int64_t last_cursor_us_ = 0;
  std::uint64_t sent_cursor_ = 0;

  std::atomic<std::uint64_t> durable_cursor_;
  std::atomic<std::size_t> publications_{0};
  std::atomic<std::uint64_t> outbox_waiting_;

  std::mutex mutex_;
  Load waiting_;    // to be sent next
  Load in_flight_;  // kept until it is durable, to be sent again
  bool sending_ = false;
  std::condition_variable sent_;
  bool closed_ = false;
  std::int64_t retry_at_us_ = 0;  // monotonic; 0: no failure
  unsigned failures_ = 0;
  std::vector<Waiter> waiters_;
};

}  // namespace souk::bus
