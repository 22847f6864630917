#include "kernel/gateway/tracking/properties.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "kernel/gateway/tracking/vocabulary.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "kernel/schema/json_to_wire.hpp"

namespace souk::gateway {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

// Other names for a field, looked at when its own name is not there. The first that the message has
// counts.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"id", "product_id"},
    {"id", "order_id"},
    {"itemid", "product_id"},
    {"ordernumber", "order_id"},
    {"transactionid", "order_id"},
    {"image", "image_url"},
    {"title", "name"},
    {"productname", "name"},
    {"value", "total"},
    {"amount", "total"},
    {"items", "products"},
    {"lineitems", "products"},
    {"code", "coupon_id"},
    {"coupon", "coupon_id"},
    {"couponcode", "coupon_id"},
    {"couponcode", "coupon"},
    {"q", "query"},
    {"term", "query"},
    {"searchterm", "query"},
    {"searchquery", "query"},
    {"searchstring", "query"},
    {"keyword", "query"},
    {"resultcount", "results"},
    {"resultscount", "results"},
    {"numberofresults", "results"},
    {"nbhits", "results"},
    {"emailid", "message_id"},
    {"campaignid", "flow_id"},
    {"linkurl", "url"},
    {"body", "review_body"},
    {"cartid", "cart_id"},
    {"listid", "list_id"},
    {"categoryid", "category"},
    {"sku", "product_id"},
};

/// Normalised name → field, of one message.
using FieldNames = std::map<std::string, const schema::Field*, std::less<>>;

const FieldNames& names_of(const schema::MessageTable& table) {
  static std::shared_mutex mutex;
  static std::map<const schema::MessageTable*, FieldNames> known;
  {
    const std::shared_lock lock(mutex);
    if (const auto it = known.find(&table); it != known.end()) return it->second;
  }
  const std::unique_lock lock(mutex);
  FieldNames& names = known[&table];
  if (names.empty()) {
    for (const schema::Field& field : table.fields)
      names.emplace(normalised(field.name), &field);
  }
  return names;
}

std::optional<double> number_of(const element& value) {
  double number = 0;
  std::string_view text;
  if (value.get(number) == simdjson::SUCCESS) return number;
  if (value.get(text) == simdjson::SUCCESS && tolerant_number(text, number)) return number;
  return std::nullopt;
}

bool append_scalar(const schema::Field& field, const element& value, std::string& out);

/// A search's query may be an object; its text is what counts.
bool append_text(const schema::Field& field, const element& value, std::string& out) {
  std::string text;
  if (!tolerant_text(value, text)) {
    object inside;
    if (field.name != "query" || value.get(inside) != simdjson::SUCCESS) return false;
    for (const char* name : {"query", "q", "text", "term"}) {
      element found;
      if (inside[name].get(found) == simdjson::SUCCESS && tolerant_text(found, text)) break;
    }
    if (text.empty()) text = simdjson::minify(value);
  }
  if (text.empty() && !field.has_presence) return true;
  append_bytes_field(out, field.number, text);
  return true;
}

bool append_message(const schema::Field& field, const element& value, std::string& out) {
  if (field.message->well_known != schema::WellKnown::none) {
    return schema::json_to_field(field, simdjson::minify(value), out).ok();
  }
  std::string inside;
  object properties;
  if (value.get(properties) == simdjson::SUCCESS) {
    append_properties(*field.message, properties, inside);
  } else {
    // A bare id stands for the product.
    const schema::Field* id = field.message->find("product_id");
    if (id == nullptr || !append_text(*id, value, inside)) return false;
  }
  append_bytes_field(out, field.number, inside);
  return true;
}

bool append_whole_number(const schema::Field& field, double number, std::string& out) {
  if (!(std::abs(number) < 9e15)) return false;
  const auto whole = static_cast<std::int64_t>(std::llround(number));
  switch (field.kind) {
    case schema::Kind::uint32:
    case schema::Kind::uint64:
      if (whole < 0 || (field.kind == schema::Kind::uint32 && whole > UINT32_MAX)) return false;
      break;
    case schema::Kind::int32:
      if (whole < INT32_MIN || whole > INT32_MAX) return false;
      break;
    case schema::Kind::int64:
      break;
    default:
      return false;  // none of the payloads has the other encodings
  }
  append_varint_field(out, field.number, static_cast<std::uint64_t>(whole));
  return true;
}

bool append_scalar(const schema::Field& field, const element& value, std::string& out) {
  switch (field.kind) {
    case schema::Kind::string:
      return append_text(field, value, out);
    case schema::Kind::message:
      return append_message(field, value, out);
    case schema::Kind::boolean: {
      std::string text;
      if (!tolerant_text(value, text)) return false;
      const bool on = text == "true" || text == "1" || text == "yes";
      if (!on && text != "false" && text != "0" && text != "no") return false;
      if (on || field.has_presence) append_varint_field(out, field.number, on ? 1 : 0);
      return true;
    }
    default:
      break;
  }
  const std::optional<double> number = number_of(value);
  if (!number) return false;
  if (field.kind == schema::Kind::float64) {
    if (*number != 0 || field.has_presence) append_double_field(out, field.number, *number);
    return true;
  }
  return append_whole_number(field, *number, out);
}

bool append_value(const schema::Field& field, const element& value, std::string& out) {
  if (value.is_null() || field.map) return false;
  if (!field.repeated) return append_scalar(field, value, out);
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return append_scalar(field, value, out);
  bool any = false;
  for (const element one : list)
    any = (!one.is_null() && append_scalar(field, one, out)) || any;
  return any;
}

}  // namespace

bool tolerant_number(std::string_view text, double& value) noexcept {
  char plain[64];
  std::size_t size = 0;
  const std::size_t last_dot = text.rfind('.');
  const std::size_t last_comma = text.rfind(',');
  // The separator that comes last is the decimal one; a lone comma before exactly three digits
  // groups.
  const bool comma_decides = last_comma != std::string_view::npos &&
                             (last_dot == std::string_view::npos
                                  ? text.find(',') == last_comma && text.size() - last_comma != 4
                                  : last_comma > last_dot);
  bool digit = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (size == sizeof plain) return false;
    if ((c >= '0' && c <= '9') || c == '-' || ((c == 'e' || c == 'E') && digit)) {
      digit = digit || (c >= '0' && c <= '9');
      plain[size++] = c;
    } else if (c == (comma_decides ? ',' : '.')) {
      plain[size++] = '.';
    } else if (c == ',' || c == '.' || c == ' ' || c == '\'' || c == '$' ||
               static_cast<unsigned char>(c) >= 0x80) {
      continue;  // grouping, blanks and currency signs
    } else {
      return false;
    }
  }
  if (!digit) return false;
  const auto [end, failure] = std::from_chars(plain, plain + size, value);
  return failure == std::errc() && end == plain + size && std::isfinite(value);
}

bool tolerant_text(const element& value, std::string& out) {
  switch (value.type()) {
    case element_type::STRING: {
      std::string_view text;
      if (value.get(text) != simdjson::SUCCESS) return false;
      out.assign(text);
      return true;
    }
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
    case element_type::BOOL:
      out = simdjson::minify(value);
      return true;
    default:
      return false;
  }
}

void append_properties(const schema::MessageTable& table, const object& properties,
                       std::string& out) {
  const FieldNames& names = names_of(table);
  std::vector<bool> filled(table.fields.size());
  std::vector<std::pair<std::string, element>> others;
  for (const auto& member : properties) {
    std::string name = normalised(member.key);
    const auto it = names.find(name);
    if (it == names.end()) {
      others.emplace_back(std::move(name), member.value);
    } else if (!filled[it->second->index]) {
      filled[it->second->index] = append_value(*it->second, member.value, out);
    }
    // "sku" is a field and, without a product id, the product's name.
    if (member.key == "sku" || member.key == "coupon" || member.key == "value") {
      others.emplace_back(normalised(member.key), member.value);
    }
  }
  for (const auto& [alias, name] : kAliases) {
    const schema::Field* field = table.find(name);
    if (field == nullptr || filled[field->index]) continue;
    for (const auto& [key, value] : others) {
      if (key != alias || filled[field->index]) continue;
      filled[field->index] = append_value(*field, value, out);
    }
  }
}

}  // namespace souk::gateway
