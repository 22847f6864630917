// The settings as the rest of the plugin uses them: every value present, times in one unit.
#pragma once

#include <cstdint>
#include <string>

#include "plugins/search/state/behaviour.hpp"
#include "plugins/search/state/index_writer.hpp"
#include "souk/result.hpp"
#include "souk/search/v1/settings.souk.hpp"

namespace souk::search {

/// How much each factor of the order counts; 1 as usual.
struct RankingWeights {
  double behaviour = 1;
  double popularity = 1;
  double personal = 1;
  double intent = 1;
  double margin = 0;
  double newness = 0;
  double rating = 0.5;
  double vectors = 1;
  double recommendations = 1;
  double segments = 1;
};

/// Whether a ranker is learned, and what becomes of it.
struct RankerSettings {
  bool enabled = true;  ///< examples are kept, a ranker is trained and reported
  bool on = false;      ///< and it orders products when its report allows it
  std::int64_t interval_us = 0;
  std::uint64_t max_examples = 0;
};
[[nodiscard]] RankerSettings ranker_settings(const v1::Settings& settings);

/// What answers to one question need; cheap to make for each.
struct ServingSettings {
  enum class SoldOut { last, hide, show };
  std::uint32_t limit = 20;
  std::uint32_t distinct = 0;
  SoldOut sold_out = SoldOut::last;
  bool understand = true;
  bool latent = true;
  std::uint8_t one_typo_from = 5;
  std::uint8_t two_typos_from = 9;
  RankingWeights weights;
  bool learned = false;  ///< a learned ranker may order products
};
[[nodiscard]] ServingSettings serving_settings(const v1::Settings& settings);

[[nodiscard]] IndexWriter::Options index_options(const v1::Settings& settings);
[[nodiscard]] BehaviourLimits behaviour_limits(const v1::Settings& settings);
[[nodiscard]] std::int64_t popularity_half_life_us(const v1::Settings& settings);

/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed. The kernel has
/// checked the schema's rules before; tests and other hosts may not have.
[[nodiscard]] Status validate(const v1::Settings& settings);

}  // namespace souk::search
