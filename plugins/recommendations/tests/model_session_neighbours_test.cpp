#include "plugins/recommendations/model/session_neighbours.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "plugins/recommendations/tests/model_fixtures.hpp"

namespace souk::recommendations {
namespace {
using testing::Click;
using testing::NaiveSessionNeighbours;
using testing::random_clicks;

SessionNeighboursSettings small_session_model() {
  SessionNeighboursSettings settings;
  settings.limits.max_items = 1000;
  settings.limits.max_sessions = 1000;
  return settings;
}

std::vector<Candidate> predict(const SessionNeighbours& model, std::vector<ItemId> session,
                               std::size_t k = 20) {
  PredictScratch scratch;
  std::vector<Candidate> out;
  model.predict(session, k, scratch, out);
  return out;
}

TEST(SessionNeighboursSettings, NamesTheSettingThatIsOutOfRange) {
  SessionNeighboursSettings settings;
  EXPECT_TRUE(validate(settings).ok());
  settings.hop_weight = 2.5;
  Status status = validate(settings);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_EQ(status.field(), "hop_weight");
  EXPECT_NE(status.message().find("2.5"), std::string::npos) << status.message();
  settings = {};
  settings.recency = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(validate(settings).field(), "recency");
  settings = {};
  settings.limits.session_items = 65;
  EXPECT_EQ(validate(settings).field(), "session_items");
  settings = {};
  settings.query_items = 0;
  EXPECT_EQ(validate(settings).field(), "query_items");
}

TEST(SessionNeighboursSettings, OutOfRangeValuesAreBroughtIntoRange) {
  SessionNeighboursSettings settings;
  settings.query_items = 1'000'000;
  settings.recency = std::numeric_limits<double>::quiet_NaN();
  settings.neighbours = 0;
  const SessionNeighbours model(settings);
  EXPECT_TRUE(validate(model.settings()).ok());
}

TEST(SessionNeighbours, NothingKnownGivesAnEmptyAnswer) {
  SessionNeighbours model(small_session_model());
  EXPECT_TRUE(predict(model, {}).empty());
  EXPECT_TRUE(predict(model, {1, 2, 3}).empty());
  ASSERT_TRUE(model.observe("a", 1, 0));
  EXPECT_TRUE(predict(model, {7}).empty());
  EXPECT_TRUE(predict(model, {kNoItem, 4'000'000'000u}).empty());
  EXPECT_TRUE(predict(model, {1}, 0).empty());
}

TEST(SessionNeighbours, AnItemBeyondTheLimitIsDroppedAndCounted) {
  SessionNeighbours model(small_session_model());
  EXPECT_FALSE(model.observe("a", 1000, 0));
  EXPECT_FALSE(model.observe("a", kNoItem, 0));
  EXPECT_EQ(model.index().drops().clicks_of_unknown_items, 2u);
  EXPECT_EQ(model.index().sessions_seen(), 0u);
}

// Weights 1 and ½, halving with each click of distance, ½ for what stands before a match.
TEST(SessionNeighbours, ScoresAsByHand) {
  SessionNeighboursSettings settings = small_session_model();
  settings.position_decay = settings.ahead_decay = settings.behind_decay = 1 / std::log(2.0);
  settings.behind_weight = 0.5;
  settings.idf_power = settings.length_power = settings.recency = settings.popularity_power = 0;
  settings.hop_weight = 0;
  SessionNeighbours model(settings);
  for (const ItemId item : {1u, 2u, 3u})
    model.observe("first", item, 0);
  for (const ItemId item : {2u, 4u})
    model.observe("second", item, 0);
  // Session [1 2]: the first neighbour has similarity 1½ and gives ¾ 1, ¾ 2, 1½ 3; the second has 1
  // and gives 1 4. Of a session with two items, either was repeated in 0 of 1 clicks: 1/101.
  const std::vector<Candidate> out = predict(model, {1, 2});
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[0].item, 3u);
  EXPECT_NEAR(out[0].score, 0.6 * 99 / 101, 1e-6);
  EXPECT_EQ(out[0].support, 1u);
  EXPECT_EQ(out[0].because, 2u);
  EXPECT_FALSE(out[0].in_session);
  EXPECT_EQ(out[1].item, 4u);
  EXPECT_NEAR(out[1].score, 0.4 * 99 / 101, 1e-6);
  EXPECT_EQ(out[2].item, 1u);
  EXPECT_NEAR(out[2].score, 1.0 / 101 + 0.25 * 0.75 / 4, 1e-6);
  EXPECT_EQ(out[2].because, 2u);
  EXPECT_TRUE(out[2].in_session);
  EXPECT_EQ(out[3].item, 2u);
  EXPECT_NEAR(out[3].score, out[2].score, 1e-9);
  EXPECT_EQ(out[3].because, 1u);
}

TEST(SessionNeighbours, AClickChangesTheVeryNextAnswer) {
  SessionNeighbours model(small_session_model());
  model.observe("a", 1, 0);
  model.observe("a", 2, 1);
  EXPECT_EQ(predict(model, {1})[0].item, 2u);
  for (int i = 0; i < 3; ++i) {
    const std::string session = "b" + std::to_string(i);
    model.observe(session, 1, 2);
    model.observe(session, 3, 3);
  }
  EXPECT_EQ(predict(model, {1})[0].item, 3u);
}

TEST(SessionNeighbours, ASecondHopReachesItemsThatNoNeighbourHolds) {
  SessionNeighboursSettings settings = small_session_model();
  SessionNeighbours with(settings);
  settings.hop_weight = 0;
  SessionNeighbours without(settings);
  for (SessionNeighbours* model : {&with, &without}) {
    for (const ItemId item : {1u, 2u})
      model->observe("a", item, 0);
    for (const ItemId item : {2u, 3u})
      model->observe("b", item, 0);
  }
  const auto proposes = [](const SessionNeighbours& model, ItemId item) {
    for (const Candidate& c : predict(model, {1})) {
      if (c.item == item) return c.because == 1u && c.support > 0;
    }
    return false;
  };
  EXPECT_TRUE(proposes(with, 3));
  EXPECT_FALSE(proposes(without, 3));
}

TEST(SessionNeighbours, ForgottenSessionsArgueNoMore) {
  SessionNeighbours model(small_session_model());
  for (const ItemId item : {1u, 2u})
    model.observe("private", item, 0);
  for (const ItemId item : {1u, 3u})
    model.observe("other", item, 0);
  model.forget("private");
  for (const Candidate& c : predict(model, {1}))
    EXPECT_NE(c.item, 2u);
  EXPECT_EQ(predict(model, {1})[0].item, 3u);
  std::vector<ItemId> items;
  model.session_items("private", items);
  EXPECT_TRUE(items.empty());
  model.session_items("other", items);
  EXPECT_EQ(items, (std::vector<ItemId>{1, 3}));
}

TEST(SessionNeighbours, ManyClicksOfOneSessionStayCheapAndCorrect) {
  SessionNeighbours model(small_session_model());
  for (std::uint32_t i = 0; i < 100'000; ++i)
    model.observe("robot", i % 1000, i);
  EXPECT_EQ(model.index().drops().clicks_beyond_session, 100'000u - 500u);
  std::vector<ItemId> long_session;
  for (ItemId i = 0; i < 1000; ++i)
    long_session.push_back(i % 1000);
  EXPECT_LE(predict(model, long_session).size(), 20u);
}

TEST(SessionNeighbours, AUsedScratchGivesTheSameAnswersAsANewOne) {
  SessionNeighbours model(small_session_model());
  for (const Click& c : random_clicks(1, 200, 60, 2000))
    model.observe(c.session, c.item, c.time_us);
  PredictScratch scratch;
  std::vector<Candidate> out;
  for (ItemId item = 0; item < 60; ++item) {
    model.predict(std::vector<ItemId>{item, (item * 7) % 60}, 20, scratch, out);
    const std::vector<Candidate> fresh = predict(model, {item, (item * 7) % 60});
    ASSERT_EQ(out.size(), fresh.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      EXPECT_EQ(out[i].item, fresh[i].item);
      EXPECT_EQ(out[i].score, fresh[i].score);
    }
  }
}

class AgainstNaive : public ::testing::TestWithParam<std::uint32_t> {};

// With caps out of reach the index must give what a comparison with every session gives.
TEST_P(AgainstNaive, GivesTheSameScores) {
  SessionNeighboursSettings settings = small_session_model();
  std::mt19937 random(GetParam());
  const auto between = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  settings.query_items = 16;
  settings.limits.session_items = 64;
  settings.limits.sessions_per_item = 4096;
  settings.sessions_scanned = settings.neighbours = settings.hop_sessions = 4096;
  settings.hop_below = 100'000;
  settings.position_decay = between(0.5, 5);
  settings.idf_power = between(0, 2);
  settings.length_power = between(0, 1);
  settings.recency = between(0, 2);
  settings.ahead_decay = between(0.5, 6);
  settings.behind_decay = between(0.5, 6);
  settings.behind_weight = between(0, 1);
  settings.popularity_power = between(0, 1);
  settings.hop_weight = GetParam() % 3 == 0 ? 0 : between(0.1, 1);
  settings.hop_items = 16;
  SessionNeighbours model(settings);
  NaiveSessionNeighbours naive(settings);
  for (const Click& c : random_clicks(GetParam(), 60, 12 + GetParam() * 2, 300)) {
    ASSERT_TRUE(model.observe(c.session, c.item, c.time_us));
    naive.observe(c.session, c.item);
  }
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<ItemId> session(1 + random() % 6);
    for (ItemId& item : session)
      item = static_cast<ItemId>(random() % 12);
    const std::vector<Candidate> expected = naive.predict(session);
    const std::vector<Candidate> found = predict(model, session, 1000);
    std::map<ItemId, double> by_item;
    for (const Candidate& c : expected)
      by_item[c.item] = c.score;
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_TRUE(by_item.contains(found[i].item));
      // Recency is tabulated in 1,024 steps, and the chosen hop may differ between near ties.
      EXPECT_NEAR(found[i].score, by_item[found[i].item], 2e-3 * by_item[found[i].item] + 1e-5);
      if (i > 0) {
        EXPECT_GE(found[i - 1].score, found[i].score);
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, AgainstNaive, ::testing::Range(1u, 13u));

TEST(SessionNeighbours, LimitsChangeWhatIsReadNotWhetherItIsSound) {
  SessionNeighboursSettings settings = small_session_model();
  settings.limits.max_sessions = 16;
  settings.limits.sessions_per_item = 4;
  settings.limits.session_items = 3;
  settings.query_items = 2;
  settings.neighbours = 3;
  SessionNeighbours model(settings);
  for (const Click& c : random_clicks(5, 500, 40, 5000))
    model.observe(c.session, c.item, c.time_us);
  for (ItemId item = 0; item < 40; ++item) {
    double last = 10;
    for (const Candidate& c : predict(model, {item, (item + 1) % 40, (item + 2) % 40})) {
      EXPECT_LT(c.item, 40u);
      EXPECT_TRUE(std::isfinite(c.score));
      EXPECT_LE(c.score, last);
      last = c.score;
    }
  }
  EXPECT_GT(model.index().drops().sessions_retired, 0u);
  EXPECT_GT(model.index().drops().postings_retired, 0u);
}

std::vector<std::pair<ItemId, double>> scores_of(const std::vector<Candidate>& list) {
  std::vector<std::pair<ItemId, double>> out;
  for (const Candidate& candidate : list)
    out.emplace_back(candidate.item, candidate.score);
  return out;
}

// In a shop of so few clicks every click makes what is remembered out of date.
TEST(SessionNeighbours, WhatIsRememberedOfAnItemIsWhatWouldBePredicted) {
  SessionNeighbours model(small_session_model());
  PredictScratch scratch;
  std::vector<Candidate> remembered;
  for (const Click& click : random_clicks(5, 6, 12, 30)) {
    ASSERT_TRUE(model.observe(click.session, click.item, click.time_us));
    for (ItemId item = 0; item < 12; ++item) {
      for (const std::size_t k : {32u, 5u, 40u}) {
        model.predict_beside(item, k, scratch, remembered);
        ASSERT_EQ(scores_of(remembered), scores_of(predict(model, {item}, k))) << item;
      }
    }
  }
}

TEST(SessionNeighbours, AClickInAVisitOfTheItemAndForgettingAreSeenAtOnce) {
  SessionNeighbours model(small_session_model());
  for (const Click& click : random_clicks(6, 300, 100, 3000))
    ASSERT_TRUE(model.observe(click.session, click.item, click.time_us));
  PredictScratch scratch;
  std::vector<Candidate> before, after;
  ASSERT_TRUE(model.observe("now", 7, 0));
  model.predict_beside(7, 20, scratch, before);
  ASSERT_TRUE(model.observe("another", 900, 0));
  model.predict_beside(7, 20, scratch, after);
  EXPECT_EQ(scores_of(after), scores_of(before));
  ASSERT_TRUE(model.observe("now", 901, 0));
  model.predict_beside(7, 32, scratch, after);
  EXPECT_EQ(scores_of(after), scores_of(predict(model, {7}, 32)));
  EXPECT_NE(scores_of(after), scores_of(before));
  model.forget("now");
  model.predict_beside(7, 32, scratch, after);
  EXPECT_EQ(scores_of(after), scores_of(predict(model, {7}, 32)));
}

}  // namespace
}  // namespace souk::recommendations
