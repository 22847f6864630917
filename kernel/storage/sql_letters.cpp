// Effects that wait in the outbox, and what could not be handled.
#include "kernel/storage/sql_database.hpp"

namespace souk::storage {
namespace {

/// Where one dead letter is fetched into.
struct LetterFields {
  long long id = 0;
  long long sequence = 0;
  long long time_us = 0;
  DeadLetterRow row;

  void describe(soci::statement& statement) {
    statement.exchange(soci::into(id));
    statement.exchange(soci::into(row.instance.store_id));
    statement.exchange(soci::into(row.instance.plugin));
    statement.exchange(soci::into(row.instance.account_id));
    statement.exchange(soci::into(row.kind));
    statement.exchange(soci::into(sequence));
    statement.exchange(soci::into(time_us));
    statement.exchange(soci::into(row.reason));
    statement.exchange(soci::into(row.payload));
  }

  [[nodiscard]] DeadLetterRow letter() const {
    DeadLetterRow result = row;
    result.id = static_cast<std::uint64_t>(id);
    result.sequence = static_cast<std::uint64_t>(sequence);
    result.time_us = time_us;
    return result;
  }
};

constexpr const char* kLetterColumns =
    "SELECT id, store_id, plugin, account_id, kind, sequence, time_us, reason, payload"
    " FROM souk_dead_letters ";

void insert_letter(soci::session& sql, const DeadLetterRow& row) {
  const long long sequence = sql_int(row.sequence);
  const long long time = row.time_us;
  sql << "INSERT INTO souk_dead_letters (store_id, plugin, account_id, kind, sequence, time_us,"
         " reason, payload) VALUES (:s, :p, :a, :k, :q, :t, :r, :b)",
      soci::use(row.instance.store_id), soci::use(row.instance.plugin),
      soci::use(row.instance.account_id), soci::use(row.kind), soci::use(sequence), soci::use(time),
      soci::use(row.reason), soci::use(row.payload);
}

}  // namespace

Result<std::vector<OutboxRow>> SqlDatabase::due_outbox(std::int64_t now_us, std::size_t limit) {
  return read([&](soci::session& sql) -> Result<std::vector<OutboxRow>> {
    const long long now = now_us;
    const long long count = sql_int(limit);
    long long id = 0;
    long long next = 0;
    int attempts = 0;
    OutboxRow row;
    std::vector<OutboxRow> rows;
    soci::statement statement =
        (sql.prepare
             << "SELECT id, store_id, plugin, account_id, effect, next_us, attempts, payload"
                " FROM souk_outbox WHERE next_us <= :now ORDER BY next_us, id LIMIT :n",
         soci::use(now), soci::use(count), soci::into(id), soci::into(row.instance.store_id),
         soci::into(row.instance.plugin), soci::into(row.instance.account_id), soci::into(row.key),
         soci::into(next), soci::into(attempts), soci::into(row.payload));
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

Status SqlDatabase::outbox_attempted(std::uint64_t id, std::uint32_t attempts,
                                     std::int64_t next_us) {
  return write([&](soci::session& sql) -> Status {
    const long long key = sql_int(id);
    const long long next = next_us;
    const int count = static_cast<int>(attempts);
    sql << "UPDATE souk_outbox SET attempts = :c, next_us = :n WHERE id = :i", soci::use(count),
        soci::use(next), soci::use(key);
    return {};
  });
}

Status SqlDatabase::outbox_done(std::uint64_t id) {
  return write([&](soci::session& sql) -> Status {
    const long long key = sql_int(id);
    sql << "DELETE FROM souk_outbox WHERE id = :i", soci::use(key);
    return {};
  });
}

Status SqlDatabase::add_dead_letter(const DeadLetterRow& row) {
  return write([&](soci::session& sql) -> Status {
    insert_letter(sql, row);
    return {};
  });
}

Status SqlDatabase::give_up_effect(std::uint64_t id, const DeadLetterRow& letter) {
  return write([&](soci::session& sql) -> Status {
    const long long key = sql_int(id);
    soci::statement statement =
        (sql.prepare << "DELETE FROM souk_outbox WHERE id = :i", soci::use(key));
    statement.execute(true);
    if (statement.get_affected_rows() > 0) insert_letter(sql, letter);
    return {};
  });
}

Result<std::vector<DeadLetterRow>> SqlDatabase::dead_letters(std::string_view store_id,
                                                             std::uint64_t before,
                                                             std::size_t limit) {
  return read([&](soci::session& sql) -> Result<std::vector<DeadLetterRow>> {
    const std::string store(store_id);
    const long long below = before == 0 ? INT64_MAX : sql_int(before);
    const long long count = sql_int(limit);
    LetterFields fields;
    std::vector<DeadLetterRow> letters;
    soci::statement statement(sql);
    statement.alloc();
    statement.exchange(soci::use(below));
    statement.exchange(soci::use(store));
    statement.exchange(soci::use(store));
    statement.exchange(soci::use(count));
    fields.describe(statement);
    statement.prepare(std::string(kLetterColumns) +
                      "WHERE id < :b AND (:s = '' OR store_id = :t) ORDER BY id DESC LIMIT :n");
    statement.define_and_bind();
    statement.execute();
    while (statement.fetch())
      letters.push_back(fields.letter());
    return letters;
  });
}

Result<DeadLetterRow> SqlDatabase::dead_letter(std::uint64_t id) {
  return read([&](soci::session& sql) -> Result<DeadLetterRow> {
    const long long key = sql_int(id);
    LetterFields fields;
    soci::statement statement(sql);
    statement.alloc();
    statement.exchange(soci::use(key));
    fields.describe(statement);
    statement.prepare(std::string(kLetterColumns) + "WHERE id = :i");
    statement.define_and_bind();
    if (!statement.execute(true)) {
      return Status(Code::not_found, "there is no dead letter " + std::to_string(id));
    }
    return fields.letter();
  });
}

Status SqlDatabase::remove_dead_letter(std::uint64_t id) {
  return write([&](soci::session& sql) -> Status {
    const long long key = sql_int(id);
    sql << "DELETE FROM souk_dead_letters WHERE id = :i", soci::use(key);
    return {};
  });
}

}  // namespace souk::storage
