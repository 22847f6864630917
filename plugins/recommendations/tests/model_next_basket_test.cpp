#include "plugins/recommendations/model/next_basket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <sstream>
#include <unordered_map>

#include "plugins/recommendations/tests/purchase_book.hpp"

namespace souk::recommendations {
namespace {

using testing::Book;
using testing::kDay;
using testing::kStart;

/// The models of a store, folded in the order in which the plugin folds them.
struct Store {
  explicit Store(std::uint32_t max_items)
      : together({.max_items = max_items}),
        sequences({.max_items = max_items}),
        repurchase({.max_items = max_items, .max_categories = 10}) {}

  void order(Book& book, const std::vector<ItemId>& items, std::uint32_t now_s) {
    model->learn(book.history(), items, now_s, sources(), scratch);
    repurchase.observe(book.history(), items, now_s, [](ItemId) { return kNoItem; });
    sequences.observe(book.history(), items, now_s);
    together.observe_order(items);
    book.order(items, now_s);
  }
  [[nodiscard]] BasketSources sources() const { return {together, sequences, repurchase}; }
  std::vector<BasketItem> predict(const Book& book, std::uint32_t now_s, bool repeats = false) {
    std::vector<BasketItem> out;
    model->predict(book.history(), now_s, sources(), 20, repeats, scratch, out);
    return out;
  }

  CoPurchase together;
  OrderSequences sequences;
  Repurchase repurchase;
  std::unique_ptr<NextBasket> model = std::make_unique<NextBasket>();
  BasketScratch scratch;
};

TEST(OnlineChoiceTest, WeightsOfBothKindsAreRecovered) {
  using Choice = OnlineChoice<3, 2>;
  const Choice::Weights truth{{1.5F, -1.0F, 0.5F}, {-0.5F, 2.0F}};
  const auto choice = std::make_unique<Choice>(std::array<double, 3>{}, std::array<double, 2>{}, 5);
  std::mt19937 random(5);
  std::normal_distribution<float> draw;
  std::vector<Choice::Row> rows(12);
  std::vector<float> shares;
  std::vector<std::uint8_t> taken(rows.size());
  for (int list = 0; list < 4000; ++list) {
    for (auto& row : rows)
      row = {draw(random), draw(random), draw(random)};
    Choice::utilities(truth, rows, 5, shares);
    Choice::to_shares(shares);
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-5);
    std::discrete_distribution<std::size_t> one(shares.begin(), shares.end());
    std::fill(taken.begin(), taken.end(), std::uint8_t{0});
    Choice::utilities(choice->weights(), rows, 5, shares);
    Choice::to_shares(shares);
    choice->observe(rows, 5, shares, taken, 1);  // nothing was taken: nothing is learned
    taken[one(random)] = 1;
    choice->observe(rows, 5, shares, taken, 1);
    choice->step();
  }
  const Choice::Weights learned = choice->weights();
  for (std::size_t a = 0; a < 3; ++a)
    EXPECT_NEAR(learned.first[a], truth.first[a], 0.15) << a;
  for (std::size_t b = 0; b < 2; ++b)
    EXPECT_NEAR(learned.second[b], truth.second[b], 0.15) << b;
}

TEST(NextBasketTest, NobodyAndNothingAreHarmless) {
  Store store(100);
  Book book;
  EXPECT_TRUE(store.predict(book, kStart).empty());
  store.order(book, {}, kStart);
  store.order(book, {kNoItem, 200}, kStart);
  EXPECT_EQ(store.model->learned(), 0u);
  EXPECT_LE(store.predict(book, kStart + kDay).size(), 2u);
}

TEST(NextBasketTest, LearnsWhatIsBoughtAgain) {
  // Products below 10 are bought every time, those from 10 on once.
  Store store(1000);
  std::mt19937 random(1);
  std::vector<Book> books(100);
  for (std::uint32_t round = 0; round < 8; ++round) {
    for (std::uint32_t shopper = 0; shopper < books.size(); ++shopper) {
      const std::vector<ItemId> items{shopper % 10, 10 + static_cast<ItemId>(random() % 900)};
      store.order(books[shopper], items, kStart + round * 14 * kDay);
    }
  }
  const auto next = store.predict(books[3], kStart + 8 * 14 * kDay);
  ASSERT_FALSE(next.empty());
  EXPECT_EQ(next[0].item, 3u);
  EXPECT_TRUE(next[0].repeat);
  EXPECT_GT(next[0].score, 0.7);
  EXPECT_LT(next[1].score, 0.2);
  for (std::size_t i = 1; i < next.size(); ++i)
    EXPECT_LE(next[i].score, next[i - 1].score);
  for (const BasketItem& item : store.predict(books[3], kStart + 8 * 14 * kDay, true))
    EXPECT_TRUE(item.repeat);
}

TEST(NextBasketTest, NewProductsThatGoWithTheOldOnesAreFound) {
  Store store(1000);
  std::vector<Book> books(60);
  for (std::uint32_t shopper = 0; shopper < books.size(); ++shopper) {
    store.order(books[shopper], {1, 2, 500 + shopper}, kStart);
    store.order(books[shopper], {3, 600 + shopper}, kStart + 20 * kDay);
  }
  Book fresh;
  store.order(fresh, {1, 2}, kStart + 30 * kDay);
  const auto next = store.predict(fresh, kStart + 50 * kDay);
  const auto found =
      std::find_if(next.begin(), next.end(), [](const BasketItem& item) { return item.item == 3; });
  ASSERT_NE(found, next.end());
  EXPECT_FALSE(found->repeat);
  EXPECT_TRUE(found->because == 1 || found->because == 2);
}

TEST(NextBasketTest, ALargeStoreLearnsFromSomeOrdersOnlyAndStaysFinite) {
  Store store(50);
  std::mt19937 random(2);
  std::vector<Book> books(20);
  for (std::uint32_t i = 0; i < 30'000; ++i) {
    const auto a = static_cast<ItemId>(random() % 50);
    store.order(books[i % 20], {a}, kStart + i * 60);
  }
  for (std::size_t a = 0; a < NextBasket::Choice::kAll; ++a)
    EXPECT_TRUE(std::isfinite(store.model->choice().weight(a))) << a;
  EXPECT_EQ(store.model->learned(), 30'000u - 20u);
}

// ---- on real orders: the last order of the training part is what is predicted ----

struct Orders {
  std::vector<std::vector<std::vector<ItemId>>> of;
  std::uint32_t items = 0;
};

Orders read_orders(const std::string& path) {
  Orders orders;
  std::unordered_map<std::string, std::uint32_t> users, items;
  std::ifstream file(path);
  std::string line, user, number, item;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::stringstream cells(line);
    std::getline(cells, user, ',');
    std::getline(cells, number, ',');
    std::getline(cells, item);
    if (!item.empty() && item.back() == '\r') item.pop_back();
    const auto at = users.try_emplace(user, static_cast<std::uint32_t>(users.size())).first->second;
    if (orders.of.size() <= at) orders.of.emplace_back();
    auto& own = orders.of[at];
    if (own.size() < std::stoul(number)) own.resize(std::stoul(number));
    own.back().push_back(
        items.try_emplace(item, static_cast<std::uint32_t>(items.size())).first->second);
  }
  orders.items = static_cast<std::uint32_t>(items.size());
  return orders;
}

double recall_at_10(const std::vector<ItemId>& ranked, const std::vector<ItemId>& truth) {
  double found = 0;
  for (std::size_t i = 0; i < ranked.size() && i < 10; ++i)
    found += std::count(truth.begin(), truth.end(), ranked[i]) > 0 ? 1 : 0;
  return found / static_cast<double>(truth.size());
}

TEST(NextBasketTest, BeatsTheShoppersOwnFrequencyOnRealOrders) {
  const char* data = std::getenv("SOUK_DATA");
  if (data == nullptr) GTEST_SKIP() << "SOUK_DATA is not set";
  Orders orders = read_orders(std::string(data) + "/basket/online_retail/train.csv");
  ASSERT_GT(orders.of.size(), 1000u);
  Store store(orders.items + 1);
  std::vector<Book> books(orders.of.size());
  struct Placed {
    std::uint32_t left;
    std::size_t user;
    std::size_t at;
  };
  std::vector<Placed> placed;
  for (std::size_t user = 0; user < orders.of.size(); ++user) {
    const std::size_t count = orders.of[user].size() - 1;
    for (std::size_t at = 0; at < count; ++at)
      placed.push_back({static_cast<std::uint32_t>(count - at), user, at});
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const Placed& a, const Placed& b) { return a.left > b.left; });
  const std::uint32_t end = kStart + 300 * 14 * kDay;
  for (const Placed& order : placed)
    store.order(books[order.user], orders.of[order.user][order.at], end - order.left * 14 * kDay);
  double model = 0, frequency = 0;
  for (std::size_t user = 0; user < books.size(); ++user) {
    const auto& truth = orders.of[user].back();
    std::vector<ItemId> ranked;
    for (const BasketItem& item : store.predict(books[user], end))
      ranked.push_back(item.item);
    model += recall_at_10(ranked, truth);
    std::vector<Purchase> own = books[user].items;
    std::stable_sort(own.begin(), own.end(),
                     [](const Purchase& a, const Purchase& b) { return a.times > b.times; });
    ranked.clear();
    for (const Purchase& had : own)
      ranked.push_back(had.item);
    frequency += recall_at_10(ranked, truth);
  }
  const auto users = static_cast<double>(books.size());
  EXPECT_GT(model / users, 0.19);
  EXPECT_GT(model, 1.05 * frequency);
}

}  // namespace
}  // namespace souk::recommendations
