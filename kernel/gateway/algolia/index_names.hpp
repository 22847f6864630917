// Which index is the store's catalog, and which others there are. The index that is written first
// is the catalog: its records are products, for every plugin. Others are found by search alone.
// Both are known from the log's own events, kept as entities of kind "search_index".
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/storage/database.hpp"

namespace souk::gateway {

/// Where the records of an index are.
struct IndexPlace {
  std::string index;
  bool catalog = false;
  bool known = false;  ///< something was written to it

  /// Of the entities that its records are.
  [[nodiscard]] std::string kind() const { return catalog ? "product" : "index:" + index; }
};

/// Thread-safe; reads the database, so not for threads that must not wait.
class AlgoliaIndexNames {
 public:
  static constexpr std::size_t kMost = 100;
  static constexpr std::size_t kLongest = 200;  ///< bytes of a name

  explicit AlgoliaIndexNames(storage::Database& database) noexcept : database_(database) {}

  /// For a write: one that is not known comes to be, by an event at the end of `events`.
  Result<IndexPlace> open(const std::string& store, std::string_view index, std::int64_t now_us,
                          std::vector<std::string>& events);
  /// For a read. While no index is the catalog, a name that is not known is the catalog's.
  Result<IndexPlace> find(const std::string& store, std::string_view index);
  /// An index ends: should it have been about to become the catalog, another may.
  void forget(const std::string& store, std::string_view index);

 private:
  Result<IndexPlace> look(const std::string& store, std::string_view index, bool& any_catalog,
                          std::size_t& count);

  storage::Database& database_;
  std::mutex mutex_;
  /// Catalogs whose event is on its way, by store: two first writes at once agree on one.
  std::map<std::string, std::string> claimed_;
};

/// Wire bytes of an event with a souk.v1.SearchIndexSet.
[[nodiscard]] std::string index_event(std::string_view index, const char* change, bool catalog,
                                      std::string_view from, const std::vector<std::string>& scopes,
                                      std::int64_t now_us);

}  // namespace souk::gateway
