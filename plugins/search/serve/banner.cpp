#include "plugins/search/serve/banner.hpp"

#include <simdjson.h>

#include <string>

namespace souk::search {
namespace {

constexpr int kDeepestBanner = 32;

void write_value(const simdjson::dom::element& element, int depth, google::protobuf::Value& out);

void write_object(const simdjson::dom::object& object, int depth, google::protobuf::Struct& out) {
  if (depth > kDeepestBanner) return;
  for (const auto& [name, value] : object)
    write_value(value, depth + 1, (*out.mutable_fields())[std::string(name)]);
}

void write_value(const simdjson::dom::element& element, int depth, google::protobuf::Value& out) {
  simdjson::dom::object object;
  simdjson::dom::array list;
  std::string_view text;
  double number = 0;
  bool truth = false;
  if (element.get(object) == simdjson::SUCCESS) {
    write_object(object, depth, *out.mutable_struct_value());
  } else if (element.get(list) == simdjson::SUCCESS) {
    out.mutable_list_value();
    if (depth > kDeepestBanner) return;
    for (const auto each : list)
      write_value(each, depth + 1, *out.mutable_list_value()->add_values());
  } else if (element.get(text) == simdjson::SUCCESS) {
    out.set_string_value(std::string(text));
  } else if (element.get(truth) == simdjson::SUCCESS) {
    out.set_bool_value(truth);
  } else if (element.get(number) == simdjson::SUCCESS) {
    out.set_number_value(number);
  } else {
    out.set_null_value(google::protobuf::NULL_VALUE);
  }
}

}  // namespace

void write_banner(std::string_view json, google::protobuf::Struct& out) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  const simdjson::padded_string padded(json);
  if (parser.parse(padded).get(object) == simdjson::SUCCESS) write_object(object, 0, out);
}

}  // namespace souk::search
