#include "kernel/bus/outbox_worker.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernel/base/logging.hpp"

namespace souk::bus {
namespace {

constexpr std::size_t kAtOnce = 256;
constexpr std::int64_t kLookEveryUs = 500'000;
constexpr std::int64_t kFirstBackOffUs = 10'000'000;
constexpr std::int64_t kLongestBackOffUs = 3'600'000'000;
// An effect of an instance that does not run is looked at again after this long.
constexpr std::int64_t kAwayUs = 30'000'000;
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
  if (services_.clock.monotonic_us() >= next_look_us_) wake();
}

void OutboxWorker::look() {
  bool more = false;
  while (again_.exchange(false) && !closed_) {
    next_look_us_ = services_.clock.monotonic_us() + kLookEveryUs;
    auto rows = services_.database.due_outbox(services_.clock.now_us(), kAtOnce);
    if (!rows.ok()) break;
    more = rows->size() == kAtOnce;
    for (const storage::OutboxRow& row : *rows) {
      if (closed_) break;
      attempt(row);
    }
    if (more) again_ = true;
  }
  looking_ = false;
  if (again_) wake();
}

void OutboxWorker::attempt(const storage::OutboxRow& row) {
  const std::int64_t now_us = services_.clock.now_us();
  {
    const std::lock_guard lock(mutex_);
    const auto found = in_flight_.find(row.id);
    if (found != in_flight_.end()) {
      if (now_us - found->second.since_us < kForgottenUs) {
        (void)services_.database.outbox_attempted(row.id, row.attempts, now_us + kAwayUs);
        return;
      }
      in_flight_.erase(found);
    }
  }
  const std::uint32_t number = row.attempts + 1;
  const Status recorded =
      services_.database.outbox_attempted(row.id, number, now_us + back_off_us(number));
  if (!recorded.ok()) return;  // not recorded, so not performed: it is still due
  {
    const std::lock_guard lock(mutex_);
    in_flight_[row.id] = {row, number, now_us};
  }
  const Status performed = perform_(row, number);
  if (performed.code() == Code::not_found) {
    {
      const std::lock_guard lock(mutex_);
      in_flight_.erase(row.id);
    }
    // Not an attempt after all; and out of the way of those that can be performed.
    (void)services_.database.outbox_attempted(row.id, row.attempts, now_us + kAwayUs);
  } else if (!performed.ok()) {
    done(row.instance, row.id, performed.code(), performed.message());
  }
}

void OutboxWorker::done(const storage::InstanceKey& instance, std::uint64_t id, Code code,
                        std::string_view error) {
  InFlight effect;
  {
    const std::lock_guard lock(mutex_);
    const auto found = in_flight_.find(id);
    if (found == in_flight_.end() || found->second.row.instance != instance) return;
    effect = std::move(found->second);
    in_flight_.erase(found);
  }
  const bool again = code == Code::unavailable || code == Code::deadline_exceeded ||
                     code == Code::resource_exhausted;
  if (again && effect.attempt < kMaxAttempts) return;  // the next attempt is recorded already
  auto ending = [this, effect = std::move(effect), code, text = std::string(error)] {
    finish(effect, code, text);
  };
  services_.background.post(std::move(ending));
}

void OutboxWorker::finish(const InFlight& effect, Code code, const std::string& error) {
  if (code != Code::ok) {
    storage::DeadLetterRow letter;
    letter.instance = effect.row.instance;
    letter.kind = "effect";
    letter.time_us = services_.clock.now_us();
    letter.reason = std::string(code_name(code)) + ": " + error;
    letter.payload = effect_letter(effect.row);
    // Not stored: the row stays in the outbox and is attempted once more.
    if (!services_.database.give_up_effect(effect.row.id, letter).ok()) return;
    base::log_warning("bus", "an effect was given up",
                      {{"store", effect.row.instance.store_id},
                       {"plugin", effect.row.instance.plugin},
                       {"key", effect.row.key},
                       {"attempts", effect.attempt},
                       {"reason", letter.reason}});
  }
  if (code != Code::ok || services_.database.outbox_done(effect.row.id).ok()) {
    ended_(effect.row.instance);
  }
}

void OutboxWorker::forget(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  in_flight_.erase(id);
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
