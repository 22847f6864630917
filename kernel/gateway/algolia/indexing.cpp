#include "kernel/gateway/algolia/indexing.hpp"

#include <map>

#include "kernel/base/ids.hpp"
#include "kernel/gateway/algolia/index_requests.hpp"
#include "kernel/gateway/algolia/json.hpp"

namespace souk::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxOperations = 100'000;
/// How long a client's look at a task may wait for the plugins; it asks again.
constexpr std::int64_t kTaskWaitMs = 1'000;

std::string currency_of(const Call& call) {
  for (const config::StoreSettings& store : call.surface.settings) {
    if (store.id == call.exchange.store->id) return store.currency;
  }
  return {};
}

std::string id_list(const std::vector<std::string>& ids) {
  std::string text = "[";
  for (const std::string& id : ids) {
    if (text.size() > 1) text += ',';
    text += algolia_text(id);
  }
  return text + "]";
}

std::string task_of(const log::AppendResult& result) {
  return "\"taskID\":" + std::to_string(result.last_sequence);
}

}  // namespace

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
  on("GetAppTask", [this](Call& call) { task(call); });
  on("Operation", [this](Call& call) { operate(call); });
  on("DeleteIndex", [this](Call& call) { remove_index(call); });
  on("DeleteBy", [this](Call& call) { delete_by(call); });
  on("ListKeys", [this](Call& call) { refuse_keys(call); });
  on("GetKey", [this](Call& call) { own_key(call); });
}

void AlgoliaIndexing::batch(Call& call, bool many_indexes) {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  dom::array requests;
  if (root.value()["requests"].get(requests) != simdjson::SUCCESS) {
    return call.exchange.fail(algolia_invalid("requests must be a list of operations"));
  }
  Operations operations;
  std::vector<std::string> ids;
  std::map<std::string, bool> indexes;
  for (const dom::element element : requests) {
    if (operations.size() == kMaxOperations) {
      return call.exchange.fail(413, "a batch holds at most 100000 operations");
    }
    auto operation = read_operation(element, ingest_.clock().now_us());
    if (!operation.ok()) {
      return call.exchange.fail(algolia_invalid("operation " + std::to_string(operations.size()) +
                                                ": " + operation.status().message()));
    }
    operation->index = call.variable("index");
    if (std::string_view index;
        many_indexes && element["indexName"].get(index) == simdjson::SUCCESS) {
      operation->index = index;
      indexes[operation->index] = true;
    } else if (many_indexes) {
      return call.exchange.fail(algolia_invalid("indexName is required in each operation"));
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
            tasks += algolia_text(index) + ":" + std::to_string(result.last_sequence);
          }
          return "{\"taskID\":{" + tasks + "},\"objectIDs\":" + ids + "}";
        });
}

void AlgoliaIndexing::add(Call& call) {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
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
  if (Status status = check_object_id(operation); !status.ok()) return call.exchange.fail(status);
  operation.index = call.variable("index");
  Operations operations;
  operations.push_back(operation);
  write(
      call, std::move(operations),
      [id = operation.id, now_us](const log::AppendResult& result) {
        return "{\"createdAt\":" + algolia_time(now_us) + "," + task_of(result) +
               ",\"objectID\":" + algolia_text(id) + "}";
      },
      201);
}

void AlgoliaIndexing::put(Call& call) {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  RecordOperation operation;
  operation.id = call.variable("objectId");
  operation.index = call.variable("index");
  Status status = read_record(root.value(), operation.record);
  if (status.ok()) status = check_object_id(operation);
  if (!status.ok()) return call.exchange.fail(status);
  set_record_id(operation.record, operation.id);
  Operations operations;
  operations.push_back(operation);
  write(call, std::move(operations),
        [id = operation.id, now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
          return "{\"updatedAt\":" + algolia_time(now_us) + "," + task_of(result) +
                 ",\"objectID\":" + algolia_text(id) + "}";
        });
}

void AlgoliaIndexing::partial(Call& call) {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  RecordOperation operation;
  operation.action = call.parameter("createIfNotExists") == "false"
                         ? RecordOperation::Action::partial_no_create
                         : RecordOperation::Action::partial;
  operation.id = call.variable("objectId");
  operation.index = call.variable("index");
  Status status = read_record(root.value(), operation.record);
  if (status.ok()) status = check_object_id(operation);
  if (!status.ok()) return call.exchange.fail(status);
  Operations operations;
  operations.push_back(operation);
  write(call, std::move(operations),
        [id = operation.id, now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
          return "{\"updatedAt\":" + algolia_time(now_us) + "," + task_of(result) +
                 ",\"objectID\":" + algolia_text(id) + "}";
        });
}

void AlgoliaIndexing::remove(Call& call) {
  RecordOperation operation;
  operation.action = RecordOperation::Action::remove;
  operation.id = call.variable("objectId");
  operation.index = call.variable("index");
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
  operations.front().index = call.variable("index");
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
  if (!queued) exchange->fail(503, "too many requests wait for the database");
}

void AlgoliaIndexing::write(Call& call, Operations operations, Answer answer, int status) {
  auto shared = std::make_shared<Operations>(std::move(operations));
  change(
      call,
      [shared](IndexChanges& changes) {
        for (std::size_t i = 0; i < shared->size(); ++i) {
          RecordOperation& operation = (*shared)[i];
          const Status done = changes.apply(operation);
          if (done.ok()) continue;
          return Status(done.code(), "operation " + std::to_string(i) + ", objectID " +
                                         operation.id + ": " + done.message());
        }
        return Status();
      },
      std::move(answer), status);
}

void AlgoliaIndexing::change(Call& call, Change make, Answer answer, int status) {
  const std::string currency = currency_of(call);
  auto exchange = std::make_shared<Exchange>(std::move(call.exchange));
  const bool queued = pool_.post(
      [this, exchange, make = std::move(make), answer = std::move(answer), status, currency] {
        IndexChanges changes(database_, names_, exchange->store->id, currency,
                             ingest_.clock().now_us());
        if (Status made = make(changes); !made.ok()) return exchange->fail(made);
        log::EncodedEvents encoded;
        if (Status bad = ingest_.encode(changes.take(), encoded); !bad.ok())
          return exchange->fail(bad);
        if (encoded.empty()) return exchange->send_json(answer({}), status);
        ingest_.append(std::move(*exchange), std::move(encoded),
                       [answer, status](Exchange& answered, const log::AppendResult& result) {
                         answered.send_json(answer(result), status);
                       });
      });
  if (!queued) exchange->fail(503, "too many requests wait for the database");
}

}  // namespace souk::gateway
