// Filters of texts. What was HTML stays HTML as long as the change can't break out of it.
#include <algorithm>
#include <vector>

#include "plugins/email/template/filters.hpp"
#include "plugins/email/template/html_text.hpp"
#include "plugins/email/template/numbers.hpp"
#include "plugins/email/template/utf8.hpp"

namespace souk::email::liquid {
namespace {

constexpr std::string_view kTextSpaces = " \t\r\n\f\v";

/// The input as plain text: tags and entities of HTML resolved. Good until `holder` changes.
std::string_view plain_input(const Value& in, std::string& holder) {
  if (!in.is_html()) return shown_text(in, holder);
  holder.clear();
  append_without_tags(in.as_text(), holder);
  return holder;
}

Value same_kind(std::string_view text, const Value& in) noexcept {
  return in.is_html() ? Value::html(text) : Value::text(text);
}

/// `view` of what stands in a buffer must move to the arena; a part of the input need not.
Value part_of_input(const FilterContext& c, std::string_view part, const Value& in) {
  return same_kind(in.is_text() ? part : c.arena.copy(part), in);
}

template <class Change>
Value change_letters(const FilterContext& c, const Value& in, Change change) {
  std::string holder;
  std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  c.buffer.clear();
  for (bool first = true; !text.empty(); first = false) {
    const std::size_t bytes = letter_bytes(text);
    const std::uint32_t code = letter_code(text);
    const std::uint32_t changed = change(code, first);
    if (changed == code)
      c.buffer += text.substr(0, bytes);
    else
      append_utf8(changed, c.buffer);
    text.remove_prefix(bytes);
  }
  return c.made(in.is_html());
}

Value upcase_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  return change_letters(c, in, [](std::uint32_t code, bool) { return upper_code(code); });
}

Value downcase_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  return change_letters(c, in, [](std::uint32_t code, bool) { return lower_code(code); });
}

Value capitalize_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  return change_letters(c, in, [](std::uint32_t code, bool first) {
    return first ? upper_code(code) : lower_code(code);
  });
}

Value strip_sides(const FilterContext& c, const Value& in, bool left, bool right) {
  std::string holder;
  std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  if (left) text.remove_prefix(std::min(text.find_first_not_of(kTextSpaces), text.size()));
  if (right) text = text.substr(0, text.find_last_not_of(kTextSpaces) + 1);
  return part_of_input(c, text, in);
}

Value strip_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  return strip_sides(c, in, true, true);
}
Value lstrip_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  return strip_sides(c, in, true, false);
}
Value rstrip_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  return strip_sides(c, in, false, true);
}

Value strip_newlines_filter(const FilterContext& c, const Value& in, const FilterArguments&) {
  std::string holder;
  const std::string_view text = shown_text(in, holder);
  c.charge(text.size());
  c.buffer.clear();
  std::copy_if(text.begin(), text.end(), std::back_inserter(c.buffer),
               [](char letter) { return letter != '\n' && letter != '\r'; });
  return c.made(in.is_html());
}

/// The end counts: truncate: 10, "…" gives at most ten letters.
Value truncate_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::string holder;
  std::string end_holder;
  const std::string_view text = plain_input(in, holder);
  c.charge(text.size());
  const std::int64_t asked = args.values.empty() ? 50 : to_number(args.at(0)).as_integer();
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(asked, 0));
  const std::string_view end =
      args.values.size() > 1 ? shown_text(args.at(1), end_holder) : std::string_view("...");
  if (text.size() <= limit || count_letters(text) <= limit) return Value::text(c.arena.copy(text));
  c.buffer = first_letters(text, limit - std::min(limit, count_letters(end)));
  c.buffer += end;
  return c.made();
}

Value truncatewords_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::string holder;
  std::string end_holder;
  const std::string_view text = plain_input(in, holder);
  c.charge(text.size());
  const std::int64_t limit =
      args.values.empty() ? 15 : std::max<std::int64_t>(to_number(args.at(0)).as_integer(), 1);
  std::size_t at = 0;
  for (std::int64_t words = 0; words < limit; ++words) {
    const std::size_t word = text.find_first_not_of(kTextSpaces, at);
    if (word == text.npos) return Value::text(c.arena.copy(text));
    at = std::min(text.find_first_of(kTextSpaces, word), text.size());
  }
  if (text.find_first_not_of(kTextSpaces, at) == text.npos) return Value::text(c.arena.copy(text));
  c.buffer = text.substr(0, at);
  c.buffer += args.values.size() > 1 ? shown_text(args.at(1), end_holder) : std::string_view("...");
  return c.made();
}

enum class Which { all, first, last };

Value replace_text(const FilterContext& c, const Value& in, const Value& what, const Value& with,
                   Which which) {
  std::string holder, what_holder, with_holder, escaped;
  const std::string_view text = shown_text(in, holder);
  const std::string_view searched = shown_text(what, what_holder);
  std::string_view put = shown_text(with, with_holder);
  if (in.is_html() && !with.is_html()) {
    append_escaped(put, escaped);
    put = escaped;
  }
  c.buffer.clear();
  c.charge(text.size());
  // Between all letters of a text there is an empty one; nobody means that.
  if (searched.empty()) return part_of_input(c, text, in);
  std::size_t at = 0;
  std::size_t found = which == Which::last ? text.rfind(searched) : text.find(searched);
  for (; found != text.npos; found = which == Which::all ? text.find(searched, at) : text.npos) {
    c.buffer += text.substr(at, found - at);
    c.buffer += put;
    at = found + searched.size();
    if (c.buffer.size() > c.options.limits.scratch_bytes) break;
  }
  c.buffer += text.substr(at);
  c.charge(c.buffer.size());
  return c.made(in.is_html());
}

Value replace_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return replace_text(c, in, args.at(0), args.at(1), Which::all);
}
Value replace_first_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return replace_text(c, in, args.at(0), args.at(1), Which::first);
}
Value replace_last_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return replace_text(c, in, args.at(0), args.at(1), Which::last);
}
Value remove_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return replace_text(c, in, args.at(0), Value(), Which::all);
}
Value remove_first_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return replace_text(c, in, args.at(0), Value(), Which::first);
}

/// Where one of two is HTML, the other is escaped and the whole is HTML.
Value join_two(const FilterContext& c, const Value& left, const Value& right) {
  const bool html = left.is_html() || right.is_html();
  std::string holder;
  c.buffer.clear();
  for (const Value& side : {left, right}) {
    const std::string_view text = shown_text(side, holder);
    c.charge(text.size());
    if (html && !side.is_html())
      append_escaped(text, c.buffer);
    else
      c.buffer += text;
  }
  return c.made(html);
}

Value append_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return join_two(c, in, args.at(0));
}
Value prepend_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  return join_two(c, args.at(0), in);
}

Value split_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::string holder, by_holder;
  const std::string_view input = shown_text(in, holder);
  const std::string_view text = in.is_text() ? input : c.arena.copy(input);
  const std::string_view by = shown_text(args.at(0), by_holder);
  c.charge(text.size());
  ListBuilder parts(c.arena);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end =
        by.empty() ? at + letter_bytes(text.substr(at)) : std::min(text.find(by, at), text.size());
    parts.add(same_kind(text.substr(at, end - at), in));
    at = end + by.size();
  }
  return parts.build();
}

/// Of a text: letters. Of a list: items. A negative start counts from the end.
Value slice_filter(const FilterContext& c, const Value& in, const FilterArguments& args) {
  std::int64_t start = to_number(args.at(0)).as_integer();
  std::int64_t length = args.values.size() > 1 ? to_number(args.at(1)).as_integer() : 1;
  std::string holder;
  const std::string_view text = in.is_list() ? std::string_view() : plain_input(in, holder);
  const auto size = static_cast<std::int64_t>(in.is_list() ? in.size() : count_letters(text));
  c.charge(static_cast<std::size_t>(size));
  if (start < 0) start += size;
  if (start < 0 || start > size || length < 0)
    return in.is_list() ? Value::list({}) : Value::text("");
  length = std::min(length, size - start);
  if (in.kind() == Value::Kind::range)
    return Value::range(in.at(0).as_integer() + start, static_cast<std::uint32_t>(length));
  if (in.is_list())
    return Value::list(
        in.items().subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(length)));
  const std::string_view tail =
      text.substr(first_letters(text, static_cast<std::size_t>(start)).size());
  return Value::text(c.arena.copy(first_letters(tail, static_cast<std::size_t>(length))));
}

Value default_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  if (in.kind() == Value::Kind::boolean && !in.as_boolean())
    return args.get("allow_false").truthy() ? in : args.at(0);
  return in.empty() ? args.at(0) : in;
}

/// `{{ count | pluralize: "item", "items" }}`.
Value pluralize_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  return same_value(to_number(in), Value::integer(1)) ? args.at(0) : args.at(1);
}

constexpr FilterInfo kTextFilters[] = {
    {"upcase", upcase_filter, 0, 0},
    {"downcase", downcase_filter, 0, 0},
    {"capitalize", capitalize_filter, 0, 0},
    {"strip", strip_filter, 0, 0},
    {"lstrip", lstrip_filter, 0, 0},
    {"rstrip", rstrip_filter, 0, 0},
    {"strip_newlines", strip_newlines_filter, 0, 0},
    {"truncate", truncate_filter, 0, 2},
    {"truncatewords", truncatewords_filter, 0, 2},
    {"replace", replace_filter, 2, 2},
    {"replace_first", replace_first_filter, 2, 2},
    {"replace_last", replace_last_filter, 2, 2},
    {"remove", remove_filter, 1, 1},
    {"remove_first", remove_first_filter, 1, 1},
    {"append", append_filter, 1, 1},
    {"prepend", prepend_filter, 1, 1},
    {"split", split_filter, 1, 1},
    {"slice", slice_filter, 1, 2, false, true},
    {"default", default_filter, 1, 1, true, false},
    {"pluralize", pluralize_filter, 2, 2},
};

}  // namespace

std::span<const FilterInfo> text_filters() noexcept { return kTextFilters; }

}  // namespace souk::email::liquid
