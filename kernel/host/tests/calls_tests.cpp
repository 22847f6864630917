// Questions to plugins: those that go wrong first.
#include "kernel/host/tests/fixture.hpp"

namespace souk::host {
namespace {

class CallsTest : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    if (IsSkipped()) return;
    open();
    apply({plugin("probe")});
    ASSERT_TRUE(reaches(InstanceState::running));
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, CallsTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(CallsTest, NobodyServesIt) {
  Answer answer;
  CallRequest request;
  request.store_id = "elsewhere";
  request.method = kMethod;
  host_->call(request, [&](Code code, std::string_view, std::string_view error) {
    answer = {code, {}, std::string(error)};
  });
  EXPECT_EQ(answer.code, Code::unavailable);
  EXPECT_NE(answer.error.find("serves"), std::string::npos);
}

TEST_P(CallsTest, AQuestionThatIsNeverAnsweredEndsAtItsDeadline) {
  EXPECT_EQ(ask("never", {}, 20'000).code, Code::deadline_exceeded);
  EXPECT_EQ(ask("echo").reply, "echo");
}

TEST_P(CallsTest, ThrowsAndGarbageAreTypedErrors) {
  EXPECT_EQ(ask("throw").code, Code::internal);
  EXPECT_NE(ask("throw").error.find("thrown in a call"), std::string::npos);
  EXPECT_EQ(ask("garbage").code, Code::internal);
}

TEST_P(CallsTest, ASecondReplyIsDropped) {
  EXPECT_EQ(ask("twice").code, Code::ok);
  EXPECT_EQ(ask("echo 2").reply, "echo 2");
}

TEST_P(CallsTest, AQuestionInACircleEnds) {
  std::string request;
  for (int i = 0; i < 40; ++i)
    request += "ask ";
  EXPECT_EQ(ask(request + "echo").code, Code::resource_exhausted);
  EXPECT_EQ(ask("ask ask echo").reply, "echo");
}

TEST_P(CallsTest, APluginIsAskedByAnotherUnderItsName) {
  EXPECT_EQ(ask("ask caller").reply, "probe/r1");
  EXPECT_EQ(ask("caller").reply, "/r1");
}

TEST_P(CallsTest, TooManyOpenQuestionsAreRefused) {
  host_->close();
  host_.reset();
  settings_.max_open_calls = 8;
  open_host();
  apply({plugin("probe")});
  ASSERT_TRUE(reaches(InstanceState::running));
  std::atomic<int> answered{0};
  for (int i = 0; i < 8; ++i) {
    CallRequest request;
    request.store_id = "demo";
    request.method = kMethod;
    request.request = "never";
    request.timeout_us = 50'000;
    host_->call(request, [&](Code, std::string_view, std::string_view) { ++answered; });
  }
  EXPECT_EQ(ask("echo").code, Code::resource_exhausted);
  EXPECT_TRUE(eventually([&] { return answered == 8; }));
}

TEST_P(CallsTest, AJobRunsOnceIsSeenAndEndsWhenItIsCancelled) {
  EXPECT_EQ(ask("cancel").code, Code::not_found);
  EXPECT_EQ(ask("job").code, Code::ok);
  EXPECT_EQ(ask("job").code, Code::already_exists);
  EXPECT_TRUE(
      eventually([&] { return !status().jobs.empty() && status().jobs[0].progress == 0.5; }));
  EXPECT_EQ(ask("cancel").code, Code::ok);
  EXPECT_TRUE(eventually([&] { return status().jobs.empty(); }));
}

TEST_P(CallsTest, AJobThatHangsDoesNotStallTheJobsOfOthers) {
  host_->close();
  host_.reset();
  settings_.job_threads = 1;
  settings_.long_job_ms = 20;
  open_host();
  // The module of an account, since both serve one service.
  apply({plugin("probe", "release=" + folder_ + "/go"),
         plugin("probe_second", "quick-jobs", "northwind")});
  ASSERT_TRUE(reaches(InstanceState::running));
  ASSERT_TRUE(eventually([&] { return ask("settings", "northwind").reply == "quick-jobs"; }));
  EXPECT_EQ(ask("stuck-job").code, Code::ok);
  ASSERT_TRUE(
      eventually([&] { return !status().jobs.empty() && status().jobs[0].started_us > 0; }));
  EXPECT_EQ(ask("job").code, Code::ok) << "waits behind its own";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask("job", "northwind").code, Code::ok);
    EXPECT_TRUE(eventually([&] { return status("second", "northwind").jobs.empty(); }));
  }
  EXPECT_EQ(status().jobs.size(), 2U);
  touch("go");
  EXPECT_TRUE(eventually([&] { return status().jobs.size() == 1; }));
  EXPECT_EQ(ask("cancel").code, Code::ok);
  EXPECT_TRUE(eventually([&] { return status().jobs.empty(); }));
}

TEST_P(CallsTest, OneThatHangsInItsAnswersIsRefusedFurtherThreads) {
  host_->close();
  host_.reset();
  settings_.max_threads_in_calls = 4;
  open_host();
  apply({plugin("probe", "release=" + folder_ + "/go")});
  ASSERT_TRUE(reaches(InstanceState::running));
  std::vector<std::thread> threads;
  std::atomic<int> overdue{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      CallRequest request;
      request.store_id = "demo";
      request.method = kMethod;
      request.request = "hang";
      request.timeout_us = 10'000;
      host_->call(request, [&](Code code, std::string_view, std::string_view) {
        overdue += code == Code::deadline_exceeded ? 1 : 0;
      });
    });
  }
  EXPECT_TRUE(eventually([&] { return overdue == 4; })) << "the deadline needs no thread of theirs";
  const Answer refused = ask("echo");
  EXPECT_EQ(refused.code, Code::unavailable);
  EXPECT_NE(refused.error.find("as many questions as it may"), std::string::npos);
  touch("go");
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_TRUE(eventually([&] { return ask("echo").reply == "echo"; }));
  EXPECT_EQ(ask("ask echo").reply, "echo");
}

TEST_P(CallsTest, StoppingCancelsJobs) {
  EXPECT_EQ(ask("job").code, Code::ok);
  EXPECT_TRUE(host_->disable("demo", "probe").ok());
  EXPECT_EQ(status().state, InstanceState::disabled);
}

TEST_P(CallsTest, AccountsMeetTheirOwnModuleOrNobody) {
  auto shop = plugin("probe", "shop");
  shop.accounts_off = {"contoso"};
  apply({shop, plugin("probe_second", "second"), plugin("probe", "theirs", "northwind")});
  ASSERT_TRUE(eventually([&] { return ask("settings", "northwind").reply == "theirs"; }));
  EXPECT_EQ(ask("settings", "contoso").code, Code::unavailable);
}

TEST_P(CallsTest, AnAccountsModuleSeesNoOther) {
  auto shop = plugin("probe");
  shop.accounts_off = {"contoso"};
  apply({shop, plugin("probe_bulk"), plugin("probe_bulk", {}, "northwind")});
  ASSERT_TRUE(reaches(InstanceState::running, "bulk"));
  see("p", "northwind");
  see("p", "contoso");
  see("p");
  ASSERT_TRUE(folded());
  EXPECT_EQ(status("bulk").events_handled, 3U);
  EXPECT_EQ(status("bulk", "northwind").events_handled, 1U);
  EXPECT_EQ(status("probe").events_handled, 2U);
}

TEST_P(CallsTest, QuestionsDuringStopsAreEachAnsweredOnce) {
  constexpr int kThreads = 4;
  std::atomic<bool> stop{false};
  std::atomic<int> asked{0};
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      while (!stop) {
        ++asked;
        const Answer answer = ask(i % 2 == 0 ? "echo" : "never", {}, 2'000);
        ++answered;
        if (answer.code == Code::ok) {
          EXPECT_EQ(answer.reply, "echo");
        }
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(host_->disable("demo", "probe").ok());
    EXPECT_TRUE(host_->enable("demo", "probe").ok());
  }
  stop = true;
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(asked, answered);
  EXPECT_TRUE(reaches(InstanceState::running));
}

TEST_P(CallsTest, TheFirstReplayAnswersUnavailableWithItsProgress) {
  ASSERT_TRUE(host_->disable("demo", "probe").ok());
  ASSERT_TRUE(database_->drop_snapshots("demo").ok());
  const std::string hang = "release=" + folder_ + "/go";
  see("hang");
  see("p");
  apply({plugin("probe", hang)});
  ASSERT_TRUE(host_->enable("demo", "probe").ok());
  const Answer answer = ask("state");
  EXPECT_EQ(answer.code, Code::unavailable);
  EXPECT_NE(answer.error.find("replaying, 0 %"), std::string::npos) << answer.error;
  touch("go");
  EXPECT_TRUE(reaches(InstanceState::running));
  EXPECT_TRUE(state().starts_with("events=2;"));
}

TEST_P(CallsTest, LinesBeyondTheLimitAreDroppedQuietly) { EXPECT_EQ(ask("log").code, Code::ok); }

}  // namespace
}  // namespace souk::host
