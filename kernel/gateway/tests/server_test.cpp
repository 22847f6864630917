#include <thread>

#include "kernel/gateway/tests/server_fixture.hpp"

namespace souk::gateway::testing {
namespace {

class ServerTest : public ServerFixture {};

TEST_F(ServerTest, RubbishGets400AndTheEnd) {
  start();
  HttpClient client = connect();
  client.send("\x16\x03\x01 rubbish\r\n\r\n");
  const auto response = client.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
  EXPECT_EQ(response->header("connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, AnAddressThatIsTakenIsRefused) {
  start();
  HttpServerSettings settings;
  settings.port = server_->port();
  const auto second = HttpServer::open(settings, handler_, base::system_clock());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), Code::unavailable);
  EXPECT_NE(second.status().message().find(std::to_string(settings.port)), std::string::npos);
  settings.port = 0;
  settings.host = "shop.example";
  EXPECT_EQ(HttpServer::open(settings, handler_, base::system_clock()).status().code(),
            Code::invalid_argument);
}

TEST_F(ServerTest, KeepAliveHeadAndHttp10) {
  start();
  HttpClient client = connect();
  for (int i = 0; i < 3; ++i) {
    const auto response = client.request("POST", "/echo", {}, "body " + std::to_string(i));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "body " + std::to_string(i));
    EXPECT_EQ(response->header("server"), "souk");
    EXPECT_FALSE(response->header("date").empty());
  }
  const auto head = client.request("HEAD", "/big");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("content-length"), "3000000");
  ASSERT_TRUE(client.send("GET /who HTTP/1.0\r\n\r\n"));
  const auto old = client.receive();
  ASSERT_TRUE(old);
  EXPECT_EQ(old->body, "loopback");
  EXPECT_EQ(old->header("connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, AProxyOnThisMachineIsNoLoopbackClient) {
  start();
  HttpClient client = connect();
  EXPECT_EQ(client.request("GET", "/who", {{"X-Forwarded-For", "203.0.113.9"}})->body, "outside");
}

TEST_F(ServerTest, PipelinedReadsRunSideBySideAndAnswerInOrder) {
  start();
  HttpClient client = connect();
  std::string text;
  for (int i = 0; i < 5; ++i)
    text += make_request_text("GET", "/later/" + std::to_string(i));
  text += make_request_text("GET", "/echo");
  ASSERT_TRUE(client.send(text));
  ASSERT_TRUE(handler_.wait_for(5));
  for (std::size_t i = 5; i-- > 0;)
    handler_.release(i);
  for (int i = 0; i < 5; ++i) {
    const auto response = client.receive();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "/later/" + std::to_string(i));
  }
  EXPECT_EQ(client.receive()->status, 200);
}

TEST_F(ServerTest, PipelinedWritesWaitForOneAnother) {
  start();
  HttpClient client = connect();
  ASSERT_TRUE(client.send(make_request_text("POST", "/later/a", {}, "1") +
                          make_request_text("POST", "/later/b", {}, "2") +
                          make_request_text("GET", "/later/c")));
  for (const std::string expected : {"/later/a", "/later/b", "/later/c"}) {
    ASSERT_TRUE(handler_.wait_for(1));
    EXPECT_EQ(handler_.waiting(), 1U);
    handler_.release(0);
    EXPECT_EQ(client.receive()->body, expected);
  }
}

TEST_F(ServerTest, PipelinedAppendsRunSideBySide) {
  start();
  HttpClient client = connect();
  ASSERT_TRUE(client.send(make_request_text("POST", "/later/append/1", {}, "1") +
                          make_request_text("POST", "/later/append/2", {}, "2")));
  ASSERT_TRUE(handler_.wait_for(2));
  handler_.release(1);
  handler_.release(0);
  EXPECT_EQ(client.receive()->body, "/later/append/1");
  EXPECT_EQ(client.receive()->body, "/later/append/2");
}

TEST_F(ServerTest, AHandlerThatForgetsAnswers500) {
  start();
  HttpClient client = connect();
  EXPECT_EQ(client.request("GET", "/drop")->status, 500);
}

TEST_F(ServerTest, HalfClosedClientsGetTheirAnswers) {
  start();
  HttpClient client = connect();
  ASSERT_TRUE(
      client.send(make_request_text("GET", "/later/x") + make_request_text("GET", "/later/y")));
  client.finish_sending();
  ASSERT_TRUE(handler_.wait_for(2));
  handler_.release(1);
  handler_.release(0);
  EXPECT_EQ(client.receive()->body, "/later/x");
  EXPECT_EQ(client.receive()->body, "/later/y");
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, HalfClosedWithinARequestEnds) {
  start();
  HttpClient client = connect();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"));
  client.finish_sending();
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, AClientThatLeavesDoesNotHarmItsAnswer) {
  start();
  {
    HttpClient client = connect();
    ASSERT_TRUE(client.send(make_request_text("GET", "/later/gone")));
    ASSERT_TRUE(handler_.wait_for(1));
  }
  handler_.release(0);
  HttpClient other = connect();
  EXPECT_EQ(other.request("GET", "/echo")->status, 200);
}

TEST_F(ServerTest, ExpectContinueIsAskedForAndBodiesComeInPieces) {
  start();
  HttpClient client = connect();
  ASSERT_TRUE(client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n"));
  EXPECT_EQ(client.receive_raw(25), "HTTP/1.1 100 Continue\r\n\r\n");
  for (const char* piece : {"ab", "cd", "ef"})
    ASSERT_TRUE(client.send(piece));
  EXPECT_EQ(client.receive()->body, "abcdef");
}

TEST_F(ServerTest, ASlowReaderGetsAllOfALargeAnswer) {
  start();
  HttpClient client = connect();
  std::string text;
  for (int i = 0; i < 10; ++i)
    text += make_request_text("GET", "/big");
  ASSERT_TRUE(client.send(text));
  for (int i = 0; i < 10; ++i) {
    const auto response = client.receive();
    ASSERT_TRUE(response) << i;
    EXPECT_EQ(response->body.size(), 3'000'000U);
  }
}

TEST_F(ServerTest, DrainFinishesWhatHasBegunAndEndsWhatIsIdle) {
  start();
  HttpClient idle = connect();
  ASSERT_EQ(idle.request("GET", "/echo")->status, 200);
  HttpClient busy = connect();
  ASSERT_TRUE(busy.send(make_request_text("GET", "/later/z")));
  ASSERT_TRUE(handler_.wait_for(1));
  std::thread drain([&] { EXPECT_TRUE(server_->drain(20'000)); });
  EXPECT_TRUE(idle.ended());
  handler_.release(0);
  const auto response = busy.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "/later/z");
  EXPECT_EQ(response->header("connection"), "close");
  EXPECT_TRUE(busy.ended());
  drain.join();
  EXPECT_FALSE(HttpClient(server_->port()).connected());
}

TEST_F(ServerTest, CloseCutsWhatIsOpenAndLateAnswersAreDropped) {
  start();
  HttpClient client = connect();
  ASSERT_TRUE(client.send(make_request_text("GET", "/later/late")));
  ASSERT_TRUE(handler_.wait_for(1));
  server_->close();
  EXPECT_TRUE(client.ended());
  handler_.release(0);
}

}  // namespace
}  // namespace souk::gateway::testing
