// Facts: the few things about instances that must be remembered over restarts.
//
//   enabled/STORE/PLUGIN         "0" when an operator disabled the plugin
//   running/STORE                the instances that were enabled last, one a line: PLUGIN tab
//   ACCOUNT.
//                                One that is new in this list has everything before as history.
//   starting/STORE/PLUGIN/ACCT   how many starts of the daemon in a row died while the instance was
//   being
//                                loaded, restored or replayed; written before, set to 0 after
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "kernel/storage/database.hpp"

namespace souk::host {

/// Thread-safe.
class Facts {
 public:
  explicit Facts(storage::Database& database) : database_(database) {}

  Result<bool> enabled(std::string_view store_id, std::string_view plugin);
  Status set_enabled(std::string_view store_id, std::string_view plugin, bool enabled);

  /// True when the instance was enabled before: what the log has gained since is not history.
  Result<bool> was_running(const storage::InstanceKey& key);
  Status set_running(const storage::InstanceKey& key, bool running);
  /// Lists many of one store at once.
  Status add_running(std::string_view store_id, const std::set<storage::InstanceKey>& keys);
  /// Keeps only `keys` of the store in the list.
  Status retain_running(std::string_view store_id, const std::set<storage::InstanceKey>& keys);

  /// Deaths of the daemon in a row that are put down to this instance.
  Result<std::uint32_t> failed_starts(const storage::InstanceKey& key);
  Status set_failed_starts(const storage::InstanceKey& key, std::uint32_t count);

 private:
  Result<std::set<std::string>> running_lines(std::string_view store_id);
  Status store_lines(std::string_view store_id, const std::set<std::string>& lines);

  storage::Database& database_;
  std::mutex mutex_;
};

}  // namespace souk::host
