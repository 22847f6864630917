// The log's table.
#include <algorithm>

#include "kernel/storage/sql_database.hpp"

namespace souk::storage {
namespace {

/// Rows asked for at a time: MySQL's client takes the whole answer into memory, so more are asked
/// for only while they are small.
constexpr int kFirstRows = 32;
constexpr int kMostRows = 256;
constexpr std::size_t kSmallRowBytes = 4'096;
constexpr int kDeletedAtOnce = 512;

/// Where one row is fetched into.
struct EventRowFields {
  long long first_sequence = 0;
  int count = 0;
  long long committed_us = 0;
  long long raw_size = 0;
  long long data_size = 0;  ///< written only
  long long checksum = 0;
  std::string people;
  std::string data;

  [[nodiscard]] EventRow row(std::string_view store_id) {
    EventRow result;
    result.store_id = store_id;
    result.first_sequence = static_cast<std::uint64_t>(first_sequence);
    result.count = static_cast<std::uint32_t>(count);
    result.committed_us = committed_us;
    result.raw_size = static_cast<std::uint32_t>(raw_size);
    result.checksum = static_cast<std::uint64_t>(checksum);
    result.people = std::move(people);
    result.data = std::move(data);
    return result;
  }
};

/// The row that holds a sequence and those behind it. One statement, because rows may be merged
/// between two: a statement sees them as they were or as they are.
constexpr const char* kFromSequence =
    " FROM souk_events WHERE store_id = :s AND first_sequence >="
    " (SELECT COALESCE(MAX(first_sequence), 0) FROM souk_events"
    " WHERE store_id = :t AND first_sequence <= :f) ORDER BY first_sequence LIMIT :n";

/// Adds to `rows` what holds sequence `from` and follows, up to `limit` rows and `bytes_left`.
/// False when the log ends there, the bytes are used up, or a row that was merged meanwhile begins
/// before `from`.
bool read_piece(soci::session& sql, const std::string& store, std::uint64_t from, int limit,
                std::size_t& bytes_left, std::vector<EventRow>& rows) {
  const bool first_piece = rows.empty();
  const long long wanted = sql_int(from);
  EventRowFields fields;
  soci::statement statement =
      (sql.prepare << std::string("SELECT first_sequence, event_count, committed_us, raw_size,"
                                  " checksum, people, data") +
                          kFromSequence,
       soci::use(store), soci::use(store), soci::use(wanted), soci::use(limit),
       soci::into(fields.first_sequence), soci::into(fields.count), soci::into(fields.committed_us),
       soci::into(fields.raw_size), soci::into(fields.checksum), soci::into(fields.people),
       soci::into(fields.data));
  statement.execute();
  int fetched = 0;
  while (statement.fetch()) {
    ++fetched;
    if (wanted > fields.first_sequence + fields.count - 1) continue;
    if (!first_piece && fields.first_sequence < wanted) return false;
    const std::size_t bytes = fields.data.size();
    rows.push_back(fields.row(store));
    if (bytes >= bytes_left) return false;
    bytes_left -= bytes;
  }
  return fetched == limit;
}

void bind_row(soci::statement& statement, const EventRow& row, EventRowFields& fields) {
  fields.first_sequence = sql_int(row.first_sequence);
  fields.checksum = sql_int(row.checksum);
  fields.raw_size = row.raw_size;
  fields.data_size = sql_int(row.data.size());
  statement.exchange(soci::use(fields.raw_size));
  statement.exchange(soci::use(fields.data_size));
  statement.exchange(soci::use(fields.checksum));
  statement.exchange(soci::use(row.people));
  statement.exchange(soci::use(row.data));
  statement.exchange(soci::use(row.store_id));
  statement.exchange(soci::use(fields.first_sequence));
}

/// Where the oldest rows begin that end before a sequence; at most kDeletedAtOnce.
std::vector<long long> firsts_before(soci::session& sql, const std::string& store,
                                     long long before) {
  long long first = 0;
  std::vector<long long> firsts;
  soci::statement statement =
      (sql.prepare << "SELECT first_sequence FROM souk_events"
                      " WHERE store_id = :s AND first_sequence + event_count <= :q"
                      " ORDER BY first_sequence LIMIT :n",
       soci::use(store), soci::use(before), soci::use(kDeletedAtOnce), soci::into(first));
  statement.execute();
  while (statement.fetch())
    firsts.push_back(first);
  return firsts;
}

/// Whether the log holds exactly `old`, and no other row, where they stand. Locks them on MySQL.
bool holds_exactly(soci::session& sql, std::span<const EventRow> old, bool lock) {
  const std::string& store = old.front().store_id;
  const long long first = sql_int(old.front().first_sequence);
  const long long last = sql_int(old.back().first_sequence + old.back().count - 1);
  EventRowFields fields;
  soci::statement statement =
      (sql.prepare << std::string("SELECT first_sequence, event_count, checksum FROM souk_events"
                                  " WHERE store_id = :s AND first_sequence BETWEEN :f AND :l"
                                  " ORDER BY first_sequence") +
                          (lock ? " FOR UPDATE" : ""),
       soci::use(store), soci::use(first), soci::use(last), soci::into(fields.first_sequence),
       soci::into(fields.count), soci::into(fields.checksum));
  statement.execute();
  std::size_t at = 0;
  while (statement.fetch()) {
    const EventRow found = fields.row(store);
    if (at == old.size() || found.first_sequence != old[at].first_sequence ||
        found.count != old[at].count || found.checksum != old[at].checksum) {
      return false;
    }
    ++at;
  }
  return at == old.size();
}

}  // namespace

void insert_event_row(soci::session& sql, const EventRow& row) {
  const long long first = sql_int(row.first_sequence);
  const long long checksum = sql_int(row.checksum);
  const long long raw_size = row.raw_size;
  const long long data_size = sql_int(row.data.size());
  const int count = static_cast<int>(row.count);
  const long long committed = row.committed_us;
  sql << "INSERT INTO souk_events (store_id, first_sequence, event_count, committed_us,"
         " raw_size, data_size, checksum, people, data)"
         " VALUES (:store, :first, :count, :committed, :raw, :size, :checksum, :people, :data)",
      soci::use(row.store_id), soci::use(first), soci::use(count), soci::use(committed),
      soci::use(raw_size), soci::use(data_size), soci::use(checksum), soci::use(row.people),
      soci::use(row.data);
}

Result<std::vector<std::string>> SqlDatabase::stores_with_events() {
  return read([](soci::session& sql) -> Result<std::vector<std::string>> {
    std::vector<std::string> stores;
    std::string store;
    soci::statement statement =
        (sql.prepare << "SELECT DISTINCT store_id FROM souk_events ORDER BY store_id",
         soci::into(store));
    statement.execute();
    while (statement.fetch())
      stores.push_back(store);
    return stores;
  });
}

Result<LogBounds> SqlDatabase::log_bounds(std::string_view store_id) {
  return read([&](soci::session& sql) -> Result<LogBounds> {
    const std::string store(store_id);
    long long first = 0;
    long long last = 0;
    long long committed = 0;
    long long rows = 0;
    long long bytes = 0;
    sql << "SELECT COALESCE(MIN(first_sequence), 0), COUNT(*), COALESCE(SUM(data_size), 0)"
           " FROM souk_events WHERE store_id = :s",
        soci::use(store), soci::into(first), soci::into(rows), soci::into(bytes);
    if (rows > 0) {
      sql << "SELECT first_sequence + event_count - 1, committed_us FROM souk_events"
             " WHERE store_id = :s ORDER BY first_sequence DESC LIMIT 1",
          soci::use(store), soci::into(last), soci::into(committed);
    }
    return LogBounds{static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last), committed,
                     static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(bytes)};
  });
}

Result<std::vector<EventRow>> SqlDatabase::read_events(std::string_view store_id,
                                                       std::uint64_t from, std::size_t max_bytes) {
  return read([&](soci::session& sql) -> Result<std::vector<EventRow>> {
    const std::string store(store_id);
    std::vector<EventRow> rows;
    std::size_t bytes_left = std::max<std::size_t>(1, max_bytes);
    std::uint64_t next = from;
    int limit = kFirstRows;
    while (read_piece(sql, store, next, limit, bytes_left, rows)) {
      if (rows.empty()) break;
      next = rows.back().first_sequence + rows.back().count;
      const std::size_t used = max_bytes - bytes_left;
      if (used / rows.size() < kSmallRowBytes) limit = std::min(limit * 2, kMostRows);
    }
    return rows;
  });
}

Result<std::vector<EventRow>> SqlDatabase::read_event_heads(std::string_view store_id,
                                                            std::uint64_t from,
                                                            std::size_t max_rows) {
  return read([&](soci::session& sql) -> Result<std::vector<EventRow>> {
    const std::string store(store_id);
    const long long wanted = sql_int(from);
    const long long limit = sql_int(max_rows);
    std::vector<EventRow> rows;
    EventRowFields fields;
    soci::statement statement =
        (sql.prepare << std::string("SELECT first_sequence, event_count, committed_us, raw_size,"
                                    " checksum, people") +
                            kFromSequence,
         soci::use(store), soci::use(store), soci::use(wanted), soci::use(limit),
         soci::into(fields.first_sequence), soci::into(fields.count),
         soci::into(fields.committed_us), soci::into(fields.raw_size), soci::into(fields.checksum),
         soci::into(fields.people));
    statement.execute();
    while (statement.fetch()) {
      if (wanted > fields.first_sequence + fields.count - 1) continue;
      rows.push_back(fields.row(store_id));
    }
    return rows;
  });
}

Status SqlDatabase::rewrite_events(std::span<const EventRow> rows) {
  return write([&](soci::session& sql) -> Status {
    for (const EventRow& row : rows) {
      // A statement for each row: SOCI's MySQL backend repeats the first row when one is run again.
      EventRowFields fields;
      soci::statement statement(sql);
      statement.alloc();
      bind_row(statement, row, fields);
      statement.prepare(
          "UPDATE souk_events SET raw_size = :r, data_size = :z, checksum = :c, people = :p, data "
          "= :d"
          " WHERE store_id = :s AND first_sequence = :f");
      statement.define_and_bind();
      statement.execute(true);
    }
    return {};
  });
}

Status SqlDatabase::replace_events(std::span<const EventRow> old, const EventRow& merged) {
  if (old.empty() || merged.first_sequence != old.front().first_sequence ||
      merged.first_sequence + merged.count != old.back().first_sequence + old.back().count) {
    return {Code::invalid_argument, "the merged row does not cover the rows that it replaces"};
  }
  return write([&](soci::session& sql) -> Status {
    if (!holds_exactly(sql, old, !is_sqlite())) {
      return {Code::failed_precondition, "the rows have changed since they were read"};
    }
    const long long first = sql_int(old.front().first_sequence);
    const long long last = sql_int(old.back().first_sequence);
    sql << "DELETE FROM souk_events WHERE store_id = :s AND first_sequence BETWEEN :f AND :l",
        soci::use(merged.store_id), soci::use(first), soci::use(last);
    insert_event_row(sql, merged);
    return {};
  });
}

Result<std::uint64_t> SqlDatabase::delete_events_before(std::string_view store_id,
                                                        std::uint64_t sequence) {
  // Some rows a transaction: events arrive meanwhile, and must not wait for all of it.
  const std::string store(store_id);
  std::uint64_t deleted = 0;
  for (int rows = kDeletedAtOnce; rows == kDeletedAtOnce;) {
    Status status = write([&](soci::session& sql) -> Status {
      const std::vector<long long> firsts = firsts_before(sql, store, sql_int(sequence));
      rows = static_cast<int>(firsts.size());
      if (rows == 0) return {};
      sql << "DELETE FROM souk_events WHERE store_id = :s AND first_sequence BETWEEN :f AND :l",
          soci::use(store), soci::use(firsts.front()), soci::use(firsts.back());
      return {};
    });
    if (!status) return status;
    deleted += static_cast<std::uint64_t>(rows);
  }
  return deleted;
}

}  // namespace souk::storage
