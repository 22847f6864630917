#include "kernel/gateway/http_metrics.hpp"

#include <fmt/format.h>

namespace souk::gateway {
namespace {

// Upper bounds in microseconds; what is above the last is +Inf.
constexpr std::array<std::int64_t, 15> kBuckets = {50,      100,     250,     500,       1'000,
                                                   2'500,   5'000,   10'000,  25'000,    50'000,
                                                   100'000, 250'000, 500'000, 1'000'000, 5'000'000};
constexpr std::array<int, 22> kStatuses = {200, 201, 202, 204, 400, 401, 403, 404, 405, 408, 409,
                                           413, 415, 417, 429, 431, 500, 501, 503, 504, 505, 0};

std::size_t status_slot(int status) noexcept {
  std::size_t slot = 0;
  while (kStatuses[slot] != status && kStatuses[slot] != 0)
    ++slot;
  return slot;
}

/// Only one thread writes: a load and a store do, without a locked instruction.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t by) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

}  // namespace

struct HttpMetrics::RouteCounts {
  std::array<std::atomic<std::uint64_t>, kStatuses.size()> statuses{};
  std::array<std::atomic<std::uint64_t>, kBuckets.size() + 1> buckets{};
  std::atomic<std::uint64_t> sum_us{0};
  std::atomic<std::uint64_t> bytes_in{0};
  std::atomic<std::uint64_t> bytes_out{0};
};

struct HttpMetrics::Sums {
  std::array<std::uint64_t, kStatuses.size()> statuses{};
  std::array<std::uint64_t, kBuckets.size() + 1> buckets{};
  std::uint64_t sum_us = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t count = 0;
};

HttpMetrics::HttpMetrics(std::size_t workers) : labels_{"other"} {
  for (std::size_t i = 0; i < workers; ++i)
    workers_.push_back(std::make_unique<Table>());
}

HttpMetrics::~HttpMetrics() {
  for (const auto& table : workers_) {
    for (auto& counts : *table)
      delete counts.load();
  }
}

std::uint16_t HttpMetrics::label(const std::string& text) {
  const std::lock_guard lock(labels_mutex_);
  if (const auto it = label_ids_.find(text); it != label_ids_.end()) return it->second;
  if (labels_.size() >= kMaxRoutes) return 0;
  const auto id = static_cast<std::uint16_t>(labels_.size());
  labels_.push_back(text);
  label_ids_.emplace(text, id);
  return id;
}

std::string HttpMetrics::label_text(std::uint16_t id) const {
  const std::lock_guard lock(labels_mutex_);
  return id < labels_.size() ? labels_[id] : labels_.front();
}

void HttpMetrics::record(std::size_t worker, const RequestOutcome& outcome) noexcept {
  if (worker >= workers_.size() || outcome.route >= kMaxRoutes) return;
  auto& place = (*workers_[worker])[outcome.route];
  RouteCounts* counts = place.load(std::memory_order_relaxed);
  if (counts == nullptr) {
    counts = new (std::nothrow) RouteCounts;
    if (counts == nullptr) return;
    place.store(counts, std::memory_order_release);
  }
  std::size_t bucket = 0;
  while (bucket < kBuckets.size() && outcome.duration_us > kBuckets[bucket])
    ++bucket;
  add(counts->statuses[status_slot(outcome.status)], 1);
  add(counts->buckets[bucket], 1);
  add(counts->sum_us, static_cast<std::uint64_t>(std::max<std::int64_t>(0, outcome.duration_us)));
  add(counts->bytes_in, outcome.bytes_in);
  add(counts->bytes_out, outcome.bytes_out);
}

HttpMetrics::Sums HttpMetrics::sums(std::size_t route) const noexcept {
  Sums sums;
  for (const auto& table : workers_) {
    const RouteCounts* counts = (*table)[route].load(std::memory_order_acquire);
    if (counts == nullptr) continue;
    for (std::size_t i = 0; i < sums.statuses.size(); ++i) {
      const std::uint64_t count = counts->statuses[i].load(std::memory_order_relaxed);
      sums.statuses[i] += count;
      sums.count += count;
    }
    for (std::size_t i = 0; i < sums.buckets.size(); ++i) {
      sums.buckets[i] += counts->buckets[i].load(std::memory_order_relaxed);
    }
    sums.sum_us += counts->sum_us.load(std::memory_order_relaxed);
    sums.bytes_in += counts->bytes_in.load(std::memory_order_relaxed);
    sums.bytes_out += counts->bytes_out.load(std::memory_order_relaxed);
  }
  return sums;
}

std::uint64_t HttpMetrics::requests() const noexcept {
  std::uint64_t all = 0;
  for (std::size_t route = 0; route < kMaxRoutes; ++route)
    all += sums(route).count;
  return all;
}

std::uint64_t HttpMetrics::failed_requests() const noexcept {
  std::uint64_t failed = 0;
  for (std::size_t route = 0; route < kMaxRoutes; ++route) {
    const Sums one = sums(route);
    for (std::size_t i = 0; i < kStatuses.size(); ++i) {
      if (kStatuses[i] >= 500) failed += one.statuses[i];
    }
  }
  return failed;
}

void HttpMetrics::expose(const ServerCounters& counters, std::string& out) const {
  std::vector<std::string> labels;
  {
    const std::lock_guard lock(labels_mutex_);
    labels = labels_;
  }
  std::string requests =
      "# HELP souk_http_requests_total Requests answered.\n# TYPE souk_http_requests_total "
      "counter\n";
  std::string durations =
      "# HELP souk_http_request_duration_seconds Time from a request's last byte to its answer.\n"
      "# TYPE souk_http_request_duration_seconds histogram\n";
  std::string received =
      "# HELP souk_http_received_bytes_total Bytes of request bodies.\n# TYPE "
      "souk_http_received_bytes_total counter\n";
  std::string sent =
      "# HELP souk_http_sent_bytes_total Bytes of answers.\n# TYPE souk_http_sent_bytes_total "
      "counter\n";
  for (std::size_t route = 0; route < labels.size(); ++route) {
    const Sums one = sums(route);
    if (one.count == 0) continue;
    const std::string& label = labels[route];
    for (std::size_t i = 0; i < kStatuses.size(); ++i) {
      if (one.statuses[i] == 0) continue;
      const std::string status = kStatuses[i] == 0 ? "other" : std::to_string(kStatuses[i]);
      requests += fmt::format("souk_http_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", label,
                              status, one.statuses[i]);
    }
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kBuckets.size(); ++i) {
      below += one.buckets[i];
      durations +=
          fmt::format("souk_http_request_duration_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n",
                      label, static_cast<double>(kBuckets[i]) / 1e6, below);
    }
    durations += fmt::format(
        "souk_http_request_duration_seconds_bucket{{route=\"{0}\",le=\"+Inf\"}} {1}\n"
        "souk_http_request_duration_seconds_sum{{route=\"{0}\"}} {2}\n"
        "souk_http_request_duration_seconds_count{{route=\"{0}\"}} {1}\n",
        label, below + one.buckets.back(), static_cast<double>(one.sum_us) / 1e6);
    received +=
        fmt::format("souk_http_received_bytes_total{{route=\"{}\"}} {}\n", label, one.bytes_in);
    sent += fmt::format("souk_http_sent_bytes_total{{route=\"{}\"}} {}\n", label, one.bytes_out);
  }
  out += requests + durations + received + sent;
  const auto plain = [&out](std::string_view name, std::string_view type, std::string_view help,
                            auto value) {
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
  };
  plain("souk_http_connections", "gauge", "Connections open.", counters.connections.load());
  plain("souk_http_in_flight", "gauge", "Requests whose answer is due.", counters.in_flight.load());
  plain("souk_http_buffered_bytes", "gauge", "Bytes of request bodies that are not complete.",
        counters.buffered_bytes.load());
  plain("souk_http_accepted_total", "counter", "Connections accepted.", counters.accepted.load());
  plain("souk_http_turned_away_total", "counter", "Connections above the limit.",
        counters.turned_away.load());
  plain("souk_http_timeouts_total", "counter", "Requests that did not arrive in time.",
        counters.timeouts.load());
  plain("souk_http_malformed_total", "counter", "Requests that were not well-formed or too large.",
        counters.malformed.load());
}

}  // namespace souk::gateway
