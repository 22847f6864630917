// (souk.v1.http) → Route. What a route says is checked here, once, so that serving it needs no
// checks.
#include <souk/v1/options.pb.h>

#include <algorithm>
#include <array>

#include "kernel/schema/pool_builder.hpp"
#include "kernel/schema/scalar_text.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace pb = google::protobuf;

namespace {

constexpr std::array<std::string_view, 6> kScopes = {"events",    "decide", "catalog",
                                                     "customers", "admin",  "public"};

Status invalid(const Method& method, const std::string& what) {
  return {Code::invalid_argument, "descriptor set: " + method.full_name + ": " + what};
}

bool take_pattern(const souk::v1::HttpRoute& given, Route& route) {
  using Given = souk::v1::HttpRoute;
  switch (given.pattern_case()) {
    case Given::kGet:
      route.http_method = "GET";
      route.path = given.get();
      return true;
    case Given::kPut:
      route.http_method = "PUT";
      route.path = given.put();
      return true;
    case Given::kPost:
      route.http_method = "POST";
      route.path = given.post();
      return true;
    case Given::kDelete:
      route.http_method = "DELETE";
      route.path = given.delete_();
      return true;
    case Given::kPatch:
      route.http_method = "PATCH";
      route.path = given.patch();
      return true;
    case Given::PATTERN_NOT_SET:
      break;
  }
  return false;
}

Status variable(const Method& method, std::string_view name, PathSegment& segment) {
  const Field* field = method.input->find(name);
  if (field == nullptr) {
    return invalid(method, "the path names {" + std::string(name) + "}, which is no field of " +
                               method.input->full_name);
  }
  if (field->repeated || field->kind == Kind::message) {
    return invalid(method, "{" + std::string(name) + "} must be a scalar field");
  }
  segment.field = field;
  return {};
}

/// Takes the path apart. The verb is what follows a colon in the last segment.
Status take_path(const Method& method, Route& route) {
  std::string_view path = route.path;
  if (!path.starts_with('/') || path.find_first_of(" ?#") != std::string_view::npos) {
    return invalid(method, "the path '" + route.path + "' must begin with / and hold no query");
  }
  const std::size_t colon = path.rfind(':');
  if (colon != std::string_view::npos && colon > path.rfind('/')) {
    route.verb = path.substr(colon + 1);
    path = path.substr(0, colon);
    if (route.verb.empty()) return invalid(method, "the verb after the colon is missing");
  }
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    PathSegment segment;
    if (part.starts_with('{') && part.ends_with('}')) {
      Status status = variable(method, part.substr(1, part.size() - 2), segment);
      if (!status.ok()) return status;
    } else if (part.find_first_of("{}") != std::string_view::npos) {
      return invalid(method, "a variable must be a whole segment of the path: " + route.path);
    } else {
      segment.text = part;
    }
    route.segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
}

Status take_body(const Method& method, const std::string& body, Route& route) {
  const bool readable = route.http_method == "GET" || route.http_method == "DELETE";
  if (body.empty()) return {};
  if (readable) return invalid(method, route.http_method + " has no body");
  if (body == "*") {
    route.whole_body = true;
    return {};
  }
  route.body_field = method.input->find(body);
  if (route.body_field == nullptr) {
    return invalid(method,
                   "the body is '" + body + "', which is no field of " + method.input->full_name);
  }
  return {};
}

/// Whether the descriptors mean by HttpBody what the kernel means: a plugin ships a copy.
bool is_http_body(const MessageTable& table) {
  const Field* type = table.find(kHttpBodyType);
  const Field* data = table.find(kHttpBodyData);
  const Field* status = table.find(kHttpBodyStatus);
  return type != nullptr && type->kind == Kind::string && !type->repeated && data != nullptr &&
         data->kind == Kind::bytes && !data->repeated && status != nullptr &&
         status->kind == Kind::uint32 && !status->repeated;
}

/// Raw bodies: as one field that the route names as its body, as the whole answer, nowhere else.
Status take_raw(const Method& method, Route& route) {
  const MessageTable& input = *method.input;
  if (input.full_name == kHttpBody) {
    return invalid(method, "HttpBody must be a field of the request, named as the route's body");
  }
  for (const Field& field : input.fields) {
    if (field.kind != Kind::message || field.message->full_name != kHttpBody) continue;
    if (field.repeated) return invalid(method, "'" + field.name + "' is a list of HttpBody");
    if (route.body_field != &field) {
      return invalid(method, "'" + field.name +
                                 "' is an HttpBody and not the route's body; write " + "body: \"" +
                                 field.name + "\"");
    }
    if (!is_http_body(*field.message)) return invalid(method, "HttpBody is not that of souk/v1");
    route.raw_body = true;
  }
  route.raw_answer = method.output->full_name == kHttpBody;
  if (route.raw_answer && !is_http_body(*method.output)) {
    return invalid(method, "HttpBody is not that of souk/v1");
  }
  return {};
}

Status add_route(const souk::v1::HttpRoute& given, Method& method) {
  Route route;
  if (!take_pattern(given, route)) return invalid(method, "the route has no path");
  route.scope = given.scope().empty() ? "admin" : given.scope();
  if (std::find(kScopes.begin(), kScopes.end(), route.scope) == kScopes.end()) {
    return invalid(method, "scope " + quote(route.scope) + " is not one of events, decide, " +
                               "catalog, customers, admin, public");
  }
  route.summary = given.summary();
  route.success_status = given.status() == 0 ? 200 : static_cast<int>(given.status());
  if (route.success_status < 200 || route.success_status > 299) {
    return invalid(method, "status " + std::to_string(route.success_status) + " is no success");
  }
  Status status = take_path(method, route);
  if (status.ok()) status = take_body(method, given.body(), route);
  if (status.ok()) status = take_raw(method, route);
  if (!status.ok()) return status;
  method.routes.push_back(std::move(route));
  return {};
}

Status add_method(const pb::MethodDescriptor& descriptor, PoolBuilder& builder, Method& method) {
  method.name = descriptor.name();
  method.full_name = descriptor.full_name();
  method.doc = comment_of(descriptor);
  method.index = static_cast<std::uint32_t>(descriptor.index());
  method.input = builder.table(*descriptor.input_type());
  method.output = builder.table(*descriptor.output_type());
  if (descriptor.client_streaming() || descriptor.server_streaming()) {
    return invalid(method, "streaming methods are not supported");
  }
  if (!descriptor.options().HasExtension(souk::v1::http)) return {};
  const souk::v1::HttpRoute& given = descriptor.options().GetExtension(souk::v1::http);
  Status status = add_route(given, method);
  for (int i = 0; status.ok() && i < given.additional_size(); ++i) {
    status = add_route(given.additional(i), method);
  }
  return status;
}

}  // namespace

Status compile_routes(const pb::ServiceDescriptor& descriptor, PoolBuilder& builder,
                      Service& service) {
  service.name = descriptor.name();
  service.full_name = descriptor.full_name();
  service.doc = comment_of(descriptor);
  if (descriptor.options().HasExtension(souk::v1::service)) {
    const std::string& doc = descriptor.options().GetExtension(souk::v1::service).doc();
    if (!doc.empty()) service.doc = doc;
  }
  service.methods.resize(static_cast<std::size_t>(descriptor.method_count()));
  for (int i = 0; i < descriptor.method_count(); ++i) {
    Method& method = service.methods[static_cast<std::size_t>(i)];
    Status status = add_method(*descriptor.method(i), builder, method);
    if (!status.ok()) return status;
    for (Route& route : method.routes)
      route.method = &method;
  }
  return {};
}

}  // namespace souk::schema
