// Records written and deleted in the form of the Algolia API: they become products of the catalog,
// as events of the log, all of a request or none. Whatever the index is called, there is one
// catalog a store.
#pragma once

#include <string>
#include <vector>

#include "kernel/gateway/algolia/record.hpp"
#include "kernel/gateway/ingest.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/gateway/work_pool.hpp"
#include "kernel/host/host.hpp"
#include "kernel/storage/database.hpp"

namespace souk::gateway {

/// One operation on one record.
struct RecordOperation {
  enum class Action { put, partial, partial_no_create, remove, clear };
  Action action = Action::put;
  std::string id;
  Record record;  ///< of put and the partial ones
};

/// Thread-safe.
class AlgoliaIndexing {
 public:
  AlgoliaIndexing(storage::Database& database, host::Host& host, const Ingest& ingest,
                  WorkPool& pool) noexcept
      : database_(database), host_(host), ingest_(ingest), pool_(pool) {}
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
  /// The answer is made when everything is durable.
  void write(Call& call, Operations operations, Answer answer, int status = 200);
  Result<std::vector<std::string>> events_of(const std::string& store, std::string_view currency,
                                             Operations& operations);

  storage::Database& database_;
  host::Host& host_;
  const Ingest& ingest_;
  WorkPool& pool_;
};

/// "2026-11-22T10:00:00.000Z" in quotes, as these APIs write times.
[[nodiscard]] std::string algolia_time(std::int64_t time_us);

}  // namespace souk::gateway
