// Foreign code on the server's threads: it answers at once, late, or never comes back. One thread
// serves all connections here, so that whoever takes it takes everything.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "kernel/gateway/tests/server_fixture.hpp"

namespace souk::gateway::testing {
namespace {

/// /at-once answers the query; /stuck… waits for the gate before it answers, /said… after.
class ForeignHandler final : public RequestHandler {
 public:
  void handle(const Request& request, Reply reply) override {
    auto task = std::make_shared<Task>();
    task->handler = this;
    task->path = request.path;
    task->answer = request.query;
    task->reply = std::move(reply);
    {
      const std::lock_guard lock(mutex_);
      ++begun_;
    }
    Reply& due = task->reply;
    due.run_after_turn(std::move(task));
  }
  bool appends_only(const Request&) const noexcept override { return false; }
  Response refuse(int status, std::string_view) override {
    Response response;
    response.status = status;
    return response;
  }
  void finished(std::size_t, const RequestOutcome&) noexcept override {}

  void open_gate() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// Waits until no task runs.
  bool wait_ended() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ended_ == begun_; });
  }

 private:
  struct Task final : ForeignTask {
    void run() override {
      if (path == "/stuck") handler->wait_at_gate();
      Response response;
      response.type = ContentType::text;
      response.body = answer;
      reply.send(std::move(response));
      if (path == "/said") handler->wait_at_gate();
      handler->count_end();
    }
    ForeignHandler* handler = nullptr;
    std::string path;
    std::string answer;
    Reply reply;
  };
  void wait_at_gate() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }
  void count_end() {
    const std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int begun_ = 0;
  int ended_ = 0;
};

class StallTest : public ::testing::Test {
 protected:
  StallTest() {
    HttpServerSettings settings;
    settings.threads = 1;
    auto opened = HttpServer::open(settings, handler_, base::system_clock());
    EXPECT_TRUE(opened.ok());
    server_ = std::move(opened).value();
  }
  ~StallTest() override {
    handler_.open_gate();
    server_.reset();
    EXPECT_TRUE(handler_.wait_ended());
  }
  HttpClient connect() { return HttpClient(server_->port()); }
  static void expect_answer(HttpClient& client, const std::string& body) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << body;
    EXPECT_EQ(answer->body, body);
  }

  ForeignHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(StallTest, ServedWhileTheOnlyThreadIsLostAgainAndAgain) {
  HttpClient before = connect();
  ASSERT_TRUE(before.request("GET", "/at-once?0"));
  std::vector<HttpClient> stuck;
  for (int i = 0; i < 4; ++i) {
    stuck.push_back(connect());
    ASSERT_TRUE(stuck.back().send(make_request_text("GET", "/stuck?" + std::to_string(i))));
    const auto answer = before.request("GET", "/at-once?there");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "there");
    HttpClient fresh = connect();
    EXPECT_TRUE(fresh.request("GET", "/at-once"));
  }
  handler_.open_gate();
  for (int i = 0; i < 4; ++i)
    expect_answer(stuck[static_cast<std::size_t>(i)], std::to_string(i));
  // And the connections of those that came back go on.
  for (HttpClient& client : stuck)
    EXPECT_TRUE(client.request("GET", "/at-once"));
}

TEST_F(StallTest, AnAnswerGivenBeforeTheHangArrives) {
  HttpClient client = connect();
  ASSERT_TRUE(client.send(make_request_text("GET", "/said?first") +
                          make_request_text("GET", "/at-once?second")));
  expect_answer(client, "first");
  expect_answer(client, "second");
  const auto third = client.request("GET", "/at-once?third");
  ASSERT_TRUE(third);
  EXPECT_EQ(third->body, "third");
}

TEST_F(StallTest, PipelinedQuestionsAreAnsweredInTheirOrder) {
  constexpr int kCount = 500;
  HttpClient client = connect();
  std::string requests;
  for (int i = 0; i < kCount; ++i)
    requests += make_request_text("GET", "/at-once?" + std::to_string(i));
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < kCount; ++i)
    expect_answer(client, std::to_string(i));
}

TEST_F(StallTest, TheServerClosesWithoutTheThreadThatIsLost) {
  HttpClient client = connect();
  ASSERT_TRUE(client.send(make_request_text("GET", "/stuck?late")));
  HttpClient other = connect();
  ASSERT_TRUE(other.request("GET", "/at-once"));
  server_.reset();
  EXPECT_TRUE(client.ended());
  handler_.open_gate();
  EXPECT_TRUE(handler_.wait_ended()) << "its answer is dropped, and its thread ends";
}

}  // namespace
}  // namespace souk::gateway::testing
