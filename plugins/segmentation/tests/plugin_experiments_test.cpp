// Experiments met in the log: what is learned of them, what is said while it is little, and what
// joins, refunds and late news make of it.
#include <random>

#include "plugins/segmentation/tests/segmentation_shop.hpp"

namespace souk::segmentation::testing {
namespace {

constexpr const char* kMail = "email:welcome";

Settings learning_from(std::uint32_t people, Settings settings = {}) {
  settings.mutable_experiments()->set_min_people(people);
  return settings;
}

void meet(Shop& shop, const std::string& who, const std::string& variant, std::int64_t time_us = 0,
          std::uint32_t flags = 0) {
  v1::ExperimentExposed event;
  event.set_experiment_id(kMail);
  event.set_variant(variant);
  Envelope envelope{.shopper_id = who};
  envelope.time_us = time_us;
  envelope.flags = flags;
  shop.send(event, std::move(envelope));
}

v1::UpliftReportReply report_on(Shop& shop, const std::string& experiment = kMail) {
  v1::UpliftReportRequest request;
  request.set_experiment_id(experiment);
  auto answer = shop.bench.ask<Service::UpliftReport>(request);
  EXPECT_TRUE(answer.ok()) << answer.status().message();
  return answer.ok() ? answer.value() : v1::UpliftReportReply();
}

v1::PredictUpliftReply asked(Shop& shop, const std::vector<std::string>& ids) {
  v1::PredictUpliftRequest request;
  for (const std::string& id : ids)
    request.add_ids(id);
  auto answer = shop.bench.ask<Service::PredictUplift>(request);
  EXPECT_TRUE(answer.ok()) << answer.status().message();
  return answer.ok() ? answer.value() : v1::PredictUpliftReply();
}

/// Half met the holdout. Regulars, every second, answer to the mail: six in ten of them order, one
/// in ten of all others.
void run_campaign(Shop& shop, int people) {
  std::mt19937 random(3);
  int orders = 0;
  for (int i = 0; i < people; ++i) {
    const std::string who = "c-" + std::to_string(i);
    for (int before = 0; before < (i % 2 == 0 ? 3 : 1); ++before)
      shop.order(who, "b" + std::to_string(++orders), 20,
                 Shop::kStart - (1 + random() % 90) * kDayUs);
    const bool treated = random() % 2 == 0;
    meet(shop, who, treated ? "treated" : "holdout");
    const double likely = treated && i % 2 == 0 ? 0.6 : 0.1;
    if (static_cast<double>(random() % 1'000) < 1'000 * likely)
      shop.order(who, "a" + std::to_string(++orders), 30);
  }
  shop.days_pass(15);
  shop.train();
}

TEST(ExperimentsMet, FaultsAreSaidClearly) {
  Shop shop(learning_from(60));
  v1::PredictUpliftRequest nobody;
  const Status none = shop.bench.ask<Service::PredictUplift>(nobody).status();
  EXPECT_EQ(none.code(), Code::not_found);
  EXPECT_NE(none.message().find("send experimentExposed events"), std::string::npos);
  v1::UpliftReportRequest unknown;
  unknown.set_experiment_id("nothing");
  EXPECT_EQ(shop.bench.ask<Service::UpliftReport>(unknown).status().code(), Code::not_found);
  const auto fault_of = [&](const std::string& when) {
    v1::PreviewRequest request;
    request.set_when(when);
    return shop.bench.ask<Service::Preview>(request).status().message();
  };
  EXPECT_EQ(fault_of("uplift(mail) > 0.1"),
            "when: column 8: expected the id of an experiment in quotation marks here");
  EXPECT_EQ(fault_of("uplift(\"mail\", 3) > 0.1"),
            "when: column 16: expected a variant of the experiment in quotation marks here");
  EXPECT_EQ(fault_of("uplift(\"mail\" > 0.1"), "when: column 15: expected \")\" here");
  EXPECT_NE(fault_of("uplift(\"mail\") > 3d").find("column"), std::string::npos);

  // Events that say nothing, and people who declined to be measured, are left out.
  v1::ExperimentExposed empty;
  shop.send(empty, {.shopper_id = "c-1"});
  empty.set_experiment_id("x");
  shop.send(empty, {.shopper_id = "c-1"});
  meet(shop, "c-1", "treated", 0, SOUK_EVENT_NO_ANALYTICS);
  meet(shop, "", "treated");
  EXPECT_EQ(shop.bench.ask<Service::ListExperiments>({})->experiments_size(), 0);
}

TEST(ExperimentsMet, TooLittleDataIsSaid) {
  Shop shop(learning_from(60));
  meet(shop, "c-1", "treated");
  EXPECT_NE(report_on(shop).note().find("only \"treated\" was met"), std::string::npos);
  meet(shop, "c-2", "holdout");
  meet(shop, "c-2", "treated");  // a persistent holdout is told again: the first counts
  shop.days_pass(20);
  shop.train();
  const auto report = report_on(shop);
  EXPECT_EQ(report.control(), "holdout");
  ASSERT_EQ(report.arms_size(), 2);
  EXPECT_EQ(report.arms(0).met(), 1U);
  EXPECT_FALSE(report.arms(1).has_effect());
  EXPECT_NE(report.note().find("of each variant 60 people are needed whose 14 days are over"),
            std::string::npos)
      << report.note();
  const auto said = asked(shop, {"c-1"});
  EXPECT_FALSE(said.customers(0).has_uplift());
  EXPECT_FALSE(said.note().empty());
  v1::PreviewRequest preview;
  preview.set_when("uplift(\"email:welcome\") > 0 or uplift(\"email:welcome\") <= 0");
  EXPECT_EQ(shop.bench.ask<Service::Preview>(preview)->size(), 0U) << "nothing can be said";
}

TEST(ExperimentsMet, AreLearnedFromTheLog) {
  Settings settings =
      learning_from(60, with_segment("persuadable", "uplift(\"email:welcome\") > 0.2"));
  Shop shop(settings);
  run_campaign(shop, 400);
  const auto report = report_on(shop);
  EXPECT_EQ(report.note(), "");
  EXPECT_EQ(report.control(), "holdout");
  EXPECT_EQ(report.horizon_days(), 14U);
  ASSERT_EQ(report.arms_size(), 2);
  const auto& arm = report.arms(1);
  EXPECT_EQ(arm.people() + report.arms(0).people(), 400U);
  EXPECT_NEAR(arm.effect().value(), 0.25, 0.08);
  EXPECT_GT(arm.effect().low(), 0.1);
  EXPECT_GT(arm.qini().low(), 0);
  EXPECT_NEAR(arm.revenue(), 30 * arm.ordered(), 1e-3);
  ASSERT_EQ(report.policies_size(), 3);
  EXPECT_EQ(report.policies(2).policy(), "who gains");
  EXPECT_GT(report.learned_at().seconds(), Shop::kStart / 1'000'000);

  // Two who did not order since: what they are like is what they were like.
  std::string one = "none";
  std::string another = "none";
  for (int i = 0; i < 400; ++i) {
    const std::string who = "c-" + std::to_string(i);
    const auto known = shop.profile(who);
    const bool long_known =
        known.first_order_at().seconds() < Shop::kStart / 1'000'000 - 40 * 86'400;
    if (!long_known || known.orders() != (i % 2 == 0 ? 3U : 1U)) continue;
    (i % 2 == 0 ? one : another) = who;
  }
  const auto said = asked(shop, {one, another, "stranger"});
  EXPECT_EQ(said.experiment_id(), kMail);
  EXPECT_EQ(said.variant(), "treated");
  const auto regular = said.customers(0);
  const auto other = said.customers(1);
  EXPECT_GT(regular.uplift().value(), 0.3);
  EXPECT_LT(other.uplift().value(), 0.2);
  EXPECT_LT(regular.uplift().low(), regular.uplift().value());
  EXPECT_GT(regular.percentile(), other.percentile());
  EXPECT_EQ(said.customers(2).uplift().value(), arm.effect().value()) << "of strangers the mean";
  EXPECT_TRUE(shop.in(one, "persuadable"));
  EXPECT_FALSE(shop.in(another, "persuadable"));
  const auto profile = shop.profile(one);
  ASSERT_EQ(profile.prediction().uplifts_size(), 1);
  EXPECT_EQ(profile.prediction().uplifts(0).uplift().value(), regular.uplift().value());

  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(asked(shop, {one}).customers(0).uplift().value(), regular.uplift().value());
  const auto listed = shop.bench.ask<Service::ListExperiments>({});
  ASSERT_EQ(listed->experiments_size(), 1);
  EXPECT_TRUE(listed->experiments(0).learned());
  EXPECT_EQ(listed->experiments(0).met(), 400U);
}

TEST(ExperimentsMet, OrdersCountWithinTheWindowAndWhatIsTakenBackDoesNot) {
  // Two dozen who would be learned from, were their orders not cancelled, refunded or too late.
  Shop shop(learning_from(50));
  const auto outcome = [&](const char* variant) {
    const auto report = report_on(shop);
    for (const auto& arm : report.arms())
      if (arm.variant() == variant) return arm;
    return v1::ArmReport();
  };
  for (int i = 0; i < 120; ++i) {
    const std::string who = "c-" + std::to_string(i);
    meet(shop, who, i % 2 == 0 ? "holdout" : "treated");
    if (i % 4 < 2) shop.order(who, "o" + std::to_string(i), 50);
    // An order that is told late, from before the meeting, says nothing about it.
    shop.order(who, "before" + std::to_string(i), 99, Shop::kStart - kDayUs);
  }
  v1::OrderCancelled cancelled;
  cancelled.set_order_id("o0");
  shop.send(cancelled, {.shopper_id = "c-0"});
  v1::OrderRefunded refunded;
  refunded.set_order_id("o1");
  refunded.set_total(20);
  shop.send(refunded, {.shopper_id = "c-1"});
  shop.days_pass(15);
  for (int i = 0; i < 120; ++i)
    shop.order("c-" + std::to_string(i), "late" + std::to_string(i), 70);
  shop.days_pass(1);
  shop.train();
  EXPECT_DOUBLE_EQ(outcome("holdout").ordered(), 29 / 60.0);
  EXPECT_DOUBLE_EQ(outcome("holdout").revenue(), 29 * 50 / 60.0);
  EXPECT_DOUBLE_EQ(outcome("treated").ordered(), 0.5);
  EXPECT_DOUBLE_EQ(outcome("treated").revenue(), (30 * 50 - 20) / 60.0);
}

TEST(ExperimentsMet, GoWithTheVisitorWhoMetThem) {
  Shop shop(learning_from(50));
  const auto met = [&] {
    std::uint64_t people = 0;
    const auto report = report_on(shop);
    for (const auto& arm : report.arms())
      people += arm.people();
    return people;
  };
  for (int i = 0; i < 120; ++i) {
    const std::string visitor = "v-" + std::to_string(i);
    meet(shop, visitor, i % 2 == 0 ? "holdout" : "treated");
    v1::Aliased alias;
    alias.set_previous_id(visitor);
    shop.send(alias, {.shopper_id = "c-" + std::to_string(i)});
    // Of the same person in another browser: the first counts.
    meet(shop, "c-" + std::to_string(i), "treated", Shop::kStart + kDayUs);
    if (i % 3 == 0) shop.order("c-" + std::to_string(i), "o" + std::to_string(i), 10);
  }
  v1::CustomerErased erased;
  erased.set_customer_id("c-5");
  shop.send(erased, {});
  v1::ProfilesSeparated apart;
  apart.set_previous_id("v-0");
  shop.send(apart, {.shopper_id = "c-0"});
  shop.days_pass(16);
  shop.train();
  // Everybody once, but for the erased one; the separated two are two people again.
  EXPECT_EQ(met(), 120U);
  EXPECT_EQ(report_on(shop).arms(0).people(), 60U) << "v-0 met the holdout";
}

}  // namespace
}  // namespace souk::segmentation::testing
