// The rows that Souk keeps: what each table holds, in the words of the rooms that use it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace souk::storage {

/// One committed batch of a store's log: the unit that is inserted, read, rewritten and deleted.
struct EventRow {
  std::string store_id;
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;        ///< events in the batch, ≥ 1
  std::int64_t committed_us = 0;  ///< when the batch was made durable; never falls along the log
  std::uint32_t raw_size = 0;     ///< bytes of `data` once decompressed
  std::uint64_t checksum = 0;     ///< XXH3-64 over the fields above and `data`
  std::string people;  ///< sorted, distinct 32-bit hashes of the people in it, little-endian
  std::string data;    ///< zstd frame
};

/// One entity as it stands after the event `sequence`.
struct EntityRow {
  std::string store_id;
  std::string kind;  ///< "product", "customer", "account", "order", "inventory"
  std::string id;
  std::uint64_t sequence = 0;
  std::int64_t updated_us = 0;
  bool deleted = false;
  std::string data;  ///< wire bytes of the entity's message; empty when deleted
};

/// Names one running plugin: of a store, or of one account of it (account_id not empty).
struct InstanceKey {
  std::string store_id;
  std::string plugin;
  std::string account_id;
  friend auto operator<=>(const InstanceKey&, const InstanceKey&) = default;
};

/// An effect on the world that waits to be performed.
struct OutboxRow {
  std::uint64_t id =
      0;  ///< derives from (instance, input sequence, ordinal): inserting twice is once
  InstanceKey instance;
  std::string key;
  std::int64_t not_before_us = 0;
  std::uint32_t attempts = 0;
  std::string payload;
};

/// What is noted before an effect is attempted.
struct OutboxAttempt {
  std::uint64_t id = 0;
  std::uint32_t attempts = 0;  ///< with the one that follows
  std::int64_t next_us = 0;    ///< when it is due again, should nobody hear how it went
};

/// Something that could not be handled, kept for people.
struct DeadLetterRow {
  std::uint64_t id = 0;  ///< assigned when stored
  InstanceKey instance;
  std::string kind;  ///< "event", "timer", "effect"
  std::uint64_t sequence = 0;
  std::int64_t time_us = 0;
  std::string reason;
  std::string
      payload;  ///< event: empty (the log has it); timer, effect: what is needed to replay it
};

/// An effect that leaves the outbox: done, or given up with a letter in its place.
struct OutboxEnd {
  std::uint64_t id = 0;
  std::optional<DeadLetterRow> letter;
};

/// A stored snapshot without its bytes.
struct SnapshotInfo {
  std::uint64_t id = 0;
  InstanceKey instance;
  std::uint64_t sequence = 0;  ///< the last event folded into it
  std::uint32_t format_version = 0;
  std::string plugin_version;
  std::int64_t created_us = 0;
  std::uint64_t size = 0;  ///< bytes before compression
};

}  // namespace souk::storage
