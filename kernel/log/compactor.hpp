// Compactor: makes one row of many small neighbouring ones.
//
// A quiet store commits an event at a time, and each commit is a row of its own: slow to replay and
// large to keep. Rows that have come of age are merged up to a size at which neither matters. The
// commits stay told apart inside the row (CommitPart), so a replay folds what it would have folded.
//
// Reading, packing and checking happen outside any transaction; the swap itself is one short
// transaction that changes nothing unless the rows are still as they were read. Cut off at any
// moment it leaves the old rows or the new one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/log/event_log.hpp"
#include "kernel/log/row_codec.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

/// One thread at a time; nobody else may rewrite rows meanwhile.
class Compactor {
 public:
  Compactor(storage::Database& database, const CompactionSettings& settings, int compression_level);

  /// Looks on from where it stopped: merges at most one run of rows, whose last commit lies at or
  /// before `until_us` and whose last sequence at or before `last_sequence`. Reads the heads of a
  /// bounded number of rows, and none for some seconds after a look that found nothing.
  /// FAILED_PRECONDITION: rows were deleted meanwhile.
  Result<CompactionReport> step(std::string_view store_id, std::int64_t until_us,
                                std::uint64_t last_sequence);

 private:
  using Rows = std::vector<storage::EventRow>;

  /// The rows from `begin` on that fit into one; false when those that follow decide.
  bool find_run(const Rows& heads, std::size_t begin, std::int64_t until_us,
                std::uint64_t last_sequence, std::size_t& end) const;
  Result<Rows> read_run(const storage::EventRow& first, const storage::EventRow& last);
  Result<std::uint64_t> merge(Rows rows);
  Result<std::uint64_t> merge_run(const storage::EventRow& first, const storage::EventRow& last);

  storage::Database& database_;
  const CompactionSettings settings_;
  RowEncoder encoder_;
  /// Where a store's walk goes on. In memory alone: a walk from the start finds nothing to do in
  /// what is merged, and reads heads only.
  struct Place {
    std::uint64_t next = 1;
    std::int64_t look_again_us = INT64_MIN;  ///< nothing is looked for before `until_us` gets there
  };
  std::map<std::string, Place, std::less<>> places_;
};

}  // namespace souk::log
