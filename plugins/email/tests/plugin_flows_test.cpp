// Flows on the fake host: who gets which message when, and who does not.
#include "plugins/email/tests/email_shop.hpp"

namespace souk::email::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Test;

std::string refusal(const Settings& settings) {
  souk::testing::Bench bench(plugin_entry());
  return bench.init(settings).message();
}

TEST(EmailSettings, faults_name_the_setting_and_the_column) {
  Settings settings = settings_with("");
  auto& flow = (*settings.mutable_flows())["mine"];
  EXPECT_NE(refusal(settings).find("flows.mine"), std::string::npos);
  flow.mutable_trigger()->set_event("orderCompletd");
  EXPECT_NE(refusal(settings).find("orderCompleted"), std::string::npos) << refusal(settings);
  flow.mutable_trigger()->set_event("orderCompleted");
  EXPECT_NE(refusal(settings).find("needs steps"), std::string::npos);
  auto* branch = flow.add_steps()->mutable_if_();
  branch->set_when("cart_value > and");
  const std::string fault = refusal(settings);
  EXPECT_NE(fault.find("column 14"), std::string::npos) << fault;
  branch->set_when("cart_value > 5");
  branch->add_then()->mutable_message()->set_template_("nowhere");
  EXPECT_NE(refusal(settings).find("no template \"nowhere\""), std::string::npos);
  flow.mutable_steps(0)->clear_action();
  EXPECT_NE(refusal(settings).find("flows.mine.steps[0]: says nothing to do"), std::string::npos);
  settings = settings_with("welcome");
  settings.set_from("no address");
  EXPECT_EQ(refusal(settings).rfind("from: ", 0), 0U) << refusal(settings);
  settings = settings_with("welcome");
  settings.set_time_zone("Europe/Nowhere");
  EXPECT_NE(refusal(settings).find("time zone"), std::string::npos);
}

TEST(EmailFlows, a_cart_that_is_left_is_spoken_of_once) {
  Shop shop(settings_with("abandoned_cart"));
  shop.product("p1", 1990);
  shop.customer("c1");
  shop.add("c1", "p1");
  shop.pass(30min);
  shop.add("c1", "p1");  // the wait begins anew
  shop.pass(59min);
  EXPECT_TRUE(shop.decided().empty());
  shop.pass(1min);
  ASSERT_EQ(shop.decided().size(), 1U);
  const auto out = shop.decided()[0];
  EXPECT_EQ(out.email(), "c1@example.org");
  EXPECT_EQ(out.flow_id(), "abandoned_cart");
  ASSERT_EQ(out.items_size(), 1);
  EXPECT_EQ(out.items(0).title(), "Product p1");
  EXPECT_EQ(out.items(0).quantity(), 2);
  shop.add("c1", "p1");  // within a day: not again
  shop.pass(3h);
  EXPECT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.flow("abandoned_cart").decided(), 1U);
  EXPECT_EQ(shop.bench.published<v1::FlowEntered>().size(), 1U);
  EXPECT_EQ(shop.bench.published<v1::FlowExited>().size(), 1U);
}

TEST(EmailFlows, who_orders_or_empties_the_cart_is_left_alone) {
  Shop shop(settings_with("abandoned_cart"));
  shop.product("p1", 1990);
  for (const char* one : {"c1", "c2", "c3"}) {
    shop.customer(one);
    shop.add(one, "p1");
  }
  shop.order("c1", "p1");
  v1::ProductRemoved removed;
  removed.set_product_id("p1");
  shop.send(removed, {.shopper_id = "c2"});
  shop.stock("p1", 0);
  shop.pass(2h);
  EXPECT_TRUE(shop.decided().empty());
  EXPECT_EQ(shop.flow("abandoned_cart").goals(), 1U);
  EXPECT_EQ(shop.suppressed(), std::vector<std::string>{"no-products"});  // c3: it is sold out
}

TEST(EmailFlows, what_is_back_in_stock_is_told_to_those_who_looked) {
  Shop shop(settings_with("back_in_stock"));
  shop.product("p1", 1990);
  for (const char* one : {"c1", "c2", "c3"})
    shop.customer(one);
  shop.stock("p1", 0);
  shop.view("c1", "p1");
  shop.view("c2", "p1");
  shop.order("c2", "p1");
  shop.stock("p1", 5);
  ASSERT_EQ(shop.decided().size(), 1U);  // c2 has it, c3 never looked
  EXPECT_EQ(shop.decided()[0].shopper_id(), "c1");
  shop.stock("p1", 4);
  EXPECT_EQ(shop.decided().size(), 1U);
}

TEST(EmailFlows, a_price_that_falls_is_told_when_it_falls_enough) {
  Shop shop(settings_with("price_drop"));
  shop.product("p1", 2000);
  shop.customer("c1");
  shop.view("c1", "p1");
  shop.product("p1", 1950);
  EXPECT_TRUE(shop.decided().empty());
  shop.product("p1", 1500);
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.decided()[0].items(0).list_price(), 1950);
}

TEST(EmailFlows, consent_addresses_and_caps_decide_and_are_counted) {
  Settings settings = settings_with("abandoned_cart");
  settings.mutable_frequency_cap()->set_max(1);
  (*settings.mutable_flows())["back_in_stock"];
  Shop shop(settings);
  shop.product("p1", 1990);
  shop.customer("quiet", false);
  shop.customer("eager");
  v1::CustomerUpserted nowhere;
  nowhere.mutable_customer()->set_id("nowhere");
  nowhere.mutable_customer()->set_email("two words@example.org");
  nowhere.mutable_customer()->set_phone("+4312345");
  shop.send(nowhere, {});
  for (const char* one : {"quiet", "eager", "nowhere"})
    shop.add(one, "p1");
  shop.pass(2h);
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.suppressed(), (std::vector<std::string>{"no-consent", "no-address"}));
  shop.stock("p1", 0);
  shop.stock("p1", 5);
  EXPECT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.suppressed().back(), "no-address");
  EXPECT_EQ(shop.suppressed()[3], "frequency-cap");
  shop.pass(24h * 8);
  shop.stock("p1", 0);
  shop.stock("p1", 5);
  EXPECT_EQ(shop.decided().size(), 2U);
}

TEST(EmailFlows, a_word_of_unsubscribing_outlasts_a_record_that_is_written_again) {
  Shop shop(settings_with("abandoned_cart"));
  shop.product("p1", 1990);
  shop.customer("c1");
  v1::Unsubscribed no;
  shop.send(no, {.shopper_id = "c1"});
  shop.customer("c1");
  shop.add("c1", "p1");
  shop.pass(2h);
  EXPECT_EQ(shop.suppressed(), std::vector<std::string>{"unsubscribed"});
  shop.send(v1::Subscribed(), {.shopper_id = "c1"});
  shop.pass(24h);
  shop.add("c1", "p1");
  shop.pass(2h);
  EXPECT_EQ(shop.decided().size(), 1U);
}

TEST(EmailFlows, quiet_hours_are_those_of_the_shopper) {
  Settings settings = settings_with("abandoned_cart");
  settings.clear_quiet_hours();
  Shop shop(settings);  // 08:00 UTC
  shop.product("p1", 1990);
  shop.customer("vienna", true, "Europe/Vienna");
  shop.customer("california", true, "America/Los_Angeles");  // midnight
  shop.add("vienna", "p1");
  shop.add("california", "p1");
  shop.pass(1h);
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.decided()[0].shopper_id(), "vienna");
  EXPECT_EQ(shop.suppressed(), std::vector<std::string>{"quiet-hours"});
  shop.pass(6h + 59min);
  EXPECT_EQ(shop.decided().size(), 1U);
  shop.pass(1min);  // 08:00 in California
  EXPECT_EQ(shop.decided().size(), 2U);
}

TEST(EmailFlows, own_flows_wait_branch_and_split) {
  Settings settings = settings_with("");
  auto& flow = (*settings.mutable_flows())["quiz"];
  flow.mutable_trigger()->set_event("Quiz Finished");
  flow.mutable_trigger()->set_where("property(\"score\") >= 3");
  auto* wait = flow.add_steps()->mutable_wait_for();
  wait->set_event("productViewed");
  wait->set_timeout(3'600'000);
  wait->add_then()->mutable_message()->set_template_("welcome");
  auto* branch = wait->add_else_()->mutable_if_();
  branch->set_when("orders = 0");
  branch->add_then()->mutable_message()->set_template_("vip");
  auto* until = flow.add_steps()->mutable_until();
  until->set_weekday("monday");
  until->set_time("09:30");
  flow.add_steps()->mutable_message()->set_template_("win_back");
  Shop shop(settings);
  const auto quiz = [&](const std::string& who, double score) {
    v1::Tracked event;
    event.set_name("Quiz Finished");
    (*event.mutable_properties()->mutable_fields())["score"].set_number_value(score);
    shop.send(event, {.shopper_id = who});
  };
  for (const char* one : {"c1", "c2", "c3"})
    shop.customer(one);
  quiz("c1", 5);
  quiz("c2", 4);
  quiz("c3", 1);
  shop.view("c1", "p9");
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.decided()[0].template_(), "welcome");
  shop.pass(1h);
  ASSERT_EQ(shop.decided().size(), 2U);
  EXPECT_EQ(shop.decided()[1].template_(), "vip");
  EXPECT_EQ(shop.decided()[1].shopper_id(), "c2");
  shop.pass(24h * 3 - 31min);  // Monday, 07:59 UTC, 08:59 in Vienna
  EXPECT_EQ(shop.decided().size(), 2U);
  shop.pass(31min);
  EXPECT_EQ(shop.decided().size(), 4U);
  EXPECT_EQ(shop.flow("quiz").completed(), 2U);
}

TEST(EmailFlows, what_a_visitor_left_is_the_customers_once_they_say_who_they_are) {
  Shop shop(settings_with("abandoned_cart"));
  shop.product("p1", 1990);
  shop.add("visitor", "p1");
  shop.customer("c1");
  v1::Aliased alias;
  alias.set_previous_id("visitor");
  shop.send(alias, {.shopper_id = "c1"});
  shop.pass(1h);
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.decided()[0].shopper_id(), "c1");
}

TEST(EmailFlows, the_same_comes_out_after_a_restart_and_in_a_replay) {
  const auto live = [](Shop& shop) {
    shop.product("p1", 1990);
    shop.customer("c1");
    shop.customer("c2");
    shop.add("c1", "p1");
    shop.view("c2", "p1");
    shop.pass(30min);
  };
  Settings settings = settings_with("abandoned_cart");
  (*settings.mutable_flows())["browse_abandonment"];
  Shop restarted(settings);
  live(restarted);
  ASSERT_TRUE(restarted.bench.restart().ok());
  restarted.pass(30min);
  EXPECT_EQ(restarted.decided().size(), 1U);
  restarted.pass(1h);
  EXPECT_EQ(restarted.decided().size(), 2U);
  Shop other(settings);
  live(other);
  other.pass(90min);
  EXPECT_EQ(*other.bench.snapshot(), *restarted.bench.snapshot());
  EXPECT_EQ(other.decided()[0].message_id(), restarted.decided()[0].message_id());
}

TEST(EmailFlows, who_is_erased_is_gone_and_history_sends_nothing) {
  Shop shop(settings_with("abandoned_cart"));
  shop.product("p1", 1990);
  shop.customer("c1");
  shop.add("c1", "p1");
  v1::CustomerErased erased;
  erased.set_customer_id("c1");
  shop.send(erased, {});
  EXPECT_EQ(shop.bench.snapshot()->find("c1@example"), std::string::npos);
  // An order history that is imported brings in nobody whose time is over.
  shop.customer("c2");
  v1::ProductAdded old;
  old.set_product_id("p1");
  Envelope envelope{.shopper_id = "c2"};
  envelope.time_us = Shop::kStart - 48 * kHourUs;
  shop.send(old, envelope);
  shop.pass(3h);
  EXPECT_TRUE(shop.decided().empty());
  EXPECT_EQ(shop.flow("abandoned_cart").inside(), 0U);
}

}  // namespace
}  // namespace souk::email::testing
