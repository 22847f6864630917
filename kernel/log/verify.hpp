// Walking a store's log to see whether it holds what it should.
#pragma once

#include <functional>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/log/event_log.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

/// Checks checksums, counts, gaps and the order of time of every row, reading only. `progress` gets
/// 0 to 1 and may be empty.
Result<VerifyReport> verify_log(storage::Database& database, std::string_view store_id,
                                const std::function<void(double)>& progress);

}  // namespace souk::log
