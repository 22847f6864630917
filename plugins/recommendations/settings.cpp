#include "plugins/recommendations/settings.hpp"

#include <algorithm>
#include <string>
#include <thread>

#include "plugins/recommendations/serve/placements.hpp"

namespace souk::recommendations {
namespace {

constexpr std::int64_t kDefaultVisitGapMs = 30 * 60'000;
constexpr std::int64_t kDefaultWindowMs = 7LL * 86'400'000;
constexpr std::int64_t kDefaultHalfLifeMs = 72LL * 3'600'000;
constexpr std::int64_t kDefaultTrainIntervalMs = 6LL * 3'600'000;
constexpr std::int64_t kDefaultTrainBudgetMs = 10LL * 60'000;
constexpr std::uint32_t kDefaultTrainMinNew = 1'000;

Status in_range(const char* name, bool present, std::int64_t value, std::int64_t low,
                std::int64_t high) {
  if (!present || (value >= low && value <= high)) return {};
  return Status(Code::invalid_argument,
                std::string(name) + " is " + std::to_string(value) + ", allowed is " +
                    std::to_string(low) + " to " + std::to_string(high),
                name);
}

}  // namespace

ServingSettings serving_settings(const v1::Settings& settings) {
  ServingSettings made;
  if (settings.has_just_bought_days()) made.just_bought_days = settings.just_bought_days();
  if (settings.has_bought_again_times()) made.bought_again_times = settings.bought_again_times();
  if (settings.has_min_orders_in_reason()) {
    made.min_orders_in_reason = settings.min_orders_in_reason();
  }
  if (settings.has_exploration()) made.exploration = std::clamp(settings.exploration(), 0.0, 0.5);
  if (settings.has_min_people_in_reason()) {
    made.min_people_in_reason = settings.min_people_in_reason();
  }
  if (settings.has_upsell_max_ratio()) made.upsell_max_ratio = settings.upsell_max_ratio();
  if (settings.has_new_arrivals_days()) made.new_arrivals_days = settings.new_arrivals_days();
  if (settings.unknown_products() == "show") {
    made.unknown_products = ServingSettings::Unknown::show;
  } else if (settings.unknown_products() == "hide") {
    made.unknown_products = ServingSettings::Unknown::hide;
  }
  return made;
}

StateLimits state_limits(const v1::Settings& settings) {
  StateLimits limits;
  if (settings.has_max_products()) limits.max_products = settings.max_products();
  if (settings.has_max_categories()) limits.max_categories = settings.max_categories();
  if (settings.has_max_sessions()) limits.max_sessions = settings.max_sessions();
  if (settings.has_max_shoppers()) limits.max_shoppers = settings.max_shoppers();
  if (settings.has_max_orders()) limits.max_orders = settings.max_orders();
  if (settings.has_max_stock_levels()) limits.max_stock_levels = settings.max_stock_levels();
  if (settings.has_max_attribution_touches()) {
    limits.max_attribution_touches = settings.max_attribution_touches();
  }
  if (settings.has_min_orders_together()) {
    limits.min_orders_together = settings.min_orders_together();
  }
  if (settings.has_content_features()) limits.content_features = settings.content_features();
  const std::int64_t half_life_ms =
      settings.has_trending_half_life() ? settings.trending_half_life() : kDefaultHalfLifeMs;
  limits.trending_half_life_us = half_life_ms * 1000;
  if (settings.has_max_segments()) limits.max_segments = settings.max_segments();
  if (settings.has_max_interactions()) limits.max_interactions = settings.max_interactions();
  return limits;
}

std::uint32_t visit_gap_s(const v1::Settings& settings) {
  const std::int64_t ms = settings.has_visit_gap() ? settings.visit_gap() : kDefaultVisitGapMs;
  return static_cast<std::uint32_t>(ms / 1000);
}

std::uint32_t attribution_window_s(const v1::Settings& settings) {
  const std::int64_t ms =
      settings.has_attribution_window() ? settings.attribution_window() : kDefaultWindowMs;
  return static_cast<std::uint32_t>(ms / 1000);
}

TrafficLimits traffic_limits(const v1::Settings& settings) {
  TrafficLimits limits;
  if (settings.has_robot_events()) limits.robot_events = settings.robot_events();
  if (settings.has_robot_products()) limits.robot_products = settings.robot_products();
  return limits;
}

/// Answers go on while a model is trained.
unsigned threads_beside_answers() { return std::max(1u, std::thread::hardware_concurrency() / 2); }

TrainSettings train_settings(const v1::Settings& s) {
  TrainSettings made;
  const std::int64_t budget_ms = s.has_train_budget() ? s.train_budget() : kDefaultTrainBudgetMs;
  made.enabled = budget_ms > 0;
  made.limits.budget_s = static_cast<double>(budget_ms) / 1000;
  made.interval_us = (s.has_train_interval() ? s.train_interval() : kDefaultTrainIntervalMs) * 1000;
  made.min_new_interactions =
      s.has_train_min_new_interactions() ? s.train_min_new_interactions() : kDefaultTrainMinNew;
  if (s.has_train_memory()) made.limits.memory_bytes = std::size_t{s.train_memory()} << 20;
  made.limits.threads = s.train_threads() > 0 ? s.train_threads() : threads_beside_answers();
  return made;
}

Status validate(const v1::Settings& s) {
  const std::string& unknown = s.unknown_products();
  if (!unknown.empty() && unknown != "auto" && unknown != "show" && unknown != "hide") {
    return Status(Code::invalid_argument,
                  "unknown_products is \"" + unknown + "\", allowed are auto, show, hide",
                  "unknown_products");
  }
  for (const Status& status : {
           in_range("just_bought_days", s.has_just_bought_days(), s.just_bought_days(), 0, 3650),
           in_range("bought_again_times", s.has_bought_again_times(), s.bought_again_times(), 2,
                    100),
           in_range("min_orders_in_reason", s.has_min_orders_in_reason(), s.min_orders_in_reason(),
                    2, 1'000'000),
           in_range("min_people_in_reason", s.has_min_people_in_reason(), s.min_people_in_reason(),
                    1, 1000),
           in_range("robot_events", s.has_robot_events(), s.robot_events(), 50, 1'000'000),
           in_range("robot_products", s.has_robot_products(), s.robot_products(), 50, 1'000'000),
           in_range("attribution_window", s.has_attribution_window(), s.attribution_window(),
                    60'000, 7'776'000'000),
           in_range("max_attribution_touches", s.has_max_attribution_touches(),
                    s.max_attribution_touches(), 1000, 50'000'000),
           in_range("visit_gap", s.has_visit_gap(), s.visit_gap(), 60'000, 86'400'000),
           in_range("trending_half_life", s.has_trending_half_life(), s.trending_half_life(),
                    60'000, 31'536'000'000),
           in_range("min_orders_together", s.has_min_orders_together(), s.min_orders_together(), 1,
                    10'000),
           in_range("max_products", s.has_max_products(), s.max_products(), 100, 50'000'000),
           in_range("max_categories", s.has_max_categories(), s.max_categories(), 10, 1'000'000),
           in_range("max_sessions", s.has_max_sessions(), s.max_sessions(), 100, 100'000'000),
           in_range("max_shoppers", s.has_max_shoppers(), s.max_shoppers(), 10, 50'000'000),
           in_range("max_orders", s.has_max_orders(), s.max_orders(), 10, 10'000'000),
           in_range("max_interactions", s.has_max_interactions(), s.max_interactions(), 1'000,
                    1'000'000'000),
           in_range("train_interval", s.has_train_interval(), s.train_interval(), 60'000,
                    31'536'000'000),
           in_range("train_budget", s.has_train_budget(), s.train_budget(), 0, 86'400'000),
           in_range("train_min_new_interactions", s.has_train_min_new_interactions(),
                    s.train_min_new_interactions(), 1, 1'000'000'000),
           in_range("train_memory", s.has_train_memory(), s.train_memory(), 64, 1'000'000),
           in_range("train_threads", s.has_train_threads(), s.train_threads(), 0, 256),
           in_range("max_segments", s.has_max_segments(), s.max_segments(), 1, 10'000),
           in_range("max_stock_levels", s.has_max_stock_levels(), s.max_stock_levels(), 100,
                    100'000'000),
           in_range("new_arrivals_days", s.has_new_arrivals_days(), s.new_arrivals_days(), 1, 3650),
           in_range("content_features", s.has_content_features(), s.content_features(), 8, 128),
       }) {
    if (!status.ok()) return status;
  }
  if (s.has_upsell_max_ratio() && !(s.upsell_max_ratio() >= 1.05 && s.upsell_max_ratio() <= 10)) {
    return Status(
        Code::invalid_argument,
        "upsell_max_ratio is " + std::to_string(s.upsell_max_ratio()) + ", allowed is 1.05 to 10",
        "upsell_max_ratio");
  }
  return validate_placements(s);
}

}  // namespace souk::recommendations
