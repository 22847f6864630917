// A gateway over a real log and a real SQLite database in a temporary folder, and a fake host. Two
// stores, "demo" and "other", with a key for each scope.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "kernel/gateway/gateway.hpp"
#include "kernel/gateway/tests/fake_host.hpp"
#include "kernel/gateway/tests/http_client.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway::testing {

/// A key as YAML knows it; the key itself is `text`.
config::KeySettings make_key(const std::string& text, std::vector<std::string> scopes,
                             std::vector<std::string> origins = {}, config::RateLimit limit = {});

class GatewayFixture : public ::testing::Test {
 protected:
  GatewayFixture();
  ~GatewayFixture() override;

  /// Opens everything. Call once, after the settings have been changed.
  void start();
  void restart_gateway();
  HttpClient connect() { return HttpClient(gateway_->port()); }

  /// One request on a connection of its own, with a bearer key unless it is empty.
  ClientResponse ask(std::string_view method, std::string_view target,
                     std::string_view key = "k-admin", std::string_view body = {},
                     HeaderList headers = {});
  /// Every event of the store's log.
  std::vector<souk::v1::Event> events(std::string_view store = "demo");

  config::ServerSettings server_;
  std::vector<config::StoreSettings> stores_;
  GatewayOptions options_;
  FakeHost host_;
  base::Metrics metrics_;
  std::filesystem::path folder_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<Gateway> gateway_;
};

/// The member of a JSON text at a JSON pointer ("/rejected/0/reason"), as text; "" when there is
/// none.
std::string json_at(const std::string& text, const std::string& pointer);

}  // namespace souk::gateway::testing
