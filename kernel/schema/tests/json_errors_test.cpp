// JSON that must be refused, and what the refusal says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>

#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/tests/test_types.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace souk::schema {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Status read(const std::string& json, const JsonReadOptions& options = {},
            const MessageTable& table = testing::all_types()) {
  // A copy that ends where the text ends: reading past it is caught by the sanitizers.
  const std::unique_ptr<char[]> exact(new char[json.size()]);
  std::copy(json.begin(), json.end(), exact.get());
  std::string out = "before";
  const Status status = json_to_wire(table, {exact.get(), json.size()}, out, options);
  EXPECT_TRUE(status.ok() || out == "before") << json;
  return status;
}

std::string canonical(const std::string& json, const MessageTable& table = testing::all_types()) {
  std::string wire;
  const Status status = json_to_wire(table, json, wire);
  if (!status.ok()) return status.field() + ": " + status.message();
  std::string text;
  EXPECT_TRUE(wire_to_json(table, wire, text).ok());
  return text;
}

struct Refusal {
  const char* json;
  const char* field;
  const char* message;
};

const Refusal kRefusals[] = {
    // syntax
    {"", "", "it is empty"},
    {"   ", "", "it is empty"},
    {"{", "", "expected a name in quotes"},
    {"{}x", "", "expected the end"},
    {"{} {}", "", "expected the end"},
    {"nonsense", "", "must be an object"},
    {"[1]", "", "must be an object"},
    {R"({"i32":1,})", "", "expected a name in quotes"},
    {R"({"i32" 1})", "", "expected ':'"},
    {R"({"i32":1 "i64":2})", "", "expected ',' or '}'"},
    {R"({"i32":01})", "i32", "expected a value"},
    {R"({"i32":+1})", "i32", "expected a value"},
    {R"({"i32":1.})", "i32", "expected a value"},
    {R"({"i32":.5})", "i32", ""},
    {R"({"i32":1e})", "i32", "expected a value"},
    {R"({"i32":0x10})", "i32", "expected a value"},
    {R"({"d":NaN})", "d", ""},
    {R"({"d":Infinity})", "d", ""},
    {R"({"flag":True})", "flag", ""},
    {R"({"flag":tru})", "flag", "expected a value"},
    {R"({"flag":nul})", "flag", "expected a value"},
    {R"({"text":"a)", "", "a string does not end"},
    {"{\"text\":\"a\nb\"}", "", "control character"},
    {"{\"text\":\"\xff\"}", "", "not UTF-8"},
    {"{\"text\":\"\xed\xa0\x80\"}", "", "not UTF-8"},
    {R"({"text":"\x41"})", "text", "unknown escape"},
    {R"({"text":"\u12"})", "text", "four hex digits"},
    {R"({"i32s":[1,2})", "i32s", "expected ',' or ']'"},
    {R"({"i32s":[1,]})", "i32s[1]", ""},
    {R"({"i32s":[1 2]})", "i32s", "expected ',' or ']'"},
    // values
    {R"({"text":"\ud800"})", "text", "half of a surrogate pair"},
    {R"({"text":"\ud800A"})", "text", "half of a surrogate pair"},
    {R"({"text":"\udc00"})", "text", "half of a surrogate pair"},
    {R"({"text":1})", "text", "must be a string, not a number"},
    {R"({"text":["a"]})", "text", "must be a string, not an array"},
    {R"({"flag":"true"})", "flag", "must be true or false, not a string"},
    {R"({"flag":1})", "flag", "must be true or false, not a number"},
    {R"({"i32":true})", "i32", "must be a number, not true or false"},
    {R"({"i32":{}})", "i32", "must be a number, not an object"},
    {R"({"i32":2147483648})", "i32", "from -2147483648 to 2147483647"},
    {R"({"i32":-2147483649})", "i32", "is out of range"},
    {R"({"i32":1.5})", "i32", "must be a whole number"},
    {R"({"i32":1e999999999999999999})", "i32", "is out of range"},
    {R"({"i32":"1e400"})", "i32", "is out of range"},
    {R"({"i32":" 1"})", "i32", "must be a whole number"},
    {R"({"i32":""})", "i32", "must be a whole number"},
    {R"({"u32":-1})", "u32", "from 0 to 4294967295"},
    {R"({"u64":18446744073709551616})", "u64", "from 0 to 18446744073709551615"},
    {R"({"i64":9223372036854775808})", "i64", "is out of range"},
    {R"({"i64":"9223372036854775808"})", "i64", "is out of range"},
    {R"({"d":1e400})", "d", "is out of range"},
    {R"({"d":"abc"})", "d", "must be a number"},
    {R"({"f":1e39})", "f", "is out of range"},
    {R"({"raw":"@@@"})", "raw", "must be base64"},
    {R"({"raw":"A"})", "raw", "must be base64"},
    {R"({"raw":"AA="})", "raw", "must be base64"},
    {R"({"colour":"REDD"})", "colour", "did you mean 'RED'?"},
    {R"({"colour":"purple-ish"})", "colour", "allowed: COLOUR_UNSPECIFIED, RED, GREEN, BLUE"},
    {R"({"colour":1.5})", "colour", "must be a whole number"},
    {R"({"child":[]})", "child", "must be an object"},
    {R"({"i32s":1})", "i32s", "must be an array"},
    {R"({"i32s":[1,null]})", "i32s[1]", "must not be null"},
    {R"({"i32s":[1,"x"]})", "i32s[1]", "must be a whole number"},
    {R"({"children":[{},{"child":{"i32":"x"}}]})", "children[1].child.i32", "whole number"},
    {R"({"labels":[]})", "labels", "must be an object"},
    {R"({"labels":{"a":1}})", "labels.a", "must be a string"},
    {R"({"labels":{"a":null}})", "labels.a", "must not be null"},
    {R"({"labels":{"a":"1","a":"2"}})", "labels", "the same key twice"},
    {R"({"byInt":{"x":"1"}})", "byInt.x", "the key 'x' must be a number"},
    {R"({"byBool":{"1":"RED"}})", "byBool.1", "must be true or false"},
    {R"({"nodes":{"n":{"u32":-1}}})", "nodes.n.u32", "from 0"},
    {R"({"at":5})", "at", "RFC 3339"},
    {R"({"at":"yesterday"})", "at", "'yesterday' must be an RFC 3339 time"},
    {R"({"at":"2026-02-30T00:00:00Z"})", "at", "RFC 3339"},
    {R"({"at":"2026-01-01T24:00:00Z"})", "at", "RFC 3339"},
    {R"({"at":"2026-01-01T00:00:60Z"})", "at", "RFC 3339"},
    {R"({"at":"0000-01-01T00:00:00Z"})", "at", "RFC 3339"},
    {R"({"at":"0001-01-01T00:00:00+01:00"})", "at", "RFC 3339"},
    {R"({"at":"2026-01-01 00:00:00"})", "at", "RFC 3339"},
    {R"({"at":"2026-01-01T00:00:00"})", "at", "RFC 3339"},
    {R"({"took":"5"})", "took", "seconds"},
    {R"({"took":"315576000001s"})", "took", "seconds"},
    {R"({"mask":"a_b"})", "mask", "field names"},
    {R"({"mask":"a,"})", "mask", "field names"},
    {R"({"attributes":[]})", "attributes", "must be an object"},
    {R"({"attributes":{"a":{"b":[1,1e999]}}})", "attributes.a.b[1]", "out of range"},
    {R"({"attributes":{"a":1,"a":2}})", "attributes", "the same key twice"},
    {R"({"list":{}})", "list", "must be an array"},
    {R"({"int32Value":"x"})", "int32Value", "whole number"},
    // names
    {R"({"i23":1})", "i23", "did you mean 'i32'?"},
    {R"({"custom_name":1})", "custom_name", "did you mean 'customName'?"},
    {R"({"zzzzzzzzzzzz":1})", "zzzzzzzzzzzz", "is not a field of souk.schema_test.AllTypes"},
    {R"({"i32":1,"i32":2})", "i32", "is given twice"},
    {R"({"byInt":{},"by_int":{}})", "byInt", "is given twice"},
    {R"({"\u0069\u003332":1})", "i332", "is not a field"},
    {R"({"choiceNumber":1,"choiceText":"x"})", "choiceText", "of 'choice' only one"},
};

TEST(JsonErrors, NameTheFieldAndWhatIsAllowed) {
  for (const Refusal& refusal : kRefusals) {
    const Status status = read(refusal.json);
    ASSERT_FALSE(status.ok()) << refusal.json;
    EXPECT_EQ(status.code(), Code::invalid_argument);
    EXPECT_EQ(status.field(), refusal.field) << refusal.json << " " << status.message();
    EXPECT_THAT(status.message(), HasSubstr(refusal.message)) << refusal.json;
  }
}

TEST(JsonErrors, EveryPrefixOfATextIsRefused) {
  const std::string text =
      R"({"text":"a\u00e9","i32s":[1,-2.0e0],"labels":{"k":"v"},"child":{"flag":true,"at":"2026-01-01T00:00:00Z"},"attributes":{"x":[null,{}]}})";
  ASSERT_TRUE(read(text).ok());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(read(text.substr(0, size)).ok()) << size;
  }
}

TEST(JsonErrors, LimitsHold) {
  JsonReadOptions options;
  options.limits.max_depth = 4;
  EXPECT_TRUE(read(R"({"child":{"child":{"child":{}}}})", options).ok());
  Status status = read(R"({"child":{"child":{"child":{"child":{}}}}})", options);
  EXPECT_EQ(status.field(), "child.child.child.child");
  EXPECT_THAT(status.message(), HasSubstr("at most 4 messages"));
  EXPECT_TRUE(read(R"({"anyValue":[]})", options).ok());
  EXPECT_FALSE(read(R"({"anyValue":[[[[]]]]})", options).ok());

  std::string deep(1'000'000, '[');
  EXPECT_FALSE(read("{\"anyValue\":" + deep).ok());
  std::string unknown;
  for (int i = 0; i < 100'000; ++i)
    unknown += "{\"a\":";
  options.ignore_unknown = true;
  EXPECT_FALSE(read("{\"unknown\":" + unknown, options).ok());

  options = {};
  options.limits.max_elements = 3;
  EXPECT_TRUE(read(R"({"i32s":[1,2,3]})", options).ok());
  EXPECT_FALSE(read(R"({"i32s":[1,2,3,4]})", options).ok());
  EXPECT_FALSE(read(R"({"labels":{"a":"","b":"","c":"","d":""}})", options).ok());
  EXPECT_FALSE(read(R"({"attributes":{"a":1,"b":1,"c":1,"d":1}})", options).ok());
  options.limits.max_bytes = 10;
  EXPECT_THAT(read(R"({"i32s":[1]})", options).message(), HasSubstr("at most 10 are allowed"));
}

TEST(JsonErrors, NonFiniteNumbersAreRefusedWhereAskedFor) {
  EXPECT_TRUE(read(R"({"d":"NaN","f":"-Infinity"})").ok());
  JsonReadOptions options;
  options.finite_numbers = true;
  EXPECT_EQ(read(R"({"ds":[1,"NaN"]})", options).field(), "ds[1]");
}

TEST(JsonForms, AllThatTheMappingAllowsIsRead) {
  EXPECT_EQ(canonical(R"( { "i32" : 1e2 , "i64" : "-7", "u64":18446744073709551615 } )"),
            R"({"i32":100,"i64":"-7","u64":"18446744073709551615"})");
  EXPECT_EQ(canonical(R"({"i64":-9223372036854775808,"i32":5.0,"s64":10000000000000000000e-1})"),
            R"({"i32":5,"i64":"-9223372036854775808","s64":"1000000000000000000"})");
  EXPECT_EQ(canonical(R"({"by_int":{"-5":"x"},"byBool":{"true":1}})"),
            R"({"byInt":{"-5":"x"},"byBool":{"true":"RED"}})");
  EXPECT_EQ(canonical(R"({"raw":"_-8"})"), R"({"raw":"/+8="})");
  EXPECT_EQ(canonical(R"({"raw":"\/+8="})"), R"({"raw":"/+8="})");
  EXPECT_EQ(canonical(R"({"colour":-3,"colours":[7,"GREEN"]})"),
            R"({"colour":"BLUE","colours":[7,"GREEN"]})");
  EXPECT_EQ(canonical(R"({"text":null,"i32s":null,"labels":null,"child":null,"at":null})"), "{}");
  EXPECT_EQ(canonical(R"({"anyValue":null,"values":[null,1,"x",false,{},[]]})"),
            R"({"anyValue":null,"values":[null,1,"x",false,{},[]]})");
  EXPECT_EQ(canonical(R"({"choiceNumber":null,"choiceText":"x"})"), R"({"choiceText":"x"})");
  EXPECT_EQ(canonical(R"({"choiceNumber":0})"), R"({"choiceNumber":0})");
  EXPECT_EQ(canonical(R"({"maybeNumber":0,"maybeText":"","i32":0,"text":"","i32s":[]})"),
            R"({"maybeNumber":0,"maybeText":""})");
  EXPECT_EQ(canonical(R"({"at":"2026-11-22T11:00:00.250+01:00"})"),
            R"({"at":"2026-11-22T10:00:00.250Z"})");
  EXPECT_EQ(canonical(R"({"took":"-0.5s"})"), R"({"took":"-0.500s"})");
  EXPECT_EQ(canonical(R"({"int64Value":"5","stringValue":"","boolValue":false})"),
            R"({"int64Value":"5","boolValue":false,"stringValue":""})");
  EXPECT_EQ(canonical(R"({"text":"\ud83d\ude00\u00e9\u0000\/"})"), "{\"text\":\"😀é\\u0000/\"}");
  EXPECT_EQ(canonical(R"({"\u0069\u00332":1})"), R"({"i32":1})");
  EXPECT_EQ(canonical(R"({"d":0.1,"ds":[1e-7,5e-324,1e-400,-0.0,123456789012345678]})"),
            R"({"d":0.1,"ds":[1e-07,5e-324,0,-0,123456789012345680]})");
  EXPECT_EQ(canonical(R"({"mask":"someField.other,b"})"), R"({"mask":"someField.other,b"})");
}

TEST(JsonForms, UnknownFieldsAreSkippedOnRequest) {
  JsonReadOptions options;
  options.ignore_unknown = true;
  EXPECT_TRUE(read(R"({"a":{"b":[1,"x",{"c":null}]},"i32":1,"colour":"MAUVE"})", options).ok());
  EXPECT_FALSE(read(R"({"a":{"b":[1,"x",{"c":nil}]}})", options).ok());
  EXPECT_FALSE(read(R"({"a":[1,}})", options).ok());
  EXPECT_FALSE(read(R"({"a":"\q"})", options).ok());
}

/// A text that ends where the next page may not be touched: simdjson itself is not instrumented by
/// the sanitizers.
TEST(JsonForms, NothingIsReadBehindTheText) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const mapped =
      ::mmap(nullptr, page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  char* const limit = static_cast<char*>(mapped) + page;
  ASSERT_EQ(::mprotect(limit, page, PROT_NONE), 0);
  for (std::size_t pad = 0; pad < 200; ++pad) {
    for (const std::string_view tail :
         {"\"}", "\",\"i32\":1}", "\",\"texts\":[\"a\\u00e9\"", "\"}  "}) {
      std::string text = "{\"text\":\"" + std::string(pad, 'x');
      text.append(tail);
      std::copy(text.begin(), text.end(), limit - text.size());
      std::string wire;
      const Status status =
          json_to_wire(testing::all_types(), {limit - text.size(), text.size()}, wire);
      EXPECT_EQ(status.ok(), text.find('}') != std::string::npos) << text;
    }
  }
  ::munmap(mapped, page * 2);
}

TEST(JsonForms, RandomDamageNeverCrashes) {
  const std::string text =
      R"({"text":"a\u00e9b","i32s":[1,-2.5e1],"labels":{"k":"v","l":"w"},"child":{"flag":true,"raw":"AAEC"},"attributes":{"x":[null,{"y":1}]},"at":"2026-01-01T00:00:00Z","choiceNumber":5})";
  std::mt19937_64 random(5);
  const char bytes[] = "{}[]:,\"\\u019-.eEtfn \x01\xc3";
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = text;
    for (auto count = random() % 4 + 1; count > 0; --count) {
      damaged[random() % damaged.size()] = bytes[random() % (sizeof bytes - 1)];
    }
    if (random() % 4 == 0) damaged.resize(random() % damaged.size());
    std::string wire;
    const Status status = json_to_wire(testing::all_types(), damaged, wire);
    if (!status.ok()) continue;
    std::string json;
    EXPECT_TRUE(wire_to_json(testing::all_types(), wire, json).ok()) << damaged;
  }
}

}  // namespace
}  // namespace souk::schema
