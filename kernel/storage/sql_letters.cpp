// What could not be handled and is kept for people.
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

}  // namespace

void insert_letter(soci::session& sql, const DeadLetterRow& row) {
  const long long sequence = sql_int(row.sequence);
  const long long time = row.time_us;
  sql << "INSERT INTO souk_dead_letters (store_id, plugin, account_id, kind, sequence, time_us,"
         " reason, payload) VALUES (:s, :p, :a, :k, :q, :t, :r, :b)",
      soci::use(row.instance.store_id), soci::use(row.instance.plugin),
      soci::use(row.instance.account_id), soci::use(row.kind), soci::use(sequence), soci::use(time),
      soci::use(row.reason), soci::use(row.payload);
}

Status SqlDatabase::add_dead_letter(const DeadLetterRow& row) {
  return write([&](soci::session& sql) -> Status {
    insert_letter(sql, row);
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
