// The log's table.
#include "kernel/storage/sql_database.hpp"

namespace souk::storage {
namespace {

/// Rows asked for at a time: MySQL's client takes the whole answer into memory.
constexpr int kRowsPerQuery = 32;

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

/// The first sequence of the row that holds `from`, or of the next one.
long long row_start(soci::session& sql, const std::string& store, std::uint64_t from) {
  long long start = 0;
  const long long wanted = sql_int(from);
  sql << "SELECT COALESCE(MAX(first_sequence), 0) FROM souk_events"
         " WHERE store_id = :s AND first_sequence <= :f",
      soci::use(store), soci::use(wanted), soci::into(start);
  return start;
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

}  // namespace

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
    std::size_t bytes = 0;
    long long start = row_start(sql, store, from);
    for (bool more = true; more;) {
      EventRowFields fields;
      soci::statement statement =
          (sql.prepare << "SELECT first_sequence, event_count, committed_us, raw_size, checksum,"
                          " people, data FROM souk_events"
                          " WHERE store_id = :s AND first_sequence >= :f"
                          " ORDER BY first_sequence LIMIT :n",
           soci::use(store), soci::use(start), soci::use(kRowsPerQuery),
           soci::into(fields.first_sequence), soci::into(fields.count),
           soci::into(fields.committed_us), soci::into(fields.raw_size),
           soci::into(fields.checksum), soci::into(fields.people), soci::into(fields.data));
      statement.execute();
      int fetched = 0;
      while (statement.fetch()) {
        ++fetched;
        start = fields.first_sequence + 1;
        if (sql_int(from) > fields.first_sequence + fields.count - 1) continue;
        bytes += fields.data.size();
        rows.push_back(fields.row(store_id));
        if (bytes >= max_bytes) return rows;
      }
      more = fetched == kRowsPerQuery;
    }
    return rows;
  });
}

Result<std::vector<EventRow>> SqlDatabase::read_event_heads(std::string_view store_id,
                                                            std::uint64_t from,
                                                            std::size_t max_rows) {
  return read([&](soci::session& sql) -> Result<std::vector<EventRow>> {
    const std::string store(store_id);
    const long long start = row_start(sql, store, from);
    const long long limit = sql_int(max_rows);
    std::vector<EventRow> rows;
    EventRowFields fields;
    soci::statement statement =
        (sql.prepare
             << "SELECT first_sequence, event_count, committed_us, raw_size, checksum, people"
                " FROM souk_events WHERE store_id = :s AND first_sequence >= :f"
                " ORDER BY first_sequence LIMIT :n",
         soci::use(store), soci::use(start), soci::use(limit), soci::into(fields.first_sequence),
         soci::into(fields.count), soci::into(fields.committed_us), soci::into(fields.raw_size),
         soci::into(fields.checksum), soci::into(fields.people));
    statement.execute();
    while (statement.fetch()) {
      if (sql_int(from) > fields.first_sequence + fields.count - 1) continue;
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

Result<std::uint64_t> SqlDatabase::delete_events_before(std::string_view store_id,
                                                        std::uint64_t sequence) {
  long long rows = 0;
  Status status = write([&](soci::session& sql) -> Status {
    const std::string store(store_id);
    const long long before = sql_int(sequence);
    sql << "SELECT COUNT(*) FROM souk_events"
           " WHERE store_id = :s AND first_sequence + event_count <= :q",
        soci::use(store), soci::use(before), soci::into(rows);
    sql << "DELETE FROM souk_events WHERE store_id = :s AND first_sequence + event_count <= :q",
        soci::use(store), soci::use(before);
    return {};
  });
  if (!status) return status;
  return static_cast<std::uint64_t>(rows);
}

}  // namespace souk::storage
