#include "kernel/gateway/entities.hpp"

#include <simdjson.h>

#include "kernel/gateway/credentials.hpp"
#include "kernel/gateway/entity_events.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/pool.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "souk/v1/entity_services.pb.h"

namespace souk::gateway {
namespace {

constexpr std::size_t kMaxBatch = 10'000;
constexpr std::string_view kDatabaseBusy = "too many requests wait for the database";

const schema::MessageTable& entity_table(std::string_view name) {
  return *schema::DescriptorPool::builtin().message(name);
}

std::string not_there(const EntityKind& kind, std::string_view id) {
  return "there is no " + std::string(kind.kind) + " with the id " + std::string(id);
}

/// Shared by the tasks of the pool, which must be copyable.
std::shared_ptr<Exchange> share(Exchange&& exchange) {
  return std::make_shared<Exchange>(std::move(exchange));
}

}  // namespace

void send_write_reply(Exchange& exchange, const std::string& id, std::uint64_t sequence) {
  souk::v1::WriteReply reply;
  reply.set_id(id);
  reply.set_sequence(sequence);
  exchange.send_message(entity_table("souk.v1.WriteReply"), reply.SerializeAsString());
}

void Entities::add_handlers(HandlerTable& handlers) {
  for (const EntityKind& kind : entity_kinds()) {
    using Function = void (Entities::*)(const EntityKind&, Call&);
    const auto add = [&](std::string_view method, Function function) {
      if (method.empty()) return;
      handlers.methods[std::string(method)] = [this, &kind, function](Call& call) {
        (this->*function)(kind, call);
      };
    };
    add(kind.get, &Entities::get);
    add(kind.list, &Entities::list);
    add(kind.put, &Entities::put);
    add(kind.remove, &Entities::remove);
    add(kind.batch, &Entities::batch);
  }
}

Result<std::string> Entities::stored(const EntityKind& kind, const std::string& store,
                                     std::string_view id) {
  auto row = database_.entity(store, kind.kind, id);
  if (!row.ok()) {
    if (row.code() == Code::not_found) return Status(Code::not_found, not_there(kind, id));
    return row.status();
  }
  return std::move(row->data);
}

void Entities::get(const EntityKind& kind, Call& call) {
  Result<std::string> message = call.message();
  if (!message.ok()) return call.exchange.fail(message.status());
  std::string id(call.variable("id"));
  const auto exchange = share(std::move(call.exchange));
  const bool queued = pool_.post([this, &kind, exchange, id = std::move(id)] {
    const Result<std::string> data = stored(kind, exchange->store->id, id);
    if (!data.ok()) return exchange->fail(data.status());
    exchange->send_message(entity_table(kind.message), data.value());
  });
  if (!queued) exchange->fail(503, kDatabaseBusy);
}

void Entities::list(const EntityKind& kind, Call& call) {
  Result<std::string> message = call.message();
  if (!message.ok()) return call.exchange.fail(message.status());
  souk::v1::ListRequest request;
  request.ParseFromString(message.value());
  std::string after;
  if (!request.cursor().empty() && (!base64_decode(request.cursor(), after) || !is_utf8(after))) {
    return call.exchange.fail(
        Status(Code::invalid_argument, "is not a cursor of an earlier answer", "cursor"));
  }
  const auto exchange = share(std::move(call.exchange));
  const std::size_t limit = request.limit();
  const bool queued = pool_.post([this, &kind, exchange, after, limit] {
    const auto rows = database_.entities(exchange->store->id, kind.kind, after, limit + 1);
    if (!rows.ok()) return exchange->fail(rows.status());
    std::string reply;
    const std::size_t count = std::min(rows->size(), limit);
    for (std::size_t i = 0; i < count; ++i)
      append_bytes_field(reply, 1, (*rows)[i].data);
    if (rows->size() > limit && count > 0) {
      append_bytes_field(reply, 2, base64url_encode((*rows)[count - 1].id));
    }
    exchange->send_message(entity_table(kind.list_reply), reply);
  });
  if (!queued) exchange->fail(503, kDatabaseBusy);
}

void Entities::write(const EntityKind& kind, Exchange exchange, const std::string& id,
                     const std::string& entity, std::string_view existing) const {
  auto events = upsert_events(kind, entity, existing, ingest_.clock().now_us());
  if (!events.ok()) return exchange.fail(events.status());
  log::EncodedEvents encoded;
  if (Status status = ingest_.encode(events.value(), encoded); !status.ok())
    return exchange.fail(status);
  ingest_.append(std::move(exchange), std::move(encoded),
                 [id](Exchange& answered, const log::AppendResult& result) {
                   send_write_reply(answered, id, result.last_sequence);
                 });
}

void Entities::put(const EntityKind& kind, Call& call) {
  // An empty Protobuf message is a message; an empty text is no JSON.
  if (call.request.body.empty() && !call.body_is_protobuf()) {
    return call.exchange.fail(
        Status(Code::invalid_argument, "the body is empty; it is the entity"));
  }
  Result<std::string> entity = call.message();
  if (!entity.ok()) return call.exchange.fail(entity.status());
  const Result<std::string> id = entity_id(kind, entity.value());
  if (!id.ok()) return call.exchange.fail(id.status());
  if (kind.kind != "order") {
    return write(kind, std::move(call.exchange), id.value(), entity.value(), {});
  }
  // What an order's write amounts to depends on what is stored.
  const auto exchange = share(std::move(call.exchange));
  const bool queued = pool_.post([this, &kind, exchange, id = id.value(), order = entity.value()] {
    const Result<std::string> existing = stored(kind, exchange->store->id, id);
    if (!existing.ok() && existing.code() != Code::not_found) {
      return exchange->fail(existing.status());
    }
    write(kind, std::move(*exchange), id, order,
          existing.ok() ? std::string_view(existing.value()) : std::string_view());
  });
  if (!queued) exchange->fail(503, kDatabaseBusy);
}

void Entities::remove(const EntityKind& kind, Call& call) {
  Result<std::string> message = call.message();
  if (!message.ok()) return call.exchange.fail(message.status());
  std::string id(call.variable("id"));
  const auto exchange = share(std::move(call.exchange));
  const bool queued = pool_.post([this, &kind, exchange, id = std::move(id)] {
    const Result<std::string> existing = stored(kind, exchange->store->id, id);
    if (!existing.ok()) return exchange->fail(existing.status());
    log::EncodedEvents encoded;
    const std::string event = delete_event(kind, id, ingest_.clock().now_us());
    if (Status status = ingest_.encode({event}, encoded); !status.ok())
      return exchange->fail(status);
    ingest_.append(std::move(*exchange), std::move(encoded),
                   [id](Exchange& answered, const log::AppendResult& result) {
                     send_write_reply(answered, id, result.last_sequence);
                   });
  });
  if (!queued) exchange->fail(503, kDatabaseBusy);
}

void Entities::batch(const EntityKind& kind, Call& call) {
  auto items = split_batch(kind, call.request.body, call.body_is_protobuf(), kMaxBatch);
  if (!items.ok()) return call.exchange.fail(items.status());
  const auto exchange = share(std::move(call.exchange));
  auto shared = std::make_shared<std::vector<Result<std::string>>>(std::move(items).value());
  const bool queued = pool_.post([this, &kind, exchange, shared] {
    souk::v1::BatchReply reply;
    log::EncodedEvents encoded;
    const auto reject = [&reply, &kind](std::size_t index, const Status& why) {
      auto* rejected = reply.add_rejected();
      rejected->set_index(static_cast<std::uint32_t>(index));
      std::string field = std::string(kind.list_name) + "[" + std::to_string(index) + "]";
      if (!why.field().empty()) field += "." + why.field();
      rejected->set_reason(field + ": " + why.message());
    };
    std::uint32_t written = 0;
    for (std::size_t i = 0; i < shared->size(); ++i) {
      const Result<std::string>& item = (*shared)[i];
      if (!item.ok()) {
        reject(i, item.status());
        continue;
      }
      const Result<std::string> id = entity_id(kind, item.value());
      if (!id.ok()) {
        reject(i, id.status());
        continue;
      }
      std::string existing;
      if (kind.kind == "order") {
        Result<std::string> before = stored(kind, exchange->store->id, id.value());
        if (before.ok())
          existing = std::move(before).value();
        else if (before.code() != Code::not_found)
          return exchange->fail(before.status());
      }
      auto events = upsert_events(kind, item.value(), existing, ingest_.clock().now_us());
      Status status = events.ok() ? ingest_.encode(events.value(), encoded) : events.status();
      if (!status.ok()) {
        reject(i, status);
      } else {
        ++written;
      }
    }
    if (written == 0) {
      return exchange->fail(Status(Code::invalid_argument,
                                   "none of the entities is acceptable; first: " +
                                       (reply.rejected().empty() ? std::string("there is none")
                                                                 : reply.rejected(0).reason())));
    }
    reply.set_accepted(written);
    ingest_.append(
        std::move(*exchange), std::move(encoded),
        [reply = std::move(reply)](Exchange& answered, const log::AppendResult& result) mutable {
          reply.set_last_sequence(result.last_sequence);
          answered.send_message(entity_table("souk.v1.BatchReply"), reply.SerializeAsString());
        });
  });
  if (!queued) exchange->fail(503, kDatabaseBusy);
}

}  // namespace souk::gateway
