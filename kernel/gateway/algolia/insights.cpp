#include "kernel/gateway/algolia/insights.hpp"

namespace souk::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxEvents = 1'000;
constexpr std::size_t kMaxBytes = 2U << 20U;

Response answer(int status, std::string_view message) {
  Response response;
  response.status = status;
  response.type = ContentType::json;
  response.body = "{\"status\":" + std::to_string(status) + ",\"message\":";
  append_json_string(response.body, message);
  response.body += '}';
  return response;
}

}  // namespace

void AlgoliaInsights::add_handlers(HandlerTable& table) {
  table.methods["souk.v1.AlgoliaInsights/PostEvents"] = [this](Call& call) { post(call); };
}

void AlgoliaInsights::post(Call& call) const {
  const auto refuse = [&call](int status, std::string_view message) {
    call.exchange.send(answer(status, message));
  };
  if (call.request.body.size() > kMaxBytes) return refuse(413, "The request body is too large");
  dom::parser parser;
  dom::element root;
  if (parser.parse(call.request.body.data(), call.request.body.size()).get(root) !=
      simdjson::SUCCESS) {
    return refuse(400, "Invalid JSON");
  }
  dom::array events;
  if (root["events"].get(events) != simdjson::SUCCESS || events.size() == 0) {
    return refuse(422, "Events are required");
  }
  if (events.size() > kMaxEvents) return refuse(422, "At most 1000 events are allowed");
  std::vector<std::string> made;
  for (const dom::element element : events) {
    const auto event = read_insights(element, ingest_.clock().now_us());
    if (!event.ok()) return refuse(422, event.status().message());
    append_insights(event.value(), made);
  }
  log::EncodedEvents encoded;
  if (Status status = ingest_.encode(made, encoded); !status.ok()) {
    return refuse(422, status.message());
  }
  if (encoded.empty()) return refuse(200, "OK");
  ingest_.append(
      std::move(call.exchange), std::move(encoded),
      [](Exchange& answered, const log::AppendResult&) { answered.send(answer(200, "OK")); });
}

}  // namespace souk::gateway
