#include "tools/bench/load/load_worker.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace souk::bench {
namespace {

constexpr std::size_t kReceive = 16U << 10U;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kPatienceAtEnd = 5 * kSecond;

Status failed(const char* what) {
  return {Code::unavailable, std::string(what) + ": " + std::strerror(errno)};
}

}  // namespace

void LoadTally::merge(const LoadTally& other) {
  latencies.merge(other.latencies);
  for (std::size_t i = 0; i < statuses.size(); ++i)
    statuses[i] += other.statuses[i];
  answers += other.answers;
  accepted += other.accepted;
  duplicates += other.duplicates;
  accepted_in_all += other.accepted_in_all;
  broken += other.broken;
  unsent += other.unsent;
  body_bytes += other.body_bytes;
}

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

Result<int> connect_to(std::uint16_t port, bool blocking) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const Status status = failed("connect");
    close(fd);
    return status;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!blocking) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

LoadWorker::LoadWorker(const LoadPlan& plan, const RequestSource& source)
    : plan_(plan), source_(source), random_(plan.seed) {
  if (plan_.rate > 0) interval_ns_ = static_cast<std::int64_t>(1e9 / plan_.rate);
}

LoadWorker::~LoadWorker() {
  for (const auto& connection : connections_) {
    if (connection->fd >= 0) close(connection->fd);
  }
  if (epoll_ >= 0) close(epoll_);
}

Status LoadWorker::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return failed("epoll_create1");
  for (unsigned i = 0; i < plan_.connections; ++i) {
    auto fd = connect_to(plan_.port, false);
    if (!fd) return fd.status();
    auto connection = std::make_unique<Connection>();
    connection->fd = *fd;
    watch(*connection, false, true);
    connections_.push_back(std::move(connection));
  }
  return {};
}

Status LoadWorker::run() {
  if (interval_ns_ > 0) {
    for (const auto& connection : connections_)
      idle_.push_back(connection.get());
    next_due_ = monotonic_ns();
  } else {
    const std::int64_t now = monotonic_ns();
    for (const auto& connection : connections_)
      begin(*connection, now);
  }
  for (;;) {
    const std::int64_t now = monotonic_ns();
    if (now >= plan_.end_ns && !ending_) {
      ending_ = true;
      count_unsent(now);
    }
    if (!failure_.ok()) return failure_;
    if (ending_ && (under_way_ == 0 || now >= plan_.end_ns + kPatienceAtEnd)) return {};
    if (!ending_ && interval_ns_ > 0) begin_due(now);
    wait(now);
  }
}

void LoadWorker::begin_due(std::int64_t now) {
  while (next_due_ <= now && !idle_.empty()) {
    Connection& connection = *idle_.front();
    idle_.pop_front();
    begin(connection, next_due_);
    next_due_ += interval_ns_;
  }
}

void LoadWorker::count_unsent(std::int64_t now) {
  if (interval_ns_ == 0) return;
  for (; next_due_ < plan_.end_ns; next_due_ += interval_ns_) {
    ++tally_.unsent;
    tally_.latencies.record(now - next_due_);
  }
}

void LoadWorker::wait(std::int64_t now) {
  std::int64_t until = plan_.end_ns;
  if (ending_) until = plan_.end_ns + kPatienceAtEnd;
  if (!ending_ && interval_ns_ > 0 && !idle_.empty() && next_due_ < until) until = next_due_;
  const std::int64_t pause = until > now ? until - now : 0;
  const timespec timeout{pause / kSecond, pause % kSecond};
  std::array<epoll_event, 64> events{};
  const int ready =
      epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  for (int i = 0; i < ready; ++i) {
    auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
    const std::uint32_t what = events[static_cast<std::size_t>(i)].events;
    if ((what & EPOLLOUT) != 0) send_more(connection);
    if ((what & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(connection);
  }
}

void LoadWorker::begin(Connection& connection, std::int64_t since) {
  connection.unsent = source_.next(connection.scratch, random_);
  connection.began.push_back(since);
  ++under_way_;
  send_more(connection);
}

void LoadWorker::send_more(Connection& connection) {
  for (;;) {
    while (!connection.unsent.empty()) {
      const ssize_t sent =
          send(connection.fd, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        // A connection that broke says so when it is read.
        if (errno == EAGAIN) watch(connection, true, false);
        return;
      }
      connection.unsent.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (connection.wants_write) watch(connection, false, false);
    if (ending_ || interval_ns_ > 0 || connection.began.size() >= plan_.depth) return;
    connection.unsent = source_.next(connection.scratch, random_);
    connection.began.push_back(monotonic_ns());
    ++under_way_;
  }
}

void LoadWorker::receive(Connection& connection) {
  const ssize_t got = recv(connection.fd, connection.reader.prepare(kReceive), kReceive, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return reopen(connection);
  connection.reader.commit(static_cast<std::size_t>(got));
  const std::int64_t now = monotonic_ns();
  bool closes = false;
  bool any = false;
  while (!connection.began.empty()) {
    const auto response = connection.reader.next();
    if (!response) break;
    any = true;
    closes = closes || response->close;
    answered(connection, *response, now);
  }
  if (closes || connection.reader.failed()) return reopen(connection);
  if (!any || !connection.unsent.empty()) return;
  if (interval_ns_ > 0) {
    idle_.push_back(&connection);
  } else if (!ending_) {
    send_more(connection);
  }
}

void LoadWorker::answered(Connection& connection, const Response& response, std::int64_t now) {
  const std::int64_t since = connection.began.front();
  connection.began.pop_front();
  --under_way_;
  EventCounts counts;
  if (source_.events_per_request() > 0 && response.status < 300) {
    counts = read_event_counts(response.body);
  }
  tally_.accepted_in_all += counts.accepted;
  if (now < plan_.start_ns || since >= plan_.end_ns) return;
  // Open loop: what was due while measuring counts, however late its answer comes.
  if (interval_ns_ == 0 ? now > plan_.end_ns : since < plan_.start_ns) return;
  tally_.latencies.record(now - since);
  ++tally_.answers;
  ++tally_.statuses[static_cast<std::size_t>(response.status % 600)];
  tally_.accepted += counts.accepted;
  tally_.duplicates += counts.duplicates;
  tally_.body_bytes += response.body.size();
}

void LoadWorker::reopen(Connection& connection) {
  ++tally_.broken;
  close(connection.fd);
  connection.fd = -1;
  under_way_ -= connection.began.size();
  connection.began.clear();
  connection.unsent = {};
  connection.reader.clear();
  connection.wants_write = false;
  if (ending_) return;
  auto fd = connect_to(plan_.port, false);
  if (!fd) {
    failure_ = fd.status();
    return;
  }
  connection.fd = *fd;
  watch(connection, false, true);
  if (interval_ns_ > 0) {
    idle_.push_back(&connection);
  } else {
    begin(connection, monotonic_ns());
  }
}

void LoadWorker::watch(Connection& connection, bool writing, bool added) {
  epoll_event event{};
  event.events = EPOLLIN | (writing ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  event.data.ptr = &connection;
  connection.wants_write = writing;
  if (epoll_ctl(epoll_, added ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connection.fd, &event) != 0) {
    failure_ = failed("epoll_ctl");
  }
}

}  // namespace souk::bench
