// Going on without a row of the log that does not verify.
//
// Whoever reads such a row stops there, since what it cannot read it must not skip in silence. When
// no backup has the row, an operator decides that its events are lost: the row is replaced by as
// many empty events, which everybody passes, and the decision is kept in the database.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

/// A row that was given up, or would be.
struct LostRow {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::int64_t committed_us = 0;
  std::string damage;            ///< "the checksum differs"
  std::int64_t given_up_us = 0;  ///< 0: not yet
};

/// The damaged row that holds `sequence`. NOT_FOUND when the log holds no such event,
/// FAILED_PRECONDITION when its row verifies or its number of events does not fit its neighbours.
Result<LostRow> find_damage(storage::Database& database, std::string_view store_id,
                            std::uint64_t sequence);
/// Replaces that row by empty events and notes it. The database must be held alone: no daemon may
/// read the row meanwhile. As find_damage otherwise.
Result<LostRow> accept_loss(storage::Database& database, std::string_view store_id,
                            std::uint64_t sequence, std::int64_t now_us);
/// What was given up of a store, oldest first; of very many the newest.
Result<std::vector<LostRow>> accepted_losses(storage::Database& database,
                                             std::string_view store_id);

}  // namespace souk::log
