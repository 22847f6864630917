#include "kernel/bus/derived_event.hpp"

#include "kernel/base/ids.hpp"
#include "kernel/schema/complete_payload.hpp"
#include "kernel/schema/event_scanner.hpp"
#include "kernel/schema/wire.hpp"

namespace souk::bus {
namespace {

using schema::WireType;

// Field numbers of souk.v1.Event, Origin, Custom and google.protobuf.Timestamp.
constexpr std::uint32_t kShopperId = 6;
constexpr std::uint32_t kSessionId = 7;
constexpr std::uint32_t kAccountId = 8;
constexpr std::uint32_t kChannel = 9;
constexpr std::uint32_t kOrigin = 12;
constexpr std::uint32_t kCustom = 15;
constexpr std::uint32_t kTick = 140;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;

void append_varint(std::string& out, std::uint64_t value) {
  char buffer[10];
  out.append(buffer, schema::put_varint(buffer, value));
}

void append_text(std::string& out, std::uint32_t number, std::string_view text) {
  if (text.empty()) return;
  append_varint(out, schema::tag_of(number, WireType::length));
  append_varint(out, text.size());
  out += text;
}

/// As append_text, for messages: an empty one is there too.
void append_message(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_varint(out, schema::tag_of(number, WireType::length));
  append_varint(out, bytes.size());
  out += bytes;
}

void append_number(std::string& out, std::uint32_t number, std::uint64_t value) {
  if (value == 0) return;
  append_varint(out, schema::tag_of(number, WireType::varint));
  append_varint(out, value);
}

/// The bytes that ids are hashed from: texts cannot run into each other.
std::string identity(const EventOrigin& origin, std::string_view purpose) {
  std::string bytes(purpose);
  for (const std::string& part :
       {origin.instance.store_id, origin.instance.plugin, origin.instance.account_id}) {
    bytes.push_back('\0');
    bytes += part;
  }
  bytes.push_back('\0');
  bytes += std::to_string(origin.input_sequence);
  bytes.push_back('\0');
  bytes += std::to_string(origin.ordinal);
  return bytes;
}

std::string encode_timestamp(std::int64_t time_us) {
  std::string timestamp;
  append_number(timestamp, 1, static_cast<std::uint64_t>(time_us / kMicrosPerSecond));
  append_number(timestamp, 2, static_cast<std::uint64_t>(time_us % kMicrosPerSecond) * 1000);
  return timestamp;
}

std::string encode_origin(const EventOrigin& origin) {
  std::string bytes;
  append_text(bytes, 1, origin.instance.plugin);
  append_text(bytes, 2, origin.instance.account_id);
  append_number(bytes, 3, origin.input_sequence);
  append_number(bytes, 4, origin.ordinal);
  return bytes;
}

}  // namespace

std::string derived_event_id(const EventOrigin& origin) {
  const base::Hash128 hash = base::hash128(identity(origin, "event"));
  std::string bytes(reinterpret_cast<const char*>(&hash.high), sizeof hash.high);
  bytes.append(reinterpret_cast<const char*>(&hash.low), sizeof hash.low);
  return origin.instance.plugin.substr(0, 64) + "-" + base::to_hex(bytes);
}

std::uint64_t derived_outbox_id(const EventOrigin& origin) {
  const std::uint64_t id = base::hash64(identity(origin, "outbox")) >> 1U;
  return id == 0 ? 1 : id;
}

std::string encode_derived_event(const EventOrigin& origin, std::string_view id,
                                 const Publication& publication) {
  std::string wire;
  wire.reserve(publication.payload.size() + 160);
  schema::append_event_id(wire, id);
  schema::append_event_time(wire, publication.time_us);
  append_text(wire, kShopperId, publication.shopper_id);
  append_text(wire, kSessionId, publication.session_id);
  append_text(wire, kAccountId, publication.account_id);
  append_number(wire, kChannel, publication.channel);
  append_message(wire, kOrigin, encode_origin(origin));
  const std::uint32_t field = schema::payload_field(publication.type);
  if (field != 0 && field != kCustom) {
    std::string completed;
    const bool changed = schema::complete_payload(field, publication.payload, completed);
    append_message(wire, field, changed ? std::string_view(completed) : publication.payload);
  } else {
    std::string custom;
    append_text(custom, 1, publication.type);
    append_text(custom, 2, publication.payload);
    append_message(wire, kCustom, custom);
  }
  return wire;
}

std::string encode_tick(std::string_view id, std::int64_t time_us, std::int64_t due_us) {
  std::string tick;
  append_message(tick, 1, encode_timestamp(due_us < 0 ? 0 : due_us));
  std::string wire;
  schema::append_event_id(wire, id);
  schema::append_event_time(wire, time_us);
  append_message(wire, kTick, tick);
  return wire;
}

bool well_formed_message(std::string_view bytes) noexcept {
  schema::WireReader reader(bytes);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type) || !reader.skip(type)) return false;
  }
  return true;
}

}  // namespace souk::bus
