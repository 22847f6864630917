// A google.protobuf.Timestamp or Duration on the wire: one walk for all who meet one. Used inside
// this room only.
#pragma once

#include <string_view>

#include "kernel/schema/time_text.hpp"
#include "kernel/schema/wire.hpp"

namespace souk::schema {

/// Reads the two numbers; absent ones are 0, unknown fields are skipped. What is wrong with the
/// bytes, as the end of a sentence ("is cut off"), or nullptr. Ranges are not checked.
inline const char* read_seconds_nanos(std::string_view wire, SecondsNanos& value) noexcept {
  value = SecondsNanos{};
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    std::uint64_t bits = 0;
    if (!reader.tag(number, type)) return "is malformed";
    if (type != WireType::varint || number > 2) {
      if (!reader.skip(type)) return "is cut off";
      continue;
    }
    if (!reader.varint(bits)) return "is cut off";
    if (number == 1)
      value.seconds = static_cast<std::int64_t>(bits);
    else
      value.nanos = static_cast<std::int32_t>(bits);
  }
  return nullptr;
}

}  // namespace souk::schema
