// What the engine makes of a question: wrong input first, then each kind of forgiveness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "plugins/search/tests/text_fixtures.hpp"

namespace souk::search {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Shop;
using testing::titled;
using testing::titles;
using ::testing::UnorderedElementsAre;

TEST(TextSearch, NoQuestionMatchesEverythingThatIsVisible) {
  Shop shop(titles({"one", "two", "three"}));
  EXPECT_THAT(shop.ask(""), IsEmpty());
  EXPECT_EQ(shop.result.total, 3U);
  DocSet visible(3);
  visible.add(1);
  shop.visible = &visible;
  shop.ask(" \x01 -- ");
  EXPECT_EQ(shop.result.total, 1U);
}

TEST(TextSearch, NothingIsAskedOfNothing) {
  TextScratch scratch;
  TextResult result;
  TextQuery query;
  read_query("shoe", query);
  TextSearcher().search({}, query, scratch, result);
  EXPECT_EQ(result.total, 0U);
  Shop empty({});
  EXPECT_THAT(empty.ask("shoe"), IsEmpty());
}

TEST(TextSearch, AnyBytesAreAQuestion) {
  Shop shop(titles({"Red shoe", "Blaues Hemd 42", "手机壳 👍", "قميص أزرق", "wh-1000xm4"}));
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random() % 60, ' ');
    constexpr std::string_view kLikely = "shoe \"-'1m4\xC3\xA4\xF0\x9F#.,";
    for (char& byte : bytes) {
      byte = random() % 3 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
    }
    shop.ask(bytes);
    ASSERT_LE(shop.result.total, 5U);
    ASSERT_EQ(shop.result.evidence.size(), shop.query.words.size());
  }
  shop.ask(std::string(10'000, 'x'));
  std::string words;
  for (int i = 0; i < 5000; ++i) {
    words += "shoe ";
  }
  shop.ask(words);
  EXPECT_LE(shop.query.words.size(), kMaxQueryWords);
  EXPECT_EQ(shop.result.total, 1U);
}

TEST(TextSearch, AllWordsComeFirstThenMost) {
  Shop shop(titles({"red shoe", "red shirt", "blue shoe", "lamp"}));
  EXPECT_THAT(shop.ask("red shoe").front(), "red shoe");
  EXPECT_EQ(shop.result.all_words, 1U);
  EXPECT_TRUE(shop.result.relaxed);
  EXPECT_EQ(shop.result.total, 3U);
  shop.query.relaxation = Relaxation::kNone;
  EXPECT_THAT(shop.ask("red shoe"), ElementsAre("red shoe"));
  EXPECT_FALSE(shop.result.relaxed);
  EXPECT_THAT(shop.ask("red lamp"), IsEmpty());
}

TEST(TextSearch, EnoughWithAllWordsNeedsNoOthers) {
  Shop shop(titles({"red shoe", "red shoe big", "red shirt"}));
  shop.query.enough = 2;
  EXPECT_EQ(shop.ask("red shoe").size(), 2U);
}

TEST(TextSearch, AWordThatNobodyHasDoesNotEmptyTheAnswer) {
  Shop shop(titles({"red shoe", "lamp"}));
  EXPECT_THAT(shop.ask("zyxwvut shoe"), ElementsAre("red shoe"));
  EXPECT_TRUE(shop.result.relaxed);
}

TEST(TextSearch, FunctionWordsAreNotNeeded) {
  Shop shop(titles({"shoes women", "the lamp for you"}));
  EXPECT_THAT(shop.ask("shoes for the women").front(), "shoes women");
  EXPECT_EQ(shop.result.all_words, 1U);
}

TEST(TextSearch, FormsOfAWordAreOne) {
  Shop shop(titles({"Laptop", "Laptops", "Lapdog"}));
  EXPECT_THAT(shop.ask("laptops "), UnorderedElementsAre("Laptop", "Laptops"));
  EXPECT_EQ(shop.result.top.front().document, 1U);  // the form that was typed
}

TEST(TextSearch, TheLastWordMayBeABeginning) {
  Shop shop(titles({"headphones", "head of a pin", "lamp"}));
  EXPECT_THAT(shop.ask("headp"), ElementsAre("headphones"));
  EXPECT_THAT(shop.ask("l"), ElementsAre("lamp"));
  EXPECT_EQ(shop.ask("head").front(), "head of a pin");
  EXPECT_EQ(shop.result.total, 2U);
  shop.query.typos = false;
  EXPECT_THAT(shop.ask("headp "), IsEmpty());
}

TEST(TextSearch, TyposAreForgivenByLength) {
  Shop shop(titles({"keyboard", "headphone", "dell", "wh1000xm4"}));
  EXPECT_THAT(shop.ask("keybaord "), ElementsAre("keyboard"));
  EXPECT_EQ(shop.result.corrected, "keyboard");
  EXPECT_EQ(shop.result.evidence[0].corrected, "keyboard");
  EXPECT_FALSE(shop.result.evidence[0].known);
  EXPECT_THAT(shop.ask("haedphnoe "), ElementsAre("headphone"));
  EXPECT_THAT(shop.ask("kyebaord "), IsEmpty());              // two in eight letters
  EXPECT_THAT(shop.ask("wh1000xm5 "), IsEmpty());             // codes are exact
  EXPECT_THAT(shop.ask("keybaor"), ElementsAre("keyboard"));  // of a beginning
  shop.query.typos = false;
  EXPECT_THAT(shop.ask("keybaord "), IsEmpty());
}

TEST(TextSearch, UnknownShortWordsAreCorrectedRatherThanAnsweredWithNothing) {
  Shop shop(titles({"dell", "lamp"}));
  EXPECT_THAT(shop.ask("del1 "), IsEmpty());
  EXPECT_THAT(shop.ask("delk "), ElementsAre("dell"));
  EXPECT_THAT(shop.ask("sell "), ElementsAre("dell"));
}

TEST(TextSearch, AKnownWordIsReadOtherwiseOnlyWhenNothingFitsWhole) {
  Shop shop(titles({"gaming mouse", "doll house", "mouse"}));
  EXPECT_EQ(shop.ask("gaming mouse").front(), "gaming mouse");
  EXPECT_EQ(shop.result.corrected, "");
  Shop other(titles({"gaming mause pad", "gaming mouse", "mause"}));
  EXPECT_EQ(other.ask("mause ").front(), "mause");
}

TEST(TextSearch, WordsWrittenTogetherOrApartAreTheSame) {
  for (const char* asked : {"t shirt", "tshirt", "t-shirt", "T-Shirts"}) {
    Shop shop(titles({"Blue T-Shirt", "lamp"}));
    EXPECT_THAT(shop.ask(asked), ElementsAre("Blue T-Shirt")) << asked;
    Shop apart(titles({"Blue T Shirt", "lamp"}));
    EXPECT_THAT(apart.ask(asked), ElementsAre("Blue T Shirt")) << asked;
  }
  for (const char* asked : {"t shirt ", "tshirt ", "t-shirt "}) {
    Shop joined(titles({"Blue Tshirt", "lamp"}));
    EXPECT_THAT(joined.ask(asked), ElementsAre("Blue Tshirt")) << asked;
  }
}

TEST(TextSearch, CodesAreFoundHoweverTheyAreWritten) {
  for (const char* title : {"Sony WH-1000XM4 black", "Sony WH1000XM4 black"}) {
    Shop shop(titles({title, "Sony WH-1000XM3", "Sony 4"}));
    for (const char* asked : {"wh-1000xm4", "WH1000XM4", "wh 1000 xm4", "wh 1000xm4"}) {
      ASSERT_FALSE(shop.ask(asked).empty()) << title << " " << asked;
      EXPECT_EQ(shop.ask(asked).front(), title) << asked;
    }
  }
}

TEST(TextSearch, QuantitiesMatchAcrossUnits) {
  Shop shop(titles({"Water 1 l", "Water 500 ml", "Disk 2 TB", "Monitor 15.6\""}));
  EXPECT_EQ(shop.ask("water 1000ml").front(), "Water 1 l");
  EXPECT_EQ(shop.ask("1,000 ml").front(), "Water 1 l");
  EXPECT_EQ(shop.ask("2000 gb").front(), "Disk 2 TB");
  EXPECT_EQ(shop.ask("15.6 inch").front(), "Monitor 15.6\"");
}

TEST(TextSearch, DimensionsAreAllOfTheirNumbers) {
  Shop shop(titles({"Stud 2 in. x 4 in. x 8 ft.", "Stud 2 in. x 6 in. x 8 ft.", "Poster 20x30",
                    "Stud 1 in. x 4 in. x 10 ft."}));
  EXPECT_THAT(shop.ask("2x4x8").front(), "Stud 2 in. x 4 in. x 8 ft.");
  EXPECT_EQ(shop.result.all_words, 1U);
  EXPECT_THAT(shop.ask("20x30 poster"), ElementsAre("Poster 20x30"));
  shop.ask("2x" + std::string(60, '2') + "x4x5x6x7x8");
  EXPECT_EQ(shop.result.total, 0U);
}

TEST(TextSearch, CompoundsAreSplitByTheCatalog) {
  TextIndexOptions german;
  german.languages = {Language::kGerman};
  Shop shop(
      titles({"Damenschuhe rot", "Schuhe Damen blau", "Schuhe Herren", "Damen Hose", "Lampe"}),
      german);
  EXPECT_THAT(shop.ask("damen schuhe"), Contains("Damenschuhe rot"));
  EXPECT_THAT(shop.ask("damenschuhe"), Contains("Schuhe Damen blau"));
  EXPECT_EQ(shop.ask("damenschuhe").front(), "Damenschuhe rot");
}

TEST(TextSearch, SynonymsAreTheCallers) {
  Shop shop(titles({"notebook", "coffee machine", "coffee table", "lamp"}));
  read_query("laptop ", shop.query);
  shop.query.alternatives = {{0, 1, "notebook", 0.9F}, {0, 1, "coffee machine", 0.5F}};
  EXPECT_THAT(shop.ask(shop.query), ElementsAre("notebook", "coffee machine"));
  shop.query.alternatives = {{3, 200, "notebook", 1.0F}, {0, 0, "lamp", 1.0F}};  // of no words
  shop.query.typos = false;
  EXPECT_THAT(shop.ask(shop.query), IsEmpty());
}

TEST(TextSearch, QuotesAndMinusMeanWhatTheyDoEverywhere) {
  Shop shop(titles({"black leather shoe", "leather black shoe", "shoe leather"}));
  EXPECT_THAT(shop.ask("\"black leather\""), ElementsAre("black leather shoe"));
  EXPECT_THAT(shop.ask("shoe -black"), ElementsAre("shoe leather"));
  EXPECT_THAT(shop.ask("shoe -\"black leather\""),
              UnorderedElementsAre("leather black shoe", "shoe leather"));
  EXPECT_EQ(shop.ask("shoe \"unfinished").size(), 3U);
}

TEST(TextSearch, RestrictedFieldsAreTheOnlyOnes) {
  std::vector<Document> documents = titles({"lamp", "other"});
  documents[1].text(Field::kDescription) = {"not a lamp"};
  Shop shop(documents);
  EXPECT_EQ(shop.ask("lamp").size(), 2U);
  shop.query.fields = field_bit(Field::kTitle);
  EXPECT_THAT(shop.ask("lamp"), ElementsAre("lamp"));
  EXPECT_THAT(shop.ask("l"), ElementsAre("lamp"));
}

TEST(TextSearch, WhatIsNotVisibleIsNotFoundCountedOrCorrectedTo) {
  Shop shop(titles({"secret keyboard", "public lamp", "keyboards"}));
  DocSet visible(3);
  visible.add(1);
  shop.visible = &visible;
  EXPECT_THAT(shop.ask("keyboard"), IsEmpty());
  EXPECT_EQ(shop.result.total, 0U);
  EXPECT_THAT(shop.ask("keybaord"), IsEmpty());
  EXPECT_EQ(shop.result.corrected, "");
  EXPECT_THAT(shop.ask("secret"), IsEmpty());
  EXPECT_THAT(shop.ask("s"), IsEmpty());
  EXPECT_THAT(shop.ask("lamp"), ElementsAre("public lamp"));
}

TEST(TextSearch, CloseWordsInOrderComeFirst) {
  Shop shop(titles({"red lamp with a large wooden foot", "large red lamp foot wooden a with"}));
  EXPECT_EQ(shop.ask("wooden foot").front(), "red lamp with a large wooden foot");
}

TEST(TextSearch, SegmentsAreOneCorpus) {
  const auto first = titles({"red lamp", "blue lamp"});
  const auto second = titles({"green lamp", "red chair"});
  TextIndexOptions options;
  options.pivots.fill(2);
  const auto a = TextIndex::build(first, options);
  const auto b = TextIndex::build(second, options);
  DocSet visible(2, true);
  visible.remove(0);
  const SegmentText segments[] = {{a.get(), nullptr}, {b.get(), &visible}};
  TextQuery query;
  TextScratch scratch;
  TextResult result;
  read_query("red lamp", query);
  query.relaxation = Relaxation::kAny;
  TextSearcher().search(segments, query, scratch, result);
  ASSERT_EQ(result.matches.size(), 2U);
  EXPECT_EQ(result.total, 3U);
  EXPECT_EQ(result.top.front().segment, 0U);
  EXPECT_EQ(result.top.front().document, 0U);
  EXPECT_FALSE(result.matches[1].contains(0));
}

/// The longest list alone is not enough weight, with a beginning it is: neither may bring products
/// by itself, both together must.
TEST(TextSearch, WhatLacksTheRarestWordIsFoundByTheOthersTogether) {
  constexpr std::uint32_t kDocuments = 6000;
  const auto has_common = [](std::uint32_t n) { return n % 3 == 0; };
  const auto has_rare = [](std::uint32_t n) { return n % 7 == 0; };
  const auto has_beginning = [](std::uint32_t n) { return n % 4 == 1; };
  std::vector<std::string> made;
  for (std::uint32_t n = 0; n < kDocuments; ++n) {
    std::string text = "thing";
    if (has_common(n)) text += " common";
    if (has_rare(n)) text += " unusual";
    if (has_beginning(n)) text += std::string(" ple") + static_cast<char>('b' + n % 13);
    made.push_back(text);
  }
  Shop shop(titles(made));
  shop.query.typos = false;
  shop.query.enough = kDocuments;
  for (const char* asked : {"common unusual ple", "ple unusual common ", "unusual common ple"}) {
    shop.ask(asked);
    const bool beginning = asked[std::string_view(asked).size() - 1] != ' ';
    for (std::uint32_t n = 0; n < kDocuments; ++n) {
      const int words = int{has_common(n)} + int{has_rare(n)} + int{beginning && has_beginning(n)};
      // Where "ple" is no beginning nobody has it, and one of the others is half of the question.
      const bool wanted = beginning ? words >= 2 : has_rare(n) || words == 2;
      ASSERT_EQ(shop.result.matches[0].contains(n), wanted) << asked << n;
    }
  }
}

TEST(TextSearch, TheBestAreOrderedAndAmongTheMatches) {
  std::mt19937 random(11);
  Shop shop(testing::random_documents(random, 9000, 300));
  shop.query.top = 50;
  for (int round = 0; round < 200; ++round) {
    std::string asked;
    for (unsigned i = 0; i <= random() % 4; ++i) {
      asked += "w" + std::string(1, static_cast<char>('a' + random() % 26)) +
               std::string(random() % 2, static_cast<char>('a' + random() % 12)) + " ";
    }
    if (random() % 2 == 0) {
      asked.pop_back();
    }
    shop.ask(asked);
    std::set<std::uint32_t> seen;
    for (std::size_t i = 0; i < shop.result.top.size(); ++i) {
      const TextHit& hit = shop.result.top[i];
      EXPECT_TRUE(shop.result.matches[0].contains(hit.document));
      EXPECT_TRUE(seen.insert(hit.document).second);
      EXPECT_TRUE(i == 0 || shop.result.top[i - 1].score >= hit.score);
    }
    EXPECT_EQ(shop.result.matches[0].count(), shop.result.total);
    EXPECT_EQ(shop.result.top.size(), std::min<std::uint64_t>(shop.result.total, 50));
  }
}

/// BM25F of all words, by the formulas: idf of what has the word, frequencies by field.
TEST(TextSearch, ScoresAreThoseOfAPlainEvaluation) {
  std::mt19937 random(12);
  const auto documents = testing::random_documents(random, 6000, 200);
  const TextIndexOptions options;
  Shop shop(documents, options);
  TextSearchOptions plain;
  plain.proximity = plain.exactness = 0;
  shop.searcher = TextSearcher(plain);
  shop.query.typos = false;
  shop.query.relaxation = Relaxation::kNone;
  shop.query.top = 20;
  const auto pivots = shop.index->pivots();
  const auto frequency = [&](const Document& document, const std::string& word) {
    float sum = 0;
    for (std::size_t field = 0; field < kFields; ++field) {
      float length = 0;
      float count = 0;
      for (const std::string& text : document.texts[field]) {
        for (const std::string& other : testing::plain_words(text)) {
          ++length;
          count += other == word ? 1.0F : 0.0F;
        }
      }
      const float b = options.length_share[field];
      sum += options.weights[field] * count / (1 - b + b * length / pivots[field]);
    }
    return sum;
  };
  for (const char* asked : {"wab ", "wac wad ", "waa wab wac ", "wbz "}) {
    shop.ask(asked);
    const auto words = testing::plain_words(asked);
    std::vector<float> scores(documents.size(), 0);
    std::vector<bool> whole(documents.size(), true);
    for (const std::string& word : words) {
      std::vector<float> frequencies;
      double have = 0;
      for (const Document& document : documents) {
        frequencies.push_back(frequency(document, word));
        have += frequencies.back() > 0 ? 1 : 0;
      }
      const double total = static_cast<double>(documents.size());
      const auto idf = static_cast<float>(std::log(1 + (total - have + 0.5) / (have + 0.5)));
      for (std::size_t n = 0; n < documents.size(); ++n) {
        const float f = frequencies[n];
        scores[n] += idf * f * (plain.saturation + 1) / (f + plain.saturation);
        whole[n] = whole[n] && f > 0;
      }
    }
    ASSERT_EQ(shop.result.total,
              static_cast<std::size_t>(std::count(whole.begin(), whole.end(), true)))
        << asked;
    for (std::size_t n = 0; n < documents.size(); ++n) {
      ASSERT_EQ(shop.result.matches[0].contains(static_cast<DocId>(n)), whole[n]);
    }
    for (const TextHit& hit : shop.result.top) {
      EXPECT_NEAR(hit.score / scores[hit.document], 1, 0.02) << asked;
    }
    if (!shop.result.top.empty()) {
      float best = 0;
      for (std::size_t n = 0; n < documents.size(); ++n) {
        best = whole[n] ? std::max(best, scores[n]) : best;
      }
      EXPECT_NEAR(shop.result.top.front().score / best, 1, 0.03) << asked;
    }
  }
}

}  // namespace
}  // namespace souk::search
