// What the official trackers send, by their shapes: each client's ways of carrying key and body.
#include <zlib.h>

#include "kernel/gateway/tests/gateway_fixture.hpp"
#include "kernel/gateway/tracking/rejections.hpp"

namespace souk::gateway::testing {
namespace {

class TrackingTest : public GatewayFixture {
 protected:
  ClientResponse post(const std::string& path, const std::string& body, HeaderList headers = {}) {
    return ask("POST", path, "", body, std::move(headers));
  }
  const HeaderList basic_{{"Authorization", "Basic ay1ldmVudHM6"}};  // k-events:
};

constexpr const char* kTrack =
    R"({"type":"track","event":"Product Added","messageId":"ajs-1","userId":"u1","anonymousId":"an1",)"
    R"("properties":{"cart_id":"c1","product_id":"p1","price":3,"quantity":1},)"
    R"("timestamp":"2026-11-22T13:55:23.511Z","sentAt":"2026-11-22T13:55:23.516Z"})";

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(TrackingTest, OnlyAKnownWriteKeyAndReadableBodiesGetIn) {
  start();
  EXPECT_EQ(post("/v1/track", kTrack).status, 401);
  EXPECT_EQ(post("/v1/track", kTrack, {{"Authorization", "Basic bm9ib2R5Og=="}}).status, 401);
  EXPECT_EQ(post("/v1/track", kTrack, {{"Authorization", "Basic ay1kZWNpZGU6"}}).status, 403);
  EXPECT_EQ(post("/v1/batch", "{\"writeKey\":\"nobody\",\"batch\":[]}").status, 401);
  EXPECT_EQ(post("/v1/track", "{\"type\":", basic_).status, 400);
  EXPECT_EQ(post("/v1/track", "[]", basic_).status, 400);
  EXPECT_EQ(post("/v1/batch", "{\"batch\":[" + std::string(5U << 20U, ' ') + "]}", basic_).status,
            413);
  EXPECT_TRUE(events().empty());
}

TEST_F(TrackingTest, WhatWasRefusedLatelyIsListedWithItsReasonAndNobodysData) {
  start();
  EXPECT_EQ(json_at(ask("GET", "/v1/admin/stats").body, "/recentRejections/0/reason"), "");
  const std::string secret = "jane@example.org";
  for (int i = 0; i < 3; ++i) {
    post("/v1/track", R"({"event":"x","properties":{"email":")" + secret + "\"}}", basic_);
  }
  post("/v1/batch",
       R"({"batch":[7,{"type":")" + secret + R"(","userId":")" + secret +
           R"("},{"type":"track","userId":")" + secret + R"(","event":")" + secret +
           std::string(40'000, 'x') + R"("},{"type":"identify","traits":{"email":")" + secret +
           R"("}}]})",
       basic_);
  const std::string stats = ask("GET", "/v1/admin/stats").body;
  EXPECT_EQ(stats.find("jane"), std::string::npos) << stats;
  EXPECT_EQ(json_at(stats, "/eventsRejected"), "7");
  EXPECT_EQ(json_at(stats, "/recentRejections/0/type"), "identify") << "newest first" << stats;
  EXPECT_EQ(json_at(stats, "/recentRejections/1/reason"), "an event has at most 32 KiB");
  EXPECT_EQ(json_at(stats, "/recentRejections/2/type"), "") << "not one that exists";
  EXPECT_EQ(json_at(stats, "/recentRejections/3/reason"), "an event must be an object");
  EXPECT_EQ(json_at(stats, "/recentRejections/4/type"), "track");
  EXPECT_EQ(json_at(stats, "/recentRejections/4/count"), "3");
  EXPECT_NE(json_at(stats, "/recentRejections/4/lastAt"), "");
  EXPECT_EQ(json_at(stats, "/recentRejections/5/reason"), "");
}

TEST(RecentRejections, AreBoundedInNumberAndLength) {
  RecentRejections recent;
  for (int i = 0; i < 1'000; ++i)
    recent.add(i, "track", {Code::invalid_argument, "reason " + std::to_string(i), "field"});
  recent.add(1'000, "track", {Code::invalid_argument, "reason 990", "field"});
  // 199 letters and then one of two bytes, which the limit would cut in half.
  recent.add(1'001, "page", {Code::invalid_argument, std::string(199, 'x') + "\xc3\xbc" + "tail"});
  const std::vector<Rejection> list = recent.list();
  ASSERT_EQ(list.size(), RecentRejections::kMost);
  EXPECT_EQ(list[0].reason, std::string(199, 'x') + "…");
  EXPECT_EQ(list[1].reason, "reason 990");
  EXPECT_EQ(list[1].count, 2U);
  EXPECT_EQ(list[1].first_us, 990);
  EXPECT_EQ(list[1].last_us, 1'000);
  EXPECT_EQ(list.back().reason, "reason 951");
}

TEST_F(TrackingTest, BadEventsAreAnsweredWithSuccessAndCounted) {
  start();
  const ClientResponse response = post(
      "/v1/batch",
      R"({"batch":[{"type":"track","event":"x"},)" + std::string(kTrack) +
          R"(,{"type":"track","userId":"u","event":")" + std::string(40'000, 'x') + R"("},7]})",
      basic_);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{\"success\":true}");
  EXPECT_EQ(events().size(), 1U);
  EXPECT_EQ(json_at(ask("GET", "/v1/admin/stats").body, "/eventsRejected"), "3");
  EXPECT_EQ(post("/v1/track", R"({"type":"track","event":"x"})", basic_).status, 200);
  EXPECT_EQ(events().size(), 1U);
}

TEST_F(TrackingTest, AnEventWithoutWhatOursNeedsIsKeptAsItCame) {
  start();
  EXPECT_EQ(post("/v1/track", R"({"event":"Product Added","userId":"u","properties":{"price":3}})",
                 basic_)
                .status,
            200);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].tracked().name(), "Product Added");
  EXPECT_EQ(events()[0].tracked().properties().fields().at("price").number_value(), 3);
}

TEST_F(TrackingTest, EveryWayToCarryTheKey) {
  start();
  EXPECT_EQ(post("/v1/t", R"({"event":"a","userId":"u","writeKey":"k-events"})").status, 200);
  EXPECT_EQ(post("/v1/t", R"({"event":"a","userId":"u"})", basic_).status, 200);
  EXPECT_EQ(
      post("/v1/t", R"({"event":"a","userId":"u"})", {{"Authorization", "Bearer k-events"}}).status,
      200);
  EXPECT_EQ(
      post("/beacon/v1/batch?writeKey=k-events", R"({"batch":[{"type":"page","anonymousId":"a"}]})")
          .status,
      200);
  EXPECT_EQ(events().size(), 4U);
}

TEST_F(TrackingTest, SegmentsBrowserAndNodeLibraries) {
  start();
  const std::pair<const char*, souk::v1::Event::PayloadCase> paths[] = {
      {"/v1/t", souk::v1::Event::kProductAdded},     {"/v1/i", souk::v1::Event::kIdentified},
      {"/v1/p", souk::v1::Event::kPageViewed},       {"/v1/s", souk::v1::Event::kScreenViewed},
      {"/v1/g", souk::v1::Event::kGroupJoined},      {"/v1/a", souk::v1::Event::kAliased},
      {"/v1/track", souk::v1::Event::kProductAdded}, {"/v1/identify", souk::v1::Event::kIdentified},
      {"/v1/page", souk::v1::Event::kPageViewed},    {"/v1/screen", souk::v1::Event::kScreenViewed},
      {"/v1/group", souk::v1::Event::kGroupJoined},  {"/v1/alias", souk::v1::Event::kAliased}};
  std::vector<souk::v1::Event::PayloadCase> expected;
  for (const auto& [path, payload] : paths) {
    const ClientResponse response = post(
        path,
        R"({"userId":"u1","event":"Product Added","properties":{"id":"p1"},"groupId":"g","previousId":"p"})",
        {basic_[0], {"Content-Type", "text/plain"}});
    EXPECT_EQ(response.status, 200) << path << response.body;
    expected.push_back(payload);
  }
  const auto stored = events();
  ASSERT_EQ(stored.size(), expected.size());
  for (std::size_t i = 0; i < stored.size(); ++i)
    EXPECT_EQ(stored[i].payload_case(), expected[i]) << i;
  const std::string batch = R"({"batch":[)" + std::string(kTrack) +
                            R"(],"writeKey":"k-events","sentAt":"2026-11-22T13:54:46.014Z"})";
  EXPECT_EQ(post("/v1/b", batch).status, 200);
  EXPECT_EQ(post("/v1/batch", batch).status, 200);  // the same messageId
  EXPECT_EQ(post("/v1/import", batch).status, 200);
  EXPECT_EQ(events().size(), expected.size() + 1);
  EXPECT_EQ(events().back().product_added().product_id(), "p1");
  EXPECT_EQ(post("/v1/m", R"({"series":[]})").status, 200);
}

TEST_F(TrackingTest, SegmentsSettingsPointHere) {
  start();
  EXPECT_EQ(ask("GET", "/v1/projects/nobody/settings", "").status, 401);
  const ClientResponse response =
      ask("GET", "/v1/projects/k-events/settings", "", "", {{"Origin", "https://shop.example"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json_at(response.body, "/integrations/Segment.io/apiHost"), "shop.test/v1");
  EXPECT_EQ(json_at(response.body, "/integrations/Segment.io/apiKey"), "k-events");
  EXPECT_EQ(json_at(response.body, "/integrations/Segment.io/protocol"), "http");
  EXPECT_EQ(response.header("access-control-allow-origin"), "https://shop.example");
}

TEST_F(TrackingTest, RudderStacksNodeAndBrowserLibraries) {
  start();
  const std::string batch =
      R"({"batch":[{"userId":"u1","event":"Order Completed","properties":{"order_id":"o1","products":[{"product_id":"p1","quantity":2,"price":3}]},)"
      R"("type":"track","channel":"server","originalTimestamp":"2026-11-22T13:54:46.555Z","messageId":"m1","sentAt":"2026-11-22T13:54:46.555Z"}],)"
      R"("timestamp":"2026-11-22T13:54:46.556Z","sentAt":"2026-11-22T13:54:46.556Z"})";
  EXPECT_EQ(post("/v1/batch", gzip(batch),
                 {basic_[0],
                  {"Content-Type", "application/x-www-form-urlencoded"},
                  {"Content-Encoding", "gzip"}})
                .status,
            200);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].order_completed().products(0).product_id(), "p1");
  EXPECT_EQ(events()[0].channel(), souk::v1::Event::API);
  EXPECT_EQ(post("/v1/page", R"({"type":"page","name":"PDP","userId":""})",
                 {basic_[0], {"AnonymousId", "ODRmMGRj"}, {"SentAt", "2026-11-22T13:57:39.798Z"}})
                .status,
            200);
  ASSERT_EQ(events().size(), 2U);
  EXPECT_EQ(events()[1].anonymous_id(), "84f0dc");
  for (const char* path :
       {"/sourceConfig/?p=npm&v=3.34.1&writeKey=k-events", "/sourceConfig?writeKey=k-events"}) {
    const ClientResponse config = ask("GET", path, "");
    EXPECT_EQ(config.status, 200);
    EXPECT_EQ(json_at(config.body, "/source/id"), "demo");
    EXPECT_EQ(json_at(config.body, "/source/destinations"), "[]");
  }
  EXPECT_EQ(ask("GET", "/sourceConfig?writeKey=nobody", "").status, 401);
}

TEST_F(TrackingTest, PixelsAlwaysGetTheirPicture) {
  start();
  EXPECT_EQ(ask("GET", "/pixel/v1/track?writeKey=nobody&event=x", "").status, 401);
  const ClientResponse bad = ask("GET", "/pixel/v1/track?writeKey=k-events&event=x", "");
  EXPECT_EQ(bad.status, 200);
  EXPECT_EQ(bad.header("content-type"), "image/gif");
  const ClientResponse good = ask(
      "GET",
      "/pixel/v1/track?writeKey=k-events&anonymousId=a&event=Email%20Opened&properties.email_id=m1",
      "");
  EXPECT_EQ(good.status, 200);
  EXPECT_TRUE(good.body.starts_with("GIF89a"));
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].message_opened().message_id(), "m1");
}

}  // namespace
}  // namespace souk::gateway::testing
