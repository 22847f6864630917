// A ranker is learned from what was shown and taken, says what it would bring, and orders products
// only when that is no worse. Sizes and segments of shoppers count.
#include <random>

#include "plugins/search/tests/search_shop.hpp"

namespace souk::search::testing {
namespace {

constexpr int kKinds = 60;
constexpr int kOfKind = 8;
constexpr std::int64_t kMinute = 60'000'000;

Settings mode(const char* name) {
  Settings settings;
  settings.mutable_ranker()->set_mode(name);
  return settings;
}

/// Of a merchant who gave no weight to what shoppers do.
Settings by_text(const char* name) {
  Settings settings = mode(name);
  settings.mutable_ranking()->set_behaviour(0);
  settings.mutable_ranking()->set_popularity(0);
  settings.mutable_ranking()->set_personal(0);
  return settings;
}

v1::SearchRankerReport report(SearchShop& shop) {
  auto reply = shop.bench.ask<v1::SearchService::Ranker>(v1::SearchRankerRequest());
  EXPECT_TRUE(reply.ok());
  return reply.ok() ? reply.value() : v1::SearchRankerReport();
}

std::string kind_of(int kind) {
  std::string name = "kind";
  for (int left = kind; name.size() < 6; left /= 10)
    name += static_cast<char>('a' + left % 10);
  return name;
}

/// Products of one kind differ by price alone; their ids say nothing.
void fill_with_trained_ranks(SearchShop& shop) {
  for (int i = 0; i < kKinds * kOfKind; ++i) {
    const int kind = i % kKinds;
    const int step = (i / kKinds * 5 + kind) % kOfKind;
    shop.put("p" + std::to_string(i), "Thing " + kind_of(kind), "Things > " + kind_of(kind),
             10 + 10 * step);
  }
}

double price_of(const v1::SearchHit& hit) {
  return static_cast<double>(hit.product().price_range().min().amount()) / 100;
}

/// People look at places by 1 / place and take what is cheap, or by chance.
void search_and_click(SearchShop& shop, int times, bool by_price, const char* shopper = "s") {
  std::mt19937_64 random(11);
  const auto draw = [&] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
  for (int i = 0; i < times; ++i) {
    shop.bench.host().set_now_us(shop.bench.host().now_us() + kMinute);
    const std::string query = kind_of(static_cast<int>(random() % kKinds));
    const auto reply = shop.ask(query);
    const std::string id = std::string(shopper) + "-" + std::to_string(i);
    const std::string person = shopper + std::to_string(i % 50);
    shop.search_of(person, query, id, ids(reply));
    for (int place = 1; place <= reply.hits_size(); ++place) {
      const auto& hit = reply.hits(place - 1);
      const double appeal = by_price ? std::exp(-price_of(hit) / 20) : 0.3;
      if (draw() < appeal / place) shop.click(person, hit.product_id(), id, place);
    }
    if (i % 500 == 499) shop.bench.host().run_jobs();
  }
  shop.bench.host().run_jobs();
}

TEST(SearchRanker, RefusesSettingsThatMeanNothing) {
  SearchShop shop;
  EXPECT_EQ(shop.bench.reload(mode("maybe")).code(), Code::invalid_argument);
  Settings settings = mode("on");
  settings.mutable_ranker()->set_train_interval(1);
  EXPECT_EQ(shop.bench.reload(settings).code(), Code::invalid_argument);
  settings = mode("on");
  settings.mutable_ranker()->set_max_searches(1);
  EXPECT_EQ(shop.bench.reload(settings).code(), Code::invalid_argument);
}

TEST(SearchRanker, SaysWhatIsMissing) {
  SearchShop shop;
  EXPECT_EQ(report(shop).state(), "learning");
  EXPECT_EQ(
      report(shop).note(),
      "not enough data yet: have 0, need 500 searches with their products and a click on one");
  ASSERT_TRUE(shop.bench.reload(mode("off")).ok());
  EXPECT_EQ(report(shop).state(), "off");
}

TEST(SearchRanker, KeepsNothingWhenItIsOffOrWhenNothingWasShown) {
  SearchShop shop;
  fill_with_trained_ranks(shop);
  shop.search_of("anna", "kindaa", "q0");
  shop.search_of("anna", "", "q1", {"p0"});
  shop.search_of("anna", "kindaa", "q2", {"never-heard-of"});
  EXPECT_EQ(report(shop).searches(), 0u);
  ASSERT_TRUE(shop.bench.reload(mode("off")).ok());
  shop.search_of("anna", "kindaa", "q3", {"p0", "p100"});
  EXPECT_EQ(report(shop).searches(), 0u);
}

TEST(SearchRanker, KeepsASearchOnceAndWhatBecameOfIt) {
  SearchShop shop;
  fill_with_trained_ranks(shop);
  shop.search_of("anna", "kindaa", "q1", {"p0", "p100"});
  v1::ProductListViewed list;
  list.set_list_id("search-results");
  list.add_products()->set_product_id("p0");
  list.add_products()->set_product_id("p100");
  shop.send(list, {.shopper_id = "anna"});
  EXPECT_EQ(report(shop).searches(), 1u);
  shop.click("berta", "p100", "q1", 2);
  shop.click("anna", "p100", "unknown", 2);
  EXPECT_EQ(report(shop).taken(), 1u);
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(report(shop).searches(), 1u);
  EXPECT_EQ(report(shop).taken(), 1u);
}

TEST(SearchRanker, ErasedPeoplesExamplesGoAndThoseWhoDeclineHaveNone) {
  SearchShop shop;
  fill_with_trained_ranks(shop);
  shop.search_of("anna", "kindaa", "q1", {"p0", "p100"});
  v1::ProductsSearched search;
  search.set_query("kindaa");
  search.set_query_id("q2");
  search.add_products()->set_product_id("p0");
  shop.send(search, {.shopper_id = "berta", .flags = SOUK_EVENT_NO_PERSONALIZATION});
  EXPECT_EQ(report(shop).searches(), 2u);
  v1::CustomerErased erased;
  erased.set_customer_id("berta");
  shop.send(erased);
  EXPECT_EQ(report(shop).searches(), 2u);  // hers does not say that it is hers
  v1::Aliased alias;
  alias.set_previous_id("anna");
  shop.send(alias, {.shopper_id = "anna-2"});
  erased.set_customer_id("anna-2");
  shop.send(erased);
  EXPECT_EQ(report(shop).searches(), 1u);
}

TEST(SearchRanker, KeepsNoMoreThanItMayAndCountsTheRest) {
  Settings settings;
  settings.mutable_ranker()->set_max_searches(1000);
  SearchShop shop(settings);
  fill_with_trained_ranks(shop);
  for (int i = 0; i < 2500; ++i)
    shop.search_of("s", "kindaa", "q" + std::to_string(i), {"p0", "p100"});
  const auto said = report(shop);
  EXPECT_LE(said.searches(), 1000u);
  EXPECT_GT(said.searches(), 400u);
  EXPECT_EQ(said.seen(), 2500u);
  EXPECT_EQ(said.dropped() + said.searches(), 2500u);
}

TEST(SearchRanker, LearnsWhatPeopleWantAndUsesItWhenItIsAllowedTo) {
  SearchShop shop(by_text("report"));
  fill_with_trained_ranks(shop);
  search_and_click(shop, 1600, true);
  auto said = report(shop);
  ASSERT_EQ(said.state(), "ready") << said.note();
  ASSERT_GT(said.features_size(), 0);
  EXPECT_EQ(said.features(0).name(), "learned: price");
  EXPECT_LT(said.features(0).weight(), 0);
  EXPECT_GT(said.figures(0).difference().low(), 0);
  EXPECT_LT(said.looks(4), 0.5);
  // A kind that nobody asked for: only what was learned of all can tell its products apart.
  for (int i = 0; i < 4; ++i)
    shop.put("n" + std::to_string(i), "Thing novelty", "Things > Novelty", 40 - 10 * i);
  const auto before = ids(shop.ask("novelty"));
  ASSERT_TRUE(shop.bench.reload(by_text("on")).ok());
  EXPECT_EQ(report(shop).state(), "live");
  auto request = SearchShop::request("novelty");
  request.set_explain(true);
  const auto reply = shop.ask(request);
  EXPECT_EQ(ids(reply), (std::vector<std::string>{"n3", "n2", "n1", "n0"}));
  EXPECT_NE(ids(reply), before);
  bool named = false;
  double product = 1;
  for (const auto& factor : reply.hits(0).factors()) {
    named = named || factor.name() == "learned: price";
    product *= factor.value();
  }
  EXPECT_TRUE(named);
  EXPECT_NEAR(product / reply.hits(0).score(), 1, 0.02);
  // A restart trains again from what the snapshot holds.
  ASSERT_TRUE(shop.bench.restart().ok());
  shop.bench.host().run_jobs();
  EXPECT_EQ(report(shop).state(), "live");
  ASSERT_TRUE(shop.bench.reload(by_text("off")).ok());
  EXPECT_EQ(ids(shop.ask("novelty")), before);
}

TEST(SearchRanker, IsHeldBackWhenItMayBeWorse) {
  SearchShop shop(mode("on"));
  fill_with_trained_ranks(shop);
  search_and_click(shop, 1400, false);
  const auto said = report(shop);
  EXPECT_EQ(said.state(), "held_back") << said.note();
  auto request = SearchShop::request("kindaa");
  request.set_explain(true);
  const auto reply = shop.ask(request);
  for (const auto& factor : reply.hits(0).factors())
    EXPECT_FALSE(factor.name().starts_with("learned")) << factor.name();
}

/// A factor of a product's score; 1 when there is none.
double factor_of(SearchShop& shop, v1::SearchRequest request, const char* product,
                 const char* name) {
  request.set_explain(true);
  const auto reply = shop.ask(request);
  for (const auto& hit : reply.hits()) {
    for (const auto& factor : hit.factors()) {
      if (hit.product_id() == product && factor.name() == name) return factor.value();
    }
  }
  return 1;
}

/// A shoe in two sizes, of which one may be sold out.
v1::Product shoe(const std::string& id, bool has_42, double price = 50) {
  v1::Product made = SearchShop::product(id, "Featherlight pacer", "Shoes > Running", price);
  for (const char* size : {"41", "42"}) {
    auto* variant = made.add_variants();
    variant->set_id(id + "-" + size);
    auto* option = variant->add_options();
    option->set_name("Größe");
    option->set_label(size);
    if (std::string_view(size) == "42") variant->mutable_availability()->set_available(has_42);
  }
  return made;
}

void buy(SearchShop& shop, const std::string& order, const std::string& variant,
         std::uint32_t flags = 0) {
  v1::OrderCompleted event;
  event.set_order_id(order);
  auto* line = event.add_products();
  line->set_product_id("bought");
  line->set_variant_id(variant);
  shop.send(event, {.shopper_id = "anna", .flags = flags});
}

TEST(SearchForTheShopper, TheSizeThatWasKeptComesFirst) {
  SearchShop shop;
  shop.put(shoe("a", false));
  shop.put(shoe("b", true));
  v1::Product other = shoe("bought", true);
  other.set_title("Sandal");
  shop.put(other);
  auto request = SearchShop::request("featherlight");
  request.set_shopper_id("anna");
  const auto neutral = ids(shop.ask(request));
  buy(shop, "o0", "bought-42", SOUK_EVENT_NO_PERSONALIZATION);
  EXPECT_EQ(ids(shop.ask(request)), neutral);
  buy(shop, "o1", "no-such-variant");
  buy(shop, "o2", "bought-42");
  EXPECT_EQ(ids(shop.ask(request)).front(), "b");
  EXPECT_GT(factor_of(shop, request, "b", "size"), 1);
  EXPECT_LT(factor_of(shop, request, "a", "size"), 1);
  // Stock levels say what can be bought too.
  v1::InventorySet level;
  level.set_product_id("b");
  level.set_variant_id("b-42");
  level.set_available(0);
  shop.send(level);
  level.set_variant_id("b-41");
  level.set_available(3);
  shop.send(level);
  EXPECT_LT(factor_of(shop, request, "b", "size"), 1);
  // What came back is no proof.
  v1::ProductReturned returned;
  auto* line = returned.add_products();
  line->set_product_id("bought");
  line->set_variant_id("bought-42");
  shop.send(returned, {.shopper_id = "anna"});
  EXPECT_EQ(factor_of(shop, request, "b", "size"), 1);
}

TEST(SearchForTheShopper, ASegmentSeesWhatItTakes) {
  SearchShop shop;
  for (const char* id : {"p1", "p2", "p3"})
    shop.put(id, "Teapot classic", "Kitchen > Teapots", 20);
  v1::SegmentEntered entered;
  entered.set_segment_id("gift-givers");
  for (const char* person : {"anna", "berta", "carla"})
    shop.send(entered, {.shopper_id = person});
  for (int i = 0; i < 60; ++i) {
    const bool gift = i % 3 == 0;
    const std::string person = gift ? (i % 2 == 0 ? "anna" : "berta") : "s" + std::to_string(i);
    const std::string id = "q" + std::to_string(i);
    shop.search_of(person, "teapot", id, {"p1", "p2", "p3"});
    shop.click(person, gift ? "p3" : "p1", id, gift ? 3 : 1);
  }
  auto request = SearchShop::request("teapot");
  EXPECT_EQ(factor_of(shop, request, "p3", "segment"), 1);
  request.set_shopper_id("carla");  // who never asked
  EXPECT_GT(factor_of(shop, request, "p3", "segment"), 1);
  EXPECT_LT(factor_of(shop, request, "p1", "segment"), 1);
  request.set_impersonal(true);
  EXPECT_EQ(factor_of(shop, request, "p3", "segment"), 1);
  request.set_impersonal(false);
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_GT(factor_of(shop, request, "p3", "segment"), 1);
  v1::SegmentExited exited;
  exited.set_segment_id("gift-givers");
  shop.send(exited, {.shopper_id = "carla"});
  EXPECT_EQ(factor_of(shop, request, "p3", "segment"), 1);
  request.set_segment("gift-givers");
  EXPECT_GT(factor_of(shop, request, "p3", "segment"), 1);
}

}  // namespace
}  // namespace souk::search::testing
