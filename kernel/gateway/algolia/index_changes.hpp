// What a request makes of the records of an index, operation by operation: later ones see earlier
// ones. The result are events.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/gateway/algolia/index_names.hpp"
#include "kernel/gateway/algolia/record.hpp"
#include "kernel/storage/database.hpp"

namespace souk::gateway {

/// One operation on one record.
struct RecordOperation {
  enum class Action { put, partial, partial_no_create, remove, clear, remove_index };
  Action action = Action::put;
  std::string index;
  std::string id;
  Record record;  ///< of put and the partial ones
};

/// For one request, on one thread that may wait for the database.
class IndexChanges {
 public:
  /// More bytes of events than this can't be made durable at once.
  static constexpr std::size_t kMostBytes = std::size_t{192} << 20U;

  IndexChanges(storage::Database& database, AlgoliaIndexNames& names, const std::string& store,
               std::string_view currency, std::int64_t now_us)
      : database_(database), names_(names), store_(store), currency_(currency), now_us_(now_us) {}

  Status apply(RecordOperation& operation);
  /// All records of `from` take the place of those of `into`, at once; a record that stays as it is
  /// makes no event. `move`: settings go with them, and `from` is gone; else `scopes` of them are
  /// copied. NOT_FOUND when there is no `from`.
  Status replace(const std::string& from, const std::string& into, bool move,
                 const std::vector<std::string>& scopes);
  /// Settings, synonyms and rules alone.
  Status copy(const std::string& from, const std::string& into,
              const std::vector<std::string>& scopes);
  Status remove_index(const std::string& index);

  std::vector<std::string> take() { return std::move(events_); }

 private:
  using Written = std::map<std::string, std::optional<Record>>;  // nullopt: deleted

  Result<const IndexPlace*> place_of(const std::string& index);
  Status put(const IndexPlace& place, const std::string& id, const Record& record);
  Status put_product(const IndexPlace& place, const std::string& wire);
  Status partial(const IndexPlace& place, const RecordOperation& operation, bool create);
  Status remove(const IndexPlace& place, const std::string& id);
  void erase(const IndexPlace& place, const std::string& id);
  Status clear(const IndexPlace& place);
  Result<Record> stored(const IndexPlace& place, const std::string& id);
  Status join(const IndexPlace& from, const IndexPlace& into, bool move);
  Status add(std::string event);

  storage::Database& database_;
  AlgoliaIndexNames& names_;
  const std::string& store_;
  std::string_view currency_;
  std::int64_t now_us_;
  std::vector<std::string> events_;
  std::size_t bytes_ = 0;
  std::map<std::string, IndexPlace> places_;
  std::map<std::string, Written> written_;  ///< by index
  std::map<std::string, bool> ended_;       ///< whether they were the catalog, by index
};

}  // namespace souk::gateway
