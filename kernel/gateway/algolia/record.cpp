#include "kernel/gateway/algolia/record.hpp"

#include <charconv>

#include "kernel/log/entity_changes.hpp"

namespace souk::gateway {
namespace {

namespace protobuf = google::protobuf;
namespace dom = simdjson::dom;

Status read_object(const dom::object& object, int depth, Record& record);

Status read_value(const dom::element& element, int depth, protobuf::Value& value) {
  if (depth > kMaxRecordDepth) {
    return Status(Code::invalid_argument, "the record is nested too deep");
  }
  switch (element.type()) {
    case dom::element_type::NULL_VALUE:
      value.set_null_value(protobuf::NULL_VALUE);
      return {};
    case dom::element_type::BOOL:
      value.set_bool_value(element.get_bool().value_unsafe());
      return {};
    case dom::element_type::STRING:
      value.set_string_value(std::string(element.get_string().value_unsafe()));
      return {};
    case dom::element_type::OBJECT: {
      dom::object given;
      if (element.get(given) != simdjson::SUCCESS) return {};
      return read_object(given, depth, *value.mutable_struct_value());
    }
    case dom::element_type::ARRAY: {
      protobuf::ListValue& list = *value.mutable_list_value();
      dom::array given;
      if (element.get(given) != simdjson::SUCCESS) return {};
      for (const dom::element one : given) {
        Status status = read_value(one, depth + 1, *list.add_values());
        if (!status.ok()) return status;
      }
      return {};
    }
    default:
      value.set_number_value(element.get_double().value_unsafe());
      return {};
  }
}

Status read_object(const dom::object& object, int depth, Record& record) {
  for (const auto& [key, value] : object) {
    Status status = read_value(value, depth + 1, (*record.mutable_fields())[std::string(key)]);
    if (!status.ok()) return status;
  }
  return {};
}

void set_text(Record& record, const char* name, const std::string& text) {
  if (!text.empty()) (*record.mutable_fields())[name].set_string_value(text);
}

}  // namespace

Status read_record(const dom::element& element, Record& record) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) {
    return Status(Code::invalid_argument, "a record must be a JSON object");
  }
  return read_object(object, 0, record);
}

std::string record_id(const Record& record) {
  const auto it = record.fields().find("objectID");
  if (it == record.fields().end()) return {};
  if (it->second.has_string_value()) return it->second.string_value();
  if (!it->second.has_number_value()) return {};
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, it->second.number_value()).ptr;
  return std::string(text, end);
}

void set_record_id(Record& record, std::string_view id) {
  (*record.mutable_fields())["objectID"].set_string_value(std::string(id));
}

Record record_of(const souk::v1::Product& product, std::string_view currency) {
  const auto kept = product.metadata().fields().find(kRecordMember);
  if (kept != product.metadata().fields().end() && kept->second.has_struct_value()) {
    return kept->second.struct_value();
  }
  Record record;
  set_record_id(record, product.id());
  set_text(record, "name", product.title());
  set_text(record, "description", product.description().plain());
  set_text(record, "brand", product.brand());
  set_text(record, "url", product.url());
  if (product.media_size() > 0) set_text(record, "image", product.media(0).url());
  for (const auto& category : product.categories()) {
    (*record.mutable_fields())["categories"].mutable_list_value()->add_values()->set_string_value(
        category.value());
  }
  for (const auto& tag : product.tags()) {
    (*record.mutable_fields())["_tags"].mutable_list_value()->add_values()->set_string_value(tag);
  }
  for (const auto& [name, value] : product.attributes())
    set_text(record, name.c_str(), value);
  if (product.has_price_range()) {
    const auto& money = product.price_range().min();
    const double units =
        log::minor_units_of(money.currency().empty() ? currency : money.currency());
    (*record.mutable_fields())["price"].set_number_value(static_cast<double>(money.amount()) /
                                                         units);
  }
  return record;
}

}  // namespace souk::gateway
