#include "kernel/schema/openapi.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "kernel/schema/json_schema.hpp"
#include "kernel/schema/scalar_text.hpp"

namespace souk::schema {

namespace {

std::string in_quotes(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string lower(std::string text) {
  for (char& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// The path with variables under the names they have in JSON.
std::string path_of(const Route& route) {
  std::string path;
  for (const PathSegment& segment : route.segments) {
    path += '/';
    path += segment.field == nullptr ? segment.text : "{" + segment.field->json_name + "}";
  }
  return route.verb.empty() ? path : path + ":" + route.verb;
}

bool in_path(const Route& route, const Field& field) {
  return std::any_of(route.segments.begin(), route.segments.end(),
                     [&](const PathSegment& segment) { return segment.field == &field; });
}

class Document {
 public:
  explicit Document(const OpenApiInfo& info) : info_(info) {}
  void add(const OpenApiService& entry);
  [[nodiscard]] std::string text() const;

 private:
  void add_route(const Route& route, std::string_view tag, std::size_t ordinal);
  void add_parameter(const Field& field, std::string_view place, const std::string& prefix,
                     std::string& list);
  void add_query(const MessageTable& table, const Route& route, const std::string& prefix,
                 std::vector<const MessageTable*>& open, std::string& list);
  std::string body(const Route& route);
  std::string answer(const Route& route);
  [[nodiscard]] bool has_brief_errors(const Route& route) const;

  const OpenApiInfo& info_;
  JsonSchemas schemas_{SchemaUse::json, "#/components/schemas/"};
  std::map<std::string, std::map<std::string, std::string>> paths_;  // path → method → operation
  std::map<std::string, std::string> tags_;
  std::set<std::string> operation_ids_;
};

void Document::add_parameter(const Field& field, std::string_view place, const std::string& prefix,
                             std::string& list) {
  if (!list.empty()) list += ',';
  list += "{\"name\":" + in_quotes(prefix + field.json_name) + ",\"in\":" + in_quotes(place);
  const bool required = place == "path" || (field.rules != nullptr && field.rules->required);
  if (required) list += ",\"required\":true";
  if (!field.doc.empty()) list += ",\"description\":" + in_quotes(field.doc);
  list += ",\"schema\":" + schemas_.field_schema(field) + "}";
}

/// What is neither in the path nor in the body; fields of sub-messages under names with dots.
void Document::add_query(const MessageTable& table, const Route& route, const std::string& prefix,
                         std::vector<const MessageTable*>& open, std::string& list) {
  if (std::find(open.begin(), open.end(), &table) != open.end()) return;
  open.push_back(&table);
  for (const Field& field : table.fields) {
    if (prefix.empty() && (&field == route.body_field || in_path(route, field))) continue;
    if (is_textual(field)) {
      add_parameter(field, "query", prefix, list);
    } else if (!field.repeated && field.message->well_known == WellKnown::none) {
      add_query(*field.message, route, prefix + field.json_name + ".", open, list);
    }
  }
  open.pop_back();
}

std::string Document::body(const Route& route) {
  if (route.raw_body) {
    return R"({"required":true,"description":"Taken as it comes.","content":{"*/*":{"schema":{}}}})";
  }
  const bool message = route.whole_body || route.body_field->kind == Kind::message;
  const std::string schema = route.whole_body ? schemas_.reference(*route.method->input)
                                              : schemas_.field_schema(*route.body_field);
  std::string text = R"({"required":true,"content":{"application/json":{"schema":)" + schema + "}";
  if (message) text += R"(,"application/x-protobuf":{})";
  return text + "}}";
}

std::string Document::answer(const Route& route) {
  if (route.raw_answer) {
    return R"({"description":"As the service gives it, in the form of its own protocol.",)"
           R"("content":{"*/*":{"schema":{}}}})";
  }
  return R"({"description":"Done.","content":{"application/json":{"schema":)" +
         schemas_.reference(*route.method->output) + R"(},"application/x-protobuf":{}}})";
}

bool Document::has_brief_errors(const Route& route) const {
  return !info_.brief_errors_below.empty() && route.path.starts_with(info_.brief_errors_below);
}

void Document::add_route(const Route& route, std::string_view tag, std::size_t ordinal) {
  const Method& method = *route.method;
  std::string& operation = paths_[path_of(route)][lower(route.http_method)];
  if (!operation.empty()) return;  // claimed by a service that comes earlier
  const std::size_t service = method.full_name.rfind('.', method.full_name.rfind('.') - 1);
  std::string id = method.full_name.substr(service == std::string::npos ? 0 : service + 1);
  std::replace(id.begin(), id.end(), '.', '_');
  if (ordinal > 0) id += "_" + std::to_string(ordinal + 1);
  while (!operation_ids_.insert(id).second)
    id += "_";

  operation = "{\"operationId\":" + in_quotes(id) + ",\"tags\":[" + in_quotes(tag) + "]";
  if (!route.summary.empty()) operation += ",\"summary\":" + in_quotes(route.summary);
  if (!method.doc.empty()) operation += ",\"description\":" + in_quotes(method.doc);
  std::string parameters;
  for (const PathSegment& segment : route.segments) {
    if (segment.field != nullptr) add_parameter(*segment.field, "path", "", parameters);
  }
  std::vector<const MessageTable*> open;
  if (!route.whole_body) add_query(*method.input, route, "", open, parameters);
  if (!parameters.empty()) operation += ",\"parameters\":[" + parameters + "]";
  if (route.has_body()) operation += ",\"requestBody\":" + body(route);
  operation += ",\"responses\":{\"" + std::to_string(route.success_status) + "\":" + answer(route) +
               R"(,"default":{"$ref":"#/components/responses/)" +
               (has_brief_errors(route) ? "BriefError" : "Problem") + R"("}})";
  operation += route.scope == "public"
                   ? ",\"security\":[]"
                   : ",\"security\":[{\"key\":[" + in_quotes(route.scope) + "]}]";
  operation += "}";
}

void Document::add(const OpenApiService& entry) {
  const std::string tag = entry.tag.empty() ? entry.service->name : entry.tag;
  bool routed = false;
  for (const Method& method : entry.service->methods) {
    for (std::size_t i = 0; i < method.routes.size(); ++i) {
      add_route(method.routes[i], tag, i);
      routed = true;
    }
  }
  if (routed) tags_.emplace(tag, entry.service->doc);
}

constexpr std::string_view kProblemResponse =
    R"("Problem":{"description":"What was wrong (RFC 9457).","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}})";

constexpr std::string_view kBriefResponse =
    R"("BriefError":{"description":"What was wrong, as clients of this protocol read it.","content":{"application/json":{"schema":{"type":"object","properties":{"message":{"type":"string"},"status":{"type":"integer","description":"The HTTP status."}},"required":["message","status"]}}}})";

constexpr std::string_view kSecurity =
    R"("securitySchemes":{"key":{"type":"http","scheme":"bearer","description":"An API key of the store. Its scopes decide what it may do: events, decide, catalog, customers, admin (all)."}})";

constexpr std::string_view kProblem =
    R"("Problem":{"type":"object","description":"Problem details (RFC 9457).","properties":{"type":{"type":"string","format":"uri-reference"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"field":{"type":"string","description":"The part of the input that is at fault."},"requestId":{"type":"string"}},"required":["title","status"]})";

std::string Document::text() const {
  std::string text = R"({"openapi":"3.1.0","info":{"title":)" + in_quotes(info_.title) +
                     ",\"version\":" + in_quotes(info_.version);
  if (!info_.description.empty()) text += ",\"description\":" + in_quotes(info_.description);
  text +=
      "},\"servers\":[{\"url\":" + in_quotes(info_.server_url.empty() ? "/" : info_.server_url) +
      "}]";
  text += ",\"tags\":[";
  for (const auto& [name, doc] : tags_) {
    if (text.back() != '[') text += ',';
    text += "{\"name\":" + in_quotes(name);
    if (!doc.empty()) text += ",\"description\":" + in_quotes(doc);
    text += "}";
  }
  text += "],\"paths\":{";
  for (const auto& [path, operations] : paths_) {
    if (text.back() != '{') text += ',';
    text += in_quotes(path) + ":{";
    for (const auto& [method, operation] : operations) {
      if (text.back() != '{') text += ',';
      text += in_quotes(method) + ":" + operation;
    }
    text += "}";
  }
  text += "},\"components\":{\"responses\":{";
  text += kProblemResponse;
  if (!info_.brief_errors_below.empty()) text.append(",").append(kBriefResponse);
  text.append("},").append(kSecurity);
  text += ",\"schemas\":{";
  text += kProblem;
  const std::string definitions = schemas_.definitions();
  if (!definitions.empty()) text += "," + definitions;
  return text + "}}}";
}

}  // namespace

std::string openapi(const OpenApiInfo& info, std::vector<OpenApiService> services) {
  std::stable_sort(services.begin(), services.end(),
                   [](const OpenApiService& a, const OpenApiService& b) {
                     return a.service->full_name < b.service->full_name;
                   });
  Document document(info);
  for (const OpenApiService& service : services)
    document.add(service);
  return document.text();
}

}  // namespace souk::schema
