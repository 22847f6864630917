// Filters over columns against the same question asked of every product, one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "plugins/search/model/filter_evaluation.hpp"
#include "plugins/search/model/value_text.hpp"
#include "plugins/search/tests/columns_fixtures.hpp"

namespace souk::search {
namespace {

using testing::below;
using testing::chance;
using testing::Random;
constexpr double kNow = 1.7e9 + 20 * 86'400;

/// A condition as text and as what it means of one product.
struct Question {
  std::string text;
  std::function<bool(const Document&)> holds;
};

Question text_question(const std::string& attribute, const std::string& value) {
  return {attribute + (value.size() % 2 == 0 ? " = \"" : ":\"") + value + "\"",
          [attribute, value](const Document& document) {
            const auto said = testing::texts_of(document, attribute);
            return std::any_of(said.begin(), said.end(), [&](const std::string& one) {
              return folded_value(one) == folded_value(value);
            });
          }};
}

Question number_question(Random& random) {
  const std::string attribute =
      std::vector<std::string>{"price", "widths", "rating"}[below(random, 3)];
  const double bound = std::floor(static_cast<double>(below(random, 210))) - 5;
  const double other = bound + static_cast<double>(below(random, 60));
  const auto any = [attribute](const Document& document, auto&& holds) {
    const auto said = testing::numbers_of(document, attribute);
    return std::any_of(said.begin(), said.end(), holds);
  };
  const std::string number = number_text(bound);
  switch (below(random, 6)) {
    case 0:
      return {attribute + "<" + number,
              [=](const Document& d) { return any(d, [=](double x) { return x < bound; }); }};
    case 1:
      return {attribute + " <= " + number,
              [=](const Document& d) { return any(d, [=](double x) { return x <= bound; }); }};
    case 2:
      return {attribute + ">" + number,
              [=](const Document& d) { return any(d, [=](double x) { return x > bound; }); }};
    case 3:
      return {attribute + " >=" + number,
              [=](const Document& d) { return any(d, [=](double x) { return x >= bound; }); }};
    case 4:
      return {attribute + " != " + number,
              [=](const Document& d) { return !any(d, [=](double x) { return x == bound; }); }};
    default:
      return {attribute + ":" + number + " TO " + number_text(other), [=](const Document& d) {
                return any(d, [=](double x) { return x >= bound && x <= other; });
              }};
  }
}

Question simple_question(Random& random, const std::vector<Document>& documents) {
  const std::vector<std::string> attributes{"brand", "categories", "attributes.colour",
                                            "sku",   "tags",       "attributes.rare",
                                            "id",    "on_sale"};
  const std::string attribute = attributes[below(random, attributes.size())];
  if (chance(random, 0.4)) return number_question(random);
  if (chance(random, 0.15)) {
    return {attribute + " IS NULL",
            [attribute](const Document& d) { return testing::texts_of(d, attribute).empty(); }};
  }
  if (chance(random, 0.1)) {
    const double days = static_cast<double>(below(random, 25)) + 0.25;
    return {"age_days < " + number_text(days), [days](const Document& d) {
              const auto said = testing::numbers_of(d, "created_at");
              return std::any_of(said.begin(), said.end(),
                                 [days](double at) { return (kNow - at) / 86'400 < days; });
            }};
  }
  const auto said = testing::texts_of(documents[below(random, documents.size())], attribute);
  std::string value = said.empty() ? "nobody" : said[below(random, said.size())];
  std::string escaped;
  for (const char c : value)
    escaped += (c == '"' ? "\\" : "") + std::string(1, c);
  Question made = text_question(attribute, value);
  made.text = attribute + ":\"" + escaped + "\"";
  return made;
}

Question random_question(Random& random, const std::vector<Document>& documents, int depth) {
  if (depth == 0 || chance(random, 0.3)) return simple_question(random, documents);
  if (chance(random, 0.25)) {
    Question inner = random_question(random, documents, depth - 1);
    return {"NOT (" + inner.text + ")", [inner](const Document& d) { return !inner.holds(d); }};
  }
  const bool all = chance(random, 0.5);
  std::vector<Question> parts;
  std::string text;
  for (std::size_t i = 2 + below(random, 3); i > 0; --i) {
    parts.push_back(random_question(random, documents, depth - 1));
    text += (text.empty() ? "" : all ? " AND " : " or ") + ("(" + parts.back().text + ")");
  }
  return {text, [parts, all](const Document& d) {
            const auto holds = [&](const Question& part) { return part.holds(d); };
            return all ? std::all_of(parts.begin(), parts.end(), holds)
                       : std::any_of(parts.begin(), parts.end(), holds);
          }};
}

DocSet evaluate(const Filter& filter, const ColumnsView& view, const DocSet& within) {
  DocSet out;
  SegmentFilter(filter, view, kNow).evaluate(within, out);
  return out;
}

TEST(FilterEvaluation, UnknownAttributesAreNamedWithTheirNeighbours) {
  const Columns columns = Columns::build(testing::random_catalog(100, 1));
  const std::vector<const Columns*> segments{&columns};
  const auto check = [&](const char* text) {
    return check_attributes(*parse_filter(text, "filters"), segments, "filters").message();
  };
  EXPECT_EQ(check("price > 1 AND barnd = x"),
            "column 15: no product has the attribute 'barnd'; did you mean 'brand'?");
  EXPECT_EQ(check("color = x"),
            "column 1: no product has the attribute 'color'; did you mean 'attributes.colour'?");
  EXPECT_EQ(check("zzzzzzzz = x"), "column 1: no product has the attribute 'zzzzzzzz'");
  EXPECT_EQ(check("brand < 3"),
            "column 1: 'brand' is text: compare it with =, != or IN, not as a number");
  EXPECT_EQ(check("price = cheap"),
            "column 1: 'price' is a number; 'cheap' is neither a number nor a date (YYYY-MM-DD)");
  EXPECT_EQ(check("Brand = x AND colour = y AND list_price > 3 AND categories.lvl1 = z"), "");
  EXPECT_EQ(check_attributes(*parse_filter("zzz = x", "f"), {}, "f").message(), "");
}

TEST(FilterEvaluation, AttributesOfHiddenProductsAreNotGivenAway) {
  std::vector<Document> documents(2);
  documents[0].values = {{"brand", "Acme"}, {"colour", "red"}};
  documents[1].values = {{"brand", "Zeta"}, {"secret", "yes"}};
  const Columns columns = Columns::build(documents);
  const std::vector<const Columns*> segments{&columns};
  std::vector<DocSet> visible{DocSet(2)};
  visible[0].add(0);
  const auto check = [&](const char* text) {
    return check_attributes(*parse_filter(text, "filters"), segments, "filters", visible).message();
  };
  EXPECT_EQ(check("secret = yes"), "column 1: no product has the attribute 'secret'");
  EXPECT_EQ(check("secrt = yes"), "column 1: no product has the attribute 'secrt'");
  EXPECT_EQ(check("colour = red AND brand = Zeta"), "");
  visible[0].add(1);
  EXPECT_EQ(check("secret = yes"), "");
}

TEST(FilterEvaluation, WhatNobodyHasMatchesNothing) {
  const Columns columns = Columns::build(testing::random_catalog(100, 1));
  const DocSet all(100, true);
  const auto count = [&](const char* text) {
    return evaluate(*parse_filter(text, "f"), {&columns}, all).count();
  };
  EXPECT_EQ(count("nobody = x"), 0U);
  EXPECT_EQ(count("NOT nobody = x"), 100U);
  EXPECT_EQ(count("nobody IS NULL"), 100U);
  EXPECT_EQ(count("brand < 3"), 0U);
  EXPECT_EQ(count("id = p7"), 1U);
  EXPECT_EQ(count("id = P7"), 0U);
  EXPECT_EQ(count(""), 100U);
}

TEST(FilterEvaluation, IsWhatEveryProductSaysItself) {
  for (const std::size_t size : {60U, 1500U, 5000U}) {
    const auto documents = testing::random_catalog(size, size + 7);
    const Columns columns = Columns::build(documents);
    Random random(size);
    for (int round = 0; round < (size < 5000 ? 250 : 50); ++round) {
      const Question question = random_question(random, documents, 3);
      const auto filter = parse_filter(question.text, "f");
      ASSERT_TRUE(filter.ok()) << question.text << ": " << filter.status().message();
      const DocSet within = testing::random_set(size, chance(random, 0.5) ? 1.0 : 0.4, random);
      const DocSet found = evaluate(*filter, {&columns}, within);
      const SegmentFilter one_by_one(*filter, {&columns}, kNow);
      for (DocId doc = 0; doc < size; ++doc) {
        const bool expected = question.holds(documents[doc]);
        ASSERT_EQ(found.contains(doc), expected && within.contains(doc)) << question.text;
        ASSERT_EQ(one_by_one.holds(doc), expected) << question.text;
      }
    }
  }
}

TEST(FilterEvaluation, PlacesAreNearOrInside) {
  const auto documents = testing::random_catalog(2000, 11);
  const Columns columns = Columns::build(documents);
  const DocSet all(2000, true);
  Random random(12);
  for (int round = 0; round < 40; ++round) {
    const GeoPoint from{static_cast<double>(below(random, 180)) - 90,
                        static_cast<double>(below(random, 360)) - 180};
    const double radius = 1000.0 * static_cast<double>(below(random, 8000));
    const GeoBox box{from.latitude - 10, from.longitude, from.latitude + 20,
                     from.longitude > 150 ? -150 : from.longitude + 30};
    const DocSet near = evaluate(near_filter(from, radius), {&columns}, all);
    const DocSet inside = evaluate(inside_filter({box}), {&columns}, all);
    for (DocId doc = 0; doc < 2000; ++doc) {
      bool is_near = false, is_inside = false;
      for (const GeoPoint& p : documents[doc].places) {
        is_near = is_near || distance_m(from, p) <= radius;
        const bool east = box.west <= box.east ? p.longitude >= box.west && p.longitude <= box.east
                                               : p.longitude >= box.west || p.longitude <= box.east;
        is_inside = is_inside || (east && p.latitude >= box.south && p.latitude <= box.north);
      }
      ASSERT_EQ(near.contains(doc), is_near);
      ASSERT_EQ(inside.contains(doc), is_inside);
    }
  }
  EXPECT_NEAR(distance_m({48.2082, 16.3738}, {52.52, 13.405}), 523'900, 1'000);  // Vienna, Berlin
}

TEST(FilterEvaluation, APriceListReplacesPrices) {
  auto documents = testing::random_catalog(3000, 21);
  const Columns columns = Columns::build(documents);
  Random random(22);
  std::vector<std::pair<DocId, double>> prices{{5000, 1}, {3, std::nan("")}};
  for (DocId doc = 0; doc < 3000; ++doc) {
    if (!chance(random, 0.2) || doc == 3) continue;
    prices.emplace_back(doc, static_cast<double>(below(random, 200)));
    std::erase_if(documents[doc].numbers,
                  [](const NumberValue& v) { return v.attribute == "price"; });
    documents[doc].numbers.push_back({"price", prices.back().second});
  }
  const NumberOverride list("price", 3000, prices);
  const std::vector<const NumberOverride*> overrides{&list};
  const Columns truth = Columns::build(documents);
  const DocSet all(3000, true);
  for (const char* text : {"price < 50", "price >= 150", "price: 20 TO 30", "price IS NULL",
                           "price = 77", "NOT price > 3", "price", "price < 9 AND rating > 1"}) {
    const Filter filter = *parse_filter(text, "f");
    const DocSet expected = evaluate(filter, {&truth}, all);
    EXPECT_EQ(evaluate(filter, {&columns, overrides}, all), expected) << text;
    const SegmentFilter one_by_one(filter, {&columns, overrides}, kNow);
    for (DocId doc = 0; doc < 3000; ++doc)
      ASSERT_EQ(one_by_one.holds(doc), expected.contains(doc)) << text;
  }
}

TEST(FilterEvaluation, LeavesOutTheFiltersOfOneAttribute) {
  const auto documents = testing::random_catalog(1500, 31);
  const Columns columns = Columns::build(documents);
  const Filter filter = *parse_filter(
      "(brand = Acme OR Brand = Zeta) AND colour = red AND price < 150 AND (brand = Zeta OR price "
      "> 9)",
      "f");
  Random random(3);
  const DocSet within = testing::random_set(1500, 0.8, random);
  const std::vector<std::string> attributes{"brand", "attributes.colour", "tags", "nobody"};
  DocSet all;
  std::vector<DocSet> without;
  SegmentFilter(filter, {&columns}, kNow).evaluate_without(within, attributes, all, without);
  const auto expected = [&](const char* text) {
    return evaluate(*parse_filter(text, "f"), {&columns}, within);
  };
  EXPECT_EQ(all, evaluate(filter, {&columns}, within));
  EXPECT_EQ(without[0], expected("colour = red AND price < 150 AND (brand = Zeta OR price > 9)"));
  EXPECT_EQ(without[1],
            expected("brand IN (Acme, Zeta) AND price < 150 AND (brand = Zeta OR price > 9)"));
  EXPECT_EQ(without[2], all);
  EXPECT_EQ(without[3], all);
}

}  // namespace
}  // namespace souk::search
