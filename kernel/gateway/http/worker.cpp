#include "kernel/gateway/http/worker.hpp"

#include <sched.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <ctime>

#include "kernel/base/logging.hpp"
#include "kernel/gateway/http/connection.hpp"
#include "kernel/gateway/http/time_slice.hpp"

namespace souk::gateway {
namespace {

constexpr std::size_t kParsersKept = 64;
constexpr std::chrono::microseconds kTurn{250};
thread_local const Worker* current_worker = nullptr;

/// Signals go to the daemon's main thread; SIGPIPE (which TLS writes may raise) to nobody.
void block_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Worker::Worker(std::shared_ptr<HttpServer::Core> server_core, std::size_t worker_index)
    : read_buffer(256U << 10U), core_(std::move(server_core)), index_(worker_index) {
  const HttpServerSettings& settings = core_->settings;
  const std::int64_t shortest = std::min(settings.idle_timeout_ms, settings.request_timeout_ms);
  tick_ms_ = std::clamp<std::int64_t>(shortest / 20, 5, 200);
}

bool Worker::thread_is_current() const noexcept { return current_worker == this; }

void Worker::start() {
  update_date();
  tick();
  thread_ = std::thread([self = shared_from_this()] {
    block_signals();
    current_worker = self.get();
    self->run();
    current_worker = nullptr;
  });
}

// A loop with work for more than one processor runs until the scheduler's tick ends its turn, and
// then waits for as long: all its connections wait with it, and so do those of whoever waited for
// it. Short turns that end between two requests keep the waits short (p99 of answers under full
// load: 4.9 ms → 3.1 ms on four processors).
void Worker::run() {
  constexpr std::size_t kHandlersATurn = 32;
  if (!set_time_slice(kTurn)) {
    io_.run();
    return;
  }
  while (io_.run_one() != 0) {
    for (std::size_t handlers = 1; io_.poll_one() != 0; ++handlers)
      if (handlers % kHandlersATurn == 0) sched_yield();
  }
}

void Worker::stop() {
  {
    const std::lock_guard lock(answers_mutex_);
    if (std::exchange(stopped_, true)) return;
  }
  boost::asio::post(io_, [self = shared_from_this()] {
    const auto connections = self->connections_;
    for (const auto& connection : connections)
      connection->cut();
    self->timer_.cancel();
    self->guard_.reset();
    self->io_.stop();
  });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
  // Handlers that never ran hold connections, which hold this worker.
  io_.restart();
  io_.poll();
  std::vector<Answer> dropped;
  const std::lock_guard lock(answers_mutex_);
  dropped.swap(answers_);
}

void Worker::adopt(int socket, std::string client, bool loopback) {
  load_.fetch_add(1, std::memory_order_relaxed);
  boost::asio::post(io_, [this, socket, client = std::move(client), loopback]() mutable {
    Socket taken(io_);
    boost::system::error_code failure;
    // The protocol only matters to calls that are not made here.
    taken.assign(boost::asio::ip::tcp::v6(), socket, failure);
    if (!failure) taken.native_non_blocking(true, failure);
    if (failure) {
      load_.fetch_sub(1, std::memory_order_relaxed);
      core_->counters.connections.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
    auto connection = std::make_shared<Connection>(shared_from_this(), std::move(taken),
                                                   std::move(client), loopback);
    connections_.insert(connection);
    connection->start();
    if (core_->draining.load()) connection->drain();
  });
}

void Worker::forget(const std::shared_ptr<Connection>& connection) {
  if (connections_.erase(connection) == 0) return;
  load_.fetch_sub(1, std::memory_order_relaxed);
  core_->counters.connections.fetch_sub(1, std::memory_order_relaxed);
}

void Worker::drain() {
  boost::asio::post(io_, [self = shared_from_this()] {
    const auto connections = self->connections_;
    for (const auto& connection : connections)
      connection->drain();
  });
}

void Worker::tick() {
  timer_.expires_after(std::chrono::milliseconds(tick_ms_));
  timer_.async_wait([this](const boost::system::error_code& failure) {
    if (failure) return;
    update_date();
    wheel_.advance([](TimerWheel::Entry& entry) { static_cast<Connection&>(entry).due(); });
    tick();
  });
}

void Worker::update_date() {
  const std::int64_t second = core_->clock.now_us() / 1'000'000;
  if (second == date_second_) return;
  date_second_ = second;
  const std::time_t time = static_cast<std::time_t>(second);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  const std::size_t size =
      std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  date_line_.assign(text, size);
}

std::unique_ptr<RequestParser> Worker::lend_parser() {
  if (parsers_.empty()) return std::make_unique<RequestParser>(core_->settings.parser);
  auto parser = std::move(parsers_.back());
  parsers_.pop_back();
  return parser;
}

void Worker::return_parser(std::unique_ptr<RequestParser> parser) {
  if (parsers_.size() >= kParsersKept) return;
  parser->reset();
  parsers_.push_back(std::move(parser));
}

void Worker::answer_later(std::shared_ptr<Connection> connection, std::uint64_t slot,
                          Response&& response) {
  const std::lock_guard lock(answers_mutex_);
  if (stopped_) return;
  answers_.push_back({std::move(connection), slot, std::move(response)});
  if (std::exchange(answers_posted_, true)) return;
  boost::asio::post(io_, [self = shared_from_this()] { self->run_answers(); });
}

void Worker::run_answers() {
  {
    const std::lock_guard lock(answers_mutex_);
    answers_posted_ = false;
    answers_taken_.swap(answers_);
  }
  for (Answer& answer : answers_taken_) {
    answer.connection->complete(answer.slot, std::move(answer.response));
    answer.connection->resume();
  }
  answers_taken_.clear();
}

}  // namespace souk::gateway
