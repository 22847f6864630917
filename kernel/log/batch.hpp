// Batch: a committed run of events of one store, as every reader shares it. Immutable.
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

/// One event of a batch. Views into the batch: valid as long as it lives.
struct LoggedEvent {
  std::uint64_t sequence = 0;
  std::int64_t received_us = 0;  ///< committed time of the batch; never falls along the log
  std::string_view wire;         ///< souk.v1.Event as its sender wrote it, with an id and a time
  schema::EventFields fields;    ///< the envelope, found in `wire`
};

/// Thread-safe: events() decodes once, whoever asks first.
class Batch {
 public:
  Batch(std::string store_id, std::uint64_t first_sequence, std::uint32_t count,
        std::int64_t committed_us, std::string raw);

  /// Decompresses and verifies. DATA_LOSS says what does not hold (checksum, size, count).
  static Result<std::shared_ptr<const Batch>> from_row(const storage::EventRow& row);

  [[nodiscard]] const std::string& store_id() const noexcept { return store_id_; }
  [[nodiscard]] std::uint64_t first_sequence() const noexcept { return first_sequence_; }
  [[nodiscard]] std::uint64_t last_sequence() const noexcept {
    return first_sequence_ + count_ - 1;
  }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::int64_t committed_us() const noexcept { return committed_us_; }
  /// Frames: varint length, then the event's wire bytes; `count` of them.
  [[nodiscard]] const std::string& raw() const noexcept { return raw_; }
  [[nodiscard]] const std::vector<LoggedEvent>& events() const;

 private:
  std::string store_id_;
  std::uint64_t first_sequence_;
  std::uint32_t count_;
  std::int64_t committed_us_;
  std::string raw_;
  mutable std::once_flag decoded_;
  mutable std::vector<LoggedEvent> events_;
};

using BatchPtr = std::shared_ptr<const Batch>;

}  // namespace souk::log
