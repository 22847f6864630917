// FieldRules and MessageRules, alike in JSON and on the wire; defaults; durations; guesses.
#include <all_types.pb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/tests/test_types.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/wire_to_json.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {
namespace {

using souk::schema_test::Ruled;
using ::testing::HasSubstr;

const std::string kGood = R"("name":"n","colour":"RED")";

/// The good members and one more. (Not operator+: gcc 12 warns of it wrongly, PR 105651.)
std::string good_and(std::string_view more) {
  std::string members = kGood;
  members.append(",").append(more);
  return members;
}

Status read_product(const std::string& members) {
  std::string out;
  return json_to_wire(testing::ruled(), "{" + members + "}", out);
}

struct Broken {
  const char* members;
  const char* field;
  const char* message;
};

TEST(Rules, BrokenInJsonAndOnTheWire) {
  const Broken cases[] = {
      {R"("colour":"RED")", "name", "is required"},
      {R"("name":"","colour":"RED")", "name", "is required"},
      {R"("name":null,"colour":"RED")", "name", "is required"},
      {R"("name":"n")", "colour", "is required"},
      {R"("name":"n","colour":"COLOUR_UNSPECIFIED")", "colour", "is required"},
      {R"("name":"much too long","colour":1)", "name", "is 13 bytes long; at most 8"},
      {R"("name":"n","colour":1,"limit":101)", "limit", "is 101; must be from 1 to 100"},
      {R"("name":"n","colour":1,"mode":"fats")", "mode",
       "did you mean 'fast'? Allowed: fast, exact"},
      {R"("name":"n","colour":1,"after":"900ms")", "after", "is 900ms; must be from 1s to 1d"},
      {R"("name":"n","colour":1,"code":"abc")", "code",
       "'abc' does not match the pattern [A-Z]{3}"},
      {R"("name":"n","colour":1,"tags":["a","b","c","d"])", "tags", "has 4 elements; at most 3"},
      {R"("name":"n","colour":1,"low":6)", "", "does not hold: low <= high"},
      {R"("name":"n","colour":1,"low":2,"high":1)", "", "does not hold: low <= high"},
      {R"("name":"n","colour":1,"limit":13)", "", "does not hold: limit != 13"},
      {R"("name":"n","colour":1,"needy":{})", "needy.url", "is required"},
      {R"("name":"n","colour":1,"again":{})", "again.name", "is required"},
  };
  JsonReadOptions unchecked;
  unchecked.check_rules = false;
  for (const Broken& broken : cases) {
    const Status in_json = read_product(broken.members);
    EXPECT_EQ(in_json.field(), broken.field) << broken.members;
    EXPECT_THAT(in_json.message(), HasSubstr(broken.message)) << broken.members;
    std::string wire;
    ASSERT_TRUE(
        json_to_wire(testing::ruled(), std::string("{") + broken.members + "}", wire, unchecked)
            .ok());
    const Status on_wire = validate_wire(testing::ruled(), wire);
    EXPECT_EQ(on_wire.field(), broken.field) << broken.members;
    EXPECT_THAT(on_wire.message(), HasSubstr(broken.message)) << broken.members;
  }
  EXPECT_TRUE(read_product(kGood).ok());
}

TEST(Rules, BoundsOfMoneyAreThoseOfItsAmount) {
  const MessageTable& product = *DescriptorPool::builtin().message("souk.v1.Product");
  const Broken cases[] = {
      {R"("variants":[{"id":"v"},{"id":"w","price":{"amount":-1}}])", "variants[1].price.amount",
       "is -1; must be at least 0"},
      {R"("variants":[{"id":"v","cost":{"amount":"-7"}}])", "variants[0].cost.amount",
       "is out of range; must be at least 0"},
      {R"("priceRange":{"max":{"amount":5},"min":{"amount":-5,"currency":"EUR"}})",
       "priceRange.min.amount", "is -5; must be at least 0"},
      {R"("variants":[{"id":"v","price":{"currency":"eur"}}])", "variants[0].price.currency",
       "'eur' does not match the pattern [A-Z]{3}"},
  };
  JsonReadOptions unchecked;
  unchecked.check_rules = false;
  for (const Broken& broken : cases) {
    const std::string json = std::string(R"({"id":"p",)") + broken.members + "}";
    std::string wire;
    const Status in_json = json_to_wire(product, json, wire);
    EXPECT_EQ(in_json.field(), broken.field) << json;
    EXPECT_EQ(in_json.message(), broken.message) << json;
    wire.clear();
    ASSERT_TRUE(json_to_wire(product, json, wire, unchecked).ok()) << json;
    const Status on_wire = validate_wire(product, wire);
    EXPECT_EQ(on_wire.field(), broken.field) << json;
    EXPECT_EQ(on_wire.message(), broken.message) << json;
  }
  std::string wire;
  EXPECT_TRUE(json_to_wire(product, R"({"id":"p","variants":[{"id":"v","price":{}},
      {"id":"w","price":{"amount":0}},{"id":"x","price":{"amount":"1899"}}]})",
                           wire)
                  .ok());
  EXPECT_TRUE(validate_wire(product, wire).ok());
}

TEST(Rules, AnExplicitZeroIsNotTheDefault) {
  EXPECT_EQ(read_product(good_and(R"("limit":0)")).field(), "limit");
  std::string wire;
  ASSERT_TRUE(json_to_wire(testing::ruled(), R"({"name":"n","colour":1,"high":0})", wire).ok());
  ASSERT_TRUE(apply_defaults(testing::ruled(), wire).ok());
  Ruled message;
  ASSERT_TRUE(message.ParseFromString(wire));
  EXPECT_EQ(message.high(), 0);
  EXPECT_EQ(message.limit(), 10);
}

TEST(Rules, SensitiveValuesAreNeverRepeated) {
  const Status status = read_product(good_and(R"("secret":"swordfish")"));
  EXPECT_EQ(status.field(), "secret");
  EXPECT_THAT(status.message(), ::testing::Not(HasSubstr("swordfish")));
  Ruled message;
  message.set_secret("abc");
  std::string json;
  JsonWriteOptions options;
  options.redact_sensitive = true;
  ASSERT_TRUE(wire_to_json(testing::ruled(), message.SerializeAsString(), json, options).ok());
  EXPECT_EQ(json, R"({"secret":"***"})");
}

TEST(Rules, PartialMessagesWait) {
  JsonReadOptions options;
  options.partial = true;
  std::string wire;
  EXPECT_TRUE(json_to_wire(testing::ruled(), R"({"low":6})", wire, options).ok());
  EXPECT_FALSE(json_to_wire(testing::ruled(), R"({"needy":{}})", wire, options).ok());
}

TEST(Defaults, FillWhatIsAbsentEverywhere) {
  std::string wire;
  ASSERT_TRUE(json_to_wire(testing::ruled(),
                           R"({"name":"n","colour":1,"needy":{"url":"u"},"inners":[{},{"size":1}],)"
                           R"("byName":{"a":{}}})",
                           wire)
                  .ok());
  ASSERT_TRUE(apply_defaults(testing::ruled(), wire).ok());
  Ruled message;
  ASSERT_TRUE(message.ParseFromString(wire));
  EXPECT_EQ(message.limit(), 10);
  EXPECT_EQ(message.mode(), "fast");
  EXPECT_EQ(message.after(), 3'600'000);
  EXPECT_EQ(message.high(), 5);
  ASSERT_EQ(message.tags_size(), 2);
  EXPECT_EQ(message.tags(1), "app");
  EXPECT_EQ(message.inner().size(), 7);
  EXPECT_EQ(message.inner().shade(), souk::schema_test::RED);
  EXPECT_EQ(message.needy().size(), 7);
  EXPECT_EQ(message.inners(0).size(), 7);
  EXPECT_EQ(message.inners(1).size(), 1);
  EXPECT_EQ(message.by_name().at("a").size(), 7);
  EXPECT_FALSE(message.has_maybe()) << "`optional` keeps a message absent";
  EXPECT_FALSE(message.has_again()) << "a message that lacks a required field does not appear";
  const std::string once = wire;
  ASSERT_TRUE(apply_defaults(testing::ruled(), wire).ok());
  EXPECT_EQ(wire, once);
  EXPECT_FALSE(apply_defaults(testing::ruled(), wire = "\x0a\x05x").ok());
}

TEST(Durations, AreReadAndWritten) {
  EXPECT_EQ(parse_duration_ms("500ms"), 500);
  EXPECT_EQ(parse_duration_ms("1.5h"), 5'400'000);
  EXPECT_EQ(parse_duration_ms("14d"), 14 * 86'400'000LL);
  EXPECT_EQ(parse_duration_ms("0s"), 0);
  for (const char* bad :
       {"", "5", "m", "5 m", "5M", "5min", "1.2.3s", "0.1ms", "1e3s", "--5s", "999999999999999d"}) {
    EXPECT_EQ(parse_duration_ms(bad), std::nullopt) << bad;
  }
  for (const std::int64_t ms : {0L, 1L, 999L, 1000L, 60'000L, 90'000L, 3'600'000L, 86'400'000L}) {
    EXPECT_EQ(parse_duration_ms(format_duration_ms(ms)), ms);
  }
}

TEST(Patterns, StayQuickOnHostileText) {
  std::string error;
  const auto pattern = Pattern::compile("(a|aa)+b|(x*)*y", error);
  ASSERT_NE(pattern, nullptr) << error;
  EXPECT_FALSE(pattern->matches(std::string(2000, 'a')));
  EXPECT_FALSE(pattern->matches(std::string(2000, 'x')));
  EXPECT_TRUE(pattern->matches("aaab"));
  EXPECT_EQ(Pattern::compile("(", error), nullptr);
  EXPECT_FALSE(error.empty());
}

TEST(Words, GuessWhatWasMeant) {
  const std::vector<std::string_view> names = {"productViewed", "productId", "price", "limit"};
  EXPECT_EQ(did_you_mean("product_viewed", names), "productViewed");
  EXPECT_EQ(did_you_mean("prcie", names), "price");
  EXPECT_EQ(did_you_mean("limits", names), "limit");
  EXPECT_EQ(did_you_mean("banana", names), "");
  EXPECT_EQ(did_you_mean(std::string(1000, 'x'), names), "");
  EXPECT_EQ(quote("a\nb"), "'a?b'");
  std::string long_text(59, 'a');
  std::string shown = "'";
  shown.append(long_text).append("…'");
  long_text.append("é");
  EXPECT_EQ(quote(long_text), shown) << "not cut within a character";
}

}  // namespace
}  // namespace souk::schema
