// Entities as events: what a write of an entity amounts to in the log. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/gateway/entity_kinds.hpp"

namespace souk::gateway {

/// The entity's id after the kernel's rules; for a stock level without one, what its product,
/// variant and place make. INVALID_ARGUMENT when there is none.
Result<std::string> entity_id(const EntityKind& kind, std::string_view entity);

/// Wire bytes of the events (souk.v1.Event, without id) that creating or replacing `entity` is.
/// `existing` is what is stored now, empty when there is none: orders need it, because the first
/// write of one is OrderCompleted and a later one OrderUpdated, OrderCancelled, OrderShipped …
Result<std::vector<std::string>> upsert_events(const EntityKind& kind, std::string_view entity,
                                               std::string_view existing, std::int64_t now_us);

/// Wire bytes of the event that deletes it.
std::string delete_event(const EntityKind& kind, std::string_view id, std::int64_t now_us);

}  // namespace souk::gateway
