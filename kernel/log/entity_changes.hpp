// What an event changes in the entity tables: a product that was put, an order that was placed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/schema/event_scanner.hpp"

namespace souk::log {

struct EntityChange {
  std::uint32_t item = 0;  ///< index into EncodedEvents::items
  /// "product", "customer", "account", "order", "inventory", "price_list", "search_index",
  /// "index:NAME" of records of an index beside the catalog
  std::string kind;
  std::string id;
  std::string data;  ///< wire bytes of the entity's message; empty when deleted
  bool deleted = false;
  /// `data` holds only what changed (an order that shipped): merged over what the table has.
  bool merge = false;
};

/// nullopt for the many events that change none, or whose payload does not parse.
std::optional<EntityChange> entity_change(const schema::EventFields& fields);

/// `change` over `stored`: set fields replace, absent ones stay, lines are replaced whole.
std::string merge_entity(const std::string& stored, const EntityChange& change);

/// The id of a stock level that has none: "p1", "p1:black-m", "p1:black-m:berlin", "p1::berlin".
[[nodiscard]] std::string inventory_level_id(std::string_view product, std::string_view variant,
                                             std::string_view location);

/// Minor units of one major unit of a currency (ISO 4217): 100 for most, 1 for JPY, 1,000 for KWD.
[[nodiscard]] double minor_units_of(std::string_view currency) noexcept;

}  // namespace souk::log
