// Random catalogs and random questions: what the engine finds, counts and puts first is what a
// plain evaluation of every document gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "plugins/search/tests/plain_text_engine.hpp"
#include "plugins/search/tests/text_fixtures.hpp"

namespace souk::search {
namespace {

using testing::PlainAnswer;
using testing::PlainSegment;
using testing::PlainTextEngine;

/// Sums of floats in another order differ in the last digits.
constexpr float kRounding = 2e-5F;

/// One corpus, for both engines.
class ExhaustiveText : public ::testing::Test {
 protected:
  void make(unsigned seed, const std::vector<std::size_t>& sizes) {
    random_.seed(seed);
    words_ = std::make_unique<testing::MadeUpWords>(random_, 90);
    options_.pivots = {3.5F, 1.5F, 2, 2, 2, 2, 10};
    std::vector<PlainSegment> plain;
    for (const std::size_t size : sizes) {
      PlainSegment& segment = plain.emplace_back();
      segment.documents = testing::worded_documents(random_, *words_, size);
      indexes_.push_back(TextIndex::build(segment.documents, options_));
      // Nobody sees all of the largest segment; what is hidden counts for nothing.
      DocSet& seen = visible_.emplace_back(static_cast<std::uint32_t>(size), true);
      segment.visible.assign(size, true);
      for (DocId n = 0; n < size && sizes.size() > 1; ++n) {
        if (random_() % 8 != 0) continue;
        seen.remove(n);
        segment.visible[n] = false;
      }
    }
    for (std::size_t s = 0; s < indexes_.size(); ++s)
      segments_.push_back({indexes_[s].get(), &visible_[s]});
    plain_ = std::make_unique<PlainTextEngine>(std::move(plain), options_);
    bare_.proximity = bare_.exactness = 0;
  }

  std::string word(bool misspelt) {
    std::string made = words_->draw(random_);
    if (random_() % 6 == 0) made += "s";
    if (!misspelt) return made;
    const std::size_t at = 1 + random_() % (made.size() - 2);
    switch (random_() % 3) {
      case 0:
        return made.erase(at, 1);
      case 1:
        made[at] = 'x';
        return made;
      default:
        std::swap(made[at], made[at + 1]);
        return made;
    }
  }

  /// Words that are needed, optional, left out, misspelt, of some fields only.
  void make_question() {
    std::string text;
    for (unsigned i = 0; i <= random_() % 4; ++i)
      text += word(random_() % 5 == 0) + " ";
    if (random_() % 5 == 0) text += "-" + words_->draw(random_) + " ";
    query_ = TextQuery();
    read_query(text, query_);
    for (std::size_t i = 1; i < query_.words.size(); ++i) {
      QueryWord& one = query_.words[i];
      if (one.role == WordRole::kNeeded && random_() % 6 == 0) one.role = WordRole::kOptional;
    }
    constexpr FieldMask kSome = field_bit(Field::kTitle) | field_bit(Field::kTags);
    if (random_() % 5 == 0) query_.fields = kSome;
    constexpr std::uint32_t kTops[] = {1, 5, 10, 60};
    query_.top = kTops[random_() % 4];
    constexpr std::uint32_t kEnough[] = {1, 20, 600};
    query_.enough = kEnough[random_() % 3];
    constexpr Relaxation kAll[] = {Relaxation::kNone, Relaxation::kMost, Relaxation::kAny};
    query_.relaxation = kAll[random_() % 3];
    asked_ = text + "fields " + std::to_string(query_.fields) + " relaxation " +
             std::to_string(static_cast<int>(query_.relaxation));
  }

  void expect_same_sets(const std::vector<std::vector<bool>>& expected) {
    for (std::size_t s = 0; s < expected.size(); ++s) {
      for (DocId n = 0; n < expected[s].size(); ++n) {
        ASSERT_EQ(result_.matches[s].contains(n), expected[s][n])
            << asked_ << ": document " << n << " of segment " << s;
      }
    }
  }

  /// The best are the best; equals may change places.
  void expect_same_best(const PlainAnswer& plain) {
    ASSERT_EQ(result_.top.size(), std::min<std::uint64_t>(plain.total, query_.top)) << asked_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, float> scores;
    for (const auto& one : plain.best)
      scores[{one.segment, one.document}] = one.score;
    for (std::size_t i = 0; i < result_.top.size(); ++i) {
      const TextHit& hit = result_.top[i];
      const float expected = plain.best[i].score;
      const float own = scores[{hit.segment, hit.document}];
      ASSERT_NEAR(hit.score, own, own * kRounding) << asked_ << ": place " << i;
      ASSERT_NEAR(hit.score, expected, expected * kRounding) << asked_ << ": place " << i;
    }
  }

  void ask(const TextSearchOptions& options) {
    TextSearcher(options).search(segments_, query_, scratch_, result_);
  }

  std::mt19937 random_;
  std::unique_ptr<testing::MadeUpWords> words_;
  TextIndexOptions options_;
  std::vector<std::shared_ptr<const TextIndex>> indexes_;
  std::vector<DocSet> visible_;
  std::vector<SegmentText> segments_;
  std::unique_ptr<PlainTextEngine> plain_;
  TextSearchOptions bare_;
  TextQuery query_;
  std::string asked_;
  TextScratch scratch_;
  TextResult result_;
};

TEST_F(ExhaustiveText, WhatIsFoundAndPutFirstIsWhatEveryDocumentSays) {
  make(101, {5000, 300, 40});
  std::size_t found = 0;
  std::size_t relaxed = 0;
  std::size_t corrected = 0;
  for (int round = 0; round < 250; ++round) {
    make_question();
    ask(bare_);
    const PlainAnswer plain = plain_->ask(query_, bare_);
    ASSERT_EQ(result_.total, plain.total) << asked_;
    ASSERT_EQ(result_.all_words, plain.all_words) << asked_;
    ASSERT_EQ(result_.relaxed, plain.relaxed) << asked_;
    ASSERT_NO_FATAL_FAILURE(expect_same_sets(plain.matches));
    ASSERT_NO_FATAL_FAILURE(expect_same_best(plain));
    found += plain.total > query_.top ? 1 : 0;
    relaxed += plain.relaxed ? 1 : 0;
    corrected += result_.corrected.empty() ? 0 : 1;
  }
  // The questions are of all kinds.
  EXPECT_GT(found, 100U);
  EXPECT_GT(relaxed, 50U);
  EXPECT_GT(corrected, 50U);
}

TEST_F(ExhaustiveText, BeginningsFindWhateverBeginsSo) {
  make(102, {6000, 100});
  for (int round = 0; round < 120; ++round) {
    const std::string typed = words_->draw(random_).substr(0, 1 + random_() % 6);
    query_ = TextQuery();
    query_.relaxation = Relaxation::kNone;
    query_.top = 20;
    if (round % 4 == 0) query_.fields = field_bit(Field::kTitle);
    read_query(typed, query_);
    asked_ = typed;
    ask({});
    const auto expected = plain_->begins(typed, query_.fields);
    ASSERT_NO_FATAL_FAILURE(expect_same_sets(expected));
    std::uint64_t total = 0;
    for (const auto& segment : expected)
      total += static_cast<std::uint64_t>(std::count(segment.begin(), segment.end(), true));
    EXPECT_EQ(result_.total, total) << typed;
    EXPECT_EQ(result_.top.size(), std::min<std::uint64_t>(total, 20)) << typed;
  }
}

/// Closeness and exactness change the order of those that lead by their words, and of no others:
/// what few leaders get is what all would get.
TEST_F(ExhaustiveText, LeadersAreWeighedAsAllWouldBe) {
  make(103, {1500, 200});
  constexpr std::size_t kLeaders = 48;  // for ten
  const TextSearchOptions options;
  std::size_t compared = 0;
  for (int round = 0; round < 200; ++round) {
    make_question();
    query_.relaxation = Relaxation::kNone;
    query_.top = kMaxTop;
    ask(options);
    if (result_.total > kMaxTop || result_.total < 2) continue;
    ++compared;
    std::map<std::pair<std::uint32_t, std::uint32_t>, float> full;
    for (const TextHit& hit : result_.top)
      full[{hit.segment, hit.document}] = hit.score;
    PlainAnswer plain = plain_->ask(query_, options);
    ASSERT_EQ(full.size(), plain.best.size()) << asked_;
    if (plain.best.size() > kLeaders) plain.best.resize(kLeaders);
    for (auto& one : plain.best) {
      const float weighed = full[{one.segment, one.document}];
      ASSERT_GE(weighed, one.score * (1 - kRounding)) << asked_;
      one.score = weighed;
    }
    std::stable_sort(plain.best.begin(), plain.best.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    query_.top = 10;
    ask(options);
    ASSERT_EQ(result_.top.size(), std::min<std::size_t>(plain.best.size(), 10)) << asked_;
    for (std::size_t i = 0; i < result_.top.size(); ++i) {
      const float expected = plain.best[i].score;
      ASSERT_NEAR(result_.top[i].score, expected, expected * kRounding) << asked_ << " at " << i;
    }
  }
  EXPECT_GT(compared, 50U);
}

/// Words of all widths, in more documents than are listed at a time; other forms of one, a few and
/// many that begin alike.
std::vector<Document> documents_for_lists(std::size_t count) {
  std::vector<Document> documents(count);
  for (std::size_t n = 0; n < count; ++n) {
    std::string title = n % 2 == 0 ? "broad" : "other";
    if (n % 3 != 0) title += " wide wide";
    if (n % 97 == 0) title += " rare";
    if (n % 5 == 0) title += n % 10 == 0 ? " shoe" : " shoes";
    if (n % 30 == 0) title += " shoe shoes";
    std::string text = n % 7 == 0 ? "broad wide" : "plain";
    if (n % 8 == 1) text += std::string(" lampen") + static_cast<char>('a' + n % 6);
    if (n % 16 < 3) text += std::string(" tablett") + static_cast<char>('a' + n * 7 % 23);
    documents[n].text(Field::kTitle) = {title};
    documents[n].text(Field::kDescription) = {text};
  }
  return documents;
}

/// An excluded word, which nothing has, takes the other way through the matcher.
TEST(TextLists, FindAndScoreAsWindowsDo) {
  constexpr std::size_t kDocuments = 20'000;
  const auto index = TextIndex::build(documents_for_lists(kDocuments), {});
  DocSet visible(kDocuments, true);
  for (DocId n = 0; n < kDocuments; n += 1 + n % 5)
    visible.remove(n);
  TextSearchOptions bare;
  bare.proximity = bare.exactness = 0;
  const DocSet* const masks[] = {nullptr, &visible};
  const TextSearcher searcher(bare);
  TextScratch scratch;
  TextResult lists;
  TextResult windows;
  for (const char* text :
       {"broad ", "broad wide ", "wide rare ", "rare shoe ", "shoe broad ", "shoes wide broad ",
        "lampe", "broad lampe", "rare lampe", "table", "wide table", "rare table",
        "wide rare table", "shoe table", "rare broad shoe wide lampe", "lampena wide table",
        "other shoes rare ", "rare w", "broad lampena w"}) {
    for (const DocSet* seen : masks) {
      for (const FieldMask fields : {kAllFields, field_bit(Field::kDescription)}) {
        TextQuery query;
        query.relaxation = Relaxation::kNone;
        query.fields = fields;
        query.top = 100;
        const SegmentText segment{index.get(), seen};
        read_query(text, query);
        searcher.search({&segment, 1}, query, scratch, lists);
        read_query("-nothing " + std::string(text), query);
        searcher.search({&segment, 1}, query, scratch, windows);
        EXPECT_TRUE(lists.total > 0 || fields != kAllFields) << text;
        ASSERT_EQ(lists.total, windows.total) << text;
        EXPECT_EQ(lists.total, lists.matches[0].count()) << text;
        ASSERT_EQ(lists.matches[0], windows.matches[0]) << text;
        ASSERT_EQ(lists.top.size(), windows.top.size()) << text;
        for (std::size_t i = 0; i < lists.top.size(); ++i) {
          ASSERT_EQ(lists.top[i].document, windows.top[i].document) << text << " at " << i;
          ASSERT_EQ(lists.top[i].score, windows.top[i].score) << text << " at " << i;
          ASSERT_EQ(lists.top[i].words, windows.top[i].words) << text << " at " << i;
        }
      }
    }
  }
}

/// "the w", "w -old": words that need not be there leave what begins so as it is.
TEST(TextLists, WhatIsNotNeededTakesNothingFromAWideBeginning) {
  const auto index = TextIndex::build(documents_for_lists(20'000), {});
  const SegmentText segment{index.get(), nullptr};
  TextScratch scratch;
  TextQuery query;
  query.relaxation = Relaxation::kNone;
  TextResult alone;
  read_query("w", query);
  TextSearcher().search({&segment, 1}, query, scratch, alone);
  EXPECT_GT(alone.total, 13'000U);
  TextResult others;
  for (const char* text : {"-nothing w", "nothing w", "rare w"}) {
    read_query(text, query);
    if (query.words[0].role == WordRole::kNeeded) query.words[0].role = WordRole::kOptional;
    TextSearcher().search({&segment, 1}, query, scratch, others);
    EXPECT_EQ(others.total, alone.total) << text;
    EXPECT_EQ(others.matches[0], alone.matches[0]) << text;
  }
}

}  // namespace
}  // namespace souk::search
