// TcpRelay: a way to a server that a test can cut and mend, as a network or a restart would.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace souk::testing {

/// Listens on a free loopback port and passes bytes to 127.0.0.1:target in both directions.
class TcpRelay {
 public:
  explicit TcpRelay(std::uint16_t target);
  ~TcpRelay();
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Breaks every connection; new ones are accepted and broken at once.
  void cut();
  /// From now on connections work again.
  void mend() { open_ = true; }

 private:
  void accept_loop();
  void pass(int from, int to);

  const std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> open_{true};
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace souk::testing
