#include "kernel/gateway/algolia/search_records.hpp"

#include <simdjson.h>

#include "kernel/gateway/algolia/json.hpp"
#include "kernel/gateway/algolia/settings_check.hpp"
#include "kernel/gateway/problem.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway {
namespace {

namespace dom = simdjson::dom;
using souk::v1::SearchRulesSet;

constexpr std::size_t kMaxRecords = 1'000;

std::uint32_t field_of(bool rules) {
  return static_cast<std::uint32_t>(rules ? souk::v1::Event::kSearchRulesSetFieldNumber
                                          : souk::v1::Event::kSearchSynonymsSetFieldNumber);
}

/// Adds a record that must be an object; `id` where the path names it.
Status add_record(const dom::element& element, std::string_view id, SearchRulesSet& set) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS)
    return algolia_invalid("a record must be a JSON object");
  std::string_view own;
  const bool named = object["objectID"].get(own) == simdjson::SUCCESS;
  if (!named && id.empty()) return algolia_invalid("objectID is required");
  if (named && !id.empty() && own != id) {
    return algolia_invalid("objectID is another in the path than in the body");
  }
  auto* record = set.add_records();
  record->set_id(std::string(named ? own : id));
  std::string json = simdjson::minify(element);
  if (!named) {
    std::string with = "{\"objectID\":";
    append_json_string(with, id);
    json = with + (json == "{}" ? "}" : "," + json.substr(1));
  }
  record->set_json(std::move(json));
  return {};
}

}  // namespace

void AlgoliaSearchRecords::add_handlers(HandlerTable& table) {
  const auto on = [&table](const std::string& method, Handler handler) {
    table.methods["souk.v1.AlgoliaIndexing/" + method] = std::move(handler);
  };
  on("SetSettings", [this](Call& call) { set_settings(call); });
  for (const Kind kind : {Kind::rules, Kind::synonyms}) {
    const bool rules = kind == Kind::rules;
    on(rules ? "BatchRules" : "BatchSynonyms", [this, kind](Call& call) { batch(call, kind); });
    on(rules ? "PutRule" : "PutSynonym", [this, kind](Call& call) { put(call, kind); });
    on(rules ? "DeleteRule" : "DeleteSynonym", [this, kind](Call& call) { remove(call, kind); });
    on(rules ? "ClearRules" : "ClearSynonyms", [this, kind](Call& call) { clear(call, kind); });
  }
}

void AlgoliaSearchRecords::set_settings(Call& call) const {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  if (!root->is_object())
    return call.exchange.fail(algolia_invalid("settings must be a JSON object"));
  if (Status status = check_settings(root.value()); !status.ok()) {
    return call.exchange.fail(status);
  }
  souk::v1::SearchSettingsSet set;
  set.set_forward_to_replicas(call.parameter("forwardToReplicas") == "true");
  set.set_index(std::string(call.variable("index")));
  set.set_json(simdjson::minify(root.value()));
  append(call, souk::v1::Event::kSearchSettingsSetFieldNumber, set.SerializeAsString(), {});
}

// SearchSynonymsSet has the fields of SearchRulesSet under the same numbers.
void AlgoliaSearchRecords::batch(Call& call, Kind kind) const {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  dom::array records;
  if (root->get(records) != simdjson::SUCCESS) {
    return call.exchange.fail(algolia_invalid("the body must be a list of records"));
  }
  SearchRulesSet set;
  set.set_index(std::string(call.variable("index")));
  set.set_clear(call.parameter(kind == Kind::rules ? "clearExistingRules"
                                                   : "replaceExistingSynonyms") == "true");
  for (const dom::element record : records) {
    if (static_cast<std::size_t>(set.records_size()) == kMaxRecords) {
      return call.exchange.fail(413, "a batch holds at most 1000 records");
    }
    if (Status status = add_record(record, {}, set); !status.ok()) {
      return call.exchange.fail(algolia_invalid("record " + std::to_string(set.records_size()) +
                                                ": " + status.message()));
    }
  }
  append(call, field_of(kind == Kind::rules), set.SerializeAsString(), {});
}

void AlgoliaSearchRecords::put(Call& call, Kind kind) const {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  SearchRulesSet set;
  set.set_index(std::string(call.variable("index")));
  const std::string_view id = call.variable("objectId");
  if (Status status = add_record(root.value(), id, set); !status.ok()) {
    return call.exchange.fail(status);
  }
  std::string more = "\"id\":";
  append_json_string(more, id);
  append(call, field_of(kind == Kind::rules), set.SerializeAsString(), more + ",");
}

void AlgoliaSearchRecords::remove(Call& call, Kind kind) const {
  SearchRulesSet set;
  set.set_index(std::string(call.variable("index")));
  set.add_deleted_ids(std::string(call.variable("objectId")));
  append(call, field_of(kind == Kind::rules), set.SerializeAsString(),
         "\"deletedAt\":" + algolia_time(ingest_.clock().now_us()) + ",");
}

void AlgoliaSearchRecords::clear(Call& call, Kind kind) const {
  SearchRulesSet set;
  set.set_index(std::string(call.variable("index")));
  set.set_clear(true);
  append(call, field_of(kind == Kind::rules), set.SerializeAsString(), {});
}

void AlgoliaSearchRecords::append(Call& call, std::uint32_t payload_field,
                                  const std::string& payload, std::string more) const {
  const std::int64_t now_us = ingest_.clock().now_us();
  std::string event;
  append_timestamp_field(event, souk::v1::Event::kTimeFieldNumber, now_us);
  append_bytes_field(event, payload_field, payload);
  log::EncodedEvents encoded;
  if (Status status = ingest_.encode({event}, encoded); !status.ok()) {
    return call.exchange.fail(status);
  }
  ingest_.append(
      std::move(call.exchange), std::move(encoded),
      [more = std::move(more), now_us](Exchange& answered, const log::AppendResult& result) {
        answered.send_json("{" + more + "\"updatedAt\":" + algolia_time(now_us) +
                           ",\"taskID\":" + std::to_string(result.last_sequence) + "}");
      });
}

}  // namespace souk::gateway
