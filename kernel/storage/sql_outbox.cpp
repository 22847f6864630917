// Effects that wait in the outbox.
#include "kernel/storage/sql_database.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace souk::storage {
namespace {

// SQLite has no round trips to save, and looks for every parameter's name among all of them.
constexpr std::size_t kRowsOfAnInsert = 64;
constexpr std::size_t kRowsOfAnSqliteInsert = 4;
constexpr std::size_t kIdsOfAStatement = 256;

/// "(1, -7, 12)": ids are numbers, so that nothing has to be escaped.
std::string id_list(std::span<const long long> ids) {
  std::string text = "(";
  for (const long long id : ids)
    text += (text.size() == 1 ? "" : ", ") + std::to_string(id);
  return text + ")";
}

template <class Work>
void in_pieces(std::span<const long long> ids, Work&& work) {
  for (std::size_t at = 0; at < ids.size(); at += kIdsOfAStatement)
    work(id_list(ids.subspan(at, std::min(kIdsOfAStatement, ids.size() - at))));
}

void insert_outbox_piece(soci::session& sql, std::span<const OutboxRow> rows, bool sqlite) {
  std::string query = sqlite ? "INSERT OR IGNORE INTO" : "INSERT IGNORE INTO";
  query +=
      " souk_outbox (id, store_id, plugin, account_id, effect, next_us, attempts, payload) VALUES ";
  std::vector<long long> ids(rows.size());
  std::vector<long long> times(rows.size());
  soci::statement statement(sql);
  statement.alloc();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string n = std::to_string(i);
    query += (i == 0 ? "(:i" : ", (:i") + n + ", :s" + n + ", :p" + n + ", :a" + n + ", :k" + n +
             ", :n" + n + ", 0, :b" + n + ")";
    ids[i] = sql_int(rows[i].id);
    times[i] = rows[i].not_before_us;
    statement.exchange(soci::use(ids[i]));
    statement.exchange(soci::use(rows[i].instance.store_id));
    statement.exchange(soci::use(rows[i].instance.plugin));
    statement.exchange(soci::use(rows[i].instance.account_id));
    statement.exchange(soci::use(rows[i].key));
    statement.exchange(soci::use(times[i]));
    statement.exchange(soci::use(rows[i].payload));
  }
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute(true);
}

}  // namespace

void insert_outbox(soci::session& sql, std::span<const OutboxRow> rows, bool sqlite) {
  const std::size_t most = sqlite ? kRowsOfAnSqliteInsert : kRowsOfAnInsert;
  for (std::size_t at = 0; at < rows.size(); at += most)
    insert_outbox_piece(sql, rows.subspan(at, std::min(most, rows.size() - at)), sqlite);
}

void end_outbox_rows(soci::session& sql, std::span<const OutboxEnd> ends) {
  std::vector<long long> done;
  for (const OutboxEnd& end : ends) {
    const long long id = sql_int(end.id);
    if (!end.letter) {
      done.push_back(id);
      continue;
    }
    soci::statement statement =
        (sql.prepare << "DELETE FROM souk_outbox WHERE id = :i", soci::use(id));
    statement.execute(true);
    if (statement.get_affected_rows() > 0) insert_letter(sql, *end.letter);
  }
  in_pieces(done,
            [&](const std::string& ids) { sql << "DELETE FROM souk_outbox WHERE id IN " << ids; });
}

Result<std::vector<OutboxRow>> SqlDatabase::due_outbox(std::int64_t now_us, std::size_t limit,
                                                       std::span<const InstanceKey> without) {
  return read([&](soci::session& sql) -> Result<std::vector<OutboxRow>> {
    const long long now = now_us;
    const long long count = sql_int(limit);
    long long id = 0;
    long long next = 0;
    int attempts = 0;
    OutboxRow row;
    std::vector<OutboxRow> rows;
    std::string query =
        "SELECT id, store_id, plugin, account_id, effect, next_us, attempts, payload"
        " FROM souk_outbox WHERE next_us <= :now";
    soci::statement statement(sql);
    statement.alloc();
    statement.exchange(soci::use(now));
    for (std::size_t i = 0; i < without.size(); ++i) {
      const std::string n = std::to_string(i);
      query +=
          " AND NOT (store_id = :s" + n + " AND plugin = :p" + n + " AND account_id = :a" + n + ")";
      statement.exchange(soci::use(without[i].store_id));
      statement.exchange(soci::use(without[i].plugin));
      statement.exchange(soci::use(without[i].account_id));
    }
    statement.exchange(soci::use(count));
    statement.exchange(soci::into(id));
    statement.exchange(soci::into(row.instance.store_id));
    statement.exchange(soci::into(row.instance.plugin));
    statement.exchange(soci::into(row.instance.account_id));
    statement.exchange(soci::into(row.key));
    statement.exchange(soci::into(next));
    statement.exchange(soci::into(attempts));
    statement.exchange(soci::into(row.payload));
    statement.prepare(query + " ORDER BY next_us, id LIMIT :n");
    statement.define_and_bind();
    statement.execute();
    while (statement.fetch()) {
      row.id = static_cast<std::uint64_t>(id);
      row.not_before_us = next;
      row.attempts = static_cast<std::uint32_t>(attempts);
      rows.push_back(row);
    }
    return rows;
  });
}

Result<std::uint64_t> SqlDatabase::outbox_size(const InstanceKey& instance) {
  return read([&](soci::session& sql) -> Result<std::uint64_t> {
    long long count = 0;
    sql << "SELECT COUNT(*) FROM souk_outbox"
           " WHERE store_id = :s AND plugin = :p AND account_id = :a",
        soci::use(instance.store_id), soci::use(instance.plugin), soci::use(instance.account_id),
        soci::into(count);
    return static_cast<std::uint64_t>(count);
  });
}

Status SqlDatabase::outbox_attempted(std::span<const OutboxAttempt> attempts) {
  if (attempts.empty()) return {};
  // Most are attempted for the same time at the same moment.
  std::map<std::pair<std::uint32_t, std::int64_t>, std::vector<long long>> alike;
  for (const OutboxAttempt& attempt : attempts)
    alike[{attempt.attempts, attempt.next_us}].push_back(sql_int(attempt.id));
  return write([&](soci::session& sql) -> Status {
    for (const auto& [what, ids] : alike) {
      const int count = static_cast<int>(what.first);
      const long long next = what.second;
      in_pieces(ids, [&](const std::string& list) {
        sql << "UPDATE souk_outbox SET attempts = :c, next_us = :n WHERE id IN " + list,
            soci::use(count), soci::use(next);
      });
    }
    return {};
  });
}

}  // namespace souk::storage
