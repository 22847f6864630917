// SmtpSink: an SMTP server on loopback that counts what it takes, on one thread; with bad days.
// Fast enough to be no limit to what is measured through it: tens of thousands of messages a
// second.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

namespace souk::testing {

/// What the server does to messages; shares of 1, decided by chance for each.
struct SinkMood {
  double busy = 0;    ///< 451 at RCPT
  double vanish = 0;  ///< takes the message and hangs up before it says so
  double drop = 0;    ///< hangs up in the middle of the message and keeps nothing
};

/// Thread-safe. Plain text, no AUTH, one recipient a message.
class SmtpSink {
 public:
  /// Listens on a free port of loopback, or on `port`.
  explicit SmtpSink(std::uint16_t port = 0);
  ~SmtpSink();
  SmtpSink(const SmtpSink&) = delete;
  SmtpSink& operator=(const SmtpSink&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void set_mood(SinkMood mood);
  /// Ends every connection and refuses new ones, as a server that restarts; false when it can't
  /// have its port again.
  void down();
  bool up();

  /// Messages taken whole.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  /// Of those, the ones that the client was not told of.
  [[nodiscard]] std::uint64_t vanished() const noexcept { return vanished_; }
  /// Waits until so many messages were taken, or so many recipients got one; false after a minute
  /// and a half.
  bool wait_taken(std::uint64_t count);
  bool wait_recipients(std::size_t count);
  /// Message-IDs that each recipient got, and how often each id came.
  [[nodiscard]] std::map<std::string, std::set<std::string>> recipients() const;
  [[nodiscard]] std::map<std::string, unsigned> ids() const;

 private:
  struct Session;
  struct State;
  void run();
  /// False: hang up.
  bool read(Session& session);
  bool line(Session& session, std::string_view text);
  bool end_of_message(Session& session);
  bool chance(double share);

  std::unique_ptr<State> state_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> vanished_{0};
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable took_;
  SinkMood mood_;
  std::map<std::string, std::set<std::string>> recipients_;
  std::map<std::string, unsigned> ids_;
};

}  // namespace souk::testing
