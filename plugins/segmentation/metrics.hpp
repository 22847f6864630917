// What the plugin counts for Prometheus.
#pragma once

#include <souk/host.hpp>

#include <cstdint>

namespace souk::segmentation {

/// The state in figures.
struct Figures {
  std::uint64_t persons = 0;
  std::uint64_t accounts = 0;
  std::uint64_t in_audiences = 0;
  std::uint64_t forgotten = 0;
  std::uint64_t names_dropped = 0;
  std::uint64_t refused_money = 0;
  std::uint64_t unpublished = 0;
  std::uint64_t inseparable = 0;
  std::uint64_t experiments = 0;
  std::uint64_t experiments_dropped = 0;
  std::uint64_t entered = 0;
  std::uint64_t exited = 0;
  std::uint64_t customers_trained_on = 0;
};

/// Counters of answers (any thread) and gauges of the state (the fold's thread).
class Metrics {
 public:
  Metrics() = default;
  explicit Metrics(const Host& host);
  void answered() const { answers_.add(); }
  void previewed() const { previews_.add(); }
  void record(const Figures& figures) const;

 private:
  Counter answers_, previews_;
  Gauge persons_, accounts_, in_audiences_, forgotten_, names_dropped_, refused_money_,
      unpublished_, inseparable_, experiments_, experiments_dropped_, entered_, exited_,
      trained_on_;
};

}  // namespace souk::segmentation
