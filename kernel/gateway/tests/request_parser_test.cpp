#include "kernel/gateway/http/request_parser.hpp"

#include <gtest/gtest.h>

namespace souk::gateway {
namespace {

using State = RequestParser::State;

/// Feeds `text` whole and expects that it fails with `status`.
void expect_refused(const std::string& text, int status, const ParserLimits& limits = {}) {
  RequestParser parser(limits);
  std::string_view bytes = text;
  while (!bytes.empty() && parser.state() != State::failed && parser.state() != State::complete) {
    const std::size_t used = parser.put(bytes);
    if (used == 0) break;
    bytes.remove_prefix(used);
  }
  EXPECT_EQ(parser.state(), State::failed) << text;
  EXPECT_EQ(parser.fault().status, status) << text << "\n" << parser.fault().detail;
}

TEST(RequestParserTest, MalformedHeadsAreRefused) {
  expect_refused("\x16\x03\x01\x02", 400);
  expect_refused("GET /\r\n\r\n", 400);
  expect_refused("GET / HTTP/1.1\r\nHost x\r\n\r\n", 400);
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n", 400);
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400);
  expect_refused("GET / HTTP/1.1\r\n\r\n", 400);
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
  expect_refused("GET shop HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  expect_refused("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  expect_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
  expect_refused("GET / HTTP/3.1\r\nHost: a\r\n\r\n", 505);
}

TEST(RequestParserTest, SmugglingIsRefused) {
  expect_refused(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
  expect_refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                 400);
  expect_refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400);
  expect_refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                 501);
  expect_refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400);
  expect_refused("POST / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n", 417);
}

TEST(RequestParserTest, LimitsHold) {
  ParserLimits limits;
  limits.max_header_bytes = 512;
  limits.max_body_bytes = 10;
  limits.max_fields = 4;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  expect_refused("GET /" + std::string(600, 'x') + " HTTP/1.1\r\n", 431, limits);
  expect_refused(head + "X: " + std::string(600, 'x') + "\r\n\r\n", 431, limits);
  expect_refused(head + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n", 431, limits);
  expect_refused(head + "Content-Length: 11\r\n\r\n", 413, limits);
  expect_refused(head + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n",
                 413, limits);
}

TEST(RequestParserTest, ManyLongLinesInPiecesMeetTheHeaderLimit) {
  ParserLimits limits;
  limits.max_header_bytes = 2'048;
  RequestParser parser(limits);
  std::string pending = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int line = 0; line < 50 && parser.state() != State::failed; ++line) {
    pending += "X-" + std::to_string(line) + ": " + std::string(100, 'x') + "\r\n";
    pending.erase(0, parser.put(pending));
  }
  ASSERT_EQ(parser.state(), State::failed);
  EXPECT_EQ(parser.fault().status, 431);
}

TEST(RequestParserTest, EveryCutOfARequestGivesTheSame) {
  const std::string text =
      "POST /v1/events?a=b%20c HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer k\r\n"
      "Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\n3\r\nefg\r\n0\r\nTrailer: t\r\n\r\nNEXT";
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    RequestParser parser({});
    std::string pending;
    std::size_t fed = 0;
    for (const std::size_t until : {cut, text.size()}) {
      pending += text.substr(fed, until - fed);
      fed = until;
      for (std::size_t used = 1; used > 0 && parser.state() != State::complete;) {
        used = parser.put(pending);
        pending.erase(0, used);
      }
    }
    ASSERT_EQ(parser.state(), State::complete) << cut;
    Request request;
    parser.fill(request);
    EXPECT_EQ(request.method, HttpMethod::post);
    EXPECT_EQ(request.path, "/v1/events");
    EXPECT_EQ(request.query, "a=b%20c");
    EXPECT_EQ(request.header(Header::authorization), "Bearer k");
    EXPECT_EQ(request.body, "abcdefg");
    EXPECT_EQ(pending, "NEXT");
    EXPECT_TRUE(parser.keep_alive());
  }
}

TEST(RequestParserTest, IsReusedForTheNextRequest) {
  RequestParser parser({});
  const std::string_view first = "GET http://shop.test/a HTTP/1.0\r\n\r\n";
  EXPECT_EQ(parser.put(first), first.size());
  ASSERT_EQ(parser.state(), State::complete);
  Request request;
  parser.fill(request);
  EXPECT_EQ(request.path, "/a");
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_FALSE(parser.http11());
  parser.reset();
  const std::string_view second =
      "\r\n\r\nPUT /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  EXPECT_EQ(parser.put(second), 4U);
  EXPECT_EQ(parser.put(second.substr(4)), second.size() - 4);
  EXPECT_EQ(parser.state(), State::body);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_EQ(parser.put("ok"), 2U);
  ASSERT_EQ(parser.state(), State::complete);
  parser.fill(request);
  EXPECT_EQ(request.body, "ok");
}

}  // namespace
}  // namespace souk::gateway
