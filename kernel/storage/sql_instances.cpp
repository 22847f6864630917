// Instances' positions, and small durable facts.
#include "kernel/storage/sql_database.hpp"

namespace souk::storage {

Result<std::optional<std::uint64_t>> SqlDatabase::effects_cursor(const InstanceKey& instance) {
  return read([&](soci::session& sql) -> Result<std::optional<std::uint64_t>> {
    long long sequence = 0;
    sql << "SELECT sequence FROM souk_cursors"
           " WHERE store_id = :s AND plugin = :p AND account_id = :a",
        soci::use(instance.store_id), soci::use(instance.plugin), soci::use(instance.account_id),
        soci::into(sequence);
    if (!sql.got_data()) return std::optional<std::uint64_t>();
    return std::optional<std::uint64_t>(static_cast<std::uint64_t>(sequence));
  });
}

Result<std::string> SqlDatabase::fact(std::string_view key) {
  return read([&](soci::session& sql) -> Result<std::string> {
    const std::string name(key);
    std::string value;
    sql << "SELECT value FROM souk_facts WHERE name = :n", soci::use(name), soci::into(value);
    if (!sql.got_data()) return Status(Code::not_found, "there is no fact \"" + name + "\"");
    return value;
  });
}

Status SqlDatabase::set_fact(std::string_view key, std::string_view value) {
  if (value.size() > 65'536) return {Code::invalid_argument, "a fact has at most 64 KiB"};
  return write([&](soci::session& sql) -> Status {
    const std::string name(key);
    const std::string text(value);
    sql << (is_sqlite() ? "INSERT INTO souk_facts (name, value) VALUES (:n, :v)"
                          " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                        : "INSERT INTO souk_facts (name, value) VALUES (:n, :v)"
                          " ON DUPLICATE KEY UPDATE value = VALUES(value)"),
        soci::use(name), soci::use(text);
    return {};
  });
}

}  // namespace souk::storage
