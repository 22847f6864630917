// What the tests of the models share: made-up click-streams, and a session model without an index.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "plugins/recommendations/model/session_neighbours.hpp"

namespace souk::recommendations::testing {

struct Click {
  std::string session;
  ItemId item;
  std::int64_t time_us;
};

/// Clicks of `sessions` interleaved sessions over `items` items, popular ones more often, with
/// repeats; the same for the same seed.
inline std::vector<Click> random_clicks(std::uint32_t seed, std::uint32_t sessions,
                                        std::uint32_t items, std::uint32_t clicks) {
  std::mt19937 random(seed);
  std::vector<Click> out;
  for (std::uint32_t i = 0; i < clicks; ++i) {
    // Sessions come and go: each click belongs to one of the eight that are open.
    const std::uint32_t first = static_cast<std::uint32_t>(std::uint64_t{i} * sessions / clicks);
    const std::uint32_t session = first + static_cast<std::uint32_t>(random() % 8);
    const auto a = static_cast<std::uint32_t>(random() % items);
    const auto b = static_cast<std::uint32_t>(random() % items);
    out.push_back({"s" + std::to_string(session), std::min(a, b), std::int64_t{i} * 1'000'000});
  }
  return out;
}

/// The model of README.md written down a second time: every session is compared with the query, all
/// sums are doubles, nothing is capped, indexed or kept from one prediction to the next.
class NaiveSessionNeighbours {
 public:
  explicit NaiveSessionNeighbours(const SessionNeighboursSettings& settings) : s_(settings) {}
  void observe(const std::string& session, ItemId item);
  [[nodiscard]] std::vector<Candidate> predict(std::span<const ItemId> session) const;

 private:
  struct Weighted {
    ItemId item;
    double weight;
  };
  using Scores = std::vector<double>;  // by item
  [[nodiscard]] std::vector<ItemId> distinct(std::span<const ItemId> session) const;
  [[nodiscard]] double sessions_with(ItemId item) const;
  [[nodiscard]] Scores vote(const std::vector<Weighted>& query, double ahead, double behind,
                            double behind_weight) const;
  [[nodiscard]] double repeat_chance(std::size_t distinct, std::size_t gap) const;

  SessionNeighboursSettings s_;
  ItemId items_ = 0;
  std::vector<std::string> keys_;
  std::vector<std::vector<ItemId>> sessions_;
};

}  // namespace souk::recommendations::testing
