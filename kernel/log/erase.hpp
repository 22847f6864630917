// Erasing a person from the log: every batch that mentions them is rewritten without their events.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

/// Events of the person, and of anonymous and former ids that the log ties to them (traces.hpp),
/// become empty frames: the sequence stays whole and nothing readable is left. Answers how many
/// events. No commit may run meanwhile. Cut off, it can simply be run again.
Result<std::uint64_t> erase_from_log(storage::Database& database, std::string_view store_id,
                                     std::string_view person, int compression_level);

}  // namespace souk::log
