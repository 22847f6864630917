// What must hold whatever happened before and whatever is asked: random events of every kind,
// random questions of every kind, and a truth that is kept beside the plugin.
#include "plugins/recommendations/tests/invariants_events.hpp"

namespace souk::recommendations::testing {
namespace {

#if defined(SOUK_SANITIZE_address)
constexpr std::uint64_t kSeeds = 1;  // ten times as slow, and after other faults
#else
constexpr std::uint64_t kSeeds = 4;
#endif
const std::vector<std::string> kEveryKind{
    "for_you",         "similar",   "bought_together",  "bundle", "upsell",
    "cross_sell",      "buy_again", "trending",         "size",   "new_arrivals",
    "recently_viewed", "discover",  "complete_the_look"};

Settings settings() {
  Settings made;
  auto& placements = *made.mutable_placements();
  for (const auto& [name, kinds] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"top", {"for_you", "trending"}},
           {"middle", {"similar", "new_arrivals"}},
           {"bottom", {"discover", "trending"}}}) {
    for (const std::string& kind : kinds)
      placements[name].add_kinds(kind);
    placements[name].set_limit(4);
  }
  return made;
}

/// Folds `events` from `from` on in batches whose sizes the dice give.
void fold(Shop& shop, const RandomShop& random, std::size_t from, Dice& dice, std::size_t most) {
  for (std::size_t at = from; at < random.events.size();) {
    const std::size_t end = std::min(random.events.size(), at + 1 + dice.below(most));
    const auto first = random.events.begin();
    const std::vector<souk::testing::RawEvent> batch(first + static_cast<long>(at),
                                                     first + static_cast<long>(end));
    shop.bench.host().set_now_us(batch.back().envelope.time_us);
    const Status status = shop.bench.fold(batch);
    ASSERT_TRUE(status.ok()) << status.message();
    at = end;
  }
}

void restart(Shop& shop) {
  const Status status = shop.bench.restart();
  ASSERT_TRUE(status.ok()) << status.message();
}

/// What was asked, to be read when it went wrong.
std::string text_of(const v1::RecommendRequest& request) {
  std::string text = "kind=" + request.kind() + " shopper=" + request.shopper_id() +
                     " session=" + request.session_id() + " product=" + request.product_id() +
                     " category=" + request.category() + " filter=" + request.filter() +
                     " boost=" + request.boost() + " query=" + request.query() +
                     " diversity=" + std::to_string(request.diversity()) +
                     " limit=" + std::to_string(request.limit());
  const auto list = [&](std::string_view name, const auto& ids) {
    text.append(" ").append(name).append("=");
    for (const std::string& id : ids)
      text.append(id).append(",");
  };
  list("exclude", request.exclude());
  list("shown", request.shown());
  list("cart", request.cart());
  list("session_items", request.session_items());
  list("history_items", request.history_items());
  return text + (request.include_seen() ? " include_seen" : "");
}

/// A question with what the answer must keep to.
struct Asked {
  v1::RecommendRequest request;
  std::string filter_brand;        ///< the filter asks for it
  std::int64_t filter_below = -1;  ///< major units
};

Asked random_question(RandomShop& random) {
  Dice& dice = random.dice;
  Asked asked;
  v1::RecommendRequest& request = asked.request;
  request.set_kind(dice.any(kEveryKind));
  if (!dice.one_in(5)) request.set_shopper_id(random.person());
  if (dice.one_in(6)) request.set_session_id("visit");
  request.set_product_id(dice.one_in(20) ? "nothing" : random.product());
  request.set_limit(static_cast<std::uint32_t>(1 + dice.below(30)));
  if (dice.one_in(4)) request.set_category(dice.any(random.categories));
  if (dice.one_in(4)) request.set_min_price(static_cast<std::int64_t>(dice.below(3000)));
  if (dice.one_in(4)) {
    request.set_max_price(request.min_price() + static_cast<std::int64_t>(dice.below(3000)));
  }
  const auto list = [&](auto* out) {
    if (!dice.one_in(4)) return;
    for (const std::string& item : random.some_products(6))
      out->Add(std::string(item));
  };
  list(request.mutable_exclude());
  list(request.mutable_shown());
  list(request.mutable_cart());
  list(request.mutable_session_items());
  list(request.mutable_history_items());
  if (dice.one_in(5)) {
    asked.filter_brand = dice.any(random.brands);
    request.set_filter("brand = " + asked.filter_brand);
  } else if (dice.one_in(5)) {
    asked.filter_below = static_cast<std::int64_t>(dice.below(60));
    request.set_filter("price < " + std::to_string(asked.filter_below));
  }
  if (dice.one_in(4)) request.set_boost("brand = Acme => 3; category: Garden => 0.1");
  if (dice.one_in(4)) request.set_query("the p1");
  if (dice.one_in(4)) request.set_diversity(0.7);
  if (dice.one_in(4)) request.set_account_id(dice.any(random.accounts));
  request.set_include_seen(dice.one_in(6));
  request.set_explain(dice.one_in(3));
  return asked;
}

template <class List>
bool has(const List& list, const std::string& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

/// Why this product must not be in the answer; empty when it may.
std::string fault_of_product(const Truth& truth, const Asked& asked, const std::string& id) {
  const v1::RecommendRequest& request = asked.request;
  const auto found = truth.products.find(id);
  if (found == truth.products.end() || !found->second.known) return "not in the catalog";
  const TrueProduct& product = found->second;
  if (product.deleted) return "deleted";
  if (product.hidden) return "hidden";
  if (product.sold_out()) return "sold out";
  if (!product.is_for(request.account_id())) return "of another account";
  if (has(request.exclude(), id)) return "excluded";
  if (has(request.shown(), id)) return "already shown";
  if (!request.category().empty() && !product.is_in(request.category())) return "other category";
  const bool priced = request.has_min_price() || request.has_max_price();
  if (priced && product.price < 0) return "without a price";
  if (request.has_min_price() && product.price < request.min_price()) return "too cheap";
  if (request.has_max_price() && product.price > request.max_price()) return "too dear";
  if (!asked.filter_brand.empty() && product.brand != asked.filter_brand) return "other brand";
  if (asked.filter_below >= 0 && (product.price < 0 || product.price >= asked.filter_below * 100)) {
    return "outside the filter";
  }
  return {};
}

std::string fault_of_person(const Truth& truth, const Asked& asked, const std::string& id) {
  const v1::RecommendRequest& request = asked.request;
  // The one kind that is about the product of the page itself.
  if (request.kind() != "size" && id == request.product_id()) return "what the page is about";
  const auto found = truth.people.find(request.shopper_id());
  const TruePerson person = found == truth.people.end() ? TruePerson() : found->second;
  if (request.kind() != "size" && person.returned.contains(id)) return "returned by this shopper";
  if (request.include_seen() || request.kind() == "size") return {};
  if (has(request.cart(), id)) return "in the cart of the request";
  if (request.cart().empty() && person.cart.contains(id)) return "in the shopper's cart";
  const auto bought = person.bought.find(id);
  if (request.kind() != "buy_again" && bought != person.bought.end() && bought->second == 1) {
    return "just bought";
  }
  return {};
}

void check(const Truth& truth, const Asked& asked, const v1::RecommendReply& reply) {
  const v1::RecommendRequest& request = asked.request;
  SCOPED_TRACE(text_of(request));
  EXPECT_LE(reply.items_size(), static_cast<int>(request.limit()));
  EXPECT_FALSE(reply.attribution_token().empty());
  if (reply.items().empty()) EXPECT_FALSE(reply.note().empty());
  std::set<std::string> seen;
  double last = 1e300;
  for (const auto& item : reply.items()) {
    EXPECT_EQ(fault_of_product(truth, asked, item.product_id()), "") << item.product_id();
    EXPECT_EQ(fault_of_person(truth, asked, item.product_id()), "") << item.product_id();
    EXPECT_TRUE(seen.insert(item.product_id()).second) << "twice: " << item.product_id();
    EXPECT_LE(item.score(), last);
    EXPECT_FALSE(item.reason().empty());
    EXPECT_EQ(item.reason().find(" 0 "), std::string::npos) << item.reason();
    last = item.score();
  }
  for (const auto& bundle : reply.bundles()) {
    for (const std::string& id : bundle.product_ids())
      EXPECT_EQ(fault_of_product(truth, asked, id), "") << id << " in a set";
  }
}

void check_page(Shop& shop, RandomShop& random) {
  v1::RecommendPageRequest request;
  for (const char* name : {"top", "middle", "bottom"})
    request.add_placements(name);
  request.set_shopper_id(random.person());
  request.set_product_id(random.product());
  const auto reply = shop.bench.ask<v1::RecommendationsService::RecommendPage>(request);
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  std::set<std::string> seen;
  for (const auto& placement : reply.value().placements()) {
    if (placement.items().empty()) EXPECT_FALSE(placement.note().empty());
    for (const auto& item : placement.items())
      EXPECT_TRUE(seen.insert(item.product_id()).second) << "on the page twice";
  }
}

TEST(Invariants, NoAnswerEverHoldsWhatItMustNot) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomShop random(seed);
    Shop shop(settings());
    Dice sizes(seed + 1000);
    for (int round = 0; round < 60; ++round) {
      const std::size_t from = round == 0 ? 0 : random.events.size();
      for (int i = 0; i < 30; ++i)
        random.happen();
      fold(shop, random, from, sizes, 16);
      if (round % 20 == 19) restart(shop);
      for (int i = 0; i < 80; ++i) {
        const Asked asked = random_question(random);
        check(random.truth, asked, shop.ask(asked.request, asked.request.account_id()));
        if (HasFailure()) return;  // one is enough to look at
      }
      check_page(shop, random);
      if (HasFailure()) return;
    }
  }
}

std::string text_of(const v1::RecommendReply& reply) {
  std::string text = "note=" + reply.note() + "\n";
  for (const auto& item : reply.items()) {
    text += item.product_id() + " " + std::to_string(item.score()) + " " + item.reason() + " " +
            item.variant_id() + "\n";
  }
  for (const auto& bundle : reply.bundles()) {
    for (const std::string& id : bundle.product_ids())
      text += id + " ";
    text += std::to_string(bundle.total_price().amount()) + " " + bundle.reason() + "\n";
  }
  return text;
}

/// Everything that is asked, without what differs from call to call.
std::vector<std::string> answers(Shop& shop, RandomShop& random, int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    v1::RecommendRequest request = random_question(random).request;
    if (request.kind() == "new_arrivals") continue;  // draws by lot from the request's id
    const auto reply = shop.ask(request, request.account_id());
    all.push_back(text_of(request) + "\n" + text_of(reply));
  }
  return all;
}

void expect_same(const std::vector<std::string>& told, const std::vector<std::string>& again) {
  ASSERT_EQ(told.size(), again.size());
  for (std::size_t i = 0; i < told.size(); ++i)
    ASSERT_EQ(told[i], again[i]);  // the first that differs is enough
}

TEST(Invariants, HowEventsAreBatchedChangesNoByte) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomShop random(seed);
    for (int i = 0; i < 1500; ++i)
      random.happen();
    Settings made = settings();
    made.set_exploration(0);
    Shop one(made), many(made), restarted(made);
    Dice one_sizes(seed), many_sizes(seed + 7), restarted_sizes(seed + 9);
    fold(one, random, 0, one_sizes, 1);
    fold(many, random, 0, many_sizes, 300);
    RandomShop half = random;
    half.events.resize(random.events.size() / 2);
    fold(restarted, half, 0, restarted_sizes, 40);
    restart(restarted);
    fold(restarted, random, half.events.size(), restarted_sizes, 40);
    const std::string bytes = one.bench.snapshot().value();
    EXPECT_TRUE(bytes == many.bench.snapshot().value()) << "batches changed the snapshot";
    EXPECT_TRUE(bytes == restarted.bench.snapshot().value()) << "a restart changed the snapshot";
    RandomShop again = random, third = random;
    const auto told = answers(one, random, 400);
    expect_same(told, answers(many, again, 400));
    expect_same(told, answers(restarted, third, 400));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace souk::recommendations::testing
