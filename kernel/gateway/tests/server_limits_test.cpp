#include <chrono>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <fstream>

#include "kernel/gateway/tests/server_fixture.hpp"

namespace souk::gateway::testing {
namespace {

class ServerLimitsTest : public ServerFixture {};

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(ServerLimitsTest, LargeHeadersAndBodies) {
  HttpServerSettings settings;
  settings.parser.max_header_bytes = 2'048;
  settings.parser.max_body_bytes = 10'000;
  start(settings);
  HttpClient headers = connect();
  EXPECT_EQ(headers.request("GET", "/echo", {{"X-Long", std::string(4'000, 'x')}})->status, 431);
  EXPECT_TRUE(headers.ended());
  // The client is still sending when the answer comes, and must get it all the same.
  HttpClient body = connect();
  body.send(make_request_text("POST", "/echo", {}, std::string(4'000'000, 'x')));
  const auto refused = body.receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 413);
  HttpClient early = connect();
  early.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10001\r\n\r\n");
  EXPECT_EQ(early.receive()->status, 413);
}

TEST_F(ServerLimitsTest, SlowHeadersAndSlowBodiesGet408) {
  HttpServerSettings settings;
  settings.request_timeout_ms = 150;
  start(settings);
  HttpClient head = connect();
  ASSERT_TRUE(head.send("GET /echo HTTP/1.1\r\nHo"));
  const auto response = head.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 408);
  EXPECT_TRUE(head.ended());
  HttpClient body = connect();
  ASSERT_TRUE(body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"));
  EXPECT_EQ(body.receive()->status, 408);
  EXPECT_EQ(server_->counters().timeouts.load(), 2U);
}

TEST_F(ServerLimitsTest, DrippingDoesNotExtendTheDeadline) {
  HttpServerSettings settings;
  settings.request_timeout_ms = 200;
  start(settings);
  HttpClient client = connect();
  ASSERT_TRUE(client.send("GET /echo HTTP/1.1\r\n"));
  std::optional<ClientResponse> response;
  // One piece whenever the clock has moved by a millisecond.
  for (int i = 0; i < 2'000 && !response; ++i) {
    if (!client.send("X: y\r\n")) break;
    if (server_->counters().timeouts.load() > 0) response = client.receive();
    const auto next = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    while (std::chrono::steady_clock::now() < next)
      std::this_thread::yield();
  }
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 408);
}

TEST_F(ServerLimitsTest, IdleConnectionsEnd) {
  HttpServerSettings settings;
  settings.idle_timeout_ms = 100;
  start(settings);
  HttpClient fresh = connect();
  HttpClient used = connect();
  ASSERT_EQ(used.request("GET", "/echo")->status, 200);
  EXPECT_TRUE(fresh.ended());
  EXPECT_TRUE(used.ended());
}

TEST_F(ServerLimitsTest, AHandlerMayTakeLongerThanTheRequest) {
  HttpServerSettings settings;
  settings.idle_timeout_ms = 50;
  settings.request_timeout_ms = 50;
  start(settings);
  HttpClient waiting = connect();
  ASSERT_TRUE(waiting.send(make_request_text("GET", "/later/slow")));
  ASSERT_TRUE(handler_.wait_for(1));
  HttpClient idle = connect();
  EXPECT_TRUE(idle.ended());  // more than 50 ms have passed
  handler_.release(0);
  EXPECT_EQ(waiting.receive()->body, "/later/slow");
}

TEST_F(ServerLimitsTest, ConnectionsBeyondTheLimitAreTurnedAway) {
  HttpServerSettings settings;
  settings.max_connections = 2;
  start(settings);
  HttpClient first = connect();
  HttpClient second = connect();
  ASSERT_EQ(first.request("GET", "/echo")->status, 200);
  ASSERT_EQ(second.request("GET", "/echo")->status, 200);
  HttpClient third = connect();
  const auto refused = third.receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->header("retry-after"), "1");
  EXPECT_EQ(first.request("GET", "/echo")->status, 200);
}

TEST_F(ServerLimitsTest, BodiesOnTheirWayAreBoundedTogether) {
  HttpServerSettings settings;
  settings.max_buffered_bytes = 300'000;
  start(settings);
  HttpClient first = connect();
  ASSERT_TRUE(first.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 250001\r\n\r\n" +
                         std::string(250'000, 'x')));
  while (server_->counters().buffered_bytes.load() < 250'000)
    std::this_thread::yield();
  HttpClient second = connect();
  second.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 250001\r\n\r\n" +
              std::string(250'000, 'x'));
  EXPECT_EQ(second.receive()->status, 503);
  ASSERT_TRUE(first.send("y"));
  EXPECT_EQ(first.receive()->body.size(), 250'001U);
  EXPECT_EQ(server_->counters().buffered_bytes.load(), 0);
}

TEST_F(ServerLimitsTest, CompressedBodies) {
  start();
  const auto gzip = [](const std::string& text) {
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
  };
  HttpClient client = connect();
  const HeaderList gzipped{{"Content-Encoding", "gzip"}};
  EXPECT_EQ(client.request("POST", "/echo", gzipped, gzip("hello"))->body, "hello");
  EXPECT_EQ(client.request("POST", "/echo", gzipped, "rubbish")->status, 400);
  EXPECT_EQ(client.request("POST", "/echo", gzipped, gzip(std::string(100U << 20U, 'a')))->status,
            413);
  const auto brotli = client.request("POST", "/echo", {{"Content-Encoding", "br"}}, "x");
  EXPECT_EQ(brotli->status, 415);
  EXPECT_EQ(brotli->header("accept-encoding"), "gzip, deflate");
}

/// A process of its own that opens connections, uses each once and holds them until told to end:
/// its descriptors are not ours.
class IdleCrowd {
 public:
  IdleCrowd(std::uint16_t port, std::size_t count) {
    int up[2];
    int down[2];
    if (::pipe(up) != 0 || ::pipe(down) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::close(down[1]);
      ::_exit(hold(port, count, up[1], down[0]));
    }
    ::close(up[1]);
    ::close(down[0]);
    end_ = down[1];
    char good = 0;
    held_ = ::read(up[0], &good, 1) == 1 && good == 'y';
    ::close(up[0]);
  }
  ~IdleCrowd() {
    ::close(end_);
    ::waitpid(child_, nullptr, 0);
  }
  IdleCrowd(const IdleCrowd&) = delete;
  IdleCrowd& operator=(const IdleCrowd&) = delete;
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  static int hold(std::uint16_t port, std::size_t count, int up, int down) {
    std::vector<HttpClient> clients;
    bool good = true;
    for (std::size_t i = 0; i < count && good; ++i) {
      clients.emplace_back(port);
      const auto response = clients.back().request("POST", "/echo", {}, std::string(2'000, 'x'));
      good = response && response->status == 200;
    }
    const char told = good ? 'y' : 'n';
    if (::write(up, &told, 1) != 1) return 1;
    char end = 0;
    return ::read(down, &end, 1) == 0 ? 0 : 1;
  }
  pid_t child_ = -1;
  int end_ = -1;
  bool held_ = false;
};

TEST_F(ServerLimitsTest, TenThousandIdleConnectionsCostLittle) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  constexpr std::size_t kConnections = 10'000;
  if (limit.rlim_cur < kConnections + 200) {
    GTEST_SKIP() << "needs 10,200 descriptors, has " << limit.rlim_cur;
  }
  start();
  ASSERT_EQ(connect().request("POST", "/echo", {}, "x")->status, 200);
  [[maybe_unused]] const std::size_t before = resident_bytes();
  const IdleCrowd crowd(server_->port(), kConnections);
  ASSERT_TRUE(crowd.held());
  EXPECT_GE(server_->counters().connections.load(), static_cast<std::int64_t>(kConnections));
  [[maybe_unused]] const std::size_t after = resident_bytes();
#if !defined(SOUK_SANITIZE_address) && !defined(SOUK_SANITIZE_thread)
  // A sanitizer keeps books of its own on every allocation.
  EXPECT_LT(after - before, kConnections * 3'000U);
#endif
  HttpClient client = connect();
  EXPECT_EQ(client.request("POST", "/echo", {}, "still here")->body, "still here");
}

}  // namespace
}  // namespace souk::gateway::testing
