#include "kernel/gateway/exchange.hpp"

#include "kernel/base/logging.hpp"
#include "kernel/gateway/http/memory_pool.hpp"
#include "kernel/gateway/raw_answer.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace souk::gateway {

bool names_protobuf(std::string_view header) noexcept {
  return header.find("application/x-protobuf") != std::string_view::npos ||
         header.find("application/protobuf") != std::string_view::npos;
}

void Exchange::send(Response&& response) {
  response.route = route;
  if (response.headers.empty()) {
    response.headers = std::move(headers);
  } else {
    response.headers.insert(0, headers);
  }
  if (base::log_enabled(base::LogLevel::debug)) {
    // The route stands for the path: paths and queries hold keys and people.
    base::log_debug("gateway", "answered",
                    {{"route", surface ? surface->label(route) : std::string()},
                     {"status", response.status},
                     {"request_id", request_id},
                     {"store", store ? store->id : std::string()}});
  }
  reply.send(std::move(response));
  TextPool::give(std::move(request_id));
}

void Exchange::send_json(std::string body, int status) {
  Response response;
  response.status = status;
  response.type = ContentType::json;
  response.body = std::move(body);
  send(std::move(response));
}

void Exchange::send_message(const schema::MessageTable& table, std::string_view wire, int status) {
  Response response;
  response.status = status;
  if (wants_protobuf) {
    response.type = ContentType::protobuf;
    response.body = wire;
    return send(std::move(response));
  }
  response.type = ContentType::json;
  response.body = TextPool::take();
  response.body.reserve(wire.size() * 2 + 64);
  schema::JsonWriteOptions options;
  options.types = types;
  options.limits.max_bytes = std::size_t{256} << 20U;
  options.limits.max_elements = 1'000'000;
  const Status status_of_text = schema::wire_to_json(table, wire, response.body, options);
  if (!status_of_text.ok()) {
    base::log_error("gateway", "an answer is not a message of its type",
                    {{"type", table.full_name}, {"reason", status_of_text.message()}});
    return fail(Status(Code::internal, "the answer could not be written"));
  }
  send(std::move(response));
}

void Exchange::send_raw(std::string_view http_body, int status) {
  Result<Response> response = raw_response(http_body, status);
  if (!response.ok()) {
    base::log_error("gateway", "an answer is not a body of HTTP",
                    {{"route", surface ? surface->label(route) : std::string()},
                     {"reason", response.status().message()}});
    return fail(Status(Code::internal, "the answer could not be written"));
  }
  send(std::move(response).value());
}

void Exchange::fail(const Problem& problem) {
  send(brief_errors ? brief_response(problem) : problem_response(problem));
}

void Exchange::fail(const Status& status) {
  Problem problem;
  problem.status = http_status(status.code());
  problem.code = status.code();
  problem.detail = status.message();
  problem.request_id = request_id;
  if (!status.field().empty()) problem.errors.emplace_back(status.field(), status.message());
  fail(problem);
}

void Exchange::fail(int status, std::string_view detail, std::string_view more_headers) {
  Problem problem;
  problem.status = status;
  problem.code = code_of_status(status);
  problem.detail = detail;
  problem.request_id = request_id;
  headers += more_headers;
  fail(problem);
}

std::string_view Call::variable(std::string_view name) const noexcept {
  for (const auto& [variable_name, value] : worker.variables) {
    if (variable_name == name) return value;
  }
  return {};
}

Result<std::string> Call::message() const {
  std::string message;
  if (Status status = make_message(message); !status.ok()) return status;
  return message;
}

bool Call::body_is_protobuf() const noexcept {
  return names_protobuf(request.header(Header::content_type));
}

Status Call::make_message(std::string& message) const {
  schema::HttpInput& input = worker.input;  // its lists keep their memory
  input.path = worker.variables;
  input.query = worker.target.query();
  input.body = request.body;
  input.content_type = request.header(Header::content_type);
  input.body_is_protobuf = body_is_protobuf();
  input.signature = request.header(Header::twilio_signature);
  return schema::make_request(*target.route, input, message);
}

}  // namespace souk::gateway
