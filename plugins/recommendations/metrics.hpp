// What the plugin counts for Prometheus.
#pragma once

#include <souk/host.hpp>

#include <array>
#include <cstddef>
#include <vector>

#include "plugins/recommendations/serve/question.hpp"

namespace souk::recommendations {

struct StoreState;
struct TrainingReport;

/// Counters of answers (any thread) and gauges of the state (the fold's thread).
class Metrics {
 public:
  Metrics() = default;
  Metrics(const Host& host, const StoreState& state);

  void answered(Kind kind, bool fallback, bool empty) const;
  void refused() const { refused_.add(); }
  void left_out(std::size_t candidates) const {
    if (candidates > 0) left_out_.add(static_cast<double>(candidates));
  }
  void record(const StoreState& state) const;
  /// What each part of the state takes; the fold's thread, now and then.
  void record_memory(const StoreState& state) const;
  /// A training has ended well; any thread.
  void trained(const TrainingReport& report) const;

 private:
  std::array<Counter, kKinds> answers_;
  std::vector<Gauge> memory_;  ///< one a part, in the order of StoreState::memory()
  Counter fallback_, empty_, refused_, left_out_;
  Gauge products_, sold_out_, items_, sessions_, clicks_, orders_, trending_events_, shoppers_,
      shoppers_forgotten_, merges_refused_, dropped_, robots_, events_discounted_, shown_, clicked_,
      attributed_orders_, attributed_revenue_;
  Gauge interactions_, interactions_dropped_, trained_at_, trained_interactions_, trained_seconds_,
      trained_ndcg_;
  Counter trainings_;
};

}  // namespace souk::recommendations
