#include "kernel/log/event_writer.hpp"

#include <algorithm>
#include <future>
#include <map>

#include "kernel/base/logging.hpp"

namespace souk::log {
namespace {

/// What an append weighs in the bounded queue: its bytes, and what is kept beside them.
std::size_t weight(const PendingAppend& append) noexcept {
  return append.events.bytes().size() + append.events.size() * sizeof(EncodedEvents::Item) + 256;
}

/// A commit takes at most this much of what waits, so that none takes long.
constexpr std::size_t kMaxCommitBytes = std::size_t{16} << 20U;
constexpr std::int64_t kSayAgainUs = 10'000'000;

}  // namespace

/// The batch that a store's events are being added to.
struct EventWriter::OpenBatch {
  StoreLog* store = nullptr;
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;
  std::string raw;
  std::vector<std::uint32_t> people;
};

/// Everything that one transaction will write.
struct EventWriter::Commit {
  std::int64_t now_us = 0;
  std::map<StoreLog*, OpenBatch> open;
  std::vector<storage::EventRow> rows;
  std::vector<std::pair<StoreLog*, BatchPtr>> batches;
  std::vector<storage::EntityRow> entities;
  std::vector<std::pair<std::size_t, EntityChange>> merges;  ///< index into entities
  std::vector<std::pair<StoreLog*, base::Hash128>> fresh_ids;
};

EventWriter::EventWriter(storage::Database& database, const EventLogSettings& settings,
                         const base::Clock& clock, base::Metrics& metrics, OnCommitted on_committed)
    : database_(database),
      settings_(settings),
      clock_(clock),
      on_committed_(std::move(on_committed)),
      encoder_(settings.compression_level),
      commits_(metrics.counter("souk_log_commits_total", "Transactions of the event log")),
      events_(metrics.counter("souk_log_events_total", "Events made durable")),
      duplicates_(metrics.counter("souk_log_duplicates_total", "Events whose id was known")),
      failures_(metrics.counter("souk_log_failures_total", "Transactions that failed")),
      commit_seconds_(metrics.histogram("souk_log_commit_seconds", "Duration of a transaction")),
      waiting_(metrics.gauge("souk_log_waiting_bytes", "Bytes that wait for a commit")),
      thread_([this] { run(); }) {}

EventWriter::~EventWriter() { close(); }

void EventWriter::submit(PendingAppend append) {
  Status refusal;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = weight(append);
    if (closing_) {
      refusal = {Code::cancelled, "the log is closing"};
    } else if (queued_bytes_ + bytes > settings_.max_waiting_bytes && queued_bytes_ > 0) {
      refusal = {Code::resource_exhausted, "too many events wait to be stored; try again shortly"};
    } else {
      queued_bytes_ += bytes;
      queue_.push_back(std::move(append));
      if (queue_.size() == 1) wake_.notify_one();
    }
  }
  if (!refusal.ok()) append.done(refusal);
}

void EventWriter::run_between_commits(const std::function<void()>& work) {
  std::promise<void> finished;
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return work();
    work_.push_back([&] {
      work();
      finished.set_value();
    });
    wake_.notify_one();
  }
  finished.get_future().wait();
}

void EventWriter::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

bool EventWriter::take(std::vector<PendingAppend>& group, std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return closing_ || !queue_.empty() || !work_.empty(); });
  if (!work_.empty()) {
    work = std::move(work_.front());
    work_.pop_front();
    return true;
  }
  if (queue_.empty()) return false;
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < queue_.size() && (count == 0 || bytes < kMaxCommitBytes)) {
    bytes += weight(queue_[count++]);
  }
  if (count == queue_.size()) {
    group.swap(queue_);
  } else {
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    group.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
  }
  queued_bytes_ -= bytes;
  waiting_.set(static_cast<double>(queued_bytes_));
  return true;
}

void EventWriter::run() {
  std::vector<PendingAppend> group;
  std::function<void()> work;
  while (take(group, work)) {
    if (work) {
      work();
      work = nullptr;
      continue;
    }
    process(group);
    group.clear();
  }
}

Status EventWriter::catch_up(std::vector<PendingAppend>& group) {
  for (PendingAppend& append : group) {
    if (!append.store->must_catch_up) continue;
    auto fresh = append.store->catch_up(database_, clock_.now_us());
    if (!fresh) return std::move(fresh).status();
    append.store->must_catch_up = false;
    for (const BatchPtr& batch : *fresh)
      on_committed_(batch);
  }
  return {};
}

void EventWriter::process(std::vector<PendingAppend>& group) {
  const std::int64_t started_us = clock_.monotonic_us();
  Commit commit;
  commit.now_us = clock_.now_us();
  Status status = catch_up(group);
  if (status.ok()) {
    for (PendingAppend& append : group)
      add(append, commit);
    for (auto& [store, open] : commit.open)
      seal(open, commit);
    status = merge_entities(commit);
  }
  if (status.ok()) status = write(group, commit);
  if (!status.ok()) return fail(group, commit, status);
  commit_seconds_.observe(static_cast<double>(clock_.monotonic_us() - started_us) * 1e-6);
  succeed(group, commit);
}

void EventWriter::add(PendingAppend& append, Commit& commit) {
  OpenBatch& open = commit.open[append.store];
  if (open.store == nullptr) {
    open.store = append.store;
    open.first_sequence = append.store->last_sequence() + 1;
  }
  add_events(append, open, commit);
  append.result.last_sequence = open.first_sequence + open.count - 1;
}

void EventWriter::add_events(PendingAppend& append, OpenBatch& open, Commit& commit) {
  const auto& items = append.events.items();
  if (items.empty()) return;
  if (open.count > 0 &&
      (open.count + items.size() > settings_.max_batch_events ||
       open.raw.size() + append.events.bytes().size() > settings_.max_batch_bytes)) {
    seal(open, commit);
  }
  DedupeIndex& dedupe = open.store->dedupe;
  for (const auto& item : items)
    dedupe.prefetch(item.id);
  std::vector<std::uint64_t> sequences(items.size(), 0);
  const std::string_view bytes = append.events.bytes();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!dedupe.insert(items[i].id, commit.now_us)) {
      ++append.result.duplicates;
      continue;
    }
    commit.fresh_ids.emplace_back(open.store, items[i].id);
    sequences[i] = open.first_sequence + open.count++;
    if (append.result.accepted++ == 0) append.result.first_sequence = sequences[i];
    open.raw.append(bytes.substr(items[i].offset, items[i].size));
  }
  for (const auto& person : append.events.people()) {
    if (sequences[person.item] != 0) open.people.push_back(person.hash);
  }
  add_entities(append, sequences, commit);
}

void EventWriter::add_entities(const PendingAppend& append,
                               const std::vector<std::uint64_t>& sequences, Commit& commit) {
  for (const EntityChange& change : append.events.entities()) {
    if (sequences[change.item] == 0) continue;
    if (change.merge) commit.merges.emplace_back(commit.entities.size(), change);
    commit.entities.push_back({append.store->id(), change.kind, change.id, sequences[change.item],
                               commit.now_us, change.deleted, change.data});
  }
}

void EventWriter::seal(OpenBatch& open, Commit& commit) {
  if (open.count == 0) return;
  storage::EventRow row;
  row.store_id = open.store->id();
  row.first_sequence = open.first_sequence;
  row.count = open.count;
  row.committed_us = std::max(commit.now_us, open.store->last_committed_us);
  encoder_.encode(open.raw, open.people, row);
  commit.batches.emplace_back(
      open.store, std::make_shared<const Batch>(row.store_id, row.first_sequence, row.count,
                                                row.committed_us, std::move(open.raw)));
  commit.rows.push_back(std::move(row));
  open.first_sequence += open.count;
  open.count = 0;
  open.raw.clear();
  open.people.clear();
}

/// Orders that changed in part need what the table has, or what an earlier event of this commit
/// says.
Status EventWriter::merge_entities(Commit& commit) {
  for (const auto& [index, change] : commit.merges) {
    storage::EntityRow& row = commit.entities[index];
    const storage::EntityRow* earlier = nullptr;
    for (std::size_t i = index; i-- > 0 && earlier == nullptr;) {
      const storage::EntityRow& other = commit.entities[i];
      if (other.id == row.id && other.kind == row.kind && other.store_id == row.store_id) {
        earlier = &other;
      }
    }
    if (earlier != nullptr) {
      row.data = merge_entity(earlier->data, change);
      continue;
    }
    auto stored = database_.entity(row.store_id, row.kind, row.id);
    if (stored) row.data = merge_entity(stored->data, change);
    if (!stored && stored.code() != Code::not_found) return std::move(stored).status();
  }
  return {};
}

Status EventWriter::write(const std::vector<PendingAppend>& group, Commit& commit) {
  const bool effects = std::any_of(group.begin(), group.end(),
                                   [](const PendingAppend& each) { return each.effects; });
  if (commit.rows.empty() && !effects) return {};
  auto transaction = database_.begin();
  if (!transaction) return std::move(transaction).status();
  Status status;
  for (const storage::EventRow& row : commit.rows) {
    if (status = (*transaction)->append(row); !status.ok()) return status;
  }
  if (!commit.entities.empty()) {
    if (status = (*transaction)->upsert_entities(commit.entities); !status.ok()) return status;
  }
  for (const PendingAppend& append : group) {
    if (!append.effects) continue;
    const Effects& its = *append.effects;
    if (its.cursor != 0) status = (*transaction)->set_effects_cursor(its.instance, its.cursor);
    if (status.ok()) status = (*transaction)->add_outbox(its.outbox);
    if (status.ok()) status = (*transaction)->end_outbox(its.ends);
    if (!status.ok()) return status;
  }
  return (*transaction)->commit();
}

void EventWriter::succeed(std::vector<PendingAppend>& group, Commit& commit) {
  double events = 0;
  double duplicates = 0;
  for (const auto& [store, batch] : commit.batches) {
    events += batch->count();
    store->push(batch);
    on_committed_(batch);
  }
  for (PendingAppend& append : group) {
    duplicates += append.result.duplicates;
    append.done(append.result);
  }
  failed_since_said_ = 0;
  commits_.add();
  events_.add(events);
  duplicates_.add(duplicates);
}

void EventWriter::fail(std::vector<PendingAppend>& group, Commit& commit, const Status& status) {
  failures_.add();
  // While the database is away every commit fails; a line in ten seconds tells it.
  const std::int64_t now_us = clock_.monotonic_us();
  if (failed_since_said_++ == 0 || now_us - failure_said_us_ >= kSayAgainUs) {
    base::log_error("log", "a commit failed; its events were refused",
                    {{"reason", status.message()},
                     {"appends", group.size()},
                     {"failed_commits", failed_since_said_}});
    failure_said_us_ = now_us;
    failed_since_said_ = 1;
  }
  for (const auto& [store, id] : commit.fresh_ids)
    store->dedupe.erase(id);
  // Whether the database has it after all (an answer may be lost after the deed) is asked before
  // the next commit; until then nobody is told that it was stored.
  for (PendingAppend& append : group)
    append.store->must_catch_up = true;
  for (PendingAppend& append : group)
    append.done(status);
}

}  // namespace souk::log
