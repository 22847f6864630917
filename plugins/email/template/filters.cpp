// What all filters share: finding them, values as text, equality and order.
#include "plugins/email/template/filters.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "plugins/email/template/numbers.hpp"
#include "plugins/email/template/utf8.hpp"

namespace souk::email::liquid {
namespace {

constexpr int kMaxShownDepth = 8;
/// A list may name one long text a million times: what is shown of it ends here.
constexpr std::size_t kMaxShownBytes = std::size_t{8} << 20;

using FilterIndex = std::unordered_map<std::string_view, const FilterInfo*>;

const FilterIndex& filter_index() {
  static const FilterIndex index = [] {
    FilterIndex made;
    for (const auto& table :
         {text_filters(), markup_filters(), list_filters(), number_filters(), locale_filters()})
      for (const FilterInfo& filter : table)
        made.emplace(filter.name, &filter);
    return made;
  }();
  return index;
}

void append_shown(const Value& value, std::string& out, int depth) {
  switch (value.kind()) {
    case Value::Kind::nil:
    case Value::Kind::map:  // a map is data, nothing that a customer should read
      return;
    case Value::Kind::boolean:
      out += value.as_boolean() ? "true" : "false";
      return;
    case Value::Kind::integer:
    case Value::Kind::number:
      append_number(value, out);
      return;
    case Value::Kind::text:
      out += value.as_text();
      return;
    case Value::Kind::list:
      if (depth >= kMaxShownDepth || out.size() > kMaxShownBytes) return;
      for (const Value& item : value.items()) {
        if (out.size() > kMaxShownBytes) return;
        append_shown(item, out, depth + 1);
      }
      return;
    case Value::Kind::range:
      append_number(value.at(0), out);
      out += "..";
      append_number(value.at(-1), out);
      return;
  }
}

}  // namespace

const FilterInfo* find_filter(std::string_view name) noexcept {
  const FilterIndex& index = filter_index();
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

std::vector<std::string_view> filter_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, info] : filter_index())
    names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string_view shown_text(const Value& value, std::string& buffer) {
  if (value.is_text()) return value.as_text();
  buffer.clear();
  append_shown(value, buffer, 0);
  return buffer;
}

void append_escaped(std::string_view text, std::string& out) {
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string_view entity;
    switch (text[at]) {
      case '&':
        entity = "&amp;";
        break;
      case '<':
        entity = "&lt;";
        break;
      case '>':
        entity = "&gt;";
        break;
      case '"':
        entity = "&quot;";
        break;
      case '\'':
        entity = "&#39;";
        break;
      default:
        continue;
    }
    out.append(text, from, at - from);
    out += entity;
    from = at + 1;
  }
  out.append(text, from);
}

bool same_value(const Value& a, const Value& b, int depth) noexcept {
  using Kind = Value::Kind;
  const auto is_number = [](const Value& v) {
    return v.kind() == Kind::integer || v.kind() == Kind::number;
  };
  if (is_number(a) && is_number(b)) {
    if (a.kind() == Kind::integer && b.kind() == Kind::integer)
      return a.as_integer() == b.as_integer();
    return a.as_number() == b.as_number();
  }
  if (a.is_list() && b.is_list()) {
    if (a.size() != b.size() || depth >= kMaxShownDepth) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      if (!same_value(a.at(at), b.at(at), depth + 1)) return false;
    }
    return true;
  }
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::nil:
      return true;
    case Kind::boolean:
      return a.as_boolean() == b.as_boolean();
    case Kind::text:
      return a.as_text() == b.as_text();
    case Kind::map:
      return a.members().data() == b.members().data() && a.size() == b.size();
    default:
      return false;
  }
}

int value_order(const Value& a, const Value& b) noexcept {
  using Kind = Value::Kind;
  const auto is_number = [](const Value& v) {
    return v.kind() == Kind::integer || v.kind() == Kind::number;
  };
  if (is_number(a) && is_number(b)) {
    if (a.kind() == Kind::integer && b.kind() == Kind::integer)
      return a.as_integer() < b.as_integer() ? -1 : (a.as_integer() > b.as_integer() ? 1 : 0);
    const double x = a.as_number();
    const double y = b.as_number();
    if (std::isnan(x) || std::isnan(y)) return 2;
    return x < y ? -1 : (x > y ? 1 : 0);
  }
  if (a.is_text() && b.is_text()) {
    const int order = a.as_text().compare(b.as_text());
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
  }
  return 2;
}

Value member_of(const Value& value, const Key& key) noexcept {
  if (value.is_map()) {
    const Value member = value.get(key);
    if (!member.is_nil() || key.text != "size") return member;
  }
  if (key.text == "size") {
    if (value.is_text())
      return Value::integer(static_cast<std::int64_t>(count_letters(value.as_text())));
    if (value.is_list() || value.is_map())
      return Value::integer(static_cast<std::int64_t>(value.size()));
  }
  if (key.text == "first") return value.at(0);
  if (key.text == "last") return value.at(-1);
  return {};
}

}  // namespace souk::email::liquid
