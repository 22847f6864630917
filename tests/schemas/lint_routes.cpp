// The lint of (souk.v1.http), which needs more room than the others.

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>

#include "souk/v1/options.pb.h"
#include "tests/schemas/lint.hpp"

namespace souk::schemas_test {
namespace {

namespace pb = google::protobuf;

constexpr std::array kScopes = {"events", "decide", "catalog", "customers", "admin", "public"};

/// HTTP method and path of a route; both empty when it has no pattern.
struct Pattern {
  std::string method;
  std::string path;
};

Pattern pattern_of(const v1::HttpRoute& route) {
  switch (route.pattern_case()) {
    case v1::HttpRoute::kGet:
      return {"GET", route.get()};
    case v1::HttpRoute::kPut:
      return {"PUT", route.put()};
    case v1::HttpRoute::kPost:
      return {"POST", route.post()};
    case v1::HttpRoute::kDelete:
      return {"DELETE", route.delete_()};
    case v1::HttpRoute::kPatch:
      return {"PATCH", route.patch()};
    case v1::HttpRoute::PATTERN_NOT_SET:
      break;
  }
  return {};
}

/// Names in braces.
std::set<std::string> variables_of(const std::string& path) {
  static const std::regex kVariable("\\{([^}]*)\\}");
  std::set<std::string> names;
  for (std::sregex_iterator it(path.begin(), path.end(), kVariable), end; it != end; ++it) {
    names.insert((*it)[1]);
  }
  return names;
}

/// One method's route while it is judged.
struct Judged {
  const pb::MethodDescriptor& method;
  const v1::HttpRoute& route;
  Pattern pattern;
  Faults& faults;

  void fault(const std::string& what) const { faults.push_back(method.full_name() + ": " + what); }
};

void check_path(const Judged& judged) {
  const std::string& path = judged.pattern.path;
  static const std::regex kPath("(/([A-Za-z0-9_.-]+|\\*|\\{[a-z0-9_]+\\}))+(:[a-z]+)?");
  if (!std::regex_match(path, kPath)) judged.fault("`" + path + "` is not a path");
  for (const auto& name : variables_of(path)) {
    const auto* field = judged.method.input_type()->FindFieldByName(name);
    if (field == nullptr) {
      judged.fault("`" + path + "` binds `" + name + "`, which the request lacks");
    } else if (field->type() != pb::FieldDescriptor::TYPE_STRING || field->is_repeated()) {
      judged.fault("`" + path + "` binds `" + name + "`, which is not a string");
    }
  }
}

void check_body(const Judged& judged) {
  const std::string& body = judged.route.body();
  const std::string& method = judged.pattern.method;
  if (body.empty()) return;
  if (method == "GET" || method == "DELETE") judged.fault("a " + method + " has no body");
  if (body == "*") return;
  const auto* field = judged.method.input_type()->FindFieldByName(body);
  if (field == nullptr) {
    judged.fault("the body is `" + body + "`, which the request lacks");
  } else if (field->type() != pb::FieldDescriptor::TYPE_MESSAGE || field->is_repeated()) {
    judged.fault("the body is `" + body + "`, which is not a message");
  }
}

/// What is neither in the path nor in the body must fit into a URL.
void check_query(const Judged& judged) {
  if (judged.route.body() == "*") return;
  const auto variables = variables_of(judged.pattern.path);
  const auto& request = *judged.method.input_type();
  for (int i = 0; i < request.field_count(); ++i) {
    const auto& field = *request.field(i);
    const bool elsewhere = variables.contains(field.name()) || field.name() == judged.route.body();
    if (!elsewhere && field.type() == pb::FieldDescriptor::TYPE_MESSAGE) {
      judged.fault("`" + field.name() + "` is a message and would be a query parameter");
    }
  }
}

void check_rest(const Judged& judged) {
  const std::string& scope = judged.route.scope();
  if (!scope.empty() && std::find(kScopes.begin(), kScopes.end(), scope) == kScopes.end()) {
    judged.fault("no scope is called `" + scope + "`");
  }
  if (judged.route.summary().empty()) judged.fault("its route has no summary");
  const auto status = judged.route.status();
  if (status != 0 && (status < 200 || status > 299)) {
    judged.fault("status " + std::to_string(status) + " is no success");
  }
}

void check_route(const pb::MethodDescriptor& method, const v1::HttpRoute& route,
                 std::map<std::string, std::string>& taken, Faults& faults) {
  const Judged judged{method, route, pattern_of(route), faults};
  if (judged.pattern.method.empty()) {
    judged.fault("its route has no pattern");
    return;
  }
  check_path(judged);
  check_body(judged);
  check_query(judged);
  check_rest(judged);
  // Two paths that differ in the names of variables only are the same to a router.
  const std::string shape =
      judged.pattern.method + " " +
      std::regex_replace(judged.pattern.path, std::regex("\\{[^}]*\\}"), "{}");
  const auto [other, fresh] = taken.emplace(shape, method.full_name());
  if (!fresh) judged.fault("`" + shape + "` is the route of " + other->second);
  for (const auto& more : route.additional()) {
    check_route(method, more, taken, faults);
  }
}

}  // namespace

Faults lint_routes(const SchemaSet& schemas) {
  Faults faults;
  std::map<std::string, std::string> taken;
  for_each_method(schemas, [&](const pb::MethodDescriptor& method) {
    if (method.client_streaming() || method.server_streaming()) {
      faults.push_back(method.full_name() + ": streams, which no boundary carries");
    }
    if (!method.options().HasExtension(v1::http)) return;
    check_route(method, method.options().GetExtension(v1::http), taken, faults);
  });
  return faults;
}

}  // namespace souk::schemas_test
