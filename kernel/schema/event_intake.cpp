#include "kernel/schema/event_intake.hpp"

#include <cstring>

#include "kernel/base/ids.hpp"
#include "kernel/schema/complete_payload.hpp"
#include "kernel/schema/json_reader.hpp"
#include "kernel/schema/pool.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace {

constexpr std::size_t kKeptBytes = std::size_t{4} << 20;
constexpr std::int64_t kEarliestUs = 946'684'800'000'000;  // 2000-01-01T00:00:00Z
constexpr std::uint32_t kCustomPayload = 15;

const MessageTable& event_table() {
  static const MessageTable& table = *DescriptorPool::builtin().message("souk.v1.Event");
  return table;
}

Status bad_body(std::string message) { return {Code::invalid_argument, std::move(message)}; }

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

/// One object a line: the first line closes what it opens and another object follows. In no single
/// JSON text does '{' follow on '}' without a comma.
bool looks_like_ndjson(std::string_view body) noexcept {
  body = trimmed(body);
  const std::size_t newline = body.find('\n');
  if (newline == std::string_view::npos || !body.starts_with('{')) return false;
  return trimmed(body.substr(0, newline)).ends_with('}') &&
         trimmed(body.substr(newline)).starts_with('{');
}

}  // namespace

struct EventIntake::State {
  JsonIndexer indexer;
  WireBuffer buffer;
  JsonReader reader{buffer};
  std::string completed;
  std::string stripped;
  std::string tail;
  JsonReadOptions read_options;
  const IntakeOptions* options = nullptr;

  void begin(const IntakeOptions& given);
  void end() {
    indexer.shrink(kKeptBytes);
    buffer.shrink(kKeptBytes);
  }

  Status read_body(std::string_view body, EventSink& sink);
  Status read_envelope(EventSink& sink);
  Status read_array(std::string_view prefix, EventSink& sink, std::size_t& count);
  Status read_lines(std::string_view body, EventSink& sink);
  void read_line(std::size_t index, const std::uint32_t* end, EventSink& sink);
  [[nodiscard]] bool holds_events();

  Status complete(std::string_view wire, bool in_buffer, std::string_view& event,
                  EventFields& fields);
  Status check_time(const EventFields& fields) const;
  Status check_custom(const EventFields& fields) const;
  void deliver(std::size_t index, std::string_view prefix, std::string_view wire, bool in_buffer,
               EventSink& sink);
  void reject(std::size_t index, std::string_view prefix, const Status& status, EventSink& sink);
};

void EventIntake::State::begin(const IntakeOptions& given) {
  options = &given;
  read_options = JsonReadOptions{};
  read_options.ignore_unknown = given.ignore_unknown;
  read_options.partial = true;  // `id` may be missing here
  read_options.finite_numbers = true;
  read_options.types = given.types;
  read_options.limits = given.limits;
}

void EventIntake::State::reject(std::size_t index, std::string_view prefix, const Status& status,
                                EventSink& sink) {
  std::string path(prefix);
  path += "[" + std::to_string(index) + "]";
  if (!status.field().empty()) {
    if (status.field().front() != '[') path += '.';
    path += status.field();
  }
  sink.reject(index, Status(status.code(), status.message(), std::move(path)));
}

Status EventIntake::State::check_time(const EventFields& fields) const {
  if (!fields.has_time) return {};
  if (fields.time_us < kEarliestUs) {
    return {Code::invalid_argument, "is before 2000-01-01; events carry the time they happened",
            "time"};
  }
  if (fields.time_us > options->received_us + options->max_ahead_us) {
    return {Code::invalid_argument,
            "is more than " + format_duration_ms(options->max_ahead_us / 1000) +
                " in the future; check the sender's clock",
            "time"};
  }
  return {};
}

Status EventIntake::State::check_custom(const EventFields& fields) const {
  if (fields.payload_field != kCustomPayload || options->types == nullptr) return {};
  const MessageTable* table = options->types->find_type(fields.custom_type);
  if (table == nullptr) return {};
  WireCheckOptions checks;
  checks.finite_numbers = true;
  checks.limits = options->limits;
  const Status status = validate_wire(*table, fields.custom_data, checks);
  if (status.ok()) return {};
  return {status.code(), status.message(), "custom.data." + status.field()};
}

/// Applies the rules of the envelope to a valid event. `event` is the given wire, or a changed
/// copy.
Status EventIntake::State::complete(std::string_view wire, bool in_buffer, std::string_view& event,
                                    EventFields& fields) {
  if (wire.size() > options->max_event_bytes) {
    return {Code::invalid_argument, "has " + std::to_string(wire.size()) + " bytes; at most " +
                                        std::to_string(options->max_event_bytes) +
                                        " are allowed for one event"};
  }
  if (!scan_event(wire, fields)) return {Code::invalid_argument, "is malformed"};
  if (fields.payload_field == 0) {
    return {Code::invalid_argument, "needs a payload, such as productViewed"};
  }
  if (fields.has_many_payloads) {
    return {Code::invalid_argument, "has more than one payload; send one event for each"};
  }
  if (fields.id.empty() && !options->generate_ids) {
    return {Code::invalid_argument, "is required: 1 to 128 bytes, unique in the store", "id"};
  }
  Status status = check_time(fields);
  if (status.ok()) status = check_custom(fields);
  if (!status.ok()) return status;
  if (complete_event(wire, fields, completed)) {
    wire = completed;
    in_buffer = false;
    if (!scan_event(wire, fields)) return {Code::internal, "a completed event does not scan"};
  }
  event = wire;
  const bool has_id = !fields.id.empty();
  if (has_id && fields.has_time && !fields.has_kernel_fields) return {};

  tail.clear();
  if (!has_id) append_event_id(tail, base::new_uuid(options->received_us));
  if (!fields.has_time) append_event_time(tail, options->received_us);
  if (fields.has_kernel_fields) {
    stripped.clear();
    if (!append_without_kernel_fields(wire, stripped)) {
      return {Code::invalid_argument, "is malformed"};
    }
    stripped += tail;
    event = stripped;
  } else {
    if (!in_buffer) {
      buffer.clear();
      buffer.append(wire);
    }
    buffer.append(tail);
    event = buffer.view();
  }
  if (!scan_event(event, fields)) return {Code::internal, "a completed event does not scan"};
  return {};
}

void EventIntake::State::deliver(std::size_t index, std::string_view prefix, std::string_view wire,
                                 bool in_buffer, EventSink& sink) {
  EventFields fields;
  std::string_view event;
  const Status status = complete(wire, in_buffer, event, fields);
  if (status.ok()) {
    sink.accept(index, event, fields);
  } else {
    reject(index, prefix, status, sink);
  }
}

Status EventIntake::State::read_array(std::string_view prefix, EventSink& sink,
                                      std::size_t& count) {
  if (reader.peek() != '[') {
    return {Code::invalid_argument, "must be an array of events", std::string(prefix)};
  }
  reader.next();
  bool more = reader.peek() != ']';
  if (!more) reader.next();
  for (count = 0; more; ++count) {
    if (count == options->max_events) {
      return {Code::invalid_argument,
              "has more than " + std::to_string(options->max_events) +
                  " events; send them in several requests",
              std::string(prefix)};
    }
    const std::uint32_t* const token = reader.position();
    buffer.clear();
    if (reader.read_message(event_table(), 1)) {
      deliver(count, prefix, buffer.view(), true, sink);
    } else {
      if (reader.failure().syntax) return reader.failure().status();
      const Status reason = reader.failure().status();
      // The rest of a bad event must be JSON all the same, or nothing behind it can be trusted.
      reader.seek(token);
      if (!reader.skip_value(1)) return reader.failure().status();
      reject(count, prefix, reason, sink);
    }
    if (!reader.read_separator(']', more)) return reader.failure().status();
  }
  return {};
}

/// An object: does it hold `events`, rather than being an event itself?
bool EventIntake::State::holds_events() {
  const std::uint32_t* const token = reader.position();
  reader.next();
  bool found = false;
  bool more = reader.peek() != '}';
  while (more && !found) {
    std::string_view name;
    if (!reader.read_raw_name(name)) break;
    found = name == "events";
    if (found || event_table().find(name) != nullptr) break;
    if (!reader.skip_value(1) || !reader.read_separator('}', more)) break;
  }
  reader.seek(token);
  return found;
}

Status EventIntake::State::read_envelope(EventSink& sink) {
  reader.next();
  bool more = true;
  bool found = false;
  std::size_t count = 0;
  while (more) {
    std::string_view name;
    if (!reader.read_raw_name(name)) return reader.failure().status();
    if (name == "events") {
      if (found) return {Code::invalid_argument, "is given twice", "events"};
      found = true;
      Status status = read_array("events", sink, count);
      if (!status.ok()) return status;
    } else if (options->ignore_unknown) {
      if (!reader.skip_value(2)) return reader.failure().status();
    } else {
      return {Code::invalid_argument,
              "is not a field of souk.v1.PostEventsRequest; allowed: events",
              std::string(name.substr(0, 100))};
    }
    if (!reader.read_separator('}', more)) return reader.failure().status();
  }
  if (count == 0) return {Code::invalid_argument, "holds no event", "events"};
  return {};
}

Status EventIntake::State::read_body(std::string_view body, EventSink& sink) {
  JsonTokens tokens;
  if (const char* wrong = indexer.index(body, tokens)) {
    return bad_body(std::string("is not valid JSON: ") + wrong);
  }
  reader.start(tokens, read_options);
  std::size_t count = 0;
  Status status;
  if (reader.peek() == '[') {
    status = read_array("", sink, count);
    if (status.ok() && count == 0) status = bad_body("holds no event");
  } else if (reader.peek() == '{' && holds_events()) {
    status = read_envelope(sink);
  } else if (reader.peek() == '{') {
    buffer.clear();
    if (reader.read_message(event_table(), 1)) {
      if (reader.at_end()) deliver(0, "", buffer.view(), true, sink);
    } else {
      const Status reason = reader.failure().status();
      if (reader.failure().syntax) return reason;
      reader.seek(tokens.begin);
      if (!reader.skip_value(1)) return reader.failure().status();
      if (reader.at_end()) reject(0, "", reason, sink);
    }
  } else {
    return bad_body("must be an object with events, an array of events, or one event a line");
  }
  if (status.ok() && !reader.at_end()) {
    reader.fail_syntax("expected the end");
    status = reader.failure().status();
  }
  return status;
}

void EventIntake::State::read_line(std::size_t index, const std::uint32_t* end, EventSink& sink) {
  reader.set_end(end);
  buffer.clear();
  bool good = reader.read_message(event_table(), 1);
  if (good && !reader.at_end()) good = reader.fail_syntax("one event a line is allowed");
  if (good) {
    deliver(index, "", buffer.view(), true, sink);
  } else {
    reject(index, "", reader.failure().status(), sink);
  }
}

Status EventIntake::State::read_lines(std::string_view body, EventSink& sink) {
  // Tokens of the whole body at once are quicker; a line with an open string makes that impossible,
  // and each line is then looked at alone.
  JsonTokens all;
  const bool whole = indexer.index(body, all) == nullptr;
  const std::uint32_t* token = all.begin;
  if (whole) reader.start(all, read_options);
  std::size_t index = 0;
  for (std::size_t begin = 0; begin < body.size();) {
    std::size_t end = body.find('\n', begin);
    if (end == std::string_view::npos) end = body.size();
    const std::string_view line = trimmed(body.substr(begin, end - begin));
    begin = end + 1;
    const std::uint32_t* const first = token;
    while (whole && token < all.end && *token < end)
      ++token;
    if (line.empty()) continue;
    if (index == options->max_events) {
      return bad_body("has more than " + std::to_string(options->max_events) +
                      " events; send them in several requests");
    }
    if (whole) {
      reader.seek(first);
      read_line(index, token, sink);
    } else {
      JsonTokens own;
      if (const char* wrong = indexer.index(line, own)) {
        reject(index, "", bad_body(std::string("is not valid JSON: ") + wrong), sink);
      } else {
        reader.start(own, read_options);
        read_line(index, own.end, sink);
      }
    }
    ++index;
  }
  return index == 0 ? bad_body("holds no event") : Status{};
}

EventIntake::EventIntake() : state_(std::make_unique<State>()) {}
EventIntake::~EventIntake() = default;
EventIntake::EventIntake(EventIntake&&) noexcept = default;
EventIntake& EventIntake::operator=(EventIntake&&) noexcept = default;

Status EventIntake::from_json(std::string_view body, const IntakeOptions& options,
                              EventSink& sink) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  if (body.size() > options.limits.max_bytes) {
    return bad_body("has " + std::to_string(body.size()) + " bytes; at most " +
                    std::to_string(options.limits.max_bytes) + " are allowed");
  }
  state_->begin(options);
  Status status = options.ndjson || looks_like_ndjson(body) ? state_->read_lines(body, sink)
                                                            : state_->read_body(body, sink);
  state_->end();
  return status;
}

Status EventIntake::from_wire(std::string_view body, const IntakeOptions& options,
                              EventSink& sink) {
  if (body.size() > options.limits.max_bytes) {
    return bad_body("has " + std::to_string(body.size()) + " bytes; at most " +
                    std::to_string(options.limits.max_bytes) + " are allowed");
  }
  state_->begin(options);
  WireCheckOptions checks;
  checks.partial = true;
  checks.finite_numbers = true;
  checks.limits = options.limits;
  WireReader reader(body);
  std::size_t index = 0;
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    std::string_view wire;
    if (!reader.tag(number, type)) return bad_body("is not a souk.v1.PostEventsRequest");
    if (number != 1 || type != WireType::length) {
      if (!reader.skip(type)) return bad_body("is not a souk.v1.PostEventsRequest");
      continue;
    }
    if (!reader.bytes(wire)) return bad_body("is cut off");
    if (index == options.max_events) {
      return bad_body("has more than " + std::to_string(options.max_events) +
                      " events; send them in several requests");
    }
    const Status status = validate_wire(event_table(), wire, checks);
    if (status.ok()) {
      state_->deliver(index, "events", wire, false, sink);
    } else {
      state_->reject(index, "events", status, sink);
    }
    ++index;
  }
  state_->end();
  return index == 0 ? bad_body("holds no event") : Status{};
}

Status EventIntake::from_event(std::string_view wire, const IntakeOptions& options,
                               std::string_view& event, EventFields& fields) {
  state_->begin(options);
  WireCheckOptions checks;
  checks.partial = true;
  checks.finite_numbers = true;
  checks.limits = options.limits;
  Status status = validate_wire(event_table(), wire, checks);
  if (status.ok()) status = state_->complete(wire, false, event, fields);
  return status;
}

}  // namespace souk::schema
