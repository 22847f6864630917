// apply_defaults: what FieldRules.default_value means on the wire.
#include <vector>

#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/wire.hpp"

namespace souk::schema {

namespace {

class DefaultFiller {
 public:
  explicit DefaultFiller(const Limits& limits) : limits_(limits) {}

  /// Appends the message with its defaults to the buffer. False when the bytes are malformed.
  bool fill(const MessageTable& table, std::string_view wire, WireBuffer& out);

 private:
  bool copy_fields(const MessageTable& table, std::string_view wire, WireBuffer& out,
                   std::vector<bool>& present);
  void add_absent(const Field& field, WireBuffer& out);
  [[nodiscard]] bool is_open(const MessageTable* table) const {
    for (const MessageTable* open : open_) {
      if (open == table) return true;
    }
    return false;
  }

  const Limits& limits_;
  std::vector<const MessageTable*> open_;
};

/// A sub-message that may come into being by its defaults alone.
bool may_appear(const Field& field) noexcept {
  return field.message != nullptr && !field.repeated && !field.optional && field.oneof < 0 &&
         field.message->well_known == WellKnown::none && field.message->has_defaults &&
         field.message->required.empty();
}

bool DefaultFiller::copy_fields(const MessageTable& table, std::string_view wire, WireBuffer& out,
                                std::vector<bool>& present) {
  WireReader reader(wire);
  while (!reader.done()) {
    const char* const begin = reader.position();
    std::uint32_t number = 0;
    WireType type{};
    std::string_view view;
    if (!reader.tag(number, type)) return false;
    if (!(type == WireType::length ? reader.bytes(view) : reader.skip(type))) return false;
    const Field* field = table.find(number);
    if (field != nullptr) present[field->index] = true;
    const bool deeper = field != nullptr && field->message != nullptr && type == WireType::length &&
                        field->message->has_defaults;
    if (!deeper) {
      out.append({begin, static_cast<std::size_t>(reader.position() - begin)});
      continue;
    }
    out.tag(*field);
    const std::size_t start = out.begin_length();
    if (!fill(*field->message, view, out)) return false;
    out.end_length(start);
  }
  return true;
}

void DefaultFiller::add_absent(const Field& field, WireBuffer& out) {
  if (field.rules != nullptr && !field.rules->default_wire.empty()) {
    out.append(field.rules->default_wire);
  } else if (may_appear(field) && !is_open(field.message)) {
    out.tag(field);
    const std::size_t start = out.begin_length();
    fill(*field.message, {}, out);
    out.end_length(start);
  }
}

bool DefaultFiller::fill(const MessageTable& table, std::string_view wire, WireBuffer& out) {
  if (open_.size() >= limits_.max_depth) return false;
  open_.push_back(&table);
  std::vector<bool> present(table.fields.size(), false);
  std::vector<bool> chosen(table.oneofs.size(), false);
  bool good = copy_fields(table, wire, out, present);
  for (const Field& field : table.fields) {
    if (present[field.index] && field.oneof >= 0)
      chosen[static_cast<std::size_t>(field.oneof)] = true;
  }
  for (const Field& field : table.fields) {
    const bool taken = field.oneof >= 0 && chosen[static_cast<std::size_t>(field.oneof)];
    if (good && !present[field.index] && !taken) add_absent(field, out);
  }
  open_.pop_back();
  return good;
}

}  // namespace

Status apply_defaults(const MessageTable& table, std::string& message, const Limits& limits) {
  if (!table.has_defaults) return {};
  WireBuffer out;
  DefaultFiller filler(limits);
  if (!filler.fill(table, message, out)) {
    return {Code::invalid_argument, "the bytes are not a " + table.full_name};
  }
  message.assign(out.view());
  return {};
}

}  // namespace souk::schema
