// The settings as the rest of the plugin uses them: every value present, times in one unit.
#pragma once

#include <cstdint>

#include "plugins/recommendations/state/store_state.hpp"
#include "plugins/recommendations/train/trainer.hpp"
#include "souk/recommendations/v1/settings.souk.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

/// What answers to one question need; cheap to make for each.
struct ServingSettings {
  enum class Unknown { automatic, show, hide };
  std::uint32_t just_bought_days = 30;
  std::uint32_t bought_again_times = 2;
  std::uint32_t min_orders_in_reason = 10;
  std::uint32_t min_people_in_reason = 3;
  double exploration = 0.02;
  Unknown unknown_products = Unknown::automatic;
  double upsell_max_ratio = 1.5;
  std::uint32_t new_arrivals_days = 60;
};
[[nodiscard]] ServingSettings serving_settings(const v1::Settings& settings);

/// What bounds the state. Absent values have the schema's defaults.
[[nodiscard]] StateLimits state_limits(const v1::Settings& settings);
/// A pause after which a new visit begins, in seconds.
[[nodiscard]] std::uint32_t visit_gap_s(const v1::Settings& settings);

/// For how long a click is credited, in seconds.
[[nodiscard]] std::uint32_t attribution_window_s(const v1::Settings& settings);
/// What is taken for a robot.
[[nodiscard]] TrafficLimits traffic_limits(const v1::Settings& settings);

/// When the plugin trains, and how far a training may go.
struct TrainSettings {
  bool enabled = true;
  std::int64_t interval_us = 0;
  std::uint64_t min_new_interactions = 0;
  TrainingLimits limits;
};
[[nodiscard]] TrainSettings train_settings(const v1::Settings& settings);

/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed. The kernel has
/// checked the schema's rules before; tests and other hosts may not have.
[[nodiscard]] Status validate(const v1::Settings& settings);

}  // namespace souk::recommendations
