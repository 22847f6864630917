// Training as a whole: which method, how it goes on, how it ends.
#include <gtest/gtest.h>

#include <random>

#include "plugins/recommendations/train/trainer.hpp"

namespace souk::recommendations::testing {
namespace {

/// People of `tastes` groups over `items` items; item % tastes is its taste.
void fill(Interactions& store, std::uint32_t people, std::uint32_t items, std::uint32_t tastes) {
  std::mt19937 random(4);
  for (std::uint64_t who = 1; who <= people; ++who) {
    for (int i = 0; i < 10; ++i) {
      const auto any = static_cast<ItemId>(random() % items);
      const auto taste = static_cast<ItemId>(who % tastes);
      store.observe(who * 0x9E3779B97F4A7C15ull, (any / tastes * tastes + taste) % items,
                    Interest::view);
    }
  }
}

TrainingLimits small() {
  TrainingLimits limits;
  limits.threads = 2;
  limits.factors = 16;
  return limits;
}

double share_of_taste(const TrainedModel& model, ItemId item, std::uint32_t tastes) {
  ItemWeightsScratch scratch;
  std::vector<Candidate> out;
  const ItemId history[] = {item, item + tastes};
  model.predict(history, 10, scratch, out);
  double own = 0;
  for (const Candidate& candidate : out)
    own += candidate.item % tastes == item % tastes ? 1 : 0;
  return out.empty() ? 0 : own / static_cast<double>(out.size());
}

/// Over forty histories: in which order threads add up is by chance, and so is a single list.
double mean_share_of_taste(const TrainedModel& model, std::uint32_t tastes) {
  double sum = 0;
  for (ItemId item = 0; item < 40; ++item)
    sum += share_of_taste(model, item, tastes);
  return sum / 40;
}

TEST(Trainer, SaysWhatIsMissing) {
  Interactions store(100);
  EXPECT_EQ(train(store, small(), nullptr, nullptr, nullptr).status().code(),
            Code::failed_precondition);
  store.observe(1, 1, Interest::view);
  EXPECT_EQ(train(store, small(), nullptr, nullptr, nullptr).status().code(),
            Code::failed_precondition);
  fill(store, 50, 20, 2);
  EXPECT_EQ(train(
                store, small(), nullptr, [] { return true; }, nullptr)
                .status()
                .code(),
            Code::cancelled);
}

TEST(Trainer, TakesTheClosedFormWhileItFits) {
  Interactions store(100'000);
  fill(store, 1'000, 120, 4);
  double last = 0;
  const auto model = train(store, small(), nullptr, nullptr, [&](double share) {
    EXPECT_GE(share, last);
    last = share;
  });
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(last, 1);
  EXPECT_EQ((*model)->method, TrainedModel::Method::item_linear);
  EXPECT_EQ((*model)->report.items, 120u);
  EXPECT_EQ((*model)->report.people, 1'000u);
  EXPECT_GT((*model)->report.ndcg, 0.1);
  EXPECT_EQ(share_of_taste(**model, 5, 4), 1);
}

TEST(Trainer, TakesFactorsBeyondAndGoesOnFromThem) {
  Interactions store(100'000);
  fill(store, 1'500, 240, 4);
  TrainingLimits limits = small();
  limits.closed_form_items = 100;
  const auto first = train(store, limits, nullptr, nullptr, nullptr);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->method, TrainedModel::Method::factors);
  EXPECT_EQ((*first)->report.items, 240u);
  EXPECT_GT(mean_share_of_taste(**first, 4), 0.95);
  store.observe(77, 3, Interest::order);
  const auto second = train(store, limits, first->get(), nullptr, nullptr);
  ASSERT_TRUE(second.ok());
  EXPECT_GT(mean_share_of_taste(**second, 4), 0.95);
}

TEST(Trainer, EndsWhereverItIsCancelled) {
  Interactions store(100'000);
  fill(store, 800, 120, 4);
  for (const std::uint32_t closed_form_items : {20'000u, 50u}) {
    TrainingLimits limits = small();
    limits.closed_form_items = closed_form_items;
    int asked = 0;
    int last = 1;
    for (;; last *= 2) {
      asked = 0;
      const auto model = train(
          store, limits, nullptr, [&] { return ++asked == last; }, nullptr);
      if (model.ok()) break;
      ASSERT_EQ(model.status().code(), Code::cancelled) << "at question " << last;
      EXPECT_EQ(asked, last) << "nothing goes on, and nobody asks again";
    }
    EXPECT_GT(last, 1'000) << "it is asked often";
  }
}

TEST(Trainer, LeavesTheTailOutWhereItHoldsLittle) {
  Interactions store(100'000);
  fill(store, 1'500, 90, 3);
  for (ItemId item = 1'000; item < 1'060; ++item)
    store.observe(item, item, Interest::view);
  TrainingLimits limits = small();
  limits.closed_form_items = 100;
  const auto model = train(store, limits, nullptr, nullptr, nullptr);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->method, TrainedModel::Method::item_linear);
  EXPECT_EQ((*model)->report.items, 100u);
  EXPECT_EQ((*model)->report.items_left_out, 50u);
}

TEST(Trainer, KeepsWithinItsMemory) {
  TrainingLimits limits;
  limits.memory_bytes = std::size_t{256} << 20;
  const std::uint32_t items = most_closed_form_items(limits, 1'000'000);
  EXPECT_LT(items, 12'000u);
  EXPECT_GT(items, 5'000u);
  limits.memory_bytes = std::size_t{1'792} << 20;
  EXPECT_EQ(most_closed_form_items(limits, 10'000'000), limits.closed_form_items);
}

}  // namespace
}  // namespace souk::recommendations::testing
