// A row of the log: how a batch becomes what the database keeps, and back.
//
// data     one zstd frame of the batch's frames (varint length, then the event's wire bytes). When
//          the batch holds several commits, a skippable zstd frame stands before it that lists
//          them: for each a varint count and a varint of the µs since the one before (the first:
//          since 1970)
// people   sorted distinct 32-bit hashes, little-endian: who is mentioned, without decompressing
// checksum XXH3-64 over store id, first sequence, count, committed time, raw size, people and data
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/log/batch.hpp"
#include "kernel/storage/rows.hpp"

namespace souk::log {

/// Compresses batches; keeps its working memory. One thread.
class RowEncoder {
 public:
  explicit RowEncoder(int compression_level);
  ~RowEncoder();
  RowEncoder(const RowEncoder&) = delete;
  RowEncoder& operator=(const RowEncoder&) = delete;

  /// Fills raw_size, people, data and checksum of `row`; its other fields are set already. `people`
  /// is sorted and made distinct on the way. `commits` as Batch has them.
  void encode(std::string_view raw, std::vector<std::uint32_t>& people, storage::EventRow& row,
              std::span<const CommitPart> commits = {});

 private:
  void* context_;
  int level_;
};

/// The raw frames of a row. DATA_LOSS when the checksum or the size does not hold.
Result<std::string> decode_row(const storage::EventRow& row);
/// The commits that a row holds; empty when it is one. DATA_LOSS when they do not fit the row.
Result<std::vector<CommitPart>> decode_commits(const storage::EventRow& row);

/// Whether the row mentions a person with this hash (it may then be another one of the same hash).
[[nodiscard]] bool mentions(const storage::EventRow& row, std::uint32_t person) noexcept;

}  // namespace souk::log
