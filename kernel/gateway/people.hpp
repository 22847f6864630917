// People: forgetting a person everywhere, and giving out all that is held about one.
//
// Erasing goes from what everybody sees to what nobody sees: the CustomerErased event (plugins fold
// it and drop the person), the entity tables, the log, and the snapshots, which are replaced by
// ones made after the fold. The event itself goes with the person's other events: once every
// running plugin has folded it and older snapshots are gone, nobody needs it. Cut off at any point,
// the request can be repeated and goes on.
#pragma once

#include <string>

#include "kernel/gateway/gateway.hpp"
#include "kernel/gateway/ingest.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/gateway/work_pool.hpp"

namespace souk::gateway {

/// Thread-safe.
class People {
 public:
  People(const GatewayParts& parts, const Ingest& ingest, WorkPool& pool) noexcept
      : parts_(parts), ingest_(ingest), pool_(pool) {}
  void add_handlers(HandlerTable& table);

 private:
  void erase(Call& call);
  void export_all(Call& call);
  /// On the pool, after CustomerErased is durable.
  void forget(Exchange& exchange, const std::string& person, std::uint64_t sequence);
  Status purge_tables(const std::string& store, const std::string& person);
  Status replace_snapshots(const std::string& store);
  Result<std::string> collect(const std::string& store, const std::string& person);
  Status collect_events(const std::string& store, const std::string& person, std::string& out);

  GatewayParts parts_;
  const Ingest& ingest_;
  WorkPool& pool_;
};

}  // namespace souk::gateway
