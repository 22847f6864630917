// Partial updates of records: attributes replaced, and Algolia's built-in operations on them.
#include <algorithm>

#include "kernel/gateway/algolia/record.hpp"

namespace souk::gateway {
namespace {

namespace protobuf = google::protobuf;

const protobuf::Value* member(const protobuf::Value& object, const char* name) {
  const auto it = object.struct_value().fields().find(name);
  return it == object.struct_value().fields().end() ? nullptr : &it->second;
}

bool same(const protobuf::Value& a, const protobuf::Value& b) {
  if (a.has_string_value() && b.has_string_value()) return a.string_value() == b.string_value();
  if (a.has_number_value() && b.has_number_value()) return a.number_value() == b.number_value();
  return false;
}

Status change_number(const std::string& operation, const protobuf::Value& by,
                     protobuf::Value& value) {
  if (!by.has_number_value()) {
    return Status(Code::invalid_argument, operation + " needs a number as `value`");
  }
  const double before = value.has_number_value() ? value.number_value() : 0;
  if (operation == "IncrementSet") {
    if (by.number_value() > before) value.set_number_value(by.number_value());
  } else {
    const double sign = operation == "Decrement" ? -1 : 1;
    value.set_number_value(before + sign * by.number_value());
  }
  return {};
}

void change_list(const std::string& operation, const protobuf::Value& by, protobuf::Value& value) {
  if (!value.has_list_value()) {
    // What is not a list becomes one, as Algolia does.
    protobuf::Value list;
    if (!value.has_null_value() && value.kind_case() != protobuf::Value::KIND_NOT_SET) {
      *list.mutable_list_value()->add_values() = value;
    } else {
      list.mutable_list_value();
    }
    value = list;
  }
  auto& values = *value.mutable_list_value()->mutable_values();
  const bool there = std::any_of(values.begin(), values.end(),
                                 [&by](const protobuf::Value& one) { return same(one, by); });
  if (operation == "Remove") {
    values.erase(std::remove_if(values.begin(), values.end(),
                                [&by](const protobuf::Value& one) { return same(one, by); }),
                 values.end());
  } else if (operation == "Add" || !there) {
    *values.Add() = by;
  }
}

Status operate(const std::string& operation, const protobuf::Value& by, protobuf::Value& value) {
  if (operation == "Increment" || operation == "Decrement" || operation == "IncrementFrom" ||
      operation == "IncrementSet") {
    return change_number(operation, by, value);
  }
  if (operation == "Add" || operation == "Remove" || operation == "AddUnique") {
    change_list(operation, by, value);
    return {};
  }
  return Status(Code::invalid_argument, "there is no operation " + operation);
}

}  // namespace

Status apply_partial(const Record& changes, Record& record) {
  for (const auto& [name, change] : changes.fields()) {
    const protobuf::Value* operation =
        change.has_struct_value() ? member(change, "_operation") : nullptr;
    if (operation == nullptr || !operation->has_string_value()) {
      (*record.mutable_fields())[name] = change;
      continue;
    }
    const protobuf::Value* by = member(change, "value");
    if (by == nullptr) return Status(Code::invalid_argument, "`" + name + "` has no value");
    Status status = operate(operation->string_value(), *by, (*record.mutable_fields())[name]);
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace souk::gateway
