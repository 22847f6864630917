// Words and features of catalog texts, the broken ones first.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/recommendations/model/content_features.hpp"
#include "plugins/recommendations/model/text_tokens.hpp"

namespace souk::recommendations {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  std::string word;
  for (TokenReader reader(text); reader.next(word);)
    found.push_back(word);
  return found;
}
using Words = std::vector<std::string>;

std::vector<std::string> names(const ContentFacts& facts) {
  ContentFeatures features;
  features.read(facts);
  std::vector<std::string> found;
  for (const auto& feature : features.all())
    found.emplace_back(feature.name);
  return found;
}

TEST(TextTokens, NothingComesOfNothing) {
  EXPECT_EQ(words(""), Words{});
  EXPECT_EQ(words(" \t\n-–—,;!?·"), Words{});
  EXPECT_EQ(words(std::string_view("\0\0", 2)), Words{});
}

TEST(TextTokens, BrokenUtf8SeparatesWords) {
  EXPECT_EQ(words("red\xff"
                  "shoe"),
            (Words{"red", "shoe"}));
  EXPECT_EQ(words("caf\xc3"), (Words{"caf"}));
  EXPECT_EQ(words("a\xe2\x82"), (Words{"a"}));
  EXPECT_EQ(words("a\xf5\x80\x80\x80z"), (Words{"a", "z"}));
  EXPECT_EQ(words("a\xc0\xafz"), (Words{"a", "z"}));
}

TEST(TextTokens, AWordWithoutEndIsCut) {
  const std::string endless(100'000, 'x');
  const auto found = words(endless + " end");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], std::string(TokenReader::kLongestToken, 'x'));
  EXPECT_EQ(found[1], "end");
}

TEST(TextTokens, SpellingsOfOneWordAreOne) {
  EXPECT_EQ(words("Café CAFÉ cafe"), (Words{"cafe", "cafe", "cafe"}));
  EXPECT_EQ(words("Caf\x65\xcc\x81"), (Words{"cafe"}));  // an accent that stands by itself
  EXPECT_EQ(words("Straße Œuvre Ærø Þór"), (Words{"strasse", "oeuvre", "aero", "thor"}));
  EXPECT_EQ(words("Łódź Żółw Čaj Ğüzel ŒIL"), (Words{"lodz", "zolw", "caj", "guzel", "oeil"}));
  EXPECT_EQ(words("ΑΘΗΝΑ МОСКВА Ёлка"), (Words{"αθηνα", "москва", "ёлка"}));
}

TEST(TextTokens, LettersAndDigitsStayTogether) {
  EXPECT_EQ(words("USB-C 65W, 1.5m"), (Words{"usb", "c", "65w", "1", "5m"}));
  EXPECT_EQ(words("men's × women’s"), (Words{"men", "s", "women", "s"}));
}

TEST(TextTokens, WritingWithoutSpacesGivesCharacters) {
  EXPECT_EQ(words("赤い靴 new"), (Words{"赤", "い", "靴", "new"}));
  EXPECT_EQ(words("new靴"), (Words{"new", "靴"}));
}

TEST(ContentFeatures, AnEmptyProductHasNone) { EXPECT_TRUE(names({}).empty()); }

TEST(ContentFeatures, OddValuesGiveNone) {
  const std::string_view paths[] = {"", " > ", " >  > "};
  const ContentFacts::Attribute attributes[] = {{"", "x"}, {"colour", ""}, {"!", "?"}};
  const std::string_view tags[] = {"", "***"};
  ContentFacts facts;
  facts.categories = paths;
  facts.attributes = attributes;
  facts.tags = tags;
  facts.price_minor = -5;
  // Of the attribute without a name its word is left.
  EXPECT_EQ(names(facts), (Words{"tx"}));
}

TEST(ContentFeatures, EachPlaceHasItsSpace) {
  const std::string_view paths[] = {"Apparel > Shoes"};
  const ContentFacts::Attribute attributes[] = {{"Material", "Merino Wool"}};
  const std::string_view tags[] = {"Vegan"};
  ContentFacts facts;
  facts.title = "Wool shoe";
  facts.description = "A shoe.";
  facts.brand = "Shoe & Co";
  facts.categories = paths;
  facts.attributes = attributes;
  facts.tags = tags;
  EXPECT_EQ(names(facts), (Words{"capparel", "capparel>shoes", "bshoe-co", "amaterial=merino-wool",
                                 "gvegan", "twool", "tshoe", "tmerino", "twool", "ta", "tshoe"}));
}

TEST(ContentFeatures, NearPricesShareABand) {
  const auto bands = [](std::int64_t price) {
    ContentFacts facts;
    facts.price_minor = price;
    return names(facts);
  };
  const auto shared = [&](std::int64_t a, std::int64_t b) {
    int count = 0;
    for (const auto& x : bands(a)) {
      for (const auto& y : bands(b))
        count += x == y;
    }
    return count;
  };
  EXPECT_TRUE(bands(0).empty());
  EXPECT_EQ(shared(1999, 1999), 2);
  for (std::int64_t price = 100; price < 1'000'000; price = price * 11 / 10) {
    EXPECT_GE(shared(price, price * 6 / 5), 1) << price;
    EXPECT_EQ(shared(price, price * 3), 0) << price;
  }
}

TEST(ContentFeatures, AFloodIsBoundedAndCounted) {
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i)
    texts.push_back("word" + std::to_string(i) + " more" + std::to_string(i));
  std::vector<std::string_view> tags(texts.begin(), texts.end());
  std::vector<ContentFacts::Attribute> attributes;
  for (const auto& text : texts)
    attributes.emplace_back(text, text);
  std::string all;
  for (const auto& text : texts)
    all += text + " ";
  ContentFacts facts;
  facts.title = facts.description = facts.brand = all;
  facts.tags = facts.categories = tags;
  facts.attributes = attributes;
  ContentFeatures features;
  features.read(facts);
  EXPECT_EQ(features.all().size(), ContentFeatures::kMost);
  EXPECT_GT(features.dropped(), 0u);
  for (const auto& feature : features.all())
    EXPECT_LE(feature.name.size(), 130u);
}

}  // namespace
}  // namespace souk::recommendations
