// Erasing what a person left in effects and dead letters, and what deleting leaves in the files.
#include <chrono>

#include "kernel/storage/sql_database.hpp"

namespace souk::storage {
namespace {

constexpr int kRowsAtOnce = 256;
constexpr int kCheckpointTries = 5;  // each waits for readers as long as the busy timeout allows

/// Effects of the store with id > after, in order of id.
std::vector<OutboxRow> effects_after(soci::session& sql, const std::string& store,
                                     long long after) {
  long long id = 0;
  OutboxRow row;
  row.instance.store_id = store;
  std::vector<OutboxRow> rows;
  soci::statement statement =
      (sql.prepare << "SELECT id, plugin, account_id, effect, payload FROM souk_outbox"
                      " WHERE store_id = :s AND id > :a ORDER BY id LIMIT :n",
       soci::use(store), soci::use(after), soci::use(kRowsAtOnce), soci::into(id),
       soci::into(row.instance.plugin), soci::into(row.instance.account_id), soci::into(row.key),
       soci::into(row.payload));
  statement.execute();
  while (statement.fetch()) {
    row.id = static_cast<std::uint64_t>(id);
    rows.push_back(row);
  }
  return rows;
}

/// Dead letters of the store with id > after, in order of id.
std::vector<DeadLetterRow> letters_after(soci::session& sql, const std::string& store,
                                         long long after) {
  long long id = 0;
  long long sequence = 0;
  DeadLetterRow row;
  row.instance.store_id = store;
  std::vector<DeadLetterRow> rows;
  soci::statement statement =
      (sql.prepare
           << "SELECT id, plugin, account_id, kind, sequence, reason, payload"
              " FROM souk_dead_letters WHERE store_id = :s AND id > :a ORDER BY id LIMIT :n",
       soci::use(store), soci::use(after), soci::use(kRowsAtOnce), soci::into(id),
       soci::into(row.instance.plugin), soci::into(row.instance.account_id), soci::into(row.kind),
       soci::into(sequence), soci::into(row.reason), soci::into(row.payload));
  statement.execute();
  while (statement.fetch()) {
    row.id = static_cast<std::uint64_t>(id);
    row.sequence = static_cast<std::uint64_t>(sequence);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

Result<std::vector<OutboxRow>> SqlDatabase::erase_letters(
    std::string_view store_id, const std::function<bool(const OutboxRow&)>& effect,
    const std::function<bool(const DeadLetterRow&)>& letter) {
  const std::string store(store_id);
  std::vector<OutboxRow> erased;
  // A page is looked at and its rows deleted in one transaction: nothing is moved from the one
  // table to the other meanwhile. Effects first, since they only ever become letters.
  std::size_t seen = kRowsAtOnce;
  for (long long after = INT64_MIN; seen == kRowsAtOnce;) {
    std::vector<OutboxRow> gone;
    Status status = write([&](soci::session& sql) -> Status {
      const std::vector<OutboxRow> rows = effects_after(sql, store, after);
      seen = rows.size();
      for (const OutboxRow& row : rows) {
        after = sql_int(row.id);
        if (!effect(row)) continue;
        sql << "DELETE FROM souk_outbox WHERE id = :i", soci::use(after);
        gone.push_back({row.id, row.instance, {}, 0, 0, {}});
      }
      return {};
    });
    if (!status) return status;
    erased.insert(erased.end(), gone.begin(), gone.end());
  }
  seen = kRowsAtOnce;
  for (long long after = 0; seen == kRowsAtOnce;) {
    Status status = write([&](soci::session& sql) -> Status {
      const std::vector<DeadLetterRow> rows = letters_after(sql, store, after);
      seen = rows.size();
      for (const DeadLetterRow& row : rows) {
        after = sql_int(row.id);
        if (letter(row)) sql << "DELETE FROM souk_dead_letters WHERE id = :i", soci::use(after);
      }
      return {};
    });
    if (!status) return status;
  }
  return erased;
}

Status SqlDatabase::scrub() {
  if (!is_sqlite()) return {};
  for (int attempt = 0; attempt < kCheckpointTries; ++attempt) {
    std::unique_lock gate(gate_, std::defer_lock);
    if (!gate.try_lock_for(std::chrono::seconds(20))) break;
    int busy = 1;
    Status status = read([&](soci::session& sql) -> Status {
      int frames = 0;
      int moved = 0;
      sql << "PRAGMA wal_checkpoint(TRUNCATE)", soci::into(busy), soci::into(frames),
          soci::into(moved);
      return {};
    });
    if (!status) return status;
    if (busy == 0) return {};
  }
  return {Code::unavailable, "the write-ahead log is being read and can not be emptied now"};
}

}  // namespace souk::storage
