// Worker: one thread of the server: an event loop, its connections, and the buffers that they share
// because only one of them is served at a time. Internal to the server.
//
// A plugin's code runs on this thread, because a hop to another one would cost more than most
// answers. So that a plugin which hangs takes its thread and nothing else, it is called only at the
// bottom of the stack, between two turns of connections, and the worker is in one of two states:
//
//   kernel   one thread runs the loop and owns everything here
//   foreign  that thread is in a plugin's code and touches nothing here
//
// A turn of the loop first reads every request that has come, then asks for all of them, then
// writes the answers: the sockets' code, the plugin's and again the sockets' each find their own in
// the processor's caches, and a client that sleeps is woken once. Answers are not kept for longer
// than a few hundred microseconds.
//
// check_stall() finds a worker that stays foreign and gives the loop to a fresh thread. The old one
// learns of it when it wants to come back, delivers its answer as any other thread would, and ends.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "kernel/gateway/http/event_loop.hpp"
#include "kernel/gateway/http/server.hpp"
#include "kernel/gateway/http/timer_wheel.hpp"
#include "kernel/gateway/http/transport.hpp"

namespace souk::gateway {

class Connection;
class Worker;

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
class Worker final : public std::enable_shared_from_this<Worker> {
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

  /// To be called every few dozen milliseconds: replaces a thread that was foreign in the call
  /// before and still is. Any thread, one at a time.
  void check_stall();
  /// Threads that were replaced and are not back.
  [[nodiscard]] int lost_threads() const noexcept { return lost_.load(); }

  /// While it lives the thread is back in the kernel's state; false when it was replaced meanwhile.
  /// On a thread of this worker.
  class Kernel {
   public:
    explicit Kernel(Worker& worker) noexcept;
    ~Kernel();
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    explicit operator bool() const noexcept { return owns_; }

   private:
    Worker& worker_;
    bool from_foreign_;
    bool owns_;
  };

  /// An answer from another thread, or from within another connection's turn.
  void answer_later(std::shared_ptr<Connection> connection, std::uint64_t slot,
                    Response&& response);

  // Below: the worker's own thread.
  [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
  [[nodiscard]] HttpServer::Core& core() noexcept { return *core_; }
  [[nodiscard]] TimerWheel& wheel() noexcept { return wheel_; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] std::uint64_t ticks(std::int64_t ms) const noexcept {
    return static_cast<std::uint64_t>((ms + tick_ms_ - 1) / tick_ms_) + 1;
  }
  [[nodiscard]] std::unique_ptr<RequestParser> lend_parser();
  void return_parser(std::unique_ptr<RequestParser> parser);
  void forget(const std::shared_ptr<Connection>& connection);
  void add_foreign_task(std::shared_ptr<Connection> connection, std::shared_ptr<ForeignTask> task);
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
  struct Foreign {
    std::shared_ptr<Connection> connection;
    std::shared_ptr<ForeignTask> task;
  };
  /// Thrown to leave the loop, the only way out of it for one thread alone.
  struct Replaced {};

  void start_thread(bool in_place_of_another);
  void run_loop(bool in_place_of_another) noexcept;
  [[nodiscard]] std::uint64_t leave_kernel() noexcept;
  [[nodiscard]] bool return_to_kernel(std::uint64_t visit) noexcept;
  void run();
  void tick();
  void update_date();
  void run_answers();
  /// Between two turns of the loop, with nothing of this worker on the stack.
  void run_foreign_tasks();
  void run_foreign_task();
  void note_answered(std::shared_ptr<Connection> connection);
  void write_answers();

  std::shared_ptr<HttpServer::Core> core_;
  std::size_t index_;
  EventLoop loop_;
  bool open_ = true;  // stop() has not come through the loop
  std::int64_t tick_ms_;
  TimerWheel wheel_;
  std::string date_line_;
  std::int64_t date_second_ = -1;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<RequestParser>> parsers_;
  std::atomic<std::size_t> load_{0};

  std::vector<Foreign> foreign_;
  std::size_t foreign_begun_ = 0;                      // of foreign_
  std::shared_ptr<Connection> foreign_turn_;           // whose task runs
  std::vector<std::shared_ptr<Connection>> answered_;  // answers are kept and wait to be written
  std::vector<std::shared_ptr<Connection>> writing_;   // the same, while they are
  std::chrono::steady_clock::time_point kept_since_;   // the first of answered_
  std::atomic<std::uint64_t> visits_{0};               // to foreign code and back: odd while there
  std::uint64_t stalled_visit_ = 0;                    // check_stall(): seen the last time
  std::atomic<int> lost_{0};

  std::mutex thread_mutex_;
  std::condition_variable loop_ended_;
  bool loop_runs_ = false;
  std::thread thread_;

  std::mutex answers_mutex_;
  std::vector<Answer> answers_;
  std::vector<Answer> answers_taken_;
  bool answers_posted_ = false;
  bool stopped_ = false;
};

}  // namespace souk::gateway
