// Records and indexes written and deleted in the form of the Algolia API: records of the catalog's
// index become products, others records of search alone, as events of the log, all of a request or
// none.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernel/gateway/algolia/index_changes.hpp"
#include "kernel/gateway/ingest.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/gateway/work_pool.hpp"
#include "kernel/host/host.hpp"
#include "kernel/storage/database.hpp"

namespace souk::gateway {

/// Thread-safe.
class AlgoliaIndexing {
 public:
  AlgoliaIndexing(storage::Database& database, host::Host& host, const Ingest& ingest,
                  WorkPool& pool) noexcept
      : database_(database), host_(host), ingest_(ingest), pool_(pool), names_(database) {}
  void add_handlers(HandlerTable& table);

 private:
  using Operations = std::vector<RecordOperation>;
  using Answer = std::function<std::string(const log::AppendResult& result)>;

  void batch(Call& call, bool many_indexes);
  void add(Call& call);
  void put(Call& call);
  void partial(Call& call);
  void remove(Call& call);
  void clear(Call& call);
  void task(Call& call);
  // Whole indexes, and keys: index_operations.cpp.
  void operate(Call& call);
  void remove_index(Call& call);
  void delete_by(Call& call);
  void refuse_keys(Call& call);
  void own_key(Call& call);
  /// The ids of all records that a search finds, as the search plugin answers. Waits.
  Status find_ids(const std::string& store, const std::string& index, const std::string& search,
                  std::vector<std::string>& ids);
  /// The answer is made when everything is durable.
  void write(Call& call, Operations operations, Answer answer, int status = 200);
  /// Makes changes on a thread that may wait.
  using Change = std::function<Status(IndexChanges& changes)>;
  void change(Call& call, Change make, Answer answer, int status = 200);

  storage::Database& database_;
  host::Host& host_;
  const Ingest& ingest_;
  WorkPool& pool_;
  AlgoliaIndexNames names_;
};

}  // namespace souk::gateway
