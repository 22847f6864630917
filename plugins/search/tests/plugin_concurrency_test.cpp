// Questions from several threads while products change, segments merge and shoppers click.
#include <atomic>
#include <thread>

#include "plugins/search/tests/search_shop.hpp"

namespace souk::search::testing {
namespace {

TEST(SearchConcurrency, AnswersAreWholeWhileEverythingChanges) {
  SearchShop shop;
  const auto train = [&] {
    while (shop.bench.host().run_jobs() > 0) {
    }
  };
  for (int i = 0; i < 20; ++i)
    shop.put("k" + std::to_string(i), "Kettle with lid " + std::to_string(i), "Kitchen", 10,
             "Acme");
  for (int i = 0; i < 50; ++i)
    shop.put("p" + std::to_string(i), "Teapot " + std::to_string(i), "Kitchen", 10 + i, "Acme");
  std::atomic<bool> done{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> askers;
  for (int n = 0; n < 3; ++n) {
    askers.emplace_back([&] {
      auto request = SearchShop::request("teapot", "price > 5");
      request.set_shopper_id("anna");
      request.add_facets("brand");
      while (!done) {
        const auto reply = shop.bench.ask<v1::SearchService::Find>(request);
        ASSERT_TRUE(reply.ok()) << reply.status().message();
        // Fifty teapots are there before and after each change.
        EXPECT_EQ(reply->total(), 50u);
        EXPECT_EQ(count_of(*reply, "brand", "Acme"), 50u);
        // Few have all of these words: meanings are asked for while they are learned.
        const auto vague = shop.bench.ask<v1::SearchService::Find>(
            SearchShop::request("a kettle lid teapot again for tea"));
        ASSERT_TRUE(vague.ok()) << vague.status().message();
        // At first as many as hold the rarest words, later whatever means the same.
        EXPECT_GE(vague->total(), 1u);
        v1::SuggestRequest typed;
        typed.set_q("tea");
        EXPECT_TRUE(shop.bench.ask<v1::SearchService::Suggest>(typed).ok());
        ++answered;
      }
    });
  }
  for (int round = 0; round < 400 || answered < 30; ++round) {
    const std::string id = "p" + std::to_string(round % 50);
    shop.put(id, "Teapot again " + std::to_string(round), "Kitchen", 10 + round % 50, "Acme");
    shop.search_of("anna", "teapot", "q" + std::to_string(round), {id});
    shop.click("anna", id, "q" + std::to_string(round), 1);
    if (round % 20 == 0) train();
  }
  done = true;
  for (auto& asker : askers)
    asker.join();
}

}  // namespace
}  // namespace souk::search::testing
