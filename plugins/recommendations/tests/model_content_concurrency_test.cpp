// Content questions while the catalog changes. ThreadSanitizer proves that only atomics are shared.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

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

}  // namespace
}  // namespace souk::recommendations
