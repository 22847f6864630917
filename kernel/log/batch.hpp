// Batch: a run of events of one store, as every reader shares it. Immutable.
//
// It holds the events of one commit, or of several neighbouring ones that compaction has put into
// one row. Events of different commits stay told apart: what an instance folds must not depend on
// whether the log was compacted before it was read.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/schema/event_scanner.hpp"
#include "kernel/storage/rows.hpp"

namespace souk::log {

/// One of the commits that a batch holds.
struct CommitPart {
  std::uint32_t count = 0;  ///< events, ≥ 1
  std::int64_t committed_us = 0;
  friend bool operator==(const CommitPart&, const CommitPart&) = default;
};

/// One event of a batch. Views into the batch: valid as long as it lives.
struct LoggedEvent {
  std::uint64_t sequence = 0;
  std::int64_t received_us = 0;  ///< time of its commit; never falls along the log
  bool begins_commit = false;    ///< the first of its commit
  std::string_view wire;         ///< souk.v1.Event as its sender wrote it, with an id and a time
  schema::EventFields fields;    ///< the envelope, found in `wire`
};

/// Thread-safe: events() decodes once, whoever asks first.
class Batch {
 public:
  /// `commits` is empty when all is one commit; else their counts add up to `count`, their times
  /// do not fall, and the last is `committed_us`.
  Batch(std::string store_id, std::uint64_t first_sequence, std::uint32_t count,
        std::int64_t committed_us, std::string raw, std::vector<CommitPart> commits = {});

  /// Decompresses and verifies. DATA_LOSS says what does not hold (checksum, size, count).
  static Result<std::shared_ptr<const Batch>> from_row(const storage::EventRow& row);

  [[nodiscard]] const std::string& store_id() const noexcept { return store_id_; }
  [[nodiscard]] std::uint64_t first_sequence() const noexcept { return first_sequence_; }
  [[nodiscard]] std::uint64_t last_sequence() const noexcept {
    return first_sequence_ + count_ - 1;
  }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  /// Of the newest commit in it.
  [[nodiscard]] std::int64_t committed_us() const noexcept { return committed_us_; }
  /// Of the oldest commit in it.
  [[nodiscard]] std::int64_t first_committed_us() const noexcept {
    return commits_.empty() ? committed_us_ : commits_.front().committed_us;
  }
  /// Oldest first; empty when all is one commit.
  [[nodiscard]] const std::vector<CommitPart>& commits() const noexcept { return commits_; }
  /// Frames: varint length, then the event's wire bytes; `count` of them.
  [[nodiscard]] const std::string& raw() const noexcept { return raw_; }
  [[nodiscard]] const std::vector<LoggedEvent>& events() const;

 private:
  std::string store_id_;
  std::uint64_t first_sequence_;
  std::uint32_t count_;
  std::int64_t committed_us_;
  std::string raw_;
  std::vector<CommitPart> commits_;
  mutable std::once_flag decoded_;
  mutable std::vector<LoggedEvent> events_;
};

using BatchPtr = std::shared_ptr<const Batch>;

}  // namespace souk::log
