#include "kernel/schema/message_table.hpp"

#include <algorithm>

namespace souk::schema {

std::string_view kind_in_words(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::string:
      return "a string";
    case Kind::bytes:
      return "a base64 string";
    case Kind::enumeration:
      return "the name of a value";
    case Kind::message:
      return "an object";
    default:
      return "a number";
  }
}

const EnumValue* EnumTable::find(std::string_view name) const noexcept {
  const int at = by_name.find(name);
  return at < 0 ? nullptr : &values[static_cast<std::size_t>(at)];
}

const EnumValue* EnumTable::find(std::int32_t number) const noexcept {
  for (const EnumValue& value : values) {
    if (value.number == number) return &value;
  }
  return nullptr;
}

void MessageTable::seal() {
  constexpr std::uint32_t kDense = 512;
  std::vector<NameIndex::Entry> names;
  names.reserve(fields.size() * 2);
  std::uint32_t highest = 0;
  for (const Field& field : fields) {
    names.push_back({field.json_name, field.index});
    if (field.number < kDense) highest = std::max(highest, field.number);
  }
  for (const Field& field : fields)
    names.push_back({field.name, field.index});
  by_name.build(names);
  dense_.assign(fields.empty() ? 0 : highest + 1, -1);
  for (const Field& field : fields) {
    if (field.number < kDense) dense_[field.number] = static_cast<std::int16_t>(field.index);
  }
}

const Field* MessageTable::find_sparse(std::uint32_t number) const noexcept {
  const auto at = std::lower_bound(
      fields.begin(), fields.end(), number,
      [](const Field& field, std::uint32_t wanted) { return field.number < wanted; });
  return at != fields.end() && at->number == number ? &*at : nullptr;
}

}  // namespace souk::schema
