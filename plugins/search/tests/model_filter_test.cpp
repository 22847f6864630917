// Texts and lists → trees: what is refused, where, and what is understood.
#include <gtest/gtest.h>

#include "plugins/search/model/filter.hpp"

namespace souk::search {
namespace {

std::string error_of(std::string_view text, Dialect dialect = Dialect::souk) {
  const auto read = parse_filter(text, "filters", dialect);
  if (read.ok()) return "none";
  EXPECT_EQ(read.status().field(), "filters");
  EXPECT_EQ(read.code(), Code::invalid_argument);
  return read.status().message();
}

std::string read_as(std::string_view text, Dialect dialect = Dialect::souk) {
  const auto read = parse_filter(text, "filters", dialect);
  return read.ok() ? to_text(*read) : read.status().message();
}

TEST(Filter, WrongOnesSayWhereAndWhatIsAllowed) {
  EXPECT_EQ(error_of("brand ="), "column 8: expected a value, found the end");
  EXPECT_EQ(error_of("(brand = a"), "column 11: expected AND, OR or ), found the end");
  EXPECT_EQ(error_of("brand = a)"),
            "column 10: expected AND, OR or the end (quote values with spaces), found ')'");
  EXPECT_EQ(error_of("brand = Acme Co"),
            "column 14: expected AND, OR or the end (quote values with spaces), found 'Co'");
  EXPECT_EQ(error_of("AND x = 1"),
            "column 1: expected the name of an attribute, NOT or (, found 'AND'");
  EXPECT_EQ(error_of("ü = \"abc"), "column 5: text begins with \" and does not end with it");
  EXPECT_EQ(error_of("price < cheap"),
            "column 9: expected a number or a date (YYYY-MM-DD), found 'cheap'");
  EXPECT_EQ(error_of("price: 1 TO x"),
            "column 13: expected a number or a date (YYYY-MM-DD), found 'x'");
  EXPECT_EQ(error_of("price: x TO 1"),
            "column 8: expected a number or a date (YYYY-MM-DD), found 'x'");
  EXPECT_EQ(error_of("price IN 3"), "column 10: expected ( after IN, found '3'");
  EXPECT_EQ(error_of("price IN (3"), "column 12: expected a comma or ), found the end");
  EXPECT_EQ(error_of("price NOT 3"), "column 11: expected IN, found '3'");
  EXPECT_EQ(error_of("price IS 3"), "column 10: expected NULL, found '3'");
  EXPECT_EQ(error_of("a b"),
            "column 3: expected =, !=, :, <, <=, >, >=, IN, NOT IN, IS NULL, AND or OR, found 'b'");
  EXPECT_EQ(error_of("NOT"),
            "column 4: expected the name of an attribute, NOT or (, found the end");
  EXPECT_EQ(error_of("\"\" = a"),
            "column 1: expected the name of an attribute, NOT or (, found '\"\"'");
}

TEST(Filter, IsBounded) {
  EXPECT_NE(error_of(std::string(9000, 'x')).find("at most 8192"), std::string::npos);
  EXPECT_NE(error_of(std::string(70, '(') + "a" + std::string(70, ')')).find("64 parentheses"),
            std::string::npos);
  std::string nots;
  for (int i = 0; i < 100; ++i)
    nots += "NOT ";
  EXPECT_NE(error_of(nots + "a").find("64 parentheses"), std::string::npos);
  std::string many = "a";
  for (int i = 0; i < 1000; ++i)
    many += " OR a";
  EXPECT_NE(error_of(many).find("more than 1000 conditions"), std::string::npos);
  std::string values = "a IN (1";
  for (int i = 0; i < 2000; ++i)
    values += ",1";
  EXPECT_NE(error_of(values + ")").find("more than 2000 values"), std::string::npos);
}

TEST(Filter, OfNothingHoldsAlways) {
  EXPECT_EQ(error_of(""), "none");
  EXPECT_EQ(error_of("  \t\n"), "none");
  EXPECT_TRUE(parse_filter(" ", "f")->empty());
}

TEST(Filter, ReadsTheLanguageOfRecommendations) {
  EXPECT_EQ(read_as("brand = \"Acme\" AND (price < 80 OR category: \"Apparel > Shirts\") "
                    "AND NOT tag = clearance"),
            "\"brand\" = \"Acme\" AND (\"price\" <= 79.99999999999999 OR \"category\" = "
            "\"Apparel > Shirts\") AND NOT (\"tag\" = \"clearance\")");
  EXPECT_EQ(read_as("attributes.size NOT IN ('X L', M)"),
            "NOT (\"attributes.size\" IN (\"X L\", \"M\"))");
  EXPECT_EQ(read_as("on_sale and rating >= 4.5"), "\"on_sale\" AND \"rating\" >= 4.5");
  EXPECT_EQ(read_as("price: 5 TO 10"), "\"price\": 5 TO 10");
  EXPECT_EQ(read_as("size != 42mm"), "NOT (\"size\" = \"42mm\")");
}

TEST(Filter, ReadsAlgolias) {
  const auto algolia = [](std::string_view text) { return read_as(text, Dialect::algolia); };
  EXPECT_EQ(algolia("brand:Acme AND price < 3"),
            "\"brand\" = \"Acme\" AND \"price\" <= 2.9999999999999996");
  EXPECT_EQ(algolia("published OR user_42"),
            "\"_tags\" = \"published\" OR \"_tags\" = \"user_42\"");
  EXPECT_EQ(algolia("(\"county:Maricopa\" OR \"county:Pima\")"),
            "\"county\" = \"Maricopa\" OR \"county\" = \"Pima\"");
  EXPECT_EQ(algolia("price:5.99 TO 100"), "\"price\": 5.99 TO 100");
  EXPECT_EQ(algolia("NOT (a:1 OR (b:2 AND NOT c:3))"),
            "NOT (\"a\" = \"1\" OR (\"b\" = \"2\" AND NOT (\"c\" = \"3\")))");
  EXPECT_EQ(algolia("url:http://x/y?z and t:12:30"),
            "\"url\" = \"http://x/y?z\" AND \"t\" = \"12:30\"");
  EXPECT_EQ(algolia("\"my attribute\":'it\\'s'"), "\"my attribute\" = \"it's\"");
  EXPECT_EQ(algolia("count:\\-12"), "\"count\" = \"-12\"");
  EXPECT_EQ(algolia("count > -12"), "\"count\" >= -11.999999999999998");
  EXPECT_EQ(algolia("brand:Acme<score=3>"), "\"brand\" = \"Acme\"");
}

TEST(Filter, KnowsWhatIsNotThere) {
  EXPECT_EQ(read_as("brand IS NULL"), "\"brand\" IS NULL");
  EXPECT_EQ(read_as("brand is not null"), "NOT (\"brand\" IS NULL)");
  EXPECT_EQ(read_as("brand EXISTS"), "NOT (\"brand\" IS NULL)");
  EXPECT_EQ(read_as("NOT brand EXISTS"), "NOT (NOT (\"brand\" IS NULL))");
}

TEST(Filter, DatesAreDaysOrMoments) {
  const auto day = parse_filter("created_at <= 2026-01-01", "f");
  ASSERT_TRUE(day.ok());
  EXPECT_NEAR(day->tests[0].high, 1'767'311'999.999999, 1e-5);
  const auto before = parse_filter("created_at < \"2026-01-01\"", "f");
  EXPECT_LT(before->tests[0].high, 1'767'225'600);
  const auto range = parse_filter("created_at: 2026-01-01 TO 2026-01-02T00:00:00Z", "f");
  EXPECT_EQ(range->tests[0].low, 1'767'225'600);
  EXPECT_EQ(range->tests[0].high, 1'767'312'000);
}

TEST(Filter, WrittenAndReadAgainIsTheSame) {
  for (const char* text :
       {"a = b", "a IN (b, 'c d', \"e\\\"f\\\\\") OR NOT x", "p: 1 TO 2 AND (q >= 3 OR r IS NULL)",
        "NOT (a:b AND NOT (c:d OR e < 5))"}) {
    const std::string once = read_as(text);
    EXPECT_EQ(read_as(once), once) << text;
  }
}

TEST(Filter, JoinedOnesStayFlat) {
  Filter filter;
  for (int i = 0; i < 5000; ++i)
    filter.require(equal_filter("a", {std::to_string(i)}));
  EXPECT_EQ(filter.nodes.back().children.size(), 5000U);
  EXPECT_EQ(filter.nodes.size(), 5001U);
  Filter both = *parse_filter("a = 1 AND b = 2", "f");
  both.require(*parse_filter("c = 3 OR d = 4", "f"));
  both.require(*parse_filter("e = 5 AND f = 6", "f"));
  EXPECT_EQ(
      to_text(both),
      "\"a\" = \"1\" AND \"b\" = \"2\" AND (\"c\" = \"3\" OR \"d\" = \"4\") AND \"e\" = \"5\" "
      "AND \"f\" = \"6\"");
}

TEST(FilterLists, WrongOnesNameTheirGroup) {
  EXPECT_EQ(parse_facet_filters({{"a:b"}, {"brand"}}, "facetFilters").status().field(),
            "facetFilters[1]");
  EXPECT_EQ(parse_facet_filters({{":x"}}, "facetFilters").status().message(),
            "expected attribute:value, found ':x'");
  EXPECT_FALSE(parse_numeric_filters({{"price"}}, "n").ok());
  EXPECT_FALSE(parse_numeric_filters({{"price:cheap"}}, "n").ok());
  EXPECT_FALSE(parse_numeric_filters({{"price>3 AND price<5"}}, "n").ok());
  EXPECT_FALSE(parse_optional_filters({{"brand"}}, "o").ok());
  EXPECT_FALSE(parse_facet_filters({std::vector<std::string>(1001, "a:b")}, "f").ok());
}

TEST(FilterLists, AreAllOfGroupsOfAny) {
  const auto text = [](const Result<Filter>& read) {
    return read.ok() ? to_text(*read) : read.status().message();
  };
  EXPECT_EQ(text(parse_facet_filters({}, "f")), "");
  EXPECT_EQ(text(parse_facet_filters({{}, {""}}, "f")), "");
  EXPECT_EQ(text(parse_facet_filters({{"brand:X", "brand:Y"}, {"c:Z: (1)"}}, "f")),
            "\"brand\" IN (\"X\", \"Y\") AND \"c\" = \"Z: (1)\"");
  EXPECT_EQ(text(parse_facet_filters({{"a:-b"}, {"a:\\-c"}, {"\"x:y\":z"}}, "f")),
            "NOT (\"a\" = \"b\") AND \"a\" = \"-c\" AND \"x:y\" = \"z\"");
  EXPECT_EQ(text(parse_numeric_filters({{"price>=3"}, {"price:1 TO 5", "stock != 0"}}, "f")),
            "\"price\" >= 3 AND (\"price\": 1 TO 5 OR NOT (\"stock\" = \"0\"))");
  EXPECT_EQ(text(parse_tag_filters({{"a", "-b"}, {"_tags:c"}}, "f")),
            "(\"_tags\" = \"a\" OR NOT (\"_tags\" = \"b\")) AND \"_tags\" = \"c\"");
}

TEST(FilterLists, OldTextsAreGroupsToo) {
  EXPECT_EQ(read_legacy_groups(""), FilterGroups{});
  EXPECT_EQ(read_legacy_groups("a:1,(b:2, c:3),\"d:4,5\""),
            (FilterGroups{{"a:1"}, {"b:2", "c:3"}, {"\"d:4,5\""}}));
  EXPECT_EQ(read_legacy_groups("a:x (y),((b:1"), (FilterGroups{{"a:x (y)"}, {"(b:1"}}));
}

TEST(FilterLists, WishesHaveScores) {
  const auto wishes = parse_optional_filters({{"a:b<score=3>", "c:d"}, {"e:-f<score=2>"}}, "o");
  ASSERT_TRUE(wishes.ok());
  ASSERT_EQ(wishes->size(), 3U);
  EXPECT_EQ((*wishes)[0].score, 3);
  EXPECT_EQ((*wishes)[1].score, 1);
  EXPECT_EQ((*wishes)[2].score, -2);
  EXPECT_EQ((*wishes)[2].group, 1U);
  EXPECT_EQ(to_text((*wishes)[2].when), "\"e\" = \"f\"");
}

TEST(Boosts, AreConditionsWithFactors) {
  EXPECT_FALSE(parse_boosts("brand = a", "boost").ok());
  EXPECT_FALSE(parse_boosts("brand = a => x", "boost").ok());
  EXPECT_FALSE(parse_boosts("brand = a => 101", "boost").ok());
  EXPECT_FALSE(parse_boosts("brand = a => 1 b", "boost").ok());
  EXPECT_TRUE(parse_boosts("", "boost")->empty());
  const auto rules = parse_boosts("brand = \"Acme\" => 1.5; category:Shoes=>0.5;", "boost");
  ASSERT_TRUE(rules.ok()) << rules.status().message();
  ASSERT_EQ(rules->size(), 2U);
  EXPECT_EQ((*rules)[0].factor, 1.5);
  EXPECT_EQ(to_text((*rules)[1].when), "\"category\" = \"Shoes\"");
}

}  // namespace
}  // namespace souk::search
