// Conditions: faults with their columns first, then what holds and until when.
#include <gtest/gtest.h>

#include <map>

#include "plugins/segmentation/language/condition.hpp"

namespace souk::segmentation {
namespace {

constexpr std::uint32_t kNow = 1'700'000'000;
constexpr std::uint32_t kLanguageDay = 86'400;

/// Names in order of first use; categories are "A > B".
class World : public Surroundings {
 public:
  NameId name(std::string_view text) {
    const auto found = numbers_.find(std::string(text));
    if (found != numbers_.end()) return found->second;
    texts_.emplace_back(text);
    const auto number = static_cast<NameId>(texts_.size());
    numbers_.emplace(text, number);
    return number;
  }
  bool within(NameId category, NameId above) const override {
    return category != 0 && text(category).starts_with(std::string(text(above)) + " > ");
  }
  NameId brand_of(NameId product) const override {
    const auto found = brands.find(product);
    return found == brands.end() ? 0 : found->second;
  }
  std::string_view text(NameId name) const override {
    return name == 0 || name > texts_.size() ? std::string_view() : texts_[name - 1];
  }
  std::map<NameId, NameId> brands;

 private:
  std::vector<std::string> texts_;
  std::map<std::string, NameId> numbers_;
};

class Language : public ::testing::Test {
 protected:
  Language() {
    subject.facts = &facts;
    subject.world = &world;
  }

  std::variant<Condition, Fault> parse(std::string_view text) {
    return Condition::parse(text,
                            {[this](std::string_view name) { return world.name(name); },
                             [](std::string_view id) { return id == "vip" ? 3U : UINT32_MAX; }});
  }

  Condition good(std::string_view text) {
    auto parsed = parse(text);
    if (const auto* fault = std::get_if<Fault>(&parsed)) {
      ADD_FAILURE() << text << ": " << fault->column << " " << fault->message;
      return std::get<Condition>(parse("yes"));
    }
    return std::get<Condition>(std::move(parsed));
  }

  void expect_fault(std::string_view text, std::uint32_t column, std::string_view part) {
    const auto parsed = parse(text);
    const auto* fault = std::get_if<Fault>(&parsed);
    ASSERT_NE(fault, nullptr) << text;
    EXPECT_EQ(fault->column, column) << text << ": " << fault->message;
    EXPECT_NE(fault->message.find(part), std::string::npos) << text << ": " << fault->message;
  }

  Outcome ask(std::string_view text, std::uint32_t now = kNow) {
    subject.deeds = deeds;
    return good(text).evaluate(subject, now);
  }

  void did(Deed deed, std::uint32_t ago_s, std::string_view category = {}, float amount = 0) {
    deeds.push_back({.at_s = kNow - ago_s,
                     .product = world.name("p" + std::to_string(deeds.size())),
                     .category = category.empty() ? 0 : world.name(category),
                     .amount = amount,
                     .deed = deed});
    ++facts.deeds[static_cast<std::size_t>(deed)];
  }

  World world;
  Facts facts;
  std::vector<DeedRecord> deeds;
  Subject subject;
};

TEST_F(Language, FaultsNameTheColumnAndWhatIsAllowed) {
  expect_fault("", 1, "ends too early");
  expect_fault("orders >", 9, "ends too early");
  expect_fault("order > 1", 1, "did you mean orders?");
  expect_fault("orders > 7d", 10, "expected a number");
  expect_fault("last_order > 3", 14, "expected a duration");
  expect_fault("count(productViewd, 7d) > 1", 7, "did you mean productViewed?");
  expect_fault("count(productViewed, 7) > 1", 22, "expected a duration");
  expect_fault("count(productViewed, 7x) > 1", 23, "units are s, m, h, d, w and y");
  expect_fault("count(productViewed where colour = \"red\", 7d) > 1", 27, "property");
  expect_fault("count(productViewed where category = \"a\" or brand = \"b\") > 1", 42,
               "only \"and\"");
  expect_fault("orders > 1 and", 15, "ends too early");
  expect_fault("orders > 1 orders < 3", 12, "expected \"and\"");
  expect_fault("orders", 1, "expected a condition");
  expect_fault("favourite_brand > \"a\"", 1, "=, != and in");
  expect_fault("favourite_brand = \"a", 19, "no partner");
  expect_fault("segment(\"nobody\")", 9, "there is no segment");
  expect_fault("orders > 1 && visits > 2", 12, "has no meaning");
  expect_fault("productViewed > 3", 1, "ask for count(productViewed, 7d)");
  expect_fault("sequence(productViewed, 7d)", 27, "two to eight");
  expect_fault("orders + last_order > 3", 1, "can't be calculated");
  expect_fault(std::string(5'000, ' '), 4'097, "longer than");
  expect_fault(std::string(70, '(') + "yes" + std::string(70, ')'), 65, "nested");
  std::string wide = "yes";
  for (int i = 0; i < 300; ++i)
    wide += " or yes";
  expect_fault(wide, 1, "more than 256 parts");
}

TEST_F(Language, WhatCanNeverHoldIsAFault) {
  expect_fault("orders > 1 and orders < 1", 16, "can never hold together");
  expect_fault("visits > 1 and (orders = 0 and (mobile_share > 1 or orders > 2)) and orders >= 1",
               70, "can never hold together");
  expect_fault("visits > 1 or orders >= 3 and orders < 3", 31, "can never hold together");
  expect_fault("segment(\"vip\") and not segment(\"vip\")", 20, "can never hold together");
  expect_fault("last_order > 7d and last_order <= 1w", 21, "can never hold together");
  good("orders >= 3 and orders <= 3 and orders != 4");
  good("orders < 1 or orders > 3");
  good("not (orders < 1) and orders < 2");
  good("count(productViewed, 7d) > 3 and count(productViewed, 1d) < 1");
}

TEST_F(Language, CountsInAWindowAreGoodUntilTheOldestLeavesIt) {
  did(Deed::product_viewed, 8 * kLanguageDay);
  did(Deed::product_viewed, 6 * kLanguageDay);
  did(Deed::product_viewed, 2 * kLanguageDay);
  did(Deed::product_viewed, 60);
  const std::string_view text = "count(productViewed, 7d) >= 3";
  const Outcome now = ask(text);
  EXPECT_TRUE(now.holds);
  EXPECT_EQ(now.until_s, kNow + kLanguageDay);
  EXPECT_TRUE(ask(text, now.until_s - 1).holds);
  EXPECT_FALSE(ask(text, now.until_s).holds);
  EXPECT_TRUE(ask("count(productViewed) = 4").holds);
  EXPECT_EQ(ask("count(productViewed) = 4").until_s, Value::kForever);
  EXPECT_TRUE(ask("count(orderCompleted, 30d) = 0").holds);
}

TEST_F(Language, FiltersReadTheDeed) {
  did(Deed::product_viewed, 100, "Clothes > Shoes > Boots", 120);
  did(Deed::product_viewed, 90, "Clothes > Shirts", 30);
  world.brands[deeds[0].product] = world.name("Acme");
  EXPECT_TRUE(ask("count(productViewed where category = \"Clothes > Shoes\", 1d) = 1").holds);
  EXPECT_TRUE(ask("count(productViewed where category != \"Clothes > Shoes\", 1d) = 1").holds);
  EXPECT_TRUE(ask("count(productViewed where brand = \"Acme\" and amount > 100, 1d) = 1").holds);
  EXPECT_TRUE(ask("count(productViewed where category in (\"Clothes\"), 1d) = 2").holds);
  EXPECT_TRUE(ask("sum(productViewed, 1d) = 150").holds);
  EXPECT_TRUE(ask("categories(productViewed, 1d) = 2 and products(productViewed) = 2").holds);
  EXPECT_TRUE(ask("count(productViewed where discounted, 1d) = 0").holds);
}

TEST_F(Language, TimesCrossTheirLimitsOnTheSecond) {
  facts.last_order_s = kNow - 29 * kLanguageDay;
  const std::string_view text = "last_order > 30d";
  const Outcome now = ask(text);
  EXPECT_FALSE(now.holds);
  EXPECT_LE(now.until_s, kNow + kLanguageDay + 1);
  // Asked again whenever it says so, it changes at the right second and no earlier.
  std::uint32_t at = kNow;
  std::uint32_t asked = 0;
  while (!ask(text, at).holds && ++asked < 5)
    at = ask(text, at).until_s;
  EXPECT_EQ(at, kNow + kLanguageDay + 1);
  EXPECT_EQ(ask(text, at).until_s, Value::kForever);
  // Someone who never ordered fits neither way.
  facts.last_order_s = 0;
  EXPECT_FALSE(ask("last_order > 30d").holds);
  EXPECT_FALSE(ask("last_order <= 30d").holds);
}

TEST_F(Language, ComparisonsBetweenTwoThingsThatMove) {
  facts.last_order_s = kNow - 10 * kLanguageDay;
  facts.order_days = 3;
  facts.gap_days = 12;  // six days between orders
  EXPECT_TRUE(ask("last_order > 1.5 * interval").holds);
  EXPECT_FALSE(ask("last_order > 2 * interval").holds);
  EXPECT_EQ(ask("last_order >= 2 * interval").until_s, kNow + 2 * kLanguageDay);
  EXPECT_TRUE(ask("last_order / interval > 1.6").holds);
}

TEST_F(Language, OnlyThePartThatDecidesMatters) {
  did(Deed::product_viewed, kLanguageDay);
  facts.last_order_s = kNow - kLanguageDay;
  // The left part fails for good, so the window of the right one is no reason to look again.
  EXPECT_EQ(ask("orders > 5 and count(productViewed, 7d) > 0").until_s, Value::kForever);
  EXPECT_EQ(ask("count(productViewed, 7d) > 0 and orders > 5").until_s, Value::kForever);
  EXPECT_EQ(ask("yes or count(productViewed, 7d) > 0").until_s, Value::kForever);
  EXPECT_EQ(ask("not (orders = 0 and count(productViewed, 7d) > 0)").until_s,
            kNow + 6 * kLanguageDay);
}

TEST_F(Language, SequencesAreInOrderAndEndWithTheirFirstStep) {
  did(Deed::product_viewed, 5 * kLanguageDay);
  did(Deed::product_viewed, 3 * kLanguageDay);
  did(Deed::product_added, 2 * kLanguageDay);
  did(Deed::product_viewed, kLanguageDay);
  const std::string_view text = "sequence(productViewed, productAdded, 7d)";
  EXPECT_TRUE(ask(text).holds);
  EXPECT_EQ(ask(text).until_s, kNow + 4 * kLanguageDay);
  EXPECT_FALSE(ask("sequence(productAdded, orderCompleted, 7d)").holds);
  EXPECT_FALSE(ask("sequence(productViewed, productAdded, productViewed, 1d)").holds);
}

TEST_F(Language, PropertiesTagsAndSegments) {
  const std::array<Attribute, 2> attributes{{{world.name("plan"), value_key("gold")},
                                             {world.name("consent.email"), value_key("granted")}}};
  subject.attributes = attributes;
  const std::array<NameId, 1> tags{world.name("vegan")};
  subject.tags = tags;
  const std::array<std::uint32_t, 2> segments{1, 3};
  subject.segments = segments;
  EXPECT_TRUE(ask("attribute(\"plan\") = \"gold\"").holds);
  EXPECT_TRUE(ask("attribute(\"plan\") in (\"silver\", \"gold\")").holds);
  EXPECT_TRUE(ask("attribute(\"colour\") != \"red\"").holds);
  EXPECT_TRUE(ask("consent(\"email\") and not consent(\"sms\")").holds);
  EXPECT_TRUE(ask("tag(\"vegan\") and not tag(\"new\")").holds);
  EXPECT_TRUE(ask("segment(\"vip\")").holds);
  EXPECT_EQ(good("segment(\"vip\") and segment(\"vip\")").segments(),
            std::vector<std::uint32_t>{3});
}

TEST_F(Language, WhatNobodyCanPredictHoldsOfNobody) {
  EXPECT_FALSE(ask("churn_risk > 0.5").holds);
  EXPECT_FALSE(ask("churn_risk <= 0.5").holds);
  EXPECT_FALSE(ask("expected_orders(90d) >= 0").holds);
  EXPECT_TRUE(good("alive > 0.5").predicted());
  EXPECT_FALSE(good("orders > 0").predicted());
}

TEST_F(Language, ADeedTouchesOnlyWhatReadsIt) {
  EXPECT_EQ(good("count(productViewed, 7d) > 1").changed_by(), set_of(Deed::product_viewed));
  const DeedSet orders = good("orders > 1").changed_by();
  EXPECT_NE(orders & set_of(Deed::order_completed), 0U);
  EXPECT_EQ(orders & set_of(Deed::product_viewed), 0U);
}

}  // namespace
}  // namespace souk::segmentation
