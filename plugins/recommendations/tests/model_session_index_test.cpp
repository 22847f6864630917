#include "plugins/recommendations/model/session_index.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "plugins/recommendations/model/repeat_model.hpp"
#include "plugins/recommendations/tests/model_fixtures.hpp"

namespace souk::recommendations {
namespace {

std::vector<ItemId> items_of(const SessionIndex& index, SessionOrdinal session) {
  std::vector<ItemId> out(SessionIndex::kLongestSession);
  out.resize(index.items_of(session, out.data()));
  return out;
}

std::vector<SessionOrdinal> sessions_of(const SessionIndex& index, ItemId item,
                                        std::uint32_t most = 4096) {
  std::vector<SessionOrdinal> out(most);
  out.resize(index.sessions_of(item, most, out.data()));
  return out;
}

TEST(SessionIndex, KnowsNothingAtFirst) {
  const SessionIndex index({.max_items = 10});
  EXPECT_EQ(index.find("a"), kNoSession);
  EXPECT_TRUE(items_of(index, 0).empty());
  EXPECT_TRUE(items_of(index, kNoSession).empty());
  EXPECT_TRUE(sessions_of(index, 3).empty());
  EXPECT_TRUE(sessions_of(index, kNoItem).empty());
  EXPECT_EQ(index.session_count(3), 0u);
}

TEST(SessionIndex, RefusesItemsBeyondItsLimit) {
  SessionIndex index({.max_items = 10});
  EXPECT_EQ(index.observe("a", 10, 0), kNoSession);
  EXPECT_EQ(index.drops().clicks_of_unknown_items, 1u);
}

TEST(SessionIndex, KeepsClicksInOrderAndPostsAnItemOnceASession) {
  SessionIndex index({.max_items = 10});
  for (const ItemId item : {1u, 2u, 1u, 1u, 3u})
    EXPECT_EQ(index.observe("a", item, 0), 0u);
  EXPECT_EQ(index.observe("b", 1, 0), 1u);
  EXPECT_EQ(items_of(index, 0), (std::vector<ItemId>{1, 2, 1, 1, 3}));
  EXPECT_EQ(sessions_of(index, 1), (std::vector<SessionOrdinal>{1, 0}));
  EXPECT_EQ(sessions_of(index, 1, 1), (std::vector<SessionOrdinal>{1}));
  EXPECT_EQ(index.session_count(1), 2u);
  EXPECT_EQ(index.find("b"), 1u);
}

TEST(SessionIndex, ReportsWhatASessionHeldBeforeTheClick) {
  SessionIndex index({.max_items = 10});
  ItemId before[SessionIndex::kLongestSession];
  std::uint32_t size = 9;
  index.observe("a", 4, 0, before, &size);
  EXPECT_EQ(size, 0u);
  index.observe("a", 5, 0, before, &size);
  ASSERT_EQ(size, 1u);
  EXPECT_EQ(before[0], 4u);
}

TEST(SessionIndex, ALongSessionKeepsItsNewestClicks) {
  SessionIndex index({.max_items = 100, .session_items = 5, .clicks_per_session = 12});
  for (ItemId item = 0; item < 12; ++item)
    index.observe("a", item, 0);
  EXPECT_EQ(items_of(index, 0), (std::vector<ItemId>{7, 8, 9, 10, 11}));
  EXPECT_EQ(index.observe("a", 50, 0), kNoSession);
  EXPECT_EQ(index.drops().clicks_beyond_session, 1u);
}

TEST(SessionIndex, APauseBeginsANewSession) {
  constexpr std::int64_t kSecondUs = 1'000'000;
  SessionIndex index({.max_items = 100, .session_gap_us = 10 * kSecondUs});
  EXPECT_EQ(index.observe("a", 1, 0), 0u);
  EXPECT_EQ(index.observe("a", 2, 10 * kSecondUs), 0u);
  EXPECT_EQ(index.observe("a", 3, 5 * kSecondUs), 0u);  // late, not early
  EXPECT_EQ(index.observe("a", 4, 21 * kSecondUs), 1u);
  EXPECT_EQ(index.find("a"), 1u);
  EXPECT_EQ(items_of(index, 0), (std::vector<ItemId>{1, 2, 3}));
  index.forget("a");
  EXPECT_TRUE(items_of(index, 0).empty());
  EXPECT_TRUE(items_of(index, 1).empty());
}

TEST(SessionIndex, TheOldestSessionsGiveWay) {
  SessionIndex index({.max_items = 100, .max_sessions = 3});
  for (int s = 0; s < 10; ++s)
    index.observe("s" + std::to_string(s), 7, 0);
  EXPECT_TRUE(items_of(index, 6).empty());
  for (SessionOrdinal s = 7; s < 10; ++s)
    EXPECT_EQ(items_of(index, s).size(), 1u);
  EXPECT_EQ(index.find("s6"), kNoSession);
  EXPECT_EQ(index.find("s9"), 9u);
  EXPECT_EQ(index.drops().sessions_retired, 7u);
  // A key that comes back after it was retired is a new session.
  EXPECT_EQ(index.observe("s0", 8, 0), 10u);
}

TEST(SessionIndex, MemoryStaysWithinItsBound) {
  SessionIndex index(
      {.max_items = 64, .max_sessions = 64, .session_items = 8, .sessions_per_item = 8});
  std::size_t after_warm_up = 0;
  const auto clicks = testing::random_clicks(3, 20'000, 64, 100'000);
  for (std::size_t i = 0; i < clicks.size(); ++i) {
    index.observe(clicks[i].session, clicks[i].item, clicks[i].time_us);
    if (i == clicks.size() / 4) after_warm_up = index.memory_bytes();
  }
  EXPECT_EQ(index.memory_bytes(), after_warm_up);
  EXPECT_EQ(index.drops().clicks_without_memory, 0u);
}

// Against maps and deques, with limits small enough that every ring turns many times.
TEST(SessionIndex, AgreesWithAPlainModelUnderTinyLimits) {
  const SessionIndexLimits limits{.max_items = 20,
                                  .max_sessions = 12,
                                  .session_items = 5,
                                  .sessions_per_item = 4,
                                  .clicks_per_session = 1000};
  SessionIndex index(limits);
  std::map<std::string, SessionOrdinal> open;
  std::vector<std::deque<ItemId>> sessions;
  std::map<ItemId, std::deque<SessionOrdinal>> postings;
  for (const auto& click : testing::random_clicks(11, 400, 20, 6000)) {
    auto at = open.find(click.session);
    if (at == open.end() || at->second + limits.max_sessions < sessions.size() + 0u ||
        sessions.size() - at->second > limits.max_sessions) {
      open[click.session] = static_cast<SessionOrdinal>(sessions.size());
      sessions.emplace_back();
      at = open.find(click.session);
    }
    auto& held = sessions[at->second];
    if (std::find(held.begin(), held.end(), click.item) == held.end()) {
      postings[click.item].push_front(at->second);
      if (postings[click.item].size() > limits.sessions_per_item) postings[click.item].pop_back();
    }
    held.push_back(click.item);
    if (held.size() > limits.session_items) held.pop_front();
    ASSERT_EQ(index.observe(click.session, click.item, click.time_us), at->second);
    const std::vector<ItemId> expected(held.begin(), held.end());
    ASSERT_EQ(items_of(index, at->second), expected);
    const auto& posting = postings[click.item];
    ASSERT_EQ(sessions_of(index, click.item),
              std::vector<SessionOrdinal>(posting.begin(), posting.end()));
  }
}

// Rings of many lengths as they fill and turn, two at a time so that blocks change hands.
TEST(SessionIndex, SessionsOfEveryLengthKeepTheirNewestClicks) {
  for (const std::uint32_t ring : {2u, 9u, 10u, 11u, 12u, 30u, 64u}) {
    SessionIndex index({.max_items = 1000, .session_items = ring});
    for (int life = 0; life < 3; ++life) {
      std::deque<ItemId> held;
      for (ItemId item = 0; item < 200; ++item) {
        ASSERT_EQ(index.observe("a", item, 0), 0u);
        ASSERT_EQ(index.observe("b", item + 500, 0), 1u);
        held.push_back(item);
        if (held.size() > ring) held.pop_front();
        ASSERT_EQ(items_of(index, 0), std::vector<ItemId>(held.begin(), held.end())) << ring;
        ASSERT_EQ(items_of(index, 1).front(), held.front() + 500) << ring;
      }
      index.forget("a");
      index.forget("b");
      EXPECT_TRUE(items_of(index, 0).empty());
    }
  }
}

TEST(RepeatModel, CountsReturnsByDistance) {
  RepeatModel model;
  EXPECT_DOUBLE_EQ(model.probability(1, 0), 1.0 / 100);
  model.observe({}, 5);
  EXPECT_EQ(model.clicks(), 0u);
  const std::vector<ItemId> distinct{3, 2, 1};
  for (int i = 0; i < 100; ++i)
    model.observe(distinct, 2);
  for (int i = 0; i < 100; ++i)
    model.observe(distinct, 9);
  EXPECT_EQ(model.clicks(), 200u);
  EXPECT_EQ(model.repeats(), 100u);
  EXPECT_DOUBLE_EQ(model.probability(3, 1), 101.0 / 300);
  EXPECT_DOUBLE_EQ(model.probability(3, 0), 1.0 / 300);
  EXPECT_DOUBLE_EQ(model.probability(2, 0), 1.0 / 100);
  EXPECT_LE(model.probability(1000, 900), 1.0);
}

TEST(DistinctNewestFirst, KeepsTheNewestPlaceOfEach) {
  const std::vector<ItemId> session{1, 2, 3, 2, kNoItem, 1, 1};
  ItemId out[8];
  ASSERT_EQ(distinct_newest_first(session, 8, out), 3u);
  EXPECT_EQ(std::vector<ItemId>(out, out + 3), (std::vector<ItemId>{1, 2, 3}));
  EXPECT_EQ(distinct_newest_first(session, 2, out), 2u);
  EXPECT_EQ(distinct_newest_first({}, 8, out), 0u);
}

}  // namespace
}  // namespace souk::recommendations
