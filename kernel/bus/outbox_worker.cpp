#include "kernel/bus/outbox_worker.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernel/base/ids.hpp"
#include "kernel/base/logging.hpp"
#include "kernel/schema/event_scanner.hpp"

namespace souk::bus {
namespace {

constexpr std::size_t kAtOnce = 256;
constexpr std::int64_t kLookEveryUs = 500'000;
constexpr std::int64_t kFirstBackOffUs = 10'000'000;
constexpr std::int64_t kLongestBackOffUs = 3'600'000'000;
// An effect of an instance that does not run is looked at again after this long.
constexpr std::int64_t kAwayUs = 30'000'000;
constexpr std::int64_t kWideLookEveryUs = 2'000'000;
constexpr std::size_t kEndsAtOnce = 1'024;
constexpr std::int64_t kFirstEndRetryUs = 50'000;
constexpr std::int64_t kLongestEndRetryUs = 5'000'000;
// A plugin that never says how an effect ended has lost it: it is attempted again.
constexpr std::int64_t kForgottenUs = 600'000'000;

}  // namespace

std::int64_t OutboxWorker::back_off_us(std::uint32_t attempts) noexcept {
  const std::uint32_t doublings = std::min(attempts == 0 ? 0U : attempts - 1, 9U);
  return std::min(kFirstBackOffUs << doublings, kLongestBackOffUs);
}

OutboxWorker::OutboxWorker(BusServices& services, PerformEffect perform, EffectEnded ended)
    : services_(services), perform_(std::move(perform)), ended_(std::move(ended)) {}

void OutboxWorker::wake() {
  if (closed_) return;
  again_ = true;
  if (looking_.exchange(true)) return;
  if (!services_.background.post([this] { look(); })) looking_ = false;
}

void OutboxWorker::poll() {
  const std::int64_t now = services_.clock.monotonic_us();
  if (now >= next_look_us_) wake();
  Lock lock(mutex_);
  for (auto& [store, its] : endings_) {
    if (its.retry_at_us == 0 || now < its.retry_at_us) continue;
    its.retry_at_us = 0;
    send(store, lock);
  }
}

void OutboxWorker::look() {
  while (again_.exchange(false) && !closed_) {
    next_look_us_ = services_.clock.monotonic_us() + kLookEveryUs;
    if (look_once()) again_ = true;
  }
  looking_ = false;
  if (again_) wake();
}

bool OutboxWorker::look_once() {
  std::vector<storage::InstanceKey> full;
  if (!full_instances(full)) return false;
  auto rows = services_.database.due_outbox(services_.clock.now_us(), kAtOnce, full);
  if (!rows.ok()) return false;
  const bool whole = rows->size() == kAtOnce;
  std::vector<storage::OutboxAttempt> records;
  const std::vector<Start> starts = admit(std::move(*rows), records);
  if (records.empty()) return false;
  if (!services_.database.outbox_attempted(records).ok()) {
    // Not recorded, so not performed: they are still due.
    for (const Start& start : starts)
      take_out(start.row->id);
    return false;
  }
  perform(starts);
  return whole;
}

bool OutboxWorker::full_instances(std::vector<storage::InstanceKey>& full) {
  const Lock lock(mutex_);
  for (const auto& [instance, count] : counts_) {
    if (count >= kMaxInFlight) full.push_back(instance);
  }
  if (full.empty()) return true;
  const std::int64_t now = services_.clock.monotonic_us();
  if (now < next_wide_look_us_) return false;
  next_wide_look_us_ = now + kWideLookEveryUs;
  return true;
}

std::vector<OutboxWorker::Start> OutboxWorker::admit(std::vector<storage::OutboxRow> rows,
                                                     std::vector<storage::OutboxAttempt>& records) {
  std::vector<Start> starts;
  const std::int64_t now_us = services_.clock.now_us();
  const Lock lock(mutex_);
  for (storage::OutboxRow& row : rows) {
    const auto found = in_flight_.find(row.id);
    if (found != in_flight_.end()) {
      if (found->second.ended) continue;  // its row goes with the append that is on its way
      if (now_us - found->second.since_us < kForgottenUs) {
        records.push_back({row.id, row.attempts, now_us + kAwayUs});
        continue;
      }
      take_out(found);
    }
    std::size_t& count = counts_[row.instance];
    if (count >= kMaxInFlight) continue;
    ++count;
    const std::uint32_t number = row.attempts + 1;
    records.push_back({row.id, number, now_us + back_off_us(number)});
    const auto shared = std::make_shared<const storage::OutboxRow>(std::move(row));
    in_flight_[shared->id] = {shared, number, now_us, {}, false};
    starts.push_back({shared, number});
  }
  return starts;
}

void OutboxWorker::perform(const std::vector<Start>& starts) {
  std::vector<storage::OutboxAttempt> not_made;
  for (const auto& [row, attempt] : starts) {
    if (closed_) {
      not_made.push_back({row->id, row->attempts, row->not_before_us});
      take_out(row->id);
      continue;
    }
    if (!goes_on(row->id)) continue;  // erased meanwhile
    const Status performed = perform_(*row, attempt);
    if (performed.code() == Code::not_found) {
      // Not an attempt after all; and out of the way of those that can be performed.
      not_made.push_back({row->id, row->attempts, services_.clock.now_us() + kAwayUs});
      take_out(row->id);
    } else if (!performed.ok()) {
      done(row->instance, row->id, performed.code(), performed.message());
    }
  }
  (void)services_.database.outbox_attempted(not_made);
}

bool OutboxWorker::goes_on(std::uint64_t id) {
  const Lock lock(mutex_);
  return in_flight_.contains(id);
}

void OutboxWorker::take_out(std::map<std::uint64_t, InFlight>::iterator effect) {
  const auto count = counts_.find(effect->second.row->instance);
  in_flight_.erase(effect);
  if (--count->second == kMaxInFlight / 2) wake();
  if (count->second == 0) counts_.erase(count);
}

void OutboxWorker::take_out(std::uint64_t id) {
  const Lock lock(mutex_);
  const auto found = in_flight_.find(id);
  if (found != in_flight_.end()) take_out(found);
}

Status OutboxWorker::publish(const storage::InstanceKey& instance, std::uint64_t id,
                             const Publication& publication) {
  // A random id: with its end in one transaction, it is stored once anyhow; and an effect that was
  // given up, and offered again by hand, tells of itself again.
  std::string wire =
      encode_derived_event({instance, 0, 0}, base::new_uuid(services_.clock.now_us()), publication);
  const Lock lock(mutex_);
  const auto found = in_flight_.find(id);
  if (found == in_flight_.end() || found->second.ended || found->second.row->instance != instance) {
    return {Code::failed_precondition, "no attempt at this effect goes on"};
  }
  std::vector<std::string>& events = found->second.events;
  if (events.size() >= kMaxEvents) {
    return {Code::resource_exhausted, "16 events wait for the end of this effect, the limit"};
  }
  events.push_back(std::move(wire));
  return {};
}

void OutboxWorker::done(const storage::InstanceKey& instance, std::uint64_t id, Code code,
                        std::string_view error) {
  Lock lock(mutex_);
  const auto found = in_flight_.find(id);
  if (found == in_flight_.end() || found->second.ended || found->second.row->instance != instance) {
    return;
  }
  InFlight& effect = found->second;
  const bool again = code == Code::unavailable || code == Code::deadline_exceeded ||
                     code == Code::resource_exhausted;
  if (again && effect.attempt < kMaxAttempts) return take_out(found);  // the next one is recorded
  Ending ending;
  ending.end.id = id;
  if (code != Code::ok) {
    storage::DeadLetterRow letter;
    letter.instance = effect.row->instance;
    letter.kind = "effect";
    letter.time_us = services_.clock.now_us();
    letter.reason = std::string(code_name(code)) + ": " + std::string(error);
    letter.payload = effect_letter(*effect.row);
    ending.end.letter = std::move(letter);
  }
  ending.events = std::move(effect.events);
  effect.ended = true;
  endings_[instance.store_id].waiting.push_back(std::move(ending));
  send(instance.store_id, lock);
}

void OutboxWorker::send(const std::string& store, Lock& lock) {
  Endings& its = endings_[store];
  if (its.sending || its.retry_at_us != 0 || finished_) return;
  if (its.sent.empty()) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(its.waiting.size(), kEndsAtOnce));
    its.sent.assign(std::make_move_iterator(its.waiting.begin()),
                    std::make_move_iterator(its.waiting.begin() + count));
    its.waiting.erase(its.waiting.begin(), its.waiting.begin() + count);
  }
  if (its.sent.empty()) return;
  its.sending = true;
  log::EncodedEvents events;
  log::Effects effects;
  for (const Ending& ending : its.sent) {
    effects.ends.push_back(ending.end);
    for (const std::string& wire : ending.events) {
      schema::EventFields fields;
      if (schema::scan_event(wire, fields)) events.add(wire, fields);
    }
  }
  lock.unlock();
  services_.log.append(store, std::move(events), std::move(effects),
                       [this, store](const Result<log::AppendResult>& result) {
                         // The log's writer must not wait for us, nor meet append() from within.
                         const Status status = result.status();
                         auto finish = [this, store, status] { stored(store, status); };
                         if (!services_.background.post(finish)) finish();
                       });
  lock.lock();
}

void OutboxWorker::stored(const std::string& store, const Status& status) {
  std::vector<Ending> durable;
  if (status.ok()) {
    {
      const Lock lock(mutex_);
      durable = std::exchange(endings_[store].sent, {});
    }
    leave(durable);
  }
  // Last: finish() may return, and all of this end, as soon as nothing is on its way.
  Lock lock(mutex_);
  Endings& its = endings_[store];
  its.sending = false;
  if (status.ok()) {
    its.failures = 0;
    send(store, lock);
  } else {
    const std::int64_t wait =
        std::min(kLongestEndRetryUs, kFirstEndRetryUs << std::min(its.failures, 7U));
    its.retry_at_us = services_.clock.monotonic_us() + wait;
    if (its.failures++ == 0 && !closed_) {
      base::log_warning("bus", "that effects have ended is not durable yet; trying again",
                        {{"store", store}, {"reason", status.message()}});
    }
  }
  sent_.notify_all();
}

void OutboxWorker::leave(const std::vector<Ending>& durable) {
  for (const Ending& ending : durable) {
    Row row;
    std::uint32_t attempt = 0;
    {
      const Lock lock(mutex_);
      const auto found = in_flight_.find(ending.end.id);
      if (found == in_flight_.end()) continue;  // erased meanwhile
      row = found->second.row;
      attempt = found->second.attempt;
      take_out(found);
    }
    if (ending.end.letter) {
      base::log_warning("bus", "an effect was given up",
                        {{"store", row->instance.store_id},
                         {"plugin", row->instance.plugin},
                         {"key", row->key},
                         {"attempts", attempt},
                         {"reason", ending.end.letter->reason}});
    }
    ended_(row->instance);
  }
}

void OutboxWorker::forget(std::uint64_t id) {
  const Lock lock(mutex_);
  const auto found = in_flight_.find(id);
  if (found == in_flight_.end()) return;
  std::erase_if(endings_[found->second.row->instance.store_id].waiting,
                [id](const Ending& ending) { return ending.end.id == id; });
  take_out(found);
}

void OutboxWorker::finish(bool send_rest) {
  Lock lock(mutex_);
  const auto none = [this](auto&& busy) {
    return std::none_of(endings_.begin(), endings_.end(),
                        [&](const auto& entry) { return busy(entry.second); });
  };
  if (send_rest) {
    sent_.wait(lock, [&] {
      return none([](const Endings& its) {
        return its.retry_at_us == 0 && (its.sending || !its.waiting.empty() || !its.sent.empty());
      });
    });
  }
  finished_ = true;
  sent_.wait(lock, [&] { return none([](const Endings& its) { return its.sending; }); });
}

std::string effect_letter(const storage::OutboxRow& row) {
  std::string bytes(reinterpret_cast<const char*>(&row.id), sizeof row.id);
  bytes.push_back(static_cast<char>(row.key.size()));
  return bytes + row.key + row.payload;
}

Result<storage::OutboxRow> effect_of_letter(const storage::DeadLetterRow& letter) {
  storage::OutboxRow row;
  const std::string& bytes = letter.payload;
  if (bytes.size() < sizeof row.id + 1)
    return Status(Code::data_loss, "the dead letter is cut off");
  std::memcpy(&row.id, bytes.data(), sizeof row.id);
  const std::size_t key_size = static_cast<unsigned char>(bytes[sizeof row.id]);
  if (bytes.size() < sizeof row.id + 1 + key_size) {
    return Status(Code::data_loss, "the dead letter is cut off");
  }
  row.instance = letter.instance;
  row.key = bytes.substr(sizeof row.id + 1, key_size);
  row.payload = bytes.substr(sizeof row.id + 1 + key_size);
  return row;
}

}  // namespace souk::bus
