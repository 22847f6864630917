#include "kernel/schema/event_scanner.hpp"

#include <souk/v1/event.pb.h>

#include <algorithm>
#include <array>
#include <map>

#include "kernel/schema/pool.hpp"
#include "kernel/schema/wire_time.hpp"

namespace souk::schema {

namespace {

using souk::v1::Event;

constexpr std::size_t kMaxPayload = 512;

/// The payload fields of souk.v1.Event by number.
struct Payloads {
  std::array<const Field*, kMaxPayload> fields{};
  std::map<std::string_view, std::uint32_t> by_type;

  Payloads() {
    const MessageTable& event = *DescriptorPool::builtin().message("souk.v1.Event");
    for (const Field& field : event.fields) {
      if (field.oneof < 0 || field.number >= kMaxPayload) continue;
      fields[field.number] = &field;
      by_type.emplace(field.message->full_name, field.number);
    }
  }
  [[nodiscard]] const Field* find(std::uint32_t number) const noexcept {
    return number < kMaxPayload ? fields[number] : nullptr;
  }
};

const Payloads& payloads() noexcept {
  static const Payloads instance;
  return instance;
}

bool scan_time(std::string_view wire, std::int64_t& time_us) noexcept {
  SecondsNanos value;
  if (read_seconds_nanos(wire, value) != nullptr) return false;
  // Anything that no timestamp can be is as good as the farthest one: the time rules refuse it.
  const std::int64_t seconds =
      std::clamp(value.seconds, -kMaxTimestampSeconds, kMaxTimestampSeconds);
  time_us = seconds * 1'000'000 + value.nanos / 1000;
  return true;
}

bool scan_consent(std::string_view wire, std::uint8_t& consent) noexcept {
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    std::uint64_t bits = 0;
    if (!reader.tag(number, type)) return false;
    if (type != WireType::varint || number > 4) {
      if (!reader.skip(type)) return false;
      continue;
    }
    if (!reader.varint(bits)) return false;
    const auto granted = static_cast<std::uint8_t>(1u << (number - 1));
    const auto denied = static_cast<std::uint8_t>(granted << 4);
    consent =
        static_cast<std::uint8_t>((consent & ~(granted | denied)) | (bits != 0 ? granted : denied));
  }
  return true;
}

bool scan_custom(std::string_view wire, EventFields& fields) noexcept {
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type)) return false;
    const bool known = type == WireType::length && (number == 1 || number == 2);
    std::string_view& view = number == 1 ? fields.custom_type : fields.custom_data;
    if (!(known ? reader.bytes(view) : reader.skip(type))) return false;
  }
  return true;
}

/// A field with a length.
bool scan_bytes(std::uint32_t number, std::string_view view, EventFields& fields) noexcept {
  switch (number) {
    case Event::kIdFieldNumber:
      fields.id = view;
      return true;
    case Event::kTimeFieldNumber:
      fields.has_time = true;
      return scan_time(view, fields.time_us);
    case Event::kReceivedAtFieldNumber:
      fields.has_kernel_fields = true;
      return scan_time(view, fields.received_us);
    case Event::kStoreIdFieldNumber:
      fields.has_kernel_fields = true;
      fields.store_id = view;
      return true;
    case Event::kShopperIdFieldNumber:
      fields.shopper_id = view;
      return true;
    case Event::kSessionIdFieldNumber:
      fields.session_id = view;
      return true;
    case Event::kAccountIdFieldNumber:
      fields.account_id = view;
      return true;
    case Event::kConsentFieldNumber:
      return scan_consent(view, fields.consent);
    case Event::kAnonymousIdFieldNumber:
      fields.anonymous_id = view;
      return true;
    case Event::kOriginFieldNumber:
      fields.has_kernel_fields = fields.has_origin = true;
      fields.origin = view;
      return true;
    case Event::kAttributionTokenFieldNumber:
      fields.attribution_token = view;
      return true;
    default:
      break;
  }
  if (payloads().find(number) == nullptr) return true;
  fields.has_many_payloads = fields.payload_field != 0;
  fields.payload_field = number;
  fields.payload = view;
  return true;
}

void append_time(std::string& wire, std::uint32_t number, std::int64_t time_us) {
  std::int64_t seconds = time_us / 1'000'000;
  std::int64_t micros = time_us % 1'000'000;
  if (micros < 0) {
    micros += 1'000'000;
    --seconds;
  }
  // Both parts are written even when 0: a time that stands before would else merge into this one.
  char inside[24];
  char* end = inside;
  *end++ = 0x08;
  end = put_varint(end, static_cast<std::uint64_t>(seconds));
  *end++ = 0x10;
  end = put_varint(end, static_cast<std::uint64_t>(micros * 1000));
  wire += static_cast<char>(tag_of(number, WireType::length));
  wire += static_cast<char>(end - inside);
  wire.append(inside, end);
}

void append_text(std::string& wire, std::uint32_t number, std::string_view text) {
  char head[12];
  char* end = put_varint(head, tag_of(number, WireType::length));
  end = put_varint(end, text.size());
  wire.append(head, end);
  wire += text;
}

}  // namespace

bool scan_event(std::string_view wire, EventFields& fields) noexcept {
  fields = EventFields{};
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type)) return false;
    if (type == WireType::length) [[likely]] {
      std::string_view view;
      if (!reader.bytes(view) || !scan_bytes(number, view, fields)) return false;
      continue;
    }
    std::uint64_t bits = 0;
    if (!reader.number(type, bits)) return false;
    if (type != WireType::varint) continue;
    if (number == Event::kChannelFieldNumber) fields.channel = static_cast<std::int32_t>(bits);
    if (number == Event::kSequenceFieldNumber) {
      fields.sequence = bits;
      fields.has_kernel_fields = true;
    }
  }
  return fields.payload_field != Event::kCustomFieldNumber || scan_custom(fields.payload, fields);
}

std::string_view payload_type(std::uint32_t payload_field) noexcept {
  const Field* field = payloads().find(payload_field);
  return field == nullptr ? std::string_view() : std::string_view(field->message->full_name);
}

std::uint32_t payload_field(std::string_view type) noexcept {
  const auto found = payloads().by_type.find(type);
  return found == payloads().by_type.end() ? 0 : found->second;
}

std::string_view payload_scope(std::uint32_t payload_field) noexcept {
  const Field* field = payloads().find(payload_field);
  if (field == nullptr || field->message->rules.scope.empty()) return "events";
  return field->message->rules.scope;
}

std::string_view payload_json_name(std::uint32_t payload_field) noexcept {
  const Field* field = payloads().find(payload_field);
  return field == nullptr ? std::string_view() : std::string_view(field->json_name);
}

void append_event_id(std::string& wire, std::string_view id) {
  append_text(wire, Event::kIdFieldNumber, id);
}

void append_event_time(std::string& wire, std::int64_t time_us) {
  append_time(wire, Event::kTimeFieldNumber, time_us);
}

void append_event_received(std::string& wire, std::int64_t received_us) {
  append_time(wire, Event::kReceivedAtFieldNumber, received_us);
}

void append_event_sequence(std::string& wire, std::uint64_t sequence) {
  char text[12];
  char* end = put_varint(text, tag_of(Event::kSequenceFieldNumber, WireType::varint));
  end = put_varint(end, sequence);
  wire.append(text, end);
}

void append_event_store(std::string& wire, std::string_view store_id) {
  append_text(wire, Event::kStoreIdFieldNumber, store_id);
}

bool append_without_kernel_fields(std::string_view wire, std::string& out) {
  WireReader reader(wire);
  while (!reader.done()) {
    const char* const begin = reader.position();
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type) || !reader.skip(type)) return false;
    if (number == Event::kReceivedAtFieldNumber || number == Event::kSequenceFieldNumber ||
        number == Event::kStoreIdFieldNumber || number == Event::kOriginFieldNumber) {
      continue;
    }
    out.append(begin, reader.position());
  }
  return true;
}

}  // namespace souk::schema
