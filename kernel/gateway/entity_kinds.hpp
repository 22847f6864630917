// The entities that REST knows: which message, which events, which routes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace souk::gateway {

struct EntityKind {
  std::string_view kind;     ///< in the entity table: "product"
  std::string_view message;  ///< "souk.v1.Product"
  std::string_view
      list_reply;              ///< "souk.v1.ListProductsReply": field 1 the entities, 2 next_cursor
  std::string_view list_name;  ///< JSON name of the batch request's list: "products"
  std::string_view get;        ///< "souk.v1.Products/GetProduct", and so on; empty: not here
  std::string_view put;
  std::string_view remove;
  std::string_view list;
  std::string_view batch;
  std::uint32_t upserted = 0;  ///< payload field of the event that writes one
  std::uint32_t deleted =
      0;  ///< payload field of the event that deletes one; its field 1 is the id
  std::uint32_t updated_at = 0;  ///< field number in the message; 0: none
};

[[nodiscard]] std::span<const EntityKind> entity_kinds() noexcept;

}  // namespace souk::gateway
