// Filters, boosts, prices, search words and diversity: from texts that are wrong to what they do.
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

/// A shop whose products are all popular, in the order a, b, c, …: what is left of it tells what a
/// filter did.
class FilterExpressions : public ::testing::Test {
 protected:
  void SetUp() override {
    put("a", "Apparel > Shirts", "Acme", 1999, {"clearance"}, {{"Color", "Red"}});
    put("b", "Apparel > Shirts", "Acme", 7990, {}, {{"Color", "Blue"}});
    put("c", "Apparel > Shoes", "Bolt", 8000, {}, {{"Color", "Red"}});
    put("d", "Garden", "Bolt", 500, {"vegan"}, {});
    put("e", "Garden", "", -1, {}, {});
    int views = 60;
    for (const char* product : {"a", "b", "c", "d", "e"}) {
      for (int i = 0; i < views; ++i)
        shop_.view_in(std::string(product) + std::to_string(i), product);
      views -= 10;
    }
  }
  void put(std::string_view id, std::string_view category, std::string_view brand,
           std::int64_t price, const std::vector<std::string>& tags,
           const std::vector<std::pair<std::string, std::string>>& attributes) {
    v1::Product product = Shop::product(id, category);
    product.set_brand(std::string(brand));
    if (price >= 0) product.mutable_price_range()->mutable_min()->set_amount(price);
    if (id == "c") product.mutable_list_price_range()->mutable_min()->set_amount(price + 100);
    for (const std::string& tag : tags)
      product.add_tags(tag);
    for (const auto& [name, value] : attributes)
      (*product.mutable_attributes())[name] = value;
    if (id == "b") {
      product.mutable_rating()->set_value(4.5);
      product.mutable_rating()->set_count(3);
    }
    shop_.put(product);
  }
  std::string left_by(std::string_view filter) {
    auto request = Shop::request("trending");
    request.set_filter(std::string(filter));
    return joined(shop_.ask(request));
  }
  static std::string joined(const v1::RecommendReply& reply) {
    std::string all;
    for (const std::string& id : ids(reply))
      all += id;
    return all;
  }
  std::string refusal_of(std::string_view filter) {
    auto request = Shop::request("trending");
    request.set_filter(std::string(filter));
    const Status status = shop_.refusal(request);
    EXPECT_EQ(status.code(), Code::invalid_argument) << filter;
    return status.message();
  }

  Shop shop_;
};

TEST_F(FilterExpressions, AMistakeNamesItsColumnWhatWasFoundAndWhatIsAllowed) {
  struct Mistake {
    const char* filter;
    const char* said;
  };
  const std::string deep(17, '(');
  std::string many = "brand = a";
  for (int i = 0; i < 64; ++i)
    many += " OR brand = a";
  const Mistake mistakes[] = {
      {"prise < 80", "column 1: 'prise' is no fact of products; did you mean price?"},
      {"brand = a AND", "column 14: found the end where a fact (brand, category,"},
      {"brand", "column 6: found the end where =, !=, :, IN or NOT IN is needed"},
      {"price < cheap", "column 9: found 'cheap' where a number is needed"},
      {"price : 10 TO 5", "the range ends before it begins"},
      {"price < 1e99999", "where a number is needed"},
      {"price < 99999999999999", "the number is too large"},
      {"(brand = a", "column 11: found the end where AND, OR or ) is needed"},
      {"brand = a brand = b", "column 11: found 'brand' where AND, OR or the end is needed"},
      {"brand = \"a", "column 9: text begins with \" and does not end with it"},
      {"brand NOT (a)", "where IN is needed"},
      {"attributes = red", "where .NAME, as in attributes.color, is needed"},
      {"on_sale = maybe", "where true or false is needed"},
      {"stock > 5", "where 0 or 1 (stock says whether a product can be bought)"},
      {"brand = a ? b", "column 11: there is no use for '?' here"},
      {"büro = 1", "column 1: 'büro' is no fact"},
      {deep.c_str(), "deeper than 16"},
      {many.c_str(), "more than 64 conditions"},
  };
  for (const Mistake& mistake : mistakes) {
    const std::string said = refusal_of(mistake.filter);
    EXPECT_EQ(said.rfind("filter: column ", 0), 0u) << said;
    EXPECT_NE(said.find(mistake.said), std::string::npos) << mistake.filter << "\n" << said;
  }
  EXPECT_NE(refusal_of(std::string(2001, ' ') + "brand = a").find("2000"), std::string::npos);
}

TEST_F(FilterExpressions, EachFactIsCompared) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "abcde"},
      {"brand = Acme", "ab"},
      {"brand = acme", ""},  // as the catalog writes it
      {"brand != Acme", "cde"},
      {"brand IN (Acme, 'Bolt')", "abcd"},
      {"brand NOT IN (Acme, Bolt)", "e"},
      {"category: Apparel", "abc"},
      {"category: \"Apparel > Shirts\"", "ab"},
      {"tag = clearance", "a"},
      {"tags IN (Clearance, vegan)", "ad"},
      {"attributes.color = red", "ac"},
      {"attributes.\"Color\" != RED", "bde"},
      {"price < 79.90", "ad"},
      {"price <= 79.90", "abd"},
      {"price = 80", "c"},
      {"price > 20 AND price < 80", "b"},
      {"price: 5 TO 19.99", "ad"},
      {"NOT price >= 0", "e"},
      {"rating >= 4.5", "b"},
      {"on_sale", "c"},
      {"NOT on_sale", "abde"},
      {"on_sale = false", "abde"},
      {"stock > 0", "abcde"},
      {"age_days < 1", "abcde"},
      {"product IN (a, e)", "ae"},
  };
  for (const auto& [filter, expected] : cases)
    EXPECT_EQ(left_by(filter), expected) << filter;
}

TEST_F(FilterExpressions, AndOrNotAndParenthesesBindAsInLogic) {
  EXPECT_EQ(left_by("brand = Acme OR brand = Bolt AND price < 10"), "abd");
  EXPECT_EQ(left_by("(brand = Acme OR brand = Bolt) AND price < 10"), "d");
  EXPECT_EQ(left_by("not (brand = Acme or brand = Bolt)"), "e");
  EXPECT_EQ(left_by("NOT brand = Acme AND NOT brand = Bolt"), "e");
  EXPECT_EQ(left_by("NOT NOT brand = Acme"), "ab");
  EXPECT_EQ(left_by("brand = Acme AND (price < 80 OR category: Garden) AND NOT tag = clearance AND "
                    "attributes.color IN (red, blue) AND stock > 0 AND age_days < 30"),
            "b");
}

TEST_F(FilterExpressions, WhatMatchesNothingSaysSo) {
  auto request = Shop::request("trending");
  request.set_filter("brand = Acne");
  auto reply = shop_.ask(request);
  EXPECT_EQ(reply.items_size(), 0);
  EXPECT_NE(reply.note().find("brand \"Acne\", which no product has"), std::string::npos)
      << reply.note();
  request.set_filter("price > 1000");
  reply = shop_.ask(request);
  EXPECT_EQ(reply.items_size(), 0);
  EXPECT_NE(reply.note().find("do not match the filter"), std::string::npos) << reply.note();
}

TEST_F(FilterExpressions, TheStateOfTheMomentDecides) {
  shop_.stock("a", 0);
  EXPECT_EQ(left_by("stock > 0"), "bcde");
  put("d", "Garden", "Acme", 500, {}, {});
  EXPECT_EQ(left_by("brand = Acme"), "bd");
  ASSERT_TRUE(shop_.bench.advance(24h * 31).ok());
  EXPECT_EQ(left_by("age_days < 30"), "");
}

TEST_F(FilterExpressions, PricesOfTheRequestAreInMinorUnits) {
  auto request = Shop::request("trending");
  request.set_min_price(500);
  request.set_max_price(7990);
  EXPECT_EQ(joined(shop_.ask(request)), "abd");
  request.set_min_price(9000);
  const Status status = shop_.refusal(request);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("minPrice is 9000 and maxPrice 7990"), std::string::npos);
}

TEST_F(FilterExpressions, APriceThatBecomesZeroIsAPrice) {
  put("a", "Apparel > Shirts", "Acme", 0, {}, {});
  EXPECT_EQ(left_by("price = 0"), "a");
  EXPECT_EQ(left_by("price > 0 AND price < 50"), "d");
  auto request = Shop::request("trending");
  request.set_max_price(0);
  EXPECT_EQ(joined(shop_.ask(request)), "a");
}

class Boosts : public FilterExpressions {
 protected:
  std::string ranked_by(std::string_view boost) {
    auto request = Shop::request("trending");
    request.set_boost(std::string(boost));
    return joined(shop_.ask(request));
  }
};

TEST_F(Boosts, AMistakeIsRefused) {
  for (const auto& [boost, said] :
       {std::pair{"brand = Acme", "where => and a factor is needed"},
        std::pair{"brand = Acme => 0", "allowed is above 0"},
        std::pair{"brand = Acme => 101", "up to 100"}, std::pair{"=> 2", "where a fact"},
        std::pair{"on_sale => 2 on_sale => 2", "where ; or the end"}}) {
    auto request = Shop::request("trending");
    request.set_boost(boost);
    const Status status = shop_.refusal(request);
    EXPECT_EQ(status.code(), Code::invalid_argument);
    EXPECT_NE(status.message().find(said), std::string::npos) << status.message();
  }
}

TEST_F(Boosts, FactorsMultiplyScores) {
  EXPECT_EQ(ranked_by(""), "abcde");
  EXPECT_EQ(ranked_by("brand = Bolt => 3"), "cdabe");
  // 60, 50, 3 · 40, 0.3 · 30, 0.1 · 20
  EXPECT_EQ(ranked_by("brand = Bolt => 3; category: Garden => 0.1;"), "cabde");
  EXPECT_EQ(ranked_by("tag = clearance => 0.1"), "bcdea");
}

TEST_F(Boosts, ScoresNeverRiseAlongAnAnswer) {
  auto request = Shop::request("trending");
  request.set_boost("brand = Bolt => 3");
  request.set_diversity(0.9);
  const auto reply = shop_.ask(request);
  ASSERT_EQ(reply.items_size(), 5);
  for (int i = 1; i < reply.items_size(); ++i)
    EXPECT_LE(reply.items(i).score(), reply.items(i - 1).score());
}

TEST_F(Boosts, WordsOfASearchComeFirst) {
  v1::Product rain = Shop::product("rain", "Garden");
  rain.set_title("Green RAIN Jacket");
  shop_.put(rain);
  shop_.view_in("r", "rain");
  for (int i = 0; i < 19; ++i)
    shop_.view_in("r" + std::to_string(i), "rain");
  auto request = Shop::request("trending");
  request.set_query("rain jack");
  EXPECT_EQ(shop_.ask(request).items(0).product_id(), "rain");
  request.set_query("ain acket");  // not the beginnings of words
  EXPECT_EQ(shop_.ask(request).items(0).product_id(), "a");
}

TEST_F(Boosts, DiversityPutsUnlikeProductsBesideEachOther) {
  auto request = Shop::request("trending");
  request.set_diversity(1.5);
  EXPECT_EQ(shop_.refusal(request).code(), Code::invalid_argument);
  request.set_diversity(0);
  EXPECT_EQ(joined(shop_.ask(request)), "abcde");
  request.set_diversity(0.7);
  const std::string order = joined(shop_.ask(request));
  EXPECT_EQ(order.size(), 5u);
  EXPECT_EQ(order[0], 'a');
  EXPECT_GT(order.find('b'), 1u) << "b is of the brand and the category of a: " << order;
}

TEST_F(FilterExpressions, WhatIsShownElsewhereOnThePageIsLeftOut) {
  auto request = Shop::request("trending");
  request.set_explain(true);
  request.add_shown("a");
  request.add_exclude("c");
  const auto reply = shop_.ask(request);
  EXPECT_EQ(joined(reply), "bde");
  EXPECT_EQ(left_out(reply, "shown_on_page"), 1u);
  EXPECT_EQ(left_out(reply, "excluded"), 1u);
}

TEST_F(FilterExpressions, ACartOfAThousandLinesWorksAndOneMoreIsRefused) {
  for (int i = 0; i < 900; ++i)
    shop_.view_in("more", "m" + std::to_string(i));
  auto request = Shop::request("bought_together");
  request.add_cart("a");
  for (int i = 1; i < 1000; ++i)
    request.add_cart("m" + std::to_string(i));
  request.set_explain(true);
  const auto reply = shop_.ask(request);
  EXPECT_FALSE(shows(reply, "a"));
  EXPECT_EQ(left_out(reply, "in_cart"), 1u);
  request.add_cart("one more");
  const Status status = shop_.refusal(request);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("cart has 1001 products, allowed are at most 1000"),
            std::string::npos);
}

}  // namespace
}  // namespace souk::recommendations::testing
