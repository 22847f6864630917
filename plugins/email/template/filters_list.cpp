// Filters of lists. A list is never changed: a filter makes another, of the same items.
#include <algorithm>
#include <vector>

#include "plugins/email/template/filters.hpp"
#include "plugins/email/template/numbers.hpp"

namespace souk::email::liquid {
namespace {

/// A list's items; a single value is a list of itself, nil an empty one. A range is written out, up
/// to what the arena holds.
std::span<const Value> items_of(const FilterContext& c, const Value& in) {
  if (in.kind() == Value::Kind::list) {
    c.charge(in.size() * 16);
    return in.items();
  }
  if (in.is_nil()) return {};
  const std::size_t count = in.kind() == Value::Kind::range ? in.size() : 1;
  Value* items = c.arena.allocate_array<Value>(count);
  if (items == nullptr) return {};
  c.charge(count * 16);
  for (std::size_t i = 0; i < count; ++i)
    items[i] = in.is_list() ? in.at(static_cast<std::int64_t>(i)) : in;
  return {items, count};
}

Value* copy_items(const FilterContext& c, std::span<const Value> items) {
  Value* copy = c.arena.allocate_array<Value>(items.size());
  if (copy != nullptr) std::copy(items.begin(), items.end(), copy);
  return copy;
}

/// "price" or "variant.price": the member that sort, map and where look at.
Value path_member(Value value, std::string_view path) {
  while (!path.empty() && !value.is_nil()) {
    const std::size_t dot = path.find('.');
    value = member_of(value, Key(path.substr(0, dot)));
    path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
  }
  return value;
}

Value join_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::string holder, by_holder;
  const std::string_view by =
      args.values.empty() ? std::string_view(" ") : shown_text(args.at(0), by_holder);
  const std::span<const Value> items = items_of(c, in);
  const bool html =
      std::any_of(items.begin(), items.end(), [](const Value& v) { return v.is_html(); });
  c.buffer.clear();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) c.buffer += by;
    const std::string_view text = shown_text(items[i], holder);
    if (html && !items[i].is_html())
      append_escaped(text, c.buffer);
    else
      c.buffer += text;
    if (c.buffer.size() > c.options.limits.scratch_bytes) break;
  }
  c.charge(c.buffer.size());
  return c.made(html);
}

Value size_filter(const FilterContext&, const Value& in, const FilterArguments&) {
  const Value size = member_of(in, "size");
  return size.is_nil() ? Value::integer(0) : size;
}
Value first_filter(const FilterContext&, const Value& in, const FilterArguments&) {
  return in.at(0);
}
Value last_filter(const FilterContext&, const Value& in, const FilterArguments&) {
  return in.at(-1);
}

Value reverse_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  const std::span<const Value> items = items_of(c, in);
  Value* made = copy_items(c, items);
  if (made == nullptr) return {};
  std::reverse(made, made + items.size());
  return Value::list({made, items.size()});
}

/// What can't be compared (other kinds, nil) comes last, in its order.
int rank_of(const Value& value) noexcept {
  if (value.is_text()) return 1;
  return value.kind() == Value::Kind::integer || value.kind() == Value::Kind::number ? 0 : 2;
}

Value sort_items(const FilterContext& c, const Value& in, const FilterArguments& args,
                 bool natural) {
  std::string holder;
  const std::string_view path = shown_text(args.at(0), holder);
  const std::span<const Value> items = items_of(c, in);
  struct Keyed {
    Value key, item;
    std::string folded;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(items.size());
  for (const Value& item : items) {
    Keyed each{path_member(item, path), item, {}};
    if (natural && each.key.is_text()) {
      for (const char letter : each.key.as_text())
        each.folded += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
      each.key = Value();  // set below, once the texts no longer move
    }
    keyed.push_back(std::move(each));
  }
  if (natural) {
    for (Keyed& each : keyed)
      if (each.key.is_nil() && !each.folded.empty()) each.key = Value::text(each.folded);
  }
  std::vector<std::uint32_t> order(keyed.size());
  for (std::uint32_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t x, std::uint32_t y) {
    const Value& a = keyed[x].key;
    const Value& b = keyed[y].key;
    if (rank_of(a) != rank_of(b)) return rank_of(a) < rank_of(b);
    return value_order(a, b) == -1;
  });
  Value* made = c.arena.allocate_array<Value>(items.size());
  if (made == nullptr) return {};
  c.charge(items.size() * 512);
  for (std::size_t i = 0; i < order.size(); ++i)
    made[i] = keyed[order[i]].item;
  return Value::list({made, items.size()});
}

Value sort_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return sort_items(c, in, args, false);
}
Value sort_natural_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return sort_items(c, in, args, true);
}

Value map_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::string holder;
  const std::string_view path = shown_text(args.at(0), holder);
  ListBuilder made(c.arena);
  for (const Value& item : items_of(c, in))
    made.add(path_member(item, path));
  return made.build();
}

Value choose_items(const FilterContext& c, const Value& in, const FilterArguments& args,
                   bool wanted) {
  std::string holder;
  const std::string_view path = shown_text(args.at(0), holder);
  ListBuilder made(c.arena);
  for (const Value& item : items_of(c, in)) {
    const Value member = path_member(item, path);
    const bool fits = args.values.size() > 1 ? same_value(member, args.at(1)) : member.truthy();
    if (fits == wanted) made.add(item);
  }
  return made.build();
}

Value where_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return choose_items(c, in, args, true);
}
Value reject_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return choose_items(c, in, args, false);
}

Value uniq_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::string holder;
  const std::string_view path = shown_text(args.at(0), holder);
  std::vector<Value> seen;
  ListBuilder made(c.arena);
  for (const Value& item : items_of(c, in)) {
    const Value key = path_member(item, path);
    c.steps -= static_cast<std::int64_t>(seen.size() / 4);
    if (c.steps < 0) break;
    if (std::any_of(seen.begin(), seen.end(), [&](const Value& v) { return same_value(v, key); }))
      continue;
    seen.push_back(key);
    made.add(item);
  }
  return made.build();
}

Value compact_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  ListBuilder made(c.arena);
  for (const Value& item : items_of(c, in))
    if (!item.is_nil()) made.add(item);
  return made.build();
}

Value concat_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  ListBuilder made(c.arena);
  for (const Value& side : {in, args.at(0)})
    for (const Value& item : items_of(c, side))
      made.add(item);
  return made.build();
}

Value sum_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::string holder;
  const std::string_view path = shown_text(args.at(0), holder);
  std::int64_t whole = 0;
  double real = 0;
  bool is_whole = true;
  for (const Value& item : items_of(c, in)) {
    const Value number = to_number(path_member(item, path));
    real += number.as_number();
    is_whole = is_whole && number.kind() != Value::Kind::number &&
               !__builtin_add_overflow(whole, number.as_integer(), &whole);
  }
  return is_whole ? Value::integer(whole) : Value::number(real);
}

constexpr FilterInfo kListFilters[] = {
    {"join", join_filter, 0, 1},
    {"size", size_filter, 0, 0},
    {"first", first_filter, 0, 0, false, true},
    {"last", last_filter, 0, 0, false, true},
    {"reverse", reverse_filter, 0, 0, false, true},
    {"sort", sort_filter, 0, 1, false, true},
    {"sort_natural", sort_natural_filter, 0, 1, false, true},
    {"map", map_filter, 1, 1},
    {"where", where_filter, 1, 2, false, true},
    {"reject", reject_filter, 1, 2, false, true},
    {"uniq", uniq_filter, 0, 1, false, true},
    {"compact", compact_filter, 0, 0, false, true},
    {"concat", concat_filter, 1, 1},
    {"sum", sum_filter, 0, 1},
};

}  // namespace

std::span<const FilterInfo> list_filters() noexcept { return kListFilters; }

}  // namespace souk::email::liquid
