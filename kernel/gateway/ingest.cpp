#include "kernel/gateway/ingest.hpp"

#include <algorithm>
#include <array>

#include "kernel/base/ids.hpp"
#include "kernel/gateway/problem.hpp"
#include "kernel/gateway/service_call.hpp"
#include "kernel/schema/pool.hpp"
#include "souk/v1/event.pb.h"
#include "souk/v1/ingest.pb.h"

namespace souk::gateway {
namespace {

bool says_ndjson(std::string_view content_type) noexcept {
  return content_type.find("ndjson") != std::string_view::npos ||
         content_type.find("jsonl") != std::string_view::npos;
}

std::string reason_text(const Status& reason) {
  return reason.field().empty() ? reason.message() : reason.field() + ": " + reason.message();
}

/// All four members are written, also when they are 0: clients add them up.
std::string reply_json(const log::AppendResult& result,
                       const std::vector<EventCollector::Rejected>& rejected) {
  std::string text = "{\"accepted\":" + std::to_string(result.accepted) +
                     ",\"duplicates\":" + std::to_string(result.duplicates) + ",\"rejected\":[";
  for (std::size_t i = 0; i < rejected.size(); ++i) {
    text += i == 0 ? "{\"index\":" : ",{\"index\":";
    text += std::to_string(rejected[i].index);
    text += ",\"reason\":";
    append_json_string(text, reason_text(rejected[i].reason));
    text += '}';
  }
  text += "],\"lastSequence\":\"" + std::to_string(result.last_sequence) + "\"}";
  return text;
}

std::string reply_wire(const log::AppendResult& result,
                       const std::vector<EventCollector::Rejected>& rejected) {
  souk::v1::PostEventsReply reply;
  reply.set_accepted(result.accepted);
  reply.set_duplicates(result.duplicates);
  reply.set_last_sequence(result.last_sequence);
  for (const auto& one : rejected) {
    auto* out = reply.add_rejected();
    out->set_index(static_cast<std::uint32_t>(one.index));
    out->set_reason(reason_text(one.reason));
  }
  return reply.SerializeAsString();
}

/// The scope for each payload of an event, looked up once.
Scope scope_to_send(std::uint32_t payload_field) {
  static const auto scopes = [] {
    std::array<Scope, 256> table{};
    for (std::uint32_t field = 0; field < table.size(); ++field) {
      table[field] = scope_of(schema::payload_scope(field));
    }
    return table;
  }();
  return payload_field < scopes.size() ? scopes[payload_field] : kScopeAdmin;
}

void refuse_all(Exchange& exchange, const std::vector<EventCollector::Rejected>& rejected) {
  const bool forbidden = std::all_of(rejected.begin(), rejected.end(), [](const auto& one) {
    return one.reason.code() == Code::permission_denied;
  });
  Problem problem;
  problem.status = forbidden ? 403 : 400;
  problem.code = forbidden ? Code::permission_denied : Code::invalid_argument;
  problem.detail =
      rejected.size() == 1 ? "the event is not acceptable" : "none of the events is acceptable";
  problem.request_id = exchange.request_id;
  for (const auto& one : rejected) {
    const std::string field = one.reason.field().empty()
                                  ? "events[" + std::to_string(one.index) + "]"
                                  : one.reason.field();
    problem.errors.emplace_back(field, one.reason.message());
    if (problem.errors.size() == 100) break;
  }
  exchange.send(problem_response(problem));
}

}  // namespace

void EventCollector::accept(std::size_t index, std::string_view wire,
                            const schema::EventFields& fields) {
  const Scope scope = scope_to_send(fields.payload_field);
  if (!key_.may(scope)) {
    const std::string name(schema::payload_json_name(fields.payload_field));
    return reject(index, {Code::permission_denied,
                          "this key may not send " + name + "; that needs the scope " +
                              std::string(scope_name(scope)),
                          "events[" + std::to_string(index) + "]"});
  }
  events.add(wire, fields);
}

void EventCollector::reject(std::size_t index, const Status& reason) {
  rejected.push_back({index, reason});
}

void Ingest::add_handlers(HandlerTable& table) {
  table.methods["souk.v1.Ingest/PostEvents"] = [this](Call& call) { post_events(call); };
}

schema::IntakeOptions Ingest::options(const Call& call) const {
  schema::IntakeOptions options;
  options.received_us = clock_.now_us();
  options.types = &call.surface.types;
  return options;
}

void Ingest::post_events(Call& call) const {
  schema::IntakeOptions intake = options(call);
  EventCollector collected(*call.key);
  Status status;
  if (call.body_is_protobuf()) {
    collected.events.reserve(64, call.request.body.size() + 512);
    status = call.worker.intake.from_wire(call.request.body, intake, collected);
  } else {
    intake.ndjson = says_ndjson(call.request.header(Header::content_type));
    collected.events.reserve(64, call.request.body.size() / 2 + 512);
    status = call.worker.intake.from_json(call.request.body, intake, collected);
  }
  if (!status.ok()) {
    // A body past a limit is too large, not too much asked for at once.
    if (status.code() == Code::resource_exhausted) {
      return call.exchange.fail(413, status.message());
    }
    return call.exchange.fail(status);
  }
  call.exchange.store->events_rejected += collected.rejected.size();
  if (collected.events.empty()) return refuse_all(call.exchange, collected.rejected);
  append(std::move(call.exchange), std::move(collected.events),
         [rejected = std::move(collected.rejected)](Exchange& exchange,
                                                    const log::AppendResult& result) {
           Response response;
           response.status = 202;
           if (exchange.wants_protobuf) {
             response.type = ContentType::protobuf;
             response.body = reply_wire(result, rejected);
           } else {
             response.type = ContentType::json;
             response.body = reply_json(result, rejected);
           }
           exchange.send(std::move(response));
         });
}

Status Ingest::encode(const std::vector<std::string>& made, log::EncodedEvents& out) const {
  // An intake a thread, as everywhere: it keeps its buffers.
  thread_local schema::EventIntake intake;
  schema::IntakeOptions options;
  options.received_us = clock_.now_us();
  for (const std::string& wire : made) {
    std::string named = wire;
    if (wire_string(wire, souk::v1::Event::kIdFieldNumber).empty()) {
      schema::append_event_id(named, base::new_uuid(options.received_us));
    }
    std::string_view event;
    schema::EventFields fields;
    if (Status status = intake.from_event(named, options, event, fields); !status.ok())
      return status;
    out.add(event, fields);
  }
  return {};
}

void Ingest::append(Exchange exchange, log::EncodedEvents events, AppendAnswer answer) const {
  struct Waiting {
    Exchange exchange;
    AppendAnswer answer;
    std::size_t count;
  };
  const std::string& store = exchange.store->id;
  const std::size_t count = events.size();
  exchange.store->events_waiting += count;
  auto waiting = std::make_shared<Waiting>(Waiting{std::move(exchange), std::move(answer), count});
  log_.append(store, std::move(events), [waiting](const Result<log::AppendResult>& result) {
    Store& counters = *waiting->exchange.store;
    counters.events_waiting -= waiting->count;
    if (!result.ok()) return waiting->exchange.fail(result.status());
    counters.events_accepted += result->accepted;
    counters.events_duplicate += result->duplicates;
    waiting->answer(waiting->exchange, *result);
  });
}

}  // namespace souk::gateway
