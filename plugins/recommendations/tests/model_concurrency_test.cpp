// One thread folds, others ask: every answer is whole, and ThreadSanitizer has nothing to say.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "plugins/recommendations/model/blender.hpp"
#include "plugins/recommendations/model/co_purchase.hpp"
#include "plugins/recommendations/model/history_neighbours.hpp"
#include "plugins/recommendations/model/segment_trends.hpp"
#include "plugins/recommendations/model/session_neighbours.hpp"
#include "plugins/recommendations/model/trending.hpp"
#include "plugins/recommendations/tests/model_fixtures.hpp"

namespace souk::recommendations {
namespace {

constexpr int kReaders = 3;

/// Runs `write` once while kReaders threads repeat `read(thread)` until it is done, and each at
/// least once.
template <class Write, class Read>
void while_writing(Write write, Read read) {
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < kReaders; ++r) {
    readers.emplace_back([&, r] {
      do {
        read(r);
      } while (!done.load());
    });
  }
  write();
  done.store(true);
  for (std::thread& reader : readers)
    reader.join();
}

TEST(Concurrency, NamesAreFoundWhileOthersAreAdded) {
  ItemDictionary dictionary(20'000);
  while_writing(
      [&] {
        for (int i = 0; i < 20'000; ++i)
          dictionary.intern("item-" + std::to_string(i));
      },
      [&](int) {
        const std::uint32_t size = dictionary.size();
        for (std::uint32_t i = 0; i < size; i += 1 + size / 50) {
          const std::string name(dictionary.name(i));
          ASSERT_EQ(name, "item-" + std::to_string(i));
          ASSERT_EQ(dictionary.find(name), i);
        }
        ASSERT_EQ(dictionary.find("never"), kNoItem);
      });
}

// Session n only ever holds items of residue n mod 8: a list that mixes two owners is noticed.
void check_lists_are_whole(std::uint32_t ring) {
  SessionIndex index({.max_items = 64,
                      .max_sessions = 32,
                      .session_items = ring,
                      .sessions_per_item = 8,
                      .clicks_per_session = 40});
  while_writing(
      [&] {
        for (std::uint32_t i = 0; i < 60'000; ++i) {
          // Four sessions are open at a time, each of up to thirty clicks, then gone for good.
          const std::uint32_t n = i / 120 * 4 + i % 4;
          const SessionOrdinal s =
              index.observe("s" + std::to_string(n), (i * 7 % 8) * 8 + n % 8, 0);
          ASSERT_EQ(s, n);
        }
      },
      [&](int) {
        ItemId items[SessionIndex::kLongestSession];
        std::vector<SessionOrdinal> posting(64);
        const std::uint32_t seen = index.sessions_seen();
        for (SessionOrdinal s = seen > 40 ? seen - 40 : 0; s < seen; ++s) {
          const std::uint32_t size = index.items_of(s, items);
          ASSERT_LE(size, ring);
          for (std::uint32_t i = 0; i < size; ++i)
            ASSERT_EQ(items[i] % 8, s % 8);
        }
        for (ItemId item = 0; item < 64; ++item) {
          const std::uint32_t size = index.sessions_of(item, 64, posting.data());
          for (std::uint32_t i = 0; i < size; ++i)
            ASSERT_EQ(posting[i] % 8, item % 8);
        }
        const SessionOrdinal found = index.find("s" + std::to_string(seen));
        if (found != kNoSession) {
          ASSERT_EQ(found, seen);
        }
      });
}

// A ring that a slot holds, and one that moves into a block.
TEST(Concurrency, ListsAreWholeWhileTheyGrowTurnAndAreReused) {
  check_lists_are_whole(8);
  check_lists_are_whole(16);
}

TEST(Concurrency, PredictionsWhileClicksAndForgettingArrive) {
  SessionNeighboursSettings settings;
  settings.limits = {
      .max_items = 50, .max_sessions = 64, .session_items = 6, .sessions_per_item = 16};
  SessionNeighbours model(settings);
  const auto clicks = testing::random_clicks(9, 2000, 50, 20'000);
  while_writing(
      [&] {
        for (std::size_t i = 0; i < clicks.size(); ++i) {
          ASSERT_TRUE(model.observe(clicks[i].session, clicks[i].item, clicks[i].time_us));
          if (i % 50 == 0) model.forget(clicks[i].session);
        }
      },
      [&](int r) {
        thread_local PredictScratch scratch;
        thread_local std::vector<Candidate> out;
        for (ItemId item = 0; item < 50; ++item) {
          if (r % 2 == 0) {
            model.predict_beside(item, 10, scratch, out);
          } else {
            model.predict(std::vector<ItemId>{item, (item + 1) % 50}, 10, scratch, out);
          }
          for (std::size_t i = 0; i < out.size(); ++i) {
            ASSERT_LT(out[i].item, 50u);
            ASSERT_GE(out[i].score, 0.0);
            if (i > 0) {
              ASSERT_GE(out[i - 1].score, out[i].score);
            }
          }
        }
      });
}

TEST(Concurrency, AClickIsInTheNextPredictionOfAnotherThread) {
  SessionNeighbours model;
  std::atomic<std::uint32_t> told{0};
  std::thread reader([&] {
    PredictScratch scratch;
    std::vector<Candidate> out;
    for (std::uint32_t seen = 0; seen < 2000;) {
      const std::uint32_t now = told.load(std::memory_order_acquire);
      if (now == seen) continue;
      seen = now;
      model.predict(std::vector<ItemId>{2 * now}, 5, scratch, out);
      ASSERT_FALSE(out.empty());
      ASSERT_EQ(out[0].item, 2 * now + 1);
    }
  });
  for (std::uint32_t n = 1; n <= 2000; ++n) {
    const std::string session = std::to_string(n);
    model.observe(session, 2 * n, 0);
    model.observe(session, 2 * n + 1, 0);
    told.store(n, std::memory_order_release);
  }
  reader.join();
}

// Item x is bought with items of its own residue only.
TEST(Concurrency, PartnersWhileOrdersArrive) {
  CoPurchase model(
      {.max_items = 400, .partners_per_item = 4, .min_support = 1, .min_significance = 0});
  while_writing(
      [&] {
        std::mt19937 random(2);
        for (int i = 0; i < 20'000; ++i) {
          const auto residue = static_cast<ItemId>(random() % 10);
          std::vector<ItemId> order;
          for (int n = 0; n < 3; ++n) {
            order.push_back(static_cast<ItemId>(random() % 40) * 10 + residue);
          }
          model.observe_order(order);
        }
      },
      [&](int) {
        thread_local CoPurchaseScratch scratch;
        thread_local std::vector<Partner> out;
        for (ItemId item = 0; item < 400; ++item) {
          model.partners(std::vector<ItemId>{item}, 10, scratch, out);
          for (const Partner& p : out)
            ASSERT_EQ(p.item % 10, item % 10);
        }
      });
}

TEST(Concurrency, TrendsWhileEventsArrive) {
  Trending model({.half_life_us = 1'000'000, .top = 20, .category_top = 5, .publish_every = 3});
  while_writing(
      [&] {
        for (std::uint32_t i = 0; i < 30'000; ++i) {
          const ItemId item = i * 31 % 100;
          const std::vector<CategoryId> categories{item % 9};
          model.observe(item, categories, std::int64_t{i} * 100'000);
        }
      },
      [&](int) {
        thread_local std::vector<TrendingItem> out;
        model.top(20, 3'000'000'000, out);
        for (std::size_t i = 1; i < out.size(); ++i)
          ASSERT_GE(out[i - 1].score, out[i].score);
        for (CategoryId c = 0; c < 9; ++c) {
          model.top_of_category(c, 5, 3'000'000'000, out);
          for (const TrendingItem& t : out)
            ASSERT_EQ(t.item % 9, c);
        }
      });
}

TEST(Concurrency, TrendsOfSegmentsWhileEventsArrive) {
  SegmentTrends model({.max_segments = 8, .items = 16, .publish_every = 3});
  while_writing(
      [&] {
        for (std::uint32_t i = 0; i < 40'000; ++i)
          model.observe(i % 8, i * i % 61, std::uint64_t{i} << 40, 0);
        model.publish();
      },
      [&](int reader) {
        thread_local std::vector<TrendingItem> items;
        const auto segment = model.read(static_cast<SegmentId>(reader), 0, items);
        double sum = 0;
        for (std::size_t i = 0; i < items.size(); ++i) {
          if (i > 0) {
            ASSERT_LE(items[i].score, items[i - 1].score);
          }
          sum += items[i].score;
        }
        // Of one moment: the parts are never more than the whole.
        ASSERT_LE(sum, segment.weight + 1e-9);
        ASSERT_LE(items.size(), 16u);
      });
  std::vector<TrendingItem> items;
  EXPECT_EQ(model.read(0, 0, items).events, 5'000u);
}

TEST(Concurrency, HistoriesAreAskedWhileTheyGrowMoveAndAreForgotten) {
  HistoryNeighboursSettings settings;
  settings.limits = {
      .max_items = 50, .max_sessions = 64, .session_items = 8, .sessions_per_item = 16};
  HistoryNeighbours model(settings);
  const auto clicks = testing::random_clicks(11, 2000, 50, 20'000);
  while_writing(
      [&] {
        for (std::size_t i = 0; i < clicks.size(); ++i) {
          ASSERT_TRUE(model.observe(clicks[i].session, clicks[i].item, clicks[i].time_us));
          if (i % 50 == 0) model.forget(clicks[i].session);
          if (i % 70 == 0) model.adopt(clicks[i].session, clicks[i / 2].session, 0);
        }
      },
      [&](int r) {
        thread_local HistoryScratch scratch;
        thread_local std::vector<Candidate> out;
        for (ItemId item = 0; item < 50; ++item) {
          const std::vector<ItemId> history{item, (item + 7) % 50};
          model.predict(history, "s" + std::to_string(r), 10, scratch, out);
          for (const Candidate& candidate : out) {
            ASSERT_LT(candidate.item, 50u);
            ASSERT_NE(candidate.item, item);
            ASSERT_TRUE(candidate.score > 0 && candidate.score <= 1.0001);
          }
        }
      });
}

TEST(Concurrency, WeightsAreReadWhileTheyAreLearned) {
  Blender blender;
  while_writing(
      [&] {
        BlendExample shown;
        for (std::uint32_t i = 0; i < 50'000; ++i) {
          shown.features.parts = {};
          shown.features.parts[i % 3] = 0.1f;
          shown.clicked = i % 7 == 0;
          blender.learn({&shown, 1});
        }
      },
      [&](int r) {
        BlendFeatures features;
        features.parts[0] = 0.5f;
        const double score = blender.sample(static_cast<std::uint64_t>(r)).score(features);
        ASSERT_TRUE(score > 0 && score < 100);
        ASSERT_LE(blender.clicks(), 50'000u);
      });
}

}  // namespace
}  // namespace souk::recommendations
