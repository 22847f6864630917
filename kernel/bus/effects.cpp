#include "kernel/bus/effects.hpp"

#include <algorithm>
#include <utility>

#include "kernel/base/ids.hpp"
#include "kernel/base/logging.hpp"

namespace souk::bus {
namespace {

// How far and how long the cursor may lag behind inputs that caused nothing. They would only be
// handled once more after a crash; writing more often would cost a transaction each time.
constexpr std::uint64_t kLazyEvents = 200'000;
constexpr std::int64_t kLazyUs = 5'000'000;
constexpr std::int64_t kFirstRetryUs = 50'000;
constexpr std::int64_t kLongestRetryUs = 5'000'000;

}  // namespace

Effects::Effects(BusServices& services, storage::InstanceKey instance, std::uint64_t durable_cursor,
                 std::uint64_t outbox_waiting, std::function<void()> wake)
    : services_(services),
      instance_(std::move(instance)),
      wake_(std::move(wake)),
      last_cursor_us_(services.clock.monotonic_us()),
      sent_cursor_(durable_cursor),
      durable_cursor_(durable_cursor),
      outbox_waiting_(outbox_waiting) {}

void Effects::Load::take(Load&& later) {
  if (events.empty()) {
    events = std::move(later.events);
  } else {
    for (const log::EncodedEvents::Item& item : later.events.items()) {
      schema::EventFields fields;
      std::string_view wire(later.events.bytes());
      wire = wire.substr(item.offset, item.size);
      while ((static_cast<unsigned char>(wire.front()) & 0x80U) != 0)
        wire.remove_prefix(1);
      wire.remove_prefix(1);
      if (schema::scan_event(wire, fields)) events.add(wire, fields);
    }
  }
  outbox.insert(outbox.end(), std::make_move_iterator(later.outbox.begin()),
                std::make_move_iterator(later.outbox.end()));
  cursor = std::max(cursor, later.cursor);
  later = Load{};
}

void Effects::begin_attempt(std::uint64_t sequence) {
  if (sequence != sequence_) {
    sequence_ = sequence;
    ordinal_ = 0;
  }
  ordinal_at_attempt_ = ordinal_;
}

void Effects::keep_attempt() {
  for (const std::string& wire : attempt_events_) {
    schema::EventFields fields;
    if (schema::scan_event(wire, fields)) kept_.events.add(wire, fields);
  }
  attempt_events_.clear();
  release_held(sequence_ - 1);
  held_sequence_ = sequence_;
  held_outbox_.insert(held_outbox_.end(), std::make_move_iterator(attempt_outbox_.begin()),
                      std::make_move_iterator(attempt_outbox_.end()));
  attempt_outbox_.clear();
}

void Effects::release_held(std::uint64_t position) {
  if (held_outbox_.empty() || held_sequence_ > position) return;
  kept_.outbox.insert(kept_.outbox.end(), std::make_move_iterator(held_outbox_.begin()),
                      std::make_move_iterator(held_outbox_.end()));
  held_outbox_.clear();
}

void Effects::discard_attempt() {
  publications_ -= attempt_events_.size();
  outbox_waiting_ -= attempt_outbox_.size();
  attempt_events_.clear();
  attempt_outbox_.clear();
  ordinal_ = ordinal_at_attempt_;
}

Status Effects::reserve_publication() {
  if (publications_.fetch_add(1) >= kMaxPublications) {
    --publications_;
    return {
        Code::resource_exhausted,
        "10,000 publications of this instance wait, which is the limit; try after the next event"};
  }
  return {};
}

Status Effects::publish(const Publication& publication) {
  if (Status room = reserve_publication(); !room.ok()) return room;
  const EventOrigin origin{instance_, sequence_, ordinal_++};
  attempt_events_.push_back(encode_derived_event(origin, derived_event_id(origin), publication));
  return {};
}

Status Effects::enqueue(std::string_view key, std::int64_t not_before_us,
                        std::string_view payload) {
  if (outbox_waiting_.fetch_add(1) >= kMaxOutbox) {
    --outbox_waiting_;
    return {Code::resource_exhausted, "100,000 effects of this instance wait, which is the limit"};
  }
  storage::OutboxRow row;
  row.id = derived_outbox_id({instance_, sequence_, ordinal_++});
  row.instance = instance_;
  row.key = key;
  row.not_before_us = not_before_us;
  row.payload = payload;
  attempt_outbox_.push_back(std::move(row));
  return {};
}

Status Effects::publish_outside(const Publication& publication) {
  if (Status room = reserve_publication(); !room.ok()) return room;
  const std::string id = base::new_uuid(services_.clock.now_us());
  const std::string wire = encode_derived_event({instance_, 0, 0}, id, publication);
  schema::EventFields fields;
  if (!schema::scan_event(wire, fields)) {
    --publications_;
    return {Code::invalid_argument, "the publication does not form an event"};
  }
  std::unique_lock lock(mutex_);
  if (closed_) {
    --publications_;
    return {Code::unavailable, "the instance has stopped"};
  }
  waiting_.events.add(wire, fields);
  send(lock);
  return {};
}

void Effects::flush(std::uint64_t position, bool now) {
  release_held(position);
  const bool has_effects = !kept_.events.empty() || !kept_.outbox.empty();
  if (position > sent_cursor_) {
    const std::int64_t time = services_.clock.monotonic_us();
    if (has_effects || now || position - sent_cursor_ >= kLazyEvents ||
        time - last_cursor_us_ >= kLazyUs) {
      kept_.cursor = position;
      sent_cursor_ = position;
      last_cursor_us_ = time;
    }
  }
  if (kept_.empty()) return;
  std::unique_lock lock(mutex_);
  waiting_.take(std::move(kept_));
  kept_ = Load{};
  send(lock);
}

void Effects::send(std::unique_lock<std::mutex>& lock) {
  if (sending_ || closed_ || retry_at_us_ != 0 || (waiting_.empty() && in_flight_.empty())) return;
  sending_ = true;
  // What failed goes first and alone: its order and its cursor stay as they were.
  if (in_flight_.empty()) in_flight_ = std::exchange(waiting_, Load{});
  log::EncodedEvents events = in_flight_.events;
  std::optional<log::Effects> effects;
  if (in_flight_.cursor != 0 || !in_flight_.outbox.empty()) {
    // Outbox rows always come with the cursor of their input; see flush().
    effects = log::Effects{instance_, in_flight_.cursor, in_flight_.outbox};
  }
  lock.unlock();
  services_.log.append(instance_.store_id, std::move(events), std::move(effects),
                       [self = shared_from_this()](const Result<log::AppendResult>& result) {
                         // The log's writer must not wait for us, nor meet append() from within.
                         const Status status = result.status();
                         auto finish = [self, status] { self->appended(status); };
                         if (!self->services_.background.post(finish)) finish();
                       });
  lock.lock();
}

void Effects::appended(const Status& status) {
  std::unique_lock lock(mutex_);
  sending_ = false;
  sent_.notify_all();
  if (!status.ok()) {
    const std::int64_t wait = std::min(kLongestRetryUs, kFirstRetryUs << std::min(failures_, 7U));
    retry_at_us_ = services_.clock.monotonic_us() + wait;
    if (failures_++ == 0 && !closed_) {
      base::log_warning("bus", "what a plugin published is not durable yet; trying again",
                        {{"store", instance_.store_id},
                         {"plugin", instance_.plugin},
                         {"reason", status.message()}});
    }
    return;
  }
  failures_ = 0;
  const Load durable = std::exchange(in_flight_, Load{});
  publications_ -= durable.events.size();
  if (durable.cursor > durable_cursor_) durable_cursor_ = durable.cursor;
  send(lock);
  release_waiters(lock);
  lock.unlock();
  if (!durable.outbox.empty() && on_outbox_) on_outbox_();
  wake_();
}

void Effects::settle(std::uint64_t position, std::function<void(Status)> done) {
  std::unique_lock lock(mutex_);
  waiters_.push_back({position, std::move(done)});
  release_waiters(lock);
}

void Effects::release_waiters(std::unique_lock<std::mutex>& lock) {
  std::vector<Waiter> ready;
  for (std::size_t i = 0; i < waiters_.size();) {
    if (closed_ || waiters_[i].position <= durable_cursor_) {
      ready.push_back(std::move(waiters_[i]));
      waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  const std::uint64_t cursor = durable_cursor_;
  lock.unlock();
  for (const Waiter& waiter : ready) {
    waiter.done(waiter.position <= cursor ? Status{}
                                          : Status(Code::cancelled, "the instance has stopped"));
  }
  lock.lock();
}

void Effects::poll() {
  std::unique_lock lock(mutex_);
  if (retry_at_us_ == 0 || services_.clock.monotonic_us() < retry_at_us_) return;
  retry_at_us_ = 0;
  send(lock);
}

void Effects::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  sent_.wait(lock, [this] { return !sending_; });
  release_waiters(lock);
}

}  // namespace souk::bus
