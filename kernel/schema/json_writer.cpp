#include "kernel/schema/json_writer.hpp"

#include <algorithm>
#include <charconv>

#include "kernel/schema/base64.hpp"
#include "kernel/schema/json_text.hpp"
#include "kernel/schema/json_tokens.hpp"
#include "kernel/schema/number_text.hpp"

namespace souk::schema {

namespace {

template <class Integer>
void append_integer(std::string& out, Integer value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value);
  out.append(text, end.ptr);
}

}  // namespace

void JsonWriter::start(std::string& out, const JsonWriteOptions& options) noexcept {
  out_ = &out;
  options_ = &options;
  met_.clear();
  error_.clear();
}

bool JsonWriter::fail(const MessageTable& table, std::string_view what) {
  error_ = "the bytes are not a " + table.full_name + ": " + std::string(what);
  return false;
}

bool JsonWriter::fail(std::string_view what) {
  error_ = "the bytes are damaged: " + std::string(what);
  return false;
}

bool JsonWriter::write_content(const MessageTable& table, std::string_view wire, unsigned depth) {
  if (depth > options_->limits.max_depth) return fail(table, "nested too deeply");
  switch (table.well_known) {
    case WellKnown::none:
      return write_message(table, wire, depth);
    case WellKnown::structure:
      return write_struct(wire, depth);
    case WellKnown::value:
      return write_value(wire, depth);
    case WellKnown::list:
      return write_list_value(wire, depth);
    case WellKnown::field_mask:
      return write_field_mask(wire);
    case WellKnown::wrapper:
      return write_wrapper(table.fields[0], wire, depth);
    default:
      return write_seconds_nanos(table.well_known, wire);
  }
}

bool JsonWriter::collect(const MessageTable& table, std::string_view wire) {
  WireReader reader(wire);
  std::uint32_t order = 0;
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type)) return fail(table, "a tag is malformed");
    Met met{0, false, order++, 0, {}};
    const bool good =
        type == WireType::length ? reader.bytes(met.bytes) : reader.number(type, met.bits);
    if (!good) return fail(table, "a field is cut off");
    const Field* field = table.find(number);
    if (field == nullptr) continue;
    met.field = field->index;
    if (type != field->wire()) {
      met.packed = field->repeated && type == WireType::length;
      if (!met.packed) continue;  // as if it were unknown
    }
    met_.push_back(met);
  }
  return true;
}

/// Of several members of a oneof only the last counts, and of it only what came after the others.
void JsonWriter::drop_lost_oneofs(const MessageTable& table, std::size_t base) {
  for (std::size_t oneof = 0; oneof < table.oneofs.size(); ++oneof) {
    const auto belongs = [&](const Met& met) {
      return table.fields[met.field].oneof == static_cast<std::int16_t>(oneof);
    };
    int winner = -1;
    std::uint32_t lost = 0;
    bool conflict = false;
    for (std::size_t i = base; i < met_.size(); ++i) {
      if (!belongs(met_[i])) continue;
      if (winner >= 0 && winner != met_[i].field) {
        conflict = true;
        lost = met_[i].order;
      }
      winner = met_[i].field;
    }
    if (!conflict) continue;
    const auto drop = [&](const Met& met) {
      return belongs(met) && (met.field != winner || met.order < lost);
    };
    met_.erase(std::remove_if(met_.begin() + static_cast<std::ptrdiff_t>(base), met_.end(), drop),
               met_.end());
  }
}

bool JsonWriter::write_message(const MessageTable& table, std::string_view wire, unsigned depth) {
  const std::size_t base = met_.size();
  if (!collect(table, wire)) return false;
  if (!table.oneofs.empty()) drop_lost_oneofs(table, base);
  const auto by_field = [](const Met& a, const Met& b) { return a.field < b.field; };
  const auto begin = met_.begin() + static_cast<std::ptrdiff_t>(base);
  if (!std::is_sorted(begin, met_.end(), by_field)) std::stable_sort(begin, met_.end(), by_field);
  *out_ += '{';
  const std::size_t empty = out_->size();
  const std::size_t end = met_.size();
  for (std::size_t at = base; at < end;) {
    std::size_t behind = at + 1;
    while (behind < end && met_[behind].field == met_[at].field)
      ++behind;
    if (out_->size() != empty && out_->back() != ',') *out_ += ',';
    message_ = {base, end};
    if (!write_field(table, table.fields[met_[at].field], {at, behind}, depth)) return false;
    at = behind;
  }
  if (out_->size() != empty && out_->back() == ',') out_->pop_back();
  *out_ += '}';
  met_.resize(base);
  return true;
}

void JsonWriter::name(std::string_view json_name) {
  *out_ += '"';
  *out_ += json_name;
  *out_ += "\":";
}

bool JsonWriter::write_field(const MessageTable& table, const Field& field, Range met,
                             unsigned depth) {
  if (field.map) return write_map(field, met, depth);
  if (field.repeated) return write_list(field, met, depth);
  return write_singular(table, field, met, depth);
}

bool JsonWriter::write_singular(const MessageTable& table, const Field& field, Range met,
                                unsigned depth) {
  const Met last = met_[met.second - 1];
  const bool empty = field.wire() == WireType::length ? last.bytes.empty() : last.bits == 0;
  if (empty && !field.keep_zero) return true;
  name(field.json_name);
  if (table.custom && field.kind == Kind::bytes && options_->types != nullptr) {
    bool written = false;
    if (!write_custom_data(last.bytes, message_, depth, written)) return false;
    if (written) return true;
  }
  if (field.kind != Kind::message || met.second - met.first == 1) {
    return write_one(field, last, depth);
  }
  // Several occurrences of a message merge, which is what their bytes one after another mean.
  std::string merged;
  for (std::size_t i = met.first; i < met.second; ++i)
    merged += met_[i].bytes;
  Met whole = last;
  whole.bytes = merged;
  return write_one(field, whole, depth);
}

bool JsonWriter::write_custom_data(std::string_view bytes, Range siblings, unsigned depth,
                                   bool& written) {
  std::string_view type;
  for (std::size_t i = siblings.first; i < siblings.second; ++i) {
    if (met_[i].field == 0) type = met_[i].bytes;
  }
  const MessageTable* table = type.empty() ? nullptr : options_->types->find_type(type);
  if (table == nullptr) return true;
  written = true;
  return write_content(*table, bytes, depth + 1);
}

bool JsonWriter::write_list(const Field& field, Range met, unsigned depth) {
  name(field.json_name);
  *out_ += '[';
  bool first = true;
  for (std::size_t i = met.first; i < met.second; ++i) {
    const Met element = met_[i];
    if (element.packed) {
      if (!write_packed(field, element.bytes, first)) return false;
      continue;
    }
    if (!first) *out_ += ',';
    first = false;
    if (!write_one(field, element, depth)) return false;
  }
  if (first) {  // only empty packed runs: an empty list, which is left out
    out_->resize(out_->size() - field.json_name.size() - 4);
    return true;
  }
  *out_ += ']';
  return true;
}

bool JsonWriter::write_packed(const Field& field, std::string_view bytes, bool& first) {
  WireReader reader(bytes);
  while (!reader.done()) {
    std::uint64_t bits = 0;
    if (!reader.number(field.wire(), bits)) return fail("a packed list is cut off");
    if (!first) *out_ += ',';
    first = false;
    write_number(field, bits);
  }
  return true;
}

bool JsonWriter::write_map(const Field& field, Range met, unsigned depth) {
  // The last entry of a key wins; keys are compared by their bytes behind the tag.
  std::vector<std::pair<std::string_view, std::uint32_t>> keys;
  const Field& key_field = field.message->fields[0];
  for (std::size_t i = met.first; i < met.second; ++i) {
    WireReader reader(met_[i].bytes);
    std::string_view key;
    while (!reader.done()) {
      std::uint32_t number = 0;
      WireType type{};
      if (!reader.tag(number, type)) return fail("a map entry's tag is malformed");
      const char* const begin = reader.position();
      if (!reader.skip(type)) return fail("a map entry is cut off");
      if (number != 1 || type != key_field.wire()) continue;
      key = {begin, static_cast<std::size_t>(reader.position() - begin)};
    }
    keys.emplace_back(key, met_[i].order);
  }
  std::sort(keys.begin(), keys.end());
  name(field.json_name);
  *out_ += '{';
  bool first = true;
  std::vector<std::uint32_t> lost;
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    if (keys[i].first == keys[i + 1].first) lost.push_back(keys[i].second);
  }
  for (std::size_t i = met.first; i < met.second; ++i) {
    const Met entry = met_[i];
    if (!lost.empty() && std::find(lost.begin(), lost.end(), entry.order) != lost.end()) continue;
    if (!first) *out_ += ',';
    first = false;
    if (!write_map_entry(field, entry.bytes, depth + 1)) return false;
  }
  *out_ += '}';
  return true;
}

bool JsonWriter::write_map_entry(const Field& field, std::string_view entry, unsigned depth) {
  const MessageTable& table = *field.message;
  const std::size_t base = met_.size();
  if (!collect(table, entry)) return false;
  Met key{0, false, 0, 0, {}};
  Met value{1, false, 0, 0, {}};
  std::string merged;
  for (std::size_t i = base; i < met_.size(); ++i) {
    Met& slot = met_[i].field == 0 ? key : value;
    const bool merge = &slot == &value && table.fields[1].kind == Kind::message;
    slot = met_[i];
    if (merge) merged += met_[i].bytes;
  }
  if (table.fields[1].kind == Kind::message) value.bytes = merged;
  met_.resize(base);
  if (table.fields[0].kind == Kind::string) {
    if (!write_string(key.bytes)) return false;
  } else {
    const std::size_t begin = out_->size();
    write_number(table.fields[0], key.bits);
    if ((*out_)[begin] != '"') {
      out_->insert(begin, 1, '"');
      *out_ += '"';
    }
  }
  *out_ += ':';
  return write_one(table.fields[1], value, depth);
}

bool JsonWriter::write_one(const Field& field, const Met& met, unsigned depth) {
  const bool hidden =
      options_->redact_sensitive && field.rules != nullptr && field.rules->sensitive;
  switch (field.kind) {
    case Kind::string:
      if (!hidden) return write_string(met.bytes);
      *out_ += "\"***\"";
      return true;
    case Kind::bytes:
      *out_ += '"';
      if (hidden)
        *out_ += "***";
      else
        append_base64(*out_, met.bytes);
      *out_ += '"';
      return true;
    case Kind::message:
      return write_content(*field.message, met.bytes, depth + 1);
    default:
      write_number(field, met.bits);
      return true;
  }
}

bool JsonWriter::write_string(std::string_view text) {
  if (!valid_utf8(text)) return fail("a string is not UTF-8");
  append_valid_json_string(*out_, text);
  return true;
}

void JsonWriter::write_number(const Field& field, std::uint64_t bits) {
  std::string& out = *out_;
  switch (field.kind) {
    case Kind::boolean:
      out += bits != 0 ? "true" : "false";
      return;
    case Kind::float32:
    case Kind::float64:
      append_float(out, field.kind, bits);
      return;
    case Kind::int32:
    case Kind::sfixed32:
      append_integer(out, static_cast<std::int32_t>(bits));
      return;
    case Kind::sint32:
      append_integer(out, static_cast<std::int32_t>(unzigzag(bits & UINT32_MAX)));
      return;
    case Kind::uint32:
    case Kind::fixed32:
      append_integer(out, static_cast<std::uint32_t>(bits));
      return;
    case Kind::enumeration: {
      const auto number = static_cast<std::int32_t>(bits);
      if (field.null_value) {
        out += "null";
      } else if (const EnumValue* value = field.enumeration->find(number)) {
        append_valid_json_string(out, value->name);
      } else {
        append_integer(out, number);
      }
      return;
    }
    default:
      break;
  }
  out += '"';
  if (field.kind == Kind::uint64 || field.kind == Kind::fixed64) {
    append_integer(out, bits);
  } else {
    append_integer(out,
                   field.kind == Kind::sint64 ? unzigzag(bits) : static_cast<std::int64_t>(bits));
  }
  out += '"';
}

}  // namespace souk::schema
