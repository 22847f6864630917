// HostImpl, dead letters: offering again what could not be handled; forgetting a person in them.
#include <algorithm>
#include <future>
#include <utility>

#include "kernel/bus/outbox_worker.hpp"
#include "kernel/host/host_impl.hpp"

namespace souk::host {
namespace {

constexpr std::size_t kReadBytes = 1;  // one batch is enough

/// Runs `task` in the instance's event context and waits for what it says.
Status in_events(Instance& instance, std::int64_t timeout_ms, std::function<Status()> task) {
  auto promise = std::make_shared<std::promise<Status>>();
  std::future<Status> future = promise->get_future();
  const bool posted =
      instance.cursor()->post([promise, task = std::move(task)] { promise->set_value(task()); });
  if (!posted) return {Code::unavailable, "the plugin is being stopped"};
  if (future.wait_for(std::chrono::milliseconds(timeout_ms)) != std::future_status::ready) {
    return {Code::deadline_exceeded, "the plugin has not come to it yet"};
  }
  try {
    return future.get();
  } catch (const std::future_error&) {
    return {Code::unavailable, "the plugin was stopped"};
  }
}

}  // namespace

Status HostImpl::replay_dead_letter(std::uint64_t id) {
  storage::Database& database = core_->services().database;
  const Result<storage::DeadLetterRow> letter = database.dead_letter(id);
  if (!letter.ok()) return letter.status();
  Status status;
  if (letter->kind == "effect") {
    status = replay_effect(*letter);
  } else {
    const auto supervisor = of_instance(letter->instance);
    const auto life = supervisor ? supervisor->instance() : nullptr;
    if (life == nullptr || supervisor->state() != InstanceState::running) {
      return {Code::unavailable, "the plugin " + letter->instance.plugin + " does not run now"};
    }
    status = letter->kind == "event" ? replay_event(*life, *letter) : replay_timer(*life, *letter);
  }
  return status.ok() ? database.remove_dead_letter(id) : status;
}

Status HostImpl::replay_event(Instance& instance, const storage::DeadLetterRow& letter) {
  auto batches = core_->services().log.read(letter.instance.store_id, letter.sequence, kReadBytes);
  if (!batches.ok()) return batches.status();
  if (batches->empty() || batches->front()->first_sequence() > letter.sequence) {
    return {Code::not_found, "the event is not in the log any more"};
  }
  const auto cursor = instance.cursor();
  return in_events(instance, core_->settings.start_timeout_ms,
                   [cursor, batch = batches->front(), sequence = letter.sequence] {
                     Status status = cursor->redeliver(batch, sequence);
                     cursor->flush_now();
                     return status;
                   });
}

Status HostImpl::replay_timer(Instance& instance, const storage::DeadLetterRow& letter) {
  bus::TimerQueue saved;
  if (auto loaded = saved.load(letter.payload); !loaded.ok()) return loaded.status();
  const std::optional<bus::Timer> timer = saved.front();
  if (!timer) return {Code::data_loss, "the dead letter holds no timer"};
  const auto cursor = instance.cursor();
  return in_events(instance, core_->settings.start_timeout_ms, [cursor, timer = *timer] {
    Status status = cursor->refire(timer);
    cursor->flush_now();
    return status;
  });
}

Status HostImpl::replay_effect(const storage::DeadLetterRow& letter) {
  Result<storage::OutboxRow> row = bus::effect_of_letter(letter);
  if (!row.ok()) return row.status();
  row->not_before_us = core_->services().clock.now_us();
  auto transaction = core_->services().database.begin();
  if (!transaction.ok()) return transaction.status();
  if (Status added = (*transaction)->add_outbox(std::span(&*row, 1)); !added.ok()) return added;
  if (Status committed = (*transaction)->commit(); !committed.ok()) return committed;
  const auto supervisor = of_instance(letter.instance);
  if (const auto life = supervisor ? supervisor->instance() : nullptr; life != nullptr) {
    life->cursor()->effects().outbox_added();
  }
  core_->outbox.wake();
  return {};
}

Status HostImpl::forget_person(std::string_view store_id, const log::PersonTraces& traces) {
  const auto speaks = [&traces](std::string_view bytes) { return speaks_of(bytes, traces); };
  auto erased = core_->services().database.erase_letters(
      store_id,
      [&](const storage::OutboxRow& row) { return speaks(row.key) || speaks(row.payload); },
      [&](const storage::DeadLetterRow& row) {
        const bool of_theirs =
            row.kind == "event" &&
            std::binary_search(traces.sequences.begin(), traces.sequences.end(), row.sequence);
        return of_theirs || speaks(row.reason) || speaks(row.payload);
      });
  if (!erased.ok()) return erased.status();
  for (const storage::OutboxRow& row : *erased) {
    core_->outbox.forget(row.id);
    const auto supervisor = of_instance(row.instance);
    const auto life = supervisor ? supervisor->instance() : nullptr;
    if (life != nullptr) life->cursor()->effects().outbox_ended();
  }
  return {};
}

}  // namespace souk::host
