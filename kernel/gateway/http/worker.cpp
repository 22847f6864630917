#include "kernel/gateway/http/worker.hpp"

#include <sched.h>
#include <unistd.h>

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
// An answer waits for those after it for so long at most.
constexpr std::chrono::microseconds kKept{250};
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
      if (foreign_turn_) note_answered(std::exchange(foreign_turn_, nullptr));
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

void Worker::run_foreign_task() {
  const std::shared_ptr<ForeignTask> task = std::move(foreign_[foreign_begun_].task);
  foreign_turn_ = std::move(foreign_[foreign_begun_].connection);
  if (++foreign_begun_ == foreign_.size()) {
    foreign_.clear();
    foreign_begun_ = 0;
  }
  turn = foreign_turn_.get();
  current_visit = leave_kernel();
  task->run();
  if (!return_to_kernel(std::exchange(current_visit, 0))) {
    current_worker = nullptr;  // what ends with this stack is another thread's business now
    throw Replaced();
  }
  turn = nullptr;
  note_answered(std::exchange(foreign_turn_, nullptr));
}

void Worker::note_answered(std::shared_ptr<Connection> connection) {
  connection->keep_answers();
  if (answered_.empty()) kept_since_ = std::chrono::steady_clock::now();
  answered_.push_back(std::move(connection));
}

void Worker::run_foreign_tasks() {
  while (!foreign_.empty() || !answered_.empty()) {
    if (!foreign_.empty()) run_foreign_task();
    if (foreign_.empty() || std::chrono::steady_clock::now() - kept_since_ > kKept) write_answers();
  }
}

void Worker::write_answers() {
  // Connections go on with the requests that they hold, which may be foreign tasks again.
  writing_.swap(answered_);
  for (const auto& connection : writing_)
    connection->resume();
  writing_.clear();
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
  const bool yields = set_time_slice(kTurn);
  std::size_t handlers = 0;  // since the thread last waited
  while (open_) {
    std::size_t ran = handlers == 0 ? 0 : loop_.turn(EventLoop::Patience::none);
    if (ran == 0) {
      handlers = 0;
      ran = loop_.turn(EventLoop::Patience::endless);
    }
    run_foreign_tasks();
    handlers += ran;
    if (yields && handlers >= kHandlersATurn) {
      sched_yield();
      handlers = 1;
    }
  }
}

void Worker::stop() {
  {
    const std::lock_guard lock(answers_mutex_);
    if (std::exchange(stopped_, true)) return;
  }
  loop_.post([self = shared_from_this()] {
    const auto connections = self->connections_;
    for (const auto& connection : connections)
      connection->cut();
    self->open_ = false;
  });
}

void Worker::join() {
  {
    std::unique_lock lock(thread_mutex_);
    loop_ended_.wait(lock, [this] { return !loop_runs_; });
  }
  if (thread_.joinable()) thread_.join();
  // Tasks that never ran hold connections, which hold this worker.
  loop_.run_posted();
  std::vector<Answer> dropped;
  const std::lock_guard lock(answers_mutex_);
  dropped.swap(answers_);
}

void Worker::adopt(int socket, std::string client, bool loopback) {
  load_.fetch_add(1, std::memory_order_relaxed);
  loop_.post([this, socket, client = std::move(client), loopback]() mutable {
    if (!open_) {
      close(socket);
      load_.fetch_sub(1, std::memory_order_relaxed);
      core_->counters.connections.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
    auto connection =
        std::make_shared<Connection>(shared_from_this(), socket, std::move(client), loopback);
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
  loop_.post([self = shared_from_this()] {
    const auto connections = self->connections_;
    for (const auto& connection : connections)
      connection->drain();
  });
}

void Worker::tick() {
  loop_.after(std::chrono::milliseconds(tick_ms_), [this] {
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
  loop_.post([self = shared_from_this()] { self->run_answers(); });
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
