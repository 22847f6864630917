#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "plugins/search/model/columns.hpp"
#include "plugins/search/model/value_text.hpp"
#include "plugins/search/tests/columns_fixtures.hpp"

namespace souk::search {
namespace {

using testing::Random;

std::vector<std::string> values_of(const TextColumn& column, DocId doc) {
  std::vector<std::string> found;
  column.ordinals.for_each(doc, [&](Ordinal o) { found.emplace_back(column.dictionary.value(o)); });
  std::sort(found.begin(), found.end());
  return found;
}

TEST(Columns, OfNothingFindNothing) {
  const Columns columns = Columns::build({});
  EXPECT_EQ(columns.documents(), 0U);
  EXPECT_FALSE(columns.find("brand"));
  EXPECT_FALSE(columns.find(""));
  EXPECT_FALSE(columns.find(".lvl0"));
}

TEST(Columns, WhatCannotBeKeptIsLeftOutAndCounted) {
  std::vector<Document> documents(2);
  documents[0].id = "a";
  documents[0].values = {{"brand", std::string(5000, 'x')}, {"brand", ""}, {"tags", "ok"}};
  documents[0].numbers = {{"price", std::numeric_limits<double>::quiet_NaN()},
                          {"price", std::numeric_limits<double>::infinity()},
                          {"price", -0.0}};
  documents[0].places = {{91, 0}, {0, 181}, {std::nan(""), 0}, {10, 10}};
  for (int i = 0; i < 600; ++i)
    documents[1].values.push_back({"many", std::to_string(i)});
  const Columns columns = Columns::build(documents);
  EXPECT_EQ(columns.dropped(), 1U + 2U + 3U + 100U);
  EXPECT_EQ(columns.text("brand"), nullptr);
  ASSERT_NE(columns.number("price"), nullptr);
  EXPECT_EQ(columns.number("price")->values, std::vector<double>{0.0});
  EXPECT_EQ(columns.text("many")->ordinals.pairs(), 500U);
  EXPECT_TRUE(columns.places().has(0));
  EXPECT_FALSE(columns.places().has(1));
}

TEST(Columns, OfTooManyAttributesTheMostUsedStay) {
  std::vector<Document> documents(3);
  for (std::size_t i = 0; i < 3; ++i) {
    documents[i].values = {{"everywhere", "x"}, {"only" + std::to_string(i), "x"}};
  }
  const Columns columns = Columns::build(documents, {.most_attributes = 2});
  EXPECT_NE(columns.text("everywhere"), nullptr);
  EXPECT_NE(columns.text("only0"), nullptr);
  EXPECT_EQ(columns.text("only1"), nullptr);
  EXPECT_EQ(columns.dropped(), 2U);
}

TEST(Columns, NamesAreFoundAsPeopleWriteThem) {
  const Columns columns = Columns::build(testing::random_catalog(50, 3));
  EXPECT_EQ(columns.find("brand").text, columns.text("brand"));
  EXPECT_EQ(columns.find("Brand").text, columns.text("brand"));
  EXPECT_EQ(columns.find("colour").text, columns.text("attributes.colour"));
  EXPECT_EQ(columns.find("category").text, columns.text("categories"));
  EXPECT_EQ(columns.find("_tags").text, columns.text("tags"));
  EXPECT_EQ(columns.find("objectID").text, columns.text("id"));
  EXPECT_EQ(columns.find("categories.lvl2").text, columns.text("categories"));
  EXPECT_EQ(columns.find("categories.lvl2").level, 2);
  EXPECT_EQ(columns.find("category.lvl0").level, 0);
  EXPECT_FALSE(columns.find("brand.lvl0"));
  EXPECT_FALSE(columns.find("categories.lvlx"));
  EXPECT_FALSE(columns.find("nobody"));
}

TEST(Columns, KeepWhatEveryDocumentSays) {
  for (const std::size_t size : {1U, 64U, 65U, 700U, 3000U}) {
    const auto documents = testing::random_catalog(size, size);
    const Columns columns = Columns::build(documents);
    EXPECT_EQ(columns.dropped(), 0U);
    EXPECT_GT(columns.memory_bytes(), size);
    for (DocId doc = 0; doc < size; ++doc) {
      for (const TextColumn& column : columns.texts())
        ASSERT_EQ(values_of(column, doc), testing::texts_of(documents[doc], column.name))
            << column.name << " of " << doc;
      for (const NumberColumn& column : columns.numbers()) {
        std::vector<double> found;
        column.ordinals.for_each(doc, [&](Ordinal o) { found.push_back(column.values[o]); });
        ASSERT_EQ(found, testing::numbers_of(documents[doc], column.name)) << column.name;
      }
    }
  }
}

TEST(Columns, RangesOfOrdinalsAreThoseOfTheirDocuments) {
  const auto documents = testing::random_catalog(3000, 5);
  const Columns columns = Columns::build(documents);
  Random random(9);
  for (const NumberColumn& column : columns.numbers()) {
    for (int round = 0; round < 60; ++round) {
      const auto a = static_cast<Ordinal>(testing::below(random, column.values.size() + 1));
      const auto b = static_cast<Ordinal>(testing::below(random, column.values.size() + 1));
      DocSet expected(3000), found(3000);
      for (DocId doc = 0; doc < 3000; ++doc) {
        bool any = false;
        column.ordinals.for_each(doc, [&](Ordinal o) { any = any || (o >= a && o < b); });
        if (any) expected.add(doc);
        ASSERT_EQ(column.ordinals.has_between(doc, a, b), any);
      }
      column.ordinals.add_range(a, b, found);
      ASSERT_EQ(found, expected) << column.name << " " << a << " " << b;
    }
  }
}

TEST(Columns, CountsAreTheSameWhicheverWayTheyAreMade) {
  const auto documents = testing::random_catalog(4000, 6);
  const Columns columns = Columns::build(documents);
  Random random(2);
  CountScratch scratch;
  std::vector<OrdinalCount> counts;
  for (const double share : {0.0, 0.0005, 0.01, 0.2, 0.6, 0.98, 1.0}) {
    const DocSet docs = testing::random_set(documents.size(), share, random);
    for (const TextColumn& column : columns.texts()) {
      std::map<Ordinal, std::uint32_t> expected;
      docs.for_each(
          [&](DocId doc) { column.ordinals.for_each(doc, [&](Ordinal o) { ++expected[o]; }); });
      column.ordinals.count({docs, docs.count()}, scratch, counts);
      ASSERT_EQ(counts.size(), expected.size()) << column.name << " at " << share;
      for (const OrdinalCount& count : counts)
        ASSERT_EQ(count.count, expected[count.ordinal]) << column.name;
      std::vector<DocId> listed;
      docs.for_each([&](DocId doc) { listed.push_back(doc); });
      std::vector<OrdinalCount> again;
      column.ordinals.count({docs, docs.count(), listed}, scratch, again);
      ASSERT_EQ(again, counts) << column.name << ", listed";
    }
    for (const std::uint32_t left : scratch.counts)
      ASSERT_EQ(left, 0U);
  }
}

TEST(Dictionary, SortsAsPeopleDoAndFindsByBytesCaseAndBeginning) {
  std::vector<std::string_view> values{"zebra", "Apple", "apple", "Äpfel", "apricot", "ZEBRA x"};
  std::vector<Ordinal> order;
  const Dictionary dictionary = Dictionary::build(values, order);
  std::vector<std::string_view> sorted;
  for (Ordinal o = 0; o < dictionary.size(); ++o)
    sorted.push_back(dictionary.value(o));
  EXPECT_EQ(sorted, (std::vector<std::string_view>{"Äpfel", "Apple", "apple", "apricot", "zebra",
                                                   "ZEBRA x"}));
  EXPECT_EQ(dictionary.find("apple"), 2U);
  EXPECT_EQ(dictionary.find("APPLE"), Ordinals::kNone);
  EXPECT_EQ(dictionary.find_folded("apple"), (std::pair<Ordinal, Ordinal>{1, 3}));
  EXPECT_EQ(dictionary.find_prefix("ap"), (std::pair<Ordinal, Ordinal>{0, 4}));
  EXPECT_EQ(dictionary.find_prefix("q").first, dictionary.find_prefix("q").second);
}

TEST(ValueText, ReadsTimesAndRefusesWhatIsNone) {
  for (const char* wrong : {"", "2026", "2026-13-01", "2026-02-30", "2025-02-29", "2026-1-1",
                            "2026-01-01T", "2026-01-01T25:00", "2026-01-01T10:00+99:00", "x"}) {
    EXPECT_FALSE(read_time(wrong)) << wrong;
  }
  EXPECT_EQ(read_time("1970-01-01")->first, 0);
  EXPECT_EQ(read_time("2024-02-29T12:30:15Z")->first, 1'709'209'815);
  EXPECT_EQ(read_time("2024-02-29 12:30")->first, 1'709'209'800);
  EXPECT_EQ(read_time("2024-02-29T12:30:00+02:00")->first, 1'709'202'600);
  EXPECT_EQ(read_time("1969-12-31")->first, -86'400);
  EXPECT_GT(read_time("2026-01-01")->last, read_time("2026-01-01T23:59:59Z")->first);
}

TEST(ValueText, NumbersReadBackAsTheyWere) {
  EXPECT_FALSE(read_number(""));
  EXPECT_FALSE(read_number("1e999"));
  EXPECT_FALSE(read_number("nan"));
  EXPECT_FALSE(read_number("12px"));
  EXPECT_EQ(number_text(10), "10");
  EXPECT_EQ(number_text(19.99), "19.99");
  EXPECT_EQ(number_text(-0.0), "0");
  Random random(4);
  for (int i = 0; i < 2000; ++i) {
    const double number = std::ldexp(std::uniform_real_distribution<>(-1, 1)(random),
                                     static_cast<int>(testing::below(random, 100)) - 50);
    EXPECT_EQ(read_number(number_text(number)), number);
  }
}

TEST(ValueText, FoldsCaseAccentsAndSpaces) {
  EXPECT_EQ(folded_value("  Café\t Noir  "), "cafe noir");
  EXPECT_EQ(folded_value("Straße 5\""), "strasse 5\"");
  EXPECT_EQ(tidy_path(" A>B >  C c > "), "A > B > C c");
  EXPECT_EQ(tidy_path(" > "), "");
  EXPECT_EQ(path_depth("A > B > C"), 2U);
}

}  // namespace
}  // namespace souk::search
