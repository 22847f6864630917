#include <gtest/gtest.h>

#include "plugins/search/model/highlight.hpp"
#include "plugins/search/tests/columns_fixtures.hpp"

namespace souk::search {
namespace {

class HighlightTest : public ::testing::Test {
 protected:
  Highlight mark(std::string_view query, std::string_view text, HighlightStyle style = {}) {
    read(query);
    Highlight out;
    marker_.mark(text, style, scratch_, out);
    return out;
  }
  Highlight snippet(std::string_view query, std::string_view text, std::size_t words) {
    read(query);
    Highlight out;
    marker_.snippet(text, words, {}, scratch_, out);
    return out;
  }
  void read(std::string_view query) {
    TextQuery words;
    read_query(query, words);
    marker_.read(words, nullptr);
  }

  Highlighter marker_;
  HighlightScratch scratch_{{Language::kEnglish, Language::kGerman}};
};

TEST_F(HighlightTest, NothingInNothing) {
  EXPECT_EQ(mark("", "").text, "");
  EXPECT_EQ(mark("", "Red shoe").text, "Red shoe");
  EXPECT_EQ(mark("red", "").level, MatchLevel::none);
  EXPECT_EQ(mark("red", "").whole, false);
  EXPECT_EQ(snippet("", "", 5).text, "");
  EXPECT_EQ(snippet("red", "a b c", 0).text, "a b c");
}

TEST_F(HighlightTest, MarksWordsBeginningsFormsAndTypos) {
  EXPECT_EQ(mark("red shoe", "Red Shoes, bored").text, "<em>Red</em> <em>Shoe</em>s, bored");
  EXPECT_EQ(mark("shoes red", "Red shoe").text, "<em>Red</em> <em>shoe</em>");
  EXPECT_EQ(mark("keybaord x", "A keyboard").text, "A <em>keyboard</em>");
  EXPECT_EQ(mark("keyb", "A keyboard").text, "A <em>keyb</em>oard");
  EXPECT_EQ(mark("cafe", "Le Café noir").text, "Le <em>Café</em> noir");
  EXPECT_EQ(mark("cafe", "Cafe\u0301teria").text, "<em>Cafe\u0301</em>teria");
  EXPECT_EQ(mark("re ", "red").text, "red");
}

TEST_F(HighlightTest, MarksWhatIsWrittenTogetherOrApart) {
  EXPECT_EQ(mark("tshirt ", "A t shirt").text, "A <em>t</em> <em>shirt</em>");
  EXPECT_EQ(mark("t shirt ", "A tshirt").text, "A <em>tshirt</em>");
  EXPECT_EQ(mark("tshirt ", "A T-Shirt.").text, "A <em>T-Shirt</em>.");
}

TEST_F(HighlightTest, SaysHowMuchOfTheQuestionIsThere) {
  const Highlight full = mark("red shoe", "red shoe");
  EXPECT_EQ(full.level, MatchLevel::full);
  EXPECT_TRUE(full.whole);
  EXPECT_EQ(full.matched_words, (std::vector<std::string>{"red", "shoe"}));
  const Highlight part = mark("red shoe", "a red hat");
  EXPECT_EQ(part.level, MatchLevel::partial);
  EXPECT_FALSE(part.whole);
  EXPECT_EQ(part.matched_words, std::vector<std::string>{"red"});
  EXPECT_EQ(name_of(mark("red", "blue").level), "none");
}

TEST_F(HighlightTest, EscapesHtmlWhenAsked) {
  EXPECT_EQ(mark("red", "<b>red & \"it's\"").text,
            "&lt;b&gt;<em>red</em> &amp; &quot;it&#39;s&quot;");
  EXPECT_EQ(mark("red", "<b>red</b>", {.before = "[", .after = "]", .escape_html = false}).text,
            "<b>[red]</b>");
}

TEST_F(HighlightTest, ExcludedAndIgnoredWordsAreNotMarked) {
  TextQuery query;
  read_query("red shoe ", query);
  query.words[0].role = WordRole::kIgnored;
  marker_.read(query, nullptr);
  Highlight out;
  marker_.mark("red shoe", {}, scratch_, out);
  EXPECT_EQ(out.text, "red <em>shoe</em>");
  EXPECT_EQ(out.level, MatchLevel::full);
}

TEST_F(HighlightTest, MarksSynonymsAndCorrections) {
  TextQuery query;
  read_query("sneaker grren ", query);
  query.alternatives.push_back({.first = 0, .words = 1, .text = "running shoe"});
  TextResult result;
  result.evidence.resize(2);
  result.evidence[0].known = true;
  result.evidence[1].corrected = "green";
  marker_.read(query, &result);
  Highlight out;
  marker_.mark("Green running shoe", {}, scratch_, out);
  EXPECT_EQ(out.text, "<em>Green</em> <em>running</em> <em>shoe</em>");
  EXPECT_EQ(out.level, MatchLevel::full);
}

TEST_F(HighlightTest, SnippetsLieAroundTheBestMatches) {
  const std::string text =
      "One red thing comes first. Then many words follow that say nothing at all, and only then "
      "a red shoe for you is here at last.";
  EXPECT_EQ(snippet("red shoe ", text, 4).text, "…a <em>red</em> <em>shoe</em> for…");
  EXPECT_EQ(snippet("zebra", text, 3).text, "One red thing…");
  EXPECT_EQ(snippet("last", text, 3).text, "…here at <em>last</em>.");
  EXPECT_EQ(snippet("red", text, 100).text.find("…"), std::string::npos);
}

TEST_F(HighlightTest, AnyBytesAreText) {
  testing::Random random(5);
  for (int round = 0; round < 300; ++round) {
    std::string text, query;
    for (std::size_t i = testing::below(random, 200); i > 0; --i)
      text.push_back(static_cast<char>(testing::below(random, 256)));
    for (std::size_t i = testing::below(random, 30); i > 0; --i)
      query.push_back(static_cast<char>(testing::below(random, 256)));
    const HighlightStyle plain{.before = "", .after = "", .ellipsis = "", .escape_html = false};
    EXPECT_EQ(mark(query, text, plain).text, text);
    EXPECT_EQ(mark(text, text, plain).text, text);
    EXPECT_LE(snippet(query, text, 3).text.size(), text.size() * 15 + 20);
  }
}

// A look at how words begin must never say "nothing" where reading them finds something. Few
// letters, so that much nearly matches; snippets read every word.
TEST_F(HighlightTest, WhatIsNotReadHasNothingToMark) {
  testing::Random random(11);
  constexpr std::string_view kLetters = "abstt1 -' /.ES";
  const auto text_of = [&](std::size_t longest) {
    std::string text;
    for (std::size_t i = 1 + testing::below(random, longest); i > 0; --i)
      text.push_back(kLetters[testing::below(random, kLetters.size())]);
    return text;
  };
  int unread = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string query = text_of(9);
    const std::string text = text_of(24);
    const Highlight read_all = snippet(query, text, 1000);
    if (marker_.may_mark(text)) continue;
    ++unread;
    ASSERT_EQ(read_all.level, MatchLevel::none) << "\"" << query << "\" in \"" << text << "\"";
    ASSERT_EQ(mark(query, text).text, read_all.text);
  }
  EXPECT_GT(unread, 1000);
}

}  // namespace
}  // namespace souk::search
