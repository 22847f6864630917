#include "plugins/recommendations/model/size_model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/size_labels.hpp"

namespace souk::recommendations {
namespace {

TEST(SizeLabels, WhatHasNoOrderIsNoSize) {
  for (const char* label : {"", " ", "One size", "red", "75B", "X", "XM", "10XL", "32/", "0",
                            "1000", "nan", "inf", "1e9", "L L", "36 38", "W/L"}) {
    EXPECT_FALSE(read_size(label).has_value()) << label;
  }
  EXPECT_FALSE(read_size(std::string(100, 'x') + "l").has_value());
}

TEST(SizeLabels, LettersAndNumbers) {
  const auto place = [](const char* label) {
    const auto size = read_size(label);
    return size ? size->place : -1000;
  };
  EXPECT_EQ(place("M"), 0);
  EXPECT_EQ(place("s"), -1);
  EXPECT_EQ(place("XS"), -2);
  EXPECT_EQ(place("XXL"), 3);
  EXPECT_EQ(place("2XL"), 3);
  EXPECT_EQ(place("3XS"), -4);
  EXPECT_EQ(place("Extra Large"), 2);
  EXPECT_EQ(place("x-small"), -2);
  EXPECT_EQ(place("S/M"), -0.5);
  EXPECT_EQ(place("42"), 42);
  EXPECT_EQ(place("8.5"), 8.5);
  EXPECT_EQ(place("8,5"), 8.5);
  EXPECT_EQ(place("8 1/2"), 8.5);
  EXPECT_EQ(place("W32 L34"), 32);
  EXPECT_EQ(place("32/34"), 32);
  EXPECT_EQ(place("EU 42"), 42);
  EXPECT_EQ(place("42 EU"), 42);
  EXPECT_EQ(read_size("EU 42")->scale, SizeScale::eu);
  EXPECT_EQ(read_size("uk8")->scale, SizeScale::uk);
  EXPECT_EQ(read_size("42")->scale, SizeScale::number);
  EXPECT_EQ(read_size("XL")->scale, SizeScale::letters);
}

TEST(SizeLabels, OptionsAndComplaints) {
  EXPECT_TRUE(names_size("Size"));
  EXPECT_TRUE(names_size("Shoe size (EU)"));
  EXPECT_TRUE(names_size("Größe"));
  EXPECT_FALSE(names_size("Colour"));
  EXPECT_FALSE(names_size(""));
  EXPECT_EQ(read_complaint("too_small"), SizeComplaint::too_small);
  EXPECT_EQ(read_complaint("Runs LARGE"), SizeComplaint::too_large);
  EXPECT_EQ(read_complaint("zu eng"), SizeComplaint::too_small);
  EXPECT_EQ(read_complaint("damaged"), SizeComplaint::none);
  EXPECT_EQ(read_complaint("not small, not large"), SizeComplaint::none);
  EXPECT_EQ(read_complaint(""), SizeComplaint::none);
}

SizeContext context(std::uint32_t item, std::uint32_t brand = 1, double step = 1) {
  return {.system = 1, .category = 1, .brand = brand, .item = item, .step = step};
}

TEST(SizeModelTest, NothingKnownSaysSo) {
  SizeModel model({.max_items = 10, .max_categories = 10, .max_brands = 10});
  const SizeBelief belief = model.belief(context(1), {});
  EXPECT_FALSE(belief.known_system);
  EXPECT_LT(belief.fits(0), 0.01);
  SizeEvidence shopper;  // beyond all limits: counted, and nothing else
  model.observe({.system = 1000, .category = kNoItem, .brand = kNoItem, .item = kNoItem}, shopper,
                1, SizeOutcome::kept);
  EXPECT_TRUE(std::isfinite(shopper.weight));
  EXPECT_FALSE(model.belief(context(1), {}).known_system);
}

TEST(SizeModelTest, WhatIsTakenBackLeavesNoTrace) {
  SizeModel model;
  SizeEvidence shopper, other;
  for (int i = 0; i < 20; ++i)
    model.observe(context(1), other, i % 3, SizeOutcome::kept);
  const SizeBelief before = model.belief(context(1), shopper);
  for (const SizeOutcome outcome :
       {SizeOutcome::kept, SizeOutcome::too_small, SizeOutcome::too_large}) {
    const SizeMessage message = model.observe(context(1), shopper, 2, outcome);
    EXPECT_GT(shopper.weight, 0);
    model.take_back(context(1), shopper, message);
    const SizeBelief after = model.belief(context(1), shopper);
    EXPECT_NEAR(after.mean, before.mean, 1e-4);
    EXPECT_NEAR(after.deviation, before.deviation, 1e-4);
  }
}

TEST(SizeModelTest, ComplaintsMoveTheProductAndTheShopper) {
  SizeModel model;
  SizeEvidence shopper;
  for (int i = 0; i < 5; ++i)
    model.observe(context(1), shopper, 0, SizeOutcome::kept);
  const double before = model.belief(context(2), shopper).mean;
  for (int i = 0; i < 20; ++i) {
    SizeEvidence each;
    for (int n = 0; n < 3; ++n)
      model.observe(context(1), each, 0, SizeOutcome::kept);
    model.observe(context(2), each, 0, SizeOutcome::too_small);
  }
  // The product runs small: who takes M elsewhere takes more here.
  EXPECT_GT(model.belief(context(2), shopper).mean, before + 0.4);
  EXPECT_GT(model.belief(context(2), shopper).fits(1), model.belief(context(2), shopper).fits(0));
}

/// A shop whose truth is known: shoppers take S to XXL, brands and products run small or large.
class SimulatedSizes {
 public:
  static constexpr int kShoppers = 600, kItems = 120, kBrands = 10;
  static constexpr double kWidth = 0.6, kNoise = 0.3;

  SimulatedSizes() {
    for (double& s : shopper_)
      s = gauss_(random_) * 1.3;
    for (double& b : brand_)
      b = gauss_(random_) * 0.5;
    for (double& i : item_)
      i = gauss_(random_) * 0.4;
  }
  /// Orders: the shopper takes what they take elsewhere, give or take one.
  void trade(int orders) {
    for (int i = 0; i < orders; ++i) {
      const int shopper = pick(kShoppers), item = pick(kItems);
      const double usual = std::round(shopper_[shopper] + 0.5 * gauss_(random_));
      const double size = std::clamp(usual, -2.0, 3.0);
      const double need = this->need(shopper, item) + kNoise * gauss_(random_);
      const SizeOutcome outcome = need > size + kWidth   ? SizeOutcome::too_small
                                  : need < size - kWidth ? SizeOutcome::too_large
                                                         : SizeOutcome::kept;
      model.observe(of(item), evidence[shopper], size, outcome);
      sold_[static_cast<std::size_t>(size + 2)] += 1;
    }
  }
  [[nodiscard]] double need(int shopper, int item) const {
    return shopper_[shopper] + brand_[item % kBrands] + item_[item];
  }
  static SizeContext of(int item) {
    return context(static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item % kBrands));
  }
  [[nodiscard]] double most_sold() const {
    return static_cast<double>(std::max_element(sold_.begin(), sold_.end()) - sold_.begin()) - 2;
  }
  int pick(int most) { return static_cast<int>(random_() % static_cast<unsigned>(most)); }
  double noise() { return kNoise * gauss_(random_); }

  SizeModel model;
  std::array<SizeEvidence, kShoppers> evidence{};

 private:
  std::mt19937 random_{9};
  std::normal_distribution<double> gauss_;
  std::array<double, kShoppers> shopper_{};
  std::array<double, kBrands> brand_{};
  std::array<double, kItems> item_{};
  std::array<int, 6> sold_{};
};

TEST(SizeModelTest, FindsTheRightSizeFarMoreOftenThanTheMostSoldOne) {
  SimulatedSizes shop;
  shop.trade(6000);
  double right = 0, popular = 0;
  constexpr int kAsked = 4000;
  for (int i = 0; i < kAsked; ++i) {
    const int shopper = shop.pick(SimulatedSizes::kShoppers);
    const int item = shop.pick(SimulatedSizes::kItems);
    const SizeBelief belief = shop.model.belief(SimulatedSizes::of(item),
                                                shop.evidence[static_cast<std::size_t>(shopper)]);
    double best = -2;
    for (double size = -2; size <= 3; ++size)
      if (belief.fits(size) > belief.fits(best)) best = size;
    const double truth = std::clamp(std::round(shop.need(shopper, item)), -2.0, 3.0);
    right += best == truth ? 1 : 0;
    popular += shop.most_sold() == truth ? 1 : 0;
  }
  RecordProperty("right_percent", static_cast<int>(right / kAsked * 100));
  RecordProperty("most_sold_percent", static_cast<int>(popular / kAsked * 100));
  EXPECT_GT(right / kAsked, 0.6);
  EXPECT_GT(right, 2 * popular);
}

TEST(SizeModelTest, ProbabilitiesAreTrue) {
  SimulatedSizes shop;
  shop.trade(6000);
  std::array<double, 5> told{}, was{}, count{};
  for (int i = 0; i < 20'000; ++i) {
    const int shopper = shop.pick(SimulatedSizes::kShoppers);
    const int item = shop.pick(SimulatedSizes::kItems);
    const double size = shop.pick(6) - 2;
    const double fits =
        shop.model
            .belief(SimulatedSizes::of(item), shop.evidence[static_cast<std::size_t>(shopper)])
            .fits(size);
    const auto bin = std::min<std::size_t>(4, static_cast<std::size_t>(fits * 5));
    told[bin] += fits;
    const double need = shop.need(shopper, item) + shop.noise();
    was[bin] += std::abs(need - size) <= SimulatedSizes::kWidth ? 1 : 0;
    count[bin] += 1;
  }
  for (std::size_t bin = 0; bin < told.size(); ++bin) {
    if (count[bin] < 200) continue;
    EXPECT_NEAR(told[bin] / count[bin], was[bin] / count[bin], 0.1) << "bin " << bin;
  }
}

}  // namespace
}  // namespace souk::recommendations
