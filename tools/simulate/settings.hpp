// What a run of the simulator depends on. Two runs with equal settings produce equal bytes.
#pragma once

#include <cstdint>
#include <string>

#include "souk/result.hpp"

namespace souk::simulate {

inline constexpr std::int64_t kSecondUs = 1'000'000;
inline constexpr std::int64_t kMinuteUs = 60 * kSecondUs;
inline constexpr std::int64_t kHourUs = 60 * kMinuteUs;
inline constexpr std::int64_t kDayUs = 24 * kHourUs;

/// 2026-01-01T00:00:00Z: a fixed start, because a run that depended on today could not be repeated.
inline constexpr std::int64_t kDefaultStartUs = 1'767'225'600'000'000;

struct SimulationSettings {
  std::uint64_t seed = 1;
  std::uint32_t products = 2000;  ///< 20 … 1,000,000; about 7 % of them are launched during the run
  std::uint32_t shoppers = 5000;  ///< 20 … 10,000,000 people, half of them new during the run
  std::uint32_t days = 90;        ///< 1 … 3650
  std::int64_t start_us = kDefaultStartUs;  ///< must be a midnight, UTC
  std::string currency = "EUR";             ///< ISO 4217, three capital letters
};

/// INVALID_ARGUMENT names the setting and what is allowed. Thread-safe.
[[nodiscard]] Status check(const SimulationSettings& settings);

}  // namespace souk::simulate
