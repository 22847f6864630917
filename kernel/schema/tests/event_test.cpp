// The event scanner and the intake.
#include <all_types.pb.h>
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <souk/v1/event.pb.h>
#include <souk/v1/ingest.pb.h>

#include <map>

#include "kernel/schema/event_intake.hpp"
#include "kernel/schema/tests/test_types.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace souk::schema {
namespace {

using souk::v1::Event;
using ::testing::HasSubstr;

constexpr std::int64_t kNowUs = 1'795'355'800'123'456;  // 2026-11-22T13:56:40.123456Z

/// Keeps copies of everything.
class Recorder final : public EventSink {
 public:
  void accept(std::size_t index, std::string_view wire, const EventFields& fields) override {
    Event event;
    EXPECT_TRUE(event.ParseFromArray(wire.data(), static_cast<int>(wire.size())));
    EXPECT_EQ(fields.id, event.id());
    EXPECT_EQ(fields.shopper_id, event.shopper_id());
    EXPECT_GE(fields.id.data(), wire.data());
    EXPECT_LE(fields.id.data() + fields.id.size(), wire.data() + wire.size());
    EXPECT_FALSE(fields.has_kernel_fields);
    EXPECT_TRUE(fields.has_time);
    accepted[index] = event;
  }
  void reject(std::size_t index, const Status& reason) override {
    rejected[index] = reason.field() + ": " + reason.message();
  }
  std::map<std::size_t, Event> accepted;
  std::map<std::size_t, std::string> rejected;
};

IntakeOptions options_now() {
  IntakeOptions options;
  options.received_us = kNowUs;
  return options;
}

Status take(const std::string& body, Recorder& recorder, IntakeOptions options = options_now()) {
  EventIntake intake;
  return intake.from_json(body, options, recorder);
}

constexpr char kView[] =
    R"({"id":"e1","time":"2026-11-22T10:00:00Z","shopperId":"s1","productViewed":{"productId":"p1"}})";

std::string with(const std::string& members) {
  return R"({"id":"x","productViewed":{"productId":"p"},)" + members + "}";
}

TEST(Scanner, FindsTheEnvelope) {
  Event event;
  event.set_id("e1");
  event.mutable_time()->set_seconds(1'795'355'723);
  event.mutable_time()->set_nanos(511'000'999);
  event.mutable_received_at()->set_seconds(5);
  event.set_sequence(77);
  event.set_store_id("demo");
  event.set_shopper_id("shopper");
  event.set_session_id("session");
  event.set_account_id("account");
  event.set_anonymous_id("anonymous");
  event.set_attribution_token("token");
  event.set_channel(Event::APP);
  event.mutable_consent()->set_analytics(true);
  event.mutable_consent()->set_marketing(false);
  event.mutable_origin()->set_plugin("segmentation");
  event.mutable_product_viewed()->set_product_id("p1");
  const std::string wire = event.SerializeAsString();
  EventFields fields;
  ASSERT_TRUE(scan_event(wire, fields));
  EXPECT_EQ(fields.id, "e1");
  EXPECT_EQ(fields.time_us, 1'795'355'723'511'000);
  EXPECT_EQ(fields.received_us, 5'000'000);
  EXPECT_EQ(fields.sequence, 77u);
  EXPECT_EQ(fields.store_id, "demo");
  EXPECT_EQ(fields.shopper_id, "shopper");
  EXPECT_EQ(fields.session_id, "session");
  EXPECT_EQ(fields.account_id, "account");
  EXPECT_EQ(fields.anonymous_id, "anonymous");
  EXPECT_EQ(fields.attribution_token, "token");
  EXPECT_EQ(fields.channel, Event::APP);
  EXPECT_EQ(fields.consent, kAnalyticsGranted | kMarketingDenied);
  EXPECT_TRUE(fields.has_origin);
  EXPECT_EQ(fields.payload_field, 20u);
  EXPECT_EQ(fields.payload, event.product_viewed().SerializeAsString());
  EXPECT_EQ(payload_type(20), "souk.v1.ProductViewed");
  EXPECT_EQ(payload_field("souk.v1.ProductViewed"), 20u);
  EXPECT_EQ(payload_json_name(20), "productViewed");
  EXPECT_EQ(payload_type(1), "");
  EXPECT_EQ(payload_type(9999), "");
  EXPECT_EQ(payload_field("souk.v1.Nothing"), 0u);
}

TEST(Scanner, RefusesEveryCutAndNeverReadsPastTheEnd) {
  Event event;
  event.set_id("e1");
  event.mutable_time()->set_seconds(1'795'355'723);
  event.mutable_custom()->set_type("a.B");
  event.mutable_custom()->set_data("xyz");
  const std::string wire = event.SerializeAsString();
  EventFields fields;
  ASSERT_TRUE(scan_event(wire, fields));
  EXPECT_EQ(fields.custom_type, "a.B");
  EXPECT_EQ(fields.custom_data, "xyz");
  std::mt19937_64 random(3);
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const std::string cut(wire.data(), size);
    const bool scanned = scan_event(cut, fields);
    EXPECT_TRUE(!scanned || Event().ParseFromString(cut));
    std::string damaged = wire;
    damaged[size] = static_cast<char>(random());
    (void)scan_event(damaged, fields);
  }
}

TEST(Scanner, AppendedFieldsWin) {
  Event event;
  event.set_id("old");
  event.mutable_time()->set_seconds(5);
  event.mutable_time()->set_nanos(9);
  std::string wire = event.SerializeAsString();
  append_event_id(wire, "new");
  append_event_time(wire, -1);
  append_event_received(wire, 2'000'000);
  append_event_sequence(wire, 300);
  append_event_store(wire, "demo");
  Event parsed;
  ASSERT_TRUE(parsed.ParseFromString(wire));
  EXPECT_EQ(parsed.id(), "new");
  EXPECT_EQ(parsed.time().seconds(), -1);
  EXPECT_EQ(parsed.time().nanos(), 999'999'000);
  EXPECT_EQ(parsed.received_at().seconds(), 2);
  EXPECT_EQ(parsed.sequence(), 300u);
  EXPECT_EQ(parsed.store_id(), "demo");
  std::string stripped;
  ASSERT_TRUE(append_without_kernel_fields(wire, stripped));
  ASSERT_TRUE(parsed.ParseFromString(stripped));
  EXPECT_FALSE(parsed.has_received_at());
  EXPECT_EQ(parsed.sequence(), 0u);
  EXPECT_EQ(parsed.store_id(), "");
  EXPECT_EQ(parsed.id(), "new");
}

TEST(Intake, BodiesThatCannotBeRead) {
  const std::pair<const char*, const char*> bodies[] = {
      {"", "it is empty"},
      {"nonsense", "must be an object with events"},
      {"5", "must be an object with events"},
      {"[]", "holds no event"},
      {R"({"events":[]})", "holds no event"},
      {R"({"events":{}})", "must be an array of events"},
      {R"({"events":[1})", "expected ',' or ']'"},
      {R"({"events":[{"id":"a")", "expected ',' or '}'"},
      {R"({"events":[{"id":"a","productViewed":{"productId":"p"}}]} x)", "expected the end"},
      {R"({"events":[{"id":"a}]})", "a string does not end"},
      {R"({"sentAt":"x","events":[]})", "allowed: events"},
      {R"({"events":[],"events":[]})", "is given twice"},
      {"{\"events\":[{\"id\":\"\xc3\x28\"}]}", "not UTF-8"},
      {R"({"events":[{"price":[1,}]}]})", "not valid JSON"},
  };
  for (const auto& [body, message] : bodies) {
    Recorder recorder;
    const Status status = take(body, recorder);
    ASSERT_FALSE(status.ok()) << body;
    EXPECT_EQ(status.code(), Code::invalid_argument);
    EXPECT_THAT(status.message(), HasSubstr(message)) << body;
  }
}

TEST(Intake, BadEventsDoNotSpoilTheirNeighbours) {
  struct Case {
    std::string event;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"null", "events[1]: must be an object"},
      {"7", "events[1]: must be an object"},
      {"[]", "events[1]: must be an object"},
      {"{}", "events[1]: needs a payload, such as productViewed"},
      {R"({"id":"x"})", "needs a payload"},
      {with(R"("productAdded":{})"), "events[1].productAdded: is one too many"},
      {with(R"("shopperid":"s")"),
       "events[1].shopperid: is not a field of souk.v1.Event; did you mean 'shopperId'?"},
      {R"({"id":"x","productViewed":{"price":"cheap"}})", "events[1].productViewed.price: 'cheap'"},
      {R"({"id":"x","productViewed":{"price":"NaN"}})",
       "events[1].productViewed.price: must be a finite"},
      {R"({"id":"x","productViewed":{"productId":5}})",
       "events[1].productViewed.productId: must be a string"},
      {with(R"("time":"1970-01-01T00:00:00Z")"), "events[1].time: is before 2000-01-01"},
      {with(R"("time":"2090-01-01T00:00:00Z")"), "events[1].time: is more than 1d in the future"},
      {with(R"("time":"2026-11-23T13:56:41Z")"), "events[1].time: is more than 1d in the future"},
      {with(R"("time":"now")"), "events[1].time: 'now' must be an RFC 3339 time"},
      {with(R"("time":5)"), "events[1].time: must be an RFC 3339 time"},
      {R"({"id":")" + std::string(129, 'i') + R"(","productViewed":{}})",
       "events[1].id: is 129 bytes long; at most 128"},
      {R"({"id":"x","custom":{"type":"","data":"AA=="}})", "events[1].custom.type: is required"},
      {R"({"id":"x","custom":{"type":"a.B","data":{}}})",
       "events[1].custom.data: must be a base64 string"},
      {R"({"id":"x","productViewed":{"a":{"b":[{}]}}})",
       "events[1].productViewed.a: is not a field"},
  };
  for (const Case& c : cases) {
    Recorder recorder;
    const Status status =
        take(std::string("{\"events\":[") + kView + "," + c.event + "," + kView + "]}", recorder);
    ASSERT_TRUE(status.ok()) << c.event << status.message();
    EXPECT_EQ(recorder.accepted.size(), 2u) << c.event;
    EXPECT_TRUE(recorder.accepted.count(2)) << c.event;
    EXPECT_THAT(recorder.rejected[1], HasSubstr(c.reason)) << c.event;
  }
}

TEST(Intake, AllFormsMeanTheSame) {
  const std::string view = kView;
  std::string spaced = view;
  spaced.insert(1, "\n  ");
  const std::pair<std::string, std::size_t> bodies[] = {
      {"{\"events\":[" + view + "," + view + "]}", 2},
      {"[" + view + "," + view + "]", 2},
      {view, 1},
      {"\xEF\xBB\xBF" + view, 1},
      {"\n " + spaced + "\r\n", 1},
      {view + "\n" + view, 2},
      {view + "\r\n\r\n" + view + "\r\n", 2},
      {"{\"events\" : [\n" + view + "\n,\n" + view + "\n] }\n", 2},
  };
  for (const auto& [body, count] : bodies) {
    Recorder recorder;
    const Status status = take(body, recorder);
    ASSERT_TRUE(status.ok()) << body << status.message();
    ASSERT_EQ(recorder.accepted.size(), count) << body;
    EXPECT_EQ(recorder.accepted[0].product_viewed().product_id(), "p1");
    EXPECT_EQ(recorder.accepted[0].time().seconds(), 1'795'341'600);
  }
}

TEST(Intake, NdjsonLinesFailAlone) {
  const std::string view = kView;
  for (const std::string bad : {"{\"id\":\"a", "{\"id\":", "nonsense", "{}{}", "{\"id\":\"\xff\"}",
                                "]", "{\"id\":\"\\", "[", "\"", "{\"productViewed\":{}} x"}) {
    Recorder recorder;
    const Status status = take(view + "\n" + bad + "\n" + view + "\n" + bad, recorder, [] {
      IntakeOptions options = options_now();
      options.ndjson = true;
      return options;
    }());
    ASSERT_TRUE(status.ok()) << bad << status.message();
    EXPECT_EQ(recorder.accepted.size(), 2u) << bad;
    EXPECT_TRUE(recorder.accepted.count(0) && recorder.accepted.count(2)) << bad;
    EXPECT_EQ(recorder.rejected.size(), 2u) << bad;
    EXPECT_EQ(recorder.rejected[1].rfind("[1]", 0), 0u) << recorder.rejected[1];
  }
}

TEST(Intake, WhatIsMissingIsFilledIn) {
  Recorder recorder;
  ASSERT_TRUE(
      take(R"([{"productViewed":{"productId":"p"}},{"id":"","cartViewed":{}}])", recorder).ok());
  ASSERT_EQ(recorder.accepted.size(), 2u);
  EXPECT_EQ(recorder.accepted[0].id().size(), 36u);
  EXPECT_NE(recorder.accepted[0].id(), recorder.accepted[1].id());
  EXPECT_EQ(recorder.accepted[0].time().seconds(), kNowUs / 1'000'000);
  EXPECT_EQ(recorder.accepted[0].time().nanos(), 123'456'000);
  IntakeOptions options = options_now();
  options.generate_ids = false;
  Recorder strict;
  ASSERT_TRUE(take(R"({"productViewed":{"productId":"p"}})", strict, options).ok());
  EXPECT_THAT(strict.rejected[0], HasSubstr("[0].id: is required"));
}

TEST(Intake, SendersCannotSetWhatTheKernelSets) {
  const std::string body = with(
      R"("receivedAt":"2001-01-01T00:00:00Z","sequence":"9","storeId":"other","origin":{"plugin":"p"})");
  Recorder recorder;
  ASSERT_TRUE(take(body, recorder).ok());
  const Event& event = recorder.accepted.at(0);
  EXPECT_FALSE(event.has_received_at());
  EXPECT_EQ(event.sequence(), 0u);
  EXPECT_EQ(event.store_id(), "");
  EXPECT_FALSE(event.has_origin());
  EXPECT_EQ(event.product_viewed().product_id(), "p");
}

TEST(Intake, ProtobufBodies) {
  souk::v1::PostEventsRequest request;
  request.add_events()->mutable_product_viewed()->set_product_id("p1");
  Event& full = *request.add_events();
  full.set_id("e2");
  full.mutable_time()->set_seconds(kNowUs / 1'000'000);
  full.mutable_product_viewed()->set_product_id("p2");
  full.set_store_id("forged");
  request.add_events()->set_id("no payload");
  Event& nan = *request.add_events();
  nan.set_id("e4");
  nan.mutable_product_viewed()->set_product_id("p4");
  nan.mutable_product_viewed()->set_price(std::numeric_limits<double>::quiet_NaN());
  std::string body = request.SerializeAsString();
  // An event with two payloads, which no generated class writes, and one that is damaged.
  Event other;
  other.mutable_cart_viewed();
  std::string twice = full.SerializeAsString() + other.SerializeAsString();
  body += "\x0a" + std::string(1, static_cast<char>(twice.size())) + twice;
  body += std::string("\x0a\x02\x0a\x05", 4);
  Recorder recorder;
  EventIntake intake;
  ASSERT_TRUE(intake.from_wire(body, options_now(), recorder).ok());
  EXPECT_EQ(recorder.accepted.size(), 2u);
  EXPECT_EQ(recorder.accepted[0].id().size(), 36u);
  EXPECT_EQ(recorder.accepted[1].store_id(), "");
  EXPECT_THAT(recorder.rejected[2], HasSubstr("events[2]: needs a payload"));
  EXPECT_THAT(recorder.rejected[3], HasSubstr("events[3].productViewed.price: must be a finite"));
  EXPECT_THAT(recorder.rejected[4], HasSubstr("events[4]: has more than one payload"));
  EXPECT_THAT(recorder.rejected[5], HasSubstr("events[5].id: is cut off"));
  EXPECT_FALSE(intake.from_wire("\x0a\xff", options_now(), recorder).ok());
  EXPECT_FALSE(intake.from_wire("", options_now(), recorder).ok());
  EXPECT_FALSE(intake.from_wire("{\"events\":[]}", options_now(), recorder).ok());
}

TEST(Intake, LimitsHold) {
  IntakeOptions options = options_now();
  options.max_events = 2;
  Recorder recorder;
  const std::string view = kView;
  EXPECT_TRUE(take("[" + view + "," + view + "]", recorder, options).ok());
  EXPECT_THAT(take("[" + view + "," + view + "," + view + "]", recorder, options).message(),
              HasSubstr("more than 2 events"));
  EXPECT_FALSE(take(view + "\n" + view + "\n" + view, recorder, options).ok());
  options = options_now();
  options.limits.max_bytes = 50;
  EXPECT_THAT(take(view, recorder, options).message(), HasSubstr("at most 50 are allowed"));
  options = options_now();
  options.max_event_bytes = 20;
  Recorder small;
  ASSERT_TRUE(take(view, small, options).ok());
  EXPECT_THAT(small.rejected[0], HasSubstr("at most 20 are allowed for one event"));
  std::string deep = R"({"id":"x","tracked":{"event":"e","properties":)";
  for (int i = 0; i < 500; ++i)
    deep += "{\"a\":";
  Recorder nested;
  EXPECT_FALSE(take(deep, nested).ok());
}

/// Knows one type of a plugin.
class OneType final : public TypeFinder {
 public:
  [[nodiscard]] const MessageTable* find_type(std::string_view name) const override {
    return name == "souk.schema_test.AllTypes" ? &testing::all_types() : nullptr;
  }
};

TEST(Intake, CustomEventsFollowTheirOwnType) {
  const OneType types;
  IntakeOptions options = options_now();
  options.types = &types;
  Recorder recorder;
  ASSERT_TRUE(take(R"([{"id":"a","custom":{"data":{"i32":5},"type":"souk.schema_test.AllTypes"}},)"
                   R"({"id":"b","custom":{"type":"souk.schema_test.AllTypes","data":{"i32":"x"}}},)"
                   R"({"id":"c","custom":{"type":"souk.schema_test.AllTypes","data":"cP8="}},)"
                   R"({"id":"d","custom":{"type":"other.Type","data":{}}},)"
                   R"({"id":"e","custom":{"type":"other.Type","data":"AAEC"}}])",
                   recorder, options)
                  .ok());
  souk::schema_test::AllTypes message;
  ASSERT_TRUE(message.ParseFromString(recorder.accepted.at(0).custom().data()));
  EXPECT_EQ(message.i32(), 5);
  EXPECT_THAT(recorder.rejected[1], HasSubstr("[1].custom.data.i32: 'x'"));
  EXPECT_THAT(recorder.rejected[2], HasSubstr("[2].custom.data"));
  EXPECT_THAT(recorder.rejected[3], HasSubstr("'other.Type' is not: send its bytes in base64"));
  EXPECT_EQ(recorder.accepted.at(4).custom().data(), std::string("\0\1\2", 3));

  const MessageTable& table = *DescriptorPool::builtin().message("souk.v1.Event");
  JsonWriteOptions writing;
  writing.types = &types;
  std::string json;
  ASSERT_TRUE(wire_to_json(table, recorder.accepted[0].SerializeAsString(), json, writing).ok());
  EXPECT_THAT(json, HasSubstr(R"("custom":{"type":"souk.schema_test.AllTypes","data":{"i32":5}})"));
}

TEST(Intake, RandomEventsComeThrough) {
  std::mt19937_64 random(11);
  const MessageTable& table = *DescriptorPool::builtin().message("souk.v1.Event");
  EventIntake intake;
  int accepted = 0;
  for (int i = 0; i < 500; ++i) {
    Event event;
    testing::randomise(event, random, 3);
    event.mutable_time()->set_seconds(1'700'000'000);
    event.mutable_time()->set_nanos(5);
    event.set_id("e" + std::to_string(i));
    std::string json;
    ASSERT_TRUE(wire_to_json(table, event.SerializeAsString(), json).ok());
    Recorder from_json;
    Recorder from_wire;
    ASSERT_TRUE(intake.from_json(json, options_now(), from_json).ok()) << json;
    souk::v1::PostEventsRequest request;
    *request.add_events() = event;
    ASSERT_TRUE(intake.from_wire(request.SerializeAsString(), options_now(), from_wire).ok());
    ASSERT_EQ(from_json.accepted.size(), from_wire.accepted.size())
        << json << from_json.rejected[0] << from_wire.rejected[0];
    if (from_json.accepted.empty()) continue;
    ++accepted;
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(from_json.accepted[0],
                                                                   from_wire.accepted[0]));
  }
  EXPECT_GT(accepted, 50);
}

}  // namespace
}  // namespace souk::schema
