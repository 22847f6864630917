// Cursor, the inner part: slices of the log, timers, attempts and dead letters.
#include <algorithm>
#include <utility>

#include "kernel/base/ids.hpp"
#include "kernel/base/logging.hpp"
#include "kernel/bus/cursor.hpp"

namespace souk::bus {
namespace {

constexpr unsigned kTries = 3;
constexpr std::int64_t kBackOffUs[kTries - 1] = {50'000, 500'000};
// A handler that keeps setting timers which are due already goes on at the next entry.
constexpr unsigned kMaxFiresAtOneEntry = 100'000;
constexpr std::int64_t kSlowWarningEveryUs = 60'000'000;
constexpr std::int64_t kStoreRetryUs = 500'000;
constexpr std::uint64_t kRefired = std::uint64_t{1} << 63U;

souk_bytes to_bytes(std::string_view text) noexcept { return {text.data(), text.size()}; }

std::uint32_t consent_flags(std::uint8_t consent) noexcept {
  std::uint32_t flags = 0;
  if ((consent & schema::kPersonalizationDenied) != 0) flags |= SOUK_EVENT_NO_PERSONALIZATION;
  if ((consent & schema::kMarketingDenied) != 0) flags |= SOUK_EVENT_NO_MARKETING;
  if ((consent & schema::kAnalyticsDenied) != 0) flags |= SOUK_EVENT_NO_ANALYTICS;
  return flags;
}

/// A timer's moment, as an event without id, type and payload.
souk_event timer_moment(std::uint64_t sequence, std::int64_t time_us, bool effects) noexcept {
  souk_event now{};
  now.struct_size = sizeof now;
  now.flags = effects ? 0 : SOUK_EVENT_EFFECTS_OFF;
  now.sequence = sequence;
  now.time_us = time_us;
  now.received_us = time_us;
  return now;
}

/// What replaying a timer's dead letter needs.
std::string timer_letter(const Timer& timer) {
  TimerQueue queue;
  std::string bytes;
  if (queue.set(timer.key, timer.due_us, timer.payload).ok()) queue.save(bytes);
  return bytes;
}

}  // namespace

template <class Call>
Status Cursor::guarded(const souk_event& input, std::uint64_t identity, Call&& call) {
  const FoldContext context{this, input.sequence, input.received_us, input.time_us,
                            (input.flags & SOUK_EVENT_EFFECTS_OFF) == 0};
  const FoldContext* const outer = std::exchange(fold_context(), &context);
  effects_->begin_attempt(identity);
  timers_.begin();
  const std::int64_t began = services_.clock.monotonic_us();
  busy_since_us_ = began | 1;
  Status status = call();
  busy_since_us_ = 0;
  fold_context() = outer;
  const std::int64_t took = services_.clock.monotonic_us() - began;
  if (took > settings_.slow_handler_us) say_slow(took);
  if (status.ok()) {
    effects_->keep_attempt();
  } else {
    effects_->discard_attempt();
    timers_.rollback();
    ++counts_.failures;
  }
  timer_count_ = timers_.size();
  return status;
}

Cursor::Step Cursor::fold_slice() {
  const log::BatchPtr batch = batches_[batch_index_];
  const log::LoggedEvent& entry = batch->events()[event_index_];
  if (timers_.next_due_us() <= entry.received_us) {
    if (fire_due(entry) == Step::blocked) return Step::blocked;
  }
  std::uint64_t last_sequence = 0;
  const std::size_t count = collect(*batch, last_sequence);
  if (count == 0) {
    moved_to(last_sequence, batch->events()[last_sequence - batch->first_sequence()].received_us);
    return Step::moved;
  }
  return deliver_slice(count, last_sequence);
}

std::size_t Cursor::collect(const log::Batch& batch, std::uint64_t& last_sequence) {
  const std::vector<log::LoggedEvent>& entries = batch.events();
  const bool effects = entries[event_index_].sequence > effects_from_;
  const bool single = one_event_a_call_ || (effects && causes_effects_);
  const std::size_t most = single ? 1 : events_.size();
  std::size_t count = 0;
  std::size_t at = event_index_;
  for (; at < entries.size() && count < most; ++at) {
    const log::LoggedEvent& entry = entries[at];
    if ((entry.sequence > effects_from_) != effects) break;
    if (entry.begins_commit && at != event_index_) break;
    const int subscription = subscriptions_.match(entry.fields);
    if (subscription < 0 || !wanted(entry.fields)) continue;
    fill(entry, subscription, events_[count++]);
  }
  last_sequence = entries[at - 1].sequence;
  return count;
}

bool Cursor::wanted(const schema::EventFields& fields) const noexcept {
  if (!settings_.instance.account_id.empty()) {
    return fields.account_id == settings_.instance.account_id;
  }
  return accounts_off_.empty() || fields.account_id.empty() ||
         !accounts_off_.contains(fields.account_id);
}

void Cursor::fill(const log::LoggedEvent& entry, int subscription, souk_event& event) const {
  const schema::EventFields& fields = entry.fields;
  const bool custom = !fields.custom_type.empty();
  event.flags = consent_flags(fields.consent);
  if (entry.sequence <= effects_from_) event.flags |= SOUK_EVENT_EFFECTS_OFF;
  event.sequence = entry.sequence;
  event.time_us = fields.time_us;
  event.received_us = entry.received_us;
  event.subscription = static_cast<std::uint32_t>(subscription);
  event.payload_field = fields.payload_field;
  event.id = to_bytes(fields.id);
  event.shopper_id = to_bytes(fields.shopper_id);
  event.session_id = to_bytes(fields.session_id);
  event.account_id = to_bytes(fields.account_id);
  event.attribution_token = to_bytes(fields.attribution_token);
  event.type = to_bytes(subscriptions_.type(subscription));
  event.payload = to_bytes(custom ? fields.custom_data : fields.payload);
  event.envelope = to_bytes(entry.wire);
}

void Cursor::moved_to(std::uint64_t sequence, std::int64_t received_us) {
  event_index_ = static_cast<std::size_t>(sequence + 1 - batches_[batch_index_]->first_sequence());
  position_us_ = received_us;
  position_.store(sequence, std::memory_order_release);
  attempts_ = 0;
}

Cursor::Step Cursor::deliver_slice(std::size_t count, std::uint64_t last_sequence) {
  const std::int64_t received_us = events_[0].received_us;
  std::uint32_t done = 0;
  const Status status = guarded(events_[0], events_[0].sequence, [&] {
    return subscriber_.deliver({event_pointers_.data(), count}, done);
  });
  if (status.ok()) {
    counts_.events.fetch_add(count, std::memory_order_relaxed);
    moved_to(last_sequence, received_us);
    return Step::moved;
  }
  done = std::min(done, static_cast<std::uint32_t>(count - 1));
  counts_.events.fetch_add(done, std::memory_order_relaxed);
  const std::uint64_t bad = events_[done].sequence;
  if (done > 0) {
    moved_to(bad - 1, received_us);
  }
  return failed("event", status, bad, {}, [this, bad, received_us] { moved_to(bad, received_us); });
}

Cursor::Step Cursor::fire_due(const log::LoggedEvent& entry) {
  if (fires_at_ != entry.sequence) {
    fires_at_ = entry.sequence;
    fires_here_ = 0;
  }
  const bool effects = entry.sequence > effects_from_;
  while (timers_.next_due_us() <= entry.received_us && fires_here_ < kMaxFiresAtOneEntry) {
    const Timer timer = *timers_.front();
    const souk_event now = timer_moment(entry.sequence, entry.received_us, effects);
    const Status status = guarded(now, entry.sequence, [&] {
      // Taken out first, so that the handler may set the same key anew; a failure brings it back.
      const Status taken = timers_.cancel(timer.key);
      return taken.ok() ? subscriber_.fire(timer, now) : taken;
    });
    if (!status.ok()) {
      return failed("timer", status, entry.sequence, timer_letter(timer), [this, key = timer.key] {
        (void)timers_.cancel(key);
        timer_count_ = timers_.size();
      });
    }
    attempts_ = 0;
    ++fires_here_;
    ++counts_.timers_fired;
    if (stopping_ || effects_->congested()) return Step::blocked;
  }
  return Step::moved;
}

Cursor::Step Cursor::failed(const char* kind, const Status& status, std::uint64_t sequence,
                            const std::string& payload, std::function<void()> after) {
  ++attempts_;
  base::log_warning("bus", "a plugin could not handle its input",
                    {{"store", settings_.instance.store_id},
                     {"plugin", settings_.instance.plugin},
                     {"account", settings_.instance.account_id},
                     {"kind", kind},
                     {"sequence", sequence},
                     {"attempt", attempts_},
                     {"code", code_name(status.code())},
                     {"reason", status.message()}});
  if (attempts_ < kTries) {
    retry_at_us_ = services_.clock.monotonic_us() + kBackOffUs[attempts_ - 1];
    return Step::blocked;
  }
  ++counts_.dead_letters;
  after_dead_letter_ = std::move(after);
  dead_letter_waits_ = true;
  if (settings_.dead.contains(sequence)) {
    dead_letter_stored_ = true;  // by an earlier life of this instance
    return Step::moved;
  }
  storage::DeadLetterRow row;
  row.instance = settings_.instance;
  row.kind = kind;
  row.sequence = sequence;
  row.time_us = services_.clock.now_us();
  row.reason = std::string(code_name(status.code())) + ": " + status.message();
  row.payload = payload;
  store_dead_letter(row);
  return Step::blocked;
}

void Cursor::store_dead_letter(const storage::DeadLetterRow& row) {
  services_.background.post([self = shared_from_this(), row] {
    const Status stored = self->services_.database.add_dead_letter(row);
    if (!stored.ok()) {
      self->set_trouble("a dead letter cannot be stored: " + stored.message());
      if (self->stopping_) return;
      self->post([self, row] {
        self->retry_at_us_ = self->services_.clock.monotonic_us() + kStoreRetryUs;
        self->store_dead_letter(row);
      });
      return;
    }
    self->set_trouble({});
    self->dead_letter_stored_ = true;
    self->wake();
  });
}

Status Cursor::redeliver(const log::BatchPtr& batch, std::uint64_t sequence) {
  if (sequence < batch->first_sequence() || sequence > batch->last_sequence()) {
    return {Code::not_found, "the event is not in the log any more"};
  }
  const log::LoggedEvent& entry = batch->events()[sequence - batch->first_sequence()];
  const int subscription = subscriptions_.match(entry.fields);
  if (subscription < 0 || !wanted(entry.fields)) {
    return {Code::failed_precondition, "the plugin does not read events of this type any more"};
  }
  souk_event event{};
  event.struct_size = sizeof event;
  fill(entry, subscription, event);
  event.flags &= ~SOUK_EVENT_EFFECTS_OFF;
  const souk_event* const pointer = &event;
  std::uint32_t done = 0;
  return guarded(event, sequence, [&] { return subscriber_.deliver({&pointer, 1}, done); });
}

Status Cursor::refire(const Timer& timer) {
  const std::int64_t now_us = services_.clock.now_us();
  const souk_event now = timer_moment(position_, now_us, true);
  // An input of its own: what it causes must not share ids with what the entry at the position
  // caused.
  const std::uint64_t input =
      kRefired | base::hash64(timer.key + '\0' + std::to_string(timer.due_us));
  return guarded(now, input, [&] { return subscriber_.fire(timer, now); });
}

void Cursor::say_slow(std::int64_t took_us) {
  ++counts_.slow_calls;
  slow_handlers_.add();
  const std::int64_t now = services_.clock.monotonic_us();
  if (last_slow_warning_us_ != 0 && now - last_slow_warning_us_ < kSlowWarningEveryUs) return;
  last_slow_warning_us_ = now;
  base::log_warning("bus", "a plugin's handler is slow",
                    {{"store", settings_.instance.store_id},
                     {"plugin", settings_.instance.plugin},
                     {"took_ms", took_us / 1000},
                     {"allowed_ms", settings_.slow_handler_us / 1000}});
}

}  // namespace souk::bus
