// The latent space and what it is made of: wrong input first, then known answers.
#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "plugins/search/model/byte_vectors.hpp"
#include "plugins/search/model/latent_space.hpp"
#include "plugins/search/model/latent_text.hpp"
#include "plugins/search/model/randomised_svd.hpp"
#include "plugins/search/tests/text_fixtures.hpp"

namespace souk::search {
namespace {

const std::function<bool()> kGoOn = [] { return false; };
const std::function<void(double)> kUnheard = [](double) {};

SparseRows rows_of(const Eigen::MatrixXf& dense) {
  SparseRows made;
  made.columns = static_cast<std::uint32_t>(dense.cols());
  for (Eigen::Index row = 0; row < dense.rows(); ++row) {
    for (Eigen::Index column = 0; column < dense.cols(); ++column) {
      if (dense(row, column) != 0) {
        made.add(static_cast<std::uint32_t>(column), dense(row, column));
      }
    }
    made.end_row();
  }
  return made;
}

/// The same numbers every time.
float noise(std::uint32_t& state) {
  state = state * 1664525U + 1013904223U;
  return static_cast<float>(state >> 8) / static_cast<float>(1U << 24);
}

TEST(RandomisedSvd, AMatrixOfNothingHasNoValues) {
  Svd svd;
  EXPECT_TRUE(truncated_svd(SparseRows(), {}, svd));
  EXPECT_EQ(svd.values.size(), 0);
  EXPECT_TRUE(truncated_svd(rows_of(Eigen::MatrixXf::Zero(5, 3)), {}, svd));
  EXPECT_EQ(svd.values.size(), 0);
}

TEST(RandomisedSvd, RowsThatAreAllTheSameHaveOneDirection) {
  Eigen::MatrixXf same(40, 6);
  for (Eigen::Index row = 0; row < 40; ++row)
    same.row(row) << 1, 0, 2, 0, 0, 2;
  Svd svd;
  ASSERT_TRUE(truncated_svd(rows_of(same), {.rank = 4}, svd));
  ASSERT_EQ(svd.values.size(), 1);
  EXPECT_NEAR(svd.values[0], 3 * std::sqrt(40.0F), 1e-3);
  EXPECT_NEAR(std::abs(svd.right(2, 0)), 2.0F / 3, 1e-4);
}

TEST(RandomisedSvd, StopsWhenCancelled) {
  SvdOptions options;
  options.cancelled = [] { return true; };
  Svd svd;
  EXPECT_FALSE(truncated_svd(rows_of(Eigen::MatrixXf::Ones(10, 5)), options, svd));
}

TEST(RandomisedSvd, AgreesWithTheWholeDecomposition) {
  Eigen::MatrixXf dense = Eigen::MatrixXf::Zero(60, 30);
  std::uint32_t state = 7;
  for (Eigen::Index i = 0; i < dense.size(); ++i) {
    if (noise(state) < 0.3F) dense.data()[i] = noise(state);
  }
  // A spectrum that falls, as that of texts does.
  for (Eigen::Index column = 0; column < 30; ++column)
    dense.col(column) *= std::pow(0.85F, static_cast<float>(column));
  SvdOptions options;
  options.rank = 8;
  options.iterations = 4;
  Svd svd;
  ASSERT_TRUE(truncated_svd(rows_of(dense), options, svd));
  const Eigen::JacobiSVD<Eigen::MatrixXf> whole(dense, Eigen::ComputeThinV);
  ASSERT_EQ(svd.values.size(), 8);
  for (Eigen::Index i = 0; i < 8; ++i) {
    EXPECT_NEAR(svd.values[i], whole.singularValues()[i], 1e-2F * whole.singularValues()[0]) << i;
  }
  for (Eigen::Index i = 0; i < 3; ++i) {
    const float same = std::abs(svd.right.col(i).dot(whole.matrixV().col(i)));
    EXPECT_GT(same, 0.995F) << i;
  }
  Svd again;
  ASSERT_TRUE(truncated_svd(rows_of(dense), options, again));
  EXPECT_EQ(svd.right, again.right);
}

TEST(ByteVectors, WhatIsNoNumberHasNoDirection) {
  std::vector<std::int8_t> bytes(3, 1);
  EXPECT_FALSE(to_byte_direction(std::vector<float>{0, 0, 0}, bytes));
  EXPECT_FALSE(
      to_byte_direction(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN(), 0}, bytes));
  EXPECT_FALSE(
      to_byte_direction(std::vector<float>{1, std::numeric_limits<float>::infinity(), 0}, bytes));
  EXPECT_EQ(bytes, std::vector<std::int8_t>(3, 0));
}

TEST(ByteVectors, OtherDimensionsAreNeverNear) {
  ByteVectors vectors(1, 4);
  vectors.set(0, std::vector<float>{1, 0, 0, 0});
  const ByteQuery query(std::vector<float>{1, 0, 0});
  EXPECT_EQ(query.cosine(vectors, 0), 0);
  std::vector<ByteVectors::Near> near;
  query.nearest(vectors, DocSet(1, true), 5, 0, near);
  EXPECT_TRUE(near.empty());
}

TEST(ByteVectors, CosinesAreThoseOfTheOriginals) {
  constexpr std::uint32_t kDimensions = 67;  // no multiple of what an instruction takes
  std::uint32_t state = 3;
  std::vector<std::vector<float>> originals(50, std::vector<float>(kDimensions));
  ByteVectors vectors(50, kDimensions);
  for (DocId doc = 0; doc < 50; ++doc) {
    for (float& value : originals[doc])
      value = 8 * (noise(state) - 0.4F);
    vectors.set(doc, originals[doc]);
  }
  const ByteQuery query(originals[0]);
  const auto cosine = [&](const std::vector<float>& a, const std::vector<float>& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / std::sqrt(aa * bb);
  };
  for (DocId doc = 0; doc < 50; ++doc) {
    EXPECT_NEAR(query.cosine(vectors, doc), cosine(originals[0], originals[doc]), 0.01) << doc;
  }
  DocSet odd(50);
  for (DocId doc = 1; doc < 50; doc += 2)
    odd.add(doc);
  std::vector<ByteVectors::Near> near;
  query.nearest(vectors, odd, 5, -1, near);
  ASSERT_EQ(near.size(), 5u);
  for (std::size_t i = 0; i < near.size(); ++i) {
    EXPECT_EQ(near[i].doc % 2, 1u);
    if (i > 0) {
      EXPECT_GE(near[i - 1].cosine, near[i].cosine);
    }
  }
}

/// Directions around so many topics; the same for the same seed.
ByteVectors scattered(std::uint32_t documents, std::uint32_t dimensions, std::uint32_t topics) {
  std::uint32_t state = 7;
  std::vector<std::vector<float>> middles(topics, std::vector<float>(dimensions));
  for (auto& middle : middles) {
    for (float& value : middle)
      value = noise(state) - 0.5F;
  }
  ByteVectors made(documents, dimensions);
  std::vector<float> direction(dimensions);
  for (DocId doc = 0; doc + 1 < documents; ++doc) {  // the last one has none
    for (std::uint32_t i = 0; i < dimensions; ++i)
      direction[i] = middles[doc % topics][i] + 0.6F * (noise(state) - 0.5F);
    made.set(doc, direction);
  }
  return made;
}

TEST(ByteVectors, FewAreNotArranged) {
  ByteVectors none;
  none.arrange();
  EXPECT_EQ(none.groups(), 0u);
  ByteVectors few = scattered(500, 32, 10);
  few.arrange();
  EXPECT_EQ(few.groups(), 0u);
}

TEST(ByteVectors, ArrangedOnesStayWhatTheyWere) {
  const ByteVectors plain = scattered(9'000, 40, 60);
  ByteVectors arranged = scattered(9'000, 40, 60);
  arranged.arrange();
  ASSERT_GT(arranged.groups(), 10u);
  for (DocId doc = 0; doc < 9'000; ++doc) {
    ASSERT_TRUE(
        std::equal(plain.bytes(doc).begin(), plain.bytes(doc).end(), arranged.bytes(doc).begin()));
    ASSERT_EQ(arranged.has(doc), doc != 8'999);
  }
  DocSet few(9'000);
  for (DocId doc = 0; doc < 9'000; doc += 30)
    few.add(doc);
  const DocSet all(9'000, true);
  std::vector<ByteVectors::Near> exact, found;
  std::size_t same = 0;
  for (DocId asked = 0; asked < 100; ++asked) {
    std::vector<float> direction(plain.bytes(asked).begin(), plain.bytes(asked).end());
    const ByteQuery query(direction);
    query.nearest(plain, few, 20, -1, exact);
    query.nearest(arranged, few, 20, -1, found);
    ASSERT_EQ(found.size(), exact.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      ASSERT_EQ(found[i].doc, exact[i].doc);  // of few all are looked at
    query.nearest(plain, all, 20, 0.3F, exact);
    query.nearest(arranged, all, 20, 0.3F, found);
    ASSERT_EQ(found.front().doc, asked);
    for (const ByteVectors::Near& near : found) {
      same += std::any_of(exact.begin(), exact.end(), [&](const auto& e) {
        return e.doc == near.doc && e.cosine == near.cosine;
      });
    }
  }
  EXPECT_GT(same, 1'900u);  // of 2,000
}

LatentProducts listed(const std::vector<std::vector<LatentWord>>& products) {
  return [&products](const auto& take) {
    for (const auto& words : products)
      take(words);
  };
}

TEST(LatentSpace, OneProductOrNoTextIsTooLittle) {
  const std::vector<std::vector<LatentWord>> one = {{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}}};
  EXPECT_EQ(learn_latent_space(listed(one), {}, kGoOn, kUnheard).status().code(),
            Code::failed_precondition);
  const std::vector<std::vector<LatentWord>> empty(1000);
  EXPECT_EQ(learn_latent_space(listed(empty), {}, kGoOn, kUnheard).status().code(),
            Code::failed_precondition);
}

TEST(LatentSpace, OneProductManyTimesSaysNothing) {
  const std::vector<std::vector<LatentWord>> same(500, {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}});
  EXPECT_EQ(learn_latent_space(listed(same), {}, kGoOn, kUnheard).status().code(),
            Code::failed_precondition);
}

/// Topics of ten words; each product has four of one topic and one word of any.
std::vector<std::vector<LatentWord>> planted(std::uint32_t products, std::uint32_t topics) {
  std::vector<std::vector<LatentWord>> made(products);
  std::uint32_t state = 11;
  for (std::uint32_t i = 0; i < products; ++i) {
    const std::uint64_t topic = i % topics;
    for (int n = 0; n < 4; ++n)
      made[i].push_back({1 + topic * 10 + static_cast<std::uint64_t>(noise(state) * 10), 1});
    made[i].push_back(
        {1 + static_cast<std::uint64_t>(noise(state) * 10.0F * static_cast<float>(topics)), 1});
    unite(made[i]);
  }
  return made;
}

TEST(LatentSpace, WithoutTimeOrWhenCancelledNothingIsLearned) {
  const auto products = planted(400, 8);
  LatentLimits limits;
  limits.budget_s = 0;
  EXPECT_EQ(learn_latent_space(listed(products), limits, kGoOn, kUnheard).status().code(),
            Code::deadline_exceeded);
  for (int when : {0, 1, 3, 5}) {
    int asked = 0;
    const auto cancelled = [&] { return asked++ >= when; };
    EXPECT_EQ(learn_latent_space(listed(products), {}, cancelled, kUnheard).status().code(),
              Code::cancelled)
        << when;
  }
}

TEST(LatentSpace, WordsOfATopicLeadToItsProducts) {
  constexpr std::uint32_t kTopics = 8;
  const auto products = planted(400, kTopics);
  LatentLimits limits;
  limits.dimensions = kTopics;
  double told = 0;
  const auto space = learn_latent_space(listed(products), limits, kGoOn, [&](double share) {
    EXPECT_GE(share, told);
    told = share;
  });
  ASSERT_TRUE(space.ok()) << space.status().message();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(space->learned_from(), 400u);
  std::vector<float> sum(space->dimensions());
  ByteVectors vectors(400, space->dimensions());
  for (DocId doc = 0; doc < 400; ++doc) {
    space->fold(products[doc], sum);
    vectors.set(doc, sum);
  }
  std::size_t right = 0;
  for (std::uint64_t topic = 0; topic < kTopics; ++topic) {
    const std::vector<LatentWord> two = {{1 + topic * 10 + 2, 1}, {1 + topic * 10 + 7, 1}};
    EXPECT_GT(space->fold(two, sum), 0.99F);
    std::vector<ByteVectors::Near> near;
    ByteQuery(sum).nearest(vectors, DocSet(400, true), 40, 0, near);
    for (const auto& each : near)
      right += each.doc % kTopics == topic ? 1 : 0;
  }
  EXPECT_GT(right, 300u) << "of 320";
  // What was not learned is told apart from what was.
  EXPECT_EQ(space->fold(std::vector<LatentWord>{{999'999, 1}}, sum), 0);
  EXPECT_LT(space->fold(std::vector<LatentWord>{{999'999, 1}, {3, 1}}, sum), 0.6F);
}

TEST(LatentSpace, MoreProductsThanMayBeLearnedFromAreSpread) {
  const auto products = planted(400, 8);
  LatentLimits limits;
  limits.max_products = 100;
  const auto space = learn_latent_space(listed(products), limits, kGoOn, kUnheard);
  ASSERT_TRUE(space.ok());
  EXPECT_EQ(space->learned_from(), 100u);
}

TEST(LatentText, ReadsWhatProductsSayOnce) {
  const auto index = TextIndex::build(
      std::vector<Document>{testing::titled("Warm blankets for the winter 120")}, {});
  LatentWords words({Language::kEnglish});
  EXPECT_EQ(words.key("the"), 0u);
  EXPECT_EQ(words.key("15.6"), 0u);
  EXPECT_NE(words.key("ps4"), 0u);
  EXPECT_EQ(words.key("blanket"), words.key("blankets"));
  std::vector<LatentWord> read;
  LatentSegment(*index).read(0, read);
  ASSERT_EQ(read.size(), 3u);
  std::vector<LatentWord> asked;
  words.read("blanket, blankets! winter", 1, asked);
  EXPECT_EQ(asked.size(), 2u);
}

}  // namespace
}  // namespace souk::search
