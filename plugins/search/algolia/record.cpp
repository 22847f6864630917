#include "plugins/search/algolia/record.hpp"

#include <algorithm>
#include <map>

#include "plugins/search/fold/product_document.hpp"

namespace souk::search::algolia {
namespace {

using souk::v1::Product;

JsonValue of_struct(const google::protobuf::Struct& given);

JsonValue of_value(const google::protobuf::Value& given) {
  switch (given.kind_case()) {
    case google::protobuf::Value::kBoolValue:
      return JsonValue::of(given.bool_value());
    case google::protobuf::Value::kNumberValue:
      return JsonValue::of(given.number_value());
    case google::protobuf::Value::kStringValue:
      return JsonValue::of(std::string_view(given.string_value()));
    case google::protobuf::Value::kStructValue:
      return of_struct(given.struct_value());
    case google::protobuf::Value::kListValue: {
      JsonValue list = JsonValue::list();
      for (const auto& item : given.list_value().values())
        list.items.push_back(of_value(item));
      return list;
    }
    default:
      return {};
  }
}

/// Members by name: a message's map has no order of its own.
JsonValue of_struct(const google::protobuf::Struct& given) {
  JsonValue object = JsonValue::object();
  for (const auto& [name, value] : given.fields())
    object.members.emplace_back(name, of_value(value));
  std::sort(object.members.begin(), object.members.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return object;
}

double major(const souk::v1::Money& money, std::string_view currency) {
  return static_cast<double>(money.amount()) /
         minor_units(money.currency().empty() ? currency : std::string_view(money.currency()));
}

void set_text(JsonValue& record, std::string_view name, const std::string& text) {
  if (!text.empty()) record.set(name, JsonValue::of(std::string_view(text)));
}

/// Flat, and as Algolia's menus want them: lvl0 "A", lvl1 "A > B".
void add_categories(const Product& product, JsonValue& record) {
  if (product.categories_size() == 0) return;
  constexpr std::string_view kLevel = " > ";
  JsonValue flat = JsonValue::list();
  std::map<std::string, JsonValue> levels;
  for (const auto& category : product.categories()) {
    const std::string& path = category.value();
    flat.items.push_back(JsonValue::of(std::string_view(path)));
    int depth = 0;
    for (std::size_t at = 0; at <= path.size() && depth < 10; ++depth) {
      const std::size_t end = std::min(path.find(kLevel, at), path.size());
      JsonValue& level =
          levels.try_emplace("lvl" + std::to_string(depth), JsonValue::list()).first->second;
      level.items.push_back(JsonValue::of(std::string_view(path).substr(0, end)));
      at = end + kLevel.size();
    }
  }
  JsonValue tree = JsonValue::object();
  for (auto& [name, level] : levels)
    tree.set(name, std::move(level));
  record.set("categories", std::move(flat));
  record.set("hierarchicalCategories", std::move(tree));
}

JsonValue made_record(const Product& product, std::string_view currency) {
  JsonValue record = JsonValue::object();
  // First, so that what follows has the last word where names meet.
  const std::map<std::string, std::string> attributes(product.attributes().begin(),
                                                      product.attributes().end());
  for (const auto& [name, value] : attributes)
    set_text(record, name, value);
  set_text(record, "name", product.title());
  set_text(record, "description",
           product.description().plain().empty() ? product.description().html()
                                                 : product.description().plain());
  set_text(record, "brand", product.brand());
  set_text(record, "url", product.url());
  if (product.media_size() > 0) set_text(record, "image", product.media(0).url());
  add_categories(product, record);
  if (product.has_price_range()) {
    record.set("price", JsonValue::of(major(product.price_range().min(), currency)));
  }
  if (product.has_list_price_range()) {
    record.set("list_price", JsonValue::of(major(product.list_price_range().min(), currency)));
  }
  if (product.has_rating()) record.set("rating", JsonValue::of(product.rating().value()));
  if (product.tags_size() > 0) {
    JsonValue tags = JsonValue::list();
    for (const auto& tag : product.tags())
      tags.items.push_back(JsonValue::of(std::string_view(tag)));
    record.set("_tags", std::move(tags));
  }
  record.set("available", JsonValue::of(product.availability().available()));
  return record;
}

}  // namespace

JsonValue record_of(const Product& product, std::string_view currency, bool own_prices) {
  const auto kept = product.metadata().fields().find("algolia");
  const bool sent = kept != product.metadata().fields().end() && kept->second.has_struct_value();
  JsonValue record = sent ? of_struct(kept->second.struct_value()) : made_record(product, currency);
  if (sent && own_prices && product.has_price_range()) {
    record.set("price", JsonValue::of(major(product.price_range().min(), currency)));
  }
  record.set("objectID", JsonValue::of(std::string_view(product.id())));
  return record;
}

void retrieve(const std::vector<std::string>& names, JsonValue& record) {
  const auto has = [&names](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const bool all = has("*");
  std::erase_if(record.members, [&](const auto& member) {
    if (member.first == "objectID") return false;
    if (has("-" + member.first)) return true;
    if (all || has(member.first)) return false;
    // "size.eu" keeps the object that holds it.
    return std::none_of(names.begin(), names.end(), [&member](const std::string& name) {
      return name.size() > member.first.size() && name.starts_with(member.first) &&
             name[member.first.size()] == '.';
    });
  });
}

void leave_out(const std::vector<std::string>& names, JsonValue& record) {
  std::erase_if(record.members, [&names](const auto& member) {
    return member.first != "objectID" &&
           std::find(names.begin(), names.end(), member.first) != names.end();
  });
}

}  // namespace souk::search::algolia
