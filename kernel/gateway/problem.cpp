#include "kernel/gateway/problem.hpp"

#include <algorithm>

#include "kernel/gateway/target.hpp"

namespace souk::gateway {
namespace {

constexpr std::size_t kMaxErrors = 100;

/// "INVALID_ARGUMENT" → "invalid-argument"
std::string type_name(Code code) {
  std::string name(code_name(code));
  for (char& c : name)
    c = c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return name;
}

}  // namespace

int http_status(Code code) noexcept {
  switch (code) {
    case Code::ok:
      return 200;
    case Code::invalid_argument:
      return 400;
    case Code::not_found:
      return 404;
    case Code::already_exists:
      return 409;
    case Code::permission_denied:
      return 403;
    case Code::unauthenticated:
      return 401;
    case Code::failed_precondition:
      return 409;
    case Code::resource_exhausted:
      return 429;
    case Code::unavailable:
      return 503;
    case Code::cancelled:
      return 503;
    case Code::deadline_exceeded:
      return 504;
    case Code::unsupported:
      return 501;
    case Code::data_loss:
    case Code::internal:
      break;
  }
  return 500;
}

Code code_of_status(int status) noexcept {
  switch (status) {
    case 401:
      return Code::unauthenticated;
    case 403:
      return Code::permission_denied;
    case 404:
      return Code::not_found;
    case 408:
      return Code::deadline_exceeded;
    case 409:
      return Code::failed_precondition;
    case 413:
    case 429:
    case 431:
      return Code::resource_exhausted;
    case 405:
    case 415:
    case 417:
    case 501:
    case 505:
      return Code::unsupported;
    case 503:
      return Code::unavailable;
    case 504:
      return Code::deadline_exceeded;
    default:
      return status >= 500 ? Code::internal : Code::invalid_argument;
  }
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  const bool clean = is_utf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else if (byte >= 0x80 && !clean) {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  out += '"';
}

namespace {

/// What a status asks for beside its body.
std::string_view headers_of(int status) noexcept {
  if (status == 429) return "Retry-After: 1\r\n";
  if (status == 503) return "Retry-After: 2\r\n";
  if (status == 401) return "WWW-Authenticate: Bearer realm=\"souk\"\r\n";
  return {};
}

}  // namespace

Response brief_response(const Problem& problem) {
  Response response;
  response.status = problem.status;
  response.type = ContentType::json;
  response.headers = headers_of(problem.status);
  response.body = "{\"message\":";
  std::string message(problem.detail);
  if (!problem.errors.empty() && problem.errors.front().second == problem.detail) {
    message.insert(0, problem.errors.front().first + ": ");
  }
  append_json_string(response.body, message);
  response.body += ",\"status\":" + std::to_string(problem.status) + "}";
  return response;
}

Response problem_response(const Problem& problem) {
  Response response;
  response.status = problem.status;
  response.type = ContentType::problem_json;
  std::string& body = response.body;
  body = "{\"type\":\"urn:souk:problem:" + type_name(problem.code) + "\",\"title\":\"";
  body += reason_phrase(problem.status);
  body += "\",\"status\":" + std::to_string(problem.status) + ",\"detail\":";
  append_json_string(body, problem.detail);
  body += ",\"code\":\"";
  body += code_name(problem.code);
  body += '"';
  if (!problem.request_id.empty()) {
    body += ",\"requestId\":";
    append_json_string(body, problem.request_id);
  }
  if (!problem.errors.empty()) {
    body += ",\"errors\":[";
    const std::size_t count = std::min(problem.errors.size(), kMaxErrors);
    for (std::size_t i = 0; i < count; ++i) {
      body += i == 0 ? "{\"field\":" : ",{\"field\":";
      append_json_string(body, problem.errors[i].first);
      body += ",\"detail\":";
      append_json_string(body, problem.errors[i].second);
      body += '}';
    }
    body += ']';
  }
  body += '}';
  response.headers = headers_of(problem.status);
  return response;
}

Response problem_response(const Status& status, std::string_view request_id) {
  Problem problem;
  problem.status = http_status(status.code());
  problem.code = status.code();
  problem.detail = status.message();
  problem.request_id = request_id;
  if (!status.field().empty()) problem.errors.emplace_back(status.field(), status.message());
  return problem_response(problem);
}

}  // namespace souk::gateway
