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

HalfRows rounded(const Factors& factors) {
  HalfRows made(factors.rows, factors.width);
  for (std::uint32_t row = 0; row < factors.rows; ++row)
    made.set(row, factors.row(row));
  return made;
}

TEST(AlignedArray, IsZeroAlignedAndMovesWhateverItsSize) {
  for (const std::size_t size : {0u, 1u, 17u, 100'000u, 3'000'001u}) {
    AlignedArray<std::uint32_t> made(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(made.data()) % 64, 0u);
    for (std::size_t at = 0; at < size; at += 999) {
      ASSERT_EQ(made.data()[at], 0u);
      made.data()[at] = 7;
    }
    const AlignedArray<std::uint32_t> moved = std::move(made);
    EXPECT_EQ(moved.size(), size);
    if (size > 0) {
      EXPECT_EQ(moved.data()[0], 7u);
    }
  }
  EXPECT_THROW(AlignedArray<float>(std::size_t{1} << 60), std::bad_alloc);
}

TEST(HalfRows, RoundToEightBits) {
  std::mt19937 random(9);
  std::normal_distribution<float> normal;
  constexpr std::size_t kWidth = 3 * HalfRows::kBlock;
  Factors factors(5, kWidth);
  for (std::uint32_t row = 0; row < factors.rows; ++row) {
    for (std::size_t j = 0; j < kWidth; ++j)
      factors.row(row)[j] = std::ldexp(normal(random), static_cast<int>(random() % 60) - 30);
  }
  factors.row(2)[7] = 0;
  factors.row(2)[8] = -1.5f;        // held as it is
  factors.row(2)[9] = 1 + 0x1p-8f;  // between two: to the even one
  factors.row(2)[10] = 1 + 0x3p-8f;
  const HalfRows halves = rounded(factors);
  for (std::uint32_t row = 0; row < factors.rows; ++row) {
    for (std::size_t j = 0; j < kWidth; ++j) {
      const float exact = factors.row(row)[j];
      EXPECT_LE(std::abs(halves.at(row, j) - exact), std::abs(exact) * 0x1p-8f);
    }
  }
  EXPECT_EQ(halves.at(2, 7), 0);
  EXPECT_EQ(halves.at(2, 8), -1.5f);
  EXPECT_EQ(halves.at(2, 9), 1);
  EXPECT_EQ(halves.at(2, 10), 1 + 0x1p-6f);
}

/// The same with every kernel that this machine has.
class AlsRow : public ::testing::TestWithParam<const char*> {};

TEST_P(AlsRow, SolvesTheNormalEquations) {
  const SolveRow solve = solve_row(GetParam());
  if (solve == nullptr) GTEST_SKIP() << "not on this machine";
  constexpr std::uint32_t kWidth = 64;
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 0.3f);
  Factors items(400, kWidth);
  for (std::uint32_t row = 0; row < items.rows; ++row) {
    for (std::size_t j = 0; j < items.width; ++j)
      items.row(row)[j] = normal(random);
  }
  Crew crew(1);
  const auto gram = diagonalise(items, nullptr, crew);
  const HalfRows halves = rounded(items);
  Matrix h(items.rows, kWidth);
  for (std::uint32_t row = 0; row < items.rows; ++row) {
    for (std::size_t j = 0; j < kWidth; ++j)
      h(row, static_cast<Eigen::Index>(j)) = static_cast<double>(halves.at(row, j));
  }
  AlsScratch scratch(kWidth);
  for (const std::size_t size : {0u, 1u, 3u, 4u, 7u, 61u}) {
    std::vector<std::uint32_t> ids;
    std::vector<float> worth;
    for (std::size_t i = 0; i < size; ++i) {
      ids.push_back(static_cast<std::uint32_t>(random() % items.rows));
      worth.push_back(0.5f + static_cast<float>(i % 3));
    }
    const AlsEquation equation{.rows = {halves, ids.data(), size, size % 2 == 0},
                               .worth = worth.data(),
                               .unobserved = 0.1f,
                               .l2 = 0.4f,
                               .typical = static_cast<float>(size) / 400,
                               .gram = gram.data()};
    Matrix a = 0.4 * Matrix::Identity(kWidth, kWidth);
    for (std::uint32_t j = 0; j < kWidth; ++j)
      a(j, j) += 0.1 * static_cast<double>(gram[j]);
    Vector b = Vector::Zero(kWidth);
    for (std::size_t at = 0; at < size; ++at) {
      const Vector row = h.row(ids[at]);
      a += static_cast<double>(worth[at]) * row * row.transpose();
      b += static_cast<double>(worth[at]) * row;
    }
    const Vector exact = a.llt().solve(b);
    std::vector<float> solution(kWidth, 0.1f);
    solve(equation, 80, solution.data(), scratch);
    for (std::uint32_t j = 0; j < kWidth; ++j)
      EXPECT_NEAR(solution[j], exact(j), 1e-4) << size << " rows";
    // Two steps from close by come closer still: the last one, which looks less far, too.
    std::vector<float> near(kWidth);
    for (std::uint32_t j = 0; j < kWidth; ++j)
      near[j] = static_cast<float>(exact(j)) + 0.01f * normal(random);
    const auto off = [&] {
      Vector error(kWidth);
      for (std::uint32_t j = 0; j < kWidth; ++j)
        error(j) = static_cast<double>(near[j]) - exact(j);
      return error.dot(a * error);
    };
    const double before = off();
    solve(equation, 2, near.data(), scratch);
    EXPECT_LT(off(), 0.1 * before) << size << " rows";
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, AlsRow, ::testing::Values("portable", "avx2", "avx512"));

/// Half an iteration as the normal equations say, in double precision: `mine` given `others`.
void solve_exactly(const SparseRows& cells, const AlsParameters& p, const Matrix& others,
                   Matrix& mine) {
  const Matrix shared = p.unobserved * others.transpose() * others;
  for (std::uint32_t row = 0; row < cells.rows(); ++row) {
    const auto ids = cells.row(row);
    const auto worth = cells.row_values(row);
    const double l2 = p.l2 * std::pow(static_cast<double>(ids.size()) +
                                          p.unobserved * static_cast<double>(others.rows()),
                                      p.frequency_power);
    Matrix a = shared + l2 * Matrix::Identity(shared.rows(), shared.cols());
    Vector b = Vector::Zero(shared.rows());
    for (std::size_t at = 0; at < ids.size(); ++at) {
      const Vector other = others.row(ids[at]);
      a += static_cast<double>(worth[at]) * other * other.transpose();
      b += static_cast<double>(worth[at]) * other;
    }
    mine.row(row) = a.llt().solve(b);
  }
}

/// The objective as it is written down, cell by cell.
double objective_of(const SparseRows& people, const SparseRows& items, const AlsParameters& p,
                    const Matrix& w, const Matrix& h) {
  const Matrix scores = w * h.transpose();
  double sum = p.unobserved * scores.squaredNorm();
  for (std::uint32_t person = 0; person < people.rows(); ++person) {
    const auto ids = people.row(person);
    for (std::size_t at = 0; at < ids.size(); ++at) {
      sum += static_cast<double>(people.row_values(person)[at]) *
             std::pow(scores(person, ids[at]) - 1, 2);
    }
    sum += p.l2 *
           std::pow(static_cast<double>(ids.size()) + p.unobserved * static_cast<double>(h.rows()),
                    p.frequency_power) *
           w.row(person).squaredNorm();
  }
  for (std::uint32_t item = 0; item < items.rows(); ++item) {
    sum += p.l2 *
           std::pow(static_cast<double>(items.row(item).size()) +
                        p.unobserved * static_cast<double>(w.rows()),
                    p.frequency_power) *
           h.row(item).squaredNorm();
  }
  return sum;
}

/// Of everybody's `hidden` item, how many are among the ten best that are not in their row.
double recall_at_10(const SparseRows& people, const std::vector<std::uint32_t>& hidden,
                    const Matrix& scores) {
  int found = 0;
  for (std::uint32_t person = 0; person < people.rows(); ++person) {
    Vector mine = scores.row(person);
    for (const std::uint32_t item : people.row(person))
      mine(item) = -1e9;
    found += (mine.array() > mine(hidden[person])).count() < 10 ? 1 : 0;
  }
  return static_cast<double>(found) / people.rows();
}

TEST(ImplicitAls, ComesAsFarAsExactSolutionsInDoublePrecision) {
  constexpr std::uint32_t kItems = 300;
  SparseRows people = planted(900, kItems, 10, 6);
  std::vector<std::uint32_t> hidden;
  SparseRows seen;
  for (std::uint32_t person = 0; person < people.rows(); ++person) {
    const auto ids = people.row(person);
    const std::size_t out = person % ids.size();
    hidden.push_back(ids[out]);
    for (std::size_t at = 0; at < ids.size(); ++at) {
      if (at == out) continue;
      seen.columns.push_back(ids[at]);
      seen.values.push_back(people.row_values(person)[at]);
    }
    seen.begins.push_back(static_cast<std::uint32_t>(seen.columns.size()));
  }
  const SparseRows items = transposed(seen, kItems);
  const AlsParameters p{.factors = 32, .l2 = 0.01, .unobserved = 0.1, .frequency_power = 0.8};
  ImplicitAls als(seen, items, p);
  Matrix h = dense(als.items());
  Matrix w = Matrix::Zero(seen.rows(), h.cols());
  Crew crew(2);
  for (int round = 0; round < 8; ++round) {
    ASSERT_TRUE(als.iterate(crew));
    solve_exactly(seen, p, h, w);
    solve_exactly(items, p, w, h);
  }
  const double exact = objective_of(seen, items, p, w, h);
  EXPECT_NEAR(als.objective() / exact, 1, 0.002);
  const Matrix mine = dense(als.people()), theirs = dense(als.items());
  EXPECT_NEAR(objective_of(seen, items, p, mine, theirs) / als.objective(), 1, 1e-4);
  const double recall = recall_at_10(seen, hidden, w * h.transpose());
  EXPECT_GT(recall, 0.3) << "there is something to be learned";
  EXPECT_NEAR(recall_at_10(seen, hidden, mine * theirs.transpose()), recall, 0.02);
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
