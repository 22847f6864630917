// A person is erased from a daemon that runs: from the log, merged rows among it, the tables, the
// snapshots, the effects that wait and the dead letters. Afterwards the database is searched.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/faults/probe_daemon.hpp"

namespace souk::testing {
namespace {

using storage::Engine;

constexpr const char* kId = "jane-4711-doe";
constexpr const char* kCookie = "cookie-0815-of-hers";
constexpr const char* kMail = "jane.roe@example.org";
constexpr const char* kPhone = "+4930998877";

class EraseTest : public ProbeDaemonTest {
 protected:
  void SetUp() override {
    ProbeDaemonTest::SetUp();
    if (IsSkipped()) return;
    write_config("log: { compact_after: 1ms }\n");
    daemon_ = start();
  }
  void TearDown() override { daemon_.reset(); }  // before its database goes

  std::string ask(const std::string& method, const std::string& target, const std::string& body,
                  int status) {
    const auto answer = request(daemon_->port(), method, target, body);
    EXPECT_TRUE(answer);
    if (!answer) return {};
    EXPECT_EQ(answer->status, status) << answer->body;
    return answer->body;
  }
  /// One event in a commit of its own: who, and what the probe finds in the product's name.
  void view(const std::string& who, const std::string& name) {
    ask("POST", "/v1/events",
        R"({"events":[{"id":"e)" + std::to_string(++events_) + R"(",)" + who +
            R"(,"productViewed":{"productId":"p","name":")" + name + "\"}}]}",
        202);
  }
  /// Everything that the database holds, uncompressed.
  [[nodiscard]] std::string contents() const {
    const auto database = look();
    std::string all;
    for_batches(*database, [&](const log::Batch& batch) { all += batch.raw(); });
    for (const char* kind : {"customer", "order", "product"}) {
      const auto rows = database->entities("demo", kind, "", 1'000);
      for (const auto& row : *rows)
        all += row.id + row.data;
    }
    const auto effects = database->due_outbox(INT64_MAX, 1'000, {});
    for (const auto& row : *effects)
      all += row.key + row.payload;
    const auto letters = database->dead_letters("demo", 0, 1'000);
    for (const auto& row : *letters)
      all += row.reason + row.payload;
    const auto snapshots = database->snapshots({"demo", "probe", ""});
    for (const auto& info : *snapshots)
      all += database->load_snapshot(info.id).value();
    return all;
  }

  /// SQLite: the bytes of its files. MySQL: every value of every table, by SQL.
  [[nodiscard]] std::string files() const {
    std::ostringstream all;
    if (GetParam() == Engine::sqlite) {
      for (const auto& entry : std::filesystem::directory_iterator(database_->folder()))
        all << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      return all.str();
    }
    const auto session = database_->session();
    for (const auto& [table, columns] :
         std::map<std::string, std::string>{{"souk_events", "people, data"},
                                            {"souk_entities", "id, data"},
                                            {"souk_outbox", "effect, payload"},
                                            {"souk_dead_letters", "reason, payload"},
                                            {"souk_snapshot_chunks", "data"},
                                            {"souk_facts", "name, value"}}) {
      std::string text;
      soci::statement rows =
          (session->prepare << "SELECT CONCAT_WS(' ', " + columns + ") FROM " + table,
           soci::into(text));
      rows.execute();
      while (rows.fetch())
        all << text << '\n';
    }
    return all.str();
  }

  std::unique_ptr<DaemonProcess> daemon_;
  int events_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, EraseTest, ::testing::Values(Engine::sqlite, Engine::mysql),
                         storage::engine_name);

TEST_P(EraseTest, nothing_readable_is_left_of_the_person_and_everything_of_the_others) {
  const std::string jane = R"("shopperId":")" + std::string(kId) + "\"";
  const std::string bob = R"("shopperId":"bob-1")";
  ask("PUT", std::string("/v1/customers/") + kId,
      R"({"id":")" + std::string(kId) + R"(","email":")" + kMail + R"(","phone":")" + kPhone +
          "\"}",
      200);
  view(jane + R"(,"anonymousId":")" + kCookie + "\"", "shoe");
  view(R"("anonymousId":")" + std::string(kCookie) + "\"", "before she signed in");
  for (int i = 0; i < 1'100; ++i)
    view(i % 3 == 0 ? jane : bob, "shoe");
  // What plugins put aside: none names her id, some her addresses, one nothing of hers.
  view(jane, std::string("effect-later for ") + kMail);
  view(jane, std::string("effect-later, call ") + kPhone);
  view(jane, std::string("effect-refused to Jane.Roe@Example.Org and ") + kCookie);
  view(jane, "fail");
  view(bob, "effect-later for bob");
  view(bob, "fail");
  const auto database = look();
  ASSERT_TRUE(eventually([&] {
    return *database->outbox_size({"demo", "probe", ""}) == 3 &&
           database->dead_letters("demo", 0, 99)->size() == 3;
  })) << daemon_->log();
  ASSERT_TRUE(eventually([&] { return database->log_bounds("demo")->rows < 1'000; }))
      << "rows are merged";
  for (const char* trace : {kId, kCookie, kMail, kPhone}) {
    EXPECT_NE(contents().find(trace), std::string::npos) << trace << " should be there before";
    EXPECT_NE(files().find(trace), std::string::npos) << trace << " should be there before";
  }

  ask("DELETE", std::string("/v1/customers/") + kId, "", 200);
  for (const char* trace : {kId, kCookie, kMail, kPhone, "Jane.Roe@Example.Org"}) {
    EXPECT_EQ(contents().find(trace), std::string::npos) << trace << " is left";
    EXPECT_EQ(files().find(trace), std::string::npos) << trace << " is left in the files";
  }
  const auto effects = database->due_outbox(INT64_MAX, 99, {});
  ASSERT_EQ(effects->size(), 1U);
  EXPECT_NE(effects->front().payload.find("for bob"), std::string::npos);
  EXPECT_EQ(database->dead_letters("demo", 0, 99)->size(), 1U) << "that of bob's event";
  const CommandResult verify =
      run_souk({"log", "verify", "-c", folder_.file("souk.yaml"), "--store", "demo"});
  EXPECT_EQ(verify.status, 0) << verify.output << verify.errors;
  EXPECT_NE(contents().find("bob-1"), std::string::npos);
  view(bob, "still there");
}

}  // namespace
}  // namespace souk::testing
