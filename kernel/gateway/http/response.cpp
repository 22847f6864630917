#include "kernel/gateway/http/response.hpp"

#include <charconv>

#include "kernel/gateway/http/request.hpp"

namespace souk::gateway {

std::string_view method_name(HttpMethod method) noexcept {
  switch (method) {
    case HttpMethod::get:
      return "GET";
    case HttpMethod::head:
      return "HEAD";
    case HttpMethod::post:
      return "POST";
    case HttpMethod::put:
      return "PUT";
    case HttpMethod::del:
      return "DELETE";
    case HttpMethod::patch:
      return "PATCH";
    case HttpMethod::options:
      return "OPTIONS";
    case HttpMethod::other:
      break;
  }
  return "OTHER";
}

std::string_view content_type_text(ContentType type) noexcept {
  switch (type) {
    case ContentType::none:
      return "";
    case ContentType::json:
      return "application/json";
    case ContentType::problem_json:
      return "application/problem+json";
    case ContentType::protobuf:
      return "application/x-protobuf";
    case ContentType::text:
      return "text/plain; charset=utf-8";
    case ContentType::prometheus:
      return "text/plain; version=0.0.4; charset=utf-8";
    case ContentType::gif:
      return "image/gif";
    case ContentType::html:
      return "text/html; charset=utf-8";
  }
  return "";
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

namespace {

void append_number(std::string& out, std::uint64_t number) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

}  // namespace

void append_response(std::string& out, const Response& response, std::string_view date_line,
                     bool keep_alive, bool http11, bool with_body) {
  // The two answers that a busy daemon gives most begin with prepared text.
  if (response.status == 200) {
    out += "HTTP/1.1 200 OK\r\nServer: souk\r\n";
  } else if (response.status == 202) {
    out += "HTTP/1.1 202 Accepted\r\nServer: souk\r\n";
  } else {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(response.status));
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\nServer: souk\r\n";
  }
  out += date_line;
  if (response.type != ContentType::none) {
    out += "Content-Type: ";
    out += content_type_text(response.type);
    out += "\r\n";
  }
  if (response.status != 204) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (!keep_alive) {
    out += "Connection: close\r\n";
  } else if (!http11) {
    out += "Connection: keep-alive\r\n";
  }
  out += response.headers;
  out += "\r\n";
  if (with_body && response.status != 204) out += response.body;
}

namespace {

Response internal_error() {
  Response response;
  response.status = 500;
  return response;
}

}  // namespace

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    if (sink_) send(internal_error());
    sink_ = std::move(other.sink_);
    slot_ = other.slot_;
  }
  return *this;
}

Reply::~Reply() {
  if (sink_) send(internal_error());
}

void Reply::send(Response&& response) noexcept {
  if (!sink_) return;
  const auto sink = std::move(sink_);
  sink_ = nullptr;
  sink->deliver(slot_, std::move(response));
}

}  // namespace souk::gateway
