// Algolia's dialect: wrong requests first, then that both styles of clients get the same answer.
#include "plugins/search/tests/search_shop.hpp"
#include "souk/v1/algolia.souk.hpp"

namespace souk::search::testing {
namespace {

using Service = v1::AlgoliaSearchService;

class AlgoliaTest : public ::testing::Test {
 protected:
  AlgoliaTest() {
    shop.put("p1", "Red running shoe", "Shoes > Running", 79.90, "Acme");
    shop.put("p2", "Blue running shoe", "Shoes > Running", 120, "Bolt");
    shop.put("p3", "Red office shoe", "Shoes > Office", 60, "Acme");
    shop.put("p4", "Red umbrella", "Accessories", 15, "Rainy");
    shop.put("p5", "Model [501] jeans", "Trousers", 90, "Acme");
  }

  Result<v1::HttpBody> queries(std::string body) {
    v1::AlgoliaRequest request;
    request.mutable_body()->set_data(std::move(body));
    return shop.bench.ask<Service::Queries>(request);
  }
  Status refusal(std::string body) { return queries(std::move(body)).status(); }
  /// The answer to one search of parameters, as members of an object.
  std::string answer(const std::string& members) {
    const auto reply = queries(R"({"requests":[{"indexName":"products",)" + members + "}]}");
    EXPECT_TRUE(reply.ok()) << members << ": " << reply.status().message();
    return reply.ok() ? reply->data() : std::string();
  }
  std::string refused(const std::string& members) {
    const Status status = refusal(R"({"requests":[{"indexName":"products",)" + members + "}]}");
    EXPECT_EQ(status.code(), Code::invalid_argument) << members;
    return status.message();
  }
  /// Of an answer, what does not depend on the clock or the style of the request.
  static std::string found(const std::string& json) {
    return json.substr(0, json.find("\"exhaustiveNbHits\""));
  }
  static std::vector<std::string> ids(std::string_view json) {
    constexpr std::string_view kName = "\"objectID\":\"";
    std::vector<std::string> all;
    for (std::size_t at = json.find(kName); at != std::string_view::npos; at = json.find(kName)) {
      json.remove_prefix(at + kName.size());
      all.emplace_back(json.substr(0, json.find('"')));
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  static bool has(std::string_view json, std::string_view part) {
    return json.find(part) != std::string_view::npos;
  }
  using Ids = std::vector<std::string>;

  SearchShop shop;
};

TEST_F(AlgoliaTest, WhatIsNoJsonIsRefused) {
  for (const char* body : {"", "{", "[]", "nonsense", R"({"requests":[{]})", "\xff\xfe", "null"}) {
    EXPECT_EQ(refusal(body).code(), Code::invalid_argument) << body;
    EXPECT_FALSE(refusal(body).message().empty()) << body;
  }
  EXPECT_EQ(refusal(std::string(5'000, '[')).code(), Code::invalid_argument);
}

TEST_F(AlgoliaTest, RequestsOfAnotherShapeAreRefused) {
  EXPECT_NE(refusal("{}").message().find("requests"), std::string::npos);
  EXPECT_NE(refusal(R"({"requests":{}})").message().find("list"), std::string::npos);
  EXPECT_NE(refusal(R"({"requests":["red"]})").message().find("object"), std::string::npos);
  std::string many = R"({"requests":[{})";
  for (int i = 0; i < 50; ++i)
    many += ",{}";
  EXPECT_NE(refusal(many + "]}").message().find("50"), std::string::npos);
}

TEST_F(AlgoliaTest, WrongTypesAreRefusedByTheirParameter) {
  EXPECT_TRUE(has(refused(R"("hitsPerPage":"many")"), "hitsPerPage"));
  EXPECT_TRUE(has(refused(R"("page":-1)"), "page"));
  EXPECT_TRUE(has(refused(R"("page":1.5)"), "page"));
  EXPECT_TRUE(has(refused(R"("page":"nan")"), "page"));
  EXPECT_TRUE(has(refused(R"("offset":{})"), "offset"));
  EXPECT_TRUE(has(refused(R"("facetFilters":7)"), "facetFilters"));
  EXPECT_TRUE(has(refused(R"("facetFilters":[[7]])"), "facetFilters"));
  EXPECT_TRUE(has(refused(R"("numericFilters":["price"])"), "numericFilters"));
  EXPECT_TRUE(has(refused(R"("numericFilters":["price>=much"])"), "numericFilters"));
  EXPECT_TRUE(has(refused(R"("filters":"brand:Acme AND (")"), "filters"));
  EXPECT_TRUE(has(refused(R"("aroundLatLng":"north")"), "aroundLatLng"));
  EXPECT_TRUE(has(refused(R"("aroundLatLng":"nan,nan")"), "aroundLatLng"));
  EXPECT_TRUE(has(refused(R"("insideBoundingBox":[[1,2,3]])"), "insideBoundingBox"));
  EXPECT_TRUE(has(refused(R"("insideBoundingBox":"inf,inf,inf,inf")"), "insideBoundingBox"));
  EXPECT_TRUE(has(refused(R"("params":7)"), "params"));
}

TEST_F(AlgoliaTest, OneWrongRequestRefusesThemAllAndTheNextIsAnswered) {
  EXPECT_EQ(refusal(R"({"requests":[{"query":"red"},{"page":-1}]})").code(),
            Code::invalid_argument);
  EXPECT_EQ(ids(answer(R"("query":"umbrella")")), Ids{"p4"});
}

TEST_F(AlgoliaTest, ASortThatNoProductHasIsNoIndex) {
  const Status status = refusal(R"({"requests":[{"indexName":"products_weight_asc"}]})");
  EXPECT_EQ(status.code(), Code::not_found);
  EXPECT_EQ(status.message(), "Index products_weight_asc does not exist");
}

TEST_F(AlgoliaTest, ParamsWithinParamsGoNoDeeper) {
  std::string deep;
  while (deep.size() < 700'000)
    deep += "params=";
  EXPECT_EQ(ids(answer(R"("params":")" + deep + "\"")).size(), 5u);
  EXPECT_EQ(ids(answer(R"("params":{"query":"umbrella","params":{"query":"shoe"}})")), Ids{"p4"});
}

TEST_F(AlgoliaTest, PagesBehindTheLastAreEmpty) {
  const std::string far = answer(R"("query":"shoe","page":1e18,"hitsPerPage":2)");
  EXPECT_TRUE(has(far, R"("hits":[])")) << far;
  EXPECT_TRUE(has(far, R"("nbHits":3,"page":1000000000,"nbPages":2,"hitsPerPage":2)")) << far;
}

TEST_F(AlgoliaTest, AnUnbalancedFilterIsRefusedAtItsColumn) {
  for (const char* filter : {"brand:Acme AND (price < 80", "brand:Acme)", "NOT", "brand:'Acme"}) {
    const std::string why = refused(std::string(R"("filters":")") + filter + "\"");
    EXPECT_TRUE(has(why, "filters") && has(why, "column")) << filter << ": " << why;
  }
}

TEST_F(AlgoliaTest, WhatNoProductHasMatchesNothing) {
  EXPECT_EQ(ids(answer(R"("filters":"weightiness > 3")")), Ids{});
  EXPECT_EQ(ids(answer(R"("filters":"NOT weightiness:3")")).size(), 5u);
  EXPECT_TRUE(has(answer(R"("facets":["weightiness"])"), R"("facets":{})"));
  EXPECT_TRUE(has(answer(R"("type":"facet","facet":"weightiness","facetQuery":"a")"),
                  R"({"facetHits":[],)"));
  EXPECT_EQ(ids(answer(R"("query":"umbrella","attributesToRetrieve":["weightiness"],)"
                       R"("attributesToSnippet":["weightiness:9"])")),
            Ids{"p4"});
}

TEST_F(AlgoliaTest, AnyTextIsAQuery) {
  EXPECT_EQ(ids(answer(R"("query":"")")).size(), 5u);
  EXPECT_EQ(ids(answer(R"("query":" \t\n ")")).size(), 5u);
  std::string longest;
  while (longest.size() < 10'000)
    longest += "umbrella shoe ";
  EXPECT_GT(ids(answer(R"("query":"red )" + longest + "\"")).size(), 0u);
  EXPECT_GT(ids(answer(R"("query":")" + std::string(10'000, 'x') + R"(","optionalWords":")" +
                       longest + "\""))
                    .size() +
                1,
            0u);
  EXPECT_EQ(ids(answer(R"("query":"umbrella\u0000\u0001\u007f")")), Ids{"p4"});
  shop.put("p6", "נעל ריצה אדומה", "Shoes");
  shop.put("p7", "Party hat 🎉", "Fun");
  EXPECT_EQ(ids(answer(R"("query":"נעל")")), Ids{"p6"});
  const std::string party = answer(R"("query":"\ud83c\udf89")");
  EXPECT_EQ(ids(party), Ids{"p7"});
  EXPECT_TRUE(has(party, "<em>🎉</em>")) << party;
  EXPECT_EQ(ids(answer(R"("params":"query=%F0%9F%8E%89")")), Ids{"p7"});
}

TEST_F(AlgoliaTest, AFacetOfManyValuesListsAFew) {
  for (int i = 0; i < 20; ++i) {
    auto product = SearchShop::product("t" + std::to_string(i), "Teapot");
    for (int j = 0; j < 500; ++j)
      product.add_tags("tag-" + std::to_string(i * 500 + j));
    shop.put(product);
  }
  // Values of Algolia's facets are members: a hundred are asked for, a thousand at most.
  const auto values = [this](const std::string& members) {
    const std::string json =
        answer(R"("query":"teapot","hitsPerPage":0,"facets":["tags"])" + members);
    const std::size_t at = json.find("\"tags\":{");
    return std::count(json.begin() + static_cast<std::ptrdiff_t>(at),
                      json.begin() + static_cast<std::ptrdiff_t>(json.find('}', at)), ',') +
           1;
  };
  EXPECT_EQ(values(""), 100);
  EXPECT_EQ(values(R"(,"maxValuesPerFacet":1e9)"), 1'000);
  EXPECT_TRUE(has(answer(R"("type":"facet","facet":"tags","facetQuery":"tag-9999")"),
                  R"([{"value":"tag-9999")"));
}

TEST_F(AlgoliaTest, SynonymsThatGoRoundAndPinsOfWhatIsHidden) {
  v1::SearchSynonymsSet synonyms;
  synonyms.set_index("products");
  const std::pair<const char*, const char*> kRound[] = {
      {"1", R"({"objectID":"1","type":"oneWaySynonym","input":"brolly","synonyms":["parasol"]})"},
      {"2", R"({"objectID":"2","type":"oneWaySynonym","input":"parasol","synonyms":["brolly"]})"},
      {"3", R"({"objectID":"3","type":"synonym","synonyms":["brolly","brolly","umbrella"]})"},
      {"4", R"({"objectID":"4","type":"synonym","synonyms":[]})"}};
  for (const auto& [id, json] : kRound) {
    auto* record = synonyms.add_records();
    record->set_id(id);
    record->set_json(json);
  }
  shop.send(synonyms);
  EXPECT_EQ(ids(answer(R"("query":"brolly")")), Ids{"p4"});
  auto secret = SearchShop::product("secret", "Gold umbrella");
  secret.set_hidden(true);
  shop.put(secret);
  v1::SearchRulesSet rules;
  rules.set_index("products");
  auto* rule = rules.add_records();
  rule->set_id("pin");
  rule->set_json(R"({"objectID":"pin","conditions":[{"pattern":"umbrella","anchoring":"is"}],)"
                 R"("consequence":{"promote":[{"objectID":"secret","position":0},)"
                 R"({"objectID":"none","position":0},{"objectID":"p1","position":0}],)"
                 R"("hide":[{"objectID":"p1"}]}})");
  shop.send(rules);
  const std::string pinned = answer(R"("query":"umbrella","attributesToRetrieve":["objectID"])");
  EXPECT_TRUE(has(pinned, R"("nbHits":1)") && has(pinned, R"("objectID":"p4")")) << pinned;
  EXPECT_TRUE(has(pinned, R"("appliedRules":[{"objectID":"pin"}])")) << pinned;
}

TEST_F(AlgoliaTest, ChoicesOfManyFacetsCountAsEachAloneWould) {
  const char* const kAll[] = {R"(["brand:Acme","brand:Bolt"])", R"(["categories.lvl0:Shoes"])",
                              R"("price:-15")"};
  const std::string numbers = R"("numericFilters":["price<100"])";
  const auto search = [&](const std::string& filters, const std::string& more) {
    return R"({"indexName":"products","query":"r","facets":["*"],"facetFilters":[)" + filters +
           "]," + more + "}";
  };
  const std::vector<std::string> searches = {
      search(std::string(kAll[0]) + "," + kAll[1] + "," + kAll[2], numbers),
      search(std::string(kAll[1]) + "," + kAll[2], numbers + R"(,"hitsPerPage":0)"),
      search(std::string(kAll[0]) + "," + kAll[2], numbers + R"(,"hitsPerPage":0)"),
      search(std::string(kAll[0]) + "," + kAll[1], numbers + R"(,"hitsPerPage":0)"),
      search(std::string(kAll[0]) + "," + kAll[1] + "," + kAll[2], R"("hitsPerPage":0)"),
      R"({"indexName":"products","query":"shoe","filters":"price<100","hitsPerPage":0,"facets":"brand"})"};
  std::string together = R"({"requests":[)";
  for (const std::string& one : searches)
    together += (together.back() == '[' ? "" : ",") + one;
  const auto all = queries(together + "]}");
  ASSERT_TRUE(all.ok()) << all.status().message();
  std::size_t at = 0;
  for (const std::string& one : searches) {
    const auto alone = queries(R"({"requests":[)" + one + "]}");
    ASSERT_TRUE(alone.ok()) << alone.status().message();
    const std::string expected = found(alone->data()).substr(std::string(R"({"results":[)").size());
    at = all->data().find(expected, at);
    ASSERT_NE(at, std::string::npos)
        << one << " alone: " << expected << " together: " << all->data();
  }
}

TEST_F(AlgoliaTest, HitsPerPageIsBounded) {
  EXPECT_TRUE(has(answer(R"("hitsPerPage":1000000)"), R"("hitsPerPage":1000,)"));
  const std::string none = answer(R"("query":"shoe","hitsPerPage":0)");
  EXPECT_TRUE(has(none, R"("hits":[],"nbHits":3,"page":0,"nbPages":0,"hitsPerPage":0)")) << none;
}

TEST_F(AlgoliaTest, OffsetAndLengthTakeThePlaceOfPages) {
  const std::string all = answer(R"("query":"","offset":0,"length":5)");
  const std::string last = answer(R"("query":"","offset":4,"length":3)");
  EXPECT_EQ(ids(all).size(), 5u);
  EXPECT_EQ(ids(last).size(), 1u);
  EXPECT_TRUE(has(last, R"("offset":4,"length":3)")) << last;
}

TEST_F(AlgoliaTest, WhatIsNotKnownIsIgnored) {
  EXPECT_EQ(found(answer(R"("query":"shoe")")),
            found(answer(R"("query":"shoe","naturalLanguages":["en"],"x":{"y":[1]},"z":null)")));
  EXPECT_EQ(ids(answer(R"("query":"umbrella","page":null,"facetFilters":null)")), Ids{"p4"});
}

TEST_F(AlgoliaTest, FacetFiltersInAllTheirForms) {
  EXPECT_EQ(ids(answer(R"("facetFilters":"brand:Bolt")")), Ids{"p2"});
  EXPECT_EQ(ids(answer(R"("facetFilters":["brand:Acme","categories.lvl0:Shoes"])")),
            (Ids{"p1", "p3"}));
  EXPECT_EQ(ids(answer(R"("facetFilters":[["brand:Bolt","brand:Rainy"]])")), (Ids{"p2", "p4"}));
  EXPECT_EQ(ids(answer(R"("facetFilters":["brand:-Acme"])")), (Ids{"p2", "p4"}));
  EXPECT_EQ(ids(answer(R"("facetFilters":[])")).size(), 5u);
  EXPECT_EQ(ids(answer(R"("facetFilters":["weightiness:1"])")), Ids{});
}

TEST_F(AlgoliaTest, NumericFiltersInAllTheirForms) {
  EXPECT_EQ(ids(answer(R"("numericFilters":"price<60,price>10")")), Ids{"p4"});
  EXPECT_EQ(ids(answer(R"("numericFilters":["price>=90"])")), (Ids{"p2", "p5"}));
  EXPECT_EQ(ids(answer(R"("numericFilters":[["price<20","price>100"]])")), (Ids{"p2", "p4"}));
  EXPECT_EQ(ids(answer(R"("numericFilters":["price:60 TO 80"])")), (Ids{"p1", "p3"}));
  EXPECT_EQ(ids(answer(R"("numericFilters":["price!=15","price<=60"])")), Ids{"p3"});
}

TEST_F(AlgoliaTest, BothStylesOfParametersGiveTheSameAnswer) {
  const std::pair<const char*, const char*> kSame[] = {
      {"query=red%20shoe&hitsPerPage=2&page=1", R"("query":"red shoe","hitsPerPage":2,"page":1)"},
      {"query=red+shoe", R"("query":"red shoe")"},
      {"facets=%5B%22brand%22%2C%22price%22%5D&maxValuesPerFacet=2",
       R"("facets":["brand","price"],"maxValuesPerFacet":2)"},
      {"facets=brand&hitsPerPage=0", R"("facets":"brand","hitsPerPage":0)"},
      {"facetFilters=%5B%5B%22brand%3AAcme%22%2C%22brand%3ABolt%22%5D%5D",
       R"("facetFilters":[["brand:Acme","brand:Bolt"]])"},
      {"numericFilters=%5B%22price%3E%3D60%22%5D", R"("numericFilters":["price>=60"])"},
      {"filters=brand%3AAcme%20AND%20price%20%3C%2080", R"("filters":"brand:Acme AND price < 80")"},
      {"query=501", R"("query":501)"},
      {"query=%5B501%5D", R"("query":"[501]")"},
      {"query=shoe&attributesToRetrieve=%5B%22name%22%5D&highlightPreTag=%3Cb%3E",
       R"("query":"shoe","attributesToRetrieve":["name"],"highlightPreTag":"<b>")"},
      {"query=%ZZ%E2%82&=x&&y", R"("query":"%ZZ)"
                                "\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (const auto& [packed, flat] : kSame) {
    const std::string old = answer(std::string(R"("params":")") + packed + "\"");
    EXPECT_EQ(found(old), found(answer(flat))) << packed;
    EXPECT_TRUE(has(old, std::string(R"("params":")") + packed)) << old;
  }
  EXPECT_EQ(ids(answer(R"("params":"query=%5B501%5D")")), Ids{"p5"});
}

TEST_F(AlgoliaTest, ValuesOfAFacetAreSearchedInBothWays) {
  const std::string expected =
      R"({"facetHits":[{"value":"Acme","highlighted":"<em>Ac</em>me","count":3}],)";
  const std::string within =
      answer(R"("type":"facet","facet":"brand","facetQuery":"ac","maxFacetHits":5)");
  EXPECT_TRUE(has(within, expected)) << within;
  v1::AlgoliaFacetRequest request;
  request.set_index("products");
  request.set_facet("brand");
  request.mutable_body()->set_data(R"({"params":"facetQuery=ac"})");
  const auto alone = shop.bench.ask<Service::FacetQuery>(request);
  ASSERT_TRUE(alone.ok()) << alone.status().message();
  EXPECT_TRUE(has(alone->data(), expected)) << alone->data();
}

}  // namespace
}  // namespace souk::search::testing
