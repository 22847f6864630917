#include "kernel/storage/migrations.hpp"

#include <soci/soci.h>

#include <array>
#include <optional>
#include <span>
#include <string>

namespace souk::storage {
namespace {

struct Migration {
  int number;
  std::span<const char* const> statements;
};

// {KEY} compares byte for byte and holds an id; {BLOB} holds anything; {SERIAL} counts by itself;
// {TABLE} ends a table. MySQL's own TEXT would end at 64 KiB and compare without regard to case.
constexpr std::array kFirst = {
    "CREATE TABLE IF NOT EXISTS souk_events ("
    " store_id {KEY} NOT NULL, first_sequence BIGINT NOT NULL, event_count INT NOT NULL,"
    " committed_us BIGINT NOT NULL, raw_size BIGINT NOT NULL, data_size BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL, people {BLOB} NOT NULL, data {BLOB} NOT NULL,"
    " PRIMARY KEY (store_id, first_sequence)) {TABLE}",

    "CREATE TABLE IF NOT EXISTS souk_entities ("
    " store_id {KEY} NOT NULL, kind {KEY} NOT NULL, id {KEY} NOT NULL, sequence BIGINT NOT NULL,"
    " updated_us BIGINT NOT NULL, deleted SMALLINT NOT NULL, data {BLOB} NOT NULL,"
    " PRIMARY KEY (store_id, kind, id)) {TABLE}",

    "CREATE TABLE IF NOT EXISTS souk_cursors ("
    " store_id {KEY} NOT NULL, plugin {KEY} NOT NULL, account_id {KEY} NOT NULL,"
    " sequence BIGINT NOT NULL, PRIMARY KEY (store_id, plugin, account_id)) {TABLE}",

    "CREATE TABLE IF NOT EXISTS souk_snapshots ("
    " id {SERIAL}, store_id {KEY} NOT NULL, plugin {KEY} NOT NULL, account_id {KEY} NOT NULL,"
    " sequence BIGINT NOT NULL, format_version BIGINT NOT NULL, plugin_version {KEY} NOT NULL,"
    " created_us BIGINT NOT NULL, size BIGINT NOT NULL, chunks INT NOT NULL,"
    " complete SMALLINT NOT NULL) {TABLE}",
    "CREATE TABLE IF NOT EXISTS souk_snapshot_chunks ("
    " snapshot_id BIGINT NOT NULL, chunk INT NOT NULL, raw_size BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL, data {BLOB} NOT NULL, PRIMARY KEY (snapshot_id, chunk)) {TABLE}",

    "CREATE TABLE IF NOT EXISTS souk_outbox ("
    " id BIGINT NOT NULL, store_id {KEY} NOT NULL, plugin {KEY} NOT NULL, account_id {KEY} NOT "
    "NULL,"
    " effect {KEY} NOT NULL, next_us BIGINT NOT NULL, attempts INT NOT NULL, payload {BLOB} NOT "
    "NULL,"
    " PRIMARY KEY (id)) {TABLE}",

    "CREATE TABLE IF NOT EXISTS souk_dead_letters ("
    " id {SERIAL}, store_id {KEY} NOT NULL, plugin {KEY} NOT NULL, account_id {KEY} NOT NULL,"
    " kind {KEY} NOT NULL, sequence BIGINT NOT NULL, time_us BIGINT NOT NULL,"
    " reason {BLOB} NOT NULL, payload {BLOB} NOT NULL) {TABLE}",

    "CREATE TABLE IF NOT EXISTS souk_facts ("
    " name {KEY} NOT NULL, value {BLOB} NOT NULL, PRIMARY KEY (name)) {TABLE}",
};

// Effects are asked for by the moment at which they are due, every time some have ended.
constexpr std::array kOutboxByMoment = {
    "CREATE INDEX souk_outbox_due ON souk_outbox (next_us, id)",
};

const std::array kMigrations = {Migration{1, kFirst}, Migration{2, kOutboxByMoment}};

/// MySQL has no CREATE INDEX IF NOT EXISTS, and commits each statement by itself: one that was made
/// before the daemon died is there already.
bool made_already(const soci::soci_error& error) {
  return std::string_view(error.what()).find("Duplicate key name") != std::string_view::npos;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string dialect(std::string statement, Engine engine) {
  const bool sqlite = engine == Engine::sqlite;
  replace_all(statement, "{KEY}", sqlite ? "TEXT" : "VARBINARY(256)");
  replace_all(statement, "{BLOB}", sqlite ? "BLOB" : "LONGBLOB");
  replace_all(statement, "{SERIAL}",
              sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGINT AUTO_INCREMENT PRIMARY KEY");
  replace_all(statement, "{TABLE}", sqlite ? "" : "ENGINE=InnoDB ROW_FORMAT=DYNAMIC");
  return statement;
}

Result<int> current_version(soci::session& session) {
  int version = 0;
  session << "SELECT COALESCE(MAX(version), 0) FROM souk_schema", soci::into(version);
  if (version > newest_schema_version()) {
    return Status(Code::failed_precondition,
                  "the database has schema version " + std::to_string(version) +
                      ", this build knows up to " + std::to_string(newest_schema_version()) +
                      "; run the newer build that wrote it");
  }
  return version;
}

}  // namespace

int newest_schema_version() noexcept { return kMigrations.back().number; }

Status migrate(soci::session& session, Engine engine) {
  try {
    // SQLite takes all of it in one transaction, which is one wait for the disk; a server commits
    // each statement by itself.
    std::optional<soci::transaction> all;
    if (engine == Engine::sqlite) all.emplace(session);
    session << "CREATE TABLE IF NOT EXISTS souk_schema (version INT NOT NULL PRIMARY KEY)";
    auto version = current_version(session);
    if (!version) return version.status();
    for (const Migration& migration : kMigrations) {
      if (migration.number <= *version) continue;
      for (const char* statement : migration.statements) {
        try {
          session << dialect(statement, engine);
        } catch (const soci::soci_error& error) {
          if (!made_already(error)) throw;
        }
      }
      session << "INSERT INTO souk_schema (version) VALUES (:v)", soci::use(migration.number);
    }
    if (all) all->commit();
    return {};
  } catch (const soci::soci_error& error) {
    return {Code::unavailable,
            std::string("cannot migrate the database: ") + error.get_error_message()};
  }
}

Status require_current_schema(soci::session& session) {
  try {
    auto version = current_version(session);
    if (!version) return version.status();
    if (*version == newest_schema_version()) return {};
  } catch (const soci::soci_error&) {
    // No schema table: the database was never used by a daemon.
  }
  return {Code::failed_precondition,
          "the database was not prepared by a daemon of this build; run `souk serve` on it first"};
}

}  // namespace souk::storage
