#include "kernel/log/event_log.hpp"

#include <algorithm>
#include <map>
#include <shared_mutex>

#include "kernel/log/compactor.hpp"
#include "kernel/log/erase.hpp"
#include "kernel/log/event_writer.hpp"
#include "kernel/log/store_log.hpp"
#include "kernel/log/verify.hpp"

namespace souk::log {
namespace {

class DatabaseEventLog final : public EventLog {
 public:
  DatabaseEventLog(storage::Database& database, const EventLogSettings& settings,
                   const base::Clock& clock, base::Metrics& metrics)
      : database_(database),
        settings_(settings),
        clock_(clock),
        merges_(metrics.counter("souk_log_compactions_total", "Rows made of many small ones")),
        merged_rows_(
            metrics.counter("souk_log_compacted_rows_total", "Rows that compaction has saved")),
        compaction_failures_(metrics.counter("souk_log_compaction_failures_total",
                                             "Compactions that the database refused")),
        compaction_seconds_(
            metrics.histogram("souk_log_compaction_seconds", "Duration of a compaction")),
        compactor_(database, settings_.compaction, settings_.compression_level),
        writer_(database, settings_, clock, metrics,
                [this](const BatchPtr& batch) { announce(batch); }) {}

  ~DatabaseEventLog() override { close(); }

  Status add_store(std::string_view store_id) override {
    if (store_id.empty() || store_id.size() > 64) {
      return {Code::invalid_argument, "a store id has 1 to 64 characters"};
    }
    const std::lock_guard lock(opening_);
    if (find(store_id) != nullptr) return {};
    auto store = std::make_unique<StoreLog>(std::string(store_id), settings_);
    if (auto read = store->catch_up(database_, clock_.now_us()); !read) return read.status();
    const std::unique_lock stores_lock(stores_mutex_);
    stores_.emplace(std::string(store_id), std::move(store));
    return {};
  }

  void append(std::string_view store_id, EncodedEvents events, AppendDone done) override {
    append(store_id, std::move(events), std::nullopt, std::move(done));
  }

  void append(std::string_view store_id, EncodedEvents events, std::optional<Effects> effects,
              AppendDone done) override {
    StoreLog* store = find(store_id);
    if (store == nullptr) return done(unknown(store_id));
    writer_.submit({store, std::move(events), std::move(effects), std::move(done), {}});
  }

  Result<std::vector<BatchPtr>> read(std::string_view store_id, std::uint64_t from,
                                     std::size_t max_bytes) override {
    if (auto tail = read_tail(store_id, from, max_bytes)) return std::move(*tail);
    const StoreLog* store = find(store_id);
    if (store == nullptr) return unknown(store_id);
    auto rows = database_.read_events(store_id, from, std::max<std::size_t>(1, max_bytes / 4));
    if (!rows) return std::move(rows).status();
    std::vector<BatchPtr> batches;
    for (const storage::EventRow& row : *rows) {
      // What is in the database and not announced yet belongs to a commit that is being answered.
      if (row.first_sequence > store->last_sequence()) break;
      auto batch = Batch::from_row(row);
      if (!batch) {
        if (batches.empty()) return std::move(batch).status();
        break;
      }
      batches.push_back(std::move(*batch));
    }
    return batches;
  }

  std::optional<std::vector<BatchPtr>> read_tail(std::string_view store_id, std::uint64_t from,
                                                 std::size_t max_bytes) override {
    const StoreLog* store = find(store_id);
    if (store == nullptr) return std::nullopt;
    return store->tail(from, max_bytes);
  }

  [[nodiscard]] std::uint64_t last_sequence(std::string_view store_id) const override {
    const StoreLog* store = find(store_id);
    return store == nullptr ? 0 : store->last_sequence();
  }

  [[nodiscard]] std::uint64_t first_sequence(std::string_view store_id) const override {
    const StoreLog* store = find(store_id);
    return store == nullptr ? 1 : store->first_sequence();
  }

  std::uint64_t add_listener(CommitListener listener) override {
    const std::lock_guard lock(listeners_mutex_);
    listeners_.emplace(++last_token_, std::move(listener));
    return last_token_;
  }

  void remove_listener(std::uint64_t token) override {
    const std::lock_guard lock(listeners_mutex_);
    listeners_.erase(token);
  }

  Result<std::uint64_t> apply_retention(std::string_view store_id, const Retention& retention,
                                        std::uint64_t keep_from) override;

  Result<CompactionReport> compact(std::string_view store_id, std::size_t max_merges) override;

  Result<std::uint64_t> erase_person(std::string_view store_id, std::string_view person) override {
    StoreLog* store = find(store_id);
    if (store == nullptr) return unknown(store_id);
    Result<std::uint64_t> erased = std::uint64_t{0};
    // Between two commits, so that no batch that mentions the person lands behind the walk.
    writer_.run_between_commits([&] {
      const std::lock_guard lock(rows_mutex_);
      erased = erase_from_log(database_, store_id, person, settings_.compression_level);
      store->forget_tail();
    });
    return erased;
  }

  Result<VerifyReport> verify(std::string_view store_id,
                              const std::function<void(double)>& progress) override {
    return verify_log(database_, store_id, progress);
  }

  void close() override { writer_.close(); }

 private:
  static Status unknown(std::string_view store_id) {
    return {Code::not_found, "there is no store \"" + std::string(store_id) + "\""};
  }

  [[nodiscard]] StoreLog* find(std::string_view store_id) const {
    const std::shared_lock lock(stores_mutex_);
    const auto found = stores_.find(store_id);
    return found == stores_.end() ? nullptr : found->second.get();
  }

  void announce(const BatchPtr& batch) {
    const std::lock_guard lock(listeners_mutex_);
    for (const auto& [token, listener] : listeners_)
      listener(batch);
  }

  storage::Database& database_;
  const EventLogSettings settings_;
  const base::Clock& clock_;
  base::Counter merges_;
  base::Counter merged_rows_;
  base::Counter compaction_failures_;
  base::Histogram compaction_seconds_;
  std::mutex opening_;
  std::mutex rows_mutex_;  ///< held by whoever rewrites rows that exist
  Compactor compactor_;    ///< guarded by rows_mutex_
  mutable std::shared_mutex stores_mutex_;
  std::map<std::string, std::unique_ptr<StoreLog>, std::less<>> stores_;
  std::mutex listeners_mutex_;
  std::map<std::uint64_t, CommitListener> listeners_;
  std::uint64_t last_token_ = 0;
  EventWriter writer_;  // last: its thread uses what is above
};

Result<std::uint64_t> DatabaseEventLog::apply_retention(std::string_view store_id,
                                                        const Retention& retention,
                                                        std::uint64_t keep_from) {
  StoreLog* store = find(store_id);
  if (store == nullptr) return unknown(store_id);
  auto bounds = database_.log_bounds(store_id);
  if (!bounds) return std::move(bounds).status();
  const std::int64_t oldest_us =
      retention.max_age_us > 0 ? clock_.now_us() - retention.max_age_us : INT64_MIN;
  std::uint64_t excess = 0;
  if (retention.max_bytes > 0 && bounds->stored_bytes > retention.max_bytes) {
    excess = bounds->stored_bytes - retention.max_bytes;
  }
  // The newest batch always stays: it says where the log goes on.
  std::uint64_t cut = store->first_sequence();
  while (cut <= bounds->last_sequence) {
    auto rows = database_.read_events(store_id, cut, std::size_t{1} << 20U);
    if (!rows) return std::move(rows).status();
    bool more = !rows->empty();
    for (const storage::EventRow& row : *rows) {
      const std::uint64_t end = row.first_sequence + row.count;
      const bool lets_go = row.committed_us < oldest_us || excess > 0;
      if (!lets_go || end > keep_from || end > bounds->last_sequence) {
        more = false;
        break;
      }
      cut = end;
      excess -= std::min<std::uint64_t>(excess, row.data.size());
    }
    if (!more) break;
  }
  if (cut <= store->first_sequence()) return store->first_sequence();
  auto deleted = database_.delete_events_before(store_id, cut);
  if (!deleted) return std::move(deleted).status();
  // A row that was merged meanwhile may reach over the cut: then it stays, whole.
  auto oldest = database_.read_event_heads(store_id, 1, 1);
  if (!oldest) return std::move(oldest).status();
  if (!oldest->empty()) store->set_first_sequence(oldest->front().first_sequence);
  return store->first_sequence();
}

Result<CompactionReport> DatabaseEventLog::compact(std::string_view store_id,
                                                   std::size_t max_merges) {
  const StoreLog* store = find(store_id);
  if (store == nullptr) return unknown(store_id);
  const std::int64_t until_us = clock_.now_us() - settings_.compaction.min_age_us;
  CompactionReport total;
  total.more = true;
  // A step that finds nothing to merge has read heads alone; those are bounded too.
  for (std::size_t steps = 0; total.more && total.merges < max_merges && steps < 4 * max_merges;
       ++steps) {
    // Released between two steps: erasing waits for one merge at most.
    const std::lock_guard lock(rows_mutex_);
    const std::int64_t started_us = clock_.monotonic_us();
    auto step = compactor_.step(store_id, until_us, store->last_sequence());
    if (!step) {
      // Retention may have taken the rows away.
      if (step.code() == Code::failed_precondition) break;
      compaction_failures_.add();
      return std::move(step).status();
    }
    total.more = step->more;
    if (step->merges == 0) continue;
    total.merges += step->merges;
    total.rows += step->rows;
    compaction_seconds_.observe(static_cast<double>(clock_.monotonic_us() - started_us) * 1e-6);
    merges_.add(static_cast<double>(step->merges));
    merged_rows_.add(static_cast<double>(step->rows));
  }
  return total;
}

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::open(storage::Database& database,
                                                 const EventLogSettings& settings,
                                                 const base::Clock& clock, base::Metrics& metrics) {
  auto log = std::make_unique<DatabaseEventLog>(database, settings, clock, metrics);
  auto stores = database.stores_with_events();
  if (!stores) return std::move(stores).status();
  for (const std::string& store : *stores) {
    if (Status status = log->add_store(store); !status) return status;
  }
  return std::unique_ptr<EventLog>(std::move(log));
}

}  // namespace souk::log
