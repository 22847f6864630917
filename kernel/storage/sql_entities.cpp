// The entity table: what the log says of products, customers, accounts, orders and stock today.
#include "kernel/storage/sql_database.hpp"

namespace souk::storage {

Result<EntityRow> SqlDatabase::entity(std::string_view store_id, std::string_view kind,
                                      std::string_view id) {
  return read([&](soci::session& sql) -> Result<EntityRow> {
    EntityRow row{std::string(store_id), std::string(kind), std::string(id), 0, 0, false, {}};
    long long sequence = 0;
    long long updated = 0;
    sql << "SELECT sequence, updated_us, data FROM souk_entities"
           " WHERE store_id = :s AND kind = :k AND id = :i AND deleted = 0",
        soci::use(row.store_id), soci::use(row.kind), soci::use(row.id), soci::into(sequence),
        soci::into(updated), soci::into(row.data);
    if (!sql.got_data()) {
      return Status(Code::not_found, "there is no " + row.kind + " \"" + row.id + "\"");
    }
    row.sequence = static_cast<std::uint64_t>(sequence);
    row.updated_us = updated;
    return row;
  });
}

Result<std::vector<EntityRow>> SqlDatabase::entities(std::string_view store_id,
                                                     std::string_view kind, std::string_view after,
                                                     std::size_t limit) {
  return read([&](soci::session& sql) -> Result<std::vector<EntityRow>> {
    const std::string store(store_id);
    const std::string wanted(kind);
    const std::string from(after);
    const long long count = sql_int(limit);
    std::string id;
    std::string data;
    long long sequence = 0;
    long long updated = 0;
    std::vector<EntityRow> rows;
    soci::statement statement =
        (sql.prepare << "SELECT id, sequence, updated_us, data FROM souk_entities"
                        " WHERE store_id = :s AND kind = :k AND id > :i AND deleted = 0"
                        " ORDER BY id LIMIT :n",
         soci::use(store), soci::use(wanted), soci::use(from), soci::use(count), soci::into(id),
         soci::into(sequence), soci::into(updated), soci::into(data));
    statement.execute();
    while (statement.fetch()) {
      rows.push_back(
          {store, wanted, id, static_cast<std::uint64_t>(sequence), updated, false, data});
    }
    return rows;
  });
}

Status SqlDatabase::purge_entity(std::string_view store_id, std::string_view kind,
                                 std::string_view id) {
  return write([&](soci::session& sql) -> Status {
    const std::string store(store_id);
    const std::string wanted(kind);
    const std::string name(id);
    sql << "DELETE FROM souk_entities WHERE store_id = :s AND kind = :k AND id = :i",
        soci::use(store), soci::use(wanted), soci::use(name);
    return {};
  });
}

}  // namespace souk::storage
