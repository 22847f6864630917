#include "kernel/gateway/http/server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "kernel/base/logging.hpp"
#include "kernel/gateway/http/connection.hpp"
#include "kernel/gateway/http/worker.hpp"

namespace souk::gateway {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr int kAcceptsPerTurn = 64;
// A plugin that answers takes microseconds; one that holds its thread for longer than this is
// waited for by nobody else.
constexpr std::chrono::milliseconds kStallCheckEvery(50);
constexpr std::string_view kTurnedAway =
    "HTTP/1.1 503 Service Unavailable\r\nServer: souk\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n";

}  // namespace

/// Accepts on the first worker's loop and deals connections out.
class Listener final : public EventLoop::Watcher, public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::shared_ptr<HttpServer::Core> core, EventLoop& loop)
      : core_(std::move(core)), loop_(loop) {}
  ~Listener() {
    if (socket_ >= 0) ::close(socket_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Status open() {
    boost::system::error_code failure;
    const HttpServerSettings& settings = core_->settings;
    const auto address = asio::ip::make_address(settings.host, failure);
    if (failure) {
      return Status(Code::invalid_argument,
                    "server.listen: " + settings.host +
                        " is not an IP address; examples: 127.0.0.1, 0.0.0.0, ::");
    }
    if (!listen_at(tcp::endpoint(address, settings.port))) {
      return Status(Code::unavailable, "server.listen: cannot listen on " + settings.host + ":" +
                                           std::to_string(settings.port) + ": " +
                                           std::strerror(errno));
    }
    tcp::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(socket_, bound.data(), &size) == 0) core_->bound_port = bound.port();
    return {};
  }

  /// On the loop, or before it turns.
  void wait() {
    if (socket_ >= 0) watched_ = loop_.watch(socket_, *this, watched_, EPOLLIN);
  }
  void on_events(std::uint32_t) override { accept(); }

  /// On the loop, or after it has ended.
  void close() {
    if (socket_ < 0) return;
    watched_ = loop_.watch(socket_, *this, watched_, 0);
    ::close(std::exchange(socket_, -1));
  }

 private:
  /// False leaves the reason in errno.
  bool listen_at(tcp::endpoint endpoint) {
    const int on = 1;
    socket_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return socket_ >= 0 && ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           ::bind(socket_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 &&
           ::listen(socket_, 4'096) == 0;
  }

  void accept() {
    for (int accepts = 0; accepts < kAcceptsPerTurn; ++accepts) {
      sockaddr_storage storage{};
      socklen_t size = sizeof storage;
      const int socket = ::accept4(socket_, reinterpret_cast<sockaddr*>(&storage), &size,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket >= 0) {
        deal_out(socket, storage, size);
        continue;
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      return hold_on(errno);
    }
  }

  /// Out of descriptors or memory: those that wait stay in the kernel's queue for a moment.
  void hold_on(int error) {
    base::log_warning("gateway", "cannot accept a connection", {{"error", std::strerror(error)}});
    watched_ = loop_.watch(socket_, *this, watched_, 0);
    loop_.after(std::chrono::milliseconds(100), [self = shared_from_this()] { self->wait(); });
  }

  void deal_out(int socket, const sockaddr_storage& storage, socklen_t size) {
    ServerCounters& counters = core_->counters;
    counters.accepted.fetch_add(1, std::memory_order_relaxed);
    const auto open = counters.connections.fetch_add(1, std::memory_order_relaxed);
    if (open >= static_cast<std::int64_t>(core_->settings.max_connections)) {
      counters.connections.fetch_sub(1, std::memory_order_relaxed);
      counters.turned_away.fetch_add(1, std::memory_order_relaxed);
      (void)::send(socket, kTurnedAway.data(), kTurnedAway.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      ::close(socket);
      return;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    tcp::endpoint peer;
    std::memcpy(peer.data(), &storage, std::min<std::size_t>(size, peer.capacity()));
    const auto address = peer.address();
    const bool loopback =
        address.is_loopback() ||
        (address.is_v6() && address.to_v6().is_v4_mapped() &&
         asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback());
    const auto least =
        std::min_element(core_->workers.begin(), core_->workers.end(),
                         [](const auto& a, const auto& b) { return a->load() < b->load(); });
    (*least)->adopt(socket, address.to_string(), loopback);
  }

  std::shared_ptr<HttpServer::Core> core_;
  EventLoop& loop_;
  int socket_ = -1;
  std::uint32_t watched_ = 0;
};

/// Looks after workers whose threads are in plugins' code, on a thread of its own.
class StallWatch {
 public:
  explicit StallWatch(std::shared_ptr<HttpServer::Core> core)
      : core_(std::move(core)), thread_([this] { run(); }) {}
  ~StallWatch() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
  }
  StallWatch(const StallWatch&) = delete;
  StallWatch& operator=(const StallWatch&) = delete;

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, kStallCheckEvery, [this] { return stopping_; })) {
      for (const auto& worker : core_->workers)
        worker->check_stall();
    }
  }

  const std::shared_ptr<HttpServer::Core> core_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

HttpServer::HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::open(const HttpServerSettings& settings,
                                                     RequestHandler& handler,
                                                     const base::Clock& clock) {
  std::unique_ptr<HttpServer> server(new HttpServer);
  server->core_ = std::make_shared<Core>(settings, handler, clock);
  Core& core = *server->core_;
  if (!settings.tls_certificate.empty()) {
    auto tls = TlsContext::load(settings.tls_certificate, settings.tls_key);
    if (!tls.ok()) return tls.status();
    core.tls = std::move(tls).value();
  }
  unsigned threads = settings.threads;
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < threads; ++i) {
    core.workers.push_back(std::make_shared<Worker>(server->core_, i));
  }
  server->listener_ = std::make_shared<Listener>(server->core_, core.workers.front()->loop());
  if (Status status = server->listener_->open(); !status.ok()) return status;
  server->listener_->wait();
  for (const auto& worker : core.workers)
    worker->start();
  server->watch_ = std::make_unique<StallWatch>(server->core_);
  return server;
}

HttpServer::~HttpServer() {
  close();
  // The listener and the workers hold the core, which holds the workers.
  listener_.reset();
  if (core_) core_->workers.clear();
}

std::uint16_t HttpServer::port() const noexcept { return core_->bound_port; }
std::size_t HttpServer::workers() const noexcept { return core_->workers.size(); }
const ServerCounters& HttpServer::counters() const noexcept { return core_->counters; }
bool HttpServer::draining() const noexcept { return core_->draining.load(); }

bool HttpServer::drain(std::int64_t timeout_ms) {
  if (!core_->draining.exchange(true)) {
    core_->workers.front()->loop().post([listener = listener_] { listener->close(); });
    for (const auto& worker : core_->workers)
      worker->drain();
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (core_->counters.connections.load() > 0) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

void HttpServer::close() {
  if (!core_ || core_->workers.empty() || closed_) return;
  closed_ = true;
  core_->draining = true;
  core_->workers.front()->loop().post([listener = listener_] { listener->close(); });
  for (const auto& worker : core_->workers)
    worker->stop();
  // Still watched: one that is lost in a plugin's code now could not be joined.
  for (const auto& worker : core_->workers)
    worker->join();
  watch_.reset();
}

}  // namespace souk::gateway
