#include "kernel/gateway/raw_answer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "kernel/gateway/wire_fields.hpp"
#include "kernel/schema/routes.hpp"

namespace souk::gateway {
namespace {

constexpr std::size_t kMaxHeaders = 16;
constexpr std::size_t kMaxHeaderBytes = 4'096;

/// Names that the kernel alone writes, in lower case.
constexpr std::array<std::string_view, 10> kOwnHeaders = {
    "connection", "content-length", "content-type",      "date",    "keep-alive",
    "server",     "trailer",        "transfer-encoding", "upgrade", "x-request-id"};

Status defect(std::string what) { return Status(Code::internal, std::move(what)); }

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
  });
}

bool is_value(std::string_view text) noexcept {
  return text.size() <= kMaxHeaderBytes && std::all_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte >= 0x20 && byte != 0x7F;
         });
}

bool is_own(std::string_view name) {
  std::string lower(name);
  for (char& c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower.starts_with("access-control-") || lower.starts_with("ratelimit") ||
         std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower) != kOwnHeaders.end();
}

Status add_header(std::string_view wire, std::string& out) {
  std::string_view name;
  std::string_view value;
  WireFields fields(wire);
  while (fields.next()) {
    if (fields.is_bytes() && fields.number() == 1) name = fields.bytes();
    if (fields.is_bytes() && fields.number() == 2) value = fields.bytes();
  }
  if (fields.malformed()) return defect("a header is malformed");
  if (!is_name(name) || !is_value(value)) return defect("a header is not one of HTTP");
  if (is_own(name)) return defect("the header " + std::string(name) + " is the kernel's");
  out.append(name).append(": ").append(value).append("\r\n");
  return {};
}

}  // namespace

Result<Response> raw_response(std::string_view http_body, int status) {
  Response response;
  response.status = status;
  std::size_t headers = 0;
  std::string_view type;
  WireFields fields(http_body);
  while (fields.next()) {
    if (fields.number() == schema::kHttpBodyType && fields.is_bytes()) {
      type = fields.bytes();
    } else if (fields.number() == schema::kHttpBodyData && fields.is_bytes()) {
      response.body = fields.bytes();
    } else if (fields.number() == schema::kHttpBodyStatus && fields.is_varint()) {
      if (fields.value() == 0) continue;
      if (fields.value() < 200 || fields.value() > 599) {
        return defect("the status " + std::to_string(fields.value()) + " ends no request");
      }
      response.status = static_cast<int>(fields.value());
    } else if (fields.number() == schema::kHttpBodyHeaders && fields.is_bytes()) {
      if (++headers > kMaxHeaders) return defect("there are more than 16 headers");
      if (Status added = add_header(fields.bytes(), response.headers); !added.ok()) return added;
    }
  }
  if (fields.malformed()) return defect("the message is malformed");
  if (!is_value(type)) return defect("the content type is not one of HTTP");
  // These have no body; one would be taken for the next answer.
  if (response.status == 204 || response.status == 304) response.body.clear();
  if (type == content_type_text(ContentType::json)) {
    response.type = ContentType::json;
  } else if (!type.empty()) {
    response.headers.append("Content-Type: ").append(type).append("\r\n");
  }
  return response;
}

}  // namespace souk::gateway
