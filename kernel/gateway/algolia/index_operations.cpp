// Whole indexes: copied, moved, deleted; records deleted by filter; and what is said of keys.
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "kernel/gateway/algolia/credentials.hpp"
#include "kernel/gateway/algolia/indexing.hpp"
#include "kernel/gateway/algolia/json.hpp"
#include "souk/v1/algolia.pb.h"

namespace souk::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostDeleted = 1'000'000;
/// Parameters of which at least one says which records to delete.
constexpr std::array<std::string_view, 9> kSays = {
    "filters",       "facetFilters",      "numericFilters", "tagFilters", "aroundLatLng",
    "insidePolygon", "insideBoundingBox", "query",          "params"};

std::string updated(const char* name, std::int64_t now_us, const log::AppendResult& result) {
  return "{\"" + std::string(name) + "\":" + algolia_time(now_us) +
         ",\"taskID\":" + std::to_string(result.last_sequence) + "}";
}

/// `scope` of an operation; nullopt: everything, records too.
Result<std::optional<std::vector<std::string>>> scopes_of(const dom::element& body) {
  const auto given = body["scope"];
  if (given.error() != simdjson::SUCCESS || given.is_null()) return {std::nullopt};
  dom::array list;
  std::vector<std::string> scopes;
  if (given.get(list) != simdjson::SUCCESS) return algolia_invalid("scope must be a list of texts");
  for (const dom::element one : list) {
    std::string_view scope;
    if (one.get(scope) != simdjson::SUCCESS ||
        (scope != "settings" && scope != "synonyms" && scope != "rules")) {
      return algolia_invalid("scope holds settings, synonyms and rules, nothing else");
    }
    scopes.emplace_back(scope);
  }
  return {std::move(scopes)};
}

/// The search whose hits are deleted: the body's filters, all pages, the ids alone.
Result<std::string> search_of(const dom::element& body) {
  dom::object object;
  if (body.get(object) != simdjson::SUCCESS) return algolia_invalid("the body must be an object");
  std::string search = "{";
  bool says = false;
  for (const auto& [name, value] : object) {
    std::string_view text;
    const bool empty = value.is_null() || (value.get(text) == simdjson::SUCCESS && text.empty());
    for (const std::string_view one : kSays) {
      if (name != one || empty) continue;
      says = true;
      search.append(algolia_text(name)).append(":").append(simdjson::minify(value)).append(",");
    }
  }
  if (!says) {
    return algolia_invalid(
        "deleteBy needs filters, facetFilters, numericFilters, tagFilters or a place; to delete "
        "all "
        "records clear the index");
  }
  return search;
}

/// Waits for one answer of a plugin.
class Waiting {
 public:
  void answer(Code code, std::string_view reply, std::string_view error) {
    const std::lock_guard lock(mutex_);
    status_ = code == Code::ok ? Status() : Status(code, std::string(error));
    reply_ = reply;
    done_ = true;
    wake_.notify_all();
  }
  Result<std::string> wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return done_; });
    if (!status_.ok()) return status_;
    return std::move(reply_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  Status status_;
  std::string reply_;
};

}  // namespace

void AlgoliaIndexing::operate(Call& call) {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  std::string_view operation;
  std::string_view destination;
  if (root.value()["operation"].get(operation) != simdjson::SUCCESS ||
      (operation != "copy" && operation != "move")) {
    return call.exchange.fail(algolia_invalid("operation must be copy or move"));
  }
  if (root.value()["destination"].get(destination) != simdjson::SUCCESS || destination.empty()) {
    return call.exchange.fail(algolia_invalid("destination is required"));
  }
  auto scopes = scopes_of(root.value());
  if (!scopes.ok()) return call.exchange.fail(scopes.status());
  change(
      call,
      [from = std::string(call.variable("index")), into = std::string(destination),
       move = operation == "move", scopes = std::move(scopes).value()](IndexChanges& changes) {
        if (!move && scopes) return changes.copy(from, into, *scopes);
        return changes.replace(from, into, move, {"settings", "synonyms", "rules"});
      },
      [now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
        return updated("updatedAt", now_us, result);
      });
}

void AlgoliaIndexing::remove_index(Call& call) {
  change(
      call,
      [index = std::string(call.variable("index"))](IndexChanges& changes) {
        return changes.remove_index(index);
      },
      [now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
        return updated("deletedAt", now_us, result);
      });
}

Status AlgoliaIndexing::find_ids(const std::string& store, const std::string& index,
                                 const std::string& search, std::vector<std::string>& ids) {
  std::string cursor;
  do {
    souk::v1::AlgoliaIndexRequest ask;
    ask.set_index(index);
    ask.mutable_body()->set_data(
        search + "\"hitsPerPage\":1000,\"attributesToHighlight\":[]," +
        "\"attributesToRetrieve\":[\"objectID\"],\"cursor\":" + algolia_text(cursor) + "}");
    const std::string message = ask.SerializeAsString();
    host::CallRequest request;
    request.store_id = store;
    request.method = "souk.v1.AlgoliaSearch/Browse";
    request.request = message;
    auto waiting = std::make_shared<Waiting>();
    host_.call(request, [waiting](Code code, std::string_view reply, std::string_view error) {
      waiting->answer(code, reply, error);
    });
    const auto reply = waiting->wait();
    if (!reply.ok()) return reply.status();
    souk::v1::HttpBody body;
    dom::parser parser;
    dom::element root;
    dom::array hits;
    if (!body.ParseFromString(reply.value()) ||
        parser.parse(body.data()).get(root) != simdjson::SUCCESS ||
        root["hits"].get(hits) != simdjson::SUCCESS) {
      return Status(Code::internal, "the search plugin's answer can't be read");
    }
    for (const dom::element hit : hits) {
      std::string_view id;
      if (hit["objectID"].get(id) == simdjson::SUCCESS) ids.emplace_back(id);
    }
    std::string_view next;
    cursor = root["cursor"].get(next) == simdjson::SUCCESS ? std::string(next) : std::string();
  } while (!cursor.empty() && ids.size() < kMostDeleted);
  return {};
}

void AlgoliaIndexing::delete_by(Call& call) {
  dom::parser parser;
  const auto root = parse_algolia(parser, call.request.body);
  if (!root.ok()) return call.exchange.fail(root.status());
  auto search = search_of(root.value());
  if (!search.ok()) return call.exchange.fail(search.status());
  const std::string store = call.exchange.store->id;
  const std::uint64_t written = ingest_.last_sequence(store);
  change(
      call,
      [this, store, written, index = std::string(call.variable("index")),
       search = std::move(search).value()](IndexChanges& changes) {
        // What was written before this request is found by it.
        host_.wait_folded(store, written, 5'000);
        std::vector<std::string> ids;
        if (Status status = find_ids(store, index, search, ids); !status.ok()) return status;
        RecordOperation operation;
        operation.action = RecordOperation::Action::remove;
        operation.index = index;
        for (std::string& id : ids) {
          operation.id = std::move(id);
          if (Status status = changes.apply(operation); !status.ok()) return status;
        }
        return Status();
      },
      [now_us = ingest_.clock().now_us()](const log::AppendResult& result) {
        return updated("updatedAt", now_us, result);
      });
}

void AlgoliaIndexing::refuse_keys(Call& call) {
  call.exchange.fail(
      403,
      "keys are not kept here: `souk key new` makes one, and the store's `keys` name "
      "what it may do");
}

void AlgoliaIndexing::own_key(Call& call) {
  const std::string_view own = algolia_key(call.request, call.worker.target);
  if (call.request.method != HttpMethod::get || call.variable("key") != own ||
      call.key == nullptr) {
    return refuse_keys(call);
  }
  std::string acl;
  const auto add = [&acl](std::string_view name) {
    acl.append(acl.empty() ? "" : ",").append(algolia_text(name));
  };
  if (call.key->may(kScopeDecide)) add("search");
  if (call.key->may(kScopeCatalog)) {
    for (const char* name : {"addObject", "deleteObject", "deleteIndex", "browse", "settings",
                             "editSettings", "listIndexes"}) {
      add(name);
    }
  }
  call.exchange.send_json("{\"value\":" + algolia_text(own) + ",\"createdAt\":0,\"acl\":[" + acl +
                          "],\"validity\":0,\"description\":\"\"}");
}

}  // namespace souk::gateway
