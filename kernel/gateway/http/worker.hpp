// Worker: one thread of the server: an event loop, its connections, and the buffers that they share
// because only one of them is served at a time. Internal to the server.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "kernel/gateway/http/server.hpp"
#include "kernel/gateway/http/timer_wheel.hpp"
#include "kernel/gateway/http/transport.hpp"

namespace souk::gateway {

class Connection;
class Worker;

using IoExecutor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, IoExecutor>;
using TickTimer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

/// What all threads of a server share.
struct HttpServer::Core {
  Core(const HttpServerSettings& server_settings, RequestHandler& request_handler,
       const base::Clock& server_clock)
      : settings(server_settings), handler(request_handler), clock(server_clock) {}

  HttpServerSettings settings;
  RequestHandler& handler;
  const base::Clock& clock;
  std::unique_ptr<TlsContext> tls;
  ServerCounters counters;
  std::atomic<bool> draining{false};
  std::uint16_t bound_port = 0;
  std::vector<std::shared_ptr<Worker>> workers;
};

/// Parsers are lent to connections from a request's first byte to its last: an idle one has none.
class Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(std::shared_ptr<HttpServer::Core> server_core, std::size_t worker_index);

  void start();
  /// Cuts every connection and stops the loop. Any thread; then join().
  void stop();
  void join();

  /// Takes a fresh non-blocking socket over. Any thread.
  void adopt(int socket, std::string client, bool loopback);
  /// Ends idle connections, marks the others. Any thread.
  void drain();
  [[nodiscard]] std::size_t load() const noexcept { return load_.load(std::memory_order_relaxed); }

  /// An answer from another thread, or from within another connection's turn.
  void answer_later(std::shared_ptr<Connection> connection, std::uint64_t slot,
                    Response&& response);

  // Below: the worker's own thread.
  [[nodiscard]] boost::asio::io_context& io() noexcept { return io_; }
  [[nodiscard]] HttpServer::Core& core() noexcept { return *core_; }
  [[nodiscard]] TimerWheel& wheel() noexcept { return wheel_; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] std::uint64_t ticks(std::int64_t ms) const noexcept {
    return static_cast<std::uint64_t>((ms + tick_ms_ - 1) / tick_ms_) + 1;
  }
  [[nodiscard]] std::unique_ptr<RequestParser> lend_parser();
  void return_parser(std::unique_ptr<RequestParser> parser);
  void forget(const std::shared_ptr<Connection>& connection);
  [[nodiscard]] std::string_view date_line() const noexcept { return date_line_; }

  std::vector<char> read_buffer;
  std::string out;  ///< of the connection whose turn it is
  std::string inflated;
  Connection* turn = nullptr;
  /// Any thread.
  [[nodiscard]] bool thread_is_current() const noexcept;

 private:
  struct Answer {
    std::shared_ptr<Connection> connection;
    std::uint64_t slot;
    Response response;
  };
  void run();
  void tick();
  void update_date();
  void run_answers();

  std::shared_ptr<HttpServer::Core> core_;
  std::size_t index_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<IoExecutor> guard_{io_.get_executor()};
  TickTimer timer_{io_};
  std::int64_t tick_ms_;
  TimerWheel wheel_;
  std::string date_line_;
  std::int64_t date_second_ = -1;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<RequestParser>> parsers_;
  std::atomic<std::size_t> load_{0};
  std::thread thread_;

  std::mutex answers_mutex_;
  std::vector<Answer> answers_;
  std::vector<Answer> answers_taken_;
  bool answers_posted_ = false;
  bool stopped_ = false;
};

}  // namespace souk::gateway
