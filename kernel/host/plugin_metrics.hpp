// PluginMetrics: the metrics that one instance registers, at most 256, named
// souk_<plugin>_<name>{store, account}.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include <souk/abi.h>

#include "kernel/base/metrics.hpp"
#include "kernel/storage/rows.hpp"

namespace souk::host {

/// Thread-safe; record() takes no lock.
class PluginMetrics {
 public:
  static constexpr std::uint32_t kMax = 256;

  PluginMetrics(base::Metrics& metrics, const storage::InstanceKey& key);
  /// As souk_host.metric: 0 when the name is malformed, its kind differs, or all places are taken.
  std::uint32_t find_or_make(souk_metric_kind kind, std::string_view name, std::string_view help);
  void record(std::uint32_t id, double value) noexcept;

 private:
  struct Entry {
    std::string name;
    souk_metric_kind kind = SOUK_METRIC_COUNTER;
    base::Counter counter;
    base::Gauge gauge;
    base::Histogram histogram;
  };

  base::Metrics& metrics_;
  const std::string prefix_;
  const base::Labels labels_;
  std::mutex making_;
  std::array<Entry, kMax> entries_;
  std::atomic<std::uint32_t> count_{0};
};

}  // namespace souk::host
