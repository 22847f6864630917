// What the plugin counts for Prometheus.
#pragma once

#include <souk/host.hpp>

#include <cstdint>

namespace souk::search {

/// The state in figures.
struct Figures {
  std::uint64_t products = 0;
  std::uint64_t segments = 0;
  std::uint64_t dropped = 0;
  std::uint64_t merges = 0;
  std::uint64_t queries = 0;
  std::uint64_t queries_dropped = 0;
  std::uint64_t people = 0;
  std::uint64_t people_forgotten = 0;
  std::uint64_t searches = 0;
  std::uint64_t clicks = 0;
  std::uint64_t orders = 0;
  std::uint64_t examples = 0;
  std::uint64_t examples_dropped = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t record_bytes = 0;
};

/// Counters of answers (any thread) and gauges of the state (the fold's thread).
class Metrics {
 public:
  Metrics() = default;
  explicit Metrics(const Host& host);

  void answered(bool empty, bool corrected, bool relaxed, bool personal) const;
  void refused() const { refused_.add(); }
  void suggested() const { suggested_.add(); }
  void record(const Figures& figures) const;

 private:
  Counter answers_, empty_, corrected_, relaxed_, personal_, refused_, suggested_;
  Gauge products_, segments_, dropped_, merges_, queries_, queries_dropped_, people_,
      people_forgotten_, searches_, clicks_, orders_, examples_, examples_dropped_, index_bytes_,
      record_bytes_;
};

}  // namespace souk::search
