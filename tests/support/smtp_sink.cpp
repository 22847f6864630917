#include "tests/support/smtp_sink.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <random>
#include <vector>

namespace souk::testing {
namespace {

constexpr std::chrono::seconds kPatience{90};
constexpr std::string_view kMessageId = "\r\nMessage-ID: ";
constexpr std::string_view kEndOfMessage = "\r\n.\r\n";

std::string between(std::string_view text, std::string_view begin, std::string_view end) {
  const auto at = text.find(begin);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + begin.size());
  return std::string(text.substr(0, text.find(end)));
}

/// -1 when the port is taken.
int listening_socket(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(fd, 128) == 0) {
    return fd;
  }
  ::close(fd);
  return -1;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

struct SmtpSink::Session {
  int fd = -1;
  std::string input;
  std::string output;
  std::string recipient;
  std::size_t looked = 0;  ///< of a message that is still arriving
  bool in_message = false;
};

struct SmtpSink::State {
  int listener = -1;
  int waker = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::atomic<bool> stopping{false};
  std::vector<Session> sessions;
  std::mt19937 random{5};
  std::thread thread;
};

SmtpSink::SmtpSink(std::uint16_t port) : state_(std::make_unique<State>()), port_(port) {
  (void)up();
}

SmtpSink::~SmtpSink() {
  down();
  ::close(state_->waker);
}

bool SmtpSink::up() {
  state_->listener = listening_socket(port_);
  if (state_->listener < 0) return false;
  port_ = port_of(state_->listener);
  state_->stopping = false;
  state_->thread = std::thread([this] { run(); });
  return true;
}

void SmtpSink::down() {
  if (!state_->thread.joinable()) return;
  state_->stopping = true;
  const std::uint64_t one = 1;
  (void)!::write(state_->waker, &one, sizeof one);
  state_->thread.join();
  for (const Session& session : state_->sessions)
    ::close(session.fd);
  state_->sessions.clear();
  ::close(state_->listener);
}

void SmtpSink::set_mood(SinkMood mood) {
  const std::lock_guard lock(mutex_);
  mood_ = mood;
}

std::map<std::string, std::set<std::string>> SmtpSink::recipients() const {
  const std::lock_guard lock(mutex_);
  return recipients_;
}

std::map<std::string, unsigned> SmtpSink::ids() const {
  const std::lock_guard lock(mutex_);
  return ids_;
}

bool SmtpSink::wait_taken(std::uint64_t count) {
  std::unique_lock lock(mutex_);
  return took_.wait_for(lock, kPatience, [&] { return taken_ >= count; });
}

bool SmtpSink::wait_recipients(std::size_t count) {
  std::unique_lock lock(mutex_);
  return took_.wait_for(lock, kPatience, [&] { return recipients_.size() >= count; });
}

bool SmtpSink::chance(double share) {
  return share > 0 && std::uniform_real_distribution<double>()(state_->random) < share;
}

void SmtpSink::run() {
  std::vector<pollfd> watched;
  while (!state_->stopping) {
    watched.assign({{state_->waker, POLLIN, 0}, {state_->listener, POLLIN, 0}});
    for (const Session& session : state_->sessions)
      watched.push_back({session.fd, POLLIN, 0});
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if ((watched[0].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      (void)!::read(state_->waker, &count, sizeof count);
    }
    for (std::size_t i = state_->sessions.size(); i-- > 0;) {
      if (watched[i + 2].revents == 0 || read(state_->sessions[i])) continue;
      ::close(state_->sessions[i].fd);
      state_->sessions.erase(state_->sessions.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if ((watched[1].revents & POLLIN) == 0) continue;
    const int fd = ::accept4(state_->listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    state_->sessions.emplace_back();
    state_->sessions.back().fd = fd;
    constexpr std::string_view kHello = "220 sink ESMTP\r\n";
    (void)!::send(fd, kHello.data(), kHello.size(), MSG_NOSIGNAL);
  }
}

bool SmtpSink::read(Session& session) {
  char buffer[65'536];
  const ssize_t got = ::recv(session.fd, buffer, sizeof buffer, 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  session.input.append(buffer, static_cast<std::size_t>(got));
  for (;;) {
    if (session.in_message) {
      const std::size_t from = session.looked < 4 ? 0 : session.looked - 4;
      const auto end = session.input.find(kEndOfMessage, from);
      session.looked = session.input.size();
      if (end == std::string::npos) break;
      if (!end_of_message(session)) return false;
      session.input.erase(0, end + kEndOfMessage.size());
      session.in_message = false;
      continue;
    }
    const auto end = session.input.find("\r\n");
    if (end == std::string::npos) break;
    const std::string text = session.input.substr(0, end);
    session.input.erase(0, end + 2);
    if (!line(session, text)) return false;
  }
  // Answers are short: a socket that has no room for them belongs to nobody who reads.
  const auto size = static_cast<ssize_t>(session.output.size());
  const bool said =
      ::send(session.fd, session.output.data(), session.output.size(), MSG_NOSIGNAL) == size;
  session.output.clear();
  return said;
}

bool SmtpSink::line(Session& session, std::string_view text) {
  if (text.starts_with("EHLO")) {
    session.output += "250-sink\r\n250 8BITMIME\r\n";
  } else if (text.starts_with("RCPT")) {
    double busy = 0;
    {
      const std::lock_guard lock(mutex_);
      busy = mood_.busy;
    }
    session.recipient = between(text, "<", ">");
    session.output += chance(busy) ? "451 busy\r\n" : "250 ok\r\n";
  } else if (text.starts_with("DATA")) {
    session.in_message = true;
    session.looked = 0;
    session.output += "354 go on\r\n";
  } else if (text.starts_with("QUIT")) {
    return false;
  } else {
    session.output += "250 ok\r\n";
  }
  return true;
}

bool SmtpSink::end_of_message(Session& session) {
  const std::lock_guard lock(mutex_);
  if (chance(mood_.drop)) return false;
  const std::string id = between(session.input, kMessageId, "\r\n");
  ++ids_[id];
  recipients_[session.recipient].insert(id);
  ++taken_;
  took_.notify_all();
  if (chance(mood_.vanish)) {
    ++vanished_;
    return false;
  }
  session.output += "250 taken\r\n";
  return true;
}

}  // namespace souk::testing
