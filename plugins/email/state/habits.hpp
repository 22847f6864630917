// When people read, as the fold learns it: hours of visits and opens of each person who has any,
// and what they all have in common.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/email/model/send_time.hpp"
#include "plugins/email/state/small_list.hpp"

namespace souk::email {

/// What only those have who were seen while send times or several channels are in use.
struct Habits {
  static constexpr std::size_t kMostHours = 96;

  SmallList<std::uint8_t> hours;   ///< local hours of visits and late opens, oldest first
  SmallList<std::uint32_t> sms_s;  ///< marketing text messages, oldest first
  std::uint32_t last_visit_s = 0;
  std::uint32_t last_message_s = 0;
  std::uint8_t last_channel = 0;  ///< of that message
  bool answered = false;          ///< a visit followed it
  bool sms_refused = false;       ///< the number takes no messages
  std::uint8_t told[2] = {0, 0};  ///< messages by channel, halved together when full
  std::uint8_t came[2] = {0, 0};  ///< of those, followed by a visit within a day

  /// A message went out on a channel (0 or 1).
  void told_on(std::uint8_t channel, std::uint32_t now_s) noexcept;
  /// A visit began: true when it answers the last message.
  [[nodiscard]] bool answers(std::uint32_t at_s) noexcept;
  /// Notes an hour of the shopper's own day.
  void add_hour(int hour) { hours.push_bounded(static_cast<std::uint8_t>(hour), kMostHours); }
  [[nodiscard]] HourCounts counts() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;
  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);
};

/// What the shop's visitors have in common. Written by the fold alone.
class SendTimes {
 public:
  void visited(int local_hour) {
    shop_.add(local_hour);
    ++visits_;
  }
  /// A person opened a message so long after it was sent.
  void opened_after(std::int64_t seconds) { delay_.add(seconds); }

  /// Messages by channel, and how many of them a visit followed.
  struct Response {
    std::uint64_t told = 0;
    std::uint64_t came = 0;
  };
  [[nodiscard]] Response& response(std::uint8_t channel) noexcept { return responses_[channel]; }

  /// True when so much was learned since the curve was fitted that it should be again.
  [[nodiscard]] bool stale() const noexcept { return visits_ >= next_fit_; }
  /// Fits the curve to `people`; how often that happens grows with the logarithm of the visits.
  void fit(std::span<const HourCounts> people);
  /// How much a message is read by hour of sending, mean 1, by somebody with these hours.
  [[nodiscard]] ShopHours::Curve worth(const HourCounts& person) const noexcept;
  [[nodiscard]] std::uint64_t visits() const noexcept { return visits_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  ShopHours shop_;
  ReadingDelay delay_;
  ShopHours::Curve curve_ = fit_hours({}, ShopHours());
  Response responses_[2];
  std::uint64_t visits_ = 0;
  std::uint64_t next_fit_ = 100;
};

}  // namespace souk::email
