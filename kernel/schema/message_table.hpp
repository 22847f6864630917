// MessageTable: a message type as flat tables, compiled once from its descriptor. All codecs of
// this room run on them; no message object, reflection or descriptor is touched after compilation.
//
// Tables belong to the DescriptorPool that compiled them, are immutable, and are safe from any
// thread for as long as that pool lives. Tables may refer to one another in cycles.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/schema/name_index.hpp"
#include "kernel/schema/rules.hpp"

namespace souk::schema {

struct MessageTable;

/// Scalar types of Protobuf, by what they mean in JSON and how they lie on the wire.
enum class Kind : std::uint8_t {
  boolean,
  int32,
  sint32,
  sfixed32,
  uint32,
  fixed32,
  int64,
  sint64,
  sfixed64,
  uint64,
  fixed64,
  float32,
  float64,
  string,
  bytes,
  enumeration,
  message,
};

/// Messages that have a JSON form of their own.
enum class WellKnown : std::uint8_t {
  none,
  timestamp,
  duration,
  field_mask,
  structure,
  value,
  list,
  wrapper,
};

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };

[[nodiscard]] constexpr WireType wire_type_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::float64:
    case Kind::fixed64:
    case Kind::sfixed64:
      return WireType::fixed64;
    case Kind::float32:
    case Kind::fixed32:
    case Kind::sfixed32:
      return WireType::fixed32;
    case Kind::string:
    case Kind::bytes:
    case Kind::message:
      return WireType::length;
    default:
      return WireType::varint;
  }
}
/// As an error message calls it: "a number", "a string", "true or false".
[[nodiscard]] std::string_view kind_in_words(Kind kind) noexcept;

struct EnumValue {
  std::string name;
  std::int32_t number = 0;
  std::string doc;
};

struct EnumTable {
  std::string full_name;
  std::string doc;
  std::vector<EnumValue> values;  // as declared; aliases included
  bool closed = false;            // proto2: numbers that are not listed are refused
  NameIndex by_name;              // → position in `values`

  [[nodiscard]] const EnumValue* find(std::string_view name) const noexcept;
  /// The first value with this number, or nullptr.
  [[nodiscard]] const EnumValue* find(std::int32_t number) const noexcept;
};

struct Field {
  // What the codecs touch comes first, so that it shares a cache line.
  std::uint32_t number = 0;
  std::uint16_t index = 0;  // position in MessageTable::fields
  Kind kind = Kind::string;
  bool repeated = false;      // a list, or a map
  bool map = false;           // repeated, and `message` is the entry: key = 1, value = 2
  bool packed = false;        // how lists of numbers are written; both forms are read
  bool has_presence = false;  // being set means something
  bool keep_zero = false;     // 0 and "" are written: has presence, or a default that is not 0
  bool optional = false;    // says `optional` (or is of proto2): apply_defaults() leaves it absent
  bool null_value = false;  // the enum google.protobuf.NullValue: null is its value
  std::int16_t oneof = -1;  // position in MessageTable::oneofs; -1 for none and for `optional`
  std::uint8_t tag_size = 0;
  char tag[5] = {};  // the wire tag, as written (lists: the packed form when `packed`)
  const MessageTable* message = nullptr;   // Kind::message
  const EnumTable* enumeration = nullptr;  // Kind::enumeration
  std::unique_ptr<FieldRules> rules;       // null when the field has none

  std::string name;       // as in the .proto: shopper_id
  std::string json_name;  // as in JSON: shopperId
  std::string doc;        // its rule's text, or else its comment

  /// One element's wire type.
  [[nodiscard]] WireType wire() const noexcept { return wire_type_of(kind); }
};

struct MessageTable {
  std::string full_name;  // souk.v1.Event
  std::string name;       // Event
  std::string doc;
  WellKnown well_known = WellKnown::none;
  std::vector<Field> fields;        // ascending numbers
  std::vector<std::string> oneofs;  // names of real oneofs
  MessageRules rules;
  std::vector<std::uint16_t> required;  // positions of required fields
  bool has_defaults = false;            // some field of it, or of a message within, has a default
  bool custom = false;                  // souk.v1.Custom: `data` is a message of the type in `type`
  NameIndex by_name;                    // json names and .proto names → position in `fields`

  /// By camelCase or .proto name; nullptr when there is none.
  [[nodiscard]] const Field* find(std::string_view field_name) const noexcept {
    const int at = by_name.find(field_name);
    return at < 0 ? nullptr : &fields[static_cast<std::size_t>(at)];
  }
  /// By field number; nullptr when there is none.
  [[nodiscard]] const Field* find(std::uint32_t number) const noexcept {
    if (number < dense_.size()) {
      const std::int16_t at = dense_[number];
      return at < 0 ? nullptr : &fields[static_cast<std::size_t>(at)];
    }
    return find_sparse(number);
  }

  /// Builds by_name and the number index once `fields` is complete.
  void seal();

 private:
  [[nodiscard]] const Field* find_sparse(std::uint32_t number) const noexcept;
  std::vector<std::int16_t> dense_;  // number → position, -1 for none
};

}  // namespace souk::schema
