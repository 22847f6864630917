// Interactions → a trained model. No host, no clock of the shop, no Protobuf: a function of its
// arguments and of how much time it gets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/implicit_als.hpp"
#include "plugins/recommendations/model/interactions.hpp"
#include "plugins/recommendations/model/item_linear.hpp"
#include "plugins/recommendations/model/item_weights.hpp"
#include "plugins/recommendations/model/training_data.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

/// How far training may go.
struct TrainingLimits {
  /// Up to so many items get the closed form: its time grows with their cube, its memory with their
  /// square.
  std::uint32_t closed_form_items = 20'000;
  /// When the most popular ones hold this share of all interactions, the rest is left out rather
  /// than the closed form.
  double share_for_closed_form = 0.95;
  std::uint32_t max_items = 200'000;  ///< of factors: their time grows with the square
  std::size_t memory_bytes = std::size_t{1'792} << 20;  ///< of the training itself
  double budget_s = 600;        ///< after about so long what is there is taken
  unsigned threads = 0;         ///< 0: one a core
  std::uint32_t widest = 256;   ///< weights kept of an item
  std::uint32_t factors = 128;  ///< of a person or an item
};

/// What a training learned from and how well it did; for operators.
struct TrainingReport {
  std::uint64_t interactions = 0;  ///< looked at
  std::uint64_t observed = 0;      ///< Interactions::observed() when it began
  std::uint32_t people = 0;
  std::uint32_t items = 0;
  std::uint32_t items_left_out = 0;  ///< beyond what the method can take
  double seconds = 0;
  double ndcg = 0;              ///< at 100, on people held out; 0: too few of them
  std::int64_t trained_us = 0;  ///< when, by the host's clock; filled in by the caller
};

/// What answers are made from. Immutable; shared by those who read it.
struct TrainedModel {
  enum class Method : std::uint8_t { item_linear, factors };
  Method method = Method::item_linear;
  std::unique_ptr<const ItemWeights> weights;
  ItemLinearParameters parameters;   ///< of the closed form
  Factors factors;                   ///< of items, where the next training goes on; else empty
  std::vector<ItemId> factor_items;  ///< of their rows
  TrainingReport report;

  /// The `k` best items for somebody who had `history`; see ItemWeights::predict(). Any thread.
  void predict(std::span<const ItemId> history, std::size_t k, ItemWeightsScratch& scratch,
               std::vector<Candidate>& out) const;
};
[[nodiscard]] std::string_view name_of(TrainedModel::Method method);

/// Trains on what `interactions` holds now. `previous`, unless null, is where a training begins
/// that can go on from a former one. CANCELLED soon after `cancelled` says so; FAILED_PRECONDITION
/// when there is nothing to learn from; RESOURCE_EXHAUSTED without memory. Any thread.
[[nodiscard]] Result<std::shared_ptr<TrainedModel>> train(
    const Interactions& interactions, const TrainingLimits& limits, const TrainedModel* previous,
    const std::function<bool()>& cancelled, const std::function<void(double)>& progress);

/// The most items whose closed form fits into the limits.
[[nodiscard]] std::uint32_t most_closed_form_items(const TrainingLimits& limits, std::size_t cells);

}  // namespace souk::recommendations
