// Snapshots: chunks of 1 MiB, each compressed and checksummed in a row of its own.
//
// Each chunk is a transaction of its own, so that a large snapshot does not hold up the log's
// writer; the snapshot counts only once its last transaction has marked it complete.
#include <zstd.h>

#include <algorithm>

#include "kernel/base/ids.hpp"
#include "kernel/storage/sql_database.hpp"

namespace souk::storage {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20U;

Status damaged(std::uint64_t id, long long chunk, std::string_view what) {
  return {Code::data_loss, "snapshot " + std::to_string(id) + ", chunk " + std::to_string(chunk) +
                               ": " + std::string(what)};
}

Status append_chunk(std::uint64_t id, long long chunk, long long raw_size, long long checksum,
                    const std::string& data, std::string& out) {
  if (static_cast<std::uint64_t>(checksum) != base::hash64(data)) {
    return damaged(id, chunk, "the checksum differs");
  }
  if (raw_size < 0 || raw_size > static_cast<long long>(kChunkBytes)) {
    return damaged(id, chunk, "the size is impossible");
  }
  const std::size_t at = out.size();
  out.resize(at + static_cast<std::size_t>(raw_size));
  const std::size_t got = ZSTD_decompress(out.data() + at, static_cast<std::size_t>(raw_size),
                                          data.data(), data.size());
  if (ZSTD_isError(got) != 0U || got != static_cast<std::size_t>(raw_size)) {
    return damaged(id, chunk, "it does not decompress");
  }
  return {};
}

void delete_snapshots(soci::session& sql, const std::vector<long long>& ids) {
  for (const long long id : ids) {
    sql << "DELETE FROM souk_snapshots WHERE id = :i", soci::use(id);
    sql << "DELETE FROM souk_snapshot_chunks WHERE snapshot_id = :i", soci::use(id);
  }
}

/// Ids of an instance's snapshots, newest first; incomplete ones among them.
std::vector<long long> snapshot_ids(soci::session& sql, const InstanceKey& instance,
                                    bool complete_only) {
  std::vector<long long> ids;
  long long id = 0;
  const int least = complete_only ? 1 : 0;
  soci::statement statement =
      (sql.prepare << "SELECT id FROM souk_snapshots WHERE store_id = :s AND plugin = :p"
                      " AND account_id = :a AND complete >= :c ORDER BY sequence DESC, id DESC",
       soci::use(instance.store_id), soci::use(instance.plugin), soci::use(instance.account_id),
       soci::use(least), soci::into(id));
  statement.execute();
  while (statement.fetch())
    ids.push_back(id);
  return ids;
}

}  // namespace

Status SqlDatabase::save_snapshot(const SnapshotInfo& info, std::string_view bytes,
                                  std::size_t keep) {
  const long long sequence = sql_int(info.sequence);
  const long long format = info.format_version;
  const long long created = info.created_us;
  const long long size = sql_int(bytes.size());
  const int chunks = static_cast<int>((bytes.size() + kChunkBytes - 1) / kChunkBytes);
  long long id = 0;
  Status status = write([&](soci::session& sql) -> Status {
    sql << "INSERT INTO souk_snapshots (store_id, plugin, account_id, sequence, format_version,"
           " plugin_version, created_us, size, chunks, complete)"
           " VALUES (:s, :p, :a, :q, :f, :v, :t, :z, :c, 0)",
        soci::use(info.instance.store_id), soci::use(info.instance.plugin),
        soci::use(info.instance.account_id), soci::use(sequence), soci::use(format),
        soci::use(info.plugin_version), soci::use(created), soci::use(size), soci::use(chunks);
    sql << (is_sqlite() ? "SELECT last_insert_rowid()" : "SELECT LAST_INSERT_ID()"), soci::into(id);
    return {};
  });
  if (!status) return status;

  std::string packed;
  for (int chunk = 0; chunk < chunks; ++chunk) {
    const std::string_view piece =
        bytes.substr(static_cast<std::size_t>(chunk) * kChunkBytes, kChunkBytes);
    packed.resize(ZSTD_compressBound(piece.size()));
    packed.resize(ZSTD_compress(packed.data(), packed.size(), piece.data(), piece.size(), 1));
    status = write([&](soci::session& sql) -> Status {
      const long long raw_size = sql_int(piece.size());
      const long long checksum = sql_int(base::hash64(packed));
      sql << "INSERT INTO souk_snapshot_chunks (snapshot_id, chunk, raw_size, checksum, data)"
             " VALUES (:i, :n, :r, :c, :d)",
          soci::use(id), soci::use(chunk), soci::use(raw_size), soci::use(checksum),
          soci::use(packed);
      return {};
    });
    if (!status) return status;
  }

  return write([&](soci::session& sql) -> Status {
    sql << "UPDATE souk_snapshots SET complete = 1 WHERE id = :i", soci::use(id);
    auto valid = snapshot_ids(sql, info.instance, true);
    valid.resize(std::min(valid.size(), std::max<std::size_t>(1, keep)));
    auto gone = snapshot_ids(sql, info.instance, false);
    std::erase_if(gone, [&](long long each) {
      return std::find(valid.begin(), valid.end(), each) != valid.end();
    });
    delete_snapshots(sql, gone);
    return {};
  });
}

Result<std::vector<SnapshotInfo>> SqlDatabase::snapshots(const InstanceKey& instance) {
  return read([&](soci::session& sql) -> Result<std::vector<SnapshotInfo>> {
    long long id = 0;
    long long sequence = 0;
    long long format = 0;
    long long created = 0;
    long long size = 0;
    std::string version;
    std::vector<SnapshotInfo> infos;
    soci::statement statement =
        (sql.prepare << "SELECT id, sequence, format_version, plugin_version, created_us, size"
                        " FROM souk_snapshots WHERE store_id = :s AND plugin = :p"
                        " AND account_id = :a AND complete = 1 ORDER BY sequence DESC, id DESC",
         soci::use(instance.store_id), soci::use(instance.plugin), soci::use(instance.account_id),
         soci::into(id), soci::into(sequence), soci::into(format), soci::into(version),
         soci::into(created), soci::into(size));
    statement.execute();
    while (statement.fetch()) {
      infos.push_back({static_cast<std::uint64_t>(id), instance,
                       static_cast<std::uint64_t>(sequence), static_cast<std::uint32_t>(format),
                       version, created, static_cast<std::uint64_t>(size)});
    }
    return infos;
  });
}

Result<std::string> SqlDatabase::load_snapshot(std::uint64_t id) {
  return read([&](soci::session& sql) -> Result<std::string> {
    const long long key = sql_int(id);
    long long size = 0;
    int chunks = 0;
    sql << "SELECT size, chunks FROM souk_snapshots WHERE id = :i AND complete = 1", soci::use(key),
        soci::into(size), soci::into(chunks);
    if (!sql.got_data()) {
      return Status(Code::not_found, "there is no snapshot " + std::to_string(id));
    }
    std::string bytes;
    for (int chunk = 0; chunk < chunks; ++chunk) {
      long long raw_size = 0;
      long long checksum = 0;
      std::string data;
      sql << "SELECT raw_size, checksum, data FROM souk_snapshot_chunks"
             " WHERE snapshot_id = :i AND chunk = :n",
          soci::use(key), soci::use(chunk), soci::into(raw_size), soci::into(checksum),
          soci::into(data);
      if (!sql.got_data()) return damaged(id, chunk, "it is missing");
      if (Status status = append_chunk(id, chunk, raw_size, checksum, data, bytes); !status) {
        return status;
      }
    }
    if (static_cast<long long>(bytes.size()) != size) {
      return damaged(id, chunks, "the sizes of the chunks do not add up");
    }
    return bytes;
  });
}

Status SqlDatabase::drop_snapshots(std::string_view store_id) {
  return write([&](soci::session& sql) -> Status {
    const std::string store(store_id);
    sql << "DELETE FROM souk_snapshot_chunks WHERE snapshot_id IN"
           " (SELECT id FROM souk_snapshots WHERE store_id = :s)",
        soci::use(store);
    sql << "DELETE FROM souk_snapshots WHERE store_id = :s", soci::use(store);
    return {};
  });
}

Status SqlDatabase::drop_snapshots(const InstanceKey& instance) {
  return write([&](soci::session& sql) -> Status {
    delete_snapshots(sql, snapshot_ids(sql, instance, false));
    return {};
  });
}

}  // namespace souk::storage
