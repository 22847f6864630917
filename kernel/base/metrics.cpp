#include "kernel/base/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>

#include "kernel/base/thread_shard.hpp"

namespace souk::base {
namespace {

constexpr std::size_t kShards = 16;
constexpr std::array kBounds{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3,
                             50e-3, 0.1,    0.25,   0.5,    1.0,  2.5,    5.0,  10.0};

std::map<std::string, std::string> label_map(const Labels& labels) {
  return {labels.begin(), labels.end()};
}

/// Atomic<double>::fetch_add is a loop, too; nobody else writes here but for threads of one shard.
void add_to(std::atomic<double>& sum, double by) noexcept {
  double before = sum.load(std::memory_order_relaxed);
  while (!sum.compare_exchange_weak(before, before + by, std::memory_order_relaxed)) {
  }
}

}  // namespace

// The library's counter is one contended atomic and its histogram takes a lock, which a thread may
// hold while it waits for the processor. So values are collected here, and brought to the library's
// objects when somebody reads them.

class Counter::Shards {
 public:
  explicit Shards(prometheus::Counter& target) : target_(target) {}
  void add(double by) noexcept { add_to(cells_[thread_shard() % kShards].sum, by); }
  /// One at a time.
  void bring() {
    double all = 0;
    for (const Cell& cell : cells_)
      all += cell.sum.load(std::memory_order_relaxed);
    if (all > brought_) target_.Increment(all - brought_);
    brought_ = std::max(all, brought_);
  }

 private:
  struct alignas(64) Cell {
    std::atomic<double> sum{0};
  };
  std::array<Cell, kShards> cells_;
  prometheus::Counter& target_;
  double brought_ = 0;
};

class Histogram::Shards {
 public:
  explicit Shards(prometheus::Histogram& target) : target_(target) {}
  void observe(double seconds) noexcept {
    Cell& cell = cells_[thread_shard() % kShards];
    const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
    cell.counts[static_cast<std::size_t>(bucket - kBounds.begin())].fetch_add(
        1, std::memory_order_relaxed);
    add_to(cell.sum, seconds);
  }
  /// One at a time.
  void bring() {
    std::vector<double> fresh(kBuckets);
    double sum = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      std::uint64_t all = 0;
      for (const Cell& cell : cells_)
        all += cell.counts[bucket].load(std::memory_order_relaxed);
      fresh[bucket] = static_cast<double>(all - brought_[bucket]);
      brought_[bucket] = all;
    }
    for (const Cell& cell : cells_)
      sum += cell.sum.load(std::memory_order_relaxed);
    target_.ObserveMultiple(fresh, sum - brought_sum_);
    brought_sum_ = sum;
  }

 private:
  static constexpr std::size_t kBuckets = kBounds.size() + 1;
  struct alignas(64) Cell {
    std::array<std::atomic<std::uint64_t>, kBuckets> counts{};
    std::atomic<double> sum{0};
  };
  std::array<Cell, kShards> cells_;
  prometheus::Histogram& target_;
  std::array<std::uint64_t, kBuckets> brought_{};
  double brought_sum_ = 0;
};

void Counter::add(double by) const noexcept {
  if (shards_ != nullptr && by > 0) shards_->add(by);
}
void Gauge::set(double value) const noexcept {
  if (gauge_ != nullptr) gauge_->Set(value);
}
void Gauge::add(double by) const noexcept {
  if (gauge_ != nullptr) gauge_->Increment(by);
}
void Histogram::observe(double seconds) const noexcept {
  if (shards_ != nullptr && std::isfinite(seconds)) shards_->observe(seconds);
}

struct Metrics::State {
  prometheus::Registry registry;
  std::mutex mutex;  // of the maps, and of bring()
  std::map<prometheus::Counter*, std::unique_ptr<Counter::Shards>> counters;
  std::map<prometheus::Histogram*, std::unique_ptr<Histogram::Shards>> histograms;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  try {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
    prometheus::Counter& counter = family.Add(label_map(labels));
    const std::lock_guard lock(state_->mutex);
    auto& shards = state_->counters[&counter];
    if (!shards) shards = std::make_unique<Counter::Shards>(counter);
    return Counter(shards.get());
  } catch (const std::exception&) {
    return {};
  }
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  try {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
    return Gauge(&family.Add(label_map(labels)));
  } catch (const std::exception&) {
    return {};
  }
}

Histogram Metrics::histogram(const std::string& name, const std::string& help,
                             const Labels& labels) {
  try {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
    const prometheus::Histogram::BucketBoundaries bounds(kBounds.begin(), kBounds.end());
    prometheus::Histogram& histogram = family.Add(label_map(labels), bounds);
    const std::lock_guard lock(state_->mutex);
    auto& shards = state_->histograms[&histogram];
    if (!shards) shards = std::make_unique<Histogram::Shards>(histogram);
    return Histogram(shards.get());
  } catch (const std::exception&) {
    return {};
  }
}

std::string Metrics::expose() const {
  const std::lock_guard lock(state_->mutex);
  for (const auto& [_, shards] : state_->counters)
    shards->bring();
  for (const auto& [_, shards] : state_->histograms)
    shards->bring();
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace souk::base
