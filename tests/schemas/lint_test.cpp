// The lint against schemas that break one rule each, then against ours.

#include "tests/schemas/lint.hpp"

#include <gmock/gmock.h>

#include <map>

#include "souk/v1/options.pb.h"

namespace souk::schemas_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SchemaSet compiled(const std::string& text) {
  SchemaSet schemas = SchemaSet::compile("import \"souk/v1/options.proto\";\n" + text);
  EXPECT_EQ(schemas.error(), "");
  return schemas;
}

TEST(SchemaSet, SaysWhyATextDoesNotCompile) {
  EXPECT_THAT(SchemaSet::compile("message A { strin id = 1; }").error(), HasSubstr("strin"));
  EXPECT_THAT(SchemaSet::compile("message A { string a = 1; string b = 1; }").error(),
              HasSubstr("number 1 has already been used"));
  EXPECT_THAT(SchemaSet::compile("message A { string a 1; }").error(),
              HasSubstr("Missing field number"));
}

TEST(Lint, FindsMissingComments) {
  const Faults faults = lint_comments(compiled(R"(
    message A {
      string id = 1;
      // too
      string short = 2;
      // begins small.
      string lower = 3;
      // What it may be.
      enum E { NONE = 0; }
      // One of these.
      oneof o { string x = 4; }
    }
    service S { rpc M(A) returns (A); }
  )"));
  EXPECT_THAT(faults, Contains("test.A: has no comment"));
  EXPECT_THAT(faults, Contains("test.A.id: has no comment"));
  EXPECT_THAT(faults, Contains("test.A.short: says too little: too"));
  EXPECT_THAT(faults, Contains("test.A.lower: begins in lower case: begins small."));
  EXPECT_THAT(faults, Contains("test.A.x: has no comment"));
  EXPECT_THAT(faults, Contains(HasSubstr("NONE: has no comment")));
  EXPECT_THAT(faults, Contains("test.S: has no comment"));
  EXPECT_THAT(faults, Contains("test.S.M: has no comment"));
  EXPECT_THAT(faults, Contains("test.proto: has no comment"));
  EXPECT_THAT(faults, testing::Not(Contains(HasSubstr("test.A.E: "))));
}

TEST(Lint, FindsBadNames) {
  EXPECT_THAT(lint_names(compiled("message A { string productId = 1; }")),
              ElementsAre("test.A.productId: is not snake_case"));
  EXPECT_THAT(lint_names(compiled("message A { string id = 1 [json_name = \"ID\"]; }")),
              ElementsAre(HasSubstr("does not follow from its name")));
  EXPECT_THAT(lint_names(compiled("message a_b {}")), ElementsAre("test.a_b: is not CamelCase"));
  EXPECT_THAT(lint_names(compiled("enum E { E_UNSPECIFIED = 0; }")),
              ElementsAre(HasSubstr("stands outside")));
  EXPECT_THAT(lint_names(compiled("message A { enum E { OPEN = 0; } }")),
              ElementsAre(HasSubstr("does not begin with")));
  EXPECT_THAT(lint_names(compiled("option optimize_for = LITE_RUNTIME;")),
              ElementsAre("test.proto: sets optimize_for"));
  EXPECT_THAT(lint_names(compiled("import \"google/protobuf/timestamp.proto\";\n"
                                  "message A { google.protobuf.Timestamp when = 1; }")),
              ElementsAre(HasSubstr("an instant is called")));
}

/// Faults of one field of message A with these rules.
Faults rules_of(const std::string& field, const std::string& rules) {
  return lint_rules(compiled("message A { " + field + " [(souk.v1.field) = {" + rules + "}]; }"));
}

TEST(Lint, FindsRulesOnTheWrongType) {
  EXPECT_THAT(rules_of("string f = 1", "min: 1"), ElementsAre(HasSubstr("without a number")));
  EXPECT_THAT(rules_of("bool f = 1", "max_length: 1"), ElementsAre(HasSubstr("without a string")));
  EXPECT_THAT(rules_of("int32 f = 1", "allowed: 'a'"), ElementsAre(HasSubstr("allowed")));
  EXPECT_THAT(rules_of("int32 f = 1", "pattern: 'a'"), ElementsAre(HasSubstr("pattern")));
  EXPECT_THAT(rules_of("int32 f = 1", "path: true"), ElementsAre(HasSubstr("path")));
  EXPECT_THAT(rules_of("string f = 1", "max_items: 1"), ElementsAre(HasSubstr("without a list")));
  EXPECT_THAT(rules_of("int32 f = 1", "duration: true"), ElementsAre(HasSubstr("duration")));
}

TEST(Lint, FindsRulesThatContradict) {
  EXPECT_THAT(rules_of("int32 f = 1", "min: 2 max: 1"), ElementsAre(HasSubstr("exceeds")));
  EXPECT_THAT(rules_of("string f = 1", "default_value: 'b' allowed: 'a'"),
              ElementsAre(HasSubstr("`b` is not allowed")));
  EXPECT_THAT(rules_of("string f = 1", "default_value: 'b' required: true"),
              ElementsAre(HasSubstr("required, and has a default")));
  EXPECT_THAT(rules_of("int32 f = 1", "default_value: 'ten'"), ElementsAre(HasSubstr("no number")));
  EXPECT_THAT(rules_of("int32 f = 1", "default_value: '0' min: 1"),
              ElementsAre(HasSubstr("out of range")));
  EXPECT_THAT(rules_of("string f = 1", "pattern: '['"), ElementsAre(HasSubstr("not compile")));
}

TEST(Lint, FindsCrossChecksOfNothing) {
  const auto faults = [](const std::string& check) {
    return lint_rules(compiled("message A { option (souk.v1.message) = {cross_checks: '" + check +
                               "'}; int32 a = 1; int32 b = 2; }"));
  };
  EXPECT_THAT(faults("a <= b"), IsEmpty());
  EXPECT_THAT(faults("a != 0"), IsEmpty());
  EXPECT_THAT(faults("a <= c"), ElementsAre(HasSubstr("not there")));
  EXPECT_THAT(faults("c <= a"), ElementsAre(HasSubstr("not there")));
  EXPECT_THAT(faults("a =< b"), ElementsAre(HasSubstr("field OP field")));
}

TEST(Lint, FindsScopesOfEventsThatNoKeyHas) {
  EXPECT_THAT(lint_rules(compiled("message A { option (souk.v1.message) = {scope: 'public'}; }")),
              ElementsAre(HasSubstr("the scope `public`")));
}

/// Faults of one method with these routes; the request has `id`, `count`, `inner`, `ids`.
Faults routes_of(const std::string& first, const std::string& second = "get: '/z' summary: 's'") {
  return lint_routes(compiled(
      "message I { string a = 1; }\n"
      "message R { string id = 1; int32 count = 2; I inner = 3; repeated string ids = 4; }\n"
      "message E {}\n"
      "service S {\n"
      "  rpc M(R) returns (E) { option (souk.v1.http) = {" +
      first +
      "}; }\n"
      "  rpc N(E) returns (E) { option (souk.v1.http) = {" +
      second +
      "}; }\n"
      "}"));
}

TEST(Lint, FindsBadRoutes) {
  const std::string rest = " body: 'inner' summary: 's'";
  EXPECT_THAT(routes_of("post: '/a'" + rest), IsEmpty());
  EXPECT_THAT(routes_of(rest), ElementsAre(HasSubstr("no pattern")));
  EXPECT_THAT(routes_of("post: 'a'" + rest), ElementsAre(HasSubstr("is not a path")));
  EXPECT_THAT(routes_of("post: '/a/{no}'" + rest), ElementsAre(HasSubstr("the request lacks")));
  EXPECT_THAT(routes_of("post: '/a/{count}'" + rest), ElementsAre(HasSubstr("not a string")));
  EXPECT_THAT(routes_of("post: '/a/{ids}'" + rest), ElementsAre(HasSubstr("not a string")));
  EXPECT_THAT(routes_of("get: '/a'" + rest), ElementsAre(HasSubstr("a GET has no body")));
  EXPECT_THAT(routes_of("post: '/a' summary: 's'"), ElementsAre(HasSubstr("query parameter")));
  EXPECT_THAT(routes_of("post: '/a' body: 'no' summary: 's'"),
              ElementsAre(HasSubstr("`no`, which the request lacks"), HasSubstr("query")));
  EXPECT_THAT(routes_of("post: '/a' body: 'id' summary: 's'"),
              ElementsAre(HasSubstr("not a message"), HasSubstr("query")));
  EXPECT_THAT(routes_of("post: '/a' body: '*'"), ElementsAre(HasSubstr("no summary")));
  EXPECT_THAT(routes_of("post: '/a' scope: 'root'" + rest), ElementsAre(HasSubstr("`root`")));
  EXPECT_THAT(routes_of("post: '/a' status: 404" + rest), ElementsAre(HasSubstr("no success")));
  EXPECT_THAT(routes_of("get: '/z' summary: 's'"),
              ElementsAre(HasSubstr("query parameter"), HasSubstr("is the route of test.S.M")));
}

TEST(Lint, FindsBadPayloads) {
  const auto faults = [](const std::string& payload) {
    const SchemaSet schemas = compiled(
        "import \"souk/v1/commerce.proto\";\n"
        "message Event { oneof payload { " +
        payload + " } }");
    return lint_payloads(*schemas.message("test.Event"));
  };
  EXPECT_THAT(faults("souk.v1.ProductViewed product_viewed = 20;"), IsEmpty());
  EXPECT_THAT(faults("souk.v1.ProductViewed viewed = 20;"),
              ElementsAre(HasSubstr("should be product_viewed")));
  EXPECT_THAT(faults("souk.v1.ProductViewed product_viewed = 60;"),
              ElementsAre(HasSubstr("60 is not of souk/v1/commerce.proto")));
  EXPECT_THAT(faults("string product_viewed = 20;"), ElementsAre(HasSubstr("not a message")));
  EXPECT_THAT(faults("souk.v1.ProductViewed product_viewed = 20; souk.v1.ProductViewed b = 21;"),
              Contains(HasSubstr("second payload of its type")));
}

TEST(Lint, FindsFieldsThatDiffer) {
  const SchemaSet schemas = compiled(
      "message Part { string id = 1; optional double n = 2; }\n"
      "message Good { string id = 1; optional double n = 2; string more = 3; }\n"
      "message Lacks { string id = 1; }\n"
      "message Differs { string id = 2; double n = 3; }");
  const auto faults = [&schemas](const char* whole) {
    return lint_same_fields(*schemas.message("test.Part"), *schemas.message(whole));
  };
  EXPECT_THAT(faults("test.Good"), IsEmpty());
  EXPECT_THAT(faults("test.Lacks"), ElementsAre("test.Lacks: has no n"));
  EXPECT_THAT(faults("test.Differs"), ElementsAre(HasSubstr("string id = 2"), HasSubstr("n = 3")));
}

TEST(OurSchemas, KeepEveryRule) {
  const SchemaSet schemas = SchemaSet::shipped();
  EXPECT_EQ(schemas.error(), "");
  EXPECT_GE(schemas.files().size(), 10U);
  EXPECT_THAT(lint_comments(schemas), IsEmpty());
  EXPECT_THAT(lint_names(schemas), IsEmpty());
  EXPECT_THAT(lint_rules(schemas), IsEmpty());
  EXPECT_THAT(lint_routes(schemas), IsEmpty());
  EXPECT_THAT(lint_payloads(*schemas.message("souk.v1.Event")), IsEmpty());
}

/// JSON names of the payloads that a key with scope `events` may not send, with the scope they ask
/// for.
std::map<std::string, std::string> guarded_payloads(const SchemaSet& schemas) {
  std::map<std::string, std::string> guarded;
  const auto* payload = schemas.message("souk.v1.Event")->FindOneofByName("payload");
  for (int i = 0; i < payload->field_count(); ++i) {
    const auto& field = *payload->field(i);
    const auto& scope = field.message_type()->options().GetExtension(v1::message).scope();
    if (!scope.empty()) guarded[field.json_name()] = scope;
  }
  return guarded;
}

TEST(OurSchemas, KeysOfWebPagesCannotSendWhatOnlyTheStoreKnows) {
  const std::map<std::string, std::string> expected = {
      {"productUpserted", "catalog"},
      {"productDeleted", "catalog"},
      {"inventorySet", "catalog"},
      {"inventoryDeleted", "catalog"},
      {"accountUpserted", "catalog"},
      {"accountDeleted", "catalog"},
      {"priceListSet", "catalog"},
      {"priceListDeleted", "catalog"},
      {"orderDeleted", "catalog"},
      {"searchSettingsSet", "catalog"},
      {"searchRulesSet", "catalog"},
      {"searchSynonymsSet", "catalog"},
      {"searchIndexSet", "catalog"},
      {"searchIndexRecordSet", "catalog"},
      {"searchIndexRecordDeleted", "catalog"},
      {"customerUpserted", "customers"},
      {"customerErased", "customers"},
      {"profilesSeparated", "customers"},
      {"messageSent", "admin"},
      {"messageSuppressed", "admin"},
      {"flowEntered", "admin"},
      {"flowExited", "admin"},
      {"segmentEntered", "admin"},
      {"segmentExited", "admin"},
      {"stockoutForecast", "admin"},
      {"reorderSuggested", "admin"},
      {"fraudFlagged", "admin"},
      {"conversationEscalated", "admin"},
      {"modelTrained", "admin"},
      {"tick", "admin"},
  };
  EXPECT_EQ(guarded_payloads(SchemaSet::shipped()), expected);
}

TEST(OurSchemas, MessagesAboutOneProductAreFlat) {
  const SchemaSet schemas = SchemaSet::shipped();
  const auto& line = *schemas.message("souk.v1.ProductLine");
  for (const char* name : {"ProductViewed", "ProductClicked", "ProductAdded", "ProductRemoved",
                           "ProductAddedToWishlist", "ProductRemovedFromWishlist",
                           "WishlistProductAddedToCart", "ProductShared"}) {
    const auto* message = schemas.message(std::string("souk.v1.") + name);
    ASSERT_NE(message, nullptr) << name;
    EXPECT_THAT(lint_same_fields(line, *message), IsEmpty());
  }
}

TEST(OurSchemas, InventorySetIsTheLevelItself) {
  // The kernel writes one for the other without looking into the bytes.
  const SchemaSet schemas = SchemaSet::shipped();
  const auto& level = *schemas.message("souk.v1.InventoryLevel");
  const auto& event = *schemas.message("souk.v1.InventorySet");
  EXPECT_THAT(lint_same_fields(level, event), IsEmpty());
  EXPECT_THAT(lint_same_fields(event, level), IsEmpty());
}

}  // namespace
}  // namespace souk::schemas_test
