// SqlDatabase: Database over SOCI. One class in several files, one a group of tables.
//
// Failures: any soci_error closes the session it came from and becomes UNAVAILABLE with the
// engine's sentence. A read is tried a second time on a fresh session, since an idle one may have
// died unseen. SQLite has one writer at a time: writes of this process queue at a mutex, which is
// fair and wakes at once, instead of at SQLite's busy handler, which sleeps.
#pragma once

#include <soci/soci.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

#include "kernel/storage/connection_pool.hpp"
#include "kernel/storage/database.hpp"

namespace souk::storage {

class SqlDatabase final : public Database {
 public:
  static Result<std::unique_ptr<Database>> open(const DatabaseSettings& settings);
  SqlDatabase(DatabaseUrl url, const DatabaseSettings& settings);

  [[nodiscard]] bool is_sqlite() const noexcept override { return url_.engine == Engine::sqlite; }
  Status ping() override;
  Result<std::unique_ptr<Transaction>> begin() override;

  Result<std::vector<std::string>> stores_with_events() override;
  Result<LogBounds> log_bounds(std::string_view store_id) override;
  Result<std::vector<EventRow>> read_events(std::string_view store_id, std::uint64_t from,
                                            std::size_t max_bytes) override;
  Result<std::vector<EventRow>> read_event_heads(std::string_view store_id, std::uint64_t from,
                                                 std::size_t max_rows) override;
  Status rewrite_events(std::span<const EventRow> rows) override;
  Status replace_events(std::span<const EventRow> old, const EventRow& merged) override;
  Result<std::uint64_t> delete_events_before(std::string_view store_id,
                                             std::uint64_t sequence) override;

  Result<EntityRow> entity(std::string_view store_id, std::string_view kind,
                           std::string_view id) override;
  Result<std::vector<EntityRow>> entities(std::string_view store_id, std::string_view kind,
                                          std::string_view after, std::size_t limit) override;
  Status purge_entity(std::string_view store_id, std::string_view kind,
                      std::string_view id) override;

  Result<std::optional<std::uint64_t>> effects_cursor(const InstanceKey& instance) override;
  Status save_snapshot(const SnapshotInfo& info, std::string_view bytes, std::size_t keep) override;
  Result<std::vector<SnapshotInfo>> snapshots(const InstanceKey& instance) override;
  Result<std::string> load_snapshot(std::uint64_t id) override;
  Status drop_snapshots(std::string_view store_id) override;
  Status drop_snapshots(const InstanceKey& instance) override;

  Result<std::vector<OutboxRow>> due_outbox(std::int64_t now_us, std::size_t limit,
                                            std::span<const InstanceKey> without) override;
  Result<std::uint64_t> outbox_size(const InstanceKey& instance) override;
  Status outbox_attempted(std::span<const OutboxAttempt> attempts) override;
  Result<std::vector<OutboxRow>> erase_letters(
      std::string_view store_id, const std::function<bool(const OutboxRow&)>& effect,
      const std::function<bool(const DeadLetterRow&)>& letter) override;
  Status scrub() override;
  Status add_dead_letter(const DeadLetterRow& row) override;
  Result<std::vector<DeadLetterRow>> dead_letters(std::string_view store_id, std::uint64_t before,
                                                  std::size_t limit) override;
  Result<DeadLetterRow> dead_letter(std::uint64_t id) override;
  Status remove_dead_letter(std::uint64_t id) override;

  Result<std::string> fact(std::string_view key) override;
  Status set_fact(std::string_view key, std::string_view value) override;

 private:
  friend class SqlTransaction;

  /// Runs `work(session)`; its result, or what went wrong with the session.
  template <class Work>
  auto read(Work&& work) -> std::invoke_result_t<Work, soci::session&>;
  /// The same inside a transaction, at the writer's gate. Not tried twice.
  template <class Work>
  Status write(Work&& work);
  /// The session failed: the others are suspect too, and so is the lock.
  void forget_sessions(ConnectionPool::Lease& failed) noexcept;
  /// Whether this daemon may still write: the lock is asked after a failed session, and now and
  /// then, since the server may have dropped the lock's connection alone. FAILED_PRECONDITION when
  /// another daemon has taken over, or when the database was opened for reading.
  Status may_write();

  const DatabaseUrl url_;
  const bool exclusive_;
  std::unique_ptr<DaemonLock> lock_;
  ConnectionPool pool_;
  /// Held by whoever writes to SQLite; on MySQL, by the Transaction alone.
  std::timed_mutex gate_;
  std::mutex lock_mutex_;  ///< guards lock_
  std::atomic<bool> lock_suspect_{false};
  std::atomic<std::int64_t> lock_confirmed_us_{0};  ///< monotonic
};

/// SOCI knows long long; sequences and checksums are unsigned here.
[[nodiscard]] inline long long sql_int(std::uint64_t value) noexcept {
  return static_cast<long long>(value);
}

/// Inserts one row of the log; throws soci_error.
void insert_event_row(soci::session& sql, const EventRow& row);
/// The outbox's rows, many with a statement: a round trip a row would be the limit on MySQL. They
/// throw soci_error.
void insert_outbox(soci::session& sql, std::span<const OutboxRow> rows, bool sqlite);
void insert_letter(soci::session& sql, const DeadLetterRow& row);
void end_outbox_rows(soci::session& sql, std::span<const OutboxEnd> ends);

template <class Work>
auto SqlDatabase::read(Work&& work) -> std::invoke_result_t<Work, soci::session&> {
  std::string failure;
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto lease = pool_.lease();
    if (!lease) return lease.status();
    try {
      return work(**lease);
    } catch (const soci::soci_error& error) {
      failure = error.get_error_message();
      forget_sessions(*lease);
    }
  }
  return Status(Code::unavailable, "the database does not answer: " + failure);
}

template <class Work>
Status SqlDatabase::write(Work&& work) {
  std::unique_lock gate(gate_, std::defer_lock);
  if (is_sqlite() && !gate.try_lock_for(std::chrono::seconds(20))) {
    return {Code::unavailable, "the database was busy with another write for 20 s"};
  }
  if (Status status = may_write(); !status) return status;
  auto lease = pool_.lease();
  if (!lease) return std::move(lease).status();
  try {
    soci::transaction transaction(**lease);
    if (Status status = work(**lease); !status) return status;
    transaction.commit();
    return {};
  } catch (const soci::soci_error& error) {
    forget_sessions(*lease);
    return {Code::unavailable,
            std::string("the database refused a write: ") + error.get_error_message()};
  }
}

}  // namespace souk::storage
