// RateLimiter: so many requests a second, with bursts, for one key on all threads together.
//
// The generic cell rate algorithm (ITU-T I.371): one number, the moment at which the bucket would
// be full again, moved forward with one compare-and-swap. Thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>

#include "kernel/config/config.hpp"

namespace souk::gateway {

class RateLimiter {
 public:
  struct Decision {
    bool allowed = true;
    std::uint32_t limit = 0;         ///< requests of a full bucket
    std::uint32_t remaining = 0;     ///< that may follow at once
    std::int64_t reset_s = 0;        ///< until the bucket is full again, rounded up
    std::int64_t retry_after_s = 0;  ///< when not allowed; at least 1
  };

  /// A burst of 0 means one second's worth.
  explicit RateLimiter(const config::RateLimit& limit)
      : per_second_(std::max(1U, limit.requests_per_second)),
        burst_(limit.burst == 0 ? per_second_ : limit.burst),
        interval_ns_(1'000'000'000 / per_second_) {}

  Decision take(std::int64_t now_us) noexcept {
    const std::int64_t now = now_us * 1'000;
    const std::int64_t depth = interval_ns_ * static_cast<std::int64_t>(burst_);
    std::int64_t full_at = full_at_ns_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t next = std::max(full_at, now) + interval_ns_;
      if (next - now > depth) {
        const std::int64_t wait = next - now - depth;
        return {false, burst_, 0, ceil_s(full_at - now), std::max<std::int64_t>(1, ceil_s(wait))};
      }
      if (full_at_ns_.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) {
        const auto remaining = static_cast<std::uint32_t>((depth - (next - now)) / interval_ns_);
        return {true, burst_, remaining, ceil_s(next - now), 0};
      }
    }
  }

  /// Appends RateLimit-Limit, -Remaining, -Reset, and the structured fields of the IETF draft
  /// (draft-ietf-httpapi-ratelimit-headers); Retry-After when it was refused.
  void append_headers(const Decision& decision, std::string& out) const {
    const auto field = [&out](std::string_view name, auto value) {
      out += name;
      out += std::to_string(value);
      out += "\r\n";
    };
    field("RateLimit-Limit: ", decision.limit);
    field("RateLimit-Remaining: ", decision.remaining);
    field("RateLimit-Reset: ", decision.reset_s);
    out += "RateLimit-Policy: \"key\";q=" + std::to_string(burst_) +
           ";w=" + std::to_string((burst_ + per_second_ - 1) / per_second_) + "\r\n";
    out += "RateLimit: \"key\";r=" + std::to_string(decision.remaining) +
           ";t=" + std::to_string(decision.reset_s) + "\r\n";
    if (!decision.allowed) field("Retry-After: ", decision.retry_after_s);
  }

  [[nodiscard]] bool same_as(const config::RateLimit& limit) const noexcept {
    return per_second_ == limit.requests_per_second &&
           burst_ == (limit.burst == 0 ? limit.requests_per_second : limit.burst);
  }

 private:
  static std::int64_t ceil_s(std::int64_t ns) noexcept {
    return ns <= 0 ? 0 : (ns + 999'999'999) / 1'000'000'000;
  }
  std::uint32_t per_second_;
  std::uint32_t burst_;
  std::int64_t interval_ns_;
  std::atomic<std::int64_t> full_at_ns_{0};
};

}  // namespace souk::gateway
