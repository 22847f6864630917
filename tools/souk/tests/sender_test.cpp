#include "tools/souk/import/sender.hpp"

#include <gmock/gmock.h>

#include <set>

#include "kernel/gateway/http/server.hpp"
#include "souk/v1/event.pb.h"
#include "souk/v1/ingest.pb.h"

namespace souk::cli {
namespace {

using gateway::ContentType;
using gateway::HttpServer;
using gateway::Reply;
using gateway::Request;
using gateway::Response;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// Takes events as the daemon does; before that it answers with the statuses it is given, in order.
class StubDaemon final : public gateway::RequestHandler {
 public:
  explicit StubDaemon(std::vector<int> first = {}) : first_(std::move(first)) {
    gateway::HttpServerSettings settings;
    settings.threads = 2;
    auto opened = HttpServer::open(settings, *this, base::system_clock());
    EXPECT_TRUE(opened.ok());
    server_ = std::move(*opened);
  }
  ~StubDaemon() override { server_->close(); }

  [[nodiscard]] std::string address() const {
    return "http://127.0.0.1:" + std::to_string(server_->port());
  }

  void handle(const Request& request, Reply reply) override {
    const std::lock_guard lock(mutex_);
    ++requests;
    Response response;
    if (!first_.empty()) {
      response.status = first_.front();
      first_.erase(first_.begin());
      response.type = ContentType::problem_json;
      response.headers = "Retry-After: 0\r\n";
      response.body = R"({"title":"no","detail":"not \"now\""})";
      reply.send(std::move(response));
      return;
    }
    souk::v1::PostEventsRequest posted;
    EXPECT_TRUE(posted.ParseFromString(std::string(request.body)));
    souk::v1::PostEventsReply answer;
    bool bad_alone = false;
    for (int at = 0; at < posted.events_size(); ++at) {
      const std::string& id = posted.events(at).id();
      if (id == "spoils") bad_alone = true;
      if (id == "bad") {
        souk::v1::Rejection& rejection = *answer.add_rejected();
        rejection.set_index(static_cast<std::uint32_t>(at));
        rejection.set_reason("events[" + std::to_string(at) + "].time: is too old");
      } else if (ids.insert(id).second) {
        answer.set_accepted(answer.accepted() + 1);
        order.push_back(id);
      } else {
        answer.set_duplicates(answer.duplicates() + 1);
      }
    }
    if (bad_alone) {
      for (const souk::v1::Event& event : posted.events())
        ids.erase(event.id());
      order.resize(order.size() - answer.accepted());
      response.status = 400;
      response.type = ContentType::problem_json;
      response.body = R"({"detail":"events[0]: spoils everything"})";
    } else {
      response.status = 202;
      response.type = ContentType::protobuf;
      response.body = answer.SerializeAsString();
    }
    reply.send(std::move(response));
  }
  bool appends_only(const Request&) const noexcept override { return false; }
  Response refuse(int status, std::string_view) override {
    Response response;
    response.status = status;
    return response;
  }
  void finished(std::size_t, const gateway::RequestOutcome&) noexcept override {}

  // Read once the sender is drained.
  int requests = 0;
  std::set<std::string> ids;
  std::vector<std::string> order;

 private:
  std::mutex mutex_;
  std::vector<int> first_;
  std::unique_ptr<HttpServer> server_;
};

EventBatch batch_of(const std::vector<std::string>& ids, std::uint64_t first_line = 1) {
  EventBatch batch;
  for (const std::string& id : ids) {
    souk::v1::Event event;
    event.set_id(id);
    batch.add(event.SerializeAsString(), first_line++);
  }
  return batch;
}

using Refusals = std::vector<std::pair<std::uint64_t, std::string>>;

RefusedEvent into(Refusals& refusals) {
  return [&refusals](std::uint64_t line, std::string_view reason) {
    refusals.emplace_back(line, reason);
  };
}

TEST(Sender, AnUnknownKeyEndsIt) {
  StubDaemon daemon({401});
  Refusals refusals;
  Sender sender(daemon.address(), "key", 1, into(refusals));
  EXPECT_TRUE(sender.put(0, batch_of({"a"})));
  EXPECT_EQ(sender.drain().code(), Code::unauthenticated);
  EXPECT_FALSE(sender.put(0, batch_of({"b"})));
}

TEST(Sender, AMissingScopeEndsIt) {
  StubDaemon daemon({403});
  Refusals refusals;
  Sender sender(daemon.address(), "key", 1, into(refusals));
  EXPECT_TRUE(sender.put(0, batch_of({"a"})));
  const Status status = sender.drain();
  EXPECT_EQ(status.code(), Code::permission_denied);
  EXPECT_THAT(status.message(), HasSubstr("not \"now\""));
}

TEST(Sender, TriesAgainWhenTheDaemonIsBusyAndCountsEachEventOnce) {
  StubDaemon daemon({503, 429, 500});
  Refusals refusals;
  Sender sender(daemon.address(), "key", 1, into(refusals));
  EXPECT_TRUE(sender.put(0, batch_of({"a", "b", "a"})));
  EXPECT_TRUE(sender.drain().ok());
  const SenderTotals totals = sender.totals();
  EXPECT_EQ(totals.sent, 3U);
  EXPECT_EQ(totals.accepted, 2U);
  EXPECT_EQ(totals.duplicates, 1U);
  EXPECT_EQ(totals.retries, 3U);
  EXPECT_EQ(daemon.requests, 4);
}

TEST(Sender, NamesTheLinesOfRefusedEvents) {
  StubDaemon daemon;
  Refusals refusals;
  Sender sender(daemon.address(), "key", 1, into(refusals));
  EXPECT_TRUE(sender.put(0, batch_of({"a", "bad", "c"}, 10)));
  EXPECT_TRUE(sender.drain().ok());
  EXPECT_THAT(refusals, ElementsAre(Pair(11U, "time: is too old")));
  EXPECT_EQ(sender.totals().rejected, 1U);
}

TEST(Sender, FindsTheEventThatSpoilsItsRequest) {
  StubDaemon daemon;
  Refusals refusals;
  Sender sender(daemon.address(), "key", 1, into(refusals));
  EXPECT_TRUE(sender.put(0, batch_of({"a", "b", "spoils", "c", "d"})));
  EXPECT_TRUE(sender.drain().ok());
  EXPECT_THAT(daemon.order, ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(refusals, ElementsAre(Pair(3U, "spoils everything")));
}

TEST(Sender, ALaneKeepsItsOrder) {
  StubDaemon daemon;
  Refusals refusals;
  Sender sender(daemon.address(), "key", 3, into(refusals));
  for (int at = 0; at < 60; ++at) {
    const std::string lane = std::to_string(at % 3);
    EXPECT_TRUE(
        sender.put(static_cast<std::size_t>(at % 3), batch_of({lane + "-" + std::to_string(at)})));
  }
  EXPECT_TRUE(sender.drain().ok());
  std::map<char, int> last;
  for (const std::string& id : daemon.order) {
    const int number = std::stoi(id.substr(2));
    EXPECT_GE(number, last[id[0]]);
    last[id[0]] = number;
  }
  EXPECT_EQ(daemon.order.size(), 60U);
}

}  // namespace
}  // namespace souk::cli
