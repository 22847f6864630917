// Content similarity: answers worked out by hand, changes in place, limits, snapshots.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "plugins/recommendations/model/content_similarity.hpp"

namespace souk::recommendations {
namespace {

/// Features by words: "t…" in the title, "b…" the brand, "c…" a category, "a…" an attribute.
class Product {
 public:
  Product(std::initializer_list<std::string> names) : names_(names) {}
  explicit Product(std::vector<std::string> names) : names_(std::move(names)) {}
  void put(ContentSimilarity& content, ItemId item) const {
    std::vector<ContentFeatures::Feature> features;
    for (const std::string& name : names_) {
      const auto field = name[0] == 'b'   ? ContentField::brand
                         : name[0] == 'c' ? ContentField::category
                         : name[0] == 'a' ? ContentField::attribute
                                          : ContentField::title;
      features.push_back({name, field});
    }
    content.upsert(item, features);
  }

 private:
  std::vector<std::string> names_;
};

std::vector<ContentMatch> near(const ContentSimilarity& content, std::vector<ItemId> items,
                               std::size_t k = 10) {
  ContentScratch scratch;
  std::vector<ContentMatch> out;
  content.similar_to(items, k, scratch, out);
  return out;
}
std::vector<ItemId> ids(const std::vector<ContentMatch>& matches) {
  std::vector<ItemId> found;
  for (const auto& match : matches)
    found.push_back(match.item);
  return found;
}
using Ids = std::vector<ItemId>;

TEST(ContentSimilarity, AnEmptyModelAnswersNothing) {
  const ContentSimilarity content;
  EXPECT_TRUE(near(content, {}).empty());
  EXPECT_TRUE(near(content, {0, 17, kNoItem}).empty());
  EXPECT_FALSE(content.holds(3));
  EXPECT_FALSE(content.holds(kNoItem));
}

TEST(ContentSimilarity, WhatHasNoPlaceIsCounted) {
  ContentSettings settings;
  settings.max_items = 2;
  ContentSimilarity content(settings);
  Product({"ta", "tb"}).put(content, 2);
  Product({"ta"}).put(content, kNoItem);
  EXPECT_EQ(content.products(), 0u);
  EXPECT_EQ(content.dropped_features(), 3u);
  content.erase(1);
  content.erase(kNoItem);
  EXPECT_EQ(content.products(), 0u);
}

TEST(ContentSimilarity, ACatalogOfOneHasNothingAlike) {
  ContentSimilarity content;
  Product({"ta", "ta", "bx"}).put(content, 0);
  EXPECT_EQ(content.products(), 1u);
  EXPECT_TRUE(near(content, {0}).empty());
  Product({}).put(content, 0);
  EXPECT_EQ(content.products(), 0u);
  EXPECT_TRUE(near(content, {0}).empty());
}

TEST(ContentSimilarity, TheCosineIsTheOneWorkedOutByHand) {
  ContentSimilarity content;
  Product({"ta", "tb"}).put(content, 0);
  Product({"ta", "tc"}).put(content, 1);
  Product({"td"}).put(content, 2);
  // N = 3; idf(a) = ln(4 / 2.5) = 0.470004, idf(b) = idf(c) = ln(4 / 1.5) = 0.980829.
  // cos = 0.470004² / (0.470004² + 0.980829²) = 0.220904 / 1.182930
  const auto found = near(content, {0});
  ASSERT_EQ(ids(found), (Ids{1}));
  EXPECT_NEAR(found[0].score, 0.186743, 1e-5);
}

TEST(ContentSimilarity, FieldsAndRepetitionsWeigh) {
  ContentSimilarity content;
  Product({"ta", "ta", "bx"}).put(content, 0);
  Product({"ta", "bx", "tc"}).put(content, 1);
  // N = 2; idf(a) = idf(x) = ln(3 / 2.5) = 0.182322, idf(c) = ln(3 / 1.5) = 0.693147.
  // x0: a (1 + ln 2) · 0.182322 = 0.308697, x: 0.6 · 0.182322 = 0.109393; norm 0.327506
  // x1: a 0.182322, x 0.109393, c 0.693147; norm 0.725038
  // product 0.308697 · 0.182322 + 0.109393² = 0.068249
  const auto found = near(content, {0});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].score, 0.068249 / (0.327506 * 0.725038), 1e-5);
}

TEST(ContentSimilarity, FieldsMayBeLeftOut) {
  ContentSimilarity content;
  Product({"cshoes", "bx", "ta"}).put(content, 0);
  Product({"cshoes", "by", "tb"}).put(content, 1);
  Product({"chats", "bx", "tc"}).put(content, 2);
  ContentQuery query;
  const ItemId asked = 0;
  content.prepare({&asked, 1}, {}, only(ContentField::brand), query);
  EXPECT_EQ(content.cosine(query, 1), 0);
  EXPECT_NEAR(content.cosine(query, 2), 1, 1e-6);
  content.prepare({&asked, 1}, {}, only(ContentField::category), query);
  EXPECT_NEAR(content.cosine(query, 1), 1, 1e-6);
  EXPECT_EQ(content.cosine(query, 2), 0);
}

TEST(ContentSimilarity, SeveralProductsAskForTheirMiddle) {
  ContentSimilarity content;
  Product({"ta", "tr"}).put(content, 0);
  Product({"tb", "ts"}).put(content, 1);
  Product({"ta", "tb"}).put(content, 2);
  Product({"ta", "tu"}).put(content, 3);
  EXPECT_EQ(near(content, {0, 1}).front().item, 2u);
  // Weights: the second product counts for nothing.
  ContentScratch scratch;
  std::vector<ContentMatch> out;
  const Ids asked{0, 1};
  const float weights[] = {1, 0};
  content.prepare(asked, weights, kAllContentFields, scratch.query);
  content.nearest(10, scratch, out, [](ItemId) { return true; });
  EXPECT_EQ(ids(out), (Ids{2, 3}));
  EXPECT_NEAR(out[0].score, out[1].score, 0.2);
}

TEST(ContentSimilarity, WhoMayNotBeShownLeavesRoomForOthers) {
  ContentSimilarity content;
  for (ItemId item = 0; item < 50; ++item)
    Product({"cshoes", "t" + std::to_string(item / 2)}).put(content, item);
  ContentScratch scratch;
  std::vector<ContentMatch> out;
  const ItemId asked = 0;
  content.prepare({&asked, 1}, {}, kAllContentFields, scratch.query);
  content.nearest(3, scratch, out, [](ItemId item) { return item % 2 == 0; });
  EXPECT_EQ(ids(out), (Ids{2, 4, 6}));
}

TEST(ContentSimilarity, AnUpsertReplacesAndAnEraseForgets) {
  ContentSimilarity content;
  Product({"ta", "tb"}).put(content, 0);
  Product({"ta", "tc"}).put(content, 1);
  Product({"td", "te"}).put(content, 2);
  EXPECT_EQ(ids(near(content, {0})), (Ids{1}));
  Product({"td", "tb"}).put(content, 0);
  EXPECT_EQ(ids(near(content, {0})), (Ids{2}));
  EXPECT_TRUE(near(content, {1}).empty());
  content.erase(2);
  EXPECT_TRUE(near(content, {0}).empty());
  EXPECT_EQ(content.products(), 2u);
  Product({"td"}).put(content, 2);
  EXPECT_EQ(ids(near(content, {0})), (Ids{2}));
}

TEST(ContentSimilarity, AProductKeepsItsFirstFeatures) {
  ContentSettings settings;
  settings.features_per_item = 4;
  ContentSimilarity content(settings);
  Product({"ta", "tb", "tc", "td", "te", "ta"}).put(content, 0);
  Product({"te"}).put(content, 1);
  Product({"td"}).put(content, 2);
  EXPECT_EQ(content.dropped_features(), 1u);
  EXPECT_EQ(ids(near(content, {0})), (Ids{2}));
}

TEST(ContentSimilarity, AFullPostingKeepsTheNewestAndOthersAreFoundByTheRest) {
  ContentSettings settings;
  settings.posting_items = 16;
  ContentSimilarity content(settings);
  for (ItemId item = 0; item < 100; ++item)
    Product({"cshoes", "tpair" + std::to_string(item % 50)}).put(content, item);
  // It gives up two at a time.
  EXPECT_EQ(content.dropped_postings(), 84u);
  EXPECT_EQ(near(content, {0}).front().item, 50u);  // by its rare word
  const auto found = near(content, {99}, 100);
  EXPECT_EQ(found.size(), 16u);  // 15 by category, one by its word
  EXPECT_EQ(found.front().item, 49u);
}

TEST(ContentSimilarity, ItFindsWhatComparingAllFinds) {
  ContentSimilarity content;
  std::mt19937 random(5);
  constexpr ItemId kItems = 400;
  for (ItemId item = 0; item < kItems; ++item) {
    std::vector<std::string> names{"c" + std::to_string(random() % 8),
                                   "b" + std::to_string(random() % 20)};
    for (int i = 0; i < 6; ++i)
      names.push_back("t" + std::to_string(random() % 60));
    Product(names).put(content, item);
  }
  for (ItemId asked = 0; asked < kItems; asked += 37) {
    ContentQuery query;
    content.prepare({&asked, 1}, {}, kAllContentFields, query);
    std::vector<std::pair<double, ItemId>> all;
    for (ItemId item = 0; item < kItems; ++item) {
      if (item != asked) all.emplace_back(-content.cosine(query, item), item);
    }
    std::sort(all.begin(), all.end());
    const auto found = near(content, {asked}, 5);
    ASSERT_EQ(found.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i)
      EXPECT_NEAR(found[i].score, -all[i].first, 1e-9) << asked << " place " << i;
  }
}

void live(ContentSimilarity& content, unsigned from, unsigned to) {
  for (unsigned step = from; step < to; ++step) {
    std::mt19937 random(step);
    const auto item = static_cast<ItemId>(random() % 120);
    if (step % 11 == 0) {
      content.erase(item);
      continue;
    }
    std::vector<std::string> names{"c" + std::to_string(random() % 2)};
    for (int i = 0; i < 5; ++i)
      names.push_back("t" + std::to_string(random() % 40));
    Product(names).put(content, item);
  }
}

TEST(ContentSimilarity, ARestoredModelGoesOnAsTheOneThatNeverStopped) {
  ContentSettings settings;
  settings.posting_items = 16;  // so that postings overflow
  ContentSimilarity lived(settings);
  live(lived, 1, 500);
  BufferSink middle;
  ASSERT_TRUE(lived.save(middle).ok());
  ContentSimilarity restored(settings);
  BufferSource source(middle.bytes);
  const Status status = restored.load(source);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_FALSE(restored.load(source).ok());  // not twice
  live(lived, 500, 900);
  live(restored, 500, 900);
  BufferSink a;
  BufferSink b;
  ASSERT_TRUE(lived.save(a).ok());
  ASSERT_TRUE(restored.save(b).ok());
  EXPECT_EQ(a.bytes, b.bytes);
  for (ItemId item = 0; item < 120; ++item)
    EXPECT_EQ(ids(near(lived, {item})), ids(near(restored, {item})));
}

TEST(ContentSimilarity, ADamagedSnapshotIsRefused) {
  ContentSettings settings;
  settings.posting_items = 16;
  ContentSimilarity content(settings);
  live(content, 1, 200);
  BufferSink sink;
  ASSERT_TRUE(content.save(sink).ok());
  for (std::size_t at = 0; at < sink.bytes.size(); at += 13) {
    auto bytes = sink.bytes;
    bytes[at] ^= std::byte{0x41};
    ContentSimilarity damaged(settings);
    BufferSource source(bytes);
    EXPECT_EQ(damaged.load(source).code(), Code::data_loss) << at;
    ContentSimilarity cut(settings);
    BufferSource half(std::span(sink.bytes).first(at));
    EXPECT_EQ(cut.load(half).code(), Code::data_loss) << at;
  }
}

}  // namespace
}  // namespace souk::recommendations
