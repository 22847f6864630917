// A batch request taken apart, so that one bad entity does not spoil its neighbours.
#include <simdjson.h>

#include "kernel/gateway/entities.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/pool.hpp"
#include "kernel/schema/validate_wire.hpp"

namespace souk::gateway {
namespace {

using Items = std::vector<Result<std::string>>;

const schema::MessageTable& message_table(const EntityKind& kind) {
  return *schema::DescriptorPool::builtin().message(kind.message);
}

Status too_many(const EntityKind& kind, std::size_t max_items) {
  return Status(Code::invalid_argument, "has more than " + std::to_string(max_items) + " elements",
                std::string(kind.list_name));
}

Result<Items> from_wire(const EntityKind& kind, std::string_view body, std::size_t max_items) {
  Items items;
  WireFields fields(body);
  while (fields.next()) {
    if (fields.number() != 1 || !fields.is_bytes()) continue;
    if (items.size() == max_items) return too_many(kind, max_items);
    std::string bytes(fields.bytes());
    Status status = schema::validate_wire(message_table(kind), bytes);
    if (status.ok()) status = schema::apply_defaults(message_table(kind), bytes);
    if (status.ok()) {
      items.emplace_back(std::move(bytes));
    } else {
      items.emplace_back(std::move(status));
    }
  }
  if (fields.malformed()) {
    return Status(Code::invalid_argument, "the body is not a Protobuf message");
  }
  return items;
}

/// The list itself, or the object's member that is the list.
Result<simdjson::dom::array> find_list(const EntityKind& kind, const simdjson::dom::element& root) {
  const std::string name(kind.list_name);
  simdjson::dom::element list = root;
  simdjson::dom::object object;
  if (root.get(object) == simdjson::SUCCESS) {
    bool found = false;
    for (const auto& member : object) {
      if (member.key != name) {
        return Status(Code::invalid_argument,
                      "is not known here; the body is {\"" + name + "\": [ … ]}",
                      std::string(member.key));
      }
      list = member.value;
      found = true;
    }
    if (!found) return Status(Code::invalid_argument, "is missing", name);
  }
  simdjson::dom::array array;
  if (list.get(array) != simdjson::SUCCESS) {
    return Status(Code::invalid_argument, "must be a list", name);
  }
  return array;
}

Result<Items> from_json(const EntityKind& kind, std::string_view body, std::size_t max_items) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto failure = parser.parse(body.data(), body.size()).get(root);
  if (failure != simdjson::SUCCESS) {
    return Status(Code::invalid_argument,
                  std::string("the body is not JSON: ") + simdjson::error_message(failure));
  }
  auto list = find_list(kind, root);
  if (!list.ok()) return list.status();
  Items items;
  for (const simdjson::dom::element element : list.value()) {
    if (items.size() == max_items) return too_many(kind, max_items);
    std::string wire;
    Status status = schema::json_to_wire(message_table(kind), simdjson::minify(element), wire);
    if (status.ok()) status = schema::apply_defaults(message_table(kind), wire);
    if (status.ok()) {
      items.emplace_back(std::move(wire));
    } else {
      items.emplace_back(std::move(status));
    }
  }
  return items;
}

}  // namespace

Result<std::vector<Result<std::string>>> split_batch(const EntityKind& kind, std::string_view body,
                                                     bool protobuf, std::size_t max_items) {
  auto items = protobuf ? from_wire(kind, body, max_items) : from_json(kind, body, max_items);
  if (items.ok() && items->empty()) {
    return Status(Code::invalid_argument, "must hold at least one element",
                  std::string(kind.list_name));
  }
  return items;
}

}  // namespace souk::gateway
