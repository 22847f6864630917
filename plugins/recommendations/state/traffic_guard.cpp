#include "plugins/recommendations/state/traffic_guard.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace souk::recommendations {
namespace {

constexpr std::uint32_t kRateHalfLifeS = 600;
constexpr std::uint32_t kBreadthHalfLifeS = 12 * 3600;
// Counts fade in steps of a minute: smaller ones would be lost in rounding.
constexpr std::uint32_t kStepS = 60;
// From so many bits on, products that are new look seen: the memory of them begins anew.
constexpr int kBitsFull = 40;
constexpr std::uint32_t kTrustedPart = 2;
// An order of 500 lines is put together in ten minutes, line by line, from a list.
constexpr std::uint32_t kBusinessFactor = 10;

std::uint32_t halve(std::uint32_t count, std::uint32_t passed_s, std::uint32_t half_life_s) {
  const std::uint32_t halves = passed_s / half_life_s;
  if (halves >= 32) return 0;
  count >>= halves;
  // Between two halves a straight line, which lies at most 6 % above the curve.
  const std::uint64_t rest = passed_s % half_life_s;
  return count - static_cast<std::uint32_t>(count * rest / (2ULL * half_life_s));
}

std::uint32_t add_saturated(std::uint32_t count, std::uint32_t more) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  return count > kMost - more ? kMost : count + more;
}

}  // namespace

TrafficGuard::TrafficGuard(const TrafficLimits& limits)
    : limits_(limits), senders_(std::size_t{kBuckets} * kWays) {}

std::uint32_t TrafficGuard::tag_of(std::uint64_t sender) {
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(sender >> 32));
}

TrafficGuard::Sender* TrafficGuard::find(std::uint64_t sender) {
  Sender* const bucket = &senders_[(sender & (kBuckets - 1)) * kWays];
  const std::uint32_t tag = tag_of(sender);
  for (std::uint32_t way = 0; way < kWays; ++way) {
    if (bucket[way].tag == tag) return &bucket[way];
  }
  return nullptr;
}

/// The sender's place: its own, a free one, or that of the slowest.
TrafficGuard::Sender& TrafficGuard::claim(std::uint64_t sender, std::uint32_t now_s) {
  if (Sender* const known = find(sender); known != nullptr) {
    fade(*known, now_s);
    return *known;
  }
  Sender* const bucket = &senders_[(sender & (kBuckets - 1)) * kWays];
  for (std::uint32_t way = 0; way < kWays; ++way) {
    if (bucket[way].tag != 0) fade(bucket[way], now_s);
  }
  Sender* const slowest =
      std::min_element(bucket, bucket + kWays, [](const Sender& a, const Sender& b) {
        if ((a.tag == 0) != (b.tag == 0)) return a.tag == 0;
        return std::uint64_t{a.rate} + a.breadth < std::uint64_t{b.rate} + b.breadth;
      });
  *slowest = Sender();
  slowest->tag = tag_of(sender);
  slowest->last_s = now_s;
  return *slowest;
}

void TrafficGuard::fade(Sender& sender, std::uint32_t now_s) {
  // Clocks that run backwards, and history that is told late, let nothing fade.
  if (now_s < sender.last_s || now_s - sender.last_s < kStepS) return;
  const std::uint32_t passed = now_s - sender.last_s;
  sender.last_s = now_s;
  sender.rate = halve(sender.rate, passed, kRateHalfLifeS);
  sender.breadth = halve(sender.breadth, passed, kBreadthHalfLifeS);
}

void TrafficGuard::look(Sender& sender, ItemId item) {
  const std::uint64_t bit = std::uint64_t{1} << ((item * 0x9e3779b1u) >> 26);
  if ((sender.seen & bit) != 0) return;
  sender.breadth = add_saturated(sender.breadth, kUnit);
  if (std::popcount(sender.seen) >= kBitsFull) sender.seen = 0;
  sender.seen |= bit;
}

TrafficGuard::Verdict TrafficGuard::weigh(Sender& sender, Buyer buyer) {
  const std::uint64_t factor = buyer == Buyer::business ? kBusinessFactor : 1;
  const std::uint64_t most_events = factor * limits_.robot_events;
  const std::uint64_t most_products = factor * limits_.robot_products;
  const std::uint64_t rate = sender.rate / kUnit;
  const std::uint64_t breadth = sender.breadth / kUnit;
  if (rate >= most_events || breadth >= most_products) {
    if (!sender.robot) {
      robots_.fetch_add(1, std::memory_order_relaxed);
      sender.robot = true;
      return {.weight = 0, .found = true};
    }
  } else if (rate * 2 < most_events && breadth * 2 < most_products) {
    sender.robot = false;
  }
  if (sender.robot) return {.weight = 0};
  const auto share = [](std::uint64_t count, std::uint64_t limit) {
    const std::uint64_t trusted = limit / kTrustedPart;
    return count <= trusted ? 1.0 : static_cast<double>(trusted) / static_cast<double>(count);
  };
  return {.weight = std::min(share(rate, most_events), share(breadth, most_products))};
}

TrafficGuard::Verdict TrafficGuard::observe(std::uint64_t sender, std::uint32_t now_s, ItemId item,
                                            Buyer buyer) {
  events_.fetch_add(1, std::memory_order_relaxed);
  if (sender == 0) return {};
  Sender& known = claim(sender, now_s);
  known.rate = add_saturated(known.rate, kUnit);
  if (item != kNoItem) look(known, item);
  const Verdict verdict = weigh(known, buyer);
  if (verdict.weight < 1) discounted_.fetch_add(1, std::memory_order_relaxed);
  return verdict;
}

void TrafficGuard::forget(std::uint64_t sender) {
  if (Sender* const known = find(sender); known != nullptr) *known = Sender();
}

Status TrafficGuard::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKTG", 1);
  for (const auto* count : {&events_, &discounted_, &robots_})
    out.u64(count->load(std::memory_order_relaxed));
  const auto used = std::count_if(senders_.begin(), senders_.end(),
                                  [](const Sender& each) { return each.tag != 0; });
  out.u32(static_cast<std::uint32_t>(used));
  for (std::size_t place = 0; place < senders_.size(); ++place) {
    const Sender& each = senders_[place];
    if (each.tag == 0) continue;
    out.u32(static_cast<std::uint32_t>(place));
    out.u32(each.tag);
    out.u32(each.last_s);
    out.u32(each.rate);
    out.u32(each.breadth);
    out.u64(each.seen);
    out.u8(each.robot ? 1 : 0);
  }
  return out.finish();
}

Status TrafficGuard::load(ByteSource& source) {
  SnapshotReader in(source, "SKTG", 1);
  for (auto* count : {&events_, &discounted_, &robots_})
    count->store(in.u64(), std::memory_order_relaxed);
  const auto places = static_cast<std::uint32_t>(senders_.size());
  const std::uint32_t used = in.count(places, "senders");
  for (std::uint32_t i = 0; i < used && in.ok(); ++i) {
    const std::uint32_t place = in.count(places - 1, "place of a sender");
    Sender each;
    each.tag = in.u32();
    each.last_s = in.u32();
    each.rate = in.u32();
    each.breadth = in.u32();
    each.seen = in.u64();
    each.robot = in.u8() != 0;
    if (in.ok()) senders_[place] = each;
  }
  return in.finish();
}

}  // namespace souk::recommendations
