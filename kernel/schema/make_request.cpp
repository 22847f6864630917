// make_request: body, path and query of an HTTP request become one message.
#include <optional>

#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/query_to_wire.hpp"
#include "kernel/schema/routes.hpp"
#include "kernel/schema/scalar_text.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace {

constexpr std::string_view kSignatureHeader = "X-Twilio-Signature";

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Begins a field whose `size` bytes follow.
void begin_bytes(std::uint32_t number, std::size_t size, std::string& out) {
  char head[20];
  char* end = put_varint(head, tag_of(number, WireType::length));
  end = put_varint(end, size);
  out.append(head, static_cast<std::size_t>(end - head));
}

/// The body as it came, as the HttpBody of the route. Its fields were checked with the route.
Status add_raw_body(const Route& route, const HttpInput& input, const Limits& limits,
                    std::string& request) {
  if (input.body.size() > limits.max_bytes) {
    return {Code::resource_exhausted,
            "the body is larger than " + std::to_string(limits.max_bytes) + " bytes"};
  }
  std::string head;
  if (!input.content_type.empty()) {
    begin_bytes(kHttpBodyType, input.content_type.size(), head);
    head += input.content_type;
  }
  if (!input.signature.empty()) {
    std::string line;
    begin_bytes(1, kSignatureHeader.size(), line);
    line += kSignatureHeader;
    begin_bytes(2, input.signature.size(), line);
    line += input.signature;
    begin_bytes(kHttpBodyHeaders, line.size(), head);
    head += line;
  }
  if (!input.body.empty()) begin_bytes(kHttpBodyData, input.body.size(), head);
  request.reserve(head.size() + input.body.size() + 256);
  begin_bytes(route.body_field->number, head.size() + input.body.size(), request);
  request += head;
  request += input.body;
  return {};
}

Status add_body(const Route& route, const HttpInput& input, const Limits& limits,
                std::string& request) {
  if (route.raw_body) return add_raw_body(route, input, limits, request);
  if (!route.has_body()) {
    if (is_blank(input.body) || route.raw_answer) return {};
    return {Code::invalid_argument,
            route.http_method + " " + route.path + " takes no body; use parameters"};
  }
  if (input.body_is_protobuf) {
    if (route.whole_body) {
      request = input.body;
      return {};
    }
    if (route.body_field->kind != Kind::message || route.body_field->repeated) {
      return {Code::invalid_argument, "the body of this route must be JSON"};
    }
    WireBuffer wrapped;
    wrapped.tag(*route.body_field);
    wrapped.varint(input.body.size());
    wrapped.append(input.body);
    request = wrapped.view();
    return {};
  }
  if (is_blank(input.body)) return {};
  JsonReadOptions options;
  options.partial = true;
  options.limits = limits;
  if (route.whole_body) return json_to_wire(*route.method->input, input.body, request, options);
  return json_to_field(*route.body_field, input.body, request, options);
}

/// The bytes of the field's last occurrence, without its tag.
std::optional<std::string_view> last_value(const Field& field, std::string_view wire) {
  std::optional<std::string_view> found;
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type)) break;
    const char* const begin = reader.position();
    if (!reader.skip(type)) break;
    if (number == field.number) {
      found = std::string_view(begin, static_cast<std::size_t>(reader.position() - begin));
    }
  }
  return found;
}

Status add_variable(const Field& field, std::string_view text, std::string& request) {
  WireBuffer encoded;
  std::string error;
  if (text.empty()) return {Code::invalid_argument, "is empty in the path", field.json_name};
  if (!encode_text(field, text, TextFrom::programs, encoded, error)) {
    return {Code::invalid_argument, std::move(error), field.json_name};
  }
  const auto in_path = last_value(field, encoded.view());
  const auto in_body = last_value(field, request);
  if (!in_body) {
    request += encoded.view();
  } else if (in_path != in_body) {
    return {Code::invalid_argument,
            "is " + quote(text) + " in the path and something else in the body", field.json_name};
  }
  return {};
}

Status add_path(const Route& route, const HttpInput& input, std::string& request) {
  for (const PathSegment& segment : route.segments) {
    if (segment.field == nullptr) continue;
    for (const auto& [name, value] : input.path) {
      if (name != segment.field->name && name != segment.field->json_name) continue;
      Status status = add_variable(*segment.field, value, request);
      if (!status.ok()) return status;
    }
  }
  return {};
}

Status check_parameters(const Route& route, const Parameters& query) {
  for (const auto& [name, value] : query) {
    const std::string shown(name.substr(0, 100));
    if (route.whole_body) {
      return {Code::invalid_argument, "is not a parameter; everything stands in the body", shown};
    }
    const Field* field = route.method->input->find(name.substr(0, name.find('.')));
    if (field == nullptr) continue;  // query_to_wire says what was meant
    if (field == route.body_field) {
      return {Code::invalid_argument, "is not a parameter; it is the body", shown};
    }
    for (const PathSegment& segment : route.segments) {
      if (segment.field == field) {
        return {Code::invalid_argument, "is not a parameter; it stands in the path", shown};
      }
    }
  }
  return {};
}

/// Without the parameters that the message does not know.
Parameters known_parameters(const MessageTable& table, const Parameters& query) {
  Parameters known;
  for (const auto& parameter : query) {
    if (table.find(parameter.first.substr(0, parameter.first.find('.'))) != nullptr) {
      known.push_back(parameter);
    }
  }
  return known;
}

}  // namespace

Status make_request(const Route& route, const HttpInput& input, std::string& request,
                    const Limits& limits) {
  const MessageTable& table = *route.method->input;
  if (route.raw_answer && !input.query.empty()) {
    Parameters known = known_parameters(table, input.query);
    if (known.size() != input.query.size()) {
      HttpInput fewer = input;
      fewer.query = std::move(known);
      return make_request(route, fewer, request, limits);
    }
  }
  request.clear();
  Status status = add_body(route, input, limits, request);
  if (status.ok() && input.body_is_protobuf && !route.raw_body) {
    // Before anything is read out of it.
    WireCheckOptions form;
    form.check_rules = false;
    form.limits = limits;
    status = validate_wire(table, request, form);
  }
  if (status.ok()) status = add_path(route, input, request);
  if (status.ok()) status = check_parameters(route, input.query);
  if (status.ok()) status = query_to_wire(table, input.query, request, limits);
  if (status.ok()) status = apply_defaults(table, request, limits);
  if (status.ok()) {
    WireCheckOptions checks;
    checks.limits = limits;
    status = validate_wire(table, request, checks);
  }
  return status;
}

Result<std::string> make_request(const Route& route, const HttpInput& input, const Limits& limits) {
  std::string request;
  if (Status status = make_request(route, input, request, limits); !status.ok()) return status;
  return request;
}

}  // namespace souk::schema
