#include "kernel/schema/pool_builder.hpp"

#include <google/protobuf/descriptor.pb.h>
#include <souk/v1/options.pb.h>

#include <algorithm>

#include "kernel/schema/scalar_text.hpp"
#include "kernel/schema/wire.hpp"

namespace souk::schema {

namespace pb = google::protobuf;

namespace {

Status invalid(const std::string& where, const std::string& what) {
  return {Code::invalid_argument, "descriptor set: " + where + ": " + what};
}

Kind kind_of(pb::FieldDescriptor::Type type) noexcept {
  switch (type) {
    case pb::FieldDescriptor::TYPE_DOUBLE:
      return Kind::float64;
    case pb::FieldDescriptor::TYPE_FLOAT:
      return Kind::float32;
    case pb::FieldDescriptor::TYPE_INT64:
      return Kind::int64;
    case pb::FieldDescriptor::TYPE_UINT64:
      return Kind::uint64;
    case pb::FieldDescriptor::TYPE_INT32:
      return Kind::int32;
    case pb::FieldDescriptor::TYPE_FIXED64:
      return Kind::fixed64;
    case pb::FieldDescriptor::TYPE_FIXED32:
      return Kind::fixed32;
    case pb::FieldDescriptor::TYPE_BOOL:
      return Kind::boolean;
    case pb::FieldDescriptor::TYPE_STRING:
      return Kind::string;
    case pb::FieldDescriptor::TYPE_BYTES:
      return Kind::bytes;
    case pb::FieldDescriptor::TYPE_UINT32:
      return Kind::uint32;
    case pb::FieldDescriptor::TYPE_ENUM:
      return Kind::enumeration;
    case pb::FieldDescriptor::TYPE_SFIXED32:
      return Kind::sfixed32;
    case pb::FieldDescriptor::TYPE_SFIXED64:
      return Kind::sfixed64;
    case pb::FieldDescriptor::TYPE_SINT32:
      return Kind::sint32;
    case pb::FieldDescriptor::TYPE_SINT64:
      return Kind::sint64;
    case pb::FieldDescriptor::TYPE_GROUP:
    case pb::FieldDescriptor::TYPE_MESSAGE:
      break;
  }
  return Kind::message;
}

WellKnown well_known_of(std::string_view name) noexcept {
  constexpr std::string_view kPackage = "google.protobuf.";
  if (!name.starts_with(kPackage)) return WellKnown::none;
  name.remove_prefix(kPackage.size());
  if (name == "Timestamp") return WellKnown::timestamp;
  if (name == "Duration") return WellKnown::duration;
  if (name == "FieldMask") return WellKnown::field_mask;
  if (name == "Struct") return WellKnown::structure;
  if (name == "Value") return WellKnown::value;
  if (name == "ListValue") return WellKnown::list;
  constexpr std::string_view kWrappers[] = {"DoubleValue", "FloatValue",  "Int64Value",
                                            "UInt64Value", "Int32Value",  "UInt32Value",
                                            "BoolValue",   "StringValue", "BytesValue"};
  const bool wrapper =
      std::find(std::begin(kWrappers), std::end(kWrappers), name) != std::end(kWrappers);
  return wrapper ? WellKnown::wrapper : WellKnown::none;
}

bool is_number(Kind kind) noexcept {
  return kind != Kind::boolean && kind != Kind::string && kind != Kind::bytes &&
         kind != Kind::enumeration && kind != Kind::message;
}

void set_tag(Field& field) {
  const bool length = field.packed || field.wire() == WireType::length;
  const WireType type = length ? WireType::length : field.wire();
  field.tag_size =
      static_cast<std::uint8_t>(put_varint(field.tag, tag_of(field.number, type)) - field.tag);
}

/// "10", or the elements of "[ web, app ]".
std::vector<std::string> default_texts(const Field& field, std::string_view text) {
  if (!field.repeated) return {std::string(text)};
  const auto trim = [](std::string_view part) {
    while (part.starts_with(' '))
      part.remove_prefix(1);
    while (part.ends_with(' '))
      part.remove_suffix(1);
    if (part.size() >= 2 && (part.front() == '"' || part.front() == '\'') &&
        part.back() == part.front()) {
      part = part.substr(1, part.size() - 2);
    }
    return part;
  };
  text = trim(text);
  if (text.starts_with('[') && text.ends_with(']')) text = trim(text.substr(1, text.size() - 2));
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(trim(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return parts;
}

Status compile_default(const MessageTable& table, Field& field) {
  FieldRules& rules = *field.rules;
  const std::string where = table.full_name + "." + field.name;
  if (!is_textual(field)) return invalid(where, "default_value is for scalars and lists of them");
  WireBuffer wire;
  std::string error = "default_value ";
  rules.default_parts = default_texts(field, rules.default_text);
  for (const std::string& text : rules.default_parts) {
    if (!encode_text(field, text, TextFrom::people, wire, error)) return invalid(where, error);
  }
  rules.default_wire = std::string(wire.view());
  return {};
}

/// Bounds on it are bounds on its amount.
bool is_money(const pb::FieldDescriptor& descriptor) {
  return descriptor.message_type() != nullptr &&
         descriptor.message_type()->full_name() == "souk.v1.Money";
}

}  // namespace

const EnumTable* PoolBuilder::enumeration(const pb::EnumDescriptor& descriptor) {
  auto& slot = types_.enumerations[descriptor.full_name()];
  if (slot != nullptr) return slot.get();
  slot = std::make_unique<EnumTable>();
  slot->full_name = descriptor.full_name();
  slot->doc = comment_of(descriptor);
  slot->closed = descriptor.file()->syntax() == pb::FileDescriptor::SYNTAX_PROTO2;
  std::vector<NameIndex::Entry> names;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const pb::EnumValueDescriptor& value = *descriptor.value(i);
    slot->values.push_back({value.name(), value.number(), comment_of(value)});
  }
  for (std::size_t i = 0; i < slot->values.size() && i < INT16_MAX; ++i) {
    names.push_back({slot->values[i].name, static_cast<std::uint16_t>(i)});
  }
  slot->by_name.build(names);
  return slot.get();
}

const MessageTable* PoolBuilder::table(const pb::Descriptor& descriptor) {
  auto& slot = types_.messages[descriptor.full_name()];
  if (slot == nullptr) {
    slot = std::make_unique<MessageTable>();
    slot->full_name = descriptor.full_name();
    slot->name = descriptor.name();
    pending_.push_back(&descriptor);
  }
  return slot.get();
}

Status PoolBuilder::add_file(const pb::FileDescriptor& file) {
  for (int i = 0; i < file.message_type_count(); ++i) {
    table(*file.message_type(i));
    std::vector<const pb::Descriptor*> open = {file.message_type(i)};
    while (!open.empty()) {
      const pb::Descriptor& outer = *open.back();
      open.pop_back();
      for (int k = 0; k < outer.enum_type_count(); ++k)
        enumeration(*outer.enum_type(k));
      for (int k = 0; k < outer.nested_type_count(); ++k) {
        table(*outer.nested_type(k));
        open.push_back(outer.nested_type(k));
      }
    }
  }
  for (int i = 0; i < file.enum_type_count(); ++i)
    enumeration(*file.enum_type(i));
  while (!pending_.empty()) {
    const pb::Descriptor& next = *pending_.back();
    pending_.pop_back();
    Status status = compile_message(next);
    if (!status.ok()) return status;
  }
  return {};
}

Status PoolBuilder::add_services(const pb::FileDescriptor& file) {
  for (int i = 0; i < file.service_count(); ++i) {
    Status status = compile_service(*file.service(i));
    if (!status.ok()) return status;
  }
  return {};
}

Status PoolBuilder::compile_message(const pb::Descriptor& descriptor) {
  MessageTable& table = *types_.messages.find(descriptor.full_name())->second;
  if (types_.messages.size() > limits_.max_messages) {
    return invalid(table.full_name, "one message more than the " +
                                        std::to_string(limits_.max_messages) + " allowed");
  }
  const auto count = static_cast<std::size_t>(descriptor.field_count());
  if (count > limits_.max_fields || descriptor.real_oneof_decl_count() > 64) {
    return invalid(table.full_name,
                   "has more than " + std::to_string(limits_.max_fields) + " fields or 64 oneofs");
  }
  table.doc = comment_of(descriptor);
  table.well_known = well_known_of(table.full_name);
  table.custom = table.full_name == "souk.v1.Custom";
  for (int i = 0; i < descriptor.real_oneof_decl_count(); ++i) {
    table.oneofs.push_back(descriptor.oneof_decl(i)->name());
  }
  std::vector<const pb::FieldDescriptor*> ordered;
  for (int i = 0; i < descriptor.field_count(); ++i)
    ordered.push_back(descriptor.field(i));
  std::sort(ordered.begin(), ordered.end(),
            [](const auto* a, const auto* b) { return a->number() < b->number(); });
  table.fields.resize(ordered.size());
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    table.fields[i].index = static_cast<std::uint16_t>(i);
    Status status = compile_field(*ordered[i], table.fields[i]);
    if (!status.ok()) return status;
    const FieldRules* rules = table.fields[i].rules.get();
    if (rules != nullptr && rules->required) table.required.push_back(table.fields[i].index);
  }
  table.seal();
  return compile_message_rules(descriptor, table);
}

Status PoolBuilder::compile_field(const pb::FieldDescriptor& descriptor, Field& field) {
  if (descriptor.type() == pb::FieldDescriptor::TYPE_GROUP) {
    return invalid(descriptor.full_name(), "groups are not supported; use a message");
  }
  field.name = descriptor.name();
  field.json_name = descriptor.json_name();
  field.number = static_cast<std::uint32_t>(descriptor.number());
  field.kind = kind_of(descriptor.type());
  field.repeated = descriptor.is_repeated();
  field.map = descriptor.is_map();
  field.packed = descriptor.is_packed();
  field.has_presence = field.keep_zero = descriptor.has_presence();
  field.optional = descriptor.has_optional_keyword();
  field.doc = comment_of(descriptor);
  if (const pb::OneofDescriptor* oneof = descriptor.real_containing_oneof()) {
    field.oneof = static_cast<std::int16_t>(oneof->index());
  }
  if (descriptor.enum_type() != nullptr) {
    field.enumeration = enumeration(*descriptor.enum_type());
    field.null_value = field.enumeration->full_name == "google.protobuf.NullValue";
  }
  if (descriptor.message_type() != nullptr) {
    if (descriptor.message_type()->full_name() == "google.protobuf.Any") {
      return invalid(
          descriptor.full_name(),
          "google.protobuf.Any is not supported; use a message or google.protobuf.Struct");
    }
    field.message = table(*descriptor.message_type());
  }
  set_tag(field);
  return compile_rules(descriptor, field);
}

Status PoolBuilder::compile_rules(const pb::FieldDescriptor& descriptor, Field& field) {
  if (!descriptor.options().HasExtension(souk::v1::field)) return {};
  const souk::v1::FieldRules& given = descriptor.options().GetExtension(souk::v1::field);
  auto rules = std::make_unique<FieldRules>();
  rules->required = given.required();
  rules->sensitive = given.sensitive();
  rules->duration = given.duration();
  rules->path = given.path();
  rules->max_length = given.max_length();
  rules->max_items = given.max_items();
  if (given.has_min()) rules->min = given.min();
  if (given.has_max()) rules->max = given.max();
  rules->allowed.assign(given.allowed().begin(), given.allowed().end());
  rules->default_text = given.default_value();
  rules->unit = given.unit();
  rules->pattern_text = given.pattern();
  if (!given.doc().empty()) field.doc = given.doc();

  const std::string& where = descriptor.full_name();
  const bool text = field.kind == Kind::string;
  if (rules->limits_numbers() && !is_number(field.kind) && !is_money(descriptor)) {
    return invalid(where, "min and max are for numbers and souk.v1.Money");
  }
  if (rules->min && rules->max && *rules->min > *rules->max) {
    return invalid(where, "min is above max");
  }
  const bool in_file = rules->path && field.kind == Kind::message && !field.repeated && !field.map;
  if (!text && (!rules->allowed.empty() || !given.pattern().empty() || (rules->path && !in_file))) {
    return invalid(where, "allowed, pattern and path are for strings");
  }
  if (rules->max_length != 0 && !text && field.kind != Kind::bytes) {
    return invalid(where, "max_length is for strings and bytes");
  }
  if (rules->max_items != 0 && !field.repeated) return invalid(where, "max_items is for lists");
  if (rules->duration && field.kind != Kind::int64) {
    return invalid(where, "duration is for int64");
  }
  if (!given.pattern().empty()) {
    std::string error;
    rules->pattern = Pattern::compile(given.pattern(), error);
    if (rules->pattern == nullptr) return invalid(where, "pattern: " + error);
  }
  field.keep_zero = field.keep_zero || !rules->default_text.empty();
  field.rules = std::move(rules);
  return {};
}

Status PoolBuilder::compile_message_rules(const pb::Descriptor& descriptor, MessageTable& table) {
  if (!descriptor.options().HasExtension(souk::v1::message)) return {};
  const souk::v1::MessageRules& given = descriptor.options().GetExtension(souk::v1::message);
  if (!given.doc().empty()) table.doc = given.doc();
  table.rules.settings = given.settings();
  table.rules.scope = given.scope();
  if (given.settings() && descriptor.file()->package() != "souk.v1") {
    if (types_.settings != nullptr) {
      return invalid(table.full_name, "is marked as settings, and so is " +
                                          types_.settings->full_name + "; one message may be");
    }
    types_.settings = &table;
  }
  for (const std::string& text : given.cross_checks()) {
    Status status = compile_cross_check(text, table);
    if (!status.ok()) return status;
  }
  return {};
}

Status PoolBuilder::compile_cross_check(const std::string& text, MessageTable& table) {
  struct Name {
    std::string_view text;
    CrossCheck::Op op;
  };
  // Two letters before one, so that "<=" is not taken for "<".
  constexpr Name kOperators[] = {{"<=", CrossCheck::Op::le}, {">=", CrossCheck::Op::ge},
                                 {"==", CrossCheck::Op::eq}, {"!=", CrossCheck::Op::ne},
                                 {"<", CrossCheck::Op::lt},  {">", CrossCheck::Op::gt}};
  const std::string what = "cross_check '" + text + "': ";
  const auto trimmed = [](std::string part) {
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    return part;
  };
  for (const Name& name : kOperators) {
    const std::size_t at = text.find(name.text);
    if (at == std::string::npos) continue;
    CrossCheck check;
    check.text = text;
    check.op = name.op;
    const std::string left = trimmed(text.substr(0, at));
    const std::string right = trimmed(text.substr(at + name.text.size()));
    const Field* left_field = table.find(left);
    const Field* right_field = table.find(right);
    char* end = nullptr;
    check.number = std::strtod(right.c_str(), &end);
    const bool right_is_number = !right.empty() && *end == '\0';
    const auto fits = [](const Field* field) {
      return field != nullptr && !field->repeated && is_number(field->kind);
    };
    if (!fits(left_field) || (!right_is_number && !fits(right_field))) {
      return invalid(table.full_name,
                     what + "both sides must be fields with one number, or the right a number");
    }
    check.left = left_field->index;
    if (!right_is_number) check.right = right_field->index;
    table.rules.cross_checks.push_back(std::move(check));
    return {};
  }
  return invalid(table.full_name, what + "has none of the operators <=, <, >=, >, ==, !=");
}

Status PoolBuilder::compile_service(const pb::ServiceDescriptor& descriptor) {
  auto service = std::make_unique<Service>();
  Status status = compile_routes(descriptor, *this, *service);
  if (!status.ok()) return status;
  types_.services[service->full_name] = std::move(service);
  return {};
}

Status PoolBuilder::finish() {
  for (auto& [name, table] : types_.messages) {
    types_.message_list.push_back(table.get());
    for (Field& field : table->fields) {
      if (field.rules == nullptr || field.rules->default_text.empty()) continue;
      Status status = compile_default(*table, field);
      if (!status.ok()) return status;
    }
  }
  // Until nothing changes: types may hold one another in any order.
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& [name, table] : types_.messages) {
      const auto gives = [](const Field& field) {
        return (field.rules != nullptr && !field.rules->default_wire.empty()) ||
               (field.message != nullptr && field.message->has_defaults);
      };
      const bool now = std::any_of(table->fields.begin(), table->fields.end(), gives);
      changed = changed || now != table->has_defaults;
      table->has_defaults = now;
    }
  }
  for (auto& [name, service] : types_.services)
    types_.service_list.push_back(service.get());
  return {};
}

}  // namespace souk::schema
