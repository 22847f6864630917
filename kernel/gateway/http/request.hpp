// Request: one HTTP request as handlers see it, free of any network library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace souk::gateway {

enum class HttpMethod : std::uint8_t { get, head, post, put, del, patch, options, other };

/// "GET", "POST", …; "OTHER" for methods that no route knows.
[[nodiscard]] std::string_view method_name(HttpMethod method) noexcept;
/// GET, HEAD and OPTIONS change nothing (RFC 9110 section 9.2.1).
[[nodiscard]] constexpr bool is_safe(HttpMethod method) noexcept {
  return method == HttpMethod::get || method == HttpMethod::head || method == HttpMethod::options;
}

/// The headers that the kernel reads; others are checked for form and skipped.
enum class Header : std::uint8_t {
  accept,
  access_control_request_headers,
  access_control_request_method,
  algolia_api_key,
  anonymous_id,
  authorization,
  connection,
  content_encoding,
  content_type,
  expect,
  forwarded,
  forwarded_for,
  forwarded_proto,
  host,
  origin,
  request_id,
  transfer_encoding,
  twilio_signature,
  user_agent,
  count_
};
inline constexpr std::size_t kHeaderCount = static_cast<std::size_t>(Header::count_);

/// Everything is borrowed: valid until the handler that got the request returns.
struct Request {
  HttpMethod method = HttpMethod::other;
  std::string_view path;   ///< as sent, still percent-encoded; begins with '/'
  std::string_view query;  ///< after '?', as sent; may be empty
  std::array<std::string_view, kHeaderCount> headers{};  ///< the first of each name; empty: absent
  std::string_view body;                                 ///< without transfer and content encoding
  std::string_view client;                               ///< the peer's IP address
  bool client_is_loopback = false;  ///< the peer is this machine, and it is no proxy that says so
  bool tls = false;
  std::size_t worker = 0;  ///< which thread handles it: an index for state kept per thread

  [[nodiscard]] std::string_view header(Header name) const noexcept {
    return headers[static_cast<std::size_t>(name)];
  }
};

}  // namespace souk::gateway
