#include "kernel/gateway/cors.hpp"

#include <algorithm>
#include <cctype>

namespace souk::gateway {
namespace {

/// What may be repeated in a header: names, commas and blanks, so that nothing can be smuggled in.
bool is_header_list(std::string_view text) noexcept {
  return text.size() <= 2'048 && std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                  c == ',' || c == ' ';
         });
}

/// An origin as browsers write it: "https://shop.example:8443" or "null".
bool is_origin(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 512 && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\';
  });
}

bool allowed(const KeyRing& ring, const ApiKey* key, std::string_view origin) noexcept {
  if (!is_origin(origin)) return false;
  return key != nullptr ? key->allows_origin(origin) : ring.some_key_allows_origin(origin);
}

}  // namespace

void append_cors_headers(const KeyRing& ring, const ApiKey* key, std::string_view origin,
                         std::string& out) {
  if (origin.empty()) return;
  out += "Vary: Origin\r\n";
  if (!allowed(ring, key, origin)) return;
  out += "Access-Control-Allow-Origin: ";
  out += origin;
  out +=
      "\r\nAccess-Control-Allow-Credentials: true\r\n"
      "Access-Control-Expose-Headers: X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, "
      "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset\r\n";
}

Response options_response(const KeyRing& ring, const Request& request, std::string_view allow) {
  Response response;
  response.status = 204;
  const std::string_view origin = request.header(Header::origin);
  const std::string_view method = request.header(Header::access_control_request_method);
  if (!allow.empty()) {
    response.headers += "Allow: ";
    response.headers += allow;
    response.headers += ", OPTIONS\r\n";
  }
  if (origin.empty() || method.empty()) return response;
  response.headers +=
      "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n";
  if (!allowed(ring, nullptr, origin)) return response;
  response.headers += "Access-Control-Allow-Origin: ";
  response.headers += origin;
  response.headers +=
      "\r\nAccess-Control-Allow-Credentials: true\r\n"
      "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
  const std::string_view asked = request.header(Header::access_control_request_headers);
  if (!asked.empty() && is_header_list(asked)) {
    response.headers += "Access-Control-Allow-Headers: ";
    response.headers += asked;
    response.headers += "\r\n";
  }
  response.headers += "Access-Control-Max-Age: " + std::to_string(kPreflightSeconds) + "\r\n";
  return response;
}

}  // namespace souk::gateway
