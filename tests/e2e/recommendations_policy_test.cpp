// Placements, pages, filters and revenue over HTTP, through the daemon and its log.
#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PolicyTest : public StoreTest {
 protected:
  static constexpr const char* kPlugins = R"(    plugins:
      recommendations:
        currency: EUR
        placements:
          home_top: { kinds: [ for_you, trending ], limit: 2, filter: "price < 50" }
          home_mid: { kinds: [ trending ], limit: 2 }
)";

  /// False, and the test is skipped, where the plugin is not built.
  bool begin() {
    write_config(kPlugins);
    const CommandResult checked = run_souk({"check", "-c", config()});
    if (checked.status != 0) return false;
    start();
    put("lamp", "Acme", 1999);
    put("bulb", "Bolt", 500);
    put("sofa", "Acme", 99900);
    put("rug", "Bolt", 4999);
    std::string events;
    int views = 9;
    for (const char* product : {"sofa", "lamp", "bulb", "rug"}) {
      for (int i = 0; i < views; ++i)
        add(events, std::string(product) + std::to_string(i), "s" + std::to_string(i),
            R"("productViewed":{"productId":")" + std::string(product) + R"("})");
      views -= 2;
    }
    send(events);
    // All views, not only the products that are new until then.
    ask_until("/v1/recommendations?kind=trending&explain=true", "trending: 24 events counted");
    return true;
  }
  void put(const std::string& id, const std::string& brand, int cents) {
    const std::string body = R"({"id":")" + id + R"(","title":"The )" + id + R"(","brand":")" +
                             brand + R"(","priceRange":{"min":{"amount":")" +
                             std::to_string(cents) + R"("}}})";
    ASSERT_LT(ask("PUT", "/v1/products/" + id, body).status, 300);
  }
  static void add(std::string& events, const std::string& id, const std::string& shopper,
                  const std::string& payload, const std::string& token = "") {
    events += std::string(events.empty() ? "" : ",") + R"({"id":")" + id + R"(","shopperId":")" +
              shopper + R"(",)" +
              (token.empty() ? "" : R"("attributionToken":")" + token + R"(",)") + payload + "}";
  }
  void send(const std::string& events) {
    ASSERT_EQ(ask("POST", "/v1/events", R"({"events":[)" + events + "]}", kWebKey).status, 202);
  }
  /// The text value of a field of an answer.
  static std::string field(const std::string& body, const std::string& name) {
    const std::size_t at = body.find("\"" + name + "\":\"");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return body.substr(begin, body.find('"', begin) - begin);
  }
};

TEST_F(PolicyTest, PlacementsSteerAnswersAndOrdersAreCreditedToThem) {
  if (!begin()) GTEST_SKIP() << "the recommendations plugin is not built";
  // Wrong first.
  auto refused = ask("GET", "/v1/recommendations?placement=home_topp", "", kWebKey);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("did you mean home_top?"));
  refused = ask("GET", "/v1/recommendations?kind=trending&filter=prise%20%3C%203", "", kWebKey);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("column 1: 'prise' is no fact of products; did you mean"));
  EXPECT_EQ(ask("GET", "/v1/recommendations/report", "", kWebKey).status, 403);

  const auto filtered = ask(
      "GET", "/v1/recommendations?kind=trending&filter=brand%20%3D%20Acme%20AND%20price%20%3C%2050",
      "", kWebKey);
  EXPECT_THAT(filtered.body, HasSubstr("\"lamp\""));
  EXPECT_THAT(filtered.body, Not(HasSubstr("\"sofa\"")));
  EXPECT_THAT(filtered.body, Not(HasSubstr("\"bulb\"")));

  const auto page = ask("GET",
                        "/v1/recommendations/page?placements=home_top&placements=home_mid&"
                        "shopperId=ada",
                        "", kWebKey);
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_THAT(page.body, HasSubstr(R"("placement":"home_top")"));
  EXPECT_THAT(page.body, HasSubstr(R"("placement":"home_mid")"));
  const std::size_t once = page.body.find(R"("productId":"lamp")");
  ASSERT_NE(once, std::string::npos);
  EXPECT_EQ(page.body.find(R"("productId":"lamp")", once + 1), std::string::npos);

  const std::string token = field(page.body, "attributionToken");
  ASSERT_NE(token, "");
  std::string events;
  add(events, "shown", "ada",
      R"("recommendationsShown":{"placement":"home_top","productIds":["lamp","bulb"]})", token);
  add(events, "click", "ada", R"("productClicked":{"productId":"lamp"})", token);
  add(events, "order", "ada",
      R"("orderCompleted":{"orderId":"o1","products":[{"productId":"lamp","price":19.99,"quantity":2}]})");
  send(events);
  const std::string report = ask_until("/v1/recommendations/report", "\"3998\"");
  EXPECT_THAT(report, HasSubstr(R"("placement":"home_top")"));
  EXPECT_THAT(report, HasSubstr(R"("shown":"2")"));
  EXPECT_THAT(report, HasSubstr(R"("clicked":"1")"));
  EXPECT_EQ(stop(), 0);

  // From its snapshot and the log: a return finds the order it belongs to.
  start();
  events.clear();
  add(events, "back", "ada",
      R"("productReturned":{"orderId":"o1","products":[{"productId":"lamp","quantity":1}]})");
  ASSERT_EQ(ask("POST", "/v1/events", R"({"events":[)" + events + "]}").status, 202);
  EXPECT_THAT(ask_until("/v1/recommendations/report", "\"1999\""), HasSubstr("\"1999\""));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PolicyTest, ACartOfAThousandLinesIsAskedByUrlAndByBody) {
  if (!begin()) GTEST_SKIP() << "the recommendations plugin is not built";
  std::string url = "/v1/recommendations?kind=trending&limit=4";
  std::string body = R"({"kind":"trending","limit":4,"cart":["bulb")";
  for (int line = 0; line < 999; ++line) {
    url += "&cart=bulb";
    body += ",\"" + std::string(40, 'x') + std::to_string(line) + "\"";
  }
  url += "&cart=rug";
  const ClientResponse by_url = ask("GET", url);
  EXPECT_EQ(by_url.status, 200) << by_url.body;
  EXPECT_THAT(by_url.body, Not(HasSubstr("\"bulb\"")));
  EXPECT_THAT(by_url.body, HasSubstr("\"sofa\""));
  const ClientResponse by_body = ask("POST", "/v1/recommendations", body + "]}", kWebKey);
  EXPECT_EQ(by_body.status, 200) << by_body.body;
  EXPECT_THAT(by_body.body, Not(HasSubstr("\"bulb\"")));
  EXPECT_THAT(by_body.body, HasSubstr("\"sofa\""));
  EXPECT_EQ(ask("GET", "/v1/recommendations?productId=" + std::string(17'000, 'x')).status, 431);
  EXPECT_THAT(ask("POST", "/v1/recommendations", body + ",\"one too many\"]}").body,
              HasSubstr("has 1001 elements; at most 1000 are allowed"));
  const ClientResponse page =
      ask("POST", "/v1/recommendations/page", R"({"placements":["home_top"],"cart":["lamp"]})");
  EXPECT_EQ(page.status, 200) << page.body;
  EXPECT_THAT(page.body, Not(HasSubstr("\"lamp\"")));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PolicyTest, AFaultInAPlacementIsFoundWithLineAndColumn) {
  write_config(
      "    plugins:\n      recommendations:\n        placements:\n          home_top:\n"
      "            kinds: [ for_you, trendin ]\n");
  const CommandResult checked = run_souk({"check", "-c", config()});
  if (checked.errors.find("plugin") != std::string::npos &&
      checked.errors.find("trendin") == std::string::npos) {
    GTEST_SKIP() << "the recommendations plugin is not built";
  }
  EXPECT_EQ(checked.status, 1);
  EXPECT_THAT(checked.errors + checked.output, HasSubstr(":14:31: error: "));
  EXPECT_THAT(checked.errors + checked.output, HasSubstr("did you mean 'trending'?"));
}

}  // namespace
}  // namespace souk::testing
