// What merchandisers decide, and what they can't: wrong rules first.
#include "plugins/search/tests/search_shop.hpp"

namespace souk::search::testing {
namespace {

souk::search::v1::Rule& add_rule(Settings& settings, std::string_view id) {
  auto& rule = *settings.mutable_rules()->add_rules();
  rule.set_id(std::string(id));
  return rule;
}

void put_ruled_teapots(SearchShop& shop) {
  shop.put("p1", "Teapot red", "Kitchen", 20, "Acme");
  shop.put("p2", "Teapot blue", "Kitchen", 30, "Bolt");
  shop.put("p3", "Teapot green", "Kitchen", 40, "Cosy");
  shop.put("p4", "Kettle", "Kitchen", 50, "Cosy");
}

TEST(SearchRules, WhatCannotBeReadIsRefusedWithItsPlace) {
  Settings settings;
  add_rule(settings, "fine");
  add_rule(settings, "broken").set_boost("brand = Acme => lots");
  souk::testing::Bench bench(plugin_entry());
  const Status status = bench.begin_life(settings);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("rules.rules[1].boost"), std::string::npos) << status.message();
  settings.mutable_rules()->mutable_rules(1)->set_boost("");
  settings.mutable_rules()->mutable_rules(1)->set_from("next tuesday");
  EXPECT_EQ(souk::testing::Bench(plugin_entry()).begin_life(settings).code(),
            Code::invalid_argument);
}

TEST(SearchRules, APinnedProductThatIsHiddenStaysHidden) {
  Settings settings;
  auto& rule = add_rule(settings, "pin");
  rule.add_queries("teapot");
  rule.add_pin()->set_product_id("secret");
  rule.add_pin()->set_product_id("p1");
  rule.add_pin()->set_product_id("never-there");
  SearchShop shop(settings);
  put_ruled_teapots(shop);
  auto secret = SearchShop::product("secret", "Teapot gold");
  secret.set_hidden(true);
  shop.put(secret);
  EXPECT_FALSE(shows(shop.ask("teapot"), "secret"));
  secret.set_hidden(false);
  secret.add_only_account_ids("northwind");
  shop.put(secret);
  EXPECT_FALSE(shows(shop.ask("teapot"), "secret"));
  EXPECT_EQ(shop.ask(SearchShop::request("teapot"), "northwind").hits(0).product_id(), "secret");
}

TEST(SearchRules, PinsTakeTheirPlacesButRespectFiltersAndSorts) {
  Settings settings;
  auto& rule = add_rule(settings, "pin");
  rule.add_queries("Teapot");
  auto* first = rule.add_pin();
  first->set_product_id("p4");
  auto* third = rule.add_pin();
  third->set_product_id("p1");
  third->set_position(3);
  SearchShop shop(settings);
  put_ruled_teapots(shop);
  const auto reply = shop.ask("teapot");
  ASSERT_EQ(reply.hits_size(), 4);
  EXPECT_EQ(reply.total(), 4u);
  EXPECT_EQ(reply.hits(0).product_id(), "p4");
  EXPECT_TRUE(reply.hits(0).pinned());
  EXPECT_EQ(reply.hits(2).product_id(), "p1");
  EXPECT_EQ(reply.applied_rules(0), "pin");
  EXPECT_FALSE(shows(shop.ask("teapot", "price < 45"), "p4"));
  auto request = SearchShop::request("teapot");
  request.set_sort("price asc");
  EXPECT_EQ(ids(shop.ask(request)), (std::vector<std::string>{"p1", "p2", "p3", "p4"}));
  EXPECT_EQ(shop.ask("kettle").applied_rules_size(), 0);
}

TEST(SearchRules, BoostBuryHideFilterRedirectBannerAndOtherWords) {
  Settings settings;
  auto& boost = add_rule(settings, "boost");
  boost.add_queries("teapot");
  boost.set_boost("brand = Cosy => 5");
  boost.set_bury("brand = Acme");
  auto& hide = add_rule(settings, "hide");
  hide.add_queries("pot");
  hide.set_match("ends_with");
  hide.add_hide("p2");
  hide.set_replace_query("teapot");
  auto& send = add_rule(settings, "send");
  send.add_queries("returns");
  send.set_redirect("https://shop.example/returns");
  (*send.mutable_banner())["title"] = "Say \"hello\"";
  auto& only = add_rule(settings, "only");
  only.add_contexts("outlet");
  only.set_filter("price < 25");
  SearchShop shop(settings);
  put_ruled_teapots(shop);
  EXPECT_EQ(ids(shop.ask("teapot")), (std::vector<std::string>{"p3", "p2", "p1"}));
  const auto hidden = shop.ask("nice pot");
  EXPECT_FALSE(shows(hidden, "p2"));
  EXPECT_TRUE(shows(hidden, "p1"));
  const auto sent = shop.ask("Returns");
  EXPECT_EQ(sent.redirect(), "https://shop.example/returns");
  ASSERT_EQ(sent.banners_size(), 1);
  EXPECT_EQ(sent.banners(0).fields().at("title").string_value(), "Say \"hello\"");
  auto request = SearchShop::request("teapot");
  request.add_rule_contexts("outlet");
  EXPECT_EQ(ids(shop.ask(request)), std::vector<std::string>{"p1"});
}

TEST(SearchRules, TheyHoldInTheirTimeForTheirAccountsAndSegments) {
  Settings settings;
  auto& rule = add_rule(settings, "sale");
  rule.set_from("2027-01-16");
  rule.set_until("2027-01-16T12:00:00+01:00");
  rule.add_pin()->set_product_id("p4");
  auto& account = add_rule(settings, "account");
  account.add_accounts("northwind");
  account.add_hide("p1");
  auto& segment = add_rule(settings, "segment");
  segment.add_segments("high_value");
  segment.add_hide("p2");
  SearchShop shop(settings);
  put_ruled_teapots(shop);
  EXPECT_FALSE(shows(shop.ask("teapot"), "p4"));
  shop.bench.host().set_now_us(SearchShop::kStart + 86'400'000'000 + 3'600'000'000);
  // 2027-01-15T08:00Z and a day and an hour.
  EXPECT_EQ(shop.ask("teapot").hits(0).product_id(), "p4");
  shop.bench.host().set_now_us(SearchShop::kStart + 86'400'000'000 + 3 * 3'600'000'000LL);
  EXPECT_FALSE(shows(shop.ask("teapot"), "p4"));
  EXPECT_TRUE(shows(shop.ask("teapot"), "p1"));
  EXPECT_FALSE(shows(shop.ask(SearchShop::request("teapot"), "northwind"), "p1"));
  auto request = SearchShop::request("teapot");
  request.set_segment("high_value");
  EXPECT_FALSE(shows(shop.ask(request), "p2"));
}

TEST(SearchRules, EventsOfTheAlgoliaApiCountAndSurviveARestart) {
  SearchShop shop;
  put_ruled_teapots(shop);
  v1::SearchRulesSet event;
  event.set_index("products");
  auto* record = event.add_records();
  record->set_id("r1");
  record->set_json(
      R"({"objectID":"r1","conditions":[{"pattern":"teapot","anchoring":"contains"}],)"
      R"("consequence":{"promote":[{"objectID":"p4","position":0}],"hide":[{"objectID":"p1"}],)"
      R"("userData":{"a":[1,true,null]}}})");
  auto* off = event.add_records();
  off->set_id("r2");
  off->set_json(R"({"objectID":"r2","enabled":false,"consequence":{"hide":[{"objectID":"p2"}]}})");
  auto* broken = event.add_records();
  broken->set_id("r3");
  broken->set_json("[[[");
  shop.send(event);
  for (int life = 0; life < 2; ++life) {
    const auto reply = shop.ask("a teapot");
    EXPECT_EQ(reply.hits(0).product_id(), "p4");
    EXPECT_FALSE(shows(reply, "p1"));
    EXPECT_TRUE(shows(reply, "p2"));
    ASSERT_EQ(reply.banners_size(), 1);
    EXPECT_EQ(reply.banners(0).fields().at("a").list_value().values_size(), 3);
    ASSERT_TRUE(shop.bench.restart().ok());
  }
  v1::SearchRulesSet gone;
  gone.set_index("products");
  gone.add_deleted_ids("r1");
  shop.send(gone);
  EXPECT_TRUE(shows(shop.ask("teapot"), "p1"));
}

}  // namespace
}  // namespace souk::search::testing
