// Entities over REST: a write becomes an event and is answered when it is durable and can be read
// back; a read answers from the entity tables, on a thread of the pool.
#pragma once

#include <string>
#include <vector>

#include "kernel/gateway/entity_kinds.hpp"
#include "kernel/gateway/ingest.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/gateway/work_pool.hpp"
#include "kernel/storage/database.hpp"

namespace souk::gateway {

/// Thread-safe.
class Entities {
 public:
  Entities(storage::Database& database, const Ingest& ingest, WorkPool& pool) noexcept
      : database_(database), ingest_(ingest), pool_(pool) {}
  void add_handlers(HandlerTable& table);

 private:
  void get(const EntityKind& kind, Call& call);
  void list(const EntityKind& kind, Call& call);
  void put(const EntityKind& kind, Call& call);
  void remove(const EntityKind& kind, Call& call);
  void batch(const EntityKind& kind, Call& call);
  Result<std::string> stored(const EntityKind& kind, const std::string& store, std::string_view id);
  void write(const EntityKind& kind, Exchange exchange, const std::string& id,
             const std::string& entity, std::string_view existing) const;

  storage::Database& database_;
  const Ingest& ingest_;
  WorkPool& pool_;
};

/// Answers WriteReply{id, sequence}.
void send_write_reply(Exchange& exchange, const std::string& id, std::uint64_t sequence);

/// The elements of a batch request's list, each checked by itself: wire bytes, or what is wrong.
/// INVALID_ARGUMENT when the body as a whole can't be read or holds none or too many.
Result<std::vector<Result<std::string>>> split_batch(const EntityKind& kind, std::string_view body,
                                                     bool protobuf, std::size_t max_items);

}  // namespace souk::gateway
