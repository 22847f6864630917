// When a message leaves and which way it is written, on the fake host.
#include <set>

#include "plugins/email/tests/email_shop.hpp"

namespace souk::email::testing {
namespace {

using namespace std::chrono_literals;

std::string deciding_refusal(const Settings& settings) {
  souk::testing::Bench bench(plugin_entry());
  return bench.init(settings).message();
}

souk::email::v1::Flow& flow_in(Settings& settings, const std::string& id) {
  return (*settings.mutable_flows())[id];
}

souk::email::v1::Variant& add_variant(souk::email::v1::Flow& flow, const std::string& name,
                                      const std::string& subject) {
  auto* variant = flow.add_variants();
  variant->set_name(name);
  variant->set_subject(subject);
  return *variant;
}

/// The local hour in Vienna, in winter, at which the newest message was decided.
int decided_hour(Shop& shop) {
  return static_cast<int>((shop.decided().back().decided_us() / 1'000'000 / 3'600 + 1) % 24);
}

Settings learned_cart() {
  Settings settings = settings_with("abandoned_cart");
  flow_in(settings, "abandoned_cart").set_send_time("learned");
  return settings;
}

/// Comes at noon for so many days; then a cart is left at eight in the morning.
void come_at_noon(Shop& shop, int days) {
  shop.product("p1", 1990);
  shop.customer("c1");
  for (int day = 0; day < days; ++day) {
    shop.pass(4h);
    shop.view("c1", "p1");
    shop.pass(20h);
  }
  shop.add("c1", "p1");
}

TEST(EmailDeciding, VariantsThatAreNoChoiceAreRefused) {
  Settings settings = settings_with("welcome");
  auto& flow = flow_in(settings, "welcome");
  add_variant(flow, "a", "One");
  EXPECT_NE(deciding_refusal(settings).find("variants"), std::string::npos);
  add_variant(flow, "a", "Two");
  EXPECT_NE(deciding_refusal(settings).find("\"a\" is there already"), std::string::npos);
  flow.mutable_variants(1)->set_name("b");
  EXPECT_EQ(deciding_refusal(settings), "");
  flow.mutable_variants(1)->set_subject("{{ person.frist_name }}");
  EXPECT_NE(deciding_refusal(settings).find("frist_name"), std::string::npos);
  flow.mutable_variants(1)->clear_subject();
  EXPECT_NE(deciding_refusal(settings).find("needs a subject"), std::string::npos);
  flow.mutable_variants(1)->set_template_("nowhere");
  EXPECT_NE(deciding_refusal(settings).find("nowhere"), std::string::npos);
}

TEST(EmailDeciding, APreviewOfVariantsShowsTheFirstAndPicturesThatCanBeFetched) {
  Settings settings = settings_with("abandoned_cart");
  auto& flow = flow_in(settings, "abandoned_cart");
  add_variant(flow, "a", "One for {{ person.first_name }}");
  add_variant(flow, "b", "Two");
  Shop shop(settings);
  shop.customer("c1");
  for (const char* url : {"//cdn.example/a.png", "/b.png", "c.png", "https://cdn.example/d.png"}) {
    v1::ProductUpserted event;
    event.mutable_product()->set_id(url);
    event.mutable_product()->set_title("Shoe");
    auto* picture = event.mutable_product()->add_media();
    picture->set_type("image");
    picture->set_url(url);
    shop.send(event, {});
    shop.add("c1", url);
  }
  v1::PreviewFlowRequest request;
  request.set_flow_id("abandoned_cart");
  request.set_shopper_id("c1");
  const auto page = shop.bench.ask<Service::PreviewFlow>(request);
  ASSERT_TRUE(page.ok()) << page.status().message();
  for (const char* there :
       {"src=\"https://cdn.example/a.png\"", "src=\"https://shop.example/b.png\"",
        "src=\"https://cdn.example/d.png\""})
    EXPECT_NE(page->data().find(there), std::string::npos) << there << page->data();
  EXPECT_EQ(page->data().find("c.png"), std::string::npos) << "it leads nowhere";
  request.set_part("subject");
  const auto subject = shop.bench.ask<Service::PreviewFlow>(request);
  ASSERT_TRUE(subject.ok());
  EXPECT_EQ(subject->data(), "One for Ada");
}

TEST(EmailDeciding, AMessageLeavesWhenItsReaderReadsAndSaysWhy) {
  Shop shop(learned_cart());
  come_at_noon(shop, 60);
  shop.pass(1h);
  EXPECT_TRUE(shop.decided().empty()) << "nine in the morning is not this shopper's hour";
  shop.pass(8h);
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_GE(decided_hour(shop), 10);
  EXPECT_LE(decided_hour(shop), 13);
  const auto answer = shop.bench.ask<Service::ListMessages>({});
  ASSERT_TRUE(answer.ok());
  const std::string& why = answer->messages(0).timing();
  EXPECT_NE(why.find(std::to_string(decided_hour(shop)) + ":00 is the best hour"),
            std::string::npos)
      << why;
  EXPECT_NE(why.find("by 61 visits"), std::string::npos) << why;
  EXPECT_TRUE(shop.suppressed().empty()) << "being put off for that is no refusal";
}

TEST(EmailDeciding, WhoIsNotKnownGetsItWhenShopsAreBusyAndNobodyInQuietHours) {
  Settings settings = learned_cart();
  settings.mutable_quiet_hours()->set_off(false);
  settings.mutable_quiet_hours()->set_from("15:00");
  settings.mutable_quiet_hours()->set_to("08:00");
  Shop shop(settings);
  come_at_noon(shop, 0);
  shop.pass(26h);
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_GE(decided_hour(shop), 8);
  EXPECT_LT(decided_hour(shop), 15);
  Shop other(learned_cart());
  come_at_noon(other, 0);
  other.pass(26h);
  ASSERT_EQ(other.decided().size(), 1U);
  EXPECT_GE(decided_hour(other), 15);
  EXPECT_LE(decided_hour(other), 20);
}

TEST(EmailDeciding, WhoseZoneIsNotKnownHasQuietHoursToo) {
  Settings settings = settings_with("abandoned_cart");
  settings.clear_quiet_hours();
  Shop shop(settings, Shop::kStart + 13 * kHourUs);
  shop.product("p1", 1990);
  shop.customer("c1", true, "");
  shop.add("c1", "p1");
  shop.pass(1h);
  EXPECT_EQ(shop.suppressed(), std::vector<std::string>{"quiet-hours"})
      << "ten in the evening, UTC";
}

TEST(EmailDeciding, TransactionalMessagesAndShortWindowsDoNotWait) {
  Settings settings = learned_cart();
  flow_in(settings, "abandoned_cart").set_transactional(true);
  Shop shop(settings);
  come_at_noon(shop, 0);
  shop.pass(1h);
  EXPECT_EQ(shop.decided().size(), 1U);
  Settings near = learned_cart();
  flow_in(near, "abandoned_cart").set_send_within(2 * 3'600'000);
  Shop soon(near);
  come_at_noon(soon, 0);
  soon.pass(3h);
  EXPECT_EQ(soon.decided().size(), 1U);
}

TEST(EmailDeciding, OpensOfMachinesTeachNothing) {
  const auto after_opens = [](bool automated) {
    Shop shop(learned_cart());
    come_at_noon(shop, 3);
    shop.pass(26h);
    EXPECT_EQ(shop.decided().size(), 1U);
    v1::MessageDelivered arrived;
    arrived.set_message_id(shop.decided()[0].message_id());
    shop.send(arrived, {.shopper_id = "c1"});
    const std::string before = *shop.bench.snapshot();
    v1::MessageOpened opened;
    opened.set_message_id(shop.decided()[0].message_id());
    // Of no flow: a flow counts what machines opened, and the rest is to stay as it is.
    opened.set_automated(automated);
    shop.send(opened, {.shopper_id = "c1"});
    return before == *shop.bench.snapshot();
  };
  EXPECT_TRUE(after_opens(true));
  EXPECT_FALSE(after_opens(false));
}

/// Everybody subscribes; those who get `liked` click. Answers what was sent.
std::vector<std::string> run_contest(Shop& shop, int people, const std::string& liked,
                                     int from = 0) {
  std::size_t seen = shop.decided().size();
  for (int i = from; i < from + people; ++i) {
    const std::string id = "c" + std::to_string(i);
    shop.customer(id);
    shop.send(v1::Subscribed(), {.shopper_id = id});
    shop.pass(20min);
  }
  std::vector<std::string> variants;
  for (const auto& out : shop.decided()) {
    if (seen > 0 && seen-- > 0) continue;
    variants.push_back(out.variant());
    v1::MessageSent sent;
    sent.set_message_id(out.message_id());
    shop.send(sent, {.shopper_id = out.shopper_id()});
    if (out.variant() != liked) continue;
    v1::MessageClicked clicked;
    clicked.set_message_id(out.message_id());
    clicked.set_flow_id("welcome");
    shop.send(clicked, {.shopper_id = out.shopper_id()});
  }
  return variants;
}

TEST(EmailDeciding, TheVariantThatIsClickedWinsAndThenStandsAlone) {
  Settings settings = settings_with("welcome");
  auto& flow = flow_in(settings, "welcome");
  add_variant(flow, "plain", "Welcome");
  add_variant(flow, "warm", "Good to see you, {{ person.first_name }}");
  Shop shop(settings);
  for (int round = 0; round < 12; ++round) {
    (void)run_contest(shop, 40, "warm", round * 40);
    shop.pass(25h);
  }
  const auto figures = shop.flow("welcome");
  ASSERT_EQ(figures.variants_size(), 2);
  const auto& plain = figures.variants(0);
  const auto& warm = figures.variants(1);
  EXPECT_EQ(plain.decided() + warm.decided(), 480U);
  EXPECT_EQ(plain.sent() + warm.sent(), 480U);
  EXPECT_EQ(warm.clicked(), warm.decided());
  EXPECT_EQ(plain.clicked(), 0U);
  EXPECT_GT(warm.decided(), 4 * plain.decided()) << "what nobody clicks is sent less and less";
  EXPECT_GT(warm.probability_best(), 0.99);
  EXPECT_FALSE(plain.winner());
  std::set<std::string> subjects;
  for (const auto& out : shop.decided())
    subjects.insert(out.variant() + "=" + out.subject());
  EXPECT_EQ(subjects.count("plain=Welcome"), 1U);
  // The same way after a restart as without one.
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(shop.flow("welcome").variants(1).decided(), warm.decided());
}

TEST(EmailDeciding, VariantsAndHoursComeOutTheSameAfterARestart) {
  Settings settings = learned_cart();
  auto& flow = flow_in(settings, "welcome");
  add_variant(flow, "a", "One");
  add_variant(flow, "b", "Two");
  const auto live = [](Shop& shop, bool restart) {
    come_at_noon(shop, 5);
    (void)run_contest(shop, 20, "a", 10);
    if (restart) EXPECT_TRUE(shop.bench.restart().ok());
    shop.pass(25h);
    (void)run_contest(shop, 20, "a", 50);
    return *shop.bench.snapshot();
  };
  Shop through(settings), restarted(settings);
  EXPECT_EQ(live(through, false), live(restarted, true));
}

void enter_segment(Shop& shop, const std::string& id, const std::string& segment) {
  v1::SegmentEntered event;
  event.set_segment_id(segment);
  shop.send(event, {.shopper_id = id});
}

/// A code for whom discounts move, early access for VIPs, nothing for others.
Settings offering() {
  Settings settings = settings_with("welcome");
  auto& flow = flow_in(settings, "welcome");
  auto* early = flow.add_offers();
  early->set_name("early");
  early->set_early_access(true);
  early->add_for_("vip");
  auto* save = flow.add_offers();
  save->set_name("save10");
  save->set_code("SAVE10");
  save->set_percent(10);
  save->add_for_("discount_sensitive");
  save->add_not_for("vip");
  save->mutable_budget()->set_max(3);
  save->mutable_budget()->set_per(86'400'000);
  return settings;
}

void welcome(Shop& shop, const std::string& id, const std::vector<std::string>& segments) {
  shop.customer(id);
  for (const std::string& segment : segments)
    enter_segment(shop, id, segment);
  shop.send(v1::Subscribed(), {.shopper_id = id});
}

TEST(EmailOffers, OffersThatOfferNothingAreRefused) {
  Settings settings = offering();
  auto& flow = flow_in(settings, "welcome");
  flow.mutable_offers(0)->set_early_access(false);
  EXPECT_NE(deciding_refusal(settings).find("offers nothing"), std::string::npos);
  flow.mutable_offers(0)->set_early_access(true);
  flow.mutable_offers(0)->set_name("save10");
  EXPECT_NE(deciding_refusal(settings).find("\"save10\" is there already"), std::string::npos);
  flow.mutable_offers(0)->set_name("early");
  flow.mutable_offers(0)->set_when("ordres = 0");
  const std::string refusal = deciding_refusal(settings);
  EXPECT_NE(refusal.find("flows.welcome.steps[0].message.offers[0].when"), std::string::npos)
      << refusal;
}

TEST(EmailOffers, VipsAreLetInEarlyAndOnlyWhomItMovesGetsACode) {
  Shop shop(offering());
  welcome(shop, "vip", {"vip", "discount_sensitive"});
  welcome(shop, "saver", {"discount_sensitive"});
  welcome(shop, "other", {});
  const auto decided = shop.decided();
  ASSERT_EQ(decided.size(), 3U);
  EXPECT_EQ(decided[0].offer(), "early");
  EXPECT_TRUE(decided[0].early_access());
  EXPECT_EQ(decided[0].coupon_code(), "");
  EXPECT_EQ(decided[1].coupon_code(), "SAVE10");
  EXPECT_EQ(decided[2].offer(), "") << "who buys anyway gets the message without";
  v1::PreviewFlowRequest preview;
  preview.set_flow_id("welcome");
  const auto page = shop.bench.ask<Service::PreviewFlow>(preview);
  EXPECT_EQ(page->data().find("SAVE10"), std::string::npos);
  EXPECT_EQ(shop.bench.ask<Service::ListMessages>({})->messages(1).offer(), "save10");
  Settings strict = offering();
  strict.mutable_flows()->at("welcome").mutable_offers()->DeleteSubrange(0, 1);
  auto* step = flow_in(strict, "welcome").add_steps()->mutable_message();
  step->set_without_offer("skip");
  Shop sparing(strict);
  welcome(sparing, "other", {});
  EXPECT_EQ(sparing.suppressed(), std::vector<std::string>{"offer-not-meant"});
}

TEST(EmailOffers, ABudgetHoldsExactlyThroughRestartsAndInAReplay) {
  const auto live = [](Shop& shop, bool restart) {
    for (int i = 0; i < 8; ++i) {
      welcome(shop, "c" + std::to_string(i), {"discount_sensitive"});
      if (restart && i % 3 == 1) EXPECT_TRUE(shop.bench.restart().ok());
    }
  };
  const auto codes = [](Shop& shop) {
    int count = 0;
    for (const auto& out : shop.decided())
      count += out.coupon_code().empty() ? 0 : 1;
    return count;
  };
  Shop shop(offering()), replayed(offering());
  live(shop, true);
  auto figures = shop.flow("welcome").offers(1);
  EXPECT_EQ(figures.given(), 3U);
  EXPECT_EQ(figures.out_of_budget(), 5U);
  EXPECT_EQ(figures.budget_left(), 0U);
  replayed.bench.set_replaying(true);
  live(replayed, false);
  EXPECT_EQ(*shop.bench.snapshot(), *replayed.bench.snapshot());
  replayed.bench.set_replaying(false);
  // The next day has a budget of its own.
  replayed.pass(24h);
  welcome(replayed, "late", {"discount_sensitive"});
  EXPECT_EQ(codes(replayed), 1);
  EXPECT_EQ(replayed.flow("welcome").offers(1).given(), 4U);
  EXPECT_EQ(replayed.flow("welcome").offers(1).budget_left(), 2U);
}

}  // namespace
}  // namespace souk::email::testing
