// A store in a folder of its own, on SQLite unless a test says otherwise, for end-to-end tests.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>

#include "kernel/base/ids.hpp"
#include "kernel/gateway/tests/http_client.hpp"
#include "tests/support/daemon_process.hpp"

namespace souk::testing {

using gateway::testing::ClientResponse;
using gateway::testing::HeaderList;
using gateway::testing::HttpClient;

inline constexpr const char* kAdminKey = "e2e-admin-key";
inline constexpr const char* kWebKey = "e2e-web-key";

class StoreTest : public ::testing::Test {
 protected:
  /// `more` is added to the store, indented by four; `listen` as in YAML.
  void write_config(const std::string& more = "", const std::string& listen = "127.0.0.1:0") {
    folder_.write(
        "souk.yaml",
        "server: { listen: \"" + listen + "\", threads: 2 }\n" + "storage: { url: \"" +
            (url_.empty() ? "sqlite://" + folder_.file("souk.db") : url_) + "\" }\n" +
            "logging: { level: info, format: json }\n" +
            "stores:\n  - id: demo\n    currency: EUR\n    keys:\n" +
            "      - { id: admin, scopes: [ admin ], sha256: " + base::sha256_hex(kAdminKey) +
            " }\n" + "      - { id: web, scopes: [ events, decide ], sha256: " +
            base::sha256_hex(kWebKey) + " }\n" + more);
  }
  [[nodiscard]] std::string config() const { return folder_.file("souk.yaml"); }

  /// Starts the daemon and waits until it serves.
  void start() {
    daemon_ = std::make_unique<DaemonProcess>(config(), folder_.file("souk.log"));
    ASSERT_TRUE(daemon_->wait_ready()) << daemon_->log();
  }
  /// Ends it as an operator does; its exit status.
  int stop() {
    daemon_->signal(SIGTERM);
    const int status = daemon_->wait();
    daemon_.reset();
    return status;
  }

  ClientResponse ask(const std::string& method, const std::string& target,
                     const std::string& body = "", const std::string& key = kAdminKey) const {
    HttpClient client(daemon_->port());
    const auto answer = client.request(method, target, {{"Authorization", "Bearer " + key}}, body);
    return answer ? *answer : ClientResponse{};
  }

  /// Asks until the answer's body holds `text`; every question waits for its answer, and there are
  /// so many that only a store that never gets there runs out of them.
  std::string ask_until(const std::string& target, const std::string& text) const {
    std::string body;
    for (int i = 0; i < 20'000; ++i) {
      body = ask("GET", target).body;
      if (body.find(text) != std::string::npos) return body;
    }
    return body;
  }

  [[nodiscard]] CommandResult export_log() const {
    return run_souk({"log", "export", "-q", "-c", config(), "--store", "demo"});
  }

  static std::size_t count_lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  TestFolder folder_;
  std::string url_;  ///< of the database; empty: SQLite in the folder
  std::unique_ptr<DaemonProcess> daemon_;
};

}  // namespace souk::testing
