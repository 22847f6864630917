// Distances and candidates against the definition, computed over everything.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "plugins/search/model/typos.hpp"
#include "plugins/search/tests/text_fixtures.hpp"

namespace souk::search {
namespace {

Letters letters(std::string_view word) {
  Letters read;
  EXPECT_TRUE(read_letters(word, read)) << word;
  return read;
}

unsigned naive_cost(const std::string& a, const std::string& b, bool prefix) {
  unsigned cost = testing::naive_distance(a, b);
  for (std::size_t size = 0; prefix && size < b.size(); ++size) {
    cost = std::min(cost, testing::naive_distance(a, b.substr(0, size)));
  }
  return cost + (!a.empty() && !b.empty() && a[0] != b[0] ? 1 : 0);
}

std::string random_word(std::mt19937& random, std::size_t shortest, std::size_t longest) {
  std::string word(shortest + random() % (longest - shortest + 1), ' ');
  for (char& letter : word) {
    letter = static_cast<char>('a' + random() % 4);
  }
  return word;
}

TEST(Typos, KnownDistances) {
  EXPECT_EQ(typo_distance(letters("headphone"), letters("headphone"), 2), 0U);
  EXPECT_EQ(typo_distance(letters("haedphone"), letters("headphone"), 2), 1U);
  EXPECT_EQ(typo_distance(letters("hedphone"), letters("headphone"), 2), 1U);
  EXPECT_EQ(typo_distance(letters("geadphone"), letters("headphone"), 2), 2U);
  EXPECT_EQ(typo_distance(letters("geadphome"), letters("headphone"), 2), 3U);
  EXPECT_EQ(typo_distance(letters("schuhe"), letters("schühe"), 2), 1U);
  EXPECT_EQ(typo_distance(letters("headph"), letters("headphones"), 2, true), 0U);
  EXPECT_EQ(typo_distance(letters("hedphon"), letters("headphones"), 2, true), 1U);
}

TEST(Typos, TooLongIsNoWord) {
  Letters read;
  EXPECT_FALSE(read_letters(std::string(kMaxTypoLetters + 1, 'a'), read));
  EXPECT_TRUE(read_letters("", read));
  EXPECT_EQ(read.size, 0);
}

TEST(Typos, DistanceIsThatOfTheDefinition) {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    const std::string a = random_word(random, 1, 8);
    const std::string b = random_word(random, 1, 9);
    for (const bool prefix : {false, true}) {
      const unsigned limit = 1 + round % 3;
      const unsigned expected = std::min(naive_cost(a, b, prefix), limit + 1);
      ASSERT_EQ(typo_distance(letters(a), letters(b), limit, prefix), expected)
          << a << " " << b << " " << prefix;
    }
  }
}

TEST(Typos, CandidatesAreAllThatAreNear) {
  std::mt19937 random(4);
  std::vector<std::string> words;
  for (int i = 0; i < 3000; ++i) {
    words.push_back(random_word(random, 1, 12));
  }
  const auto index = TextIndex::build(testing::titles(words), {});
  const TextIndex::Data& data = index->data();
  std::vector<TypoCandidate> found;
  for (int round = 0; round < 60; ++round) {
    const std::string asked = random_word(random, 3, 11);
    const unsigned limit = 1 + round % 2;
    const bool prefix = round % 3 == 0;
    found.clear();
    find_typos(data, letters(asked), limit, prefix, found);
    std::map<TextIndex::Term, unsigned> costs;
    for (const TypoCandidate& candidate : found) {
      EXPECT_TRUE(costs.emplace(candidate.term, candidate.cost).second);
    }
    for (TextIndex::Term term = 0; term < index->terms(); ++term) {
      const std::string word(data.term(term));
      const unsigned cost = naive_cost(asked, word, prefix);
      const bool near = word.size() >= TextIndex::Data::kMinTypoLength && cost > 0 && cost <= limit;
      ASSERT_EQ(costs.contains(term), near) << asked << " " << word;
      if (near) {
        EXPECT_EQ(costs[term], cost);
      }
    }
  }
}

}  // namespace
}  // namespace souk::search
