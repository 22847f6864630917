// What flows bring, who is held out, and what brings shoppers in besides their own deeds.
#include <set>

#include "plugins/email/tests/email_shop.hpp"

namespace souk::email::testing {
namespace {

using namespace std::chrono_literals;

std::string refused(const Settings& settings) {
  souk::testing::Bench bench(plugin_entry());
  return bench.init(settings).message();
}

Settings own_flow(const std::string& id) {
  Settings settings = settings_with("");
  (*settings.mutable_flows())[id].add_steps()->mutable_message()->set_template_("welcome");
  return settings;
}

/// As it is told when the message has left.
void sent(Shop& shop, const souk::email::v1::Outgoing& out, const std::string& variant = {}) {
  v1::MessageSent event;
  event.set_message_id(out.message_id());
  event.set_flow_id(out.flow_id());
  event.set_variant(variant);
  shop.send(event, {.shopper_id = out.shopper_id()});
}

void clicked(Shop& shop, const souk::email::v1::Outgoing& out, bool automated = false) {
  v1::MessageClicked event;
  event.set_message_id(out.message_id());
  event.set_flow_id(out.flow_id());
  event.set_automated(automated);
  shop.send(event, {.shopper_id = out.shopper_id()});
}

TEST(EmailTriggers, faults_name_the_setting) {
  Settings settings = own_flow("mine");
  auto& flow = (*settings.mutable_flows())["mine"];
  auto& trigger = *flow.mutable_trigger();
  trigger.set_at("09:00");
  trigger.set_event("orderCompleted");
  EXPECT_NE(refused(settings).find("flows.mine.trigger.at"), std::string::npos);
  trigger.clear_event();
  trigger.clear_at();
  trigger.set_date("birthday");
  trigger.set_call(true);
  EXPECT_NE(refused(settings).find("needs one of"), std::string::npos);
  trigger.clear_date();
  flow.add_steps()->mutable_webhook()->set_url("http://127.0.0.1:1/again");
  EXPECT_NE(refused(settings).find("flows.mine.reentry"), std::string::npos) << refused(settings);
  flow.set_reentry(3'600'000);
  EXPECT_EQ(refused(settings), "");
  flow.clear_reentry();
  trigger.clear_call();
  trigger.set_event("messageClicked");
  EXPECT_NE(refused(settings).find("flows.mine.reentry"), std::string::npos);
  flow.set_once(true);
  EXPECT_EQ(refused(settings), "");
  settings = settings_with("double_opt_in");
  EXPECT_NE(refused(settings).find("double_opt_in: true"), std::string::npos);
}

TEST(EmailTriggers, a_birthday_comes_every_year_in_the_shoppers_morning) {
  Settings settings = own_flow("birthday");
  auto& flow = (*settings.mutable_flows())["birthday"];
  flow.mutable_trigger()->set_date("birthday");
  flow.mutable_trigger()->set_days_before(3);
  flow.mutable_trigger()->set_where("country = \"AT\"");
  settings.mutable_frequency_cap()->set_off(true);
  Shop shop(settings);  // 2027-01-15, 08:00 UTC
  const auto born = [&](const std::string& id, const std::string& date, const std::string& zone) {
    v1::CustomerUpserted event;
    event.mutable_customer()->set_id(id);
    event.mutable_customer()->set_email(id + "@example.org");
    event.mutable_customer()->set_country(id == "c9" ? "DE" : "AT");
    event.mutable_customer()->set_time_zone(zone);
    (*event.mutable_customer()->mutable_attributes())["birthday"] = date;
    (*event.mutable_customer()->mutable_attributes())["plan"] = "gold";
    auto* word = event.mutable_customer()->add_consents();
    word->set_channel(v1::ChannelConsent::EMAIL);
    word->set_status(v1::ChannelConsent::GRANTED);
    shop.send(event, {.shopper_id = id});
  };
  born("c1", "1990-01-19", "Europe/Vienna");  // due on the 16th at 08:00 UTC
  born("c2", "--01-19", "Asia/Tokyo");        // due on the 16th at 00:00 UTC
  born("c3", "1990-01-17", "Europe/Vienna");  // over for this year
  born("c4", "1990-13-40", "Europe/Vienna");
  born("c5", "2000-02-29", "UTC");
  born("c9", "1990-01-19", "Europe/Vienna");
  shop.pass(15h);
  EXPECT_TRUE(shop.decided().empty());
  shop.pass(1h);
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.decided()[0].shopper_id(), "c2");
  ASSERT_TRUE(shop.bench.restart().ok());
  born("c1", "1990-01-19", "Europe/Vienna");  // the shop writes the record again
  shop.pass(8h);
  ASSERT_EQ(shop.decided().size(), 1U);  // effects of a life before the restart are not repeated
  EXPECT_EQ(shop.decided()[0].shopper_id(), "c1");
  for (int day = 0; day < 41; ++day)
    shop.pass(24h);
  ASSERT_EQ(shop.decided().size(), 2U);  // the 25th of February, for the 28th
  EXPECT_EQ(shop.decided()[1].shopper_id(), "c5");
  for (int month = 0; month < 11; ++month)
    shop.pass(24h * 30);
  std::multiset<std::string> who;
  for (const auto& out : shop.decided())
    who.insert(out.shopper_id());
  EXPECT_EQ(who.count("c3"), 1U);
  EXPECT_EQ(who.count("c1") + who.count("c2"), 3U);
  EXPECT_EQ(who.count("c4") + who.count("c9"), 0U);
}

TEST(EmailTriggers, a_call_enters_once_and_predictions_by_their_segment) {
  Settings settings = own_flow("fitting");
  auto& trigger = *(*settings.mutable_flows())["fitting"].mutable_trigger();
  trigger.set_call(true);
  trigger.set_where("property(\"size\") >= 40");
  auto& refill = (*settings.mutable_flows())["refill"];
  refill.mutable_trigger()->set_prediction("due_for_refill");
  refill.add_steps()->mutable_message()->set_template_("welcome");
  Shop shop(settings);
  shop.customer("c1");
  v1::TriggerFlowRequest call;
  call.set_flow_id("nowhere");
  call.set_shopper_id("c1");
  call.set_id("call-1");
  EXPECT_EQ(shop.bench.ask<Service::TriggerFlow>(call).status().code(), Code::not_found);
  call.set_flow_id("refill");
  EXPECT_EQ(shop.bench.ask<Service::TriggerFlow>(call).status().code(), Code::failed_precondition);
  call.set_flow_id("fitting");
  (*call.mutable_properties()->mutable_fields())["size"].set_number_value(41);
  const auto again = [&] {
    const auto answer = shop.bench.ask<Service::TriggerFlow>(call);
    EXPECT_TRUE(answer.ok()) << answer.status().message();
    EXPECT_TRUE(shop.bench.deliver_published().ok());
    return answer.ok() && answer->duplicate();
  };
  EXPECT_FALSE(again());
  EXPECT_EQ(shop.decided().size(), 1U);
  EXPECT_TRUE(again());
  call.set_id("call-2");
  (*call.mutable_properties()->mutable_fields())["size"].set_number_value(39);
  EXPECT_FALSE(again());
  EXPECT_EQ(shop.decided().size(), 1U);
  v1::SegmentEntered due;
  due.set_segment_id("due_for_replenishment");
  shop.send(due, {.shopper_id = "c1"});
  EXPECT_EQ(shop.decided().size(), 2U);
}

TEST(EmailMeasures, the_holdout_stays_walks_along_and_is_told_of_once) {
  Settings settings = settings_with("abandoned_cart");
  settings.set_holdout(50);
  Shop shop(settings);
  shop.product("p1", 1990);
  constexpr int kPeople = 60;
  const auto carts = [&] {
    for (int i = 0; i < kPeople; ++i)
      shop.add("c" + std::to_string(i), "p1");
    shop.pass(2h);
  };
  for (int i = 0; i < kPeople; ++i)
    shop.customer("c" + std::to_string(i));
  carts();
  std::set<std::string> first;
  for (const auto& out : shop.decided())
    first.insert(out.shopper_id());
  EXPECT_GT(first.size(), 15U);
  EXPECT_LT(first.size(), 45U);
  const auto exposed = shop.bench.published<v1::ExperimentExposed>();
  ASSERT_EQ(exposed.size(), static_cast<std::size_t>(kPeople));
  EXPECT_EQ(exposed[0].experiment_id(), "email:abandoned_cart");
  shop.pass(48h);
  carts();
  EXPECT_EQ(shop.decided().size(), 2 * first.size());
  for (const auto& out : shop.decided())
    EXPECT_EQ(first.count(out.shopper_id()), 1U);
  EXPECT_EQ(shop.bench.published<v1::ExperimentExposed>().size(),
            static_cast<std::size_t>(kPeople));
  const auto flow = shop.flow("abandoned_cart");
  EXPECT_EQ(flow.increment().treated().people(), first.size());
  EXPECT_EQ(flow.increment().holdout().people(), kPeople - first.size());
  EXPECT_EQ(shop.suppressed().size(), 2 * (kPeople - first.size()));
  EXPECT_EQ(shop.suppressed()[0], "holdout");
  for (int i = 0; i < kPeople; i += 2)
    shop.order("c" + std::to_string(i), "p1");
  const auto after = shop.flow("abandoned_cart").increment();
  EXPECT_EQ(after.treated().buyers() + after.holdout().buyers(), kPeople / 2U);
  EXPECT_FALSE(after.enough());
  EXPECT_NE(after.note().find("too little data"), std::string::npos);
  EXPECT_LE(after.low(), after.difference());
  const auto whole = *shop.bench.snapshot();
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(*shop.bench.snapshot(), whole);
}

TEST(EmailMeasures, an_order_counts_for_the_message_clicked_last_within_the_window) {
  Settings settings = settings_with("abandoned_cart");
  (*settings.mutable_flows())["welcome"];
  Shop shop(settings);
  shop.product("p1", 1990);
  for (const char* one : {"c1", "c2", "c3"}) {
    shop.customer(one);
    shop.add(one, "p1");
  }
  v1::SegmentEntered segment;
  segment.set_segment_id("vip");
  shop.send(segment, {.shopper_id = "c1"});
  shop.pass(1h);
  ASSERT_EQ(shop.decided().size(), 3U);
  const auto out = shop.decided();
  for (std::size_t i = 0; i < 3; ++i)
    sent(shop, out[i], i == 0 ? "short" : "long");
  shop.pass(1h);
  clicked(shop, out[0]);
  clicked(shop, out[1]);
  clicked(shop, out[2]);
  clicked(shop, out[2], true);  // a scanner: what came just before was its doing too
  shop.order("c1", "p1");
  shop.order("c3", "p1");
  shop.pass(24h * 6);
  shop.order("c2", "p1");  // too late
  const auto flow = shop.flow("abandoned_cart");
  EXPECT_EQ(flow.clicked(), 2U);
  EXPECT_EQ(flow.machine_clicks(), 2U);
  EXPECT_EQ(flow.orders(), 1U);
  EXPECT_DOUBLE_EQ(flow.revenue(), 20);
  EXPECT_NEAR(flow.revenue_per_recipient(), 20.0 / 3, 1e-9);
  ASSERT_EQ(flow.by_variant_size(), 2);
  EXPECT_EQ(flow.by_variant(1).name(), "short");
  EXPECT_EQ(flow.by_variant(1).orders(), 1U);
  EXPECT_EQ(flow.by_variant(0).sent(), 2U);
  ASSERT_EQ(flow.by_segment_size(), 1);
  EXPECT_EQ(flow.by_segment(0).name(), "vip");
  EXPECT_DOUBLE_EQ(flow.by_segment(0).revenue_per_recipient(), 20);
  EXPECT_NE(flow.attribution().find("5 days"), std::string::npos);
  const auto page = shop.bench.ask<Service::ShowFlowReport>({});
  ASSERT_TRUE(page.ok());
  EXPECT_NE(page->data().find("<svg"), std::string::npos);
  EXPECT_NE(page->data().find("Abandoned cart"), std::string::npos);
}

TEST(EmailOptIn, nothing_is_sent_before_the_button_and_the_proof_says_where) {
  Settings settings = settings_with("welcome");
  settings.set_double_opt_in(true);
  Shop shop(settings);
  shop.customer("c1", false);
  v1::Subscribed wish;
  wish.set_source("footer");
  shop.send(wish, {.shopper_id = "c1"});
  ASSERT_EQ(shop.decided().size(), 1U);
  const auto out = shop.decided()[0];
  EXPECT_EQ(out.template_(), "double_opt_in");
  EXPECT_EQ(out.source(), "footer");
  EXPECT_TRUE(out.transactional());
  shop.send(wish, {.shopper_id = "c1"});  // who presses twice gets one message
  EXPECT_EQ(shop.decided().size(), 1U);
  v1::Subscribed done;
  done.set_confirmed(true);
  shop.send(done, {.shopper_id = "c1"});
  ASSERT_EQ(shop.decided().size(), 2U);
  EXPECT_EQ(shop.decided()[1].template_(), "welcome");
  shop.send(wish, {.shopper_id = "c1"});  // known already
  shop.pass(24h);
  EXPECT_EQ(shop.decided().size(), 2U);
}

}  // namespace
}  // namespace souk::email::testing
