#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "kernel/bus/call_router.hpp"

namespace souk::bus {
namespace {

Question question(std::string_view request, std::int64_t deadline = 1'000) {
  Question question;
  question.request = request;
  question.deadline_mono_us = deadline;
  return question;
}

struct Heard {
  std::atomic<int> times{0};
  Code code = Code::ok;
  CallDone done() {
    return [this](Code answered, std::string_view, std::string_view) {
      code = answered;
      ++times;
    };
  }
};

TEST(OpenCallsTest, WrongHandlesAreDropped) {
  OpenCalls calls(4);
  EXPECT_FALSE(calls.answer(0, Code::ok, {}, {}));
  EXPECT_FALSE(calls.answer(77, Code::ok, {}, {}));
  EXPECT_FALSE(calls.answer(~std::uint64_t{0}, Code::ok, {}, {}));
}

TEST(OpenCallsTest, AnAnswerCountsOnce) {
  OpenCalls calls(4);
  Heard heard;
  const souk_call* call = calls.open(question("q"), heard.done());
  const std::uint64_t handle = call->handle;
  EXPECT_TRUE(calls.answer(handle, Code::ok, {}, {}));
  EXPECT_FALSE(calls.answer(handle, Code::ok, {}, {}));
  Heard next;
  call = calls.open(question("r"), next.done());
  EXPECT_NE(call->handle, handle);
  EXPECT_FALSE(calls.answer(handle, Code::ok, {}, {}));
  EXPECT_EQ(next.times, 0);
  EXPECT_TRUE(calls.answer(call->handle, Code::ok, {}, {}));
  EXPECT_EQ(heard.times, 1);
}

TEST(OpenCallsTest, AnExpiredQuestionKeepsItsBytesUntilTheLateReply) {
  OpenCalls calls(1);
  Heard heard;
  const souk_call* const call = calls.open(question("still here", 10), heard.done());
  const OpenCalls::Expired before = calls.expire(9, Code::deadline_exceeded, {});
  EXPECT_EQ(before.count, 0U);
  EXPECT_EQ(before.next_us, 10);
  EXPECT_EQ(calls.expire(10, Code::deadline_exceeded, {}).count, 1U);
  EXPECT_EQ(heard.code, Code::deadline_exceeded);
  EXPECT_EQ(std::string_view(call->request.data, call->request.size), "still here");
  Heard other;
  EXPECT_EQ(calls.open(question("full"), other.done()), nullptr);
  EXPECT_FALSE(calls.answer(call->handle, Code::ok, {}, {}));
  EXPECT_NE(calls.open(question("free again"), other.done()), nullptr);
  EXPECT_EQ(heard.times, 1);
}

TEST(OpenCallsTest, RacesOfAnswerAndDeadlineAnswerEachOnce) {
  OpenCalls calls(64);
  constexpr int kThreads = 3;
  constexpr int kEach = 4'000;
  std::atomic<int> heard{0};
  std::atomic<bool> stop{false};
  std::thread clock([&] {
    while (!stop)
      calls.expire(1'000, Code::deadline_exceeded, {});
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const souk_call* const call =
            calls.open(question("q"), [&](Code, std::string_view, std::string_view) { ++heard; });
        ASSERT_NE(call, nullptr);
        calls.answer(call->handle, Code::ok, {}, {});
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  stop = true;
  clock.join();
  EXPECT_EQ(heard, kThreads * kEach);
  EXPECT_EQ(calls.open_count(), 0U);
}

class EchoTarget final : public CallTarget {
 public:
  void call(const souk_call* call) override {
    endpoint->reply(call->handle, SOUK_OK,
                    {call->request.data, static_cast<std::size_t>(call->request.size)}, {});
  }
  std::string unavailable_reason() override { return "not yet"; }
  Endpoint* endpoint = nullptr;
};

TEST(CallRouterTest, RoutesByStoreMethodAndAccount) {
  EchoTarget target;
  Endpoint endpoint(target, {}, base::system_clock(), {});
  target.endpoint = &endpoint;
  CallRouter router(base::system_clock());
  RoutingTable table;
  MethodRoute& route = table["demo"]["S/M"];
  route.store = {&endpoint, 0, {}};
  route.accounts["off"] = {nullptr, 0, "off for this account"};
  router.publish(std::move(table));
  const auto ask = [&](std::string_view store, std::string_view method, std::string_view account) {
    std::string result;
    RoutedQuestion asked;
    asked.store_id = store;
    asked.method = method;
    asked.account_id = account;
    asked.request = "hello";
    asked.timeout_us = 1'000'000;
    router.call(asked, [&](Code code, std::string_view reply, std::string_view error) {
      result = code == Code::ok ? std::string(reply) : std::string(error);
    });
    return result;
  };
  EXPECT_EQ(ask("other", "S/M", ""), "no enabled plugin of this store serves S/M");
  EXPECT_EQ(ask("demo", "S/N", ""), "no enabled plugin of this store serves S/N");
  EXPECT_EQ(ask("demo", "S/M", ""), "not yet");
  endpoint.set_serving(true);
  EXPECT_EQ(ask("demo", "S/M", ""), "hello");
  EXPECT_EQ(ask("demo", "S/M", "off"), "off for this account");
  EXPECT_TRUE(endpoint.close(1'000));
  EXPECT_EQ(ask("demo", "S/M", ""), "the plugin is being stopped");
}

}  // namespace
}  // namespace souk::bus
