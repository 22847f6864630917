// A simulated shop in memory, for tests: the lines as text, and the parts that tests ask for by
// name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/simulate/simulation.hpp"

namespace souk::simulate::testing {

inline SimulationSettings small_shop(std::uint64_t seed = 5) {
  SimulationSettings settings;
  settings.seed = seed;
  settings.products = 300;
  settings.shoppers = 600;
  settings.days = 30;
  return settings;
}

inline std::unique_ptr<Simulation> make(const SimulationSettings& settings) {
  auto made = Simulation::create(settings);
  return made.ok() ? std::move(*made) : nullptr;
}

inline std::string run(const SimulationSettings& settings) {
  std::string text;
  auto simulation = make(settings);
  simulation->run_days(static_cast<int>(settings.days),
                       [&](std::string_view line) { text += line; });
  return text;
}

inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace souk::simulate::testing
