#include "kernel/schema/json_reader.hpp"

#include "kernel/schema/cross_checks.hpp"
#include "kernel/schema/json_presence.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

void Failure::prepend(std::string_view name) {
  std::string longer(name);
  if (!path.empty() && path.front() != '[') longer += '.';
  path = longer + path;
}

void Failure::prepend(std::size_t index) {
  const std::string element = "[" + std::to_string(index) + "]";
  path = element + (path.empty() || path.front() == '[' ? "" : ".") + path;
}

void JsonReader::start(const JsonTokens& tokens, const JsonReadOptions& options) noexcept {
  text_ = tokens.text;
  text_end_ = tokens.text + tokens.size;
  at_ = tokens.begin;
  end_ = tokens.end;
  options_ = &options;
}

bool JsonReader::fail(std::string message) {
  failure_.syntax = false;
  failure_.message = std::move(message);
  failure_.path.clear();
  return false;
}

bool JsonReader::fail_syntax(std::string message) {
  const std::size_t byte = at_ < end_ ? *at_ : static_cast<std::size_t>(text_end_ - text_);
  fail("is not valid JSON: " + std::move(message) + " at byte " + std::to_string(byte));
  failure_.syntax = true;
  return false;
}

bool JsonReader::fail_depth() {
  return fail("is nested too deeply; at most " + std::to_string(options_->limits.max_depth) +
              " messages may stand inside one another");
}

bool JsonReader::fail_unknown(const MessageTable& table, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Field& field : table.fields)
    names.push_back(field.json_name);
  std::string text = "is not a field of " + table.full_name;
  const std::string_view near = did_you_mean(name, names);
  if (!near.empty()) text += "; did you mean " + quote(near) + "?";
  if (near.empty() && names.size() <= 20) text += "; allowed: " + join_names(names);
  fail(std::move(text));
  failure_.prepend(name.substr(0, 100));
  return false;
}

bool JsonReader::fail_type(const Field& field) {
  std::string found = "a number";
  switch (peek()) {
    case '"':
      found = "a string";
      break;
    case '{':
      found = "an object";
      break;
    case '[':
      found = "an array";
      break;
    case 't':
    case 'f':
      found = "true or false";
      break;
    case 'n':
      found = "null";
      break;
    default:
      if (peek() == '-' || (peek() >= '0' && peek() <= '9'))
        found = "a number";
      else
        return fail_syntax("expected a value");
  }
  return fail("must be " + std::string(kind_in_words(field.kind)) + ", not " + found);
}

bool JsonReader::read_literal(std::string_view literal) {
  if (raw_token() != literal) return fail_syntax("expected a value");
  ++at_;
  return true;
}

bool JsonReader::fail_separator(char close) {
  return fail_syntax(std::string("expected ',' or '") + close + "'");
}

bool JsonReader::skip_value(unsigned depth) {
  if (depth > options_->limits.max_depth) return fail_depth();
  std::string_view text;
  switch (peek()) {
    case '"':
      return read_text(text);
    case 't':
      return read_literal("true");
    case 'f':
      return read_literal("false");
    case 'n':
      return read_literal("null");
    case '{':
    case '[':
      break;
    default: {
      std::uint64_t bits = 0;
      if (at_ == end_ || parse_json_number(raw_token(), bits) == NumberError::syntax) {
        return fail_syntax("expected a value");
      }
      ++at_;
      return true;
    }
  }
  const char close = peek() == '{' ? '}' : ']';
  ++at_;
  if (peek() == close) {
    ++at_;
    return true;
  }
  bool more = true;
  while (more) {
    if (close == '}' && !(read_raw_name(text) && unescape_name(text))) return false;
    if (!skip_value(depth + 1) || !read_separator(close, more)) return false;
  }
  return true;
}

bool JsonReader::read_message(const MessageTable& table, unsigned depth) {
  if (peek() != '{') {
    if (peek() == '\0') return fail_syntax("expected an object");
    return fail("must be an object");
  }
  if (depth > options_->limits.max_depth) return fail_depth();
  ++at_;
  Presence presence(table.fields.size());
  const std::size_t begin = out_.size();
  bool more = peek() != '}';
  if (!more) ++at_;
  while (more) {
    std::string_view name;
    if (!read_raw_name(name) || !read_member(table, name, depth, presence) ||
        !read_separator('}', more)) {
      return false;
    }
  }
  return finish_message(table, begin, depth, presence);
}

bool JsonReader::read_member(const MessageTable& table, std::string_view name, unsigned depth,
                             Presence& presence) {
  const Field* field = table.find(name);
  if (field == nullptr) [[unlikely]] {
    if (!unescape_name(name)) return false;
    field = table.find(name);
    if (field == nullptr) {
      return options_->ignore_unknown ? skip_value(depth + 1) : fail_unknown(table, name);
    }
  }
  if (!presence.add(*field)) [[unlikely]] {
    fail("is given twice");
    failure_.prepend(field->json_name);
    return false;
  }
  if (table.custom && field->kind == Kind::bytes && peek() == '{' && options_->types != nullptr) {
    presence.custom_data = at_;
    return skip_value(depth + 1);
  }
  const std::size_t before = out_.size();
  bool null = false;
  if (peek() == 'n' && !read_null(*field, null)) [[unlikely]] {
    failure_.prepend(field->json_name);
    return false;
  }
  if (null) return true;
  if (field->oneof >= 0 && !presence.add_oneof(field->oneof)) [[unlikely]] {
    fail("is one too many: of '" + table.oneofs[static_cast<std::size_t>(field->oneof)] +
         "' only one may be given");
    failure_.prepend(field->json_name);
    return false;
  }
  if (!read_field(*field, depth)) [[unlikely]] {
    failure_.prepend(field->json_name);
    return false;
  }
  const bool number = field->wire() != WireType::length && field->kind != Kind::enumeration;
  if (out_.size() != before || number) presence.fill(*field);
  return true;
}

bool JsonReader::read_null(const Field& field, bool& taken) {
  if (raw_token() != "null") return fail_syntax("expected a value");
  const bool value =
      !field.repeated && (field.null_value || (field.kind == Kind::message &&
                                               field.message->well_known == WellKnown::value));
  taken = !value;
  if (taken) ++at_;
  return true;
}

bool JsonReader::finish_message(const MessageTable& table, std::size_t begin, unsigned depth,
                                const Presence& presence) {
  if (presence.custom_data != nullptr && !read_custom_data(table, begin, presence, depth)) {
    failure_.prepend("data");
    return false;
  }
  if (!options_->check_rules || (options_->partial && depth == 1)) return true;
  for (const std::uint16_t index : table.required) {
    const Field& field = table.fields[index];
    if (presence.filled(field)) continue;
    fail("is required");
    failure_.prepend(field.json_name);
    return false;
  }
  if (table.rules.cross_checks.empty()) return true;
  std::string error;
  return check_cross_fields(table, out_.from(begin), error) || fail(std::move(error));
}

bool JsonReader::read_custom_data(const MessageTable& custom, std::size_t begin,
                                  const Presence& presence, unsigned depth) {
  const Field* type_field = custom.find(std::uint32_t{1});
  const Field* data_field = custom.find(std::uint32_t{2});
  std::string_view type;
  WireReader reader(out_.from(begin));
  std::uint32_t number = 0;
  WireType wire{};
  while (!reader.done() && reader.tag(number, wire)) {
    if (number == type_field->number) {
      if (!reader.bytes(type)) break;
    } else if (!reader.skip(wire)) {
      break;
    }
  }
  const MessageTable* table = type.empty() ? nullptr : options_->types->find_type(type);
  if (table == nullptr) {
    return fail("can be an object only where `type` names a type that is loaded; " + quote(type) +
                " is not: send its bytes in base64");
  }
  const std::uint32_t* const behind = at_;
  at_ = presence.custom_data;
  out_.tag(*data_field);
  const std::size_t start = out_.begin_length();
  if (!read_content(*table, depth + 1)) return false;
  out_.end_length(start);
  at_ = behind;
  return true;
}

}  // namespace souk::schema
