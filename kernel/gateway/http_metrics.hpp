// HttpMetrics: requests by route and status, durations, bytes. Each thread counts for itself, with
// plain stores; the sums are made when somebody reads them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/gateway/http/server.hpp"

namespace souk::gateway {

class HttpMetrics {
 public:
  static constexpr std::size_t kMaxRoutes = 1'024;

  explicit HttpMetrics(std::size_t workers);
  ~HttpMetrics();
  HttpMetrics(const HttpMetrics&) = delete;
  HttpMetrics& operator=(const HttpMetrics&) = delete;

  /// The number of a label ("GET /v1/products/{id}"), the same for the same label; 0 ("other") when
  /// there are too many. Any thread.
  std::uint16_t label(const std::string& text);
  [[nodiscard]] std::string label_text(std::uint16_t id) const;

  /// On the worker's own thread.
  void record(std::size_t worker, const RequestOutcome& outcome) noexcept;

  /// Appends the Prometheus text of everything. Any thread.
  void expose(const ServerCounters& counters, std::string& out) const;
  [[nodiscard]] std::uint64_t requests() const noexcept;
  [[nodiscard]] std::uint64_t failed_requests() const noexcept;  ///< answered with 5xx

 private:
  struct RouteCounts;
  struct Sums;
  using Table = std::array<std::atomic<RouteCounts*>, kMaxRoutes>;
  [[nodiscard]] Sums sums(std::size_t route) const noexcept;

  std::vector<std::unique_ptr<Table>> workers_;
  mutable std::mutex labels_mutex_;
  std::map<std::string, std::uint16_t> label_ids_;
  std::vector<std::string> labels_;
};

}  // namespace souk::gateway
