// What an Algolia record says that a product's fields do not hold: lists, and places.
#include "plugins/search/fold/algolia_record.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>

namespace souk::search {
namespace {

constexpr int kDeepest = 8;

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return made;
}

void add_place(const google::protobuf::Value& value, Document& document) {
  const auto& fields = value.struct_value().fields();
  const auto latitude = fields.find("lat");
  const auto longitude = fields.find("lng");
  if (latitude == fields.end() || longitude == fields.end()) return;
  document.places.push_back({latitude->second.number_value(), longitude->second.number_value()});
}

void add_item(const std::string& name, const google::protobuf::Value& item, Document& document) {
  if (item.has_number_value()) {
    document.numbers.push_back({name, item.number_value()});
  } else if (item.has_string_value() && !item.string_value().empty()) {
    document.values.push_back({name, item.string_value()});
    document.text(Field::kAttributes).push_back(item.string_value());
  }
}

void add_members(const google::protobuf::Struct& record, const std::string& prefix, int depth,
                 Document& document) {
  if (depth > kDeepest) return;
  // The message's map has no order; documents of the same product are the same.
  std::map<std::string, const google::protobuf::Value*> sorted;
  for (const auto& [name, value] : record.fields())
    sorted[name] = &value;
  for (const auto& [name, value] : sorted) {
    if (name == "_geoloc") {
      add_place(*value, document);
      for (const auto& place : value->list_value().values())
        add_place(place, document);
    } else if (depth == 0 && (name == "categories" || name == "hierarchicalCategories" ||
                              name == "hierarchical_categories" || name == "_tags" ||
                              name == "tags" || name == "images")) {
      continue;  // the product has them
    } else if (value->has_struct_value()) {
      add_members(value->struct_value(), prefix + lower(name) + ".", depth + 1, document);
    } else {
      for (const auto& item : value->list_value().values())
        add_item(prefix + lower(name), item, document);
    }
  }
}

}  // namespace

void add_algolia_record(const souk::v1::Product& product, Document& document) {
  const auto record = product.metadata().fields().find("algolia");
  if (record == product.metadata().fields().end()) return;
  add_members(record->second.struct_value(), "attributes.", 0, document);
}

}  // namespace souk::search
