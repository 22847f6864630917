// The text index against a plain count over the same documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "plugins/search/model/impact.hpp"
#include "plugins/search/model/text_index_data.hpp"
#include "plugins/search/tests/text_fixtures.hpp"

namespace souk::search {
namespace {

using testing::random_documents;
using testing::titled;

TEST(Impact, StepsAreSmallAndInOrder) {
  for (unsigned i = 1; i < 255; ++i) {
    EXPECT_EQ(impact_of(frequency_of(i)), i);
    EXPECT_LT(frequency_of(i), frequency_of(i + 1));
    EXPECT_LT(frequency_of(i + 1) / frequency_of(i), 1.03F);
  }
  EXPECT_EQ(impact_of(0), 1);
  EXPECT_EQ(impact_of(1e9F), 255);
  EXPECT_EQ(frequency_of(0), 0.0F);
}

TEST(TextIndex, OfNothingHasNothing) {
  const auto index = TextIndex::build({}, {});
  EXPECT_EQ(index->documents(), 0U);
  EXPECT_EQ(index->terms(), 0U);
  EXPECT_EQ(index->data().find("x"), TextIndex::kNoTerm);
  EXPECT_EQ(index->data().prefix("x").first, index->data().prefix("x").second);
}

TEST(TextIndex, DocumentsWithoutTextAreThereAndHaveNoWords) {
  const std::vector<Document> documents(3);
  const auto index = TextIndex::build(documents, {});
  EXPECT_EQ(index->documents(), 3U);
  EXPECT_EQ(index->terms(), 0U);
}

/// frequency by term and document, by the formula in text_index.hpp
std::map<std::string, std::map<std::uint32_t, float>> count(
    const std::vector<Document>& documents, const TextIndexOptions& options,
    const std::array<float, kFields>& pivots) {
  std::map<std::string, std::map<std::uint32_t, float>> counted;
  for (std::uint32_t n = 0; n < documents.size(); ++n) {
    for (std::size_t field = 0; field < kFields; ++field) {
      std::vector<std::string> words;
      for (const std::string& text : documents[n].texts[field]) {
        for (std::string& word : testing::plain_words(text)) {
          words.push_back(std::move(word));
        }
      }
      const float b = options.length_share[field];
      for (const std::string& word : words) {
        counted[word][n] +=
            options.weights[field] / (1 - b + b * static_cast<float>(words.size()) / pivots[field]);
      }
    }
  }
  return counted;
}

TEST(TextIndex, PostingsAreThoseOfAPlainCount) {
  std::mt19937 random(5);
  for (const std::size_t size : {1, 130, 3000}) {
    const auto documents = random_documents(random, size, 40);
    const TextIndexOptions options;
    const auto index = TextIndex::build(documents, options);
    const TextIndex::Data& data = index->data();
    const auto counted = count(documents, options, index->pivots());
    ASSERT_EQ(index->terms(), counted.size());
    TextIndex::Term term = 0;
    for (const auto& [word, found] : counted) {
      ASSERT_EQ(data.term(term), word);
      ASSERT_EQ(data.find(word), term);
      ASSERT_EQ(data.frequency[term], found.size());
      auto expected = found.begin();
      DecodedBlock decoded;
      for (const PostingBlock& block : data.blocks_of(term)) {
        data.decode(block, decoded);
        for (std::uint32_t i = 0; i < decoded.count; ++i, ++expected) {
          ASSERT_EQ(decoded.documents[i], expected->first);
          EXPECT_NEAR(frequency_of(decoded.impacts[i]) / expected->second, 1, 0.02);
          EXPECT_LE(decoded.impacts[i], block.impact);
        }
      }
      ASSERT_EQ(expected, found.end());
      ++term;
    }
  }
}

TEST(TextIndex, FarApartDocumentsNeedWideOffsets) {
  std::vector<Document> documents(70'000);
  documents.front() = titled("rare");
  documents.back() = titled("rare");
  const auto index = TextIndex::build(documents, {});
  DecodedBlock decoded;
  index->data().decode(index->data().blocks_of(0)[0], decoded);
  ASSERT_EQ(decoded.count, 2U);
  EXPECT_EQ(decoded.documents[1], 69'999U);
}

TEST(TextIndex, ForwardHoldsTheWordsInOrder) {
  std::mt19937 random(6);
  const auto documents = random_documents(random, 200, 400);
  const auto index = TextIndex::build(documents, {});
  for (std::uint32_t n = 0; n < documents.size(); ++n) {
    ForwardReader reader(index->data(), n);
    for (std::size_t field = 0; field < kFields; ++field) {
      std::vector<std::string> words;
      for (const std::string& text : documents[n].texts[field]) {
        for (std::string& word : testing::plain_words(text)) {
          words.push_back(std::move(word));
        }
      }
      ASSERT_EQ(reader.next_field(), words.size());
      for (const std::string& word : words) {
        ASSERT_EQ(index->data().term(reader.next_term()), word);
      }
    }
  }
}

TEST(TextIndex, TermsWithABeginningStandTogether) {
  const auto index = TextIndex::build(testing::titles({"abc abd ab b äb acd"}), {});
  const auto [first, end] = index->data().prefix("ab");
  std::vector<std::string> found;
  for (TextIndex::Term term = first; term < end; ++term) {
    found.emplace_back(index->data().term(term));
  }
  EXPECT_THAT(found, ::testing::ElementsAre("ab", "abc", "abd"));
}

TEST(TextIndex, WideBeginningsAreUnited) {
  std::vector<Document> documents;
  std::mt19937 random(7);
  for (int i = 0; i < 40'000; ++i) {
    Document document = titled(i % 2 == 0 ? "lamp" + std::to_string(random() % 50) : "other");
    document.text(Field::kTags) = {"light" + std::to_string(random() % 50)};
    documents.push_back(std::move(document));
  }
  const auto index = TextIndex::build(documents, {});
  const auto [first, end] = index->data().prefix("l");
  const PrefixUnion* all = index->data().find_union(first, end);
  ASSERT_NE(all, nullptr);
  EXPECT_EQ(all->documents.count(), 40'000U);
  ASSERT_EQ(all->best.size(), PrefixUnion::kMaxBest);
  EXPECT_EQ(all->best[0], 0U);
  EXPECT_EQ(all->best[1], 2U);  // the title counts
}

TEST(TextIndex, IsSmall) {
  std::mt19937 random(8);
  const auto documents = random_documents(random, 20'000, 600);
  const auto index = TextIndex::build(documents, {});
  EXPECT_LT(index->memory_bytes() / documents.size(), 1024U);
}

TEST(TextIndex, TheSameDocumentsGiveTheSameIndex) {
  std::mt19937 random(9);
  const auto documents = random_documents(random, 500, 100);
  const auto a = TextIndex::build(documents, {});
  const auto b = TextIndex::build(documents, {});
  EXPECT_EQ(a->data().text, b->data().text);
  EXPECT_EQ(a->data().postings, b->data().postings);
  EXPECT_EQ(a->data().forward, b->data().forward);
}

}  // namespace
}  // namespace souk::search
