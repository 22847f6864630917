// HttpServer: HTTP/1.1 on a few threads, each with its own event loop and its own connections.
//
// One thread accepts and hands each new connection to the thread that has the fewest. A connection
// lives on one thread; handlers run there and must not block. Answers may come from any thread;
// those that come from others are collected, so that a commit which answers hundreds of requests
// wakes each thread once. Pipelined requests run side by side when they all only read (or all only
// append events), and are answered in their order. Everything is bounded: header, body, time,
// connections, pipeline, bytes buffered in all.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/clock.hpp"
#include "kernel/base/status.hpp"
#include "kernel/gateway/http/inflate.hpp"
#include "kernel/gateway/http/request.hpp"
#include "kernel/gateway/http/request_parser.hpp"
#include "kernel/gateway/http/response.hpp"

namespace souk::gateway {

struct HttpServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;       ///< 0: any free one
  unsigned threads = 0;         ///< 0: one a core
  std::string tls_certificate;  ///< PEM files; empty: plain HTTP
  std::string tls_key;
  ParserLimits parser;
  InflateLimits inflate;
  std::uint32_t max_connections = 20'000;
  std::uint64_t max_buffered_bytes = 512U << 20U;  ///< request bodies of all connections together
  std::uint32_t max_pipelined = 64;
  std::int64_t idle_timeout_ms = 60'000;
  std::int64_t request_timeout_ms = 15'000;
};

/// How a finished request went. `route` is what the handler put into its answer.
struct RequestOutcome {
  std::uint16_t route = 0;
  int status = 0;
  std::int64_t duration_us = 0;  ///< from the request's last byte to its answer
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

/// What the server does not decide itself. Called on the connection's thread.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  /// Must not block, and answers now or later through `reply`.
  virtual void handle(const Request& request, Reply reply) = 0;
  /// True when this request may run beside others of the same kind on one connection: `ingest` says
  /// of an unsafe one that it only appends. Asked only when requests are pipelined.
  [[nodiscard]] virtual bool appends_only(const Request& request) const noexcept = 0;
  /// The body of an answer that the server gives by itself (400, 408, 413, 431, 503 …).
  virtual Response refuse(int status, std::string_view detail) = 0;
  virtual void finished(std::size_t worker, const RequestOutcome& outcome) noexcept = 0;
};

/// Read by metrics while the server works.
struct ServerCounters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> turned_away{0};  ///< above max_connections
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<std::uint64_t> timeouts{0};
  std::atomic<std::uint64_t> malformed{0};
  std::atomic<std::int64_t> buffered_bytes{0};
};

class HttpServer {
 public:
  /// Binds, starts the threads. UNAVAILABLE says which address can't be bound and why;
  /// FAILED_PRECONDITION what is wrong with the TLS files. `handler` must outlive the server.
  static Result<std::unique_ptr<HttpServer>> open(const HttpServerSettings& settings,
                                                  RequestHandler& handler,
                                                  const base::Clock& clock);
  /// Closes.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::size_t workers() const noexcept;
  [[nodiscard]] const ServerCounters& counters() const noexcept;
  [[nodiscard]] bool draining() const noexcept;

  /// Accepts no more, ends idle connections, finishes what has begun, for at most `timeout_ms`.
  /// True when every connection ended by itself.
  bool drain(std::int64_t timeout_ms);
  /// Cuts what is left and joins the threads. Idempotent. Answers that come later are dropped.
  void close();

  struct Core;

 private:
  HttpServer();
  std::shared_ptr<Core> core_;
  std::shared_ptr<class Listener> listener_;
  std::unique_ptr<class StallWatch> watch_;
  bool closed_ = false;
};

}  // namespace souk::gateway
