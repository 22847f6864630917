// What evaluations read: CSV of who met which item when.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/base/status.hpp"

namespace souk::cli {

/// The items of one session or one user.
struct Trail {
  std::string id;
  std::vector<std::string> items;     ///< in the order of their time
  std::vector<std::int64_t> time_us;  ///< one an item; empty when the file has no times
};

/// Reads `owner` (session_id or user_id), item_id and, when the file has it, timestamp. Trails come
/// in the order in which they first appear, their items by time, equal times in the file's order.
/// INVALID_ARGUMENT names file, line and what is wrong.
Result<std::vector<Trail>> read_trails(const std::string& path, const std::string& owner);

}  // namespace souk::cli
