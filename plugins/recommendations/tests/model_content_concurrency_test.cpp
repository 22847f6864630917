// Content questions while the catalog changes. ThreadSanitizer proves that only atomics are shared.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "plugins/recommendations/model/content_cache.hpp"
#include "plugins/recommendations/model/content_similarity.hpp"

namespace souk::recommendations {
namespace {

constexpr ItemId kItems = 300;

void put(ContentSimilarity& content, ItemId item, unsigned round) {
  const std::string names[] = {"cshoes", "b" + std::to_string((item + round) % 7),
                               "t" + std::to_string(item % 50),
                               "t" + std::to_string((item * 3 + round) % 90)};
  std::vector<ContentFeatures::Feature> features;
  features.push_back({names[0], ContentField::category});
  features.push_back({names[1], ContentField::brand});
  features.push_back({names[2], ContentField::title});
  features.push_back({names[3], ContentField::title});
  content.upsert(item, features);
}

TEST(ContentConcurrency, AnswersWhileProductsComeAndGo) {
  ContentSettings settings;
  settings.posting_items = 64;
  ContentSimilarity content(settings);
  for (ItemId item = 0; item < kItems; ++item)
    put(content, item, 0);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> answers{0};
  std::vector<std::thread> readers;
  for (unsigned reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      ContentScratch scratch;
      std::vector<ContentMatch> out;
      for (ItemId item = reader; !done.load() || answers.load() < 300; ++item) {
        const ItemId asked = item % kItems;
        content.similar_to({&asked, 1}, 10, scratch, out);
        for (const ContentMatch& match : out) {
          ASSERT_LT(match.item, kItems);
          ASSERT_NE(match.item, asked);
          ASSERT_GT(match.score, 0);
          ASSERT_LE(match.score, 1);
        }
        answers.fetch_add(1);
      }
    });
  }
  for (unsigned round = 1; round < 60; ++round) {
    for (ItemId item = 0; item < kItems; ++item) {
      if ((item + round) % 13 == 0) {
        content.erase(item);
      } else {
        put(content, item, round);
      }
    }
  }
  done = true;
  for (auto& reader : readers)
    reader.join();
  EXPECT_GE(answers.load(), 300u);
}

TEST(ContentConcurrency, ARememberedListIsWholeOrNotFound) {
  // Few places for many products: all threads put and find in the same ones.
  const ContentCacheLimits limits{.max_products = 4, .max_categories = 4};
  ContentCache cache(limits);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> found{0};
  std::vector<std::thread> askers;
  for (unsigned asker = 0; asker < 3; ++asker) {
    askers.emplace_back([&, asker] {
      ContentCache::List list;
      for (std::uint32_t turn = asker; !done.load() || found.load() < 300; ++turn) {
        const ItemId item = turn % 8;
        const ContentCache::Key key = cache.key(item, item % 4);
        if (cache.find(key, list)) {
          ASSERT_EQ(list.nearest.size(), list.others.size());
          ASSERT_EQ(list.nearest.front().item % 8, item);
          for (const auto* part : {&list.nearest, &list.others}) {
            for (const ContentMatch& match : *part)
              ASSERT_EQ(match.item, list.nearest.front().item);
          }
          found.fetch_add(1);
        }
        list.clear();
        list.nearest.assign(1 + turn % ContentCache::kMostNearest, {turn, 0.5});
        list.others = list.nearest;
        if (turn % 8 == item) cache.put(key, list);
      }
    });
  }
  for (unsigned round = 0; round < 2000; ++round) {
    const CategoryId shelf = round % 4;
    cache.changed({&shelf, 1}, 1000);
  }
  done = true;
  for (auto& asker : askers)
    asker.join();
  EXPECT_GE(found.load(), 300u);
}

}  // namespace
}  // namespace souk::recommendations
