// apply_defaults: what FieldRules.default_value means on the wire.
#include <vector>

#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/wire.hpp"

namespace souk::schema {

namespace {

/// Fills one message after another. Not thread-safe.
class DefaultFiller {
 public:
  /// Empty, and for these limits, which outlive the filling.
  WireBuffer& start(const Limits& limits) {
    limits_ = &limits;
    open_.clear();
    marks_.clear();
    out_.clear();
    return out_;
  }
  /// Gives large buffers back.
  void end() { out_.shrink(kKeptBytes); }

  /// Appends the message with its defaults to the buffer. False when the bytes are malformed.
  bool fill(const MessageTable& table, std::string_view wire, WireBuffer& out);

 private:
  bool copy_fields(const MessageTable& table, std::string_view wire, WireBuffer& out,
                   std::size_t present);
  void add_absent(const Field& field, WireBuffer& out);
  [[nodiscard]] bool is_open(const MessageTable* table) const {
    for (const MessageTable* open : open_) {
      if (open == table) return true;
    }
    return false;
  }

  static constexpr std::size_t kKeptBytes = 64U << 10U;

  const Limits* limits_ = nullptr;
  std::vector<const MessageTable*> open_;
  // Of each open message: whether its fields are present, then whether its oneofs are chosen.
  std::vector<unsigned char> marks_;
  WireBuffer out_;
};

/// A sub-message that may come into being by its defaults alone.
bool may_appear(const Field& field) noexcept {
  return field.message != nullptr && !field.repeated && !field.optional && field.oneof < 0 &&
         field.message->well_known == WellKnown::none && field.message->has_defaults &&
         field.message->required.empty();
}

bool DefaultFiller::copy_fields(const MessageTable& table, std::string_view wire, WireBuffer& out,
                                std::size_t present) {
  WireReader reader(wire);
  while (!reader.done()) {
    const char* const begin = reader.position();
    std::uint32_t number = 0;
    WireType type{};
    std::string_view view;
    if (!reader.tag(number, type)) return false;
    if (!(type == WireType::length ? reader.bytes(view) : reader.skip(type))) return false;
    const Field* field = table.find(number);
    if (field != nullptr) marks_[present + field->index] = 1;
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
  if (open_.size() >= limits_->max_depth) return false;
  open_.push_back(&table);
  const std::size_t present = marks_.size();
  const std::size_t chosen = present + table.fields.size();
  marks_.resize(chosen + table.oneofs.size(), 0);
  const bool good = copy_fields(table, wire, out, present);
  for (const Field& field : table.fields) {
    if (marks_[present + field.index] != 0 && field.oneof >= 0)
      marks_[chosen + static_cast<std::size_t>(field.oneof)] = 1;
  }
  for (const Field& field : table.fields) {
    const bool taken =
        field.oneof >= 0 && marks_[chosen + static_cast<std::size_t>(field.oneof)] != 0;
    if (good && marks_[present + field.index] == 0 && !taken) add_absent(field, out);
  }
  marks_.resize(present);
  open_.pop_back();
  return good;
}

}  // namespace

Status apply_defaults(const MessageTable& table, std::string& message, const Limits& limits) {
  if (!table.has_defaults) return {};
  thread_local DefaultFiller filler;
  WireBuffer& out = filler.start(limits);
  const bool good = filler.fill(table, message, out);
  if (good) message.assign(out.view());
  filler.end();
  if (good) return {};
  return {Code::invalid_argument, "the bytes are not a " + table.full_name};
}

}  // namespace souk::schema
