// Database: the one way to the disk. SOCI over SQLite (embedded default) or MySQL/MariaDB.
//
// A Database is a pool of connections to one migrated schema that this daemon holds alone. Every
// function answers UNAVAILABLE when the database is away or full (the sentence says which), and a
// later call reconnects by itself with back-off: callers need no retry loop of their own to heal.
// Thread-safe, except Transaction, which belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/storage/rows.hpp"

namespace souk::storage {

struct DatabaseSettings {
  /// sqlite:///absolute/path.db, sqlite://relative.db or mysql://user:password@host:3306/name
  std::string url;
  std::size_t connections = 4;  ///< 1 to 64, opened when first needed
  std::int64_t connect_timeout_ms = 5'000;
  /// True for the daemon: no second process may write. False for tools that only read.
  bool exclusive = true;
};

/// Reads the newest snapshot bytes piece by piece; returns false at the end.
using ChunkSink = std::function<Status(std::string_view piece)>;

struct LogBounds {
  std::uint64_t first_sequence = 0;  ///< 0 when the log is empty
  std::uint64_t last_sequence = 0;
  std::int64_t last_committed_us = 0;
  std::uint64_t rows = 0;
  std::uint64_t stored_bytes = 0;  ///< compressed
};

/// All or nothing. Rolls back when destroyed before commit() has succeeded. One thread.
class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual Status append(const EventRow& row) = 0;
  /// The newer `sequence` wins; an older one changes nothing.
  virtual Status upsert_entities(std::span<const EntityRow> rows) = 0;
  /// Moves the position up to which the instance's effects are durable; it never moves back.
  virtual Status set_effects_cursor(const InstanceKey& instance, std::uint64_t sequence) = 0;
  virtual Status add_outbox(std::span<const OutboxRow> rows) = 0;
  /// Takes effects out of the outbox; a letter is kept only in the place of one that was there (it
  /// may have been erased meanwhile).
  virtual Status end_outbox(std::span<const OutboxEnd> ends) = 0;
  /// Durable on return (SQLite: WAL with synchronous=FULL; InnoDB: flushed at commit).
  virtual Status commit() = 0;
};

class Database {
 public:
  /// Connects, takes the lock of the daemon, migrates. FAILED_PRECONDITION when another daemon
  /// holds the database, when its schema is newer than this build, or when the URL is not
  /// understood.
  static Result<std::unique_ptr<Database>> open(const DatabaseSettings& settings);
  virtual ~Database() = default;

  [[nodiscard]] virtual bool is_sqlite() const noexcept = 0;
  /// A cheap question to the server; OK when it answers.
  virtual Status ping() = 0;
  virtual Result<std::unique_ptr<Transaction>> begin() = 0;

  // ---- the log -------------------------------------------------------------------------------
  virtual Result<std::vector<std::string>> stores_with_events() = 0;
  virtual Result<LogBounds> log_bounds(std::string_view store_id) = 0;
  /// Rows that hold events with sequence ≥ from, in order, until `max_bytes` of data (at least
  /// one). Rows may be merged meanwhile; only the first may begin before `from`, and none is
  /// answered that holds events of the one before it.
  virtual Result<std::vector<EventRow>> read_events(std::string_view store_id, std::uint64_t from,
                                                    std::size_t max_bytes) = 0;
  /// As read_events, without `data`: positions, times and people.
  virtual Result<std::vector<EventRow>> read_event_heads(std::string_view store_id,
                                                         std::uint64_t from,
                                                         std::size_t max_rows) = 0;
  /// Replaces rows that have the same first_sequence, in one transaction (erasing a person).
  virtual Status rewrite_events(std::span<const EventRow> rows) = 0;
  /// Puts `merged` in the place of neighbouring rows, in one transaction. FAILED_PRECONDITION, and
  /// nothing changed, when the log does not hold exactly `old` there (their first_sequence, count
  /// and checksum are compared).
  virtual Status replace_events(std::span<const EventRow> old, const EventRow& merged) = 0;
  /// Deletes rows whose last event is < sequence. Returns how many rows went.
  virtual Result<std::uint64_t> delete_events_before(std::string_view store_id,
                                                     std::uint64_t sequence) = 0;

  // ---- entities ------------------------------------------------------------------------------
  /// NOT_FOUND when there is none or it is deleted.
  virtual Result<EntityRow> entity(std::string_view store_id, std::string_view kind,
                                   std::string_view id) = 0;
  /// Live entities with id > after, ordered by id.
  virtual Result<std::vector<EntityRow>> entities(std::string_view store_id, std::string_view kind,
                                                  std::string_view after, std::size_t limit) = 0;
  /// Removes the row and what it held for good (a person's erasure).
  virtual Status purge_entity(std::string_view store_id, std::string_view kind,
                              std::string_view id) = 0;

  // ---- instances -----------------------------------------------------------------------------
  /// nullopt when the instance never had one.
  virtual Result<std::optional<std::uint64_t>> effects_cursor(const InstanceKey& instance) = 0;
  /// Stores a snapshot whole (chunked, checksummed, compressed) and drops all but the newest
  /// `keep`.
  virtual Status save_snapshot(const SnapshotInfo& info, std::string_view bytes,
                               std::size_t keep) = 0;
  /// Newest first, whether their bytes verify or not.
  virtual Result<std::vector<SnapshotInfo>> snapshots(const InstanceKey& instance) = 0;
  /// DATA_LOSS when a chunk is missing or does not verify.
  virtual Result<std::string> load_snapshot(std::uint64_t id) = 0;
  /// Drops every snapshot of every instance of the store (after an erasure) or of one instance.
  virtual Status drop_snapshots(std::string_view store_id) = 0;
  virtual Status drop_snapshots(const InstanceKey& instance) = 0;

  // ---- outbox and dead letters ---------------------------------------------------------------
  /// Effects that are due, the longest due first; none of the instances in `without`.
  virtual Result<std::vector<OutboxRow>> due_outbox(std::int64_t now_us, std::size_t limit,
                                                    std::span<const InstanceKey> without) = 0;
  virtual Result<std::uint64_t> outbox_size(const InstanceKey& instance) = 0;
  /// Records attempts before they are made, in one transaction. What is not there any more is
  /// passed over.
  virtual Status outbox_attempted(std::span<const OutboxAttempt> attempts) = 0;
  /// Deletes the store's effects and dead letters for which the questions say yes. Answers the
  /// effects, without their payloads.
  virtual Result<std::vector<OutboxRow>> erase_letters(
      std::string_view store_id, const std::function<bool(const OutboxRow&)>& effect,
      const std::function<bool(const DeadLetterRow&)>& letter) = 0;
  virtual Status add_dead_letter(const DeadLetterRow& row) = 0;
  /// Newest first, id < before (0: from the newest); store_id empty: of all stores.
  virtual Result<std::vector<DeadLetterRow>> dead_letters(std::string_view store_id,
                                                          std::uint64_t before,
                                                          std::size_t limit) = 0;
  virtual Result<DeadLetterRow> dead_letter(std::uint64_t id) = 0;
  virtual Status remove_dead_letter(std::uint64_t id) = 0;

  /// After an erasure: what was deleted or overwritten leaves the files, as far as the engine lets
  /// us. SQLite: nothing is left in the database and its WAL (UNAVAILABLE when readers keep the WAL
  /// from being emptied). MySQL: its undo and redo logs are its own; they are recycled by time.
  virtual Status scrub() = 0;

  // ---- small durable facts -------------------------------------------------------------------
  /// NOT_FOUND when there is none. Keys such as "enabled/demo/recommendations"; at most 64 KiB.
  virtual Result<std::string> fact(std::string_view key) = 0;
  virtual Status set_fact(std::string_view key, std::string_view value) = 0;
};

}  // namespace souk::storage
