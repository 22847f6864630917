// Consent, visits, signing in, erasing, and accounts.
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

using Ids = std::vector<std::string>;

/// An event with an envelope that the fake host does not make: an anonymous id.
void identify(Shop& shop, const std::string& shopper, const std::string& anonymous,
              const std::string& session = {}) {
  v1::Event event;
  event.set_shopper_id(shopper);
  event.set_anonymous_id(anonymous);
  event.set_session_id(session);
  event.mutable_identified();
  const std::string envelope = event.SerializeAsString();
  souk_event raw{};
  raw.struct_size = sizeof(raw);
  raw.sequence = 1'000'000;
  raw.time_us = raw.received_us = shop.bench.host().now_us();
  raw.subscription = *shop.bench.declaration().subscription("souk.v1.Identified");
  raw.shopper_id = to_bytes(shopper);
  raw.session_id = to_bytes(session);
  raw.type = to_bytes("souk.v1.Identified");
  raw.envelope = to_bytes(envelope);
  const souk_event* events[] = {&raw};
  std::uint32_t done = 0;
  ASSERT_EQ(shop.bench.plugin()->events(shop.bench.plugin(), events, 1, &done), SOUK_OK);
  ASSERT_EQ(done, 1u);
}

TEST(Consent, WithoutPersonalisationNothingIsKeptOfThePersonAndTrendsStillCount) {
  Shop shop;
  shop.send(of_product<v1::ProductViewed>("a"),
            {.shopper_id = "ada", .session_id = "s", .flags = SOUK_EVENT_NO_PERSONALIZATION});
  auto event = of_product<v1::ProductAdded>("b");
  shop.send(event, {.shopper_id = "ada", .flags = SOUK_EVENT_NO_PERSONALIZATION});
  EXPECT_EQ(shop.ask("recently_viewed", "ada").items_size(), 0);
  EXPECT_EQ(ids(shop.ask("trending", "ada")), (Ids{"b", "a"}));
  v1::RecommendRequest by_session;
  by_session.set_session_id("s");
  by_session.set_explain(true);
  EXPECT_EQ(shop.ask(by_session).explanation().shopper_events(), 0u);
}

TEST(Consent, WithoutMeasuringNothingIsCountedAndTheShopperIsServed) {
  Shop shop;
  shop.send(of_product<v1::ProductViewed>("a"),
            {.shopper_id = "ada", .flags = SOUK_EVENT_NO_ANALYTICS});
  EXPECT_EQ(shop.ask("trending").items_size(), 0);
  EXPECT_EQ(ids(shop.ask("recently_viewed", "ada")), (Ids{"a"}));
}

TEST(Visits, APauseBeginsANewOne) {
  Shop shop;
  shop.visits("tea", 5, {"teapot", "cups"});
  shop.view("ada", "teapot");
  ASSERT_TRUE(shop.bench.advance(29min).ok());
  shop.view("ada", "spoon");
  auto request = Shop::request("for_you", "ada");
  request.set_explain(true);
  EXPECT_EQ(left_out(shop.ask(request), "seen_in_this_visit"), 2u);
  ASSERT_TRUE(shop.bench.advance(31min).ok());
  shop.view("ada", "fork");
  EXPECT_EQ(left_out(shop.ask(request), "seen_in_this_visit"), 1u);
}

TEST(Visits, AClickAndThePageItLeadsToAreOneLook) {
  Shop shop;
  shop.send(of_product<v1::ProductClicked>("a"), {.shopper_id = "ada"});
  shop.view("ada", "a");
  shop.view("bob", "b");
  shop.view("bob", "c");
  shop.view("bob", "b");
  EXPECT_EQ(ids(shop.ask("trending")), (Ids{"b", "a", "c"}));
}

TEST(SigningIn, TheVisitGoesWithThePerson) {
  Shop shop;
  shop.visits("tea", 5, {"teapot", "cups"});
  shop.view("anon-1", "teapot");
  shop.add("anon-1", "spoon");
  identify(shop, "ada", "anon-1");
  EXPECT_EQ(shop.ask("for_you", "ada").items(0).product_id(), "cups");
  EXPECT_EQ(ids(shop.ask("recently_viewed", "ada")), (Ids{"teapot"}));  // the spoon is in the cart
  EXPECT_EQ(shop.ask("recently_viewed", "anon-1").items_size(), 0);
  // And goes on.
  shop.view("ada", "fork");
  auto request = Shop::request("for_you", "ada");
  request.set_explain(true);
  EXPECT_EQ(left_out(shop.ask(request), "seen_in_this_visit"), 2u);
}

TEST(SigningIn, AVisitThatHadOnlyASessionId) {
  Shop shop;
  shop.view_in("s-1", "a");
  identify(shop, "ada", "", "s-1");
  EXPECT_EQ(ids(shop.ask("recently_viewed", "ada")), (Ids{"a"}));
}

TEST(SigningIn, TwoKnownPeopleAreNeverMadeOne) {
  Shop shop;
  identify(shop, "bob", "");
  shop.view("bob", "secret");
  identify(shop, "ada", "bob");
  EXPECT_EQ(shop.ask("recently_viewed", "ada").items_size(), 0);
  EXPECT_EQ(ids(shop.ask("recently_viewed", "bob")), (Ids{"secret"}));
  v1::Aliased alias;
  alias.set_previous_id("bob");
  shop.send(alias, {.shopper_id = "ada"});
  EXPECT_EQ(shop.ask("recently_viewed", "ada").items_size(), 0);
}

TEST(SigningIn, ASharedDeviceDoesNotMakeEverybodyOne) {
  Shop shop;
  shop.view("kiosk", "a");
  identify(shop, "ada", "kiosk");
  shop.view("kiosk", "b");
  identify(shop, "bob", "kiosk");
  EXPECT_EQ(ids(shop.ask("recently_viewed", "ada")), (Ids{"a"}));
  EXPECT_EQ(ids(shop.ask("recently_viewed", "bob")), (Ids{"b"}));
  // One person has not a hundred devices.
  for (int i = 0; i < 100; ++i) {
    const std::string anonymous = "device-" + std::to_string(i);
    shop.view(anonymous, "p" + std::to_string(i));
    identify(shop, "carl", anonymous);
  }
  EXPECT_EQ(ids(shop.ask("recently_viewed", "device-99")), (Ids{"p99"}));
}

TEST(SigningIn, AnAliasIsThePersonToo) {
  Shop shop;
  shop.view("old-id", "a");
  v1::Aliased alias;
  alias.set_previous_id("old-id");
  shop.send(alias, {.shopper_id = "ada"});
  EXPECT_EQ(ids(shop.ask("recently_viewed", "ada")), (Ids{"a"}));
}

TEST(Erasing, NothingOfThePersonIsLeft) {
  Shop shop;
  shop.visits("tea", 3, {"teapot", "cups"});
  shop.view("ada", "teapot");
  shop.view("ada", "rare");
  shop.view("anon-7", "rare");
  shop.add("ada", "cups");
  shop.order("ada", "o-1", {"rare"});
  v1::CustomerErased erased;
  erased.set_customer_id("ada");
  erased.add_other_ids("anon-7");
  shop.send(erased);
  for (const char* who : {"ada", "anon-7"}) {
    EXPECT_EQ(shop.ask("recently_viewed", who).items_size(), 0) << who;
    auto request = Shop::request("for_you", who);
    request.set_explain(true);
    EXPECT_EQ(shop.ask(request).explanation().shopper_events(), 0u) << who;
  }
  // The visit is gone from the model: nobody who looks at the teapot is led to "rare" by it.
  v1::RecommendRequest tea;
  tea.add_session_items("teapot");
  tea.set_explain(true);
  const auto reply = shop.ask(tea);
  for (const auto& item : reply.items()) {
    if (item.product_id() != "rare") continue;
    EXPECT_EQ(item.parts(0).source(), "trending");
  }
  // A late cancellation does not bring anybody back.
  v1::OrderCancelled cancelled;
  cancelled.set_order_id("o-1");
  shop.send(cancelled, {.shopper_id = "ada"});
  EXPECT_EQ(shop.ask("recently_viewed", "ada").items_size(), 0);
}

class Accounts : public ::testing::Test {
 protected:
  Accounts() {
    shop.put("a", "Tea");
    shop.put("b", "retail-only > Gifts");
    shop.put("c", "Tea");
    shop.visits("v", 5, {"a", "b", "c"});
  }
  Shop shop;
};

TEST_F(Accounts, HaveSettingsOfTheirOwn) {
  Settings settings;
  settings.add_exclude_categories("retail-only");
  settings.add_exclude_products("c");
  ASSERT_TRUE(shop.bench.set_account("northwind", settings).ok());
  EXPECT_EQ(ids(shop.ask(Shop::request("similar", "", "a"))).size(), 2u);
  EXPECT_EQ(shop.ask(Shop::request("similar", "", "a"), "northwind").items_size(), 0);
  EXPECT_EQ(shop.ask(Shop::request("similar", "", "a"), "other").items_size(), 2);
  // A caller on the bus says it in the request.
  auto request = Shop::request("similar", "", "a");
  request.set_account_id("northwind");
  EXPECT_EQ(shop.ask(request).items_size(), 0);
}

TEST_F(Accounts, SettingsThatAreWrongAreRefused) {
  Settings settings;
  settings.set_just_bought_days(9999);
  const Status status = shop.bench.set_account("northwind", settings);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("just_bought_days"), std::string::npos) << status.message();
}

TEST_F(Accounts, SeeOnlyTheirCatalog) {
  auto own = Shop::product("c", "Tea");
  own.add_only_account_ids("northwind");
  shop.put(own);
  auto denied = Shop::product("b", "Tea");
  denied.add_excluded_account_ids("northwind");
  shop.put(denied);
  const auto request = Shop::request("similar", "", "a");
  EXPECT_EQ(ids(shop.ask(request)), (Ids{"b"}));
  EXPECT_EQ(ids(shop.ask(request, "northwind")), (Ids{"c"}));
  EXPECT_EQ(ids(shop.ask(request, "other")), (Ids{"b"}));
}

TEST_F(Accounts, AThousandAccountsOfOneProduct) {
  auto own = Shop::product("c", "Tea");
  for (int i = 0; i < 1000; ++i)
    own.add_only_account_ids("account-" + std::to_string(i));
  shop.put(own);
  const auto request = Shop::request("similar", "", "a");
  EXPECT_TRUE(shows(shop.ask(request, "account-0"), "c"));
  EXPECT_TRUE(shows(shop.ask(request, "account-999"), "c"));
  EXPECT_FALSE(shows(shop.ask(request, "account-1000"), "c"));
}

TEST_F(Accounts, AReasonDoesNotNameWhatMayNotBeShown) {
  Settings settings;
  settings.add_exclude_categories("retail-only");
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  auto request = Shop::request("for_you");
  request.add_session_items("b");
  const auto reply = shop.ask(request);
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).reason(), "Often viewed with what you are looking at");
}

}  // namespace
}  // namespace souk::recommendations::testing
