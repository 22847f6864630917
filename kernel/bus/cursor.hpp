// Cursor: one instance's position in its store's log, and the turns in which it moves.
//
// A turn folds what the log holds beyond the position, in slices, for a few milliseconds, and then
// lets others have the thread. At most one turn of a cursor runs at a time. Live and replay are
// this one code path: only where the batches come from differs.
//
// What one call of the subscriber gets is never left to chance, so that state comes out the same
// however the log was read: all its events lie in one commit (one received_us, whether or not the
// log was compacted since) and on one side of the effects cursor. An instance that uses timers gets
// one event a call, because a timer that it sets may be due before the next one; one that publishes
// or fills the outbox gets one event a call while effects are on, because what it causes is named
// after the event that caused it.
//
// Timers fire before the first log entry whose received_us is at or after their due time, whether
// the instance reads that entry or not.
//
// Failure: an event or timer is tried 3 times with back-off, without holding a thread meanwhile;
// then it is stored as a dead letter, and the position moves on only after that is durable.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "kernel/bus/effects.hpp"
#include "kernel/bus/log_feed.hpp"
#include "kernel/bus/subscriber.hpp"
#include "kernel/bus/subscription_table.hpp"

namespace souk::bus {

struct CursorSettings {
  storage::InstanceKey instance;  ///< account_id: sees the events of this account alone
  std::vector<std::string> reads;
  std::uint64_t position = 0;  ///< last sequence already folded
  std::uint64_t effects_cursor = 0;
  std::uint64_t outbox_waiting = 0;
  std::set<std::uint64_t> dead;  ///< sequences already stored as dead letters: not stored twice
  bool publishes = false;
  std::size_t max_events_per_call = 512;
  std::int64_t slow_handler_us = 100'000;
};

/// Figures of one cursor; read by any thread.
struct CursorCounts {
  std::atomic<std::uint64_t> events{0};    ///< folded
  std::atomic<std::uint64_t> failures{0};  ///< attempts that failed
  std::atomic<std::uint64_t> dead_letters{0};
  std::atomic<std::uint64_t> slow_calls{0};
  std::atomic<std::uint64_t> timers_fired{0};
};

/// Functions marked [event] are for tasks posted to it and for the subscriber while it is called.
class Cursor : public std::enable_shared_from_this<Cursor> {
 public:
  static constexpr std::int64_t kNever = TimerQueue::kNever;

  /// `progress` is called at the end of turns that moved the position, on any thread. The
  /// subscriber must outlive every turn, the services everything.
  static std::shared_ptr<Cursor> make(BusServices& services, CursorSettings settings,
                                      Subscriber& subscriber, std::function<void()> progress);

  // ---- control ---------------------------------------------------------------------------------
  /// Lets turns run. caught_up() follows when the position reaches `target`, the log's end now.
  void start(std::uint64_t target);
  /// Ends turns: none runs afterwards. False when one does not end in time (the subscriber hangs);
  /// the subscriber must then live on.
  bool stop(std::int64_t timeout_us);
  /// Runs `task` between two slices, in the [event] context, as soon as possible. False when
  /// stopped.
  bool post(std::function<void()> task);

  // ---- any thread ------------------------------------------------------------------------------
  /// There may be something to do.
  void wake();
  /// Does what time has brought: ends a back-off, retries appends.
  void poll(std::int64_t monotonic_us);
  [[nodiscard]] const storage::InstanceKey& instance() const noexcept { return settings_.instance; }
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// received_us of the last entry passed.
  [[nodiscard]] std::int64_t position_us() const noexcept { return position_us_; }
  /// When the first timer is due, while the cursor stands at the log's end with nothing to do; else
  /// kNever.
  [[nodiscard]] std::int64_t idle_until_us() const noexcept { return idle_until_us_; }
  /// Since when (monotonic) a call of the subscriber has been running; 0 when none runs.
  [[nodiscard]] std::int64_t busy_since_us() const noexcept { return busy_since_us_; }
  [[nodiscard]] std::uint64_t timer_count() const noexcept { return timer_count_; }
  [[nodiscard]] const CursorCounts& counts() const noexcept { return counts_; }
  /// Why the cursor does not move, in words; empty when it does.
  [[nodiscard]] std::string trouble() const;
  Effects& effects() noexcept { return *effects_; }
  /// True while what the instance causes is history and ignored.
  [[nodiscard]] bool history() const noexcept { return position_ < effects_from_; }
  void uses_timers() noexcept { one_event_a_call_ = true; }
  void uses_outbox() noexcept { causes_effects_ = true; }

  // ---- [event] ---------------------------------------------------------------------------------
  /// Marks that the subscriber works outside deliver() and fire() (saving, reloading), so that a
  /// hang there is seen too.
  void set_busy(bool busy) noexcept {
    busy_since_us_ = busy ? (services_.clock.monotonic_us() | 1) : 0;
  }
  /// Events of these accounts are passed over.
  void set_accounts_off(std::set<std::string, std::less<>> accounts) {
    accounts_off_ = std::move(accounts);
  }
  TimerQueue& timers() noexcept { return timers_; }
  /// Offers an event again that is a dead letter. The batch holds it.
  Status redeliver(const log::BatchPtr& batch, std::uint64_t sequence);
  /// Fires a timer again that is a dead letter.
  Status refire(const Timer& timer);
  /// False while timers have fired before an entry that is not folded yet: a snapshot must wait,
  /// since the ordinals already used are not part of it.
  [[nodiscard]] bool between_inputs() const noexcept {
    return fires_here_ == 0 || fires_at_ <= position_;
  }
  /// Writes the cursor so that a snapshot at the position may be stored.
  void flush_now() { effects_->flush(position_, true); }

 private:
  Cursor(BusServices& services, CursorSettings settings, Subscriber& subscriber,
         std::function<void()> progress);

  enum class Schedule : int { idle, queued, running, again, closed };
  enum class Turn { more, idle };
  enum class Step { moved, blocked };

  void post_turn();
  void run();
  Turn turn();
  void run_tasks();
  bool may_fold();
  bool load_batches();
  Step fold_slice();
  Step fire_due(const log::LoggedEvent& entry);
  Step deliver_slice(std::size_t count, std::uint64_t last_sequence);
  std::size_t collect(const log::Batch& batch, std::uint64_t& last_sequence);
  bool wanted(const schema::EventFields& fields) const noexcept;
  void fill(const log::LoggedEvent& entry, int subscription, souk_event& event) const;
  void moved_to(std::uint64_t sequence, std::int64_t received_us);
  Step failed(const char* kind, const Status& status, std::uint64_t sequence,
              const std::string& payload, std::function<void()> after);
  void store_dead_letter(const storage::DeadLetterRow& row);
  void say_slow(std::int64_t took_us);
  void set_trouble(std::string text);
  void cannot_read(const std::string& reason);
  template <class Call>
  Status guarded(const souk_event& input, std::uint64_t identity, Call&& call);

  BusServices& services_;
  const CursorSettings settings_;
  const SubscriptionTable subscriptions_;
  Subscriber& subscriber_;
  const std::function<void()> progress_;
  std::shared_ptr<Effects> effects_;
  std::shared_ptr<LogFeed> feed_;
  const std::uint64_t effects_from_;  // effects of sequences above it are on

  // [event]
  TimerQueue timers_;
  std::set<std::string, std::less<>> accounts_off_;
  std::vector<log::BatchPtr> batches_;
  std::size_t batch_index_ = 0;
  std::size_t event_index_ = 0;
  unsigned attempts_ = 0;    // that failed at the present input
  unsigned fires_here_ = 0;  // timers fired before the present entry
  std::uint64_t fires_at_ = 0;
  std::function<void()> after_dead_letter_;
  std::int64_t last_slow_warning_us_ = 0;
  std::int64_t unreadable_since_us_ = 0;  // monotonic; 0: the log can be read
  std::int64_t unreadable_said_us_ = 0;
  bool caught_up_ = false;
  std::vector<souk_event> events_;
  std::vector<const souk_event*> event_pointers_;

  std::atomic<int> schedule_{static_cast<int>(Schedule::idle)};
  std::atomic<bool> started_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> target_{std::numeric_limits<std::uint64_t>::max()};
  std::atomic<std::uint64_t> position_;
  std::atomic<std::int64_t> position_us_{0};
  std::atomic<std::int64_t> idle_until_us_{kNever};
  std::atomic<std::int64_t> busy_since_us_{0};
  std::atomic<std::int64_t> retry_at_us_{0};  // monotonic; 0: no back-off
  std::atomic<bool> dead_letter_waits_{false};
  std::atomic<bool> dead_letter_stored_{false};
  std::atomic<std::uint64_t> timer_count_{0};
  std::atomic<bool> one_event_a_call_{false};
  std::atomic<bool> causes_effects_;
  CursorCounts counts_;
  const base::Counter slow_handlers_;

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<std::function<void()>> tasks_;
  std::atomic<bool> has_tasks_{false};
  std::string trouble_;
};

}  // namespace souk::bus
