// Wire bytes that must be refused.
#include <all_types.pb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "kernel/schema/tests/test_types.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace souk::schema {
namespace {

using souk::schema_test::AllTypes;
using ::testing::HasSubstr;

Status check(const std::string& wire, const WireCheckOptions& options = {},
             const MessageTable& table = testing::all_types()) {
  const std::unique_ptr<char[]> exact(new char[wire.size()]);
  std::copy(wire.begin(), wire.end(), exact.get());
  return validate_wire(table, {exact.get(), wire.size()}, options);
}

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values)
    text += static_cast<char>(value);
  return text;
}

TEST(WireErrors, MalformedBytesAreRefused) {
  struct Case {
    std::string wire;
    const char* field;
    const char* message;
  };
  const Case cases[] = {
      {bytes({0x80}), "", "a tag"},
      {bytes({0x00, 0x00}), "", "a tag"},
      {bytes({0x1b}), "", "a tag"},  // a group begins
      {bytes({0x1f}), "", "a tag"},  // no such wire type
      {bytes({0x18}), "i32", "is cut off"},
      {bytes({0x18, 0x80, 0x80}), "i32", "is cut off"},
      {bytes({0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}), "i32",
       "is cut off"},
      {bytes({0x09, 1, 2, 3}), "d", "is cut off"},
      {bytes({0x72, 0x05, 'a'}), "text", "is cut off"},
      {bytes({0x72, 0xff, 0xff, 0xff, 0xff, 0x7f, 'a'}), "text", "is cut off"},
      {bytes({0x72, 0x01, 0xff}), "text", "is not UTF-8"},
      {bytes({0x70, 0x01}), "text", "wrong wire type"},
      {bytes({0x1a, 0x01, 0x01}), "i32", "wrong wire type"},
      {bytes({0xba, 0x01, 0x01, 0x80}), "i32s[0]", "is cut off"},
      {bytes({0xb8, 0x01, 0x01, 0xb9, 0x01, 0, 0, 0, 0, 0, 0, 0, 0}), "i32s[1]", "wrong wire type"},
      {bytes({0x8a, 0x01, 0x01, 0x80}), "child", "a tag"},
      {bytes({0x8a, 0x01, 0x03, 0x72, 0x01, 0xc0}), "child.text", "is not UTF-8"},
      {bytes({0xf2, 0x3f, 0x05, 'a'}), "", "an unknown field is cut off"},
  };
  for (const Case& c : cases) {
    const Status status = check(c.wire);
    ASSERT_FALSE(status.ok()) << ::testing::PrintToString(c.wire);
    EXPECT_EQ(status.field(), c.field) << status.message();
    EXPECT_THAT(status.message(), HasSubstr(c.message));
    std::string json = "kept";
    const bool written = wire_to_json(testing::all_types(), c.wire, json).ok();
    EXPECT_TRUE(written || json == "kept");
  }
  EXPECT_TRUE(check("").ok());
  EXPECT_TRUE(check(bytes({0xf2, 0x3f, 0x01, 'a'})).ok()) << "unknown fields may be there";
}

TEST(WireErrors, TimesOutOfRange) {
  AllTypes message;
  message.mutable_at()->set_seconds(253402300800);
  EXPECT_EQ(check(message.SerializeAsString()).field(), "at");
  message.mutable_at()->set_seconds(0);
  message.mutable_at()->set_nanos(-1);
  EXPECT_FALSE(check(message.SerializeAsString()).ok());
  message.Clear();
  message.mutable_took()->set_seconds(1);
  message.mutable_took()->set_nanos(-1);
  EXPECT_FALSE(check(message.SerializeAsString()).ok());
  std::string json;
  EXPECT_EQ(wire_to_json(testing::all_types(), message.SerializeAsString(), json).code(),
            Code::data_loss);
}

TEST(WireErrors, LimitsHold) {
  AllTypes message;
  AllTypes* inner = &message;
  for (int i = 0; i < 63; ++i)
    inner = inner->mutable_child();
  EXPECT_TRUE(check(message.SerializeAsString()).ok());
  inner->mutable_child();
  EXPECT_THAT(check(message.SerializeAsString()).message(), HasSubstr("at most 64 messages"));
  std::string json;
  EXPECT_FALSE(wire_to_json(testing::all_types(), message.SerializeAsString(), json).ok());

  WireCheckOptions options;
  options.limits.max_elements = 2;
  AllTypes lists;
  for (int i = 0; i < 3; ++i)
    lists.add_texts("x");
  EXPECT_EQ(check(lists.SerializeAsString(), options).field(), "texts");
  lists.Clear();
  for (int i = 0; i < 3; ++i)
    lists.add_i64s(300 * i);
  EXPECT_EQ(check(lists.SerializeAsString(), options).field(), "i64s");
  lists.clear_i64s();
  for (int i = 0; i < 3; ++i)
    (*lists.mutable_by_int())[i] = "x";
  EXPECT_EQ(check(lists.SerializeAsString(), options).field(), "byInt");
  options.limits.max_bytes = 3;
  EXPECT_FALSE(check("12345", options).ok());
}

TEST(WireErrors, NonFiniteNumbersAreRefusedWhereAskedFor) {
  AllTypes message;
  message.add_ds(1);
  message.add_ds(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(check(message.SerializeAsString()).ok());
  WireCheckOptions options;
  options.finite_numbers = true;
  EXPECT_EQ(check(message.SerializeAsString(), options).field(), "ds[0]");
  message.clear_ds();
  message.set_f(-std::numeric_limits<float>::infinity());
  EXPECT_EQ(check(message.SerializeAsString(), options).field(), "f");
}

TEST(WireErrors, RandomDamageNeverCrashesAndAgreesWithProtobuf) {
  std::mt19937_64 random(17);
  WireCheckOptions options;
  options.check_rules = false;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    AllTypes message;
    testing::randomise(message, random, 2);
    std::string wire = message.SerializeAsString();
    if (wire.empty()) continue;
    for (auto count = random() % 3 + 1; count > 0; --count) {
      wire[random() % wire.size()] = static_cast<char>(random());
    }
    const Status status = check(wire, options);
    std::string json;
    const Status written = wire_to_json(testing::all_types(), wire, json);
    AllTypes parsed;
    if (status.ok()) {
      EXPECT_TRUE(parsed.ParseFromString(wire)) << "what is accepted must parse";
      EXPECT_TRUE(written.ok()) << written.message();
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace souk::schema
