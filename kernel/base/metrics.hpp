// Metrics: counters, gauges and histograms for Prometheus.
//
// Handles are cheap to record through (one or two relaxed atomics of the thread's own shard) and
// are valid for the life of the registry. Making one takes a lock: make them once and keep them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Gauge;
}  // namespace prometheus

namespace souk::base {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// A value that only grows. Copyable handle; a default-made one ignores what it gets.
class Counter {
 public:
  Counter() = default;
  class Shards;
  explicit Counter(Shards* shards) : shards_(shards) {}
  /// Negative amounts and NaN are ignored.
  void add(double by = 1) const noexcept;

 private:
  Shards* shards_ = nullptr;
};

/// A value that goes up and down.
class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void set(double value) const noexcept;
  void add(double by) const noexcept;

 private:
  prometheus::Gauge* gauge_ = nullptr;
};

/// A distribution over fixed buckets of seconds, 50 µs to 10 s.
class Histogram {
 public:
  Histogram() = default;
  class Shards;
  explicit Histogram(Shards* shards) : shards_(shards) {}
  /// What is no finite number is ignored.
  void observe(double seconds) const noexcept;

 private:
  Shards* shards_ = nullptr;
};

/// All metrics of one daemon. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Finds or makes the metric `name` ("souk_http_requests_total") with these labels.
  /// A name that was made as another kind gives a handle that ignores what it gets.
  [[nodiscard]] Counter counter(const std::string& name, const std::string& help,
                                const Labels& labels = {});
  [[nodiscard]] Gauge gauge(const std::string& name, const std::string& help,
                            const Labels& labels = {});
  [[nodiscard]] Histogram histogram(const std::string& name, const std::string& help,
                                    const Labels& labels = {});

  /// The Prometheus text exposition of everything.
  [[nodiscard]] std::string expose() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace souk::base
