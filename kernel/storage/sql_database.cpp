#include "kernel/storage/sql_database.hpp"

#include <algorithm>

#include "kernel/base/clock.hpp"
#include "kernel/storage/migrations.hpp"

namespace souk::storage {
namespace {

constexpr std::int64_t kConfirmEveryUs = 5'000'000;

}  // namespace

/// Begun and ended by one thread; holds the gate, so that there is one at a time.
class SqlTransaction final : public Transaction {
 public:
  SqlTransaction(SqlDatabase& database, std::unique_lock<std::timed_mutex> gate,
                 ConnectionPool::Lease lease)
      : database_(database), gate_(std::move(gate)), lease_(std::move(lease)) {}

  ~SqlTransaction() override {
    if (!committed_ && !failed_) (void)guarded([this] { transaction_->rollback(); });
  }

  Status begin() {
    return guarded([this] { transaction_ = std::make_unique<soci::transaction>(*lease_); });
  }

  Status append(const EventRow& row) override {
    return guarded([&] { insert_event_row(*lease_, row); });
  }

  Status upsert_entities(std::span<const EntityRow> rows) override {
    return guarded([&] {
      constexpr std::size_t kChunk = 64;
      for (std::size_t at = 0; at < rows.size(); at += kChunk) {
        upsert_chunk(rows.subspan(at, std::min(kChunk, rows.size() - at)));
      }
    });
  }

  Status set_effects_cursor(const InstanceKey& instance, std::uint64_t sequence) override {
    return guarded([&] {
      const long long value = sql_int(sequence);
      *lease_ << (database_.is_sqlite()
                      ? "INSERT INTO souk_cursors (store_id, plugin, account_id, sequence)"
                        " VALUES (:s, :p, :a, :q) ON CONFLICT (store_id, plugin, account_id)"
                        " DO UPDATE SET sequence = MAX(sequence, excluded.sequence)"
                      : "INSERT INTO souk_cursors (store_id, plugin, account_id, sequence)"
                        " VALUES (:s, :p, :a, :q) ON DUPLICATE KEY UPDATE"
                        " sequence = GREATEST(sequence, VALUES(sequence))"),
          soci::use(instance.store_id), soci::use(instance.plugin), soci::use(instance.account_id),
          soci::use(value);
    });
  }

  Status add_outbox(std::span<const OutboxRow> rows) override {
    return guarded([&] { insert_outbox(*lease_, rows, database_.is_sqlite()); });
  }

  Status end_outbox(std::span<const OutboxEnd> ends) override {
    return guarded([&] { end_outbox_rows(*lease_, ends); });
  }

  Status commit() override {
    Status status = guarded([this] { transaction_->commit(); });
    committed_ = status.ok();
    return status;
  }

 private:
  template <class Work>
  Status guarded(Work&& work) {
    if (failed_) return {Code::unavailable, "the transaction has failed already"};
    try {
      work();
      return {};
    } catch (const soci::soci_error& error) {
      failed_ = true;
      try {
        if (transaction_) transaction_->rollback();
      } catch (const soci::soci_error&) {
        // The session is gone, and its transaction with it.
      }
      transaction_.reset();
      database_.forget_sessions(lease_);
      return {Code::unavailable,
              std::string("the database refused a write: ") + error.get_error_message()};
    }
  }

  /// One statement for many rows: a round trip a row would be the limit on MySQL.
  void upsert_chunk(std::span<const EntityRow> rows) {
    std::string query =
        "INSERT INTO souk_entities (store_id, kind, id, sequence, updated_us, deleted, data) "
        "VALUES ";
    std::vector<long long> sequences(rows.size());
    std::vector<long long> times(rows.size());
    std::vector<int> deleted(rows.size());
    soci::statement statement(*lease_);
    statement.alloc();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string n = std::to_string(i);
      if (i > 0) query += ", ";
      query += "(:s" + n + ", :k" + n + ", :i" + n + ", :q" + n + ", :u" + n + ", :d" + n + ", :b" +
               n + ")";
      sequences[i] = sql_int(rows[i].sequence);
      times[i] = rows[i].updated_us;
      deleted[i] = rows[i].deleted ? 1 : 0;
      statement.exchange(soci::use(rows[i].store_id));
      statement.exchange(soci::use(rows[i].kind));
      statement.exchange(soci::use(rows[i].id));
      statement.exchange(soci::use(sequences[i]));
      statement.exchange(soci::use(times[i]));
      statement.exchange(soci::use(deleted[i]));
      statement.exchange(soci::use(rows[i].data));
    }
    query +=
        database_.is_sqlite()
            ? " ON CONFLICT (store_id, kind, id) DO UPDATE SET updated_us = excluded.updated_us,"
              " deleted = excluded.deleted, data = excluded.data, sequence = excluded.sequence"
              " WHERE excluded.sequence >= souk_entities.sequence"
            // MySQL assigns from left to right: the sequence, which the others compare, is last.
            : " ON DUPLICATE KEY UPDATE"
              " updated_us = IF(VALUES(sequence) >= sequence, VALUES(updated_us), updated_us),"
              " deleted = IF(VALUES(sequence) >= sequence, VALUES(deleted), deleted),"
              " data = IF(VALUES(sequence) >= sequence, VALUES(data), data),"
              " sequence = GREATEST(sequence, VALUES(sequence))";
    statement.prepare(query);
    statement.define_and_bind();
    statement.execute(true);
  }

  SqlDatabase& database_;
  std::unique_lock<std::timed_mutex> gate_;
  ConnectionPool::Lease lease_;
  std::unique_ptr<soci::transaction> transaction_;
  bool committed_ = false;
  bool failed_ = false;
};

SqlDatabase::SqlDatabase(DatabaseUrl url, const DatabaseSettings& settings)
    : url_(std::move(url)),
      exclusive_(settings.exclusive),
      pool_(url_, settings.connections + 1, settings.connect_timeout_ms) {}

Result<std::unique_ptr<Database>> Database::open(const DatabaseSettings& settings) {
  return SqlDatabase::open(settings);
}

Result<std::unique_ptr<Database>> SqlDatabase::open(const DatabaseSettings& settings) {
  auto url = config::parse_database_url(settings.url);
  if (!url) return url.status();
  if (settings.connections < 1 || settings.connections > 64) {
    return Status(Code::invalid_argument, "connections must be from 1 to 64");
  }
  auto database = std::make_unique<SqlDatabase>(*url, settings);
  if (settings.exclusive) {
    auto lock = DaemonLock::take(*url, settings.connect_timeout_ms);
    if (!lock) return lock.status();
    database->lock_ = std::move(*lock);
    database->lock_confirmed_us_ = base::system_clock().monotonic_us();
  }
  auto lease = database->pool_.lease();
  if (!lease) return lease.status();
  Status status =
      settings.exclusive ? migrate(**lease, url->engine) : require_current_schema(**lease);
  if (!status) return status;
  return std::unique_ptr<Database>(std::move(database));
}

void SqlDatabase::forget_sessions(ConnectionPool::Lease& failed) noexcept {
  lock_suspect_ = true;
  failed.discard();
  pool_.drop_idle();
}

Status SqlDatabase::ping() {
  return read([](soci::session& sql) -> Status {
    int one = 0;
    sql << "SELECT 1", soci::into(one);
    return {};
  });
}

Status SqlDatabase::may_write() {
  if (!exclusive_) {
    return {Code::failed_precondition, "the database was opened for reading only"};
  }
  const std::int64_t now_us = base::system_clock().monotonic_us();
  if (!lock_suspect_ && now_us - lock_confirmed_us_ < kConfirmEveryUs) return {};
  const std::lock_guard guard(lock_mutex_);
  // Before it is asked: what fails meanwhile makes it suspect again.
  const bool suspect = lock_suspect_.exchange(false);
  Status status = lock_->confirm();
  if (status.ok()) {
    lock_confirmed_us_ = now_us;
  } else {
    lock_suspect_ = suspect || lock_suspect_;
    lock_confirmed_us_ = 0;
  }
  return status;
}

Result<std::unique_ptr<Transaction>> SqlDatabase::begin() {
  std::unique_lock gate(gate_, std::defer_lock);
  if (!gate.try_lock_for(std::chrono::seconds(20))) {
    return Status(Code::unavailable, "the database was busy with another write for 20 s");
  }
  if (Status status = may_write(); !status) return status;
  auto lease = pool_.lease();
  if (!lease) return lease.status();
  auto transaction = std::make_unique<SqlTransaction>(*this, std::move(gate), std::move(*lease));
  if (Status status = transaction->begin(); !status) return status;
  return std::unique_ptr<Transaction>(std::move(transaction));
}

}  // namespace souk::storage
