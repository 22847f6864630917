// The YAML file: what is refused, where, with which words; and what a good file means.
#include "kernel/config/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "kernel/config/setting_place.hpp"

namespace souk::config {
namespace {

const std::string kHash(64, 'a');
const std::string kOtherHash(64, 'b');

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "souk-config-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  LoadOutcome load_text(const std::string& text) {
    const std::string file = folder_ + "/souk.yaml";
    std::ofstream(file) << text;
    return load(file, {}, &environment_);
  }

  /// Exactly one fault, there, with these words in it.
  void expect_fault(const std::string& text, int line, int column, const std::string& words) {
    const LoadOutcome outcome = load_text(text);
    EXPECT_FALSE(outcome.config.has_value());
    ASSERT_EQ(outcome.faults.size(), 1U) << list(outcome);
    const Fault& fault = outcome.faults.front();
    EXPECT_EQ(fault.line, line) << fault.text();
    EXPECT_EQ(fault.column, column) << fault.text();
    EXPECT_NE(fault.message.find(words), std::string::npos) << fault.text();
  }

  static std::string list(const LoadOutcome& outcome) {
    std::string text;
    for (const Fault& fault : outcome.faults)
      text += fault.text() + "\n";
    return text;
  }

  std::string folder_;
  std::map<std::string, std::string> environment_;
};

const std::string kGood =
    "storage: { url: sqlite://souk.db }\n"
    "stores:\n"
    "  - id: demo\n";

TEST(SettingPlaceTest, TheDeepestPartThatIsThereIsThePlace) {
  const Layers layers{YAML::Load("placements:\n"
                                 "  home: { limit: 3,\n"
                                 "          filter: prise < 5 }\n"
                                 "  a.b: { boost: x }\n"
                                 "flows: [ { after: 1h }, { after: soon } ]\n"
                                 "robot_events: 5\n"),
                      YAML::Load("{ placements: { home: { limit: 4 } } }")};
  const auto place = [&layers](const char* sentence) {
    const auto mark = place_of_setting(sentence, layers);
    return mark ? std::to_string(mark->line + 1) + ":" + std::to_string(mark->column + 1)
                : std::string("nowhere");
  };
  EXPECT_EQ(place("placements.home.filter: filter: column 1: no fact"), "3:19");
  EXPECT_EQ(place("placements.home.limit: it is 4"), "1:32") << "the account's, which counts";
  EXPECT_EQ(place("placements.home.min_items: it is 9"), "1:23") << "its default is at fault";
  EXPECT_EQ(place("placements.a.b.boost: column 1"), "4:17");
  EXPECT_EQ(place("flows[1].after: 'soon' is no time"), "5:34");
  EXPECT_EQ(place("flows[7].after: there is none"), "5:8");
  EXPECT_EQ(place("robot_events is 5, allowed is 50 to 1000000"), "6:15");
  EXPECT_EQ(place("the models do not fit together"), "nowhere");
  EXPECT_EQ(place(""), "nowhere");
}

TEST_F(ConfigTest, a_file_that_can_not_be_read_or_parsed_is_one_fault) {
  EXPECT_EQ(load("/nowhere/souk.yaml", {}).faults.size(), 1U);
  expect_fault("storage: [\n", 2, 1, "not YAML");
  expect_fault("just text", 1, 1, "expected a map");
  EXPECT_FALSE(load_text("").config.has_value());
}

TEST_F(ConfigTest, an_unknown_key_is_named_with_what_was_meant) {
  expect_fault(kGood + "    curency: EUR\n", 4, 5, "currency");
  expect_fault(kGood + "serverr: {}\n", 4, 1, "server");
}

TEST_F(ConfigTest, wrong_types_and_ranges_say_what_is_allowed) {
  expect_fault(kGood + "server: { max_connections: many }\n", 4, 28, "max_connections");
  expect_fault(kGood + "server: { max_connections: 0 }\n", 4, 28, "1");
  expect_fault(kGood + "server: { idle_timeout: 5 parsecs }\n", 4, 25, "idle_timeout");
  expect_fault(kGood + "server: [ 1 ]\n", 4, 9, "map");
  expect_fault(kGood + "server: { listen: 127.0.0.1:99999 }\n", 4, 19, "65535");
  expect_fault(kGood + "bus: { engine: nats }\n", 4, 16, "embedded");
  expect_fault(kGood + "    currency: euro\n", 4, 15, "currency");
}

TEST_F(ConfigTest, what_is_missing_is_named) {
  expect_fault("storage: { url: sqlite://x.db }\n", 1, 1, "stores");
  expect_fault("stores:\n  - id: demo\n", 1, 1, "storage");
  expect_fault(kGood + "server: { tls: { certificate: none.pem, key: souk.yaml } }\n", 4, 31,
               "there is no file");
}

TEST_F(ConfigTest, duplicates_point_to_the_first) {
  expect_fault(kGood + "  - id: demo\n", 4, 9, "first in line 3");
  expect_fault(kGood + "storage: { url: sqlite://y.db }\n", 4, 1, "twice");
  expect_fault(kGood +
                   "    keys:\n"
                   "      - { id: web, sha256: " +
                   kHash +
                   ", scopes: [ events ] }\n"
                   "      - { id: web, sha256: " +
                   kOtherHash + ", scopes: [ events ] }\n",
               6, 15, "key \"web\" is given twice");
  expect_fault(kGood + "    keys: [ { id: a, sha256: " + kHash + ", scopes: [ events ] } ]\n" +
                   "  - id: other\n    keys: [ { id: a, sha256: " + kHash +
                   ", scopes: [ events ] } ]\n",
               6, 30, "hash");
}

TEST_F(ConfigTest, keys_are_hashes_with_known_scopes) {
  expect_fault(kGood + "    keys: [ { id: a, sha256: secret, scopes: [ events ] } ]\n", 4, 30,
               "sha256");
  expect_fault(kGood + "    keys: [ { id: a, sha256: " + kHash + ", scopes: [ evnts ] } ]\n", 4,
               106, "events");
}

TEST_F(ConfigTest, bad_urls_and_missing_folders_are_found) {
  expect_fault("storage: { url: postgres://x/y }\nstores: [ { id: demo } ]\n", 1, 17,
               "unknown scheme");
  expect_fault("storage: { url: sqlite:///nowhere/at/all.db }\nstores: [ { id: demo } ]\n", 1, 17,
               "there is no folder");
}

TEST_F(ConfigTest, variables_come_from_the_environment) {
  expect_fault("storage: { url: \"${DATABASE}\" }\nstores: [ { id: demo } ]\n", 1, 17, "DATABASE");
  environment_["DATABASE"] = "mysql://root@127.0.0.1:3306/souk";
  const LoadOutcome outcome = load_text(
      "storage: { url: \"${DATABASE}\" }\nserver: { listen: \"${AT:-127.0.0.1:0}\" }\n"
      "stores: [ { id: demo } ]\n");
  ASSERT_TRUE(outcome.config) << list(outcome);
  EXPECT_EQ(outcome.config->storage.url, environment_["DATABASE"]);
  EXPECT_EQ(outcome.config->server.port, 0);
}

TEST_F(ConfigTest, an_unknown_plugin_says_what_there_is) {
  expect_fault(kGood + "    plugins:\n      recommendatoins: {}\n", 5, 7, "no plugin");
  expect_fault(kGood + "    plugins:\n      x: { library: ./none.so }\n", 5, 21,
               "there is no file");
  expect_fault(kGood + "    plugins: [ a ]\n", 4, 14, "must be a map");
  EXPECT_TRUE(load_text(kGood + "    plugins:\n      recommendatoins: off\n").config);
}

TEST_F(ConfigTest, all_faults_are_found_in_one_run_in_the_order_of_lines) {
  const LoadOutcome outcome = load_text(
      "server: { threads: none, idle_timeot: 1s }\n"
      "storage: { url: nonsense }\n"
      "stores:\n"
      "  - id: Demo Shop\n"
      "    plugins: { unknown: {} }\n"
      "  - keys: [ { id: k } ]\n");
  EXPECT_FALSE(outcome.config.has_value());
  std::vector<int> lines;
  for (const Fault& fault : outcome.faults)
    lines.push_back(fault.line);
  EXPECT_TRUE(std::is_sorted(lines.begin(), lines.end())) << list(outcome);
  for (const int line : {1, 4, 5, 6}) {
    EXPECT_NE(std::find(lines.begin(), lines.end(), line), lines.end()) << line << "\n"
                                                                        << list(outcome);
  }
  EXPECT_GE(std::count(lines.begin(), lines.end(), 1), 2) << list(outcome);
}

TEST_F(ConfigTest, aliases_can_not_blow_up) {
  std::string text = "a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [ " + before;
    for (int j = 0; j < 9; ++j)
      text += ", " + before;
    text += " ]\n";
  }
  EXPECT_FALSE(load_text(text + "stores: *a8\n").config.has_value());
}

TEST_F(ConfigTest, a_good_file_means_what_it_says) {
  std::ofstream(folder_ + "/tls.pem") << "pem";
  const LoadOutcome outcome = load_text(
      "server: { listen: \"[::1]:9000\", threads: 3, idle_timeout: 2m, tls: { certificate: tls.pem,"
      " key: tls.pem } }\n"
      "storage: { url: sqlite://souk.db, connections: 2 }\n"
      "log: { dedupe_window: 2d, retention: { max_age: 90d, max_bytes: 1073741824 } }\n"
      "stores:\n"
      "  - id: demo\n"
      "    currency: GBP\n"
      "    keys:\n"
      "      - { id: web, sha256: " +
      kHash +
      ", scopes: [ events, decide ], origins: [ \"*\" ],"
      " rate_limit: { requests_per_second: 50 } }\n"
      "    accounts: [ { id: northwind } ]\n");
  ASSERT_TRUE(outcome.config) << list(outcome);
  const Config& config = *outcome.config;
  EXPECT_EQ(config.server.host, "::1");
  EXPECT_EQ(config.server.port, 9000);
  EXPECT_EQ(config.server.threads, 3U);
  EXPECT_EQ(config.server.idle_timeout_ms, 120'000);
  EXPECT_EQ(config.server.request_timeout_ms, 15'000);
  EXPECT_EQ(config.server.tls->certificate, folder_ + "/tls.pem");
  EXPECT_EQ(config.storage.url, "sqlite://" + folder_ + "/souk.db");
  EXPECT_EQ(config.log.dedupe_window_ms, 172'800'000);
  EXPECT_EQ(config.log.retention_max_age_ms, 7'776'000'000);
  ASSERT_EQ(config.stores.size(), 1U);
  EXPECT_EQ(config.stores[0].currency, "GBP");
  ASSERT_EQ(config.stores[0].keys.size(), 1U);
  EXPECT_EQ(config.stores[0].keys[0].scopes, (std::vector<std::string>{"events", "decide"}));
  EXPECT_EQ(config.stores[0].keys[0].rate_limit.burst, 100U);
  EXPECT_EQ(config.stores[0].accounts, std::vector<std::string>{"northwind"});
}

TEST_F(ConfigTest, defaults_hold_where_a_section_is_absent) {
  const LoadOutcome outcome = load_text(kGood);
  ASSERT_TRUE(outcome.config) << list(outcome);
  EXPECT_EQ(outcome.config->server.host, "127.0.0.1");
  EXPECT_EQ(outcome.config->server.port, 8080);
  EXPECT_EQ(outcome.config->server.max_body_bytes, 8U << 20U);
  EXPECT_EQ(outcome.config->log.dedupe_window_ms, 7LL * 86'400'000);
  EXPECT_EQ(outcome.config->logging.level, "info");
}

}  // namespace
}  // namespace souk::config
