// LoadWorker: one thread that keeps many connections busy, by epoll.
//
// Closed loop (rate 0): each connection always has `depth` requests under way. Open loop: requests
// are due at fixed times whether or not the server keeps up, and a latency counts from the moment a
// request was due; so a stall is seen by every request that it delayed ("coordinated omission").
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "kernel/base/status.hpp"
#include "tools/bench/load/latency_histogram.hpp"
#include "tools/bench/load/request_source.hpp"
#include "tools/bench/load/response_reader.hpp"

namespace souk::bench {

struct LoadPlan {
  std::uint16_t port = 0;     ///< on 127.0.0.1
  unsigned connections = 1;   ///< of this worker
  unsigned depth = 1;         ///< requests under way a connection; open loop: 1
  double rate = 0;            ///< requests a second of this worker; 0: closed loop
  std::int64_t start_ns = 0;  ///< when measuring begins, by the monotonic clock
  std::int64_t end_ns = 0;    ///< when it ends
  std::uint64_t seed = 1;
};

/// What happened. Latencies, answers and events are those of requests answered while measuring.
struct LoadTally {
  LatencyHistogram latencies;
  std::array<std::uint64_t, 600> statuses{};  ///< answers by status
  std::uint64_t answers = 0;
  std::uint64_t accepted = 0;         ///< events
  std::uint64_t duplicates = 0;       ///< events
  std::uint64_t accepted_in_all = 0;  ///< events, warm-up and end included
  std::uint64_t broken = 0;           ///< connections that ended or spoke no HTTP
  std::uint64_t unsent = 0;  ///< open loop: due, and never sent for want of a free connection
  std::uint64_t body_bytes = 0;
  void merge(const LoadTally& other);
};

/// Nanoseconds of the monotonic clock.
std::int64_t monotonic_ns() noexcept;

/// A connected, non-blocking TCP socket without Nagle's delay. UNAVAILABLE names the reason.
Result<int> connect_to(std::uint16_t port, bool blocking);

/// Not thread-safe.
class LoadWorker {
 public:
  /// `source` must outlive the worker.
  LoadWorker(const LoadPlan& plan, const RequestSource& source);
  ~LoadWorker();
  LoadWorker(const LoadWorker&) = delete;
  LoadWorker& operator=(const LoadWorker&) = delete;

  /// Opens the connections.
  Status open();
  /// Works until the plan's end, then waits for what is under way, at most five seconds.
  Status run();
  [[nodiscard]] const LoadTally& tally() const noexcept { return tally_; }

 private:
  struct Connection {
    int fd = -1;
    bool wants_write = false;
    std::string scratch;
    std::string_view unsent;
    std::deque<std::int64_t> began;  // of the requests under way, oldest first
    ResponseReader reader;
  };

  void begin_due(std::int64_t now);
  void wait(std::int64_t now);
  /// Starts a request on a connection; its latency counts from `since`.
  void begin(Connection& connection, std::int64_t since);
  void send_more(Connection& connection);
  void receive(Connection& connection);
  void answered(Connection& connection, const Response& response, std::int64_t now);
  void reopen(Connection& connection);
  void watch(Connection& connection, bool writing, bool added);
  void count_unsent(std::int64_t now);

  LoadPlan plan_;
  const RequestSource& source_;
  FastRandom random_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;  // open loop
  std::int64_t next_due_ = 0;
  std::int64_t interval_ns_ = 0;
  std::uint64_t under_way_ = 0;
  bool ending_ = false;
  Status failure_;
  LoadTally tally_;
};

}  // namespace souk::bench
