#include "kernel/gateway/algolia/index_requests.hpp"

#include <array>
#include <string_view>

#include "kernel/base/ids.hpp"
#include "kernel/gateway/algolia/json.hpp"

namespace souk::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxIdBytes = 256;
/// Parameters of which at least one says which records to delete.
constexpr std::array<std::string_view, 9> kChoosing = {
    "filters",       "facetFilters",      "numericFilters", "tagFilters", "aroundLatLng",
    "insidePolygon", "insideBoundingBox", "query",          "params"};

std::optional<RecordOperation::Action> action_of(std::string_view name) {
  using Action = RecordOperation::Action;
  if (name == "addObject" || name == "updateObject") return Action::put;
  if (name == "partialUpdateObject") return Action::partial;
  if (name == "partialUpdateObjectNoCreate") return Action::partial_no_create;
  if (name == "deleteObject") return Action::remove;
  if (name == "clear") return Action::clear;
  if (name == "delete") return Action::remove_index;
  return std::nullopt;
}

Status read_scopes(const dom::element& body, std::optional<std::vector<std::string>>& scopes) {
  const auto given = body["scope"];
  if (given.error() != simdjson::SUCCESS || given.is_null()) return {};
  dom::array list;
  if (given.get(list) != simdjson::SUCCESS) return algolia_invalid("scope must be a list of texts");
  scopes.emplace();
  for (const dom::element one : list) {
    std::string_view scope;
    if (one.get(scope) != simdjson::SUCCESS ||
        (scope != "settings" && scope != "synonyms" && scope != "rules")) {
      return algolia_invalid("scope holds settings, synonyms and rules, nothing else");
    }
    scopes->emplace_back(scope);
  }
  return {};
}

}  // namespace

Status check_object_id(const RecordOperation& operation) {
  if (operation.id.empty()) return algolia_invalid("objectID is required");
  if (operation.id.size() > kMaxIdBytes)
    return algolia_invalid("objectID is longer than 256 bytes");
  return {};
}

Result<RecordOperation> read_operation(const dom::element& element, std::int64_t now_us) {
  std::string_view name;
  if (element["action"].get(name) != simdjson::SUCCESS)
    return algolia_invalid("action is required");
  const auto action = action_of(name);
  if (!action) return algolia_invalid("there is no action " + std::string(name.substr(0, 100)));
  RecordOperation operation;
  operation.action = *action;
  if (operation.action == RecordOperation::Action::clear ||
      operation.action == RecordOperation::Action::remove_index) {
    return operation;
  }
  dom::element body;
  if (element["body"].get(body) != simdjson::SUCCESS) return algolia_invalid("body is required");
  if (Status status = read_record(body, operation.record); !status.ok()) return status;
  operation.id = record_id(operation.record);
  if (operation.id.empty() && name == "addObject") {
    operation.id = base::new_uuid(now_us);
    set_record_id(operation.record, operation.id);
  }
  if (Status status = check_object_id(operation); !status.ok()) return status;
  return operation;
}

Result<IndexOperation> read_index_operation(const dom::element& body) {
  std::string_view operation;
  if (body["operation"].get(operation) != simdjson::SUCCESS ||
      (operation != "copy" && operation != "move")) {
    return algolia_invalid("operation must be copy or move");
  }
  std::string_view destination;
  if (body["destination"].get(destination) != simdjson::SUCCESS || destination.empty()) {
    return algolia_invalid("destination is required");
  }
  IndexOperation read{operation == "move", std::string(destination), std::nullopt};
  if (Status status = read_scopes(body, read.scopes); !status.ok()) return status;
  return read;
}

Result<std::string> read_deletion(const dom::element& body) {
  dom::object object;
  if (body.get(object) != simdjson::SUCCESS) return algolia_invalid("the body must be an object");
  std::string search = "{";
  for (const auto& [name, value] : object) {
    std::string_view text;
    const bool empty = value.is_null() || (value.get(text) == simdjson::SUCCESS && text.empty());
    for (const std::string_view one : kChoosing) {
      if (name != one || empty) continue;
      search.append(algolia_text(name)).append(":").append(simdjson::minify(value)).append(",");
    }
  }
  if (search.size() > 1) return search;
  return algolia_invalid(
      "deleteBy needs filters, facetFilters, numericFilters, tagFilters or a place; to delete all "
      "records clear the index");
}

}  // namespace souk::gateway
