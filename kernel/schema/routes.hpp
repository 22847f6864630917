// Routes: services and their REST routes, as (souk.v1.http) declares them, and the request bytes
// that an HTTP request makes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/schema/limits.hpp"
#include "kernel/schema/message_table.hpp"

namespace souk::schema {

struct Method;

/// souk.v1.HttpBody, and its fields' numbers: HTTP bodies as they stand.
inline constexpr std::string_view kHttpBody = "souk.v1.HttpBody";
inline constexpr std::uint32_t kHttpBodyType = 1;
inline constexpr std::uint32_t kHttpBodyData = 2;
inline constexpr std::uint32_t kHttpBodyStatus = 3;
inline constexpr std::uint32_t kHttpBodyHeaders = 4;

/// One part of a path between slashes.
struct PathSegment {
  std::string text;              // the literal; empty for a variable
  const Field* field = nullptr;  // the variable: a scalar field of the request message itself
};

struct Route {
  std::string http_method;  // GET, PUT, POST, DELETE, PATCH
  std::string path;         // as declared: /v1/products/{id}, /v1/products:batch
  std::vector<PathSegment> segments;
  std::string verb;   // after the colon of the last segment; mostly empty
  std::string scope;  // events, decide, catalog, customers, admin or public
  std::string summary;
  int success_status = 200;
  bool whole_body = false;            // body: "*"
  const Field* body_field = nullptr;  // body: "a field's name"
  bool raw_body = false;              // body_field is a souk.v1.HttpBody: taken as it came
  bool raw_answer = false;            // the answer is a souk.v1.HttpBody: given as it stands
  const Method* method = nullptr;

  [[nodiscard]] bool has_body() const noexcept { return whole_body || body_field != nullptr; }
};

struct Method {
  std::string name;       // Recommend
  std::string full_name;  // souk.v1.RecommendationService.Recommend
  std::string doc;
  std::uint32_t index = 0;  // position in the service
  const MessageTable* input = nullptr;
  const MessageTable* output = nullptr;
  std::vector<Route> routes;  // the first is the main one; empty: other plugins only
};

struct Service {
  std::string name;
  std::string full_name;
  std::string doc;
  std::vector<Method> methods;  // as declared
};

/// Names and values, percent-decoded.
using Parameters = std::vector<std::pair<std::string_view, std::string_view>>;

/// What an HTTP request brings.
struct HttpInput {
  Parameters path;  // variables of the template: {id} → ("id", "p1")
  Parameters query;
  std::string_view body;
  std::string_view content_type;  // as the client said; for raw bodies
  bool body_is_protobuf = false;  // else JSON
  std::string_view signature;     // X-Twilio-Signature, for raw bodies; empty: none
};

/// The complete request message: body, path variables and query parameters together, defaults
/// applied, rules checked. INVALID_ARGUMENT names the field or the parameter; a variable that
/// contradicts the body is one, and so is a query parameter that the body carries. A raw body is
/// not looked into; where the answer is raw, query parameters that the message does not know are
/// ignored, as other protocols have parameters of their own. Any thread.
Result<std::string> make_request(const Route& route, const HttpInput& input,
                                 const Limits& limits = {});
/// The same into `request`, whose content is lost, and whose memory is used.
Status make_request(const Route& route, const HttpInput& input, std::string& request,
                    const Limits& limits = {});

}  // namespace souk::schema
