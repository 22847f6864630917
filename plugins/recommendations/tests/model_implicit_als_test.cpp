// Factors by alternating least squares, against exact normal equations and a planted structure.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <random>

#include "plugins/recommendations/model/implicit_als.hpp"

namespace souk::recommendations::testing {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// People of `tastes` groups, each drawing from its own items and sometimes from all.
SparseRows planted(std::uint32_t people, std::uint32_t items, std::uint32_t tastes,
                   std::uint32_t seed) {
  std::mt19937 random(seed);
  SparseRows rows;
  for (std::uint32_t person = 0; person < people; ++person) {
    std::vector<std::uint32_t> mine;
    for (std::uint32_t i = 0; i < 12; ++i) {
      const auto any = static_cast<std::uint32_t>(random() % items);
      mine.push_back(random() % 10 == 0 ? any : (any / tastes * tastes + person % tastes) % items);
    }
    std::sort(mine.begin(), mine.end());
    mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
    for (const std::uint32_t item : mine) {
      rows.columns.push_back(item);
      rows.values.push_back(person % 4 == 0 ? 1.5f : 1.0f);
    }
    rows.begins.push_back(static_cast<std::uint32_t>(rows.columns.size()));
  }
  return rows;
}

Matrix dense(const Factors& factors) {
  Matrix made(factors.rows, factors.width);
  for (std::uint32_t row = 0; row < factors.rows; ++row) {
    for (std::size_t j = 0; j < factors.width; ++j)
      made(row, static_cast<Eigen::Index>(j)) = static_cast<double>(factors.row(row)[j]);
  }
  return made;
}

TEST(ImplicitAls, TurnsFactorsIntoTheEigenvectorsOfTheirGram) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  Factors factors(500, 32), along(100, 32);
  for (Factors* each : {&factors, &along}) {
    for (std::uint32_t row = 0; row < each->rows; ++row) {
      for (std::size_t j = 0; j < each->width; ++j)
        each->row(row)[j] = normal(random) * static_cast<float>(j % 5 + 1);
    }
  }
  const Matrix before = dense(along) * dense(factors).transpose();
  Crew crew(2);
  const auto gram = diagonalise(factors, &along, crew);
  const Matrix after = dense(along) * dense(factors).transpose();
  EXPECT_LT((after - before).cwiseAbs().maxCoeff(), 1e-2);
  Matrix product = dense(factors).transpose() * dense(factors);
  for (Eigen::Index j = 0; j < product.rows(); ++j)
    EXPECT_NEAR(product(j, j) / static_cast<double>(gram[static_cast<std::size_t>(j)]), 1, 1e-3);
  product.diagonal().setZero();
  EXPECT_LT(product.cwiseAbs().maxCoeff(), 1.0) << "of some thousands on the diagonal";
}

TEST(ImplicitAls, SolvesTheNormalEquations) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 0.3f);
  Factors items(80, 16);
  for (std::uint32_t row = 0; row < items.rows; ++row) {
    for (std::size_t j = 0; j < items.width; ++j)
      items.row(row)[j] = normal(random);
  }
  Crew crew(1);
  const auto gram = diagonalise(items, nullptr, crew);
  const std::vector<std::uint32_t> ids{3, 9, 11, 40, 79};
  const std::vector<float> worth{1, 1.5f, 1, 0.5f, 1};
  const AlsParameters p{.factors = 16, .l2 = 0.01, .unobserved = 0.1, .frequency_power = 0.7};
  std::vector<float> solution(16, 0.1f);
  AlsScratch scratch;
  solve_row(items, gram, ids, worth, p, 30, solution.data(), scratch);

  const Matrix h = dense(items);
  Matrix a = p.unobserved * h.transpose() * h;
  a += p.l2 * std::pow(5 + p.unobserved * 80, p.frequency_power) * Matrix::Identity(16, 16);
  Vector b = Vector::Zero(16);
  for (std::size_t at = 0; at < ids.size(); ++at) {
    const Vector row = h.row(ids[at]);
    a += static_cast<double>(worth[at]) * row * row.transpose();
    b += static_cast<double>(worth[at]) * row;
  }
  const Vector exact = a.llt().solve(b);
  for (Eigen::Index j = 0; j < 16; ++j)
    EXPECT_NEAR(solution[static_cast<std::size_t>(j)], exact(j), 1e-3);

  // Nobody's row: the solution is nothing.
  solve_row(items, gram, {}, {}, p, 10, solution.data(), scratch);
  for (const float value : solution)
    EXPECT_NEAR(value, 0, 1e-4);
}

TEST(ImplicitAls, LowersItsObjectiveWhicheverWayItIsSolved) {
  const SparseRows people = planted(600, 150, 5, 1);
  const SparseRows items = transposed(people, 150);
  Crew crew(2);
  double exact = 0;
  for (const std::uint32_t steps : {30u, 2u}) {
    ImplicitAls als(people, items, {.factors = 16, .steps = steps});
    double last = als.objective();
    for (int round = 0; round < 6; ++round) {
      ASSERT_TRUE(als.iterate(crew));
      const double now = als.objective();
      EXPECT_LT(now, last * 1.0001) << steps << " steps, round " << round;
      last = now;
    }
    if (steps == 30u) {
      exact = last;
    } else {
      EXPECT_LT(last, exact * 1.01);
    }
  }
}

TEST(ImplicitAls, FindsAPlantedStructure) {
  constexpr std::uint32_t kItems = 150, kTastes = 5;
  const SparseRows people = planted(900, kItems, kTastes, 2);
  const SparseRows items = transposed(people, kItems);
  Crew crew(2);
  ImplicitAls als(people, items, {.factors = 16});
  for (int round = 0; round < 8; ++round)
    ASSERT_TRUE(als.iterate(crew));
  const Matrix scores = dense(als.people()) * dense(als.items()).transpose();
  int right = 0;
  for (std::uint32_t person = 0; person < 900; ++person) {
    double own = 0, other = 0;
    for (std::uint32_t item = 0; item < kItems; ++item)
      (item % kTastes == person % kTastes ? own : other) += scores(person, item);
    right += own / 30 > 3 * std::abs(other / 120) ? 1 : 0;
  }
  EXPECT_GT(right, 850);
}

TEST(ImplicitAls, GoesOnFromFormerFactorsAndStopsWhenTold) {
  const SparseRows people = planted(300, 100, 4, 3);
  const SparseRows items = transposed(people, 100);
  Crew crew(2);
  ImplicitAls first(people, items, {.factors = 16});
  for (int round = 0; round < 8; ++round)
    ASSERT_TRUE(first.iterate(crew));
  ImplicitAls cold(people, items, {.factors = 16}), warm(people, items, {.factors = 16});
  EXPECT_FALSE(warm.set_items(Factors(99, 16)));
  EXPECT_TRUE(warm.set_items(first.items()));
  ASSERT_TRUE(cold.iterate(crew));
  ASSERT_TRUE(warm.iterate(crew));
  EXPECT_LT(warm.objective(), cold.objective());
  Crew stopped(2, [] { return true; });
  EXPECT_FALSE(cold.iterate(stopped));
}

}  // namespace
}  // namespace souk::recommendations::testing
