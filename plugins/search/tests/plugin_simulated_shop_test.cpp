// A simulated shop: shoppers who want something type it, with typing errors and words of their own,
// and take it. Ranking by behaviour and for the shopper must put what they take higher than the
// text alone does.
#include <gtest/gtest.h>
#include <souk/testing/bench.hpp>
#include <souk/testing/library.hpp>

#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "souk/v1/event.pb.h"
#include "souk/v1/search.pb.h"
#include "tests/support/read_event.hpp"
#include "tools/simulate/shop.hpp"
#include "tools/simulate/simulation.hpp"

namespace souk::search::testing {
namespace {

using souk::testing::RawBench;
using souk::v1::SearchReply;
using souk::v1::SearchRequest;

constexpr const char* kFind = "souk.v1.Search/Find";

/// Settings bytes: ranking (field 10) with every weight (1 to 7) at 0, and whether intents are read
/// (field 11).
std::string text_alone() {
  std::string ranking;
  for (char field = 1; field <= 7; ++field) {
    ranking += static_cast<char>(field << 3 | 1);
    ranking.append(8, '\0');
  }
  return std::string("\x52") + static_cast<char>(ranking.size()) + ranking +
         std::string("\x58\0", 2);
}

/// Mean reciprocal rank and how many were asked.
struct Quality {
  double sum = 0;
  double first_page = 0;
  int asked = 0;
  void add(std::size_t rank) {
    ++asked;
    if (rank == 0) return;
    sum += 1.0 / static_cast<double>(rank);
    if (rank <= 10) first_page += 1;
  }
  [[nodiscard]] double mrr() const { return asked > 0 ? sum / asked : 0; }
  [[nodiscard]] double found() const { return asked > 0 ? first_page / asked : 0; }
};

/// What was answered to a search, until the shopper takes something.
struct Asked {
  std::map<std::string, std::size_t> text;
  std::map<std::string, std::size_t> full;
  std::map<std::string, std::size_t> impersonal;
};

class Shop {
 public:
  explicit Shop(std::uint64_t seed) : library_(SOUK_PLUGIN_LIBRARY), bench_(library_.entry()) {
    EXPECT_TRUE(bench_.init({}).ok());
    EXPECT_TRUE(bench_.start().ok());
    EXPECT_TRUE(bench_.set_account("text-alone", text_alone()).ok());
    find_ = bench_.declaration().method(kFind);
    EXPECT_TRUE(find_.has_value());
    simulate::SimulationSettings settings;
    settings.seed = seed;
    settings.products = 400;
    settings.shoppers = 1500;
    settings.days = 40;
    auto made = simulate::Simulation::create(settings);
    EXPECT_TRUE(made.ok()) << made.status().message();
    simulation_ = std::move(made.value());
  }

  void run(int learn_days, int test_days) {
    simulation_->run_days(learn_days, [this](std::string_view line) { see(line, false); });
    simulation_->run_days(test_days, [this](std::string_view line) { see(line, true); });
  }

  Quality text, full, impersonal;

 private:
  void see(std::string_view line, bool test) {
    const souk::v1::Event event = souk::testing::read_event(line);
    bench_.host().set_now_us(event.time().seconds() * 1'000'000);
    if (test && event.has_products_searched()) {
      // Asked before the plugin hears of the search.
      Asked& asked = open_[event.session_id()];
      const std::string& query = event.products_searched().query();
      asked.text = ranks(event, query, "text-alone", true);
      asked.full = ranks(event, query, "", false);
      asked.impersonal = ranks(event, query, "", true);
    }
    if (test && event.has_product_clicked() &&
        event.product_clicked().list_id().find("search") != std::string::npos) {
      taken(event.session_id(), event.product_clicked().product_id());
    }
    fold(event);
  }

  void taken(const std::string& session, const std::string& product) {
    const auto asked = open_.find(session);
    if (asked == open_.end()) return;
    const auto rank = [&](const std::map<std::string, std::size_t>& ranked) {
      const auto at = ranked.find(product);
      return at == ranked.end() ? 0 : at->second;
    };
    text.add(rank(asked->second.text));
    full.add(rank(asked->second.full));
    impersonal.add(rank(asked->second.impersonal));
  }

  std::map<std::string, std::size_t> ranks(const souk::v1::Event& event, const std::string& query,
                                           const std::string& account, bool nobody) {
    SearchRequest request;
    request.set_q(query);
    request.set_limit(50);
    request.set_shopper_id(event.shopper_id());
    request.set_session_id(event.session_id());
    request.set_impersonal(nobody);
    request.add_fields("title");
    const auto answer = bench_.ask(*find_, request.SerializeAsString(), account);
    EXPECT_EQ(answer.status, SOUK_OK) << answer.error;
    SearchReply reply;
    EXPECT_TRUE(reply.ParseFromString(answer.reply));
    std::map<std::string, std::size_t> ranked;
    for (const auto& hit : reply.hits())
      ranked.emplace(hit.product_id(), ranked.size() + 1);
    return ranked;
  }

  void fold(const souk::v1::Event& event) {
    const auto* oneof = event.GetDescriptor()->FindOneofByName("payload");
    const auto* field = event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
    if (field == nullptr) return;
    const std::string& type = field->message_type()->full_name();
    if (!bench_.declaration().subscription(type)) return;
    souk::testing::RawEvent raw;
    raw.type = type;
    raw.payload = event.GetReflection()->GetMessage(event, field).SerializeAsString();
    raw.envelope.shopper_id = event.shopper_id();
    raw.envelope.session_id = event.session_id();
    raw.envelope.account_id = event.account_id();
    ASSERT_TRUE(bench_.fold({raw}).ok());
  }

  souk::testing::Library library_;
  RawBench bench_;
  std::optional<std::uint32_t> find_;
  std::unique_ptr<simulate::Simulation> simulation_;
  std::map<std::string, Asked> open_;
};

TEST(SearchInASimulatedShop, BehaviourAndTheShopperBeatTheTextAlone) {
  for (const std::uint64_t seed : {511U, 512U}) {
    Shop shop(seed);
    shop.run(30, 10);
    std::printf(
        "seed %u: %d products taken after a search; MRR: text %.3f, learned %.3f, for the shopper "
        "%.3f; in the first ten: %.1f %%, %.1f %%, %.1f %%\n",
        static_cast<unsigned>(seed), shop.full.asked, shop.text.mrr(), shop.impersonal.mrr(),
        shop.full.mrr(), 100 * shop.text.found(), 100 * shop.impersonal.found(),
        100 * shop.full.found());
    ASSERT_GT(shop.full.asked, 200);
    EXPECT_GT(shop.impersonal.mrr(), shop.text.mrr());
    EXPECT_GT(shop.full.mrr(), shop.impersonal.mrr());
    EXPECT_GT(shop.full.mrr(), 1.1 * shop.text.mrr());
  }
}

}  // namespace
}  // namespace souk::search::testing
