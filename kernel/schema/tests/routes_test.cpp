// Services, routes, the request that an HTTP request makes, and the OpenAPI document.
#include <all_types.pb.h>
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "kernel/schema/json_schema.hpp"
#include "kernel/schema/openapi.hpp"
#include "kernel/schema/query_to_wire.hpp"
#include "kernel/schema/routes.hpp"
#include "kernel/schema/tests/test_types.hpp"

namespace souk::schema {
namespace {

using souk::schema_test::GetThing;
using souk::schema_test::PutThing;
using ::testing::HasSubstr;

const Service& things() { return *testing::test_pool().service("souk.schema_test.Things"); }
const Route& get_route() { return things().methods[0].routes[0]; }
const Route& put_route() { return things().methods[1].routes[0]; }
const Route& sweep_route() { return things().methods[2].routes[0]; }

HttpInput with_path(Parameters query, std::string_view body = {}) {
  HttpInput input;
  input.path = {{"id", "t1"}};
  input.query = std::move(query);
  input.body = body;
  return input;
}

struct RouteRefusal {
  const char* name;
  const char* value;
  const char* field;
  const char* message;
};

TEST(Query, RefusalsNameTheParameter) {
  const RouteRefusal refusals[] = {
      {"limti", "5", "limti", "is not a parameter; did you mean 'limit'?"},
      {"zzzzz", "5", "zzzzz", "allowed: id, limit, tag"},
      {"limit", "five", "limit", "'five' is not a number"},
      {"limit", "0", "limit", "is 0; must be from 1 to 100"},
      {"limit", "5.5", "limit", "is not whole"},
      {"limit", "99999999999", "limit", "out of range"},
      {"number", "1,x,3", "number", "'x' is not a number"},
      {"number", "1,,3", "number", "'' is not a number"},
      {"explain", "yes", "explain", "'yes' must be true or false"},
      {"colour", "REDD", "colour", "did you mean 'RED'?"},
      {"since", "yesterday", "since", "RFC 3339"},
      {"within", "5 minutes", "within", "write 500ms, 2s, 60m, 1h or 14d"},
      {"filter", "x", "filter", "cannot be given as a parameter"},
      {"filter.brandd", "x", "filter.brandd", "did you mean 'brand'?"},
      {"limit.x", "1", "limit.x", "'limit' has no fields of its own"},
      {"", "x", "", "is not a parameter"},
      {".", "x", ".", "is not a parameter"},
      {"filter.brand", "\xff", "filter.brand", "is not UTF-8"},
  };
  for (const RouteRefusal& refusal : refusals) {
    const auto request = make_request(get_route(), with_path({{refusal.name, refusal.value}}));
    ASSERT_FALSE(request.ok()) << refusal.name;
    EXPECT_EQ(request.status().field(), refusal.field);
    EXPECT_THAT(request.status().message(), HasSubstr(refusal.message)) << refusal.name;
  }
  EXPECT_THAT(
      make_request(get_route(), with_path({{"limit", "1"}, {"limit", "2"}})).status().message(),
      HasSubstr("is given twice"));
  EXPECT_THAT(make_request(get_route(), with_path({{"id", "t2"}})).status().message(),
              HasSubstr("it stands in the path"));
  EXPECT_THAT(make_request(get_route(), with_path({}, "{}")).status().message(),
              HasSubstr("takes no body"));
  EXPECT_THAT(make_request(put_route(), with_path({{"thing", "x"}})).status().message(),
              HasSubstr("it is the body"));
  EXPECT_THAT(make_request(sweep_route(), with_path({{"dry", "true"}})).status().message(),
              HasSubstr("everything stands in the body"));
}

TEST(Query, AllFormsAreRead) {
  const auto request = make_request(get_route(), with_path({{"tag", "a,b"},
                                                            {"tag", "c"},
                                                            {"number", "1,-2"},
                                                            {"number", "3"},
                                                            {"colour", "red"},
                                                            {"filter.minPrice", "1.5"},
                                                            {"filter.brand", "Acme"},
                                                            {"explain", "1"},
                                                            {"since", "2026-01-01T00:00:00Z"},
                                                            {"within", "2h"},
                                                            {"limit", ""}}));
  ASSERT_TRUE(request.ok()) << request.status().field() << request.status().message();
  GetThing message;
  ASSERT_TRUE(message.ParseFromString(*request));
  EXPECT_EQ(message.id(), "t1");
  EXPECT_EQ(message.limit(), 10) << "the default";
  ASSERT_EQ(message.tag_size(), 2) << "a comma may belong to a string";
  EXPECT_EQ(message.tag(0), "a,b");
  ASSERT_EQ(message.number_size(), 3);
  EXPECT_EQ(message.number(1), -2);
  EXPECT_EQ(message.colour(), souk::schema_test::RED);
  EXPECT_EQ(message.filter().min_price(), 1.5);
  EXPECT_EQ(message.filter().brand(), "Acme");
  EXPECT_TRUE(message.explain());
  EXPECT_EQ(message.since().seconds(), 1'767'225'600);
  EXPECT_EQ(message.within(), 7'200'000);
}

TEST(Requests, BodyPathAndQueryMakeOneMessage) {
  const auto put = make_request(put_route(), with_path({{"dry", "true"}}, R"({"i32":5})"));
  ASSERT_TRUE(put.ok()) << put.status().message();
  PutThing message;
  ASSERT_TRUE(message.ParseFromString(*put));
  EXPECT_EQ(message.id(), "t1");
  EXPECT_EQ(message.thing().i32(), 5);
  EXPECT_TRUE(message.dry());

  for (const char* body : {R"({"id":"t1","dry":true})", R"({"dry":true})"}) {
    const auto sweep = make_request(sweep_route(), with_path({}, body));
    ASSERT_TRUE(sweep.ok()) << sweep.status().message();
    ASSERT_TRUE(message.ParseFromString(*sweep));
    EXPECT_EQ(message.id(), "t1");
  }
  const auto conflict = make_request(sweep_route(), with_path({}, R"({"id":"t2"})"));
  EXPECT_EQ(conflict.status().field(), "id");
  EXPECT_THAT(conflict.status().message(), HasSubstr("is 't1' in the path and something else"));
  const auto bad = make_request(put_route(), with_path({}, R"({"child":{"i32":"x"}})"));
  EXPECT_EQ(bad.status().field(), "thing.child.i32");

  HttpInput wire = with_path({});
  PutThing sent;
  sent.mutable_thing()->set_text("x");
  const std::string whole = sent.SerializeAsString();
  wire.body = whole;
  wire.body_is_protobuf = true;
  const auto request = make_request(sweep_route(), wire);
  ASSERT_TRUE(request.ok());
  ASSERT_TRUE(message.ParseFromString(*request));
  EXPECT_EQ(message.id(), "t1");
  EXPECT_EQ(message.thing().text(), "x");
  wire.body = "\x0a\x05x";
  EXPECT_FALSE(make_request(sweep_route(), wire).ok());
  wire.body = "\x72\x01\xff";
  EXPECT_EQ(make_request(put_route(), wire).status().field(), "thing.text");
  HttpInput empty = with_path({});
  empty.path = {{"id", ""}};
  EXPECT_EQ(make_request(get_route(), empty).status().field(), "id");
  empty.path = {{"id", "longer than sixteen bytes"}};
  EXPECT_EQ(make_request(get_route(), empty).status().field(), "id");
}

TEST(Requests, RawBodiesAreTakenAsTheyCame) {
  const Route& route = things().methods[4].routes[0];
  EXPECT_TRUE(route.raw_body);
  EXPECT_TRUE(route.raw_answer);
  EXPECT_EQ(route.segments[2].text, "*");
  HttpInput input = with_path({{"x-agent", "other"}, {"dry", "true"}, {"a.b", "c"}});
  const std::string body("{not json\xff\0", 11);
  input.body = body;
  input.content_type = "text/plain; charset=utf-8";
  for (const bool protobuf : {false, true}) {
    input.body_is_protobuf = protobuf;
    const auto request = make_request(route, input);
    ASSERT_TRUE(request.ok()) << request.status().field() << request.status().message();
    souk::schema_test::RawThing message;
    ASSERT_TRUE(message.ParseFromString(*request));
    EXPECT_EQ(message.id(), "t1");
    EXPECT_TRUE(message.dry());
    EXPECT_EQ(message.page().data(), body);
    EXPECT_EQ(message.page().content_type(), input.content_type);
    EXPECT_EQ(message.page().headers_size(), 0);
  }
  input.signature = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";
  souk::schema_test::RawThing is_signed;
  ASSERT_TRUE(is_signed.ParseFromString(*make_request(route, input)));
  ASSERT_EQ(is_signed.page().headers_size(), 1);
  EXPECT_EQ(is_signed.page().headers(0).name(), "X-Twilio-Signature");
  EXPECT_EQ(is_signed.page().headers(0).value(), input.signature);
  Limits limits;
  limits.max_bytes = 10;
  EXPECT_EQ(make_request(route, input, limits).code(), Code::resource_exhausted);
  input.content_type = "text/\xff";
  EXPECT_EQ(make_request(route, input).status().field(), "page.contentType");
  input = with_path({{"dry", "perhaps"}});
  EXPECT_EQ(make_request(route, input).status().field(), "dry") << "known, and wrong";
  const auto empty = make_request(route, with_path({}));
  ASSERT_TRUE(empty.ok());
  souk::schema_test::RawThing message;
  ASSERT_TRUE(message.ParseFromString(*empty));
  EXPECT_TRUE(message.has_page());
}

TEST(Routes, AreReadFromDescriptors) {
  EXPECT_EQ(things().doc, "Things.");
  ASSERT_EQ(things().methods.size(), 5u);
  EXPECT_EQ(get_route().http_method, "GET");
  EXPECT_EQ(get_route().path, "/t1/things/{id}");
  ASSERT_EQ(get_route().segments.size(), 3u);
  EXPECT_EQ(get_route().segments[1].text, "things");
  EXPECT_EQ(get_route().segments[2].field->name, "id");
  EXPECT_EQ(get_route().scope, "decide");
  EXPECT_EQ(things().methods[0].routes.size(), 2u);
  EXPECT_EQ(put_route().success_status, 201);
  EXPECT_EQ(put_route().body_field->name, "thing");
  EXPECT_EQ(sweep_route().verb, "sweep");
  EXPECT_EQ(sweep_route().segments.size(), 3u);
  EXPECT_TRUE(sweep_route().whole_body);
  EXPECT_TRUE(things().methods[3].routes.empty());
  EXPECT_EQ(things().methods[0].index, 0u);
  const Service* ingest = DescriptorPool::builtin().service("souk.v1.Ingest");
  ASSERT_NE(ingest, nullptr);
  EXPECT_EQ(ingest->methods[0].routes[0].path, "/v1/events");
  EXPECT_EQ(ingest->methods[0].routes[0].success_status, 202);
}

bool is_json(const std::string& text) {
  google::protobuf::Value value;
  return google::protobuf::util::JsonStringToMessage(text, &value).ok();
}

TEST(OpenApi, DescribesEverythingTheSameWayEachTime) {
  std::vector<OpenApiService> services;
  for (const auto* pool : {&DescriptorPool::builtin(), &testing::test_pool()}) {
    for (const Service* service : pool->services())
      services.push_back({pool, service, ""});
  }
  OpenApiInfo info;
  info.version = "1.2.3";
  const std::string first = openapi(info, services);
  std::reverse(services.begin(), services.end());
  EXPECT_EQ(first, openapi(info, services));
  ASSERT_TRUE(is_json(first)) << first;
  EXPECT_THAT(first, HasSubstr(R"("openapi":"3.1.0")"));
  EXPECT_THAT(first, HasSubstr(R"("/v1/events":{"post":{)"));
  EXPECT_THAT(first, HasSubstr(R"("/t1/things/{id}:sweep":{"post":{)"));
  EXPECT_THAT(first, HasSubstr(R"("operationId":"Things_Get")"));
  EXPECT_THAT(first, HasSubstr(R"("operationId":"Things_Get_2")"));
  EXPECT_THAT(first, HasSubstr(R"("name":"filter.minPrice","in":"query")"));
  EXPECT_THAT(first, HasSubstr(R"("security":[{"key":["events"]}])"));
  EXPECT_THAT(first, HasSubstr(R"("souk.v1.ProductViewed":{"type":"object")"));
  EXPECT_THAT(first, HasSubstr(R"("responses":{"202":)"));
  EXPECT_THAT(first, HasSubstr(R"("/t1/raw/*/{id}":{"post":{)"));
  EXPECT_THAT(first,
              HasSubstr(R"("description":"Taken as it comes.","content":{"*/*":{"schema":{}}})"));
  EXPECT_THAT(first, HasSubstr("in the form of its own protocol"));
  EXPECT_THAT(openapi(info, {}), HasSubstr(R"("paths":{})"));
}

TEST(OpenApi, ErrorsOfAForeignProtocolHaveItsForm) {
  const DescriptorPool& pool = testing::test_pool();
  std::vector<OpenApiService> services;
  for (const Service* service : pool.services())
    services.push_back({&pool, service, ""});
  EXPECT_THAT(openapi({}, services), ::testing::Not(HasSubstr("BriefError")));
  OpenApiInfo info;
  info.brief_errors_below = "/t1/raw/";
  const std::string text = openapi(info, services);
  ASSERT_TRUE(is_json(text)) << text;
  EXPECT_THAT(text, HasSubstr(R"("required":["message","status"])"));
  const auto error_of = [&text](std::string_view path) {
    const std::string mark = R"("default":{"$ref":"#/components/responses/)";
    const std::size_t begin = text.find(mark, text.find("\"" + std::string(path) + "\":{"));
    return text.substr(begin + mark.size(),
                       text.find('"', begin + mark.size()) - begin - mark.size());
  };
  EXPECT_EQ(error_of("/t1/raw/*/{id}"), "BriefError");
  EXPECT_EQ(error_of("/t1/things/{id}:sweep"), "Problem");
}

TEST(OpenApi, EveryReferenceHasItsSchema) {
  std::vector<OpenApiService> services;
  const DescriptorPool& pool = DescriptorPool::builtin();
  for (const Service* service : pool.services())
    services.push_back({&pool, service, ""});
  const std::string text = openapi({}, services);
  const std::string mark = "\"$ref\":\"#/components/schemas/";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_NE(text.find("\"" + name + "\":{"), std::string::npos) << name;
  }
}

TEST(JsonSchemaText, SaysWhatRulesSay) {
  const std::string yaml = json_schema(testing::ruled(), SchemaUse::yaml);
  ASSERT_TRUE(is_json(yaml)) << yaml;
  EXPECT_THAT(yaml, HasSubstr(R"("$schema":"https://json-schema.org/draft/2020-12/schema")"));
  EXPECT_THAT(yaml,
              HasSubstr(R"("limit":{"type":"integer","minimum":1,"maximum":100,"default":10})"));
  EXPECT_THAT(yaml,
              HasSubstr(R"("mode":{"type":"string","enum":["fast","exact"],"default":"fast"})"));
  EXPECT_THAT(yaml, HasSubstr(R"("default":"60m")"));
  EXPECT_THAT(yaml, HasSubstr(R"("default":["web","app"])"));
  EXPECT_THAT(yaml, HasSubstr("At least 1s. At most 1d."));
  EXPECT_THAT(yaml, HasSubstr(R"("pattern":"^(?:[A-Z]{3})$")"));
  EXPECT_THAT(yaml, HasSubstr(R"("by_name":{"type":"object","additionalProperties":{"$ref":)"));
  EXPECT_THAT(yaml, HasSubstr(R"("required":["name","colour"])"));
  EXPECT_THAT(yaml, HasSubstr(R"("description":"A ruled message.")"));
  EXPECT_THAT(yaml, HasSubstr(R"("x-sensitive":true)"));
  const std::string json = json_schema(testing::all_types(), SchemaUse::json);
  ASSERT_TRUE(is_json(json));
  EXPECT_THAT(json, HasSubstr(R"("i64":{"type":["string","integer"],"format":"int64"})"));
  EXPECT_THAT(json, HasSubstr(R"("at":{"type":"string","format":"date-time"})"));
  EXPECT_THAT(json, HasSubstr(R"("customName":{"type":"string"})"));
}

TEST(JsonStrings, AreRepairedWhereTheyAreNotUtf8) {
  std::string out;
  append_json_string(out, "a\"\\\n\x01\xff z\xc3");
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001\xEF\xBF\xBD z\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace souk::schema
