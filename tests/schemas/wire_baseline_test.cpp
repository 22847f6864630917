// Bytes and JSON that were once sent must be readable for ever: the schemas against the committed
// baseline, and first the proof that the comparison sees what it must.

#include "tests/schemas/wire_baseline.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace souk::schemas_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kOld = R"(
  message Cart {
    enum State { NONE = 0; OPEN = 1; PAID = 2; }
    string id = 1;
    int32 count = 2;
    optional double total = 3;
    repeated string tags = 4;
    oneof owner { string person = 5; string company = 6; }
    State state = 7;
    map<string, int32> sizes = 8;
  }
  message Other {}
  service Carts { rpc Get(Cart) returns (Cart); }
)";

/// kOld with one piece of text replaced.
SchemaSet changed(std::string_view from, std::string_view to) {
  std::string text(kOld);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  SchemaSet schemas = SchemaSet::compile(text);
  EXPECT_EQ(schemas.error(), "");
  return schemas;
}

std::vector<std::string> breaks_of(std::string_view from, std::string_view to) {
  const Baseline promised = baseline_of(SchemaSet::compile(kOld));
  return compare(promised, baseline_of(changed(from, to))).breaks;
}

TEST(WireBaseline, SaysWhenAFieldIsRemoved) {
  EXPECT_THAT(breaks_of("int32 count = 2;", ""),
              ElementsAre("field test.Cart.count is gone (it was: 2 int32 singular count)"));
}

TEST(WireBaseline, SaysWhenARemovedFieldIsOnlyReserved) {
  EXPECT_THAT(breaks_of("int32 count = 2;", "reserved 2; reserved \"count\";"),
              ElementsAre(HasSubstr("test.Cart.count is gone")));
}

TEST(WireBaseline, SaysWhenAFieldIsRenamed) {
  EXPECT_THAT(breaks_of("int32 count = 2;", "int32 number = 2;"),
              ElementsAre("field test.Cart.count is gone and test.Cart.number has its number 2"));
}

TEST(WireBaseline, SaysWhenAFieldIsRenumbered) {
  EXPECT_THAT(breaks_of("int32 count = 2;", "int32 count = 12;"),
              ElementsAre("field test.Cart.count was `2 int32 singular count` and is "
                          "`12 int32 singular count`"));
}

TEST(WireBaseline, SaysWhenAFieldIsRetyped) {
  EXPECT_THAT(breaks_of("int32 count = 2;", "string count = 2;"), ElementsAre(HasSubstr("string")));
  EXPECT_THAT(breaks_of("int32 count = 2;", "sint32 count = 2;"), ElementsAre(HasSubstr("sint32")));
  EXPECT_THAT(breaks_of("State state = 7;", "int32 state = 7;"),
              ElementsAre(HasSubstr("test.Cart.State")));
  EXPECT_THAT(breaks_of("map<string, int32>", "map<string, int64>"),
              ElementsAre(HasSubstr("map<string,int64>")));
}

TEST(WireBaseline, SaysWhenALabelChanges) {
  EXPECT_THAT(breaks_of("int32 count = 2;", "repeated int32 count = 2;"),
              ElementsAre(HasSubstr("repeated")));
  EXPECT_THAT(breaks_of("optional double total = 3;", "double total = 3;"),
              ElementsAre(HasSubstr("singular")));
  EXPECT_THAT(breaks_of("oneof owner { string person = 5; string company = 6; }",
                        "oneof owner { string person = 5; } string company = 6;"),
              ElementsAre(HasSubstr("oneof:owner")));
}

TEST(WireBaseline, SaysWhenAJsonNameChanges) {
  EXPECT_THAT(breaks_of("int32 count = 2;", "int32 count = 2 [json_name = \"Count\"];"),
              ElementsAre(HasSubstr("Count")));
}

TEST(WireBaseline, SaysWhenAnEnumValueChanges) {
  EXPECT_THAT(breaks_of("PAID = 2;", ""), ElementsAre(HasSubstr("test.Cart.State.PAID is gone")));
  EXPECT_THAT(breaks_of("PAID = 2;", "PAID = 3;"), ElementsAre(HasSubstr("was `2` and is `3`")));
}

TEST(WireBaseline, SaysWhenAMethodChanges) {
  EXPECT_THAT(breaks_of("rpc Get(Cart) returns (Cart)", "rpc Get(Other) returns (Cart)"),
              ElementsAre(HasSubstr("test.Carts.Get")));
  EXPECT_THAT(breaks_of("rpc Get(Cart) returns (Cart);", ""),
              ElementsAre(HasSubstr("test.Carts.Get is gone")));
}

TEST(WireBaseline, SaysWhenARouteChanges) {
  const auto with = [](const std::string& route) {
    return baseline_of(
        SchemaSet::compile("import \"souk/v1/options.proto\";\nmessage M {}\n"
                           "service S { rpc Get(M) returns (M) {\n"
                           "  option (souk.v1.http) = {" +
                           route + "}; } }"));
  };
  const Baseline promised = with("get: '/v1/m' scope: 'decide'");
  EXPECT_THAT(promised, testing::Contains("route GET:/v1/m decide test.S.Get"));
  EXPECT_THAT(compare(promised, with("get: '/v1/m' scope: 'events'")).breaks,
              ElementsAre(HasSubstr("was `decide test.S.Get`")));
  EXPECT_THAT(compare(promised, with("get: '/v1/n' scope: 'decide'")).breaks,
              ElementsAre(HasSubstr("GET:/v1/m is gone")));
  const Baseline more = with("get: '/v1/m' scope: 'decide' additional { post: '/v1/m' }");
  EXPECT_THAT(compare(promised, more).breaks, IsEmpty());
  EXPECT_THAT(compare(promised, more).additions, ElementsAre("route POST:/v1/m admin test.S.Get"));
}

TEST(WireBaseline, AllowsAdditions) {
  const Baseline promised = baseline_of(SchemaSet::compile(kOld));
  const SchemaSet schemas = changed("message Other {}", "message Other { string id = 1; }");
  const BaselineDifference difference = compare(promised, baseline_of(schemas));
  EXPECT_THAT(difference.breaks, IsEmpty());
  EXPECT_THAT(difference.additions, ElementsAre("field test.Other.id 1 string singular id"));
}

TEST(WireBaseline, RefusesADamagedFile) {
  std::vector<std::string> faults;
  parse_baseline("# comment\nfield a.B.c 1 string singular c\nfield a.B.a\n", faults);
  EXPECT_THAT(faults, ElementsAre(HasSubstr("line 3: not `kind name promise`")));
  faults.clear();
  parse_baseline("field a.B.c 1 string singular c\nfield a.B.c 2 string singular c\n", faults);
  EXPECT_THAT(faults, ElementsAre(HasSubstr("stands in line 1 already")));
  faults.clear();
  parse_baseline("field b 1 string singular c\nfield a 2 string singular c\n", faults);
  EXPECT_THAT(faults, ElementsAre(HasSubstr("line 2: out of order")));
}

TEST(WireBaseline, SurvivesItsOwnFormat) {
  const Baseline lines = baseline_of(SchemaSet::compile(kOld));
  std::vector<std::string> faults;
  EXPECT_EQ(parse_baseline(format_baseline(lines), faults), lines);
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_GT(lines.size(), 10U);
}

/// The committed baseline's text.
std::string committed() {
  std::ifstream file(baseline_path());
  EXPECT_TRUE(file) << baseline_path();
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(WireBaseline, AnyChangedLineOfTheCommittedOneIsFound) {
  std::vector<std::string> faults;
  const Baseline promised = parse_baseline(committed(), faults);
  const Baseline current = baseline_of(SchemaSet::shipped());
  ASSERT_GT(promised.size(), 500U);
  for (std::size_t i = 0; i < promised.size(); i += 37) {
    Baseline mutated = promised;
    mutated[i] += "x";
    const auto breaks = compare(mutated, current).breaks;
    ASSERT_EQ(breaks.size(), 1U) << promised[i];
    EXPECT_THAT(breaks.front(), HasSubstr("x`")) << promised[i];
  }
}

TEST(WireBaseline, NothingThatWasPromisedIsBroken) {
  std::vector<std::string> faults;
  const Baseline promised = parse_baseline(committed(), faults);
  EXPECT_THAT(faults, IsEmpty());
  const BaselineDifference difference = compare(promised, baseline_of(SchemaSet::shipped()));
  EXPECT_THAT(difference.breaks, IsEmpty())
      << "Logs, trackers and plugins that exist rely on these. Undo the change, and add a new "
         "field,"
         "\nvalue or message beside the old one; mark the old one [deprecated = true].";
  EXPECT_THAT(difference.additions, IsEmpty())
      << "New, and not promised yet. When they are as they shall stay, run\n"
         "  schemas_tests --update-baseline\nand commit "
      << baseline_path();
}

}  // namespace
}  // namespace souk::schemas_test
