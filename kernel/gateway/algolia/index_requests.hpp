// What requests of the Algolia-compatible API say is to be written, read from their bodies and
// checked: one operation of a batch, what a copy takes along, which records a deletion by filters
// means. Pure functions; any thread.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/gateway/algolia/index_changes.hpp"

namespace souk::gateway {

/// One of `requests`: `{"action":…,"body":{…}}`. A record that is added without an id gets one.
/// INVALID_ARGUMENT names what is missing or wrong. The index is not read.
Result<RecordOperation> read_operation(const simdjson::dom::element& element, std::int64_t now_us);

/// INVALID_ARGUMENT unless the operation's objectID may be one.
Status check_object_id(const RecordOperation& operation);

/// `POST /1/indexes/{index}/operation`.
struct IndexOperation {
  bool move = false;
  std::string destination;
  std::optional<std::vector<std::string>> scopes;  ///< nullopt: everything, records too
};
Result<IndexOperation> read_index_operation(const simdjson::dom::element& body);

/// The search whose hits `POST /1/indexes/{index}/deleteByQuery` deletes: the members of the body
/// that choose records, as the beginning of a JSON object that ends in "," and lacks its "}".
/// INVALID_ARGUMENT for a body that has none of them.
Result<std::string> read_deletion(const simdjson::dom::element& body);

}  // namespace souk::gateway
