#include "kernel/gateway/http/connection.hpp"

#include <unistd.h>

#include <utility>

#include "kernel/gateway/http/memory_pool.hpp"

namespace souk::gateway {
namespace {

constexpr std::size_t kMaxUnwritten = 4U << 20U;  // answers that a client does not take
constexpr std::int64_t kLingerMs = 2'000;
constexpr int kReadsPerTurn = 8;  // then the others get their turn
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(std::shared_ptr<Worker> worker, int socket, std::string client,
                       bool loopback)
    : worker_(std::move(worker)),
      socket_(socket),
      client_(std::move(client)),
      loopback_(loopback) {}

Connection::~Connection() {
  if (socket_ >= 0) close(socket_);
}

void Connection::start() {
  HttpServer::Core& core = worker_->core();
  if (!transport_.open(socket_, core.tls.get())) return cut();
  if (core.tls) {
    worker_->wheel().set(*this, worker_->ticks(core.settings.request_timeout_ms));
  } else {
    phase_ = Phase::open;
    worker_->wheel().set(*this, worker_->ticks(core.settings.idle_timeout_ms));
  }
  wait_readable();
}

void Connection::shake_hands() {
  const IoResult result = transport_.handshake();
  switch (result.kind) {
    case IoResult::Kind::want_read:
      return wait_readable();
    case IoResult::Kind::want_write:
      return wait_writable();
    case IoResult::Kind::done:
      break;
    default:
      return cut();
  }
  phase_ = Phase::open;
  update_deadline();
  on_readable();
}

void Connection::on_writable() {
  if (phase_ == Phase::handshake) return shake_hands();
  resume();
}

void Connection::on_readable() {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::handshake) return shake_hands();
  if (phase_ == Phase::lingering) return discard_input();
  std::vector<char>& buffer = worker_->read_buffer;
  for (int reads = 0; reads < kReadsPerTurn; ++reads) {
    const std::size_t kept = leftover_.size();
    if (buffer.size() < kept + (64U << 10U)) buffer.resize(kept + (64U << 10U));
    const IoResult result = transport_.read(buffer.data() + kept, buffer.size() - kept);
    if (result.kind == IoResult::Kind::want_read) break;
    if (result.kind == IoResult::Kind::want_write) {
      wait_writable();
      break;
    }
    if (result.kind == IoResult::Kind::error) return cut();
    if (result.kind == IoResult::Kind::end) return on_end_of_input();
    leftover_.copy(buffer.data(), kept);
    const bool filled = result.bytes == buffer.size() - kept;
    process({buffer.data(), kept + result.bytes});
    if (phase_ != Phase::open || backlogged() || ignore_input_) break;
    if (!filled && !transport_.tls()) break;
  }
  flush();
  if (phase_ == Phase::open && !backlogged() && !ignore_input_) wait_readable();
  if (phase_ == Phase::open) update_deadline();
}

void Connection::on_end_of_input() {
  input_ended_ = true;
  // A client may end its sending direction and still wait for answers; a request that is not
  // complete will never be.
  const bool complete = parser_ && parser_->state() == RequestParser::State::complete;
  if (slots_.empty() && out_.empty() && worker_->out.empty() && !complete) return cut();
  if (!complete) ignore_input_ = true;
  flush();
  if (phase_ == Phase::open) {
    if (slots_.empty() && !complete) close_when_flushed_ = true;
    update_deadline();
  }
}

void Connection::discard_input() {
  std::vector<char>& buffer = worker_->read_buffer;
  for (int reads = 0; reads < kReadsPerTurn; ++reads) {
    const IoResult result = transport_.read(buffer.data(), buffer.size());
    if (result.kind == IoResult::Kind::want_read) break;
    if (result.kind != IoResult::Kind::done) return cut();
  }
  wait_readable();
}

bool Connection::backlogged() const noexcept {
  const HttpServerSettings& settings = worker_->core().settings;
  return slots_.size() >= settings.max_pipelined || out_.size() > kMaxUnwritten ||
         (parser_ && parser_->state() == RequestParser::State::complete);
}

void Connection::process(std::string_view bytes) {
  // The bytes lie in the worker's buffer or in leftover_; both are left alone until the end.
  while (phase_ == Phase::open && !ignore_input_ && step(bytes)) {
  }
  if (phase_ != Phase::open || ignore_input_) {
    leftover_.clear();
    leftover_.shrink_to_fit();
    return;
  }
  if (bytes.empty()) {
    if (!leftover_.empty()) {
      leftover_.clear();
      leftover_.shrink_to_fit();
    }
  } else {
    leftover_ = std::string(bytes);
  }
  account_body();
}

bool Connection::step(std::string_view& bytes) {
  if (parser_ && parser_->state() == RequestParser::State::complete) return dispatch();
  if (bytes.empty()) return false;
  if (backlogged()) return false;
  if (!parser_) parser_ = worker_->lend_parser();
  const std::size_t used = parser_->put(bytes);
  bytes.remove_prefix(used);
  switch (parser_->state()) {
    case RequestParser::State::complete:
      return dispatch();
    case RequestParser::State::failed: {
      ++worker_->core().counters.malformed;
      const ParseFault fault = parser_->fault();
      refuse(fault.status, fault.detail);
      return false;
    }
    case RequestParser::State::body:
      if (parser_->expects_continue() && !continued_ && slots_.empty() && bytes.empty() &&
          parser_->buffered() == 0) {
        continued_ = true;
        worker_->out += kContinue;
      }
      break;
    case RequestParser::State::idle:
      if (bytes.empty()) release_parser();
      break;
    case RequestParser::State::head:
      break;
  }
  return used > 0;
}

bool Connection::may_dispatch(const Request& request) const {
  if (slots_.empty()) return true;
  if (slots_.size() >= worker_->core().settings.max_pipelined) return false;
  // RFC 9112 section 9.3.2: only requests that change nothing may run side by side; appends of
  // events keep their order in the log's queue, so they may, too.
  if (is_safe(request.method)) {
    for (const Slot& slot : slots_) {
      if (!slot.safe) return false;
    }
    return true;
  }
  if (!worker_->core().handler.appends_only(request)) return false;
  for (const Slot& slot : slots_) {
    if (!slot.appends) return false;
  }
  return true;
}

bool Connection::dispatch() {
  HttpServer::Core& core = worker_->core();
  Request request;
  parser_->fill(request);
  request.client = client_;
  request.client_is_loopback = loopback_ && request.header(Header::forwarded_for).empty() &&
                               request.header(Header::forwarded).empty();
  request.tls = transport_.tls();
  request.worker = worker_->index();
  if (!may_dispatch(request)) return false;

  Slot slot;
  slot.begun_us = core.clock.monotonic_us();
  slot.bytes_in = request.body.size();
  slot.keep_alive = parser_->keep_alive() && !draining_ && !input_ended_;
  slot.http11 = parser_->http11();
  slot.with_body = request.method != HttpMethod::head;
  slot.safe = is_safe(request.method);
  slot.appends = !slot.safe && core.handler.appends_only(request);
  if (!parser_->keep_alive()) ignore_input_ = true;
  const std::uint64_t number = first_slot_ + slots_.size();
  slots_.push_back(std::move(slot));
  core.counters.in_flight.fetch_add(1, std::memory_order_relaxed);
  Connection* const before = std::exchange(worker_->turn, this);
  hand_over(request, number);
  worker_->turn = before;
  release_parser();
  return true;
}

void Connection::hand_over(Request& request, std::uint64_t slot) {
  HttpServer::Core& core = worker_->core();
  const Coding coding = coding_of(request.header(Header::content_encoding));
  if (coding != Coding::identity && !request.body.empty()) {
    Response refused;
    if (coding == Coding::unsupported) {
      refused = core.handler.refuse(415, "content codings accepted are gzip and deflate");
      refused.headers += "Accept-Encoding: gzip, deflate\r\n";
      return complete(slot, std::move(refused));
    }
    const Status status =
        inflate_body(coding, request.body, core.settings.inflate, worker_->inflated);
    if (!status.ok()) {
      return complete(slot,
                      core.handler.refuse(status.code() == Code::resource_exhausted ? 413 : 400,
                                          status.message()));
    }
    request.body = worker_->inflated;
  }
  core.handler.handle(request, Reply(shared_from_this(), slot));
  if (worker_->inflated.capacity() > (1U << 20U)) {
    worker_->inflated.clear();
    worker_->inflated.shrink_to_fit();
  }
}

void Connection::refuse(int status, std::string_view detail) {
  release_parser();
  ignore_input_ = true;
  Slot slot;
  slot.begun_us = worker_->core().clock.monotonic_us();
  slot.keep_alive = false;
  slots_.push_back(std::move(slot));
  worker_->core().counters.in_flight.fetch_add(1, std::memory_order_relaxed);
  complete(first_slot_ + slots_.size() - 1, worker_->core().handler.refuse(status, detail));
}

void Connection::deliver(std::uint64_t slot, Response&& response) noexcept {
  // Within its own turn, on its own thread, an answer goes straight into the buffer.
  if (worker_->thread_is_current()) {
    const Worker::Kernel kernel(*worker_);
    if (kernel && worker_->turn == this) return complete(slot, std::move(response));
  }
  worker_->answer_later(shared_from_this(), slot, std::move(response));
}

void Connection::run_after_turn(std::shared_ptr<ForeignTask> task) {
  worker_->add_foreign_task(shared_from_this(), std::move(task));
}

void Connection::complete(std::uint64_t number, Response&& response) {
  if (phase_ == Phase::closed || number < first_slot_) return;
  const std::size_t position = static_cast<std::size_t>(number - first_slot_);
  if (position >= slots_.size() || slots_[position].answered) return;
  slots_[position].answered = true;
  slots_[position].response = std::move(response);
  std::size_t written = 0;
  while (written < slots_.size() && slots_[written].answered && !close_when_flushed_) {
    write_answer(slots_[written++]);
  }
  slots_.erase(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(written));
  first_slot_ += written;
}

void Connection::write_answer(Slot& slot) {
  HttpServer::Core& core = worker_->core();
  // The server may be draining before this connection has been told.
  const bool draining = draining_ || core.draining.load();
  const bool last = !slot.keep_alive || slot.response.close || draining ||
                    (input_ended_ && slots_.size() == 1 && !parser_);
  std::string& out = worker_->out;
  const std::size_t before = out.size();
  append_response(out, slot.response, worker_->date_line(), !last, slot.http11, slot.with_body);
  core.counters.in_flight.fetch_sub(1, std::memory_order_relaxed);
  core.handler.finished(worker_->index(), {slot.response.route, slot.response.status,
                                           core.clock.monotonic_us() - slot.begun_us, slot.bytes_in,
                                           out.size() - before});
  TextPool::give(std::move(slot.response.headers));
  TextPool::give(std::move(slot.response.body));
  if (last) {
    ignore_input_ = true;
    close_when_flushed_ = true;
  }
}

void Connection::resume() {
  if (phase_ != Phase::open) return flush();
  flush();
  if (phase_ != Phase::open) return;
  const bool held = parser_ && parser_->state() == RequestParser::State::complete;
  if (!ignore_input_ && (held || !leftover_.empty())) {
    const std::string bytes = std::move(leftover_);
    leftover_.clear();
    process(bytes);
    flush();
  }
  if (phase_ != Phase::open) return;
  if (input_ended_) {
    if (slots_.empty() && !(parser_ && parser_->state() == RequestParser::State::complete)) {
      close_when_flushed_ = true;
      flush();
    }
  } else if (!backlogged() && !ignore_input_) {
    wait_readable();
  }
  if (phase_ == Phase::open) update_deadline();
}

void Connection::keep_answers() {
  std::string& fresh = worker_->out;
  if (fresh.empty()) return;
  if (out_.empty() && phase_ != Phase::closed) {
    out_.swap(fresh);
    fresh = TextPool::take();
  } else {
    if (phase_ != Phase::closed) out_ += fresh;
    fresh.clear();
  }
}

void Connection::flush() {
  std::string& fresh = worker_->out;
  if (phase_ == Phase::closed) return fresh.clear();
  if (!out_.empty()) {
    out_ += fresh;
    fresh.clear();
  }
  const bool from_fresh = out_.empty();
  std::string& pending = from_fresh ? fresh : out_;
  std::size_t written = 0;
  while (written < pending.size()) {
    const IoResult result = transport_.write(pending.data() + written, pending.size() - written);
    if (result.kind == IoResult::Kind::done) {
      written += result.bytes;
      continue;
    }
    if (result.kind == IoResult::Kind::want_write) {
      wait_writable();
    } else if (result.kind == IoResult::Kind::want_read) {
      wait_readable();
    } else {
      fresh.clear();
      return cut();
    }
    break;
  }
  if (from_fresh) {
    if (written < fresh.size()) out_.assign(fresh, written);
    fresh.clear();
    if (fresh.capacity() > (4U << 20U)) fresh.shrink_to_fit();
  } else {
    out_.erase(0, written);
    if (out_.empty()) TextPool::give(std::exchange(out_, {}));
  }
  if (written > 0 && !out_.empty()) update_deadline();
  if (out_.empty() && close_when_flushed_) finish();
}

void Connection::finish() {
  if (phase_ != Phase::open) return;
  release_parser();
  transport_.shutdown_send();
  if (input_ended_) return cut();
  // Closing while the client still sends would destroy the answer on its way: wait until it ends.
  phase_ = Phase::lingering;
  worker_->wheel().set(*this, worker_->ticks(kLingerMs));
  wait_readable();
}

void Connection::account_body() {
  const std::size_t now = parser_ ? parser_->buffered() : 0;
  if (now == accounted_) return;
  auto& total = worker_->core().counters.buffered_bytes;
  const auto change = static_cast<std::int64_t>(now) - static_cast<std::int64_t>(accounted_);
  accounted_ = now;
  const std::int64_t all = total.fetch_add(change, std::memory_order_relaxed) + change;
  const auto limit = static_cast<std::int64_t>(worker_->core().settings.max_buffered_bytes);
  if (change > 0 && all > limit && phase_ == Phase::open) {
    refuse(503, "too many request bodies are on their way; try again");
  }
}

void Connection::release_parser() {
  continued_ = false;
  if (accounted_ != 0) {
    worker_->core().counters.buffered_bytes.fetch_sub(static_cast<std::int64_t>(accounted_),
                                                      std::memory_order_relaxed);
    accounted_ = 0;
  }
  if (parser_) worker_->return_parser(std::move(parser_));
}

void Connection::drain() {
  draining_ = true;
  if (phase_ == Phase::handshake) return cut();
  if (phase_ == Phase::open && slots_.empty() && !parser_ && out_.empty()) cut();
}

void Connection::cut() {
  if (phase_ == Phase::closed) return;
  const auto self = shared_from_this();
  phase_ = Phase::closed;
  worker_->core().counters.in_flight.fetch_sub(static_cast<std::int64_t>(slots_.size()),
                                               std::memory_order_relaxed);
  slots_.clear();
  release_parser();
  // Whoever answered last may hold the last reference, on a thread that is not the wheel's.
  TimerWheel::remove(*this);
  reading_ = writing_ = false;
  watch(0);
  close(std::exchange(socket_, -1));
  leftover_ = {};
  out_ = {};
  worker_->forget(self);
}

}  // namespace souk::gateway
