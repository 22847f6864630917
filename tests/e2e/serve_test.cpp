// `souk serve` from start to end, as an operator and a storefront meet it.
#include <signal.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ServeTest : public StoreTest {};

TEST_F(ServeTest, AFaultyFileIsRefusedWithItsPlaces) {
  folder_.write("souk.yaml", "server: { lisen: 127.0.0.1:0 }\nstores: []\n");
  const CommandResult serve = run_souk({"serve", "-c", config()});
  EXPECT_EQ(serve.status, 1);
  EXPECT_THAT(serve.errors, HasSubstr("souk.yaml:1:11: error: "));
  const CommandResult check = run_souk({"check", "-c", config()});
  EXPECT_EQ(check.status, 1);
  EXPECT_EQ(check.errors, serve.errors);
}

TEST_F(ServeTest, ABusyPortIsASentenceAndExitOne) {
  write_config();
  start();
  TestFolder other;
  other.write("souk.yaml", "server: { listen: \"127.0.0.1:" + std::to_string(daemon_->port()) +
                               "\" }\nstorage: { url: \"sqlite://" + other.file("souk.db") +
                               "\" }\nstores:\n  - id: demo\n");
  const CommandResult second = run_souk({"serve", "-c", other.file("souk.yaml")});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.errors, HasSubstr(std::to_string(daemon_->port())));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeTest, EventsAreTakenKeptAndExported) {
  write_config();
  start();
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  EXPECT_EQ(ask("POST", "/v1/events", "{}", "wrong-key").status, 401);
  const std::string events =
      R"({"events":[{"id":"e1","shopperId":"s1","productViewed":{"productId":"p1"}},)"
      R"({"id":"e2","shopperId":"s1","productViewed":{"productId":"p2"}},)"
      R"({"id":"e3","productViewed":{}}]})";
  const ClientResponse answer = ask("POST", "/v1/events", events, kWebKey);
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("\"accepted\":2"));
  EXPECT_THAT(answer.body, HasSubstr("\"index\":2"));
  const ClientResponse again = ask("POST", "/v1/events", events, kWebKey);
  EXPECT_THAT(again.body, HasSubstr("\"duplicates\":2"));

  const CommandResult running = export_log();
  EXPECT_EQ(running.status, 0) << running.errors;
  EXPECT_EQ(count_lines(running.output), 2U) << running.output;
  EXPECT_THAT(running.output, HasSubstr("\"sequence\":\"1\""));
  EXPECT_THAT(running.output, HasSubstr("\"storeId\":\"demo\""));
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(export_log().output, running.output);
  const CommandResult verify = run_souk({"log", "verify", "-q", "-c", config(), "--store", "demo"});
  EXPECT_EQ(verify.status, 0) << verify.output << verify.errors;
  EXPECT_THAT(verify.output, HasSubstr("2 events in 1 rows: all verify"));
  start();
  EXPECT_THAT(ask("POST", "/v1/events", events, kWebKey).body, HasSubstr("\"duplicates\":2"));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeTest, TheExportCanBeImportedIntoAnotherStore) {
  write_config();
  start();
  std::string events = R"({"events":[)";
  for (int i = 0; i < 200; ++i) {
    events += std::string(i > 0 ? "," : "") + R"({"id":"e)" + std::to_string(i) +
              R"(","time":"2026-01-01T00:00:00Z","sessionId":"v)" + std::to_string(i % 13) +
              R"(","productViewed":{"productId":"p)" + std::to_string(i % 9) + R"("}})";
  }
  ASSERT_EQ(ask("POST", "/v1/events", events + "]}", kWebKey).status, 202);
  ASSERT_EQ(stop(), 0);
  const CommandResult first = export_log();
  folder_.write("events.jsonl", first.output);
  std::filesystem::remove(folder_.file("souk.db"));
  std::filesystem::remove(folder_.file("souk.db-wal"));
  std::filesystem::remove(folder_.file("souk.db-shm"));
  const CommandResult import = run_souk(
      {"import", "events", folder_.file("events.jsonl"), "-q", "-c", config(), "--store", "demo"});
  EXPECT_EQ(import.status, 0) << import.output << import.errors;
  const CommandResult second = export_log();
  // Everything but the time of receipt is as it was.
  const auto without_receipt = [](std::string text) {
    constexpr std::string_view kKey = "\"receivedAt\":\"";
    for (auto at = text.find(kKey); at != std::string::npos; at = text.find(kKey, at)) {
      text.erase(at, text.find('"', at + kKey.size()) + 2 - at);
    }
    return text;
  };
  EXPECT_EQ(without_receipt(second.output), without_receipt(first.output));
}

TEST_F(ServeTest, AReloadAppliesTheDifferenceAndABadFileChangesNothing) {
  write_config();
  start();
  EXPECT_EQ(ask("GET", "/v1/products/p1", "", "new-key").status, 401);
  write_config("      - { id: more, scopes: [ admin ], sha256: " + base::sha256_hex("new-key") +
               " }\n  - id: second\n");
  daemon_->signal(SIGHUP);
  int status = 401;
  for (int i = 0; i < 20'000 && status == 401; ++i) {
    status = ask("GET", "/v1/products/p1", "", "new-key").status;
  }
  EXPECT_EQ(status, 404) << daemon_->log();

  folder_.write("souk.yaml", "stores: nonsense\n");
  daemon_->signal(SIGHUP);
  std::string log;
  for (int i = 0; i < 20'000 && log.find("not applied") == std::string::npos; ++i) {
    EXPECT_EQ(ask("GET", "/v1/products/p1", "", "new-key").status, 404);
    log = daemon_->log();
  }
  EXPECT_THAT(log, HasSubstr("souk.yaml:1:9: error: "));
  EXPECT_THAT(log, HasSubstr("not applied"));
  EXPECT_EQ(ask("GET", "/v1/products/p1", "", "new-key").status, 404);
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeTest, TwoPluginsWithOneServiceAreRefusedAtStartAndAtReload) {
  const auto entry = [](const std::string& id, const std::string& file) {
    return "      " + id + ": { library: \"" SOUK_TEST_PLUGINS "/" + file + ".so\" }\n";
  };
  const std::string one = "    plugins:\n" + entry("probe", "probe");
  const std::string two = one + entry("second", "probe_second");
  const auto expect_fault = [](const std::string& text) {
    EXPECT_THAT(text, HasSubstr("souk.yaml:12:7: error: "));
    for (const char* name : {"probe", "second", "souk.v1.Recommendations"})
      EXPECT_THAT(text, HasSubstr(name));
  };
  write_config(two);
  const CommandResult check = run_souk({"check", "-c", config()});
  EXPECT_EQ(check.status, 1);
  expect_fault(check.errors);
  EXPECT_EQ(run_souk({"serve", "-c", config()}).errors, check.errors);

  write_config(one);
  start();
  write_config(two);
  daemon_->signal(SIGHUP);
  std::string log;
  for (int i = 0; i < 20'000 && log.find("not applied") == std::string::npos; ++i) {
    EXPECT_EQ(ask("GET", "/healthz").status, 200);
    log = daemon_->log();
  }
  EXPECT_THAT(log, HasSubstr("not applied"));
  expect_fault(log);
  const std::string plugins = ask("GET", "/v1/admin/plugins").body;
  EXPECT_THAT(plugins, HasSubstr("\"name\":\"probe\""));
  EXPECT_THAT(plugins, HasSubstr("\"state\":\"RUNNING\""));
  EXPECT_THAT(plugins, Not(HasSubstr("second")));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeTest, WhatAPluginRefusesOfItsSettingsIsAFaultOfTheFile) {
  const auto plugins = [](const std::string& filter) {
    return "    plugins:\n"
           "      recommendations:\n"
           "        placements:\n"
           "          home: { kinds: [ trending ],\n"
           "                  filter: \"" +
           filter +
           "\" }\n"
           "    accounts:\n"
           "      - id: north\n"
           "        plugins:\n"
           "          recommendations: { placements: { quick: { boost: \"price => 2\" } } }\n";
  };
  write_config(plugins("prise < 50"));
  const CommandResult check = run_souk({"check", "-c", config()});
  EXPECT_EQ(check.status, 1);
  EXPECT_THAT(check.errors, HasSubstr("souk.yaml:14:27: error: "));
  EXPECT_THAT(check.errors, HasSubstr("placements.home.filter: "));
  EXPECT_THAT(check.errors, HasSubstr("'prise' is no fact of products; did you mean price?"));

  write_config("    plugins:\n      recommendations: {}\n");
  EXPECT_EQ(run_souk({"check", "-c", config()}).status, 0);
  start();
  write_config(plugins("price < 50"));
  daemon_->signal(SIGHUP);
  std::string log;
  for (int i = 0; i < 20'000 && log.find("not applied") == std::string::npos; ++i) {
    EXPECT_EQ(ask("GET", "/healthz").status, 200);
    log = daemon_->log();
  }
  EXPECT_THAT(log, HasSubstr("souk.yaml:18:")) << "the account's boost has no test";
  EXPECT_THAT(log, HasSubstr("placements.quick.boost: "));
  EXPECT_EQ(ask("GET", "/v1/recommendations?placement=home").status, 400)
      << "nothing of the file was applied";
  EXPECT_THAT(ask("GET", "/v1/admin/plugins").body, HasSubstr("\"state\":\"RUNNING\""));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeTest, ADamagedRowIsGivenUpByAnOperatorAlone) {
  write_config();
  start();
  const auto send = [this](const std::string& id) {
    return ask("POST", "/v1/events", R"({"events":[{"id":")" + id + R"(","cartViewed":{}}]})",
               kWebKey);
  };
  for (const char* id : {"e1", "e2", "e3"})
    ASSERT_EQ(send(id).status, 202);
  const auto accept = [this](const std::string& sequence, bool yes) {
    std::vector<std::string> words{"log",     "accept-loss", "-c",         config(),
                                   "--store", "demo",        "--sequence", sequence};
    if (yes) words.push_back("--yes");
    return run_souk(words);
  };
  EXPECT_THAT(accept("2", true).errors, HasSubstr("another")) << "not while the daemon runs";
  EXPECT_EQ(stop(), 0);
  {
    soci::session sql(soci::sqlite3, folder_.file("souk.db"));
    sql << "UPDATE souk_events SET data = 'x' WHERE first_sequence = 2";
  }
  EXPECT_THAT(accept("1", true).errors, HasSubstr("verifies"));
  const CommandResult looked = accept("2", false);
  EXPECT_EQ(looked.status, 1);
  EXPECT_THAT(looked.output, HasSubstr("Nothing was changed"));
  const CommandResult given_up = accept("2", true);
  EXPECT_EQ(given_up.status, 0) << given_up.errors;
  const CommandResult verify = run_souk({"log", "verify", "-q", "-c", config(), "--store", "demo"});
  EXPECT_EQ(verify.status, 0) << verify.output;
  EXPECT_THAT(verify.output, HasSubstr("sequence 2 to 2 was given up on "));
  start();
  EXPECT_THAT(send("e2").body, HasSubstr("\"accepted\":1"));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeTest, AChangedAddressIsNamedAsNeedingARestart) {
  write_config();
  start();
  write_config("", "127.0.0.1:1");
  daemon_->signal(SIGHUP);
  std::string log;
  for (int i = 0; i < 20'000 && log.find("the file was applied") == std::string::npos; ++i) {
    EXPECT_EQ(ask("GET", "/healthz").status, 200);
    log = daemon_->log();
  }
  EXPECT_THAT(log, HasSubstr("server.listen"));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeTest, TheSchemaForEditorsIsWhatTheProgramSays) {
  const CommandResult printed = run_souk({"schema"});
  ASSERT_EQ(printed.status, 0);
  if (printed.output.find("souk.recommendations.v1.Settings") == std::string::npos) {
    GTEST_SKIP() << "the recommendations plugin is not built";
  }
  std::ostringstream committed;
  committed << std::ifstream(SOUK_SOURCE_DIR "/schemas/config.schema.json").rdbuf();
  EXPECT_EQ(committed.str(), printed.output)
      << "write it anew: souk schema > schemas/config.schema.json";
}

TEST_F(ServeTest, AViewChangesTheNextRecommendation) {
  write_config("    plugins: { recommendations: {} }\n");
  if (run_souk({"check", "-c", config()}).status != 0) {
    GTEST_SKIP() << "the recommendations plugin is not built";
  }
  start();
  std::string events = R"({"events":[)";
  for (int visit = 0; visit < 20; ++visit) {
    for (const char* product : {"lamp", "bulb", "shade"}) {
      events += std::string(events.back() == '[' ? "" : ",") + R"({"id":"v)" +
                std::to_string(visit) + product + R"(","sessionId":"v)" + std::to_string(visit) +
                R"(","shopperId":"s)" + std::to_string(visit) +
                R"(","productViewed":{"productId":")" + product + R"("}})";
    }
  }
  ASSERT_EQ(ask("POST", "/v1/events", events + "]}", kWebKey).status, 202);
  const std::string now =
      R"({"events":[{"id":"now","sessionId":"mine","shopperId":"me","productViewed":{"productId":"lamp"}}]})";
  ASSERT_EQ(ask("POST", "/v1/events", now, kWebKey).status, 202);
  const std::string body =
      ask_until("/v1/recommendations?kind=for_you&shopperId=me&sessionId=mine", "bulb");
  EXPECT_THAT(body, HasSubstr("bulb")) << daemon_->log();
  EXPECT_EQ(stop(), 0);
  // From its snapshot and the log, after a restart.
  start();
  EXPECT_THAT(ask_until("/v1/recommendations?kind=for_you&shopperId=me&sessionId=mine", "bulb"),
              HasSubstr("bulb"));
  EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace souk::testing
