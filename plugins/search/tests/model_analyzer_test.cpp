// The analyzer: what counts as the same, where words lie in the source, and that any bytes are
// text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/model/stemmer.hpp"
#include "plugins/search/model/units.hpp"

namespace souk::search {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> words(std::string_view text) {
  TokenStream stream;
  tokenize(text, stream);
  std::vector<std::string> found;
  for (const Token& token : stream.tokens) {
    found.emplace_back(stream.of(token));
  }
  return found;
}

TEST(Analyzer, NothingHasNoWords) {
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words(" \t\n -,.;\"'/ \x01\x02"), IsEmpty());
  EXPECT_THAT(words("\xff\xfe\x80"), IsEmpty());
}

TEST(Analyzer, FoldsCaseAccentsAndSpecialLetters) {
  EXPECT_THAT(words("ÄRMELLOSE Straße"), ElementsAre("armellose", "strasse"));
  EXPECT_THAT(words("Cœur Ærø łódź İstanbul"), ElementsAre("coeur", "aero", "lodz", "istanbul"));
  EXPECT_THAT(words("café"), ElementsAre("cafe"));
  EXPECT_THAT(words("cafe\xCC\x81"), ElementsAre("cafe"));
  EXPECT_THAT(words("ＦＵＬＬ ﬁt"), ElementsAre("full", "fit"));
  EXPECT_THAT(words("Core™2 Intel®"), ElementsAre("core", "2", "intel"));
}

TEST(Analyzer, ScriptsWithoutSpacesAndSymbolsAreWordsOfOneCharacter) {
  EXPECT_THAT(words("手机壳"), ElementsAre("手", "机", "壳"));
  EXPECT_THAT(words("👍🏽 ok"), ElementsAre("👍", "ok"));
}

TEST(Analyzer, RightToLeftSurvives) {
  EXPECT_THAT(words("قميص أزرق"), ElementsAre("قميص", "ازرق"));
  EXPECT_THAT(words("שָׁלוֹם"), ElementsAre("שלום"));
  EXPECT_THAT(words("٤٢"), ElementsAre("42"));
}

TEST(Analyzer, HyphenatedWordsAreJoinedToo) {
  EXPECT_THAT(words("t-shirt"), ElementsAre("t", "tshirt", "shirt"));
  EXPECT_THAT(words("WH-1000XM4"), ElementsAre("wh", "wh1000xm4", "1000xm4"));
  EXPECT_THAT(words("Black/White"), ElementsAre("black", "white"));
  EXPECT_THAT(words("M/F"), ElementsAre("m", "mf", "f"));
  EXPECT_THAT(words("- t -- shirt -"), ElementsAre("t", "shirt"));
}

TEST(Analyzer, ApostrophesJoin) {
  EXPECT_THAT(words("Levi's men’s 'quoted'"), ElementsAre("levis", "mens", "quoted"));
}

TEST(Analyzer, QuantitiesAreOneHoweverTheyAreWritten) {
  for (const char* text :
       {"1 l", "1L", "1000ml", "1,000 ml", "1.000 ml", "100 cl", "1 Liter", "1-litre"}) {
    EXPECT_THAT(words(text), Contains("#1000ml")) << text;
  }
  for (const char* text :
       {"15.6\"", "15.6 inch", "15.6-inch", "15,6 Zoll", "15.6''", "15.6in", "15.6 in", "15.6”"}) {
    EXPECT_THAT(words(text), Contains("#15.6in")) << text;
  }
  for (const char* text : {"2tb", "2 TB", "2000 gb", "2,000GB"}) {
    EXPECT_THAT(words(text), Contains("#2000gb")) << text;
  }
  EXPECT_THAT(words("size 42"), ElementsAre("size", "42"));
  EXPECT_THAT(words("2, l"), Not(Contains("#2000ml")));
  EXPECT_THAT(words("99999999999999999999 l"), Not(Contains(::testing::StartsWith("#"))));
}

TEST(Analyzer, NumbersLoseTheirSeparatorsOfThousands) {
  EXPECT_THAT(words("1,000 1.000.000 15,6 0.125"), ElementsAre("1000", "1000000", "15.6", "0.125"));
}

TEST(Analyzer, TokensSayWhereTheyStood) {
  TokenStream stream;
  const std::string text = "Größe: T-Shirt";
  tokenize(text, stream);
  ASSERT_EQ(stream.tokens.size(), 4U);
  const auto source = [&](std::size_t i) {
    return text.substr(stream.tokens[i].begin, stream.tokens[i].end - stream.tokens[i].begin);
  };
  EXPECT_EQ(source(0), "Größe");
  EXPECT_EQ(source(1), "T");
  EXPECT_EQ(source(2), "T-Shirt");
  EXPECT_EQ(source(3), "Shirt");
  EXPECT_EQ(stream.tokens[2].kind, TokenKind::kJoined);
  EXPECT_EQ(stream.tokens[2].span, 2);
  EXPECT_TRUE(stream.tokens[3].joined_before);
  EXPECT_EQ(stream.places, 3);
}

TEST(Analyzer, IsBounded) {
  TokenStream stream;
  tokenize(std::string(100'000, 'x'), stream);
  ASSERT_EQ(stream.tokens.size(), 1U);
  EXPECT_EQ(stream.tokens[0].size, kMaxWordBytes);
  std::string many;
  for (int i = 0; i < 10'000; ++i) {
    many += "w ";
  }
  tokenize(many, stream, 100);
  EXPECT_EQ(stream.places, 100);
  EXPECT_TRUE(stream.cut);
}

TEST(Analyzer, AnyBytesAreText) {
  std::mt19937 random(1);
  TokenStream stream;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 40, ' ');
    for (char& byte : bytes) {
      constexpr std::string_view kLikely = "1a.-'\" \xC3\xA4\xF0\x9F";
      byte = random() % 3 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
    }
    tokenize(bytes, stream);
    std::uint16_t place = 0;
    for (const Token& token : stream.tokens) {
      ASSERT_LT(token.begin, token.end);
      ASSERT_LE(token.end, bytes.size());
      ASSERT_GT(token.size, 0);
      ASSERT_LE(token.text + token.size, stream.text.size());
      ASSERT_GE(token.place, place);
      ASSERT_LE(token.place + token.span, stream.places);
      place = token.place;
    }
  }
}

TEST(Analyzer, NormalizedIsTheSameForTheSameQuestion) {
  EXPECT_EQ(normalized("  Black  T-SHIRT!"), "black t shirt");
  EXPECT_EQ(normalized(normalized("Größe 15,6\" ﬁt")), normalized("Größe 15,6\" ﬁt"));
}

TEST(Stemmer, StemsEachLanguage) {
  Stemmer stemmer({Language::kEnglish, Language::kGerman});
  EXPECT_EQ(stemmer.stem(0, "laptops"), "laptop");
  EXPECT_EQ(std::string(stemmer.stem(1, "schuhe")), std::string(stemmer.stem(1, "schuhen")));
  EXPECT_EQ(stemmer.stem(0, "ps4"), "ps4");
  EXPECT_EQ(stemmer.stem(0, ""), "");
}

TEST(Stemmer, LanguagesHaveCodes) {
  for (std::size_t i = 0; i < kLanguages; ++i) {
    const auto language = static_cast<Language>(i);
    EXPECT_EQ(language_of(code_of(language)), language);
  }
  EXPECT_EQ(language_of("pt-BR"), Language::kPortuguese);
  EXPECT_FALSE(language_of("xx"));
  EXPECT_FALSE(language_of(""));
  EXPECT_FALSE(language_of("deu"));
}

TEST(Units, ReadNumbers) {
  double value = 0;
  EXPECT_TRUE(parse_quantity("1,234.5", value));
  EXPECT_DOUBLE_EQ(value, 1234.5);
  EXPECT_TRUE(parse_quantity("1.234,5", value));
  EXPECT_DOUBLE_EQ(value, 1234.5);
  EXPECT_TRUE(parse_quantity("0.125", value));
  EXPECT_DOUBLE_EQ(value, 0.125);
  for (const char* wrong : {"", ".", "1.", ".5", "1x", "1234567890123456"}) {
    EXPECT_FALSE(parse_quantity(wrong, value)) << wrong;
  }
}

}  // namespace
}  // namespace souk::search
