// What people use up, and the size of their bodies: the simulated shops' truth against buy_again
// and size. What was chosen for them was chosen on other shops.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/recommendations/tests/simulated_shop.hpp"
#include "tools/simulate/settings.hpp"
#include "tools/simulate/vocabulary.hpp"

namespace souk::recommendations::testing {
namespace {

constexpr int kDays = 240;
constexpr int kFirstEvening = 150;  // asked from here on, when habits are there to be known
constexpr int kEvery = 10;
constexpr std::int64_t kWeekUs = 7 * simulate::kDayUs;

/// What the shop's own books say of one person and one product.
struct Bought {
  int times = 0;
  std::int64_t last_us = 0;
};

/// How often something was right.
struct Share {
  double right = 0;
  double asked = 0;
  void count(bool hit) {
    asked += 1;
    right += hit ? 1 : 0;
  }
  Share& operator+=(const Share& other) {
    right += other.right;
    asked += other.asked;
    return *this;
  }
  [[nodiscard]] double of_one() const { return right / std::max(asked, 1.0); }
};

struct Habits {
  // Of products bought twice or more that run out within a week: among the first three …
  Share due_found;     ///< of what is due
  Share next_found;    ///< of the whole next order
  Share due_by_count;  ///< of what was bought most often
  Share due_by_date;   ///< of what was bought longest ago
  // Of what stands first, where something is due: whether it runs out within a week or a quarter of
  // its interval …
  Share first_is_due;
  Share first_next;      ///< the whole next order's first
  Share first_by_count;  ///< what was bought most often

  Habits& operator+=(const Habits& other) {
    due_found += other.due_found;
    next_found += other.next_found;
    due_by_count += other.due_by_count;
    due_by_date += other.due_by_date;
    first_is_due += other.first_is_due;
    first_next += other.first_next;
    first_by_count += other.first_by_count;
    return *this;
  }
};

struct Sizes {
  Share exact;        ///< the first is the label next to the person's true size
  Share fits;         ///< the first is within 0.6 of it: people keep it mostly
  Share usual_exact;  ///< the same of the size that the person kept most often
  Share usual_fits;

  Sizes& operator+=(const Sizes& other) {
    exact += other.exact;
    fits += other.fits;
    usual_exact += other.usual_exact;
    usual_fits += other.usual_fits;
    return *this;
  }
};

/// A shop whose life is folded day by day, with the books of what was ordered and kept.
class LivedShop {
 public:
  explicit LivedShop(std::uint64_t seed) : host_(SOUK_PLUGIN_LIBRARY) {
    simulate::SimulationSettings settings;
    settings.seed = seed;
    settings.products = 300;
    settings.shoppers = 3000;
    settings.days = kDays;
    auto made = simulate::Simulation::create(settings);
    if (!made.ok() || !host_.ready()) return;
    simulation_ = std::move(made.value());
    const auto& products = simulation_->shop().catalog.products();
    for (std::uint32_t i = 0; i < products.size(); ++i)
      index_[products[i].id] = i;
    for (int day = 1; day <= kDays; ++day) {
      simulation_->run_days(1, [this](std::string_view line) { happen(read_event(line)); });
      if (day >= kFirstEvening && day % kEvery == 0) ask_what_is_due();
    }
    ask_sizes();
    ready = true;
  }

  bool ready = false;
  Habits habits;
  Sizes sizes;

 private:
  using Person = std::map<std::uint32_t, Bought>;  ///< by product
  using Ids = std::vector<std::uint32_t>;          ///< numbers of products
  struct Kept {
    std::uint32_t product = 0;
    std::string variant;
  };

  void happen(const souk::v1::Event& event) {
    fold_event(host_, event);
    if (event.has_order_completed()) {
      for (const auto& line : event.order_completed().products()) {
        Bought& bought = books_[event.shopper_id()][index_.at(line.product_id())];
        ++bought.times;
        bought.last_us = host_.now_us;
        kept_[event.shopper_id()][event.order_completed().order_id()].push_back(
            {index_.at(line.product_id()), line.variant_id()});
      }
    }
    if (event.has_return_requested()) {
      for (const auto& line : event.return_requested().products())
        give_back(event.shopper_id(), event.return_requested().order_id(), line.variant_id());
    }
    if (event.has_order_cancelled())
      kept_[event.shopper_id()].erase(event.order_cancelled().order_id());
  }
  void give_back(const std::string& person, const std::string& order, const std::string& variant) {
    std::erase_if(kept_[person][order], [&](const Kept& kept) { return kept.variant == variant; });
  }

  /// Everybody who still comes is asked about. The plugin's clock is the simulator's midnight.
  void ask_what_is_due() {
    host_.now_us = simulation_->now_us();
    const auto& people = simulation_->shop().population.people();
    for (std::uint32_t i = 0; i < people.size(); ++i) {
      const auto& person = people[i];
      const auto books = books_.find(simulation_->shop().population.customer_id(i));
      if (books == books_.end() || person.account >= 0) continue;
      if (person.churn_day <= simulation_->days_done()) continue;
      judge(person, books->first, books->second);
    }
  }
  void judge(const simulate::Shopper& person, const std::string& id, const Person& books) {
    const auto& products = simulation_->shop().catalog.products();
    const Ids due = ask_again(id, false);
    const Ids next = ask_again(id, true);
    const Ids often = first_three(books, [](const Bought& a, const Bought& b) {
      return a.times != b.times ? a.times > b.times : a.last_us > b.last_us;
    });
    const Ids old =
        first_three(books, [](const Bought& a, const Bought& b) { return a.last_us < b.last_us; });
    const std::int64_t now = simulation_->now_us();
    for (const simulate::Refill& refill : person.refills) {
      const auto bought = books.find(refill.product);
      if (bought == books.end() || bought->second.times < 2) continue;
      const auto& product = products[refill.product];
      if (refill.due_us < now || refill.due_us > now + kWeekUs) continue;
      if (!product.live || product.total_stock() <= 0) continue;
      habits.due_found.count(has(due, refill.product));
      habits.next_found.count(has(next, refill.product));
      habits.due_by_count.count(has(often, refill.product));
      habits.due_by_date.count(has(old, refill.product));
    }
    if (due.empty()) return;
    habits.first_is_due.count(is_due(person, due.front(), now));
    habits.first_next.count(!next.empty() && is_due(person, next.front(), now));
    habits.first_by_count.count(is_due(person, often.front(), now));
  }
  Ids ask_again(const std::string& person, bool whole_order) {
    RecommendRequest request;
    request.set_kind("buy_again");
    request.set_shopper_id(person);
    request.set_include_seen(whole_order);
    request.set_limit(3);
    const RecommendReply reply = recommend(host_, request);
    Ids ids;
    for (const auto& item : reply.items())
      ids.push_back(index_.at(item.product_id()));
    return ids;
  }
  template <class Before>
  static Ids first_three(const Person& books, Before before) {
    Ids ids;
    for (const auto& [product, bought] : books)
      ids.push_back(product);
    std::sort(ids.begin(), ids.end(),
              [&](std::uint32_t a, std::uint32_t b) { return before(books.at(a), books.at(b)); });
    ids.resize(std::min<std::size_t>(ids.size(), 3));
    return ids;
  }
  static bool has(const Ids& ids, std::uint32_t product) {
    return std::count(ids.begin(), ids.end(), product) > 0;
  }
  static bool is_due(const simulate::Shopper& person, std::uint32_t product, std::int64_t now) {
    for (const simulate::Refill& refill : person.refills) {
      if (refill.product != product) continue;
      const double left = static_cast<double>(refill.due_us - now) / simulate::kDayUs;
      return left <= std::max(7.0, 0.25 * static_cast<double>(refill.interval_days));
    }
    return false;
  }

  /// Of whoever kept two orders or more of a system of sizes: five products that were not bought.
  void ask_sizes() {
    host_.now_us = simulation_->now_us();
    const auto& people = simulation_->shop().population.people();
    for (std::uint32_t i = 0; i < people.size(); ++i) {
      const std::string id = simulation_->shop().population.customer_id(i);
      const auto kept = kept_.find(id);
      if (kept == kept_.end() || people[i].account >= 0) continue;
      for (const auto sizing : {simulate::Sizing::apparel, simulate::Sizing::shoe})
        ask_sizes_of(people[i], id, kept->second, sizing, i);
    }
  }
  void ask_sizes_of(const simulate::Shopper& person, const std::string& id,
                    const std::map<std::string, std::vector<Kept>>& kept, simulate::Sizing sizing,
                    std::uint32_t turn) {
    const auto& shop = simulation_->shop();
    const auto& products = shop.catalog.products();
    std::set<std::string> orders;
    std::map<int, int> counts;
    for (const auto& [order, lines] : kept) {
      for (const Kept& line : lines) {
        if (!is_of(line.product, sizing)) continue;
        orders.insert(order);
        ++counts[size_of(line.product, line.variant)];
      }
    }
    if (orders.size() < 2) return;
    const auto usual = std::max_element(counts.begin(), counts.end(), [](auto& a, auto& b) {
                         return a.second < b.second;
                       })->first;
    int asked = 0;
    for (std::uint32_t step = 0; step < products.size() && asked < 5; ++step) {
      const std::uint32_t at = (turn * 61 + step * 7) % static_cast<std::uint32_t>(products.size());
      if (!is_of(at, sizing)) continue;
      if (!products[at].live || books_.at(id).contains(at)) continue;
      ++asked;
      const double truth = simulate::true_size(person, products[at], shop.catalog);
      RecommendRequest request;
      request.set_kind("size");
      request.set_shopper_id(id);
      request.set_product_id(products[at].id);
      const RecommendReply reply = recommend(host_, request);
      const int first = reply.items().empty() ? -9 : size_of(at, reply.items(0).variant_id());
      count_size(first, usual, truth);
    }
  }
  /// The plugin keeps the letters of one department apart from those of another.
  [[nodiscard]] bool is_of(std::uint32_t product, simulate::Sizing sizing) const {
    const auto& leaf = simulate::leaf_specs()[simulation_->shop().catalog.products()[product].leaf];
    return leaf.sizing == sizing && leaf.department == "Apparel";
  }
  void count_size(int answered, int usual, double truth) {
    sizes.exact.count(answered == std::lround(truth));
    sizes.usual_exact.count(usual == std::lround(truth));
    sizes.fits.count(std::fabs(answered - truth) <= 0.6);
    sizes.usual_fits.count(std::fabs(usual - truth) <= 0.6);
  }
  [[nodiscard]] int size_of(std::uint32_t product, const std::string& variant) const {
    for (const auto& each : simulation_->shop().catalog.products()[product].variants) {
      if (each.id == variant) return each.size;
    }
    return -9;
  }

  LeanHost host_;
  std::unique_ptr<simulate::Simulation> simulation_;
  std::map<std::string, std::uint32_t> index_;
  std::map<std::string, Person> books_;
  std::map<std::string, std::map<std::string, std::vector<Kept>>> kept_;  ///< by person, by order
};

double percent(const Share& share) { return 100 * share.of_one(); }

void print(std::uint64_t seed, const Habits& habits, const Sizes& sizes) {
  std::printf(
      "shop %u: runs out within a week, bought twice or more: %.0f; among the first three of "
      "buy_again %.1f %%, of the whole next order %.1f %%, of those bought most often %.1f %%, "
      "longest ago %.1f %%\n",
      static_cast<unsigned>(seed), habits.due_found.asked, percent(habits.due_found),
      percent(habits.next_found), percent(habits.due_by_count), percent(habits.due_by_date));
  std::printf(
      "  of %.0f answers the first is due: buy_again %.1f %%, the whole next order %.1f %%, bought "
      "most often %.1f %%\n",
      habits.first_is_due.asked, percent(habits.first_is_due), percent(habits.first_next),
      percent(habits.first_by_count));
  std::printf(
      "  %.0f sizes: the true label %.1f %%, a size that fits %.1f %%; the size kept most often "
      "%.1f %% and %.1f %%\n",
      sizes.exact.asked, percent(sizes.exact), percent(sizes.fits), percent(sizes.usual_exact),
      percent(sizes.usual_fits));
}

/// Both shops together: of one alone, a week's refills are too few to tell methods apart.
class TruthOfHabits : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const std::uint64_t seed : {731, 732}) {
      const LivedShop shop(seed);
      all_ready_ = all_ready_ && shop.ready;
      print(seed, shop.habits, shop.sizes);
      habits_ += shop.habits;
      sizes_ += shop.sizes;
    }
  }
  void SetUp() override { ASSERT_TRUE(all_ready_); }

  static inline bool all_ready_ = true;
  static inline Habits habits_;
  static inline Sizes sizes_;
};

TEST_F(TruthOfHabits, WhatRunsOutWithinAWeekIsAmongTheFirstThree) {
  ASSERT_GT(habits_.due_found.asked, 100);
  EXPECT_GT(percent(habits_.due_found), 85);
  EXPECT_GT(percent(habits_.due_found), percent(habits_.due_by_count));
  EXPECT_GT(percent(habits_.due_found), 2 * percent(habits_.due_by_date));
  EXPECT_GT(percent(habits_.next_found), 70);
}

TEST_F(TruthOfHabits, WhatStandsFirstIsDue) {
  ASSERT_GT(habits_.first_is_due.asked, 1000);
  EXPECT_GT(percent(habits_.first_is_due), percent(habits_.first_by_count));
  EXPECT_GT(percent(habits_.first_next), 1.2 * percent(habits_.first_by_count));
}

TEST_F(TruthOfHabits, TheSizeIsTheTrueOne) {
  ASSERT_GT(sizes_.exact.asked, 200);
  EXPECT_GT(percent(sizes_.exact), percent(sizes_.usual_exact) + 5);
  EXPECT_GT(percent(sizes_.fits), percent(sizes_.usual_fits) + 5);
}

}  // namespace
}  // namespace souk::recommendations::testing
