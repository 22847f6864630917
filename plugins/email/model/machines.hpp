// Openings and clicks of machines: mail scanners that follow every link, programs that load
// pictures ahead, previews.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace souk::email {

/// True for programs that no person looks through: scanners, previews, libraries, bots, and mail
/// programs that load every picture on arrival. Gmail's and Yahoo's picture proxies are not among
/// them: they load when somebody opens.
[[nodiscard]] bool is_machine(std::string_view user_agent) noexcept;

/// Remembers for a short while which links of which message were followed. Thread-safe; holds the
/// newest kMost messages.
class MachineWatch {
 public:
  static constexpr std::size_t kMost = 10'000;
  /// People take longer from a message's arrival to a click, and scanners less.
  static constexpr std::int64_t kSoonUs = 5'000'000;
  /// So many different links within kSoonUs are no person's.
  static constexpr std::size_t kManyLinks = 3;

  /// `sent_us` 0: not known. `now_us` on the same clock.
  [[nodiscard]] bool open(std::string_view user_agent, std::int64_t sent_us, std::int64_t now_us);
  [[nodiscard]] bool click(std::string_view message_id, std::string_view url,
                           std::string_view user_agent, std::int64_t sent_us, std::int64_t now_us);

 private:
  struct Seen {
    std::int64_t since_us = 0;
    std::size_t links[kManyLinks] = {};
    std::size_t count = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Seen> seen_;
  std::deque<std::string> order_;
};

}  // namespace souk::email
