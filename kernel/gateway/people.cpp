#include "kernel/gateway/people.hpp"

#include <cstring>

#include "kernel/base/ids.hpp"
#include "kernel/gateway/service_call.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "kernel/schema/pool.hpp"
#include "souk/v1/entity_services.pb.h"

namespace souk::gateway {
namespace {

constexpr std::int64_t kFoldTimeoutMs = 60'000;
constexpr std::size_t kOrdersAtOnce = 1'000;
constexpr std::size_t kHeadsAtOnce = 4'096;
constexpr std::size_t kMaxExportBytes = 64U << 20U;
constexpr std::string_view kEraserBusy = "too many requests wait for the database";

const schema::MessageTable& people_table(std::string_view name) {
  return *schema::DescriptorPool::builtin().message(name);
}

/// Walks every order of the person; `visit` gets the row and answers whether to go on.
template <class Visit>
Status for_each_order(storage::Database& database, const std::string& store,
                      const std::string& person, Visit&& visit) {
  std::string after;
  for (;;) {
    auto rows = database.entities(store, "order", after, kOrdersAtOnce);
    if (!rows.ok()) return rows.status();
    for (const storage::EntityRow& row : rows.value()) {
      if (wire_string(row.data, souk::v1::Order::kShopperIdFieldNumber) != person) continue;
      if (Status status = visit(row); !status.ok()) return status;
    }
    if (rows->size() < kOrdersAtOnce) return {};
    after = rows->back().id;
  }
}

bool mentions(const storage::EventRow& head, std::uint32_t person) noexcept {
  for (std::size_t at = 0; at + 4 <= head.people.size(); at += 4) {
    std::uint32_t one = 0;
    for (std::size_t i = 4; i-- > 0;) {
      one = (one << 8U) | static_cast<unsigned char>(head.people[at + i]);
    }
    if (one == person) return true;
  }
  return false;
}

}  // namespace

void People::add_handlers(HandlerTable& handlers) {
  handlers.methods["souk.v1.Customers/EraseCustomer"] = [this](Call& call) { erase(call); };
  handlers.methods["souk.v1.Customers/ExportCustomer"] = [this](Call& call) { export_all(call); };
}

void People::erase(Call& call) {
  Result<std::string> message = call.message();
  if (!message.ok()) return call.exchange.fail(message.status());
  const std::string person(call.variable("id"));
  souk::v1::Event event;
  const std::int64_t now_us = ingest_.clock().now_us();
  event.set_id(base::new_uuid(now_us));
  event.set_channel(souk::v1::Event::API);
  event.set_shopper_id(person);
  event.mutable_customer_erased()->set_customer_id(person);
  std::string_view wire;
  schema::EventFields fields;
  const Status status =
      call.worker.intake.from_event(event.SerializeAsString(), ingest_.options(call), wire, fields);
  if (!status.ok()) return call.exchange.fail(status);
  log::EncodedEvents encoded;
  encoded.add(wire, fields);
  ingest_.append(std::move(call.exchange), std::move(encoded),
                 [this, person](Exchange& exchange, const log::AppendResult& result) {
                   auto shared = std::make_shared<Exchange>(std::move(exchange));
                   const std::uint64_t sequence = result.last_sequence;
                   const bool queued = pool_.post(
                       [this, shared, person, sequence] { forget(*shared, person, sequence); });
                   if (!queued) shared->fail(503, kEraserBusy);
                 });
}

void People::forget(Exchange& exchange, const std::string& person, std::uint64_t sequence) {
  const std::string& store = exchange.store->id;
  const auto unfinished = [&exchange](const Status& status) {
    exchange.fail(
        Status(status.code(),
               "erasing has begun and is not complete; repeat the request: " + status.message()));
  };
  if (!parts_.host.wait_folded(store, sequence, kFoldTimeoutMs)) {
    return unfinished(Status(Code::unavailable, "a plugin has not folded the event yet"));
  }
  // What names the person is read before it is gone, and each step leaves it to the next: cut off
  // anywhere, the request can be repeated.
  const auto traces = log::find_traces(parts_.database, store, person);
  if (!traces.ok()) return unfinished(traces.status());
  if (Status status = replace_snapshots(store); !status.ok()) return unfinished(status);
  if (Status status = parts_.host.forget_person(store, *traces); !status.ok()) {
    return unfinished(status);
  }
  if (Status status = purge_tables(store, person); !status.ok()) return unfinished(status);
  const auto removed = parts_.log.erase_person(store, person);
  if (!removed.ok()) return unfinished(removed.status());
  if (Status status = parts_.database.scrub(); !status.ok()) return unfinished(status);
  souk::v1::EraseReply reply;
  reply.set_id(person);
  reply.set_sequence(sequence);
  reply.set_events_removed(removed.value());
  exchange.send_message(people_table("souk.v1.EraseReply"), reply.SerializeAsString());
}

Status People::purge_tables(const std::string& store, const std::string& person) {
  if (Status status = parts_.database.purge_entity(store, "customer", person); !status.ok()) {
    return status;
  }
  std::vector<std::string> orders;
  Status status =
      for_each_order(parts_.database, store, person, [&](const storage::EntityRow& row) {
        orders.push_back(row.id);
        return Status();
      });
  for (const std::string& order : orders) {
    if (!status.ok()) break;
    status = parts_.database.purge_entity(store, "order", order);
  }
  return status;
}

Status People::replace_snapshots(const std::string& store) {
  if (Status status = parts_.host.snapshot_now(store); !status.ok()) return status;
  // Older snapshots still hold the person. The newest of each instance is kept over the drop, so
  // that nobody has to replay; instances that do not run now will build themselves anew from the
  // log.
  struct Kept {
    storage::SnapshotInfo info;
    std::string bytes;
  };
  std::vector<Kept> kept;
  for (const host::InstanceStatus& instance : parts_.host.instances(store)) {
    if (instance.state != host::InstanceState::running) continue;
    const auto infos = parts_.database.snapshots(instance.key);
    if (!infos.ok()) return infos.status();
    if (infos->empty()) continue;
    auto bytes = parts_.database.load_snapshot(infos->front().id);
    if (!bytes.ok()) return bytes.status();
    kept.push_back({infos->front(), std::move(bytes).value()});
  }
  if (Status status = parts_.database.drop_snapshots(store); !status.ok()) return status;
  for (const Kept& one : kept) {
    if (Status status = parts_.database.save_snapshot(one.info, one.bytes, 1); !status.ok()) {
      return status;
    }
  }
  return {};
}

void People::export_all(Call& call) {
  Result<std::string> message = call.message();
  if (!message.ok()) return call.exchange.fail(message.status());
  auto exchange = std::make_shared<Exchange>(std::move(call.exchange));
  const std::string person(call.variable("id"));
  const bool queued = pool_.post([this, exchange, person] {
    const Result<std::string> all = collect(exchange->store->id, person);
    if (!all.ok()) return exchange->fail(all.status());
    if (all->empty()) {
      return exchange->fail(Status(Code::not_found, "nothing is held about " + person));
    }
    exchange->send_message(people_table("souk.v1.CustomerExport"), all.value());
  });
  if (!queued) exchange->fail(503, kEraserBusy);
}

Result<std::string> People::collect(const std::string& store, const std::string& person) {
  std::string out;
  const auto customer = parts_.database.entity(store, "customer", person);
  if (customer.ok()) {
    append_bytes_field(out, 1, customer->data);
  } else if (customer.code() != Code::not_found) {
    return customer.status();
  }
  Status status =
      for_each_order(parts_.database, store, person, [&](const storage::EntityRow& row) {
        append_bytes_field(out, 2, row.data);
        return Status();
      });
  if (status.ok()) status = collect_events(store, person, out);
  if (!status.ok()) return status;
  return out;
}

Status People::collect_events(const std::string& store, const std::string& person,
                              std::string& out) {
  const std::uint32_t hash = log::person_hash(person);
  std::uint64_t from = parts_.log.first_sequence(store);
  for (;;) {
    const auto heads = parts_.database.read_event_heads(store, from, kHeadsAtOnce);
    if (!heads.ok()) return heads.status();
    if (heads->empty()) return {};
    for (const storage::EventRow& head : heads.value()) {
      from = head.first_sequence + head.count;
      if (!mentions(head, hash)) continue;
      const auto batches = parts_.log.read(store, head.first_sequence, 1);
      if (!batches.ok()) return batches.status();
      for (const log::BatchPtr& batch : batches.value()) {
        for (const log::LoggedEvent& event : batch->events()) {
          // Rows may be merged between the head and the read.
          if (event.sequence < head.first_sequence || event.sequence >= from) continue;
          if (event.fields.shopper_id != person) continue;
          std::string wire(event.wire);
          schema::append_event_received(wire, event.received_us);
          schema::append_event_sequence(wire, event.sequence);
          append_bytes_field(out, 3, wire);
        }
      }
      if (out.size() > kMaxExportBytes) {
        return Status(Code::failed_precondition,
                      "more is held than fits into one answer (64 MiB); use `souk log export`");
      }
    }
  }
}

}  // namespace souk::gateway
