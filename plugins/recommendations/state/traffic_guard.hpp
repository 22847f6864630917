// Who sends more than a person can: so that a robot moves no trend and is nobody's neighbour.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// What is more than a person does. Both fade, so whoever stops is trusted again.
struct TrafficLimits {
  std::uint32_t robot_events = 300;     ///< events; they count half after ten minutes
  std::uint32_t robot_products = 1000;  ///< different products; they count half after twelve hours

  bool operator==(const TrafficLimits&) const = default;
};

/// Two decayed counts of each sender that is active now: events (rate), and products it had not
/// looked at lately (breadth; a crawler walks the catalog slowly, and never looks twice).
///
/// An event weighs 1 up to half of a limit, then ever less, and nothing from the limit on until the
/// count has fallen to half of it again. So before an id is known for a robot it adds 0.85 times
/// the limit at most, and nothing after.
///
/// Who buys for a business works through lists: its limits are ten times as high.
///
/// Memory: 16,384 buckets of 4 senders, 2 MB, whatever comes. A newcomer takes the place of the
/// slowest of its bucket, so the fastest are never lost; whoever was displaced begins anew, which
/// errs on the side of trust. Arithmetic in integers: the same events give the same bytes.
///
/// Threads: one writer; the counts are read by any thread.
class TrafficGuard {
 public:
  explicit TrafficGuard(const TrafficLimits& limits);

  struct Verdict {
    double weight = 1;   ///< how much the event counts: 1 for people, 0 for robots
    bool found = false;  ///< by this event the sender was found to be a robot
  };
  enum class Buyer { person, business };
  /// An event of `sender` (a hash; 0 is nobody, who always counts) at this second, about `item` or
  /// none.
  Verdict observe(std::uint64_t sender, std::uint32_t now_s, ItemId item,
                  Buyer buyer = Buyer::person);
  void forget(std::uint64_t sender);
  void set_limits(const TrafficLimits& limits) { limits_ = limits; }

  /// Ids that were found to be robots, those that were again included.
  [[nodiscard]] std::uint64_t robots() const { return robots_.load(std::memory_order_relaxed); }
  /// Events that counted less than whole.
  [[nodiscard]] std::uint64_t discounted() const {
    return discounted_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t events() const { return events_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t memory_bytes() const { return senders_.size() * sizeof(Sender); }

  /// Section "SKTG" v1: events, discounted, robots u64, senders u32; for each its place u32, tag,
  /// second, rate, breadth u32, seen u64, robot u8.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  static constexpr std::uint32_t kBuckets = 1u << 14;
  static constexpr std::uint32_t kWays = 4;
  static constexpr std::uint32_t kUnit = 256;  ///< of the counts

  struct Sender {
    std::uint32_t tag = 0;  ///< upper half of the hash; 0: free
    std::uint32_t last_s = 0;
    std::uint32_t rate = 0;
    std::uint32_t breadth = 0;
    std::uint64_t seen = 0;  ///< products looked at lately, one bit each
    bool robot = false;
  };

  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t sender);
  [[nodiscard]] Sender* find(std::uint64_t sender);
  [[nodiscard]] Sender& claim(std::uint64_t sender, std::uint32_t now_s);
  static void fade(Sender& sender, std::uint32_t now_s);
  static void look(Sender& sender, ItemId item);
  [[nodiscard]] Verdict weigh(Sender& sender, Buyer buyer);

  TrafficLimits limits_;
  std::vector<Sender> senders_;
  std::atomic<std::uint64_t> events_{0}, discounted_{0}, robots_{0};
};

}  // namespace souk::recommendations
