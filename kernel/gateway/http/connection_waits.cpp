// Connection: what it waits for: its socket, and its deadlines.
#include "kernel/gateway/http/connection.hpp"

namespace souk::gateway {
namespace {

constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;

}  // namespace

std::uint32_t Connection::wanted_events() const noexcept {
  return (reading_ ? kReadable : 0U) | (writing_ ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
}

void Connection::watch(std::uint32_t wanted) noexcept {
  watched_ = worker_->loop().watch(socket_, *this, watched_, wanted);
}

void Connection::wait_readable() {
  if (reading_ || phase_ == Phase::closed) return;
  reading_ = true;
  if ((watched_ & kReadable) == 0) watch(watched_ | kReadable);
}

void Connection::wait_writable() {
  if (writing_ || phase_ == Phase::closed) return;
  writing_ = true;
  if ((watched_ & EPOLLOUT) == 0) watch(watched_ | EPOLLOUT);
}

void Connection::on_events(std::uint32_t events) {
  const auto self = shared_from_this();
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (reading_ && (broken || (events & kReadable) != 0)) {
    reading_ = false;
    on_readable();
  }
  if (writing_ && (broken || (events & EPOLLOUT) != 0)) {
    writing_ = false;
    on_writable();
  }
  if (phase_ == Phase::closed) return;
  // What comes and is not waited for would come again and again. Most of the time reading goes on,
  // and nothing changes.
  const std::uint32_t wanted = wanted_events();
  if ((events & watched_ & ~wanted) != 0 || (broken && wanted == 0)) watch(wanted);
}

void Connection::update_deadline() {
  if (phase_ == Phase::closed) return;
  const HttpServerSettings& settings = worker_->core().settings;
  TimerWheel& wheel = worker_->wheel();
  const std::uint64_t request_ticks = worker_->ticks(settings.request_timeout_ms);
  if (!out_.empty()) {
    receiving_ = false;
    return wheel.set(*this, request_ticks);
  }
  const bool receiving = parser_ && parser_->state() != RequestParser::State::complete;
  if (receiving && slots_.empty()) {
    // From the first byte of a request, however slowly the others drip.
    if (!receiving_) wheel.set(*this, request_ticks);
    receiving_ = true;
    return;
  }
  receiving_ = false;
  if (!slots_.empty()) return TimerWheel::clear(*this);
  wheel.set(*this, worker_->ticks(settings.idle_timeout_ms));
}

void Connection::due() {
  switch (phase_) {
    case Phase::closed:
      return;
    case Phase::handshake:
    case Phase::lingering:
      return cut();
    case Phase::open:
      break;
  }
  const auto self = shared_from_this();
  if (!out_.empty() || !receiving_) {
    if (!out_.empty()) ++worker_->core().counters.timeouts;
    return cut();
  }
  ++worker_->core().counters.timeouts;
  refuse(408, "the request did not arrive in time");
  flush();
}

}  // namespace souk::gateway
