// RequestSource: ready-made bytes of HTTP requests, so that the load generator costs the machine as
// little as possible beside the server it measures.
//
// Requests that carry events are one template whose ids are overwritten in place: every number has
// a fixed width, so nothing moves and Content-Length stays true. Reading requests are taken from a
// list.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"

namespace souk::bench {

/// What ids in generated events look like. All have as many digits as the first, which has two at
/// least: the last must not have more.
struct EventPopulation {
  std::string shopper_prefix = "c-";
  std::uint32_t first_shopper = 100'000;
  std::uint32_t shoppers = 50'000;
  std::string product_prefix = "p";
  std::uint32_t first_product = 100'000;
  std::uint32_t products = 100'000;
};

/// A small fast generator (xorshift64*): the load must be varied, not random.
class FastRandom {
 public:
  explicit FastRandom(std::uint64_t seed) noexcept : state_(seed * 0x9E3779B97F4A7C15U + 1) {}
  std::uint64_t next() noexcept {
    state_ ^= state_ >> 12U;
    state_ ^= state_ << 25U;
    state_ ^= state_ >> 27U;
    return state_ * 0x2545F4914F6CDD1DU;
  }
  /// Evenly in [0, limit).
  std::uint32_t below(std::uint32_t limit) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32U) * limit) >> 32U);
  }
  /// In [0, limit), the low numbers far more often: a tenth of the products gets half of the views.
  std::uint32_t skewed_below(std::uint32_t limit) noexcept {
    const double u = static_cast<double>(next() >> 11U) * 0x1.0p-53;
    return static_cast<std::uint32_t>(u * u * u * limit);
  }

 private:
  std::uint64_t state_;
};

/// Thread-safe: threads share one source and differ in `scratch` and `random`.
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  /// The bytes of the next request. `scratch` belongs to one connection, starts empty and may be
  /// what the answer views; it must not be touched before the request is sent.
  virtual std::string_view next(std::string& scratch, FastRandom& random) const = 0;
  /// Events in each request; 0 for requests that carry none.
  [[nodiscard]] virtual unsigned events_per_request() const noexcept = 0;
};

struct EventRequestSettings {
  std::string host = "127.0.0.1";
  std::string path = "/v1/events";
  std::string key;
  unsigned batch = 100;
  bool protobuf = false;
  EventPopulation population;
  /// Event ids of two runs differ by it; equal runs are all duplicates.
  std::uint64_t run = 0;
};

/// Posts of product views, as a storefront sends them: about 240 bytes of JSON an event.
std::unique_ptr<RequestSource> make_event_requests(const EventRequestSettings& settings);

/// GETs of the paths that `file` lists, one a line, drawn evenly. UNAVAILABLE when it can't be
/// read, INVALID_ARGUMENT when it is empty.
Result<std::unique_ptr<RequestSource>> make_path_requests(const std::string& file,
                                                          const std::string& host,
                                                          const std::string& key);

}  // namespace souk::bench
