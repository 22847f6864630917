#include "kernel/gateway/http/server.hpp"

#include <sys/socket.h>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>

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
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, IoExecutor>;

constexpr int kAcceptsPerTurn = 64;
// A plugin that answers takes microseconds; one that holds its thread for longer than this is
// waited for by nobody else.
constexpr std::chrono::milliseconds kStallCheckEvery(50);
constexpr std::string_view kTurnedAway =
    "HTTP/1.1 503 Service Unavailable\r\nServer: souk\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n";

}  // namespace

/// Accepts on the first worker's loop and deals connections out.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::shared_ptr<HttpServer::Core> core, asio::io_context& io)
      : core_(std::move(core)), acceptor_(io), pause_(io) {}

  Status open() {
    error_code failure;
    const HttpServerSettings& settings = core_->settings;
    const auto address = asio::ip::make_address(settings.host, failure);
    if (failure) {
      return Status(Code::invalid_argument,
                    "server.listen: " + settings.host +
                        " is not an IP address; examples: 127.0.0.1, 0.0.0.0, ::");
    }
    const tcp::endpoint endpoint(address, settings.port);
    acceptor_.open(endpoint.protocol(), failure);
    if (!failure) acceptor_.set_option(asio::socket_base::reuse_address(true), failure);
    if (!failure) acceptor_.bind(endpoint, failure);
    if (!failure) acceptor_.listen(4'096, failure);
    if (!failure) acceptor_.native_non_blocking(true, failure);
    if (failure) {
      return Status(Code::unavailable, "server.listen: cannot listen on " + settings.host + ":" +
                                           std::to_string(settings.port) + ": " +
                                           failure.message());
    }
    core_->bound_port = acceptor_.local_endpoint(failure).port();
    return {};
  }

  void wait() {
    acceptor_.async_wait(asio::socket_base::wait_read,
                         [self = shared_from_this()](const error_code& failure) {
                           if (!failure) self->accept();
                         });
  }

  /// On the acceptor's loop.
  void close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  void accept() {
    for (int accepts = 0; accepts < kAcceptsPerTurn; ++accepts) {
      sockaddr_storage storage{};
      socklen_t size = sizeof storage;
      const int socket = ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&storage),
                                   &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket >= 0) {
        deal_out(socket, storage, size);
        continue;
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      return hold_on(errno);
    }
    wait();
  }

  /// Out of descriptors or memory: those that wait stay in the kernel's queue for a moment.
  void hold_on(int error) {
    base::log_warning("gateway", "cannot accept a connection", {{"error", std::strerror(error)}});
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([self = shared_from_this()](const error_code& failure) {
      if (!failure) self->wait();
    });
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
  Acceptor acceptor_;
  TickTimer pause_;
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
  server->listener_ = std::make_shared<Listener>(server->core_, core.workers.front()->io());
  if (Status status = server->listener_->open(); !status.ok()) return status;
  for (const auto& worker : core.workers)
    worker->start();
  server->listener_->wait();
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
    asio::post(core_->workers.front()->io(), [listener = listener_] { listener->close(); });
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
  asio::post(core_->workers.front()->io(), [listener = listener_] { listener->close(); });
  for (const auto& worker : core_->workers)
    worker->stop();
  // Still watched: one that is lost in a plugin's code now could not be joined.
  for (const auto& worker : core_->workers)
    worker->join();
  watch_.reset();
}

}  // namespace souk::gateway
