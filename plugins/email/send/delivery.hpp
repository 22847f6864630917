// Messages on their way out: a queue and one thread a connection. Nothing that waits is lost when
// the threads stop: what has not been handed over stays in the host's outbox and comes again.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "plugins/email/send/smtp.hpp"

namespace souk::email {

/// A message, and who hears how it went. `ended` is called exactly once, from one of the threads or
/// from stop().
struct Shipment {
  std::string from;
  std::string to;
  std::string domain;  ///< of the recipient, for its rate
  std::string content;
  std::string webhook_url;  ///< then `content` is JSON for it
  std::string key;
  std::function<SmtpAnswer()> send;  ///< set: goes this way, and needs nothing of the above
  /// Set: fills in from, to and content, on the thread that then sends; false when there is nothing
  /// to send and whoever asked has been told: `ended` is not called then.
  std::function<bool(Shipment&)> write;
  std::function<void(const SmtpAnswer&)> ended;
};

/// Thread-safe.
class Delivery {
 public:
  struct Options {
    SmtpOptions smtp;
    std::size_t connections = 4;
    double per_domain_rate = 0;  ///< messages a second; 0: no limit
  };
  static constexpr std::size_t kMostWaiting = 20'000;

  explicit Delivery(Options options) : options_(std::move(options)) {}
  ~Delivery() { stop(); }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// False when too many wait: the host's outbox keeps the rest. Threads start with the first.
  bool add(Shipment shipment);
  /// Waits for what is on the wire; what waits is told `again`.
  void stop();
  [[nodiscard]] std::size_t waiting() const;

 private:
  using Clock = std::chrono::steady_clock;
  void run();
  /// Takes the next that may go now; false when it is time to end.
  bool take(Shipment& shipment);
  bool may_go(const Shipment& shipment, Clock::time_point now, Clock::time_point& when);

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Shipment> waiting_;
  std::multimap<Clock::time_point, Shipment> held_;  ///< by when their domain has room
  std::map<std::string, Clock::time_point> next_of_domain_;
  std::vector<std::thread> threads_;
  bool stopped_ = false;
};

}  // namespace souk::email
