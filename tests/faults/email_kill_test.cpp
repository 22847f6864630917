// kill -9 while mails flow to a server with bad days of its own: every shopper gets the message, a
// message that comes twice comes under the same Message-ID, and the log tells once of each.
#include <signal.h>

#include <map>
#include <set>

#include "souk/v1/event.pb.h"
#include "tests/faults/probe_daemon.hpp"
#include "tests/support/smtp_sink.hpp"

namespace souk::testing {
namespace {

using storage::Engine;

constexpr int kShoppers = 3'000;
constexpr int kAtOnce = 1'000;
constexpr std::size_t kIdLength = 34;

class EmailKillTest : public ProbeDaemonTest {
 protected:
  void SetUp() override {
    ProbeDaemonTest::SetUp();
    if (IsSkipped()) return;
    folder_.write("souk.yaml", R"(
server: { listen: 127.0.0.1:0, threads: 2 }
storage: { url: ")" + database_->url() +
                                   R"(" }
logging: { level: error }
stores:
  - id: demo
    keys: [ { id: all, scopes: [ admin ], sha256: )" +
                                   base::sha256_hex(kKey) + R"( } ]
    plugins:
      email:
        smtp: { url: "smtp://127.0.0.1:)" +
                                   std::to_string(sink_.port()) + R"(", connections: 20 }
        from: "Demo shop <shop@demo.example>"
        public_url: https://shop.example
        quiet_hours: off
        flows: { abandoned_cart: { after: 1s } }
)");
  }

  static void post(std::uint16_t port, const std::string& target, const std::string& list,
                   const std::string& item_begin, const std::string& item_end) {
    for (int from = 0; from < kShoppers; from += kAtOnce) {
      std::string body = "{\"" + list + "\":[";
      for (int i = from; i < from + kAtOnce; ++i) {
        const std::string n = std::to_string(i);
        std::string item = item_begin + item_end;
        for (auto at = item.find('#'); at != std::string::npos; at = item.find('#'))
          item.replace(at, 1, n);
        body += (i == from ? "" : ",") + item;
      }
      const auto answer = request(port, "POST", target, body + "]}");
      ASSERT_TRUE(answer.has_value());
      ASSERT_LT(answer->status, 300) << answer->body;
    }
  }

  static void leave_carts(std::uint16_t port) {
    const auto product =
        request(port, "PUT", "/v1/products/p1",
                R"({"id":"p1","title":"Trail shoe","url":"https://shop.example/p1"})");
    ASSERT_TRUE(product.has_value());
    ASSERT_LT(product->status, 300) << product->body;
    post(port, "/v1/customers:batch", "customers", R"({"id":"c#","email":"c#@a.example",)",
         R"("consents":[{"channel":"EMAIL","status":"GRANTED"}]})");
    post(port, "/v1/events", "events", R"({"id":"e#","shopperId":"c#",)",
         R"("productAdded":{"productId":"p1"}})");
  }

  static void kill_daemon(DaemonProcess& daemon) {
    daemon.signal(SIGKILL);
    EXPECT_EQ(daemon.wait(), 128 + SIGKILL);
  }

  /// How often the log says of each message that it was sent.
  [[nodiscard]] std::map<std::string, int> told() const {
    std::map<std::string, int> counts;
    for_batches(*look(), [&](const log::Batch& batch) {
      for (const log::LoggedEvent& entry : batch.events()) {
        souk::v1::Event event;
        EXPECT_TRUE(event.ParseFromArray(entry.wire.data(), static_cast<int>(entry.wire.size())));
        if (event.has_message_sent()) ++counts[event.message_sent().message_id()];
      }
    });
    return counts;
  }

  SmtpSink sink_;
};
INSTANTIATE_TEST_SUITE_P(Engines, EmailKillTest, ::testing::Values(Engine::sqlite, Engine::mysql),
                         storage::engine_name);

TEST_P(EmailKillTest, none_is_lost_none_comes_under_a_second_id_and_each_is_told_of_once) {
  auto daemon = start();
  leave_carts(daemon->port());
  ASSERT_TRUE(sink_.wait_taken(1)) << "the first, while most are being decided";
  kill_daemon(*daemon);
  sink_.set_mood({.busy = 0.05, .vanish = 0.01, .drop = 0.01});
  daemon = start();
  ASSERT_TRUE(sink_.wait_taken(sink_.taken() + 100));
  sink_.down();
  ASSERT_TRUE(sink_.up());
  ASSERT_TRUE(sink_.wait_taken(sink_.taken() + 37)) << "it connects again";
  kill_daemon(*daemon);
  // From here on the server is well: what it refused is tried again ten seconds later.
  sink_.set_mood({});
  daemon = start();
  ASSERT_TRUE(sink_.wait_taken(sink_.taken() + 61));
  kill_daemon(*daemon);
  daemon = start();
  ASSERT_TRUE(sink_.wait_recipients(kShoppers)) << sink_.recipients().size() << " got it";
  const auto database = look();
  EXPECT_TRUE(eventually([&] { return *database->outbox_size({"demo", "email", ""}) == 0; }));
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(), 0) << daemon->log();

  std::set<std::string> sent;
  for (const auto& [recipient, ids] : sink_.recipients()) {
    EXPECT_EQ(ids.size(), 1U) << recipient << " got it under two ids";
    // "<m-…@domain>", or with more behind the message's own id.
    const auto at = ids.begin()->find("m-");
    ASSERT_NE(at, std::string::npos) << *ids.begin();
    sent.insert(ids.begin()->substr(at, kIdLength));
  }
  EXPECT_EQ(sent.size(), std::size_t{kShoppers});
  const std::map<std::string, int> told_of = told();
  EXPECT_EQ(told_of.size(), std::size_t{kShoppers});
  for (const auto& [id, times] : told_of) {
    EXPECT_EQ(times, 1) << id;
    EXPECT_TRUE(sent.contains(id)) << id;
  }
  RecordProperty("repeated under one id", static_cast<int>(sink_.taken()) - kShoppers);
}

}  // namespace
}  // namespace souk::testing
