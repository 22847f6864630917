// EventLog: the durable, ordered log of every store of a daemon.
//
// One writer thread commits everything that waits, of all stores, in one transaction: a hundred
// requests cost one fsync. A request is answered after its events are durable, never before. A
// reader is a position: it reads the tail from memory and older batches from storage, through one
// function.
//
// Thread-safe. Completions and listeners run on the writer thread and must not block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/clock.hpp"
#include "kernel/base/metrics.hpp"
#include "kernel/base/status.hpp"
#include "kernel/log/batch.hpp"
#include "kernel/log/encoded_events.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

/// When and how far small rows are merged.
struct CompactionSettings {
  std::int64_t min_age_us = 600LL * 1'000'000;  ///< of the newest commit in a merged row
  std::uint32_t max_events = 1'000;             ///< in a merged row
  std::size_t max_bytes = 256U << 10U;          ///< in a merged row, before compression
  std::size_t min_rows = 8;                     ///< fewer neighbours are left as they are
};

struct EventLogSettings {
  std::size_t max_waiting_bytes = 256U << 20U;  ///< appends beyond it are RESOURCE_EXHAUSTED
  std::size_t tail_cache_bytes = 64U << 20U;    ///< per store: the newest batches, uncompressed
  std::int64_t dedupe_window_us = 7LL * 86'400 * 1'000'000;
  std::size_t dedupe_max_ids = 16'000'000;  ///< per store; the oldest bucket goes first
  std::size_t max_batch_events = 8'192;     ///< a larger commit becomes several rows
  std::size_t max_batch_bytes = 2U << 20U;
  int compression_level = 1;  ///< zstd
  CompactionSettings compaction;
};

/// What one append came to.
struct AppendResult {
  std::uint32_t accepted = 0;
  std::uint32_t duplicates = 0;
  std::uint64_t last_sequence = 0;  ///< of the store's log after this append
  std::uint64_t first_sequence =
      0;  ///< of this append's first stored event; 0 when all are duplicates
};

/// What must become durable together with the events of an append.
struct Effects {
  storage::InstanceKey instance;  ///< whose cursor moves
  /// The input sequence up to which its effects are then durable; 0: it stays where it is.
  std::uint64_t cursor = 0;
  std::vector<storage::OutboxRow> outbox = {};
  std::vector<storage::OutboxEnd> ends = {};
};

using AppendDone = std::function<void(const Result<AppendResult>&)>;
/// Called after each commit with the new batch, in log order per store.
using CommitListener = std::function<void(const BatchPtr&)>;

struct Retention {
  std::int64_t max_age_us = 0;  ///< 0: keep for ever
  std::uint64_t max_bytes = 0;  ///< 0: no limit
};

struct CompactionReport {
  std::uint64_t merges = 0;  ///< rows that were written
  std::uint64_t rows = 0;    ///< by so many the table is smaller
  bool more = false;         ///< there may be more to do at once
};

struct VerifyReport {
  std::uint64_t rows = 0;
  std::uint64_t events = 0;
  std::vector<std::string> faults;  ///< "sequence 120 to 219: checksum differs"; at most 1,000
};

class EventLog {
 public:
  /// Reads each store's bounds and its recent ids, starts the writer. The database must outlive it.
  static Result<std::unique_ptr<EventLog>> open(storage::Database& database,
                                                const EventLogSettings& settings,
                                                const base::Clock& clock, base::Metrics& metrics);
  virtual ~EventLog() = default;

  /// Makes a store known. Idempotent. Must precede append and read of that store.
  virtual Status add_store(std::string_view store_id) = 0;

  /// Queues events of one store; `done` hears once they are durable, or why they are not:
  /// RESOURCE_EXHAUSTED (queue full), UNAVAILABLE (database away or disk full), CANCELLED
  /// (closing). Nothing of a failed append is stored. `events` may be empty when there are effects.
  virtual void append(std::string_view store_id, EncodedEvents events, AppendDone done) = 0;
  virtual void append(std::string_view store_id, EncodedEvents events,
                      std::optional<Effects> effects, AppendDone done) = 0;

  /// The batches that hold `from` and what follows, at most about `max_bytes` of them raw and at
  /// least one; empty when the log ends before `from`. DATA_LOSS names the row that does not
  /// verify.
  virtual Result<std::vector<BatchPtr>> read(std::string_view store_id, std::uint64_t from,
                                             std::size_t max_bytes) = 0;
  /// As read, from memory alone: nullopt when `from` is older than the tail cache.
  virtual std::optional<std::vector<BatchPtr>> read_tail(std::string_view store_id,
                                                         std::uint64_t from,
                                                         std::size_t max_bytes) = 0;
  [[nodiscard]] virtual std::uint64_t last_sequence(std::string_view store_id) const = 0;
  /// First sequence still kept (1 when nothing was ever deleted).
  [[nodiscard]] virtual std::uint64_t first_sequence(std::string_view store_id) const = 0;

  /// Hears every commit from now on. Returns a token for remove_listener, which returns only when
  /// no call of the listener is running.
  virtual std::uint64_t add_listener(CommitListener listener) = 0;
  virtual void remove_listener(std::uint64_t token) = 0;

  /// Deletes what `retention` lets go, yet nothing at or after `keep_from` (the smallest position
  /// that a snapshot of an enabled plugin still needs). Returns the new first sequence.
  virtual Result<std::uint64_t> apply_retention(std::string_view store_id,
                                                const Retention& retention,
                                                std::uint64_t keep_from) = 0;
  /// Merges runs of small neighbouring rows that have come of age, at most `max_merges` of them.
  /// Sequences, times and what is read from them do not change. To be called now and then; each
  /// call goes on where the last one stopped.
  virtual Result<CompactionReport> compact(std::string_view store_id, std::size_t max_merges) = 0;
  /// Rewrites every batch that mentions the person so that nothing of theirs is left: events of
  /// theirs become empty events of the same sequence. Returns how many.
  virtual Result<std::uint64_t> erase_person(std::string_view store_id,
                                             std::string_view person) = 0;
  /// Walks the whole store: gaps, checksums, counts, order of time. `progress` gets 0 to 1.
  virtual Result<VerifyReport> verify(std::string_view store_id,
                                      const std::function<void(double)>& progress) = 0;

  /// Refuses new appends, commits what waits, stops the writer. Idempotent.
  virtual void close() = 0;
};

}  // namespace souk::log
