// The dense kernels, the inverse, and the closed forms against the same written down with Eigen.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "plugins/recommendations/model/item_linear.hpp"

namespace souk::recommendations::testing {
namespace {

using Matrix = Eigen::MatrixXd;

/// People of a few tastes: items of a taste go together, popular ones are everybody's.
std::vector<Interaction> people_of_taste(std::uint32_t people, std::uint32_t items,
                                         std::uint32_t tastes, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Interaction> all;
  for (std::uint64_t who = 0; who < people; ++who) {
    const auto taste = static_cast<std::uint32_t>(random() % tastes);
    const std::uint32_t size = 4 + static_cast<std::uint32_t>(random() % 9);
    for (std::uint32_t i = 0; i < size; ++i) {
      const auto drawn = static_cast<ItemId>(
          static_cast<double>(items) * std::pow(static_cast<double>(random() % 1000) / 1000, 2));
      const bool own = random() % 5 != 0;
      const ItemId item = own ? (drawn / tastes * tastes + taste) % items : drawn;
      all.push_back({who * 0x9E3779B97F4A7C15ull, item, Interest::view});
    }
  }
  return all;
}

Matrix dense(const TrainingData& data) {
  Matrix x = Matrix::Zero(data.people.rows(), data.columns());
  for (std::uint32_t person = 0; person < data.people.rows(); ++person) {
    const auto columns = data.people.row(person);
    for (std::size_t at = 0; at < columns.size(); ++at)
      x(person, columns[at]) = static_cast<double>(data.people.row_values(person)[at]);
  }
  return x;
}

TEST(DenseKernels, AllGiveTheSameProducts) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (const char* name : {"portable", "avx2", "avx512"}) {
    const DenseKernels* kernels = dense_kernels(name);
    if (kernels == nullptr) continue;
    EXPECT_EQ(kTile % kernels->rows, 0u);
    EXPECT_EQ(kTile % kernels->columns, 0u);
    for (const auto& [rows, columns, k] :
         {std::array<Eigen::Index, 3>{1, 1, 1}, std::array<Eigen::Index, 3>{37, 53, 19},
          std::array<Eigen::Index, 3>{96, 64, 40}}) {
      Eigen::MatrixXf a(rows, k), b(k, columns);
      for (float& value : a.reshaped())
        value = normal(random);
      for (float& value : b.reshaped())
        value = normal(random);
      std::vector<float> left(packed_rows(*kernels, static_cast<std::size_t>(rows)) *
                              static_cast<std::size_t>(k));
      std::vector<float> right(packed_columns(*kernels, static_cast<std::size_t>(columns)) *
                               static_cast<std::size_t>(k));
      const auto size = [](Eigen::Index value) { return static_cast<std::size_t>(value); };
      pack_rows(*kernels, {a.data(), 1, size(rows)}, size(rows), size(k), left.data());
      pack_columns(*kernels, {b.data(), 1, size(k)}, size(k), size(columns), right.data());
      Eigen::Matrix<float, -1, -1, Eigen::RowMajor> c = decltype(c)::Ones(rows, columns);
      product(*kernels, size(rows), size(columns), size(k), left.data(), right.data(), c.data(),
              size(columns), -1);
      const Eigen::MatrixXf expected = Eigen::MatrixXf::Ones(rows, columns) - a * b;
      EXPECT_LT((c - expected).cwiseAbs().maxCoeff(), 1e-4f) << name << " " << rows;
    }
  }
}

TEST(SymmetricMatrix, SaysWhenItHasNoInverse) {
  Crew crew(2);
  SymmetricMatrix zero(5);
  EXPECT_EQ(zero.invert(crew).code(), Code::failed_precondition);
  SymmetricMatrix indefinite(2);
  indefinite.set_lower(0, std::vector<float>{1});
  indefinite.set_lower(1, std::vector<float>{2, 1});
  EXPECT_EQ(indefinite.invert(crew).code(), Code::failed_precondition);
  Crew stopped(2, [] { return true; });
  SymmetricMatrix fine(1);
  fine.set_lower(0, std::vector<float>{1});
  EXPECT_EQ(fine.invert(stopped).code(), Code::cancelled);
}

TEST(SymmetricMatrix, IsInvertedInPlace) {
  for (const std::size_t n : {1u, 7u, 288u, 700u}) {
    std::mt19937 random(static_cast<unsigned>(n));
    std::normal_distribution<double> normal;
    const auto size = static_cast<Eigen::Index>(n);
    Matrix x(2 * size + 1, size);
    for (double& value : x.reshaped())
      value = normal(random);
    // Diagonals that differ by a factor of 10,000, as popularities do.
    for (Eigen::Index j = 0; j < size; ++j)
      x.col(j) *= std::pow(10.0, 2.0 * static_cast<double>(j) / static_cast<double>(n));
    const Matrix a = x.transpose() * x;
    SymmetricMatrix matrix(n);
    for (Eigen::Index i = 0; i < size; ++i) {
      std::vector<float> row;
      for (Eigen::Index j = 0; j <= i; ++j)
        row.push_back(static_cast<float>(a(i, j)));
      matrix.set_lower(static_cast<std::size_t>(i), row);
    }
    Crew crew(3);
    ASSERT_TRUE(matrix.invert(crew).ok());
    const Matrix inverse = a.inverse();
    std::vector<float> row(n);
    for (Eigen::Index i = 0; i < size; ++i) {
      matrix.get_row(static_cast<std::size_t>(i), row);
      for (Eigen::Index j = 0; j < size; ++j) {
        const double unit = std::sqrt(inverse(i, i) * inverse(j, j));
        ASSERT_NEAR(row[static_cast<std::size_t>(j)] / unit, inverse(i, j) / unit, 2e-4)
            << n << ": " << i << ", " << j;
      }
    }
  }
}

class ItemLinear : public ::testing::Test {
 protected:
  void SetUp() override {
    auto all = people_of_taste(1'500, 120, 6, 11);
    data_ = make_training_data(all, {}, crew_);
  }
  /// B by the formulas, in double precision.
  [[nodiscard]] Matrix reference(const ItemLinearParameters& p) const {
    const Matrix x = dense(data_);
    const Matrix gram = x.transpose() * x;
    Matrix a = gram + p.l2 * Matrix::Identity(gram.rows(), gram.cols());
    a += (p.dropout_ratio * gram.diagonal()).asDiagonal();
    const Matrix inverse = a.inverse();
    Matrix b = -inverse;
    for (Eigen::Index j = 0; j < b.cols(); ++j)
      b.col(j) *= std::pow(inverse(j, j), -p.target_power);
    b.diagonal().setZero();
    return b;
  }
  [[nodiscard]] Matrix fitted(const ItemLinearParameters& p) {
    const auto weights = fit_item_linear(data_, p, 100'000, crew_);
    EXPECT_TRUE(weights.ok());
    Matrix b(data_.columns(), data_.columns());
    for (Eigen::Index i = 0; i < b.rows(); ++i) {
      for (Eigen::Index j = 0; j < b.cols(); ++j) {
        b(i, j) = static_cast<double>((*weights)->weight(data_.items[static_cast<std::size_t>(i)],
                                                         data_.items[static_cast<std::size_t>(j)]));
      }
    }
    return b;
  }
  Crew crew_{2};
  TrainingData data_;
};

TEST_F(ItemLinear, NeedsSomethingToLearnFrom) {
  EXPECT_EQ(fit_item_linear(TrainingData(), {}, 10, crew_).status().code(),
            Code::failed_precondition);
  Crew stopped(1, [] { return true; });
  EXPECT_EQ(fit_item_linear(data_, {}, 10, stopped).status().code(), Code::cancelled);
}

TEST_F(ItemLinear, IsEaseByItsFormulaAndByItsOptimality) {
  const ItemLinearParameters p{.l2 = 20, .dropout_ratio = 0};
  const Matrix b = fitted(p);
  EXPECT_LT((b - reference(p)).cwiseAbs().maxCoeff(), 1e-4);
  EXPECT_EQ(b.diagonal().cwiseAbs().maxCoeff(), 0);
  // The gradient of ½‖X − XB‖² + ½λ‖B‖² vanishes everywhere but on the diagonal.
  const Matrix x = dense(data_);
  Matrix gradient = x.transpose() * (x * b - x) + p.l2 * b;
  gradient.diagonal().setZero();
  EXPECT_LT(gradient.cwiseAbs().maxCoeff(), 1e-2);
}

TEST_F(ItemLinear, IsEdlaeWithDropoutOnTheDiagonal) {
  for (const double power : {1.0, 0.5}) {
    const ItemLinearParameters p{.l2 = 5, .dropout_ratio = 0.5, .target_power = power};
    EXPECT_LT((fitted(p) - reference(p)).cwiseAbs().maxCoeff(), 1e-3);
  }
}

TEST_F(ItemLinear, WeighsPeopleByHowMuchTheySay) {
  const Matrix x = dense(data_);
  Eigen::VectorXd omega(x.rows());
  double mass = 0;
  for (Eigen::Index person = 0; person < x.rows(); ++person) {
    const auto size = static_cast<double>(data_.people.row(static_cast<unsigned>(person)).size());
    omega(person) = 1 / std::sqrt(size);
    mass += omega(person) * size;
  }
  omega *= static_cast<double>(data_.cells()) / mass;
  const Matrix expected = x.transpose() * omega.asDiagonal() * x;
  SymmetricMatrix gram(data_.columns());
  ASSERT_TRUE(add_gram(data_, 0.5, nullptr, crew_, gram));
  for (Eigen::Index i = 0; i < expected.rows(); ++i) {
    for (Eigen::Index j = 0; j < expected.cols(); ++j) {
      ASSERT_NEAR(gram.at(static_cast<std::size_t>(i), static_cast<std::size_t>(j)), expected(i, j),
                  1e-2);
    }
  }
}

TEST_F(ItemLinear, PredictsTheSumOfItsRows) {
  const ItemLinearParameters p{.l2 = 20, .dropout_ratio = 0.2};
  const Matrix b = reference(p);
  const auto weights = fit_item_linear(data_, p, 100'000, crew_);
  ASSERT_TRUE(weights.ok());
  const std::vector<ItemId> history{data_.items[0], data_.items[7], 999'999, data_.items[30]};
  ItemWeightsScratch scratch;
  std::vector<Candidate> out;
  (*weights)->predict(history, 5, scratch, out);
  ASSERT_EQ(out.size(), 5u);
  Eigen::VectorXd scores = (b.row(0) + b.row(7) + b.row(30)).transpose();
  for (const Eigen::Index had : {0, 7, 30})
    scores(had) = -1;
  (*weights)->give_reasons(history, scratch, out);
  double last = 1e9;
  for (const Candidate& candidate : out) {
    Eigen::Index best = 0;
    EXPECT_NEAR(candidate.score, scores.maxCoeff(&best), 1e-4);
    EXPECT_EQ(candidate.item, data_.items[static_cast<std::size_t>(best)]);
    EXPECT_EQ(candidate.support, 3u);
    EXPECT_LE(candidate.score, last);
    last = candidate.score;
    scores(best) = -1;
    Eigen::Index strongest = 0;
    for (const Eigen::Index had : {7, 30})
      strongest = b(had, best) > b(strongest, best) ? had : strongest;
    EXPECT_EQ(candidate.because, data_.items[static_cast<std::size_t>(strongest)]);
  }
  (*weights)->predict({}, 5, scratch, out);
  EXPECT_TRUE(out.empty());
  const std::vector<ItemId> unknown{kNoItem, 999'999};
  (*weights)->predict(unknown, 5, scratch, out);
  EXPECT_TRUE(out.empty());
}

TEST_F(ItemLinear, KeepsTheLargestWeightsOfARow) {
  const ItemLinearParameters p{.l2 = 20, .dropout_ratio = 0};
  const Matrix b = reference(p);
  const auto weights = fit_item_linear(data_, p, 10, crew_);
  ASSERT_TRUE(weights.ok());
  for (Eigen::Index i = 0; i < b.rows(); ++i) {
    int count = 0;
    double least = 1e9, most = 0;
    for (Eigen::Index j = 0; j < b.cols(); ++j) {
      const double weight = static_cast<double>((*weights)->weight(
          data_.items[static_cast<std::size_t>(i)], data_.items[static_cast<std::size_t>(j)]));
      if (weight != 0) {
        ++count;
        least = std::min(least, std::abs(b(i, j)));
      } else if (i != j) {
        most = std::max(most, std::abs(b(i, j)));
      }
    }
    EXPECT_EQ(count, 10);
    EXPECT_GE(least, most - 1e-5);
  }
}

/// nDCG@100 on people who are not in the data, of any scores.
template <class Score>
double held_out_ndcg(const std::vector<std::vector<ItemId>>& people, std::size_t items,
                     const Score& score) {
  double sum = 0;
  for (const auto& mine : people) {
    const std::size_t cut = mine.size() * 4 / 5;
    std::vector<float> scores(items, 0);
    const std::span<const ItemId> shown(mine.data(), cut);
    score(shown, scores);
    for (const ItemId item : shown)
      scores[item] = -1e9f;
    double gain = 0, ideal = 0;
    for (std::size_t at = cut; at < mine.size(); ++at) {
      const auto rank = static_cast<double>(std::count_if(
          scores.begin(), scores.end(), [&](float other) { return other > scores[mine[at]]; }));
      if (rank < 100) gain += 1 / std::log2(rank + 2);
      ideal += 1 / std::log2(static_cast<double>(at - cut) + 2);
    }
    sum += gain / ideal;
  }
  return sum / static_cast<double>(people.size());
}

TEST(ItemLinearChoice, BeatsNeighboursAndPopularityOnPeopleItHasNotSeen) {
  constexpr ItemId kItems = 400;
  auto all = people_of_taste(4'000, kItems, 40, 5);
  std::vector<std::vector<ItemId>> held_out;
  std::map<std::uint64_t, std::vector<ItemId>> fresh;
  for (const Interaction& one : people_of_taste(600, kItems, 40, 77)) {
    auto& mine = fresh[one.who];
    if (std::find(mine.begin(), mine.end(), one.item) == mine.end()) mine.push_back(one.item);
  }
  for (auto& [who, mine] : fresh) {
    if (mine.size() >= 5) held_out.push_back(std::move(mine));
  }
  Crew crew(2);
  const TrainingData data = make_training_data(all, {}, crew);
  const ItemLinearChoice choice = choose_item_linear(data, 400, crew);
  EXPECT_GE(choice.people, 50u);
  EXPECT_GT(choice.fits, 3u);
  const auto weights = fit_item_linear(data, choice.parameters, 100'000, crew);
  ASSERT_TRUE(weights.ok());

  const Matrix x = dense(data);
  const Matrix gram = x.transpose() * x;
  std::vector<Eigen::Index> column(kItems, -1);
  for (std::size_t c = 0; c < data.items.size(); ++c)
    column[data.items[c]] = static_cast<Eigen::Index>(c);
  const double popular = held_out_ndcg(held_out, kItems, [&](auto, auto& scores) {
    for (ItemId item = 0; item < kItems; ++item) {
      if (column[item] >= 0) scores[item] = static_cast<float>(gram(column[item], column[item]));
    }
  });
  const double cosine = held_out_ndcg(held_out, kItems, [&](auto shown, auto& scores) {
    for (const ItemId had : shown) {
      for (ItemId item = 0; item < kItems; ++item) {
        const Eigen::Index i = column[had], j = column[item];
        if (i < 0 || j < 0) continue;
        scores[item] += static_cast<float>(gram(i, j) / std::sqrt(gram(i, i) * gram(j, j)));
      }
    }
  });
  ItemWeightsScratch scratch;
  std::vector<Candidate> out;
  const double linear = held_out_ndcg(held_out, kItems, [&](auto shown, auto& scores) {
    (*weights)->predict(shown, 400, scratch, out);
    for (const Candidate& candidate : out)
      scores[candidate.item] = static_cast<float>(candidate.score);
  });
  EXPECT_GT(cosine, popular);
  EXPECT_GT(linear, cosine);
  EXPECT_NEAR(choice.ndcg, linear, 0.1);
}

TEST(ItemWeights, AreWithinAStepOfWhatWasGivenWhateverTheNumberOfColumns) {
  std::mt19937 random(8);
  std::normal_distribution<float> normal;
  for (const std::uint32_t columns : {1u, 2u, 300u, 40'000u, 200'000u}) {
    std::vector<ItemId> ids(columns);
    std::iota(ids.begin(), ids.end(), 3u);
    ItemWeights weights(ids, 50);
    std::vector<float> row(columns, 0.0f);
    for (int i = 0; i < 40; ++i)
      row[random() % columns] = normal(random);
    row[columns - 1] = -2;
    row[0] = std::numeric_limits<float>::infinity();  // is left out, wherever it comes from
    const std::uint32_t at = columns / 2;
    weights.set_row(at, row);
    float most = 0;
    for (std::uint32_t column = 1; column < columns; ++column)
      most = std::max(most, column == at ? 0 : std::abs(row[column]));
    for (std::uint32_t column = 0; column < columns; ++column) {
      const float kept = weights.weight(ids[at], ids[column]);
      const float given = column == at || column == 0 ? 0 : row[column];
      ASSERT_NEAR(kept, given, most / 8'000) << columns << " columns, column " << column;
    }
  }
}

TEST(ItemWeights, PutEqualScoresInTheOrderOfPopularity) {
  constexpr std::uint32_t kColumns = 1'000;
  std::vector<ItemId> ids(kColumns);
  std::iota(ids.begin(), ids.end(), 0u);
  ItemWeights weights(ids, kColumns);
  const std::vector<float> row(kColumns, 1.0f);
  weights.set_row(9, row);
  ItemWeightsScratch scratch;
  std::vector<Candidate> out;
  const ItemId history[] = {9};
  weights.predict(history, 12, scratch, out);
  ASSERT_EQ(out.size(), 12u);
  for (std::uint32_t rank = 0; rank < 12; ++rank)
    EXPECT_EQ(out[rank].item, rank < 9 ? rank : rank + 1);
}

TEST(ItemLinearChoice, KeepsTheDefaultsWithFewPeopleAndEndsEarlyWhenTold) {
  auto few = people_of_taste(30, 50, 3, 1);
  Crew crew(1);
  const TrainingData small = make_training_data(few, {}, crew);
  const ItemLinearChoice none = choose_item_linear(small, 100, crew);
  EXPECT_EQ(none.fits, 0u);
  EXPECT_GT(none.parameters.l2, 0);
  auto many = people_of_taste(3'000, 50, 3, 1);
  const TrainingData large = make_training_data(many, {}, crew);
  EXPECT_EQ(choose_item_linear(large, 100, crew, [] { return true; }).fits, 1u);
}

}  // namespace
}  // namespace souk::recommendations::testing
