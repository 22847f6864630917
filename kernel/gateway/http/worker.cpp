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
constexpr int kMostLost = 256;
thread_local const Worker* current_worker = nullptr;
thread_local std::uint64_t current_visit = 0;  // of this thread to foreign code; 0: it is in none

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
  const std::lock_guard lock(thread_mutex_);
  loop_runs_ = true;
  start_thread(false);
}

void Worker::start_thread(bool in_place_of_another) {
  thread_ = std::thread(
      [self = shared_from_this(), in_place_of_another] { self->run_loop(in_place_of_another); });
}

void Worker::run_loop(bool in_place_of_another) noexcept {
  block_signals();
  current_worker = this;
  try {
    if (in_place_of_another) {
      turn = nullptr;
      // The answer may have come before the plugin got stuck.
      if (const auto connection = std::exchange(foreign_turn_, nullptr)) connection->resume();
      run_foreign_tasks();
    }
    run();
  } catch (const Replaced&) {
    --lost_;
    return;
  }
  const std::lock_guard lock(thread_mutex_);
  loop_runs_ = false;
  loop_ended_.notify_all();
}

std::uint64_t Worker::leave_kernel() noexcept {
  return visits_.fetch_add(1, std::memory_order_acq_rel) + 1;
}

bool Worker::return_to_kernel(std::uint64_t visit) noexcept {
  return visits_.compare_exchange_strong(visit, visit + 1, std::memory_order_acq_rel);
}

Worker::Kernel::Kernel(Worker& worker) noexcept
    : worker_(worker),
      from_foreign_(current_visit != 0),
      owns_(!from_foreign_ || worker.return_to_kernel(current_visit)) {}

Worker::Kernel::~Kernel() {
  if (from_foreign_ && owns_) current_visit = worker_.leave_kernel();
}

void Worker::add_foreign_task(std::shared_ptr<Connection> connection,
                              std::shared_ptr<ForeignTask> task) {
  foreign_.push_back({std::move(connection), std::move(task)});
}

void Worker::run_foreign_tasks() {
  while (foreign_begun_ < foreign_.size()) {
    const std::shared_ptr<ForeignTask> task = std::move(foreign_[foreign_begun_].task);
    foreign_turn_ = std::move(foreign_[foreign_begun_].connection);
    ++foreign_begun_;
    turn = foreign_turn_.get();
    current_visit = leave_kernel();
    task->run();
    if (!return_to_kernel(std::exchange(current_visit, 0))) {
      current_worker = nullptr;  // what ends with this stack is another thread's business now
      throw Replaced();
    }
    turn = nullptr;
    const auto connection = std::exchange(foreign_turn_, nullptr);
    connection->resume();
  }
  foreign_.clear();
  foreign_begun_ = 0;
}

void Worker::check_stall() {
  std::uint64_t visit = visits_.load(std::memory_order_acquire);
  const bool stays = visit % 2 == 1 && visit == std::exchange(stalled_visit_, visit);
  if (!stays || lost_.load() >= kMostLost || !return_to_kernel(visit)) return;
  const std::lock_guard lock(thread_mutex_);
  ++lost_;
  thread_.detach();  // it holds this worker, and ends when the plugin lets it go
  start_thread(true);
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
  {
    std::unique_lock lock(thread_mutex_);
    loop_ended_.wait(lock, [this] { return !loop_runs_; });
  }
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
  run_foreign_tasks();
}

}  // namespace souk::gateway
