// A daemon with the probe plugin on either engine, for tests of what it survives.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "kernel/gateway/tests/http_client.hpp"
#include "kernel/log/batch.hpp"
#include "kernel/storage/tests/test_database.hpp"
#include "tests/support/daemon_process.hpp"

namespace souk::testing {

/// Asks again until it holds; false after two minutes.
inline bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

/// The store "demo" with the probe, in a database of its own. The test starts its daemons.
class ProbeDaemonTest : public ::testing::TestWithParam<storage::Engine> {
 protected:
  static constexpr const char* kKey = "probe-daemon-key";

  /// `sections` are lines of YAML besides server, storage and stores.
  void write_config(const std::string& sections = "") {
    folder_.write("souk.yaml",
                  "server: { listen: 127.0.0.1:0, threads: 2 }\n"
                  "storage: { url: \"" +
                      database_->url() + "\" }\n" + sections +
                      "logging: { level: error }\n"
                      "stores:\n  - id: demo\n    keys:\n      - { id: all, scopes: "
                      "[ admin ], sha256: " +
                      base::sha256_hex(kKey) +
                      " }\n"
                      "    plugins:\n      probe: { library: \"" SOUK_TEST_PLUGINS
                      "/probe.so\" }\n");
  }
  void SetUp() override {
    database_ = std::make_unique<storage::TestDatabase>(GetParam());
    if (database_->url().empty()) GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server";
    write_config();
  }

  std::unique_ptr<DaemonProcess> start(const DaemonProcess::Options& options = {}) const {
    auto daemon = std::make_unique<DaemonProcess>(folder_.file("souk.yaml"),
                                                  folder_.file("log.txt"), options);
    EXPECT_TRUE(daemon->wait_ready()) << daemon->log();
    return daemon;
  }

  /// The answer; none when the daemon died meanwhile.
  static std::optional<gateway::testing::ClientResponse> request(std::uint16_t port,
                                                                 const std::string& method,
                                                                 const std::string& target,
                                                                 const std::string& body) {
    gateway::testing::HttpClient client(port);
    return client.request(method, target, {{"Authorization", std::string("Bearer ") + kKey}}, body);
  }

  /// The database beside the daemon, to be read only.
  [[nodiscard]] std::unique_ptr<storage::Database> look() const {
    auto opened = storage::Database::open({.url = database_->url(), .exclusive = false});
    EXPECT_TRUE(opened) << opened.status().message();
    return opened ? std::move(*opened) : nullptr;
  }

  /// Visits every row of the log that verifies; another one is a failure.
  static void for_batches(storage::Database& database,
                          const std::function<void(const log::Batch&)>& visit) {
    for (std::uint64_t from = 1;;) {
      auto rows = database.read_events("demo", from, 1U << 20U);
      if (!rows || rows->empty()) return;
      for (const storage::EventRow& row : *rows) {
        auto batch = log::Batch::from_row(row);
        EXPECT_TRUE(batch) << batch.status().message();
        if (batch) visit(**batch);
      }
      from = rows->back().first_sequence + rows->back().count;
    }
  }

  std::unique_ptr<storage::TestDatabase> database_;
  TestFolder folder_;
};

}  // namespace souk::testing
