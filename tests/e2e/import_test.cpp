// `souk import` through the public API: with a daemon of its own, and beside one that runs.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernel/storage/tests/test_database.hpp"
#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kProducts =
    "id,title,price,brand,stock\n"
    "p1,Trail shoe,99.00,Acme,4\n"
    "p2,\"Shirt, \"\"slim\"\"\",20.00,Acme,\n"
    ",No id,1,,\n"
    "p3,Cup,cheap,,\n";

class ImportTest : public StoreTest, public ::testing::WithParamInterface<storage::Engine> {
 protected:
  void SetUp() override {
    database_ = std::make_unique<storage::TestDatabase>(GetParam());
    if (database_->url().empty()) GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server";
    url_ = database_->url();
  }
  CommandResult import(const std::string& kind, const std::string& name,
                       std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"import", kind,     folder_.file(name), "-q",
                                          "-c",     config(), "--store",          "demo"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_souk(arguments);
  }
  static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  /// The number in the summary's row.
  static std::string figure(const CommandResult& result, const std::string& row) {
    const std::size_t at = result.output.find("  " + row);
    if (at == std::string::npos) return "none";
    std::istringstream words(result.output.substr(at + 2 + row.size()));
    std::string number;
    words >> number;
    return number;
  }

  void TearDown() override { daemon_.reset(); }  // before its database goes

  std::unique_ptr<storage::TestDatabase> database_;
};

INSTANTIATE_TEST_SUITE_P(Engines, ImportTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(ImportTest, WrongInputIsASentence) {
  write_config();
  folder_.write("a.csv", "x,y\n1,2\n");
  EXPECT_THAT(import("products", "missing.csv").errors, HasSubstr("can't be opened"));
  const CommandResult columns = import("products", "a.csv");
  EXPECT_EQ(columns.status, 1);
  EXPECT_THAT(columns.errors, HasSubstr("no column for id, title among x, y"));
  EXPECT_EQ(import("products", "a.csv", {"--map", "id"}).status, 2);
  const CommandResult store =
      run_souk({"import", "products", folder_.file("a.csv"), "-c", config(), "--store", "shop"});
  EXPECT_EQ(store.status, 1);
  EXPECT_THAT(store.errors, HasSubstr("there is no store \"shop\""));
}

TEST_P(ImportTest, WithoutADaemonItBringsItsOwnAndTwiceStoresNothingTwice) {
  write_config();
  folder_.write("products.csv", kProducts);
  const CommandResult first = import("products", "products.csv");
  EXPECT_EQ(first.status, 0) << first.output << first.errors;
  EXPECT_EQ(figure(first, "lines read"), "4");
  EXPECT_EQ(figure(first, "accepted"), "3");  // two products, one stock level
  EXPECT_EQ(figure(first, "rejected"), "2");
  EXPECT_EQ(read(folder_.file("products.csv.rejects.csv")),
            "line,reason,record\n"
            "4,\"the product has no id\",\",No id,1,,\"\n"
            "5,\"\"\"cheap\"\" is not a price\",\"p3,Cup,cheap,,\"\n");
  const CommandResult again = import("products", "products.csv");
  EXPECT_EQ(figure(again, "accepted"), "0");
  EXPECT_EQ(figure(again, "duplicates"), "3");
  EXPECT_EQ(figure(import("products", "products.csv", {"--salt", "x"}), "accepted"), "3");
  start();
  const ClientResponse product = ask("GET", "/v1/products/p2");
  EXPECT_EQ(product.status, 200);
  EXPECT_THAT(product.body, HasSubstr(R"("title":"Shirt, \"slim\"")"));
  EXPECT_THAT(product.body, HasSubstr("2000"));
  EXPECT_EQ(stop(), 0);
}

TEST_P(ImportTest, BesideADaemonItNeedsAKeyAndSaysWhichScopes) {
  write_config();
  folder_.write("products.csv", kProducts);
  start();
  const std::string port = std::to_string(daemon_->port());
  write_config("", "127.0.0.1:" + port);
  const CommandResult without = import("products", "products.csv");
  EXPECT_EQ(without.status, 1);
  EXPECT_THAT(without.errors, HasSubstr("events, catalog"));
  const CommandResult unknown = import("products", "products.csv", {"--key", "unknown"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.errors, HasSubstr("does not know this key"));
  const CommandResult weak = import("products", "products.csv", {"--key", kWebKey});
  EXPECT_EQ(weak.status, 1) << weak.output;
  EXPECT_EQ(ask("GET", "/v1/products/p1").status, 404);
  const CommandResult with = import("products", "products.csv", {"--key", kAdminKey});
  EXPECT_EQ(with.status, 0) << with.errors;
  EXPECT_EQ(figure(with, "accepted"), "3");
  EXPECT_EQ(ask("GET", "/v1/products/p1").status, 200);
  EXPECT_EQ(stop(), 0);
}

TEST_P(ImportTest, PricesOfProductsFollowFromTheirVariants) {
  write_config();
  folder_.write("products.jsonl",
                R"({"id":"p1","title":"Shirt","variants":[{"id":"m","price":{"amount":2000}},)"
                R"({"id":"s","price":{"amount":1500}}]})"
                "\n");
  EXPECT_EQ(figure(import("products", "products.jsonl"), "accepted"), "1");
  folder_.write("events.jsonl",
                R"({"id":"e1","time":"2026-01-01T10:00:00Z","productUpserted":{"product":)"
                R"({"id":"p2","variants":[{"id":"l","price":{"amount":700}}]}}})"
                "\n");
  EXPECT_EQ(figure(import("events", "events.jsonl"), "accepted"), "1");
  start();
  EXPECT_THAT(ask("GET", "/v1/products/p1").body,
              HasSubstr(R"("priceRange":{"min":{"amount":"1500"},"max":{"amount":"2000"}})"));
  EXPECT_THAT(ask("GET", "/v1/products/p2").body,
              HasSubstr(R"("priceRange":{"min":{"amount":"700"},"max":{"amount":"700"}})"));
  EXPECT_EQ(stop(), 0);
}

TEST_P(ImportTest, EntitiesAndEventsAsJsonLines) {
  write_config();
  folder_.write("customers.jsonl",
                "{\"id\":\"c1\",\"email\":\"a@shop.example\"}\n{\"id\":5}\n\n{\"name\":\"x\"}\n");
  const CommandResult customers = import("customers", "customers.jsonl");
  EXPECT_EQ(customers.status, 0) << customers.errors;
  EXPECT_EQ(figure(customers, "accepted"), "1");
  EXPECT_EQ(figure(customers, "rejected"), "2");
  folder_.write("orders.jsonl",
                "{\"id\":\"o1\",\"shopperId\":\"c1\",\"placedAt\":\"2026-01-01T10:00:00Z\","
                "\"lines\":[{\"productId\":\"p1\",\"quantity\":2}]}\n");
  EXPECT_EQ(figure(import("orders", "orders.jsonl"), "accepted"), "1");
  folder_.write("events.jsonl",
                "{\"shopperId\":\"c1\",\"productViewed\":{\"productId\":\"p1\"}}\n"
                "{\"shopperId\":\"c1\",\"productViewed\":{\"product\":\"p1\"}}\n");
  const CommandResult events = import("events", "events.jsonl");
  EXPECT_EQ(figure(events, "accepted"), "1");
  EXPECT_THAT(events.output, HasSubstr("product"));
  EXPECT_EQ(figure(import("events", "events.jsonl"), "duplicates"), "1");
  start();
  EXPECT_THAT(ask("GET", "/v1/orders/o1").body, HasSubstr("c1"));
  EXPECT_EQ(stop(), 0);
}

TEST_P(ImportTest, InteractionsOfAPersonStayInOrder) {
  write_config();
  std::string text = "user_id,item_id,timestamp\n";
  for (int i = 0; i < 3'000; ++i) {
    text += "u" + std::to_string(i % 7) + ",i" + std::to_string(i) + "," +
            std::to_string(1'700'000'000 + i) + "\n";
  }
  folder_.write("clicks.csv", text);
  const CommandResult result = import("interactions", "clicks.csv", {"--batch", "50"});
  EXPECT_EQ(figure(result, "accepted"), "3,000") << result.output << result.errors;
  std::istringstream lines(export_log().output);
  std::map<std::string, int> last;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t user = line.find("\"shopperId\":\"") + 13;
    const std::size_t item = line.find("\"productId\":\"i") + 14;
    const std::string id = line.substr(user, line.find('"', user) - user);
    const int number = std::stoi(line.substr(item));
    EXPECT_GT(number, last.contains(id) ? last[id] : -1);
    last[id] = number;
  }
  EXPECT_EQ(last.size(), 7U);
}

TEST_P(ImportTest, TheRealOrdersOfAYear) {
  const char* data = std::getenv("SOUK_DATA");
  if (data == nullptr) GTEST_SKIP() << "SOUK_DATA names no folder";
  const std::string file = std::string(data) + "/orders/online_retail/online_retail.csv.gz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  write_config();
  const CommandResult result = run_souk({"import", "orders", file, "-q", "-c", config(), "--store",
                                         "demo", "--rejects", folder_.file("rejects.csv")});
  EXPECT_EQ(result.status, 0) << result.output << result.errors;
  EXPECT_EQ(figure(result, "lines read"), "541,909");
  EXPECT_THAT(result.output, HasSubstr("UCI Online Retail"));
  EXPECT_THAT(result.output, Not(HasSubstr("retries")));
  const CommandResult again = run_souk({"import", "orders", file, "-q", "-c", config(), "--store",
                                        "demo", "--rejects", folder_.file("rejects.csv")});
  EXPECT_EQ(figure(again, "accepted"), "0");
  EXPECT_EQ(figure(again, "duplicates"), figure(result, "accepted"));
}

}  // namespace
}  // namespace souk::testing
