#include "kernel/gateway/algolia/indexing.hpp"

#include <cstdio>
#include <ctime>
#include <map>
#include <optional>

#include "kernel/base/ids.hpp"
#include "kernel/gateway/entity_events.hpp"
#include "kernel/gateway/problem.hpp"

namespace souk::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxOperations = 100'000;
constexpr std::size_t kRowsAtOnce = 1'000;
constexpr std::size_t kMaxIdBytes = 256;
/// How long a client's look at a task may wait for the plugins; it asks again.
constexpr std::int64_t kTaskWaitMs = 1'000;
constexpr std::string_view kBusy = "too many requests wait for the database";

Status invalid(std::string what) { return Status(Code::invalid_argument, std::move(what)); }

const EntityKind& product_kind() { return entity_kinds().front(); }

std::string currency_of(const Call& call) {
  for (const config::StoreSettings& store : call.surface.settings) {
    if (store.id == call.exchange.store->id) return store.currency;
  }
  return {};
}

Result<dom::element> parse(dom::parser& parser, std::string_view body) {
  dom::element root;
  const auto failure = parser.parse(body.data(), body.size()).get(root);
  if (failure != simdjson::SUCCESS) {
    return invalid(std::string("Invalid JSON body: ") + simdjson::error_message(failure));
  }
  return root;
}

std::optional<RecordOperation::Action> action_of(std::string_view name) {
  using Action = RecordOperation::Action;
  if (name == "addObject" || name == "updateObject") return Action::put;
  if (name == "partialUpdateObject") return Action::partial;
  if (name == "partialUpdateObjectNoCreate") return Action::partial_no_create;
  if (name == "deleteObject") return Action::remove;
  if (name == "clear" || name == "delete") return Action::clear;
  return std::nullopt;
}

Status check_id(const RecordOperation& operation) {
  if (operation.id.empty()) return invalid("objectID is required");
  if (operation.id.size() > kMaxIdBytes) return invalid("objectID is longer than 256 bytes");
  return {};
}

Result<RecordOperation> operation_of(const dom::element& element, std::int64_t now_us) {
  std::string_view name;
  if (element["action"].get(name) != simdjson::SUCCESS) return invalid("action is required");
  const auto action = action_of(name);
  if (!action) return invalid("there is no action " + std::string(name.substr(0, 100)));
  RecordOperation operation;
  operation.action = *action;
  if (operation.action == RecordOperation::Action::clear) return operation;
  dom::element body;
  if (element["body"].get(body) != simdjson::SUCCESS) return invalid("body is required");
  if (Status status = read_record(body, operation.record); !status.ok()) return status;
  operation.id = record_id(operation.record);
  if (operation.id.empty() && name == "addObject") {
    operation.id = base::new_uuid(now_us);
    set_record_id(operation.record, operation.id);
  }
  if (Status status = check_id(operation); !status.ok()) return status;
  return operation;
}

/// What a request makes of the catalog, operation by operation: later ones see earlier ones.
class CatalogChanges {
 public:
  CatalogChanges(storage::Database& database, const std::string& store, std::string_view currency,
                 std::int64_t now_us)
      : database_(database), store_(store), currency_(currency), now_us_(now_us) {}

  Status apply(RecordOperation& operation) {
    using Action = RecordOperation::Action;
    switch (operation.action) {
      case Action::put:
        return put(operation.id, operation.record);
      case Action::partial:
        return partial(operation, true);
      case Action::partial_no_create:
        return partial(operation, false);
      case Action::remove:
        return remove(operation.id);
      case Action::clear:
        return clear();
    }
    return {};
  }
  std::vector<std::string> take() { return std::move(events_); }

 private:
  Status put(const std::string& id, const Record& record) {
    const souk::v1::Product product = product_of(record, currency_);
    auto made = upsert_events(product_kind(), product.SerializeAsString(), {}, now_us_);
    if (!made.ok()) return made.status();
    for (std::string& event : made.value())
      events_.push_back(std::move(event));
    written_[id] = record;
    return {};
  }

  Status partial(const RecordOperation& operation, bool create) {
    Result<Record> before = stored(operation.id);
    if (!before.ok()) {
      if (before.code() != Code::not_found) return before.status();
      if (!create) return {};
      before = Record();
    }
    Record record = std::move(before).value();
    if (Status status = apply_partial(operation.record, record); !status.ok()) return status;
    set_record_id(record, operation.id);
    return put(operation.id, record);
  }

  Status remove(const std::string& id) {
    const Result<Record> before = stored(id);
    if (before.code() == Code::not_found) return {};
    if (!before.ok()) return before.status();
    erase(id);
    return {};
  }

  void erase(const std::string& id) {
    events_.push_back(delete_event(product_kind(), id, now_us_));
    written_[id] = std::nullopt;
  }

  Status clear() {
    for (const auto& [id, record] : std::map(written_)) {
      if (record) erase(id);
    }
    std::string after;
    for (;;) {
      const auto rows = database_.entities(store_, product_kind().kind, after, kRowsAtOnce);
      if (!rows.ok()) return rows.status();
      for (const storage::EntityRow& row : rows.value()) {
        if (!written_.contains(row.id)) erase(row.id);
      }
      if (rows->size() < kRowsAtOnce) return {};
      after = rows->back().id;
    }
  }

  Result<Record> stored(const std::string& id) {
    if (const auto it = written_.find(id); it != written_.end()) {
      if (!it->second) return Status(Code::not_found, "it was deleted");
      return *it->second;
    }
    auto row = database_.entity(store_, product_kind().kind, id);
    if (!row.ok()) return row.status();
    souk::v1::Product product;
    if (!product.ParseFromString(row->data))
      return Status(Code::data_loss, "the product is damaged");
    return record_of(product, currency_);
  }

  storage::Database& database_;
  const std::string& store_;
  std::string_view currency_;
  std::int64_t now_us_;
  std::vector<std::string> events_;
  std::map<std::string, std::optional<Record>> written_;  // nullopt: deleted
};

std::string id_list(const std::vector<std::string>& ids) {
  std::string text = "[";
  for (const std::string& id : ids) {
    if (text.size() > 1) text += ',';
    append_json_string(text, id);
  }
  return text + "]";
}

std::string json_text(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string task_of(const log::AppendResult& result) {
  return "\"taskID\":" + std::to_string(result.last_sequence);
}

}  // namespace

std::string algolia_time(std::int64_t time_us) {
  const std::time_t seconds = time_us / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof text - size, ".%03dZ\"",
                static_cast<int>(time_us / 1'000 % 1'000));
  return text;
}

void AlgoliaIndexing::add_handlers(HandlerTable& table) {
  const auto on = [&table](const char* method, Handler handler) {
    table.methods[std::string("souk.v1.AlgoliaIndexing/") + method] = std::move(handler);
  };
  on("Batch", [this](Call& call) { batch(call, false); });
  on("MultiBatch", [this](Call& call) { batch(call, true); });
  on("AddObject", [this](Call& call) { add(call); });
  on("PutObject", [this](Call& call) { put(call); });
  on("PartialUpdateObject", [this](Call& call) { partial(call); });
  on("DeleteObject", [this](Call& call) { remove(call); });
  on("Clear", [this](Call& call) { clear(call); });
  on("GetTask", [this](Call& call) { task(call); });
}

void AlgoliaIndexing::batch(Call& call, bool many_indexes) {
  dom::parser parser;
  const auto root = parse(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  dom::array requests;
  if (root.value()["requests"].get(requests) != simdjson::SUCCESS) {
    return call.exchange.fail(invalid("requests must be a list of operations"));
  }
  Operations operations;
  std::vector<std::string> ids;
  std::map<std::string, bool> indexes;
  for (const dom::element element : requests) {
    if (operations.size() == kMaxOperations) {
      return call.exchange.fail(413, "a batch holds at most 100000 operations");
    }
    auto operation = operation_of(element, ingest_.clock().now_us());
    if (!operation.ok()) {
      return call.exchange.fail(invalid("operation " + std::to_string(operations.size()) + ": " +
                                        operation.status().message()));
    }
    if (std::string_view index; element["indexName"].get(index) == simdjson::SUCCESS) {
      indexes[std::string(index)] = true;
    } else if (many_indexes) {
      return call.exchange.fail(invalid("indexName is required in each operation"));
    }
    if (!operation->id.empty()) ids.push_back(operation->id);
    operations.push_back(std::move(operation).value());
  }
  write(call, std::move(operations),
        [ids = id_list(ids), indexes, many_indexes](const log::AppendResult& result) {
          if (!many_indexes) return "{" + task_of(result) + ",\"objectIDs\":" + ids + "}";
          std::string tasks;
          for (const auto& [index, named] : indexes) {
            if (!tasks.empty()) tasks += ',';
            tasks += json_text(index) + ":" + std::to_string(result.last_sequence);
          }
          return "{\"taskID\":{" + tasks + "},\"objectIDs\":" + ids + "}";
        });
}

void AlgoliaIndexing::add(Call& call) {
  dom::parser parser;
  const auto root = parse(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  RecordOperation operation;
  if (Status status = read_record(root.value(), operation.record); !status.ok()) {
    return call.exchange.fail(status);
  }
  const std::int64_t now_us = ingest_.clock().now_us();
  operation.id = record_id(operation.record);
  if (operation.id.empty()) {
    operation.id = base::new_uuid(now_us);
    set_record_id(operation.record, operation.id);
  }
  if (Status status = check_id(operation); !status.ok()) return call.exchange.fail(status);
  Operations operations;
  operations.push_back(operation);
  write(
      call, std::move(operations),
      [id = operation.id, now_us](const log::AppendResult& result) {
        return "{\"createdAt\":" + algolia_time(now_us) + "," + task_of(result) +
               ",\"objectID\":" + json_text(id) + "}";
      },
      201);
}

void AlgoliaIndexing::put(Call& call) {
  dom::parser parser;
  const auto root = parse(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  RecordOperation operation;
  operation.id = call.variable("objectId");
  Status status = read_record(root.value(), operation.record);
  if (status.ok()) status = check_id(operation);
  if (!status.ok()) return call.exchange.fail(status);
  set_record_id(operation.record, operation.id);
  Operations operations;
  operations.push_back(operation);
  write(call, std::move(operations),
        [id = operation.id, now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
          return "{\"updatedAt\":" + algolia_time(now_us) + "," + task_of(result) +
                 ",\"objectID\":" + json_text(id) + "}";
        });
}

void AlgoliaIndexing::partial(Call& call) {
  dom::parser parser;
  const auto root = parse(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  RecordOperation operation;
  operation.action = call.parameter("createIfNotExists") == "false"
                         ? RecordOperation::Action::partial_no_create
                         : RecordOperation::Action::partial;
  operation.id = call.variable("objectId");
  Status status = read_record(root.value(), operation.record);
  if (status.ok()) status = check_id(operation);
  if (!status.ok()) return call.exchange.fail(status);
  Operations operations;
  operations.push_back(operation);
  write(call, std::move(operations),
        [id = operation.id, now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
          return "{\"updatedAt\":" + algolia_time(now_us) + "," + task_of(result) +
                 ",\"objectID\":" + json_text(id) + "}";
        });
}

void AlgoliaIndexing::remove(Call& call) {
  RecordOperation operation;
  operation.action = RecordOperation::Action::remove;
  operation.id = call.variable("objectId");
  Operations operations;
  operations.push_back(std::move(operation));
  write(call, std::move(operations),
        [now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
          return "{\"deletedAt\":" + algolia_time(now_us) + "," + task_of(result) + "}";
        });
}

void AlgoliaIndexing::clear(Call& call) {
  Operations operations(1);
  operations.front().action = RecordOperation::Action::clear;
  write(call, std::move(operations),
        [now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
          return "{\"updatedAt\":" + algolia_time(now_us) + "," + task_of(result) + "}";
        });
}

void AlgoliaIndexing::task(Call& call) {
  std::uint64_t sequence = 0;
  for (const char c : call.variable("taskId")) {
    if (c < '0' || c > '9' || sequence > (std::uint64_t{1} << 60U)) {
      return call.exchange.fail(404, "there is no such task");
    }
    sequence = sequence * 10 + static_cast<std::uint64_t>(c - '0');
  }
  auto exchange = std::make_shared<Exchange>(std::move(call.exchange));
  const bool queued = pool_.post([this, exchange, sequence] {
    const bool folded = host_.wait_folded(exchange->store->id, sequence, kTaskWaitMs);
    exchange->send_json(folded ? R"({"status":"published","pendingTask":false})"
                               : R"({"status":"notPublished","pendingTask":true})");
  });
  if (!queued) exchange->fail(503, kBusy);
}

Result<std::vector<std::string>> AlgoliaIndexing::events_of(const std::string& store,
                                                            std::string_view currency,
                                                            Operations& operations) {
  CatalogChanges changes(database_, store, currency, ingest_.clock().now_us());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Status status = changes.apply(operations[i]);
    if (status.ok()) continue;
    return Status(status.code(), "operation " + std::to_string(i) + ", objectID " +
                                     operations[i].id + ": " + status.message());
  }
  return changes.take();
}

void AlgoliaIndexing::write(Call& call, Operations operations, Answer answer, int status) {
  const std::string currency = currency_of(call);
  auto exchange = std::make_shared<Exchange>(std::move(call.exchange));
  auto shared = std::make_shared<Operations>(std::move(operations));
  const bool queued =
      pool_.post([this, exchange, shared, answer = std::move(answer), status, currency] {
        auto events = events_of(exchange->store->id, currency, *shared);
        if (!events.ok()) return exchange->fail(events.status());
        log::EncodedEvents encoded;
        if (Status bad = ingest_.encode(events.value(), encoded); !bad.ok())
          return exchange->fail(bad);
        if (encoded.empty()) return exchange->send_json(answer({}), status);
        ingest_.append(std::move(*exchange), std::move(encoded),
                       [answer, status](Exchange& answered, const log::AppendResult& result) {
                         answered.send_json(answer(result), status);
                       });
      });
  if (!queued) exchange->fail(503, kBusy);
}

}  // namespace souk::gateway
