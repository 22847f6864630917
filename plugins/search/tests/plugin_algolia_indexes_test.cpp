// Settings of Algolia's indexes, indexes beside the catalog, and what parameters of searches mean:
// what is wrong first.
#include "plugins/search/tests/search_shop.hpp"
#include "souk/v1/algolia.souk.hpp"

namespace souk::search::testing {
namespace {

using Service = v1::AlgoliaSearchService;
using Ids = std::vector<std::string>;

class AlgoliaIndexesTest : public ::testing::Test {
 protected:
  AlgoliaIndexesTest() {
    shop.put(product("p1", "Red running shoe", "Acme", 80, "red"));
    shop.put(product("p2", "Blue running shoe", "Bolt", 120, "blue"));
    shop.put(product("p3", "Red office shoe", "Acme", 60, "red"));
    shop.put(product("p4", "Shoe tree", "Rainy", 15, "brown"));
  }

  static v1::Product product(const char* id, const char* title, const char* brand, double price,
                             const char* colour) {
    v1::Product made = SearchShop::product(id, title, "Shoes", price, brand);
    (*made.mutable_attributes())["colour"] = colour;
    return made;
  }
  void set(const std::string& index, const std::string& json, bool forward = false) {
    v1::SearchSettingsSet event;
    event.set_index(index);
    event.set_json(json);
    event.set_forward_to_replicas(forward);
    shop.send(event);
  }
  void change(const char* index, const char* what, const char* from = "", bool catalog = false,
              const Ids& scopes = {}) {
    v1::SearchIndexSet event;
    event.set_index(index);
    event.set_change(what);
    event.set_from(from);
    event.set_catalog(catalog);
    for (const std::string& scope : scopes)
      event.add_scopes(scope);
    shop.send(event);
  }
  void put_record(const char* index, const v1::Product& record) {
    v1::SearchIndexRecordSet event;
    event.set_index(index);
    *event.mutable_record() = record;
    shop.send(event);
  }
  Result<v1::HttpBody> ask(const std::string& index, const std::string& members) {
    v1::AlgoliaIndexRequest request;
    request.set_index(index);
    request.mutable_body()->set_data("{" + members + "}");
    return shop.bench.ask<Service::Query>(request);
  }
  std::string answer(const std::string& members, const std::string& index = "products") {
    const auto reply = ask(index, members);
    EXPECT_TRUE(reply.ok()) << members << ": " << reply.status().message();
    return reply.ok() ? reply->data() : std::string();
  }
  std::string refused(const std::string& members, const std::string& index = "products") {
    const auto reply = ask(index, members);
    EXPECT_FALSE(reply.ok()) << members;
    return reply.status().message();
  }
  std::string settings(const std::string& index) {
    v1::AlgoliaIndexReadRequest request;
    request.set_index(index);
    const auto reply = shop.bench.ask<Service::GetSettings>(request);
    EXPECT_TRUE(reply.ok()) << reply.status().message();
    return reply.ok() ? reply->data() : std::string();
  }
  /// Products in the order of the answer.
  static Ids ids(std::string_view json) {
    constexpr std::string_view kName = "\"objectID\":\"";
    Ids all;
    for (std::size_t at = json.find(kName); at != std::string_view::npos; at = json.find(kName)) {
      json.remove_prefix(at + kName.size());
      all.emplace_back(json.substr(0, json.find('"')));
    }
    return all;
  }
  Ids found(const std::string& members, const std::string& index = "products") {
    return ids(answer(members, index));
  }
  Ids sorted(const std::string& members, const std::string& index = "products") {
    Ids all = found(members, index);
    std::sort(all.begin(), all.end());
    return all;
  }
  static bool has(std::string_view json, std::string_view part) {
    return json.find(part) != std::string_view::npos;
  }

  SearchShop shop;
};

TEST_F(AlgoliaIndexesTest, WrongValuesOfParametersAreRefused) {
  EXPECT_TRUE(has(refused(R"("typoTolerance":"maybe")"), "typoTolerance: must be one of true"));
  EXPECT_TRUE(has(refused(R"("removeWordsIfNoResults":"some")"), "lastWords"));
  EXPECT_TRUE(has(refused(R"("queryType":7)"), "queryType"));
  EXPECT_TRUE(has(refused(R"("insidePolygon":[[1,2,3]])"), "insidePolygon"));
  EXPECT_TRUE(has(refused(R"("insidePolygon":[[1,2,3,4]])"), "insidePolygon"));
  EXPECT_TRUE(has(refused(R"("sortFacetValuesBy":"size")"), "sortFacetValuesBy"));
}

TEST_F(AlgoliaIndexesTest, SettingsOfAnyShapeDoNoHarm) {
  for (
      const char* json :
      {"{", "[]", "",
       R"_({"searchableAttributes":7,"customRanking":{},"ranking":[7,"asc(","asc()"]})_",
       R"_({"attributesForFaceting":["searchable(","((((","",")"],"replicas":["virtual()","products"]})_",
       R"({"hitsPerPage":"x","typoTolerance":{},"renderingContent":[],"paginationLimitedTo":-1})"}) {
    set("products", json);
    EXPECT_EQ(found(R"("query":"tree")"), Ids{"p4"}) << json;
    set("products", R"({"attributesForFaceting":null,"replicas":null})");
  }
}

TEST_F(AlgoliaIndexesTest, SettingsComeBackWithDefaultsAndUnknownOnesAreNamed) {
  EXPECT_TRUE(has(settings("products"), R"("hitsPerPage":20)"));
  set("products", R"({"hitsPerPage":2,"camelCaseAttributes":["x"],"minProximity":3})");
  set("products", R"({"hitsPerPage":3,"attributesForFaceting":["brand"]})");
  const std::string all = settings("products");
  EXPECT_TRUE(has(all, R"("hitsPerPage":3)") && has(all, R"("camelCaseAttributes":["x"])")) << all;
  EXPECT_TRUE(has(all, R"("attributesForFaceting":["brand"])")) << all;
  EXPECT_TRUE(has(all, R"("maxValuesPerFacet":100)")) << all;
  EXPECT_EQ(found(R"("query":"")").size(), 3u);
  const auto health = shop.bench.health();
  ASSERT_TRUE(health.ok());
  EXPECT_TRUE(has(*health, "camelCaseAttributes, minProximity"));
  set("products", R"({"hitsPerPage":null})");
  EXPECT_EQ(found(R"("query":"")").size(), 4u) << "null goes back to the default";
}

TEST_F(AlgoliaIndexesTest, SearchableAttributesSayWhereAndInWhichOrder) {
  shop.put(product("p5", "Wooden stand for Acme things", "Other", 10, "green"));
  EXPECT_EQ(sorted(R"("query":"acme")"), (Ids{"p1", "p3", "p5"}));
  EXPECT_EQ(found(R"("query":"acme","restrictSearchableAttributes":["name"])"), Ids{"p5"});
  set("products", R"_({"searchableAttributes":["unordered(name)"]})_");
  EXPECT_EQ(found(R"("query":"acme")"), Ids{"p5"});
  EXPECT_TRUE(has(refused(R"("query":"acme","restrictSearchableAttributes":["brand"])"), "brand"));
  set("products", R"({"searchableAttributes":["brand","name"]})");
  EXPECT_EQ(found(R"("query":"acme")").back(), "p5") << "the brand counts more than the name";
  EXPECT_EQ(found(R"("query":"green")"), Ids{});
  set("products", R"({"searchableAttributes":["name","colour"]})");
  EXPECT_EQ(found(R"("query":"green")"), Ids{"p5"});
}

TEST_F(AlgoliaIndexesTest, FacetsAreStrictOnceTheyAreDeclared) {
  EXPECT_EQ(sorted(R"("facetFilters":["colour:red"])"), (Ids{"p1", "p3"}));
  set("products", R"_({"attributesForFaceting":["searchable(brand)","filterOnly(colour)"]})_");
  EXPECT_EQ(sorted(R"("facetFilters":["colour:red"])"), (Ids{"p1", "p3"}));
  EXPECT_EQ(found(R"("facetFilters":["categories:Shoes"])"), Ids{}) << "not declared";
  EXPECT_EQ(found(R"("numericFilters":["price<20"])"), Ids{"p4"}) << "numbers need no declaration";
  const std::string counted = answer(R"("facets":["brand","colour","categories"])");
  EXPECT_TRUE(has(counted, R"("brand":{"Acme":2)")) << counted;
  EXPECT_FALSE(has(counted, R"("colour":{"red)") || has(counted, R"("categories":{)")) << counted;
  EXPECT_TRUE(has(answer(R"("facets":["*"])"), R"("facets":{"brand":{)"));
  EXPECT_TRUE(has(refused(R"("type":"facet","facet":"colour","facetQuery":"r")"),
                  "you need to add `searchable(colour)` to attributesForFaceting"));
  EXPECT_TRUE(has(answer(R"("type":"facet","facet":"brand","facetQuery":"a")"), "Acme"));
}

TEST_F(AlgoliaIndexesTest, CustomRankingOrdersWhatIsAsRelevant) {
  set("products", R"_({"customRanking":["desc(price)"]})_");
  EXPECT_EQ(found(R"("query":"")"), (Ids{"p2", "p1", "p3", "p4"}));
  EXPECT_EQ(found(R"("query":"running")"), (Ids{"p2", "p1"}));
  EXPECT_EQ(found(R"("query":"","page":1,"hitsPerPage":2)"), (Ids{"p3", "p4"}));
  EXPECT_EQ(found(R"("query":"","optionalFilters":["brand:Rainy"])").front(), "p4");
}

TEST_F(AlgoliaIndexesTest, ReplicasHaveTheirOwnOrder) {
  set("products", R"_({"replicas":["by_price","virtual(dear)"],"hitsPerPage":3})_");
  set("by_price", R"_({"ranking":["asc(price)","typo"]})_");
  set("dear", R"_({"customRanking":["desc(price)"]})_");
  EXPECT_EQ(found(R"("query":"")", "by_price"), (Ids{"p4", "p3", "p1"}));
  EXPECT_EQ(found(R"("query":"")", "dear"), (Ids{"p2", "p1", "p3"}));
  EXPECT_TRUE(has(settings("by_price"), R"("primary":"products")"));
  set("by_price", R"({"hitsPerPage":1})");
  EXPECT_EQ(found(R"("query":"")", "by_price"), Ids{"p4"});
  set("products", R"({"hitsPerPage":2})", true);
  EXPECT_EQ(found(R"("query":"")", "by_price"), (Ids{"p4", "p3"}));
}

TEST_F(AlgoliaIndexesTest, WordsAreReadAsTheRequestSays) {
  EXPECT_EQ(sorted(R"("query":"runing")"), (Ids{"p1", "p2"}));
  EXPECT_EQ(found(R"("query":"runing","typoTolerance":false,"removeWordsIfNoResults":"none")"),
            Ids{});
  EXPECT_EQ(found(R"("query":"red zebra","removeWordsIfNoResults":"none")"), Ids{});
  EXPECT_EQ(sorted(R"("query":"red zebra","removeWordsIfNoResults":"lastWords")"),
            (Ids{"p1", "p3"}));
  EXPECT_EQ(found(R"("query":"red zebra","removeWordsIfNoResults":"firstWords")"), Ids{});
  EXPECT_EQ(
      sorted(R"("query":"red zebra","optionalWords":"zebra","removeWordsIfNoResults":"none")"),
      (Ids{"p1", "p3"}));
  EXPECT_EQ(sorted(R"("query":"shoe -red","advancedSyntax":true)"), (Ids{"p2", "p4"}));
  EXPECT_EQ(found(R"("query":"the tree","removeStopWords":true,"removeWordsIfNoResults":"none")"),
            Ids{"p4"});
  set("products", R"({"disableTypoToleranceOnWords":["running"],"minWordSizefor1Typo":3})");
  EXPECT_EQ(sorted(R"("query":"rad","removeWordsIfNoResults":"none")"), (Ids{"p1", "p3"}));
}

TEST_F(AlgoliaIndexesTest, PagesAndMembersOfAnswersAreLimited) {
  set("products", R"({"paginationLimitedTo":3,"unretrievableAttributes":["brand"],
                      "renderingContent":{"facetOrdering":{"facets":{"order":["brand"]}}}})");
  const std::string first = answer(R"("query":"","hitsPerPage":2)");
  EXPECT_TRUE(has(first, R"("nbHits":4,"page":0,"nbPages":2)")) << first;
  EXPECT_FALSE(has(first, "Acme")) << first;
  EXPECT_TRUE(has(first, R"("renderingContent":{"facetOrdering")")) << first;
  EXPECT_EQ(found(R"("query":"","hitsPerPage":2,"page":1)").size(), 1u);
  EXPECT_EQ(found(R"("query":"","hitsPerPage":2,"page":2)").size(), 0u);
  const std::string little = answer(R"("query":"tree","responseFields":["hits","nbHits"])");
  EXPECT_TRUE(has(little, R"("nbHits":1)")) << little;
  EXPECT_FALSE(has(little, "exhaustive") || has(little, "renderingContent")) << little;
}

TEST_F(AlgoliaIndexesTest, DistinctIsBySettingsAndFacetsCountGroups) {
  set("products", R"({"attributeForDistinct":"colour","distinct":true})");
  EXPECT_EQ(found(R"("query":"")").size(), 3u);
  EXPECT_EQ(found(R"("query":"","distinct":false)").size(), 4u);
  EXPECT_TRUE(has(answer(R"("facets":["brand"])"), R"("Acme":2)"));
  EXPECT_TRUE(has(answer(R"("facets":["brand"],"facetingAfterDistinct":true)"), R"("Acme":1)"));
}

TEST_F(AlgoliaIndexesTest, IndexesBesideTheCatalogAreFoundUnderTheirNamesAlone) {
  change("products", "created", "", true);
  EXPECT_EQ(ask("articles", R"("query":"")").status().code(), Code::not_found);
  EXPECT_TRUE(has(refused(R"("query":"")", "articles"), "Index articles does not exist"));
  put_record("articles", SearchShop::product("a1", "How to clean a red shoe"));
  set("articles", R"({"hitsPerPage":5})");
  EXPECT_EQ(found(R"("query":"shoe")", "articles"), Ids{"a1"});
  EXPECT_EQ(sorted(R"("query":"red")"), (Ids{"p1", "p3"}));
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(found(R"("query":"shoe")", "articles"), Ids{"a1"});
  v1::SearchIndexRecordDeleted gone;
  gone.set_index("articles");
  gone.set_record_id("a1");
  shop.send(gone);
  EXPECT_EQ(found(R"("query":"")", "articles"), Ids{});
  change("articles", "deleted");
  EXPECT_EQ(ask("articles", R"("query":"")").status().code(), Code::not_found);
}

TEST_F(AlgoliaIndexesTest, AReplacedCatalogShowsAllAtOnce) {
  change("products", "created", "", true);
  put_record("t", product("p1", "Red running shoe", "Acme", 80, "red"));
  set("t", R"({"hitsPerPage":1})");
  change("products", "replacing", "t");
  shop.remove("p2");
  shop.put(product("p9", "Green running shoe", "Elm", 70, "green"));
  EXPECT_EQ(sorted(R"("query":"running")"), (Ids{"p1", "p2"})) << "not yet";
  change("products", "replaced", "t");
  EXPECT_EQ(sorted(R"("query":"running","hitsPerPage":9)"), (Ids{"p1", "p9"}));
  EXPECT_EQ(found(R"("query":"")").size(), 1u) << "with the settings of the other";
  EXPECT_EQ(ask("t", R"("query":"")").status().code(), Code::not_found);
}

TEST_F(AlgoliaIndexesTest, AClickTeachesTheQueryThoughNobodyReportedIt) {
  const std::string before = answer(R"("query":"shoe","clickAnalytics":true)");
  const std::size_t at = before.find("\"queryID\":\"") + 11;
  const std::string id = before.substr(at, 32);
  const std::string last = ids(before).back();
  for (int i = 0; i < 30; ++i)
    shop.click("u" + std::to_string(i), last, id, 1);
  EXPECT_EQ(found(R"("query":"Shoe ")").front(), last);
  std::string forged = id;
  forged[31] = forged[31] == '0' ? '1' : '0';
  const std::string other = ids(answer(R"("query":"running")")).back();
  for (int i = 0; i < 30; ++i)
    shop.click("v" + std::to_string(i), other, forged, 1);
  EXPECT_EQ(found(R"("query":"shoe")").front(), last) << "an id that is not ours teaches nothing";
}

TEST_F(AlgoliaIndexesTest, AnOffsetShowsWhatStandsThereHoweverLongTheRest) {
  for (int i = 0; i < 40; ++i)
    shop.put(product(("t" + std::to_string(i)).c_str(), "Teapot", "Acme", 10 + i, "red"));
  const Ids all = found(R"("query":"teapot","hitsPerPage":100)");
  ASSERT_EQ(all.size(), 40U);
  for (const auto& [offset, length] : {std::pair{0, 7},
                                       {7, 7},
                                       {5, 7},
                                       {5, 1000},
                                       {39, 20},
                                       {13, 3},
                                       {38, 3},
                                       {1, 1},
                                       {40, 5},
                                       {999999999, 7}}) {
    const Ids part = found(R"("query":"teapot","offset":)" + std::to_string(offset) +
                           R"(,"length":)" + std::to_string(length));
    const auto first = std::min<std::size_t>(static_cast<std::size_t>(offset), all.size());
    const auto end = std::min<std::size_t>(first + static_cast<std::size_t>(length), all.size());
    EXPECT_EQ(part, Ids(all.begin() + static_cast<std::ptrdiff_t>(first),
                        all.begin() + static_cast<std::ptrdiff_t>(end)))
        << offset << " " << length;
  }
}

/// A thousand products more than the fold's thread reads anew by itself.
TEST_F(AlgoliaIndexesTest, ManyProductsAreReadAnewInAJobAndAnswerAsBeforeUntilItEnds) {
  std::vector<souk::testing::RawEvent> events;
  for (int i = 0; i < 1500; ++i) {
    v1::ProductUpserted event;
    *event.mutable_product() = product(("m" + std::to_string(i)).c_str(), "Lantern",
                                       i == 0 ? "Zephyr" : "Bolt", 10, "red");
    events.push_back(souk::testing::Bench::event(event));
  }
  ASSERT_TRUE(shop.bench.fold(events).ok());
  shop.bench.host().run_jobs();
  const Ids zephyr = {"m0"};
  ASSERT_EQ(found(R"("query":"zephyr")"), zephyr);
  set("products", R"({"searchableAttributes":["name"]})");
  EXPECT_GE(shop.bench.host().jobs_waiting(), 1U);
  EXPECT_EQ(found(R"("query":"zephyr")"), zephyr);  // as it was read
  // What changes until then: one comes, one goes, one is another.
  shop.put(product("m1500", "Compass", "Zephyr", 10, "red"));
  shop.put(product("m1", "Anchor", "Bolt", 10, "red"));
  shop.remove("m2");
  EXPECT_EQ(found(R"("query":"compass")"), Ids{"m1500"});
  shop.bench.host().run_jobs();
  EXPECT_TRUE(found(R"("query":"zephyr")").empty());
  EXPECT_EQ(found(R"("query":"compass")"), Ids{"m1500"});
  EXPECT_EQ(found(R"("query":"anchor")"), Ids{"m1"});
  EXPECT_TRUE(has(answer(R"("query":"lantern")"), R"("nbHits":1498,)"));
  EXPECT_TRUE(has(answer(R"("query":"","filters":"objectID:m2")"), R"("nbHits":0,)"));
  // And back, twice before the job comes to it.
  set("products", R"({"searchableAttributes":["brand"]})");
  set("products", R"({"searchableAttributes":["name","brand"]})");
  shop.bench.host().run_jobs();
  EXPECT_EQ(sorted(R"("query":"zephyr")"), (Ids{"m0", "m1500"}));
}

}  // namespace
}  // namespace souk::search::testing
