// The Algolia-compatible routes at the gateway: keys, errors, bodies as they stand, and what
// writes.
#include "kernel/gateway/raw_answer.hpp"
#include "kernel/gateway/tests/gateway_fixture.hpp"
#include "souk/v1/algolia.pb.h"

namespace souk::gateway::testing {
namespace {

class AlgoliaTest : public GatewayFixture {
 protected:
  /// The fake host answers every question with what it was sent.
  void echo() {
    host_.set_answer([this](const host::CallRequest& request, const host::CallDone& done) {
      method_ = request.method;
      account_ = request.account_id;
      if (!reply_.empty()) return done(Code::ok, reply_, {});
      if (fault_ != Code::ok) return done(fault_, {}, "line 1, column 7: no such word");
      souk::v1::AlgoliaIndexRequest asked;  // AlgoliaRequest's body has another number
      souk::v1::AlgoliaRequest many;
      souk::v1::HttpBody answer;
      if (request.method.ends_with("/Queries")) {
        many.ParseFromArray(request.request.data(), static_cast<int>(request.request.size()));
        answer = many.body();
      } else {
        asked.ParseFromArray(request.request.data(), static_cast<int>(request.request.size()));
        answer = asked.body();
        answer.set_data(asked.index() + " " + answer.data());
      }
      done(Code::ok, answer.SerializeAsString(), {});
    });
  }
  ClientResponse write(std::string_view method, std::string_view target, std::string_view body) {
    return ask(method, target, "", body, {{"X-Algolia-API-Key", "k-catalog"}});
  }
  souk::v1::Event last_event() {
    const auto all = events();
    return all.empty() ? souk::v1::Event() : all.back();
  }

  std::string method_;
  std::string account_;
  std::string reply_;
  Code fault_ = Code::ok;
};

constexpr const char* kQueries = "/1/indexes/*/queries";

TEST_F(AlgoliaTest, ErrorsHaveAlgoliasForm) {
  echo();
  start();
  const auto expect = [](const ClientResponse& response, int status, const std::string& text) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(json_at(response.body, "/status"), std::to_string(status));
    EXPECT_NE(json_at(response.body, "/message").find(text), std::string::npos) << response.body;
    EXPECT_EQ(json_at(response.body, "/type"), "");
    EXPECT_EQ(response.header("content-type"), "application/json");
  };
  expect(ask("POST", kQueries, "", "{}"), 401, "an API key is needed");
  expect(ask("POST", kQueries, "", "{}", {{"X-Algolia-API-Key", "wrong"}}), 401,
         "Invalid Application-ID or API key");
  expect(ask("POST", kQueries, "", "{}", {{"x-algolia-api-key", "k-events"}}), 403,
         "lacks the scope decide");
  expect(ask("POST", "/1/indexes/p/batch?x-algolia-api-key=k-decide", "", "{}"), 403,
         "lacks the scope catalog");
  expect(ask("POST", "/1/nothing", "k-admin", "{}"), 404, "nothing at this path");
  expect(ask("PUT", kQueries, "k-admin", "{}"), 405, "does not answer");
  fault_ = Code::invalid_argument;
  expect(ask("POST", kQueries, "k-decide", "{}"), 400, "line 1, column 7");
  fault_ = Code::unavailable;
  expect(ask("POST", kQueries, "k-decide", "{}"), 503, "no such word");
}

TEST_F(AlgoliaTest, BodiesPassAsTheyStandWithKeysOfBothStyles) {
  echo();
  start();
  const std::string body = "{not json\x01 at all";
  for (const char* query : {"?x-algolia-api-key=k-decide&x-algolia-application-id=APP",
                            "?X-Algolia-Agent=x%20y&X-Algolia-API-Key=k-decide"}) {
    const auto response = ask("POST", std::string(kQueries) + query, "", body,
                              {{"Content-Type", "application/x-www-form-urlencoded"}});
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.body, body);
    EXPECT_EQ(response.header("content-type"), "application/x-www-form-urlencoded");
  }
  EXPECT_EQ(method_, "souk.v1.AlgoliaSearch/Queries");
  const auto single = ask("POST", "/1/indexes/my%20shop/query?accountId=northwind", "", "{}",
                          {{"X-Algolia-API-Key", "k-decide"},
                           {"X-Algolia-Application-Id", "APP"},
                           {"Content-Type", "application/x-protobuf"},
                           {"Accept", "application/x-protobuf"}});
  EXPECT_EQ(single.body, "my shop {}");
  EXPECT_EQ(account_, "northwind");
  EXPECT_EQ(method_, "souk.v1.AlgoliaSearch/Query");
  // A page of another origin may read the answer, and a preflight names what it wants to send.
  const auto cors = ask("POST", std::string(kQueries) + "?x-algolia-api-key=k-decide", "", "{}",
                        {{"Origin", "https://shop.example"}});
  EXPECT_EQ(cors.header("access-control-allow-origin"), "https://shop.example");
  const auto preflight =
      ask("OPTIONS", kQueries, "", "",
          {{"Origin", "https://shop.example"},
           {"Access-Control-Request-Method", "POST"},
           {"Access-Control-Request-Headers", "x-algolia-api-key,x-algolia-application-id"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("access-control-allow-headers"),
            "x-algolia-api-key,x-algolia-application-id");
}

TEST_F(AlgoliaTest, RawAnswersMustBeGoodHttp) {
  const auto head = [](const std::function<void(souk::v1::HttpBody&)>& fill) {
    souk::v1::HttpBody body;
    fill(body);
    return raw_response(body.SerializeAsString(), 202);
  };
  const auto header = [&head](const char* name, const std::string& value) {
    return head([&](souk::v1::HttpBody& body) {
      body.add_headers()->set_name(name);
      body.mutable_headers(0)->set_value(value);
    });
  };
  EXPECT_FALSE(raw_response("\x0a\xff", 200).ok());
  EXPECT_FALSE(head([](auto& body) { body.set_status(101); }).ok());
  EXPECT_FALSE(head([](auto& body) { body.set_status(600); }).ok());
  EXPECT_FALSE(head([](auto& body) { body.set_content_type("text/html\r\nX: y"); }).ok());
  EXPECT_FALSE(header("X-A", "b\r\nSet-Cookie: c").ok());
  EXPECT_FALSE(header("X A", "b").ok());
  EXPECT_FALSE(header("Content-Length", "5").ok());
  EXPECT_FALSE(header("access-control-allow-origin", "*").ok());
  const auto moved = header("Location", "https://shop.example/p/1");
  ASSERT_TRUE(moved.ok());
  EXPECT_EQ(moved->status, 202);
  EXPECT_EQ(moved->headers, "Location: https://shop.example/p/1\r\n");
  const auto none = head([](auto& body) {
    body.set_status(204);
    body.set_data("x");
  });
  EXPECT_EQ(none->body, "");
  // What a plugin gets wrong is the daemon's fault, not the caller's.
  reply_ = "\x0a\xff";
  echo();
  start();
  EXPECT_EQ(ask("POST", kQueries, "k-decide", "{}").status, 500);
}

TEST_F(AlgoliaTest, RecordsBecomeProductsAndComeBackWhole) {
  start();
  EXPECT_EQ(write("POST", "/1/indexes/p/batch", "{").status, 400);
  EXPECT_EQ(write("POST", "/1/indexes/p/batch", "[]").status, 400);
  const auto bad = write("POST", "/1/indexes/p/batch",
                         R"({"requests":[{"action":"addObject","body":{"objectID":"1"}},
                                         {"action":"updateObject","body":{"name":"x"}}]})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(json_at(bad.body, "/message"), "operation 1: objectID is required");
  EXPECT_TRUE(events().empty()) << "all or none";
  const auto good = write("POST", "/1/indexes/p/batch",
                          R"({"requests":[{"action":"addObject","body":{
        "objectID":7,"name":"Red shoe","brand":"Acme","price":18.99,"list_price":"25,00","free":true,
        "categories":["Shoes","Red"],"hierarchicalCategories":{"lvl0":"Shoes","lvl1":"Shoes > Red"},
        "image":"https://x.example/1.png","url":"/p/7","rating":4,"_tags":["sale"],
        "sizes":[41,42],"size":{"eu":42},"description":"<b>Soft</b>"}}]})");
  EXPECT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(json_at(good.body, "/objectIDs/0"), "7");
  EXPECT_EQ(json_at(good.body, "/taskID"), "2") << "the index came to be, then its record";
  const souk::v1::Product product = last_event().product_upserted().product();
  EXPECT_EQ(product.id(), "7");
  EXPECT_EQ(product.title(), "Red shoe");
  EXPECT_EQ(product.brand(), "Acme");
  EXPECT_EQ(product.price_range().min().amount(), 1899);
  EXPECT_EQ(product.list_price_range().min().amount(), 2500);
  ASSERT_EQ(product.categories_size(), 1);
  EXPECT_EQ(product.categories(0).value(), "Shoes > Red");
  EXPECT_EQ(product.media(0).url(), "https://x.example/1.png");
  EXPECT_EQ(product.rating().value(), 4);
  EXPECT_EQ(product.tags(0), "sale");
  EXPECT_EQ(product.description().html(), "<b>Soft</b>");
  EXPECT_EQ(product.attributes().at("free"), "true");
  EXPECT_EQ(product.attributes().at("size.eu"), "42");
  EXPECT_FALSE(product.attributes().contains("sizes"));
  const auto& record = product.metadata().fields().at("algolia").struct_value().fields();
  EXPECT_EQ(record.at("sizes").list_value().values(1).number_value(), 42);
  EXPECT_EQ(record.at("price").number_value(), 18.99);
}

TEST_F(AlgoliaTest, RecordsAreChangedInPart) {
  start();
  ASSERT_EQ(write("PUT", "/1/indexes/p/a%3Ab", R"({"name":"Shoe","stock":3,"tags":["x"]})").status,
            200);
  const auto changed = write("POST", "/1/indexes/p/a%3Ab/partial",
                             R"({"name":"Boot","stock":{"_operation":"Increment","value":2},
                "tags":{"_operation":"AddUnique","value":"y"}})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(json_at(changed.body, "/objectID"), "a:b");
  const souk::v1::Product product = last_event().product_upserted().product();
  EXPECT_EQ(product.title(), "Boot");
  EXPECT_EQ(product.tags_size(), 2);
  EXPECT_EQ(
      product.metadata().fields().at("algolia").struct_value().fields().at("stock").number_value(),
      5);
  EXPECT_EQ(
      write("POST", "/1/indexes/p/a%3Ab/partial", R"({"stock":{"_operation":"Double","value":2}})")
          .status,
      400);
  const std::size_t before = events().size();
  EXPECT_EQ(write("POST", "/1/indexes/p/no/partial?createIfNotExists=false", R"({"a":1})").status,
            200);
  EXPECT_EQ(write("DELETE", "/1/indexes/p/no", "").status, 200);
  EXPECT_EQ(events().size(), before) << "what is not there changes nothing";
  const auto batch = write("POST", "/1/indexes/*/batch",
                           R"({"requests":[
      {"action":"clear","indexName":"p"},
      {"action":"addObject","indexName":"p","body":{"objectID":"n","name":"New"}},
      {"action":"partialUpdateObject","indexName":"q","body":{"objectID":"n","brand":"B"}},
      {"action":"deleteObject","indexName":"p","body":{"objectID":"a:b"}}]})");
  EXPECT_EQ(batch.status, 200) << batch.body;
  EXPECT_NE(json_at(batch.body, "/taskID/q"), "");
  EXPECT_EQ(last_event().search_index_record_set().index(), "q") << "p is the catalog";
  EXPECT_EQ(last_event().search_index_record_set().record().brand(), "B");
  EXPECT_EQ(ask("GET", "/v1/products/a%3Ab").status, 404);
  EXPECT_EQ(json_at(ask("GET", "/v1/products/n").body, "/title"), "New");
  EXPECT_EQ(write("DELETE", "/1/indexes/p/n", "").status, 200);
  EXPECT_EQ(last_event().product_deleted().product_id(), "n");
  const auto made = write("POST", "/1/indexes/p", R"({"name":"Without"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_FALSE(json_at(made.body, "/objectID").empty());
  EXPECT_EQ(write("POST", "/1/indexes/p/clear", "{}").status, 200);
  EXPECT_EQ(json_at(ask("GET", "/v1/products").body, "/products/0"), "");
  const std::string task = "/1/indexes/p/task/" + std::to_string(events().size());
  EXPECT_EQ(json_at(ask("GET", task, "k-decide").body, "/status"), "published");
  host_.folds_ = false;
  EXPECT_EQ(json_at(ask("GET", task, "k-decide").body, "/status"), "notPublished");
  EXPECT_EQ(ask("GET", "/1/indexes/p/task/x", "k-decide").status, 404);
}

TEST_F(AlgoliaTest, WrongOperationsOnIndexesAreRefused) {
  start();
  const std::string path = "/1/indexes/p/operation";
  for (const char* body : {"{", "[]", "{}", R"({"operation":"swap","destination":"q"})",
                           R"({"operation":"move"})", R"({"operation":"copy","destination":""})",
                           R"({"operation":"copy","destination":"q","scope":"settings"})",
                           R"({"operation":"copy","destination":"q","scope":["records"]})",
                           R"({"operation":"copy","destination":"p"})"}) {
    EXPECT_EQ(write("POST", path, body).status, 400) << body;
  }
  ASSERT_EQ(write("PUT", "/1/indexes/p/1", R"({"name":"Shoe"})").status, 200);
  const auto away = write("POST", path, R"({"operation":"move","destination":"q"})");
  EXPECT_EQ(away.status, 400);
  EXPECT_NE(json_at(away.body, "/message").find("catalog"), std::string::npos);
  EXPECT_EQ(write("POST", "/1/indexes/none/operation", R"({"operation":"move","destination":"p"})")
                .status,
            404);
  EXPECT_EQ(write("POST", "/1/indexes/" + std::string(201, 'x'), R"({"name":"y"})").status, 400);
  const auto all = write("POST", "/1/indexes/p/deleteByQuery", R"({"filters":""})");
  EXPECT_EQ(all.status, 400);
  EXPECT_NE(json_at(all.body, "/message").find("clear the index"), std::string::npos);
}

TEST_F(AlgoliaTest, TheFirstIndexIsTheCatalogAndOthersAreNot) {
  start();
  ASSERT_EQ(write("PUT", "/1/indexes/p/1", R"({"name":"Shoe"})").status, 200);
  ASSERT_EQ(write("PUT", "/1/indexes/articles/1", R"({"name":"How to lace"})").status, 200);
  EXPECT_EQ(last_event().search_index_record_set().record().title(), "How to lace");
  EXPECT_EQ(json_at(ask("GET", "/v1/products/1").body, "/title"), "Shoe");
  ASSERT_EQ(write("POST", "/1/indexes/articles/1/partial", R"({"brand":"Us"})").status, 200);
  EXPECT_EQ(last_event().search_index_record_set().record().title(), "How to lace");
  EXPECT_EQ(write("POST", "/1/indexes/articles/clear", "").status, 200);
  EXPECT_EQ(last_event().search_index_record_deleted().record_id(), "1");
  EXPECT_EQ(json_at(ask("GET", "/v1/products/1").body, "/title"), "Shoe");
  EXPECT_EQ(write("DELETE", "/1/indexes/articles", "").status, 200);
  EXPECT_EQ(last_event().search_index_set().change(), "deleted");
}

TEST_F(AlgoliaTest, AMoveReplacesTheCatalogAtOnceAndWritesWhatChanged) {
  start();
  for (const char* id : {"1", "2", "3"}) {
    ASSERT_EQ(write("PUT", std::string("/1/indexes/p/") + id, R"({"name":"Old"})").status, 200);
  }
  ASSERT_EQ(write("POST", "/1/indexes/p/operation",
                  R"({"operation":"copy","destination":"t","scope":["settings","rules"]})")
                .status,
            200);
  EXPECT_EQ(last_event().search_index_set().change(), "copied");
  EXPECT_EQ(last_event().search_index_set().scopes_size(), 2);
  ASSERT_EQ(write("POST", "/1/indexes/t/batch",
                  R"({"requests":[{"action":"addObject","body":{"objectID":"1","name":"Old"}},
                                  {"action":"addObject","body":{"objectID":"2","name":"New"}},
                                  {"action":"addObject","body":{"objectID":"4","name":"Four"}}]})")
                .status,
            200);
  EXPECT_EQ(json_at(ask("GET", "/v1/products/2").body, "/title"), "Old") << "not yet";
  const std::size_t before = events().size();
  const auto moved =
      write("POST", "/1/indexes/t/operation", R"({"operation":"move","destination":"p"})");
  ASSERT_EQ(moved.status, 200) << moved.body;
  const auto all = events();
  std::vector<std::string> products;
  for (std::size_t i = before; i < all.size(); ++i) {
    if (all[i].has_product_upserted()) products.push_back(all[i].product_upserted().product().id());
    if (all[i].has_product_deleted())
      products.push_back("-" + all[i].product_deleted().product_id());
  }
  EXPECT_EQ(products, (std::vector<std::string>{"2", "-3", "4"})) << "1 is as it was";
  EXPECT_EQ(all[before].search_index_set().change(), "replacing");
  EXPECT_EQ(all.back().search_index_set().change(), "replaced");
  EXPECT_EQ(all.back().search_index_set().from(), "t");
  EXPECT_EQ(json_at(ask("GET", "/v1/products/2").body, "/title"), "New");
  EXPECT_EQ(ask("GET", "/v1/products/3").status, 404);
  EXPECT_EQ(
      write("POST", "/1/indexes/t/operation", R"({"operation":"move","destination":"p"})").status,
      404)
      << "it is gone";
}

TEST_F(AlgoliaTest, KeysAreToldOfThemselvesAndNothingElse) {
  start();
  const auto own = ask("GET", "/1/keys/k-decide", "", "", {{"X-Algolia-API-Key", "k-decide"}});
  EXPECT_EQ(own.status, 200) << own.body;
  EXPECT_EQ(json_at(own.body, "/acl/0"), "search");
  const auto other = ask("GET", "/1/keys/another", "k-decide");
  EXPECT_EQ(other.status, 403);
  EXPECT_NE(json_at(other.body, "/message").find("souk key new"), std::string::npos);
  EXPECT_EQ(write("GET", "/1/keys", "").status, 403);
  EXPECT_EQ(write("POST", "/1/keys", R"({"acl":["search"]})").status, 403);
}

TEST_F(AlgoliaTest, SettingsRulesAndSynonymsAreEvents) {
  start();
  EXPECT_EQ(write("PUT", "/1/indexes/p/settings", "[]").status, 400);
  const auto wrong = write("PUT", "/1/indexes/p/settings", R"({"hitsPerPage":"many"})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(json_at(wrong.body, "/message"), "hitsPerPage: must be a whole number from 0");
  EXPECT_EQ(write("PUT", "/1/indexes/p/settings", R"_({"ranking":"asc(price)"})_").status, 400);
  const auto settings = write("PUT", "/1/indexes/p/settings?forwardToReplicas=true",
                              R"({ "searchableAttributes": ["name"] })");
  EXPECT_EQ(settings.status, 200) << settings.body;
  EXPECT_NE(json_at(settings.body, "/updatedAt"), "");
  EXPECT_EQ(last_event().search_settings_set().index(), "p");
  EXPECT_TRUE(last_event().search_settings_set().forward_to_replicas());
  EXPECT_EQ(last_event().search_settings_set().json(), R"({"searchableAttributes":["name"]})");
  EXPECT_EQ(write("POST", "/1/indexes/p/rules/batch", R"([{"conditions":[]}])").status, 400);
  EXPECT_EQ(write("POST", "/1/indexes/p/rules/batch?clearExistingRules=true",
                  R"([{"objectID":"r1","consequence":{}}])")
                .status,
            200);
  EXPECT_TRUE(last_event().search_rules_set().clear());
  EXPECT_EQ(last_event().search_rules_set().records(0).id(), "r1");
  const auto one = write("PUT", "/1/indexes/p/synonyms/s%201", R"({"type":"synonym"})");
  EXPECT_EQ(json_at(one.body, "/id"), "s 1");
  EXPECT_EQ(last_event().search_synonyms_set().records(0).json(),
            R"({"objectID":"s 1","type":"synonym"})");
  EXPECT_EQ(write("PUT", "/1/indexes/p/rules/r2", R"({"objectID":"r3"})").status, 400);
  EXPECT_EQ(write("DELETE", "/1/indexes/p/rules/r1", "").status, 200);
  EXPECT_EQ(last_event().search_rules_set().deleted_ids(0), "r1");
  EXPECT_EQ(write("POST", "/1/indexes/p/synonyms/clear", "").status, 200);
  EXPECT_TRUE(last_event().search_synonyms_set().clear());
}

}  // namespace
}  // namespace souk::gateway::testing
