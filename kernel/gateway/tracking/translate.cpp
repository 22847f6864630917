#include "kernel/gateway/tracking/translate.hpp"

#include <algorithm>
#include <cstring>

#include "kernel/base/ids.hpp"
#include "kernel/gateway/tracking/properties.hpp"
#include "kernel/gateway/tracking/tracker_context.hpp"
#include "kernel/gateway/tracking/vocabulary.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "kernel/schema/event_scanner.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/pool.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway {
namespace {

namespace pb = souk::v1;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxEventId = 128;

const schema::MessageTable& event_table(std::string_view name) {
  return *schema::DescriptorPool::builtin().message(name);
}

Status missing(const char* field, const char* what) {
  return Status(Code::invalid_argument, what, field);
}

/// Appends a google.protobuf.Struct field from a member, when it is an object.
void append_struct(const schema::MessageTable& message, std::string_view field, const object& event,
                   std::initializer_list<std::string_view> path, std::string& out) {
  element found;
  const schema::Field* place = message.find(field);
  if (place == nullptr || !find_member(event, path, found) || !found.is_object()) return;
  // A tracker's free-form data is kept whole or, where it can't be read, left out.
  (void)schema::json_to_field(*place, simdjson::minify(found), out);
}

void append_field(std::string& out, std::uint32_t number, std::string_view text) {
  if (!text.empty()) append_bytes_field(out, number, text);
}

/// A page's name or category: its own member, or among the properties.
std::string page_text(const object& event, std::string_view name) {
  std::string text = text_of(event, {name});
  return text.empty() ? text_of(event, {"properties", name}) : text;
}

Status append_track(const object& event, bool as_it_came, std::string& out, bool& email) {
  const std::string name = text_of(event, {"event"});
  if (name.empty()) return missing("event", "a track call needs the event's name");
  element found;
  object properties;
  const bool has_properties =
      find_member(event, {"properties"}, found) && found.get(properties) == simdjson::SUCCESS;
  const std::uint32_t field = as_it_came ? 0 : payload_of_event(name);
  std::string payload;
  if (field != 0) {
    email = is_email_event(name);
    if (has_properties)
      append_properties(event_table(schema::payload_type(field)), properties, payload);
    append_bytes_field(out, field, payload);
  } else {
    append_bytes_field(payload, pb::Tracked::kNameFieldNumber, name);
    append_struct(event_table("souk.v1.Tracked"), "properties", event, {"properties"}, payload);
    append_bytes_field(out, pb::Event::kTrackedFieldNumber, payload);
  }
  if (has_properties) {
    for (const char* token : {"attribution_token", "attributionToken"}) {
      append_field(out, pb::Event::kAttributionTokenFieldNumber, text_of(properties, {token}));
    }
    for (const char* session : {"session_id", "sessionId"}) {
      append_field(out, pb::Event::kSessionIdFieldNumber, text_of(properties, {session}));
    }
  }
  return {};
}

void append_page(const object& event, bool screen, std::string& out) {
  std::string payload;
  append_field(payload, pb::PageViewed::kNameFieldNumber, page_text(event, "name"));
  append_field(payload, pb::PageViewed::kCategoryFieldNumber, page_text(event, "category"));
  append_struct(event_table(screen ? "souk.v1.ScreenViewed" : "souk.v1.PageViewed"), "properties",
                event, {"properties"}, payload);
  append_bytes_field(
      out, screen ? pb::Event::kScreenViewedFieldNumber : pb::Event::kPageViewedFieldNumber,
      payload);
}

Status append_group(const object& event, std::string& out) {
  const std::string group = text_of(event, {"groupId"});
  if (group.empty()) return missing("groupId", "a group call needs the group's id");
  std::string payload;
  append_bytes_field(payload, pb::GroupJoined::kGroupIdFieldNumber, group);
  append_struct(event_table("souk.v1.GroupJoined"), "traits", event, {"traits"}, payload);
  append_bytes_field(out, pb::Event::kGroupJoinedFieldNumber, payload);
  append_bytes_field(out, pb::Event::kAccountIdFieldNumber, group);
  return {};
}

Status append_alias(const object& event, std::string& out) {
  const std::string previous = text_of(event, {"previousId"});
  if (previous.empty()) return missing("previousId", "an alias call needs the id used before");
  std::string payload;
  append_bytes_field(payload, pb::Aliased::kPreviousIdFieldNumber, previous);
  append_bytes_field(out, pb::Event::kAliasedFieldNumber, payload);
  return {};
}

void append_identify(const object& event, std::string& out) {
  std::string payload;
  element found;
  // RudderStack's browser SDK puts the traits into the context.
  const bool own = find_member(event, {"traits"}, found);
  if (own) {
    append_struct(event_table("souk.v1.Identified"), "traits", event, {"traits"}, payload);
  } else {
    append_struct(event_table("souk.v1.Identified"), "traits", event, {"context", "traits"},
                  payload);
  }
  append_bytes_field(out, pb::Event::kIdentifiedFieldNumber, payload);
}

Status append_payload(const object& event, std::string_view type, bool as_it_came, std::string& out,
                      bool& email) {
  if (type == "track") return append_track(event, as_it_came, out, email);
  if (type == "group") return append_group(event, out);
  if (type == "alias") return append_alias(event, out);
  if (type == "identify") {
    append_identify(event, out);
  } else if (type == "page" || type == "screen") {
    append_page(event, type == "screen", out);
  } else {
    return missing("type", "must be track, identify, page, screen, group or alias");
  }
  return {};
}

/// The sender's clock when it happened; nullopt: not said.
std::optional<std::int64_t> time_member(const object& event, const char* name) {
  element found;
  if (!find_member(event, {name}, found)) return std::nullopt;
  std::string_view text;
  std::int64_t time_us = 0;
  if (found.get(text) == simdjson::SUCCESS) {
    if (parse_tracker_time(text, time_us)) return time_us;
    return std::nullopt;
  }
  // Milliseconds since 1970, as some senders write.
  std::int64_t milliseconds = 0;
  if (found.get(milliseconds) == simdjson::SUCCESS && milliseconds > 0 &&
      milliseconds < std::int64_t{100'000'000'000'000}) {
    return milliseconds * 1'000;
  }
  return std::nullopt;
}

std::int64_t event_time(const object& event, const TrackingFrame& frame) {
  auto original = time_member(event, "originalTimestamp");
  if (!original) original = time_member(event, "timestamp");
  if (!original) return frame.received_us;
  if (frame.keep_times) return *original;
  auto sent = time_member(event, "sentAt");
  if (frame.sent_us) sent = frame.sent_us;
  return corrected_time(frame.received_us, sent, *original);
}

/// The tracker's id; one that is too long is replaced by its fingerprint, so that repeats are still
/// seen.
std::string event_id(const object& event, std::int64_t received_us) {
  std::string id = text_of(event, {"messageId"});
  if (id.empty()) return base::new_uuid(received_us);
  if (id.size() <= kMaxEventId) return id;
  const base::Hash128 hash = base::hash128(id);
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &hash.low, 8);
  std::memcpy(bytes.data() + 8, &hash.high, 8);
  return "h-" + base::to_hex(bytes);
}

}  // namespace

std::int64_t corrected_time(std::int64_t received_us, std::optional<std::int64_t> sent_us,
                            std::int64_t original_us) noexcept {
  const std::int64_t time_us =
      sent_us && *sent_us >= original_us ? received_us - (*sent_us - original_us) : original_us;
  return std::min(time_us, received_us);
}

Status translate_event(const object& event, const TrackingFrame& frame, std::string& out) {
  const std::string own_type = text_of(event, {"type"});
  const std::string_view type = frame.type.empty() ? std::string_view(own_type) : frame.type;
  const std::string user = text_of(event, {"userId"});
  std::string anonymous = text_of(event, {"anonymousId"});
  if (user.empty() && anonymous.empty()) anonymous = frame.anonymous_id;
  if (user.empty() && anonymous.empty()) {
    return missing("userId", "an event needs userId or anonymousId");
  }
  std::string wire;
  append_bytes_field(wire, pb::Event::kIdFieldNumber, event_id(event, frame.received_us));
  append_timestamp_field(wire, pb::Event::kTimeFieldNumber, event_time(event, frame));
  append_bytes_field(wire, pb::Event::kShopperIdFieldNumber, user.empty() ? anonymous : user);
  append_field(wire, pb::Event::kAnonymousIdFieldNumber, anonymous);

  element found;
  object context;
  if (frame.has_context) append_tracker_context(frame.context, wire);
  const bool has_context =
      find_member(event, {"context"}, found) && found.get(context) == simdjson::SUCCESS;
  if (has_context) append_tracker_context(context, wire);
  bool email = false;
  if (Status status = append_payload(event, type, frame.as_it_came, wire, email); !status.ok())
    return status;

  const std::string library = has_context ? text_of(context, {"library", "name"}) : std::string();
  std::string channel = text_of(event, {"channel"});
  if (channel.empty() && has_context) channel = text_of(context, {"channel"});
  const int code = email ? static_cast<int>(pb::Event::EMAIL) : channel_of(channel, library);
  if (code != 0) {
    append_varint_field(wire, pb::Event::kChannelFieldNumber, static_cast<std::uint64_t>(code));
  }
  out += wire;
  return {};
}

}  // namespace souk::gateway
