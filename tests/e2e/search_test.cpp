// Search over HTTP, through the daemon and its log: products in, answers out, files of synonyms and
// rules, what is wrong with them, a restart.
#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SearchTest : public StoreTest {
 protected:
  /// False, and the test is skipped, where the plugin is not built.
  bool configure(const std::string& synonyms, const std::string& rules) {
    folder_.write("synonyms.yaml", synonyms);
    folder_.write("rules.yaml", rules);
    write_config(
        "    plugins:\n      search: { synonyms: ./synonyms.yaml, rules: ./rules.yaml, currency: "
        "EUR }\n");
    const CommandResult checked = run_souk({"check", "-c", config()});
    checked_ = checked.output + checked.errors;
    return checked_.find("there is no plugin \"search\"") == std::string::npos &&
           checked_.find("unknown plugin") == std::string::npos;
  }
  void put(const std::string& id, const std::string& title, const std::string& brand, int cents) {
    const std::string body = R"({"id":")" + id + R"(","title":")" + title + R"(","brand":")" +
                             brand + R"(","priceRange":{"min":{"amount":")" +
                             std::to_string(cents) + R"("}}})";
    ASSERT_LT(ask("PUT", "/v1/products/" + id, body).status, 300);
  }
  std::string checked_;
};

TEST_F(SearchTest, FaultsOfTheFilesThatSettingsNameHaveTheirLines) {
  if (!configure("synonyms:\n  - tv, television\n",
                 "rules:\n  - id: one\n    pins: []\n  - queries: [ x ]\n")) {
    GTEST_SKIP() << "the plugin is not built";
  }
  EXPECT_THAT(checked_, HasSubstr("rules.yaml:3:5: error: unknown key 'pins'"));
  EXPECT_THAT(checked_, HasSubstr("rules.yaml:4:5: error: \"id\" is required"));
  configure("synonyms: tv, television\n", "rules: []\n");
  EXPECT_THAT(checked_, HasSubstr("synonyms.yaml:1:11: error: \"synonyms\" must be a list"));
  configure("synonyms: [ [\n", "rules: []\n");
  EXPECT_THAT(checked_, HasSubstr("synonyms.yaml:"));
}

TEST_F(SearchTest, ProductsAreFoundFilteredCountedAndSurviveARestart) {
  if (!configure(
          "synonyms:\n  - telly, television\n",
          "rules:\n  - id: first\n    queries: [ lamp ]\n    pin: [ { product_id: rug } ]\n")) {
    GTEST_SKIP() << "the plugin is not built";
  }
  start();
  put("lamp", "Reading lamp", "Acme", 1999);
  put("bulb", "Bulb for a lamp", "Bolt", 500);
  put("rug", "Rug", "Acme", 4999);
  put("tv", "Television", "Bolt", 39900);
  for (int life = 0; life < 2; ++life) {
    ask_until("/v1/search?q=telly", "\"tv\"");
    const auto found =
        ask("GET", "/v1/search?q=lamp&facets=brand&filters=price%20%3C%2030", "", kWebKey);
    EXPECT_EQ(found.status, 200);
    EXPECT_THAT(found.body, HasSubstr(R"("total":"2")"));
    EXPECT_THAT(found.body, HasSubstr(R"({"value":"Acme","count":"1"})"));
    EXPECT_THAT(ask("GET", "/v1/search?q=lamp", "", kWebKey).body,
                HasSubstr(R"("hits":[{"productId":"rug")"));
    const auto posted =
        ask("POST", "/v1/search", R"({"q":"lapm","facetFilters":["brand:Bolt"]})", kWebKey);
    EXPECT_THAT(posted.body, HasSubstr(R"("corrected":"lamp")"));
    EXPECT_THAT(posted.body, Not(HasSubstr(R"("productId":"lamp")")));
    const auto wrong = ask("GET", "/v1/search?q=lamp&filters=(price%20%3C%2030", "", kWebKey);
    EXPECT_EQ(wrong.status, 400);
    EXPECT_THAT(wrong.body, HasSubstr("column"));
    EXPECT_THAT(ask("GET", "/v1/suggest?q=tele", "", kWebKey).body, HasSubstr("\"tv\""));
    EXPECT_EQ(ask("GET", "/v1/search/analytics", "", kWebKey).status, 403);
    EXPECT_THAT(ask("GET", "/v1/search/analytics").body, HasSubstr("\"note\""));
    if (life == 0) {
      ASSERT_EQ(stop(), 0);
      start();
    }
  }
}

TEST_F(SearchTest, TheMerchantsVectorsAndOtherPluginsHaveTheirPart) {
  write_config(
      "    plugins:\n      search: {}\n      recommendations: { currency: EUR }\n"
      "      segmentation: {}\n");
  if (run_souk({"check", "-c", config()}).status != 0) {
    GTEST_SKIP() << "a plugin is not built";
  }
  start();
  const auto add = [this](const std::string& id, const std::string& title, const std::string& brand,
                          const std::string& vector) {
    const std::string body = R"({"id":")" + id + R"(","title":")" + title + R"(","brand":")" +
                             brand + R"(","priceRange":{"min":{"amount":"1900"}},"vector":)" +
                             vector + "}";
    const auto answer = ask("PUT", "/v1/products/" + id, body);
    ASSERT_LT(answer.status, 300) << answer.body;
  };
  add("lamp", "Reading lamp", "Acme", "[1, 0, 0]");
  add("bulb", "Bulb for a lamp", "Bolt", "[0.1, 1, 0]");
  add("plaid", "Woollen plaid", "Acme", "[0, 0.1, 1]");
  ask_until("/v1/search?q=plaid", "\"plaid\"");
  const auto search = [this](const std::string& body) {
    return ask("POST", "/v1/search", body, kWebKey);
  };
  const auto wrong = search(R"({"q":"lamp","vector":[1, 0]})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("2 numbers, the products' have 3"));
  EXPECT_THAT(search(R"({"q":"lamp","vector":[0.1, 0.9, 0]})").body,
              HasSubstr(R"("hits":[{"productId":"bulb")"));
  EXPECT_THAT(search(R"({"q":"blanket","vector":[0, 0, 0.9]})").body,
              HasSubstr(R"("hits":[{"productId":"plaid")"));
  std::string events;
  for (int i = 0; i < 8; ++i) {
    events += std::string(i == 0 ? "" : ",") + R"({"id":"v)" + std::to_string(i) +
              R"(","shopperId":"anna","productViewed":{"productId":"bulb"}})";
  }
  ASSERT_EQ(ask("POST", "/v1/events", R"({"events":[)" + events + "]}", kWebKey).status, 202);
  const std::string both = ask_until("/v1/search?q=lamp&shopperId=anna&explain=true&limit=2",
                                     R"("segmentation","recommendations")");
  EXPECT_THAT(both, HasSubstr(R"("segmentation","recommendations")"));
  EXPECT_THAT(both, Not(HasSubstr("ranked without")));
}

}  // namespace
}  // namespace souk::testing
