#include "kernel/bus/cursor.hpp"

#include <chrono>
#include <utility>

#include "kernel/base/logging.hpp"

namespace souk::bus {
namespace {

// A turn ends after this long, so that an instance that lags does not keep others from the thread.
constexpr std::int64_t kTurnUs = 4'000;
constexpr std::int64_t kReadRetryUs = 1'000'000;
constexpr std::int64_t kSayAgainUs = 60'000'000;

}  // namespace

Cursor::Cursor(BusServices& services, CursorSettings settings, Subscriber& subscriber,
               std::function<void()> progress)
    : services_(services),
      settings_(std::move(settings)),
      subscriptions_(settings_.reads),
      subscriber_(subscriber),
      progress_(std::move(progress)),
      effects_from_(settings_.effects_cursor),
      position_(settings_.position),
      causes_effects_(settings_.publishes),
      slow_handlers_(services.metrics.counter("souk_slow_handlers_total",
                                              "Deliveries of events that took a plugin too long",
                                              {{"store", settings_.instance.store_id},
                                               {"plugin", settings_.instance.plugin},
                                               {"account", settings_.instance.account_id}})) {
  events_.resize(settings_.max_events_per_call);
  event_pointers_.resize(settings_.max_events_per_call);
  for (std::size_t i = 0; i < events_.size(); ++i) {
    events_[i].struct_size = sizeof(souk_event);
    event_pointers_[i] = &events_[i];
  }
}

std::shared_ptr<Cursor> Cursor::make(BusServices& services, CursorSettings settings,
                                     Subscriber& subscriber, std::function<void()> progress) {
  std::shared_ptr<Cursor> cursor(
      new Cursor(services, std::move(settings), subscriber, std::move(progress)));
  const auto wake = [weak = std::weak_ptr<Cursor>(cursor)] {
    if (const auto self = weak.lock()) self->wake();
  };
  const CursorSettings& made = cursor->settings_;
  cursor->effects_ = std::make_shared<Effects>(services, made.instance, made.effects_cursor,
                                               made.outbox_waiting, wake);
  cursor->feed_ = std::make_shared<LogFeed>(services, made.instance.store_id, wake);
  return cursor;
}

void Cursor::start(std::uint64_t target) {
  target_ = target;
  started_ = true;
  wake();
}

bool Cursor::stop(std::int64_t timeout_us) {
  stopping_ = true;
  std::unique_lock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(timeout_us);
  const auto closed = [this] {
    for (Schedule waiting : {Schedule::idle, Schedule::queued}) {
      int expected = static_cast<int>(waiting);
      schedule_.compare_exchange_strong(expected, static_cast<int>(Schedule::closed));
    }
    return schedule_ == static_cast<int>(Schedule::closed);
  };
  const bool ended = ended_.wait_until(lock, until, closed);
  tasks_.clear();
  lock.unlock();
  feed_->close();
  effects_->close();
  return ended;
}

bool Cursor::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    tasks_.push_back(std::move(task));
    has_tasks_ = true;
  }
  wake();
  return true;
}

void Cursor::wake() {
  int state = schedule_;
  while (true) {
    if (state == static_cast<int>(Schedule::idle)) {
      if (schedule_.compare_exchange_weak(state, static_cast<int>(Schedule::queued))) {
        post_turn();
        return;
      }
    } else if (state == static_cast<int>(Schedule::running)) {
      if (schedule_.compare_exchange_weak(state, static_cast<int>(Schedule::again))) return;
    } else {
      return;  // queued, already asked again, or closed
    }
  }
}

void Cursor::post_turn() {
  services_.events.post([self = shared_from_this()] { self->run(); });
}

void Cursor::run() {
  int state = static_cast<int>(Schedule::queued);
  if (!schedule_.compare_exchange_strong(state, static_cast<int>(Schedule::running))) return;
  const std::uint64_t before = position_;
  const Turn result = turn();
  if (position_ != before) progress_();
  state = static_cast<int>(Schedule::running);
  if (stopping_) {
    const std::lock_guard lock(mutex_);
    schedule_ = static_cast<int>(Schedule::closed);
    ended_.notify_all();
    return;
  }
  if (result == Turn::idle &&
      schedule_.compare_exchange_strong(state, static_cast<int>(Schedule::idle))) {
    // stop() may have looked while the turn still ran.
    if (stopping_) {
      const std::lock_guard lock(mutex_);
      ended_.notify_all();
    }
    return;
  }
  schedule_ = static_cast<int>(Schedule::queued);
  post_turn();
}

void Cursor::poll(std::int64_t monotonic_us) {
  effects_->poll();
  const std::int64_t retry_at = retry_at_us_;
  if (retry_at != 0 && monotonic_us >= retry_at) wake();
}

Cursor::Turn Cursor::turn() {
  idle_until_us_ = kNever;
  run_tasks();
  if (!started_) return Turn::idle;
  const std::int64_t end = services_.clock.monotonic_us() + kTurnUs;
  while (!stopping_) {
    if (!may_fold()) break;
    if (!caught_up_ && position_ >= target_) {
      caught_up_ = true;
      subscriber_.caught_up();
    }
    if (!load_batches()) break;
    if (fold_slice() == Step::blocked) break;
    if (has_tasks_) run_tasks();
    if (services_.clock.monotonic_us() >= end) {
      effects_->flush(position_, false);
      return Turn::more;
    }
  }
  effects_->flush(position_, false);
  return Turn::idle;
}

void Cursor::run_tasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
    has_tasks_ = false;
  }
  for (const auto& task : tasks)
    task();
}

bool Cursor::may_fold() {
  if (dead_letter_waits_) {
    if (!dead_letter_stored_) return false;
    dead_letter_waits_ = dead_letter_stored_ = false;
    attempts_ = 0;
    std::exchange(after_dead_letter_, nullptr)();
  }
  const std::int64_t retry_at = retry_at_us_;
  if (retry_at != 0) {
    if (services_.clock.monotonic_us() < retry_at) return false;
    retry_at_us_ = 0;
  }
  return !effects_->congested();
}

bool Cursor::load_batches() {
  while (batch_index_ < batches_.size() && event_index_ >= batches_[batch_index_]->count()) {
    batches_[batch_index_++].reset();
    event_index_ = 0;
  }
  if (batch_index_ < batches_.size()) return true;
  LogFeed::Piece piece = feed_->next(position_ + 1);
  if (piece.state == LogFeed::State::failed) {
    cannot_read(piece.status.message());
    retry_at_us_ = services_.clock.monotonic_us() + kReadRetryUs;
    return false;
  }
  if (piece.state != LogFeed::State::pending && unreadable_since_us_ != 0) {
    unreadable_since_us_ = 0;
    set_trouble({});
  }
  if (piece.state == LogFeed::State::end) idle_until_us_ = timers_.next_due_us();
  if (piece.state != LogFeed::State::ready) return false;
  batches_ = std::move(piece.batches);
  batch_index_ = 0;
  // The first batch may begin before the position; after retention it may begin far behind it.
  const std::uint64_t first = batches_.front()->first_sequence();
  event_index_ = first <= position_ ? static_cast<std::size_t>(position_ + 1 - first) : 0;
  return true;
}

/// It is tried every second; the log of the daemon hears of it once a minute.
void Cursor::cannot_read(const std::string& reason) {
  set_trouble(reason);
  const std::int64_t now = services_.clock.monotonic_us();
  if (unreadable_since_us_ != 0 && now - unreadable_said_us_ < kSayAgainUs) return;
  if (unreadable_since_us_ == 0) unreadable_since_us_ = now | 1;
  unreadable_said_us_ = now;
  base::log_warning("bus", "an instance cannot read its log; trying again",
                    {{"store", settings_.instance.store_id},
                     {"plugin", settings_.instance.plugin},
                     {"after", position_.load()},
                     {"seconds", (now - unreadable_since_us_) / 1'000'000},
                     {"reason", reason}});
}

void Cursor::set_trouble(std::string text) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(text);
}

std::string Cursor::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace souk::bus
