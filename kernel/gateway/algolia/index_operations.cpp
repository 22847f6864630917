// Whole indexes: copied, moved, deleted; records deleted by filter; and what is said of keys.
#include <condition_variable>
#include <mutex>

#include "kernel/gateway/algolia/credentials.hpp"
#include "kernel/gateway/algolia/index_requests.hpp"
#include "kernel/gateway/algolia/indexing.hpp"
#include "kernel/gateway/algolia/json.hpp"
#include "souk/v1/algolia.pb.h"

namespace souk::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostDeleted = 1'000'000;

std::string updated(const char* name, std::int64_t now_us, const log::AppendResult& result) {
  return "{\"" + std::string(name) + "\":" + algolia_time(now_us) +
         ",\"taskID\":" + std::to_string(result.last_sequence) + "}";
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
  auto operation = read_index_operation(root.value());
  if (!operation.ok()) return call.exchange.fail(operation.status());
  change(
      call,
      [from = std::string(call.variable("index")),
       asked = std::move(operation).value()](IndexChanges& changes) {
        if (!asked.move && asked.scopes) {
          return changes.copy(from, asked.destination, *asked.scopes);
        }
        return changes.replace(from, asked.destination, asked.move,
                               {"settings", "synonyms", "rules"});
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
  auto search = read_deletion(root.value());
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
