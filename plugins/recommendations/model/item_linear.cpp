#include "plugins/recommendations/model/item_linear.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

namespace souk::recommendations {
namespace {

/// Ω of each person: trust and |x_u|^−α, scaled so that the cells' sum of weights stays.
std::vector<float> person_weights(const TrainingData& data, double power) {
  std::vector<float> weights(data.people.rows());
  double mass = 0;
  for (std::uint32_t person = 0; person < weights.size(); ++person) {
    const auto size = static_cast<double>(data.people.row(person).size());
    const double weight = std::pow(size, -power);
    weights[person] = static_cast<float>(weight);
    mass += weight * size;
  }
  const double scale = mass > 0 ? static_cast<double>(data.cells()) / mass : 1;
  for (std::uint32_t person = 0; person < weights.size(); ++person)
    weights[person] *= static_cast<float>(scale) * data.trust[person];
  return weights;
}

/// Adds one person's share to row `column` of G, up to its diagonal.
void add_person(const TrainingData& data, std::uint32_t person, std::uint32_t column, float weight,
                float* row) {
  const auto columns = data.people.row(person);
  const auto values = data.people.row_values(person);
  for (std::size_t at = 0; at < columns.size(); ++at) {
    if (columns[at] > column) return;
    row[columns[at]] += weight * values[at];
  }
}

}  // namespace

bool add_gram(const TrainingData& data, double person_power,
              const std::function<bool(std::uint32_t)>& take, Crew& crew, SymmetricMatrix& gram) {
  const std::vector<float> weights = person_weights(data, person_power);
  const SparseRows items = transposed(data.people, data.columns(), &crew);
  if (crew.cancelled()) return false;
  std::vector<std::uint8_t> taken(data.people.rows(), 1);
  if (take) {
    for (std::uint32_t person = 0; person < taken.size(); ++person)
      taken[person] = take(person) ? 1 : 0;
  }
  std::vector<std::vector<float>> rows(crew.size());
  return crew.each(gram.size(), [&](std::size_t turn, unsigned member) {
    // Long rows first, so that no core is left with one at the end.
    const auto column = static_cast<std::uint32_t>(gram.size() - 1 - turn);
    std::vector<float>& row = rows[member];
    row.assign(column + std::size_t{1}, 0);
    const auto people = items.row(column);
    const auto values = items.row_values(column);
    for (std::size_t at = 0; at < people.size(); ++at) {
      const std::uint32_t person = people[at];
      if (taken[person] == 0) continue;
      add_person(data, person, column, weights[person] * values[at], row.data());
    }
    gram.set_lower(column, row);
  });
}

void regularise(SymmetricMatrix& gram, const ItemLinearParameters& parameters) {
  for (std::size_t i = 0; i < gram.size(); ++i) {
    float& diagonal = gram.lower(i, i);
    diagonal = static_cast<float>(static_cast<double>(diagonal) * (1 + parameters.dropout_ratio) +
                                  parameters.l2);
  }
}

std::size_t bytes_to_fit(std::size_t items, std::size_t cells, std::uint32_t widest) {
  return SymmetricMatrix::bytes(items) + cells * 8 + ItemWeights::bytes(items, widest);
}

Result<std::unique_ptr<ItemWeights>> fit_item_linear(const TrainingData& data,
                                                     const ItemLinearParameters& parameters,
                                                     std::uint32_t widest, Crew& crew,
                                                     const std::function<void(double)>& progress) {
  if (data.items.empty()) {
    return Status(Code::failed_precondition, "no item has interactions to learn from");
  }
  try {
    SymmetricMatrix matrix(data.items.size());
    if (!add_gram(data, parameters.person_power, nullptr, crew, matrix)) {
      return Status(Code::cancelled, "the fit was cancelled");
    }
    regularise(matrix, parameters);
    if (Status status = matrix.invert(crew, progress); !status.ok()) return status;
    std::vector<float> scale(matrix.size());
    for (std::size_t j = 0; j < scale.size(); ++j) {
      scale[j] = static_cast<float>(
          -std::pow(static_cast<double>(matrix.lower(j, j)), -parameters.target_power));
    }
    auto weights = std::make_unique<ItemWeights>(data.items, widest);
    const bool whole = crew.each(matrix.size(), [&](std::size_t i, unsigned) {
      thread_local std::vector<float> row;
      row.resize(matrix.size());
      matrix.get_row(i, row);
      for (std::size_t j = 0; j < row.size(); ++j)
        row[j] *= scale[j];
      weights->set_row(static_cast<std::uint32_t>(i), row);
    });
    if (!whole) return Status(Code::cancelled, "the fit was cancelled");
    return weights;
  } catch (const std::bad_alloc&) {
    return Status(Code::resource_exhausted,
                  "no memory for a matrix of " + std::to_string(data.items.size()) + " items");
  }
}

}  // namespace souk::recommendations
