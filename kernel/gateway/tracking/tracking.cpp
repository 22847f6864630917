#include "kernel/gateway/tracking/tracking.hpp"

#include "kernel/base/logging.hpp"
#include "kernel/gateway/credentials.hpp"
#include "kernel/gateway/problem.hpp"
#include "kernel/gateway/tracking/pixel.hpp"
#include "kernel/gateway/tracking/tracker_context.hpp"
#include "kernel/gateway/tracking/translate.hpp"
#include "kernel/gateway/tracking/vocabulary.hpp"

namespace souk::gateway {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kSuccess = "{\"success\":true}";
constexpr std::int64_t kNoteEveryUs = 10'000'000;

void answer(Exchange& exchange, bool gif) {
  Response response;
  response.type = gif ? ContentType::gif : ContentType::json;
  response.body = gif ? transparent_gif() : kSuccess;
  if (gif) response.headers = "Cache-Control: no-store\r\n";
  exchange.send(std::move(response));
}

/// The events of a body: those of `batch`, or the body itself.
std::vector<object> events_of(const object& body, std::size_t& no_objects) {
  std::vector<object> events;
  element found;
  simdjson::dom::array batch;
  if (!find_member(body, {"batch"}, found)) return {body};
  if (found.get(batch) != simdjson::SUCCESS) return {};
  for (const element one : batch) {
    object event;
    if (one.get(event) == simdjson::SUCCESS) {
      events.push_back(event);
    } else {
      ++no_objects;
    }
  }
  return events;
}

TrackingFrame frame_of(const object& body, std::int64_t received_us) {
  TrackingFrame frame;
  frame.received_us = received_us;
  const std::string sent = text_of(body, {"sentAt"});
  std::int64_t sent_us = 0;
  if (parse_tracker_time(sent, sent_us)) frame.sent_us = sent_us;
  element found;
  if (find_member(body, {"batch"}, found) && find_member(body, {"context"}, found)) {
    frame.has_context = found.get(frame.context) == simdjson::SUCCESS;
  }
  return frame;
}

}  // namespace

void Tracking::add_handlers(HandlerTable& table) {
  const auto add = [&table](HttpMethod method, std::string path, Handler handler) {
    PlainRoute route;
    route.method = method;
    route.path = std::move(path);
    route.scope = kScopeEvents;
    route.own_auth = true;
    route.handler = std::move(handler);
    table.plain.push_back(std::move(route));
  };
  static constexpr std::pair<const char*, const char*> kSingle[] = {
      {"t", "track"},  {"i", "identify"}, {"p", "page"},
      {"s", "screen"}, {"g", "group"},    {"a", "alias"}};
  for (const auto& [letter, name] : kSingle) {
    const Handler handler = [this, type = std::string_view(name)](Call& call) {
      track(call, type, false);
    };
    add(HttpMethod::post, std::string("/v1/") + letter, handler);
    add(HttpMethod::post, std::string("/v1/") + name, handler);
  }
  const Handler batch = [this](Call& call) { track(call, {}, false); };
  for (const char* path : {"/v1/b", "/v1/batch", "/beacon/v1/batch"})
    add(HttpMethod::post, path, batch);
  add(HttpMethod::post, "/v1/import", [this](Call& call) { track(call, {}, true); });
  for (const char* path : {"/v1/m", "/rsaMetrics", "/rsaRequest"}) {
    add(HttpMethod::post, path, [](Call& call) { accept_silently(call); });
  }
  for (const char* name : {"track", "page"}) {
    add(HttpMethod::get, std::string("/pixel/v1/") + name,
        [this, type = std::string_view(name)](Call& call) { pixel(call, type); });
  }
  add(HttpMethod::get, "/v1/projects/{key}/settings",
      [this](Call& call) { segment_settings(call); });
  for (const char* path : {"/sourceConfig", "/sourceConfig/"}) {
    add(HttpMethod::get, path, [this](Call& call) { source_config(call); });
  }
}

bool Tracking::admit(Call& call, std::string_view body_key) {
  const Credentials header = credentials_of(call.request.header(Header::authorization));
  std::string_view key = header.key;
  if (key.empty()) key = body_key;
  if (key.empty()) key = call.parameter("writeKey");
  if (key.empty()) {
    Door::add_cors(call);
    call.exchange.fail(
        401, "a write key is needed: as Basic user, as writeKey in the body or the query");
    return false;
  }
  return door_.admit_key(call, key, kScopeEvents);
}

void Tracking::accept_silently(Call& call) {
  Door::add_cors(call);
  answer(call.exchange, false);
}

void Tracking::note_rejected(Store& store, std::string_view type, const Status& reason) {
  ++store.events_rejected;
  store.rejections.add(ingest_.clock().now_us(), type, reason);
  // One line in ten seconds: a broken tracker must not fill the disk.
  const std::int64_t now = ingest_.clock().monotonic_us();
  std::int64_t last = last_note_us_.load(std::memory_order_relaxed);
  if (last != 0 && now - last < kNoteEveryUs) return;
  if (!last_note_us_.compare_exchange_strong(last, now)) return;
  base::log_warning("gateway", "a tracker's event was rejected",
                    {{"store", store.id},
                     {"field", reason.field()},
                     {"reason", reason.message()},
                     {"rejected_in_all", store.events_rejected.load()}});
}

Status Tracking::take(const object& event, const TrackingFrame& frame,
                      const schema::IntakeOptions& options, schema::EventIntake& intake,
                      log::EncodedEvents& out) const {
  Status status;
  TrackingFrame attempt = frame;
  for (const bool as_it_came : {false, true}) {
    attempt.as_it_came = as_it_came;
    std::string wire;
    status = translate_event(event, attempt, wire);
    if (!status.ok()) return status;
    if (wire.size() > limits_.max_event_bytes) {
      return Status(Code::invalid_argument, "an event has at most 32 KiB");
    }
    std::string_view fit;
    schema::EventFields fields;
    status = intake.from_event(wire, options, fit, fields);
    if (!status.ok()) continue;
    out.add(fit, fields);
    return status;
  }
  return status;
}

void Tracking::track(Call& call, std::string_view type, bool import_times) {
  const std::string_view body = call.request.body;
  thread_local simdjson::dom::parser parser;
  element root;
  object top;
  const bool fits = body.size() <= limits_.max_batch_bytes;
  const bool read = fits && parser.parse(body.data(), body.size()).get(root) == simdjson::SUCCESS &&
                    root.get(top) == simdjson::SUCCESS;
  // The key may stand in the body only, so the body is read first.
  if (!admit(call, read ? text_of(top, {"writeKey"}) : std::string())) return;
  if (!fits) return call.exchange.fail(413, "a tracking request has at most 4 MiB");
  if (!read) return call.exchange.fail(400, "the body is not a JSON object");

  TrackingFrame frame = frame_of(top, ingest_.clock().now_us());
  frame.type = type;
  frame.keep_times = import_times;
  std::string anonymous;
  if (base64_decode(call.request.header(Header::anonymous_id), anonymous) && is_utf8(anonymous)) {
    frame.anonymous_id = anonymous;
  }
  std::size_t no_objects = 0;
  const std::vector<object> events = events_of(top, no_objects);
  if (events.size() > limits_.max_events) {
    return call.exchange.fail(413, "a batch has at most 10,000 events");
  }
  log::EncodedEvents encoded;
  const schema::IntakeOptions options = ingest_.options(call);
  Store& store = *call.exchange.store;
  for (std::size_t i = 0; i < no_objects; ++i)
    note_rejected(store, {}, {Code::invalid_argument, "an event must be an object"});
  for (const object& event : events) {
    const Status status = take(event, frame, options, call.worker.intake, encoded);
    if (status.ok()) continue;
    note_rejected(store, type.empty() ? std::string_view(text_of(event, {"type"})) : type, status);
  }
  if (encoded.empty()) return answer(call.exchange, false);
  ingest_.append(std::move(call.exchange), std::move(encoded),
                 [](Exchange& exchange, const log::AppendResult&) { answer(exchange, false); });
}

void Tracking::pixel(Call& call, std::string_view type) {
  if (!admit(call, {})) return;
  const std::string json = pixel_event(call.worker.target.query());
  simdjson::dom::parser parser;
  element root;
  object event;
  Status status;
  log::EncodedEvents encoded;
  if (parser.parse(json).get(root) != simdjson::SUCCESS || root.get(event) != simdjson::SUCCESS) {
    status = Status(Code::invalid_argument, "the query is not an event");
  } else {
    TrackingFrame frame;
    frame.received_us = ingest_.clock().now_us();
    frame.type = type;
    status = take(event, frame, ingest_.options(call), call.worker.intake, encoded);
  }
  if (!status.ok()) {
    note_rejected(*call.exchange.store, type, status);
    return answer(call.exchange, true);
  }
  ingest_.append(std::move(call.exchange), std::move(encoded),
                 [](Exchange& exchange, const log::AppendResult&) { answer(exchange, true); });
}

void Tracking::segment_settings(Call& call) {
  const std::string key(call.variable("key"));
  if (!door_.admit_key(call, key, kScopeEvents)) return;
  // What the browser SDK needs is where to send: here.
  const std::string_view host = call.request.header(Header::host);
  const std::string_view proxy = call.request.header(Header::forwarded_proto);
  const bool secure = call.request.tls || proxy == "https";
  std::string body = "{\"integrations\":{\"Segment.io\":{\"apiKey\":";
  append_json_string(body, key);
  body += ",\"apiHost\":";
  append_json_string(body, std::string(host) + "/v1");
  body += secure ? ",\"protocol\":\"https\"" : ",\"protocol\":\"http\"";
  body +=
      "}},\"plan\":{\"track\":{\"__default\":{\"enabled\":true,\"integrations\":{}}},"
      "\"identify\":{\"__default\":{\"enabled\":true}},\"group\":{\"__default\":{\"enabled\":true}}"
      "},"
      "\"edgeFunction\":{},\"middlewareSettings\":{},\"enabledMiddleware\":{},"
      "\"metrics\":{\"sampleRate\":0},\"legacyVideoPluginsEnabled\":false,\"remotePlugins\":[]}";
  call.exchange.send_json(std::move(body));
}

void Tracking::source_config(Call& call) {
  if (!admit(call, {})) return;
  const std::string& store = call.exchange.store->id;
  std::string body = "{\"source\":{\"id\":";
  append_json_string(body, store);
  body += ",\"name\":";
  append_json_string(body, store);
  body +=
      ",\"enabled\":true,\"workspaceId\":\"souk\",\"config\":{\"statsCollection\":{\"errors\":"
      "{\"enabled\":false},\"metrics\":{\"enabled\":false}}},\"destinations\":[],"
      "\"connections\":[]},\"updatedAt\":\"2026-01-01T00:00:00.000Z\"}";
  call.exchange.send_json(std::move(body));
}

}  // namespace souk::gateway
