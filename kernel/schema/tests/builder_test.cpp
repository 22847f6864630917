// WireBuilder, as a reader of YAML uses it.
#include <all_types.pb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/schema/tests/test_types.hpp"
#include "kernel/schema/wire_builder.hpp"

namespace souk::schema {
namespace {

using souk::schema_test::AllTypes;
using souk::schema_test::Ruled;
using ::testing::HasSubstr;

Status set(WireBuilder& builder, std::string_view name, std::string_view text) {
  const auto field = builder.field(name);
  return field.ok() ? builder.set_text(**field, text) : field.status();
}

const Field& field(const WireBuilder& builder, std::string_view name) {
  return *builder.field(name).value();
}

TEST(Builder, Refusals) {
  WireBuilder builder(testing::ruled());
  EXPECT_EQ(set(builder, "limti", "5").code(), Code::not_found);
  EXPECT_THAT(set(builder, "limti", "5").message(), HasSubstr("did you mean 'limit'?"));
  EXPECT_THAT(set(builder, "limit", "five").message(), HasSubstr("'five' is not a number"));
  EXPECT_THAT(set(builder, "after", "60").message(), HasSubstr("has no unit; write 500ms"));
  EXPECT_THAT(set(builder, "inner", "x").message(), HasSubstr("is an object"));
  EXPECT_THAT(set(builder, "name", "").message(), HasSubstr("must not be empty"));
  ASSERT_TRUE(set(builder, "mode", "fast").ok());
  EXPECT_THAT(set(builder, "mode", "exact").message(), HasSubstr("is given twice"));
  EXPECT_FALSE(builder.begin_message(field(builder, "mode")).ok());
  EXPECT_FALSE(builder.begin_message(field(builder, "by_name")).ok());
  EXPECT_FALSE(builder.begin_entry(field(builder, "inner"), "x").ok());
  EXPECT_EQ(builder.end_message().code(), Code::failed_precondition);
  ASSERT_TRUE(builder.begin_entry(field(builder, "by_name"), "a").ok());
  EXPECT_EQ(builder.finish().code(), Code::failed_precondition);
  ASSERT_TRUE(builder.end_message().ok());
  EXPECT_THAT(builder.begin_entry(field(builder, "by_name"), "a").message(),
              HasSubstr("is given twice"));
  ASSERT_TRUE(builder.begin_message(field(builder, "needy")).ok());
  EXPECT_EQ(builder.end_message().field(), "url");
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(set(builder, "tags", "t").ok());
  ASSERT_TRUE(set(builder, "colour", "red").ok());
}

TEST(Builder, RequiredFieldsAndConditionsAreCheckedAtTheEnd) {
  WireBuilder missing(testing::ruled());
  EXPECT_EQ(missing.finish().status().field(), "name");
  WireBuilder many(testing::ruled());
  ASSERT_TRUE(set(many, "name", "n").ok());
  ASSERT_TRUE(set(many, "colour", "RED").ok());
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(set(many, "tags", "t").ok());
  EXPECT_EQ(many.finish().status().field(), "tags");
  WireBuilder crossed(testing::ruled());
  ASSERT_TRUE(set(crossed, "name", "n").ok());
  ASSERT_TRUE(set(crossed, "colour", "RED").ok());
  ASSERT_TRUE(set(crossed, "low", "6").ok());
  EXPECT_THAT(crossed.finish().status().message(), HasSubstr("low <= high"));
}

TEST(Builder, BuildsEverything) {
  WireBuilder builder(testing::ruled());
  ASSERT_TRUE(set(builder, "name", "n").ok());
  ASSERT_TRUE(set(builder, "colour", "green").ok());
  ASSERT_TRUE(set(builder, "after", "1.5h").ok());
  ASSERT_TRUE(set(builder, "high", "0").ok());
  ASSERT_TRUE(builder.begin_message(field(builder, "inners")).ok());
  ASSERT_TRUE(set(builder, "size", "5").ok());
  ASSERT_TRUE(builder.end_message().ok());
  ASSERT_TRUE(builder.begin_entry(field(builder, "by_name"), std::string(200, 'k')).ok());
  ASSERT_TRUE(set(builder, "shade", "BLUE").ok());
  ASSERT_TRUE(builder.end_message().ok());
  const auto wire = builder.finish();
  ASSERT_TRUE(wire.ok()) << wire.status().message();
  Ruled message;
  ASSERT_TRUE(message.ParseFromString(*wire));
  EXPECT_EQ(message.after(), 5'400'000);
  EXPECT_EQ(message.high(), 0);
  EXPECT_EQ(message.limit(), 10);
  EXPECT_EQ(message.inners(0).size(), 5);
  EXPECT_EQ(message.inners(0).shade(), souk::schema_test::RED);
  EXPECT_EQ(message.by_name().at(std::string(200, 'k')).shade(), souk::schema_test::BLUE);

  WireBuilder all(testing::all_types());
  ASSERT_TRUE(all.begin_entry(field(all, "by_int"), "-5").ok());
  ASSERT_TRUE(
      all.set_text(WireBuilder::value_field(*testing::all_types().find("by_int")), "x").ok());
  ASSERT_TRUE(all.end_message().ok());
  EXPECT_FALSE(all.begin_entry(field(all, "by_int"), "five").ok());
  ASSERT_TRUE(all.set_json(field(all, "attributes"), R"({"a":[1]})").ok());
  EXPECT_FALSE(all.set_json(field(all, "list"), "{").ok());
  ASSERT_TRUE(set(all, "at", "2026-01-01T00:00:00Z").ok());
  ASSERT_TRUE(set(all, "i32s", "1").ok());
  ASSERT_TRUE(set(all, "i32s", "0").ok());
  ASSERT_TRUE(set(all, "choice_text", "x").ok());
  EXPECT_THAT(set(all, "choice_number", "1").message(),
              HasSubstr("cannot stand beside 'choice_text'"));
  const auto bytes = all.finish();
  ASSERT_TRUE(bytes.ok());
  AllTypes parsed;
  ASSERT_TRUE(parsed.ParseFromString(*bytes));
  EXPECT_EQ(parsed.by_int().at(-5), "x");
  EXPECT_EQ(parsed.i32s_size(), 2);
  EXPECT_EQ(parsed.attributes().fields().at("a").list_value().values(0).number_value(), 1);
}

}  // namespace
}  // namespace souk::schema
