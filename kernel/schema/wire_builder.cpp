#include "kernel/schema/wire_builder.hpp"

#include <algorithm>

#include "kernel/schema/cross_checks.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/scalar_text.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

struct WireBuilder::State {
  /// A message that is open, or an entry of a map.
  struct Level {
    const MessageTable* table = nullptr;
    const Field* field = nullptr;  // of the level above; nullptr: the outermost
    std::size_t content = 0;       // where its fields begin
    std::size_t entry = 0;         // a map's entry around it; 0: none
    std::vector<std::size_t> counts;
    std::vector<std::pair<const Field*, std::string>> keys;  // of its maps
  };

  WireBuffer out;
  std::vector<Level> levels;
  Limits limits;

  Level& top() { return levels.back(); }
  void open(const MessageTable& table, const Field* field, std::size_t entry) {
    Level level;
    level.table = &table;
    level.field = field;
    level.content = out.size();
    level.entry = entry;
    level.counts.assign(table.fields.size(), 0);
    levels.push_back(std::move(level));
  }
  Status admit(const Field& field);
  Status check(const Level& level) const;
};

/// May this field be given (once more)?
Status WireBuilder::State::admit(const Field& field) {
  std::vector<std::size_t>& counts = top().counts;
  if (!field.repeated && counts[field.index] > 0) {
    return {Code::invalid_argument, "is given twice", field.name};
  }
  for (const Field& other : top().table->fields) {
    if (field.oneof < 0 || &other == &field || other.oneof != field.oneof) continue;
    if (counts[other.index] > 0) {
      return {Code::invalid_argument, "cannot stand beside " + quote(other.name), field.name};
    }
  }
  if (counts[field.index] >= limits.max_elements) {
    return {Code::invalid_argument, "has too many elements", field.name};
  }
  ++counts[field.index];
  return {};
}

Status WireBuilder::State::check(const Level& level) const {
  for (const Field& field : level.table->fields) {
    if (field.rules == nullptr) continue;
    const std::size_t count = level.counts[field.index];
    if (field.rules->required && count == 0) {
      return {Code::invalid_argument, "is required", field.name};
    }
    std::string error;
    if (field.repeated && !check_count(*field.rules, count, error)) {
      return {Code::invalid_argument, std::move(error), field.name};
    }
  }
  std::string error;
  if (level.field != nullptr && level.field->rules != nullptr &&
      level.field->rules->limits_numbers() &&
      !check_money(*level.field, out.from(level.content), error)) {
    return {Code::invalid_argument, std::move(error), std::string(kMoneyAmount)};
  }
  if (check_cross_fields(*level.table, out.from(level.content), error)) return {};
  return {Code::invalid_argument, std::move(error)};
}

WireBuilder::WireBuilder(const MessageTable& table, const Limits& limits)
    : state_(std::make_unique<State>()) {
  state_->limits = limits;
  state_->open(table, nullptr, 0);
}
WireBuilder::~WireBuilder() = default;

const MessageTable& WireBuilder::table() const noexcept { return *state_->levels.back().table; }

Result<const Field*> WireBuilder::field(std::string_view name) const {
  const Field* found = table().find(name);
  if (found != nullptr) return found;
  std::vector<std::string_view> names;
  for (const Field& field : table().fields)
    names.push_back(field.name);
  std::string text = "unknown key " + quote(name);
  const std::string_view near = did_you_mean(name, names);
  if (!near.empty()) text += "; did you mean " + quote(near) + "?";
  if (!names.empty()) text += (near.empty() ? "; allowed: " : " Allowed: ") + join_names(names);
  return Status(Code::not_found, std::move(text), std::string(name));
}

Status WireBuilder::set_text(const Field& field, std::string_view text) {
  Status status = state_->admit(field);
  if (!status.ok()) return status;
  std::string error;
  if (encode_text(field, text, TextFrom::people, state_->out, error)) {
    const bool empty = field.wire() == WireType::length && text.empty();
    if (empty && field.rules != nullptr && field.rules->required) {
      return {Code::invalid_argument, "must not be empty", field.name};
    }
    return {};
  }
  return {Code::invalid_argument, std::move(error), field.name};
}

Status WireBuilder::begin_message(const Field& field) {
  if (field.message == nullptr || field.map || field.message->well_known != WellKnown::none) {
    return {Code::invalid_argument, "is not a message with fields", field.name};
  }
  if (state_->levels.size() >= state_->limits.max_depth) {
    return {Code::invalid_argument, "is nested too deeply", field.name};
  }
  Status status = state_->admit(field);
  if (!status.ok()) return status;
  state_->out.tag(field);
  state_->out.begin_length();
  state_->open(*field.message, &field, 0);
  return {};
}

const Field& WireBuilder::value_field(const Field& map_field) noexcept {
  return map_field.message->fields[1];
}

Status WireBuilder::begin_entry(const Field& map_field, std::string_view key) {
  if (!map_field.map) return {Code::invalid_argument, "is not a map", map_field.name};
  if (state_->levels.size() + 1 >= state_->limits.max_depth) {
    return {Code::invalid_argument, "is nested too deeply", map_field.name};
  }
  auto& keys = state_->top().keys;
  const std::pair<const Field*, std::string> named(&map_field, key);
  if (std::find(keys.begin(), keys.end(), named) != keys.end()) {
    return {Code::invalid_argument, "is given twice", std::string(key)};
  }
  Status status = state_->admit(map_field);
  if (!status.ok()) return status;
  WireBuffer& out = state_->out;
  const std::size_t begin = out.size();
  out.tag(map_field);
  const std::size_t entry = out.begin_length();
  std::string error;
  if (!encode_text(map_field.message->fields[0], key, TextFrom::programs, out, error)) {
    out.truncate(begin);
    return {Code::invalid_argument, "the key " + error, map_field.name};
  }
  keys.push_back(named);
  const Field& value = value_field(map_field);
  if (value.kind == Kind::message && value.message->well_known == WellKnown::none) {
    out.tag(value);
    out.begin_length();
    state_->open(*value.message, &map_field, entry);
  } else {
    state_->open(*map_field.message, &map_field, 0);
    // The key's bytes are content of the entry, which is the open message.
    state_->top().content = entry;
  }
  return {};
}

Status WireBuilder::end_message() {
  if (state_->levels.size() < 2) {
    return {Code::failed_precondition, "end_message() without begin_message()"};
  }
  const State::Level level = std::move(state_->levels.back());
  state_->levels.pop_back();
  Status status = state_->check(level);
  state_->out.end_length(level.content);
  if (level.entry != 0) state_->out.end_length(level.entry);
  return status;
}

Status WireBuilder::set_json(const Field& field, std::string_view json) {
  Status status = state_->admit(field);
  if (!status.ok()) return status;
  std::string wire;
  JsonReadOptions options;
  options.limits = state_->limits;
  status = json_to_field(field, json, wire, options);
  if (status.ok()) state_->out.append(wire);
  return status;
}

Result<std::string> WireBuilder::finish() {
  if (state_->levels.size() != 1) {
    return Status(Code::failed_precondition, "finish() inside " + quote(table().full_name));
  }
  Status status = state_->check(state_->top());
  if (!status.ok()) return status;
  std::string message(state_->out.view());
  status = apply_defaults(table(), message, state_->limits);
  if (!status.ok()) return status;
  return message;
}

}  // namespace souk::schema
