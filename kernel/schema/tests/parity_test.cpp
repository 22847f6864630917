// Our codec against protobuf's own, both ways, over random messages of all types.
#include <all_types.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <souk/v1/event.pb.h>

#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/tests/test_types.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace souk::schema {
namespace {

namespace pb = google::protobuf;
using souk::schema_test::AllTypes;

JsonReadOptions without_rules() {
  JsonReadOptions options;
  options.check_rules = false;
  return options;
}

template <class Message>
void expect_same(const Message& expected, std::string_view wire, const std::string& json) {
  Message parsed;
  ASSERT_TRUE(parsed.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) << json;
  EXPECT_TRUE(pb::util::MessageDifferencer::Equals(expected, parsed))
      << json << "\nwanted\n"
      << expected.DebugString() << "\ngot\n"
      << parsed.DebugString();
}

/// Protobuf's JSON read by us, and ours read by Protobuf and by us, all mean the same message.
template <class Message>
void check_parity(const Message& message, const MessageTable& table) {
  std::string theirs;
  ASSERT_TRUE(pb::util::MessageToJsonString(message, &theirs).ok());
  std::string wire;
  const Status read = json_to_wire(table, theirs, wire, without_rules());
  ASSERT_TRUE(read.ok()) << read.field() << ": " << read.message() << "\n" << theirs;
  expect_same(message, wire, theirs);

  WireCheckOptions checks;
  checks.check_rules = false;
  const std::string bytes = message.SerializeAsString();
  const Status valid = validate_wire(table, bytes, checks);
  EXPECT_TRUE(valid.ok()) << valid.field() << ": " << valid.message();

  std::string ours;
  const Status written = wire_to_json(table, bytes, ours);
  ASSERT_TRUE(written.ok()) << written.message();
  Message parsed;
  const auto status = pb::util::JsonStringToMessage(ours, &parsed);
  ASSERT_TRUE(status.ok()) << status.ToString() << "\n" << ours;
  EXPECT_TRUE(pb::util::MessageDifferencer::Equals(message, parsed)) << ours << "\n" << theirs;

  std::string again;
  ASSERT_TRUE(json_to_wire(table, ours, again, without_rules()).ok()) << ours;
  expect_same(message, again, ours);
}

TEST(Parity, RandomMessagesOfAllTypes) {
  std::mt19937_64 random(20261122);
  for (int i = 0; i < 3000 && !::testing::Test::HasFailure(); ++i) {
    AllTypes message;
    testing::randomise(message, random, static_cast<int>(random() % 4));
    check_parity(message, testing::all_types());
  }
}

TEST(Parity, RandomEvents) {
  std::mt19937_64 random(7);
  const MessageTable& table = *DescriptorPool::builtin().message("souk.v1.Event");
  for (int i = 0; i < 1500 && !::testing::Test::HasFailure(); ++i) {
    souk::v1::Event event;
    testing::randomise(event, random, 3);
    check_parity(event, table);
  }
}

TEST(Parity, TextIsTheSameWhereOrderIsDecided) {
  AllTypes message;
  message.set_i64(-5);
  message.set_u64(7);
  message.set_text("x\"y");
  message.set_raw("\xff\x00z", 3);
  message.set_colour(souk::schema_test::BLUE);
  message.mutable_at()->set_seconds(1795355723);
  message.mutable_at()->set_nanos(500000000);
  message.add_i32s(1);
  message.add_i32s(0);
  message.set_far_away(1);
  message.set_renamed_field("r");
  std::string theirs;
  ASSERT_TRUE(pb::util::MessageToJsonString(message, &theirs).ok());
  std::string ours;
  ASSERT_TRUE(wire_to_json(testing::all_types(), message.SerializeAsString(), ours).ok());
  EXPECT_EQ(ours, theirs);
}

TEST(Parity, MergedOccurrencesMeanWhatProtobufSays) {
  // Two halves of random messages one after another: singular fields override, messages merge.
  std::mt19937_64 random(99);
  for (int i = 0; i < 1000 && !::testing::Test::HasFailure(); ++i) {
    AllTypes first;
    AllTypes second;
    testing::randomise(first, random, 2);
    testing::randomise(second, random, 2);
    const std::string bytes = first.SerializeAsString() + second.SerializeAsString();
    AllTypes expected;
    ASSERT_TRUE(expected.ParseFromString(bytes));
    std::string json;
    const Status written = wire_to_json(testing::all_types(), bytes, json);
    if (!written.ok()) {
      // A duration whose parts merged to mixed signs, which protobuf does not look for.
      EXPECT_NE(written.message().find("a time is out of range"), std::string::npos);
      continue;
    }
    std::string wire;
    ASSERT_TRUE(json_to_wire(testing::all_types(), json, wire, without_rules()).ok()) << json;
    expect_same(expected, wire, json);
  }
}

}  // namespace
}  // namespace souk::schema
