// Interactions as the trained models take them: a sparse matrix of people and items.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "plugins/recommendations/model/crew.hpp"
#include "plugins/recommendations/model/interactions.hpp"

namespace souk::recommendations {

/// Rows of a sparse matrix, each sorted by column.
struct SparseRows {
  std::vector<std::uint32_t> begins{0};  ///< rows + 1
  std::vector<std::uint32_t> columns;
  std::vector<float> values;

  [[nodiscard]] std::uint32_t rows() const { return static_cast<std::uint32_t>(begins.size() - 1); }
  [[nodiscard]] std::span<const std::uint32_t> row(std::uint32_t at) const {
    return {columns.data() + begins[at], begins[at + 1] - begins[at]};
  }
  [[nodiscard]] std::span<const float> row_values(std::uint32_t at) const {
    return {values.data() + begins[at], begins[at + 1] - begins[at]};
  }
};

/// The same matrix by columns. Of no use when the crew, if there is one, was cancelled.
[[nodiscard]] SparseRows transposed(const SparseRows& rows, std::uint32_t columns,
                                    Crew* crew = nullptr);

/// What becomes of interactions.
struct TrainingRules {
  std::uint32_t max_items = 0xffffffffu;  ///< the most popular ones are taken
  std::uint32_t min_people = 1;           ///< an item needs so many
  /// Of a person's items the newest so many count: nobody is interested in thousands of things, and
  /// the work grows with the square.
  std::uint32_t max_items_per_person = 1'000;
  /// What an interest is worth, by Interest. That an order says more than a look is all that these
  /// claim; shops where only looks are known are not changed by them.
  std::array<float, 3> worth{1.0f, 1.25f, 1.5f};
  /// What a person's word counts, 0 to 1; null: 1. Where robots are known, they are told here.
  std::function<float(std::uint64_t who)> trust;
};

/// People × items. An item is a column; columns stand in the order of popularity, most popular
/// first, equal ones by ItemId. People come in the order of their hashes: in no order at all.
struct TrainingData {
  SparseRows people;
  std::vector<ItemId> items;       ///< of each column
  std::vector<float> trust;        ///< of each person
  std::uint64_t interactions = 0;  ///< that were given
  std::uint64_t left_out = 0;      ///< cells that the rules took away

  [[nodiscard]] std::uint32_t columns() const { return static_cast<std::uint32_t>(items.size()); }
  [[nodiscard]] std::size_t cells() const { return people.columns.size(); }
};

/// Leaves the `most` most popular items; people without any of them go too.
void keep_most_popular(TrainingData& data, std::uint32_t most);
/// The share of the cells that belong to the `most` most popular items.
[[nodiscard]] double share_of_most_popular(const TrainingData& data, std::uint32_t most);

/// Sorts `interactions` (its order is lost), counts a person's item once, with the best of its
/// interests, and numbers what is left. The same interactions give the same data, whatever the
/// crew. Empty when the crew is cancelled.
[[nodiscard]] TrainingData make_training_data(std::vector<Interaction>& interactions,
                                              const TrainingRules& rules, Crew& crew);

}  // namespace souk::recommendations
