// HttpClient: one connection to the daemon, kept open from request to request. Not thread-safe: one
// a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"

namespace souk::cli {

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::string content_type;
  std::int64_t retry_after_ms = -1;  ///< -1 when the answer does not say
};

class HttpClient {
 public:
  /// `base`: "http://127.0.0.1:8080". `key` may be empty. A certificate on this machine's own
  /// addresses is not checked: there the key protects.
  HttpClient(std::string base, std::string key);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Any answer is a success, whatever its status; UNAVAILABLE when there is none in time.
  Result<HttpAnswer> get(const std::string& path, const std::string& accept = "application/json",
                         std::int64_t timeout_ms = 10'000);
  Result<HttpAnswer> post(const std::string& path, std::string_view body,
                          const std::string& content_type, const std::string& accept,
                          std::int64_t timeout_ms = 60'000);

 private:
  Result<HttpAnswer> perform(const std::string& path, const std::vector<std::string>& headers,
                             std::int64_t timeout_ms);

  struct Handle;
  std::unique_ptr<Handle> handle_;
  std::string base_;
  std::string key_;
};

/// The sentence of a problem document (RFC 9457), else the body's beginning.
[[nodiscard]] std::string problem_detail(const HttpAnswer& answer);

}  // namespace souk::cli
