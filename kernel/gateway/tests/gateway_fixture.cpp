#include "kernel/gateway/tests/gateway_fixture.hpp"

#include <simdjson.h>
#include <unistd.h>

#include "kernel/base/ids.hpp"

namespace souk::gateway::testing {

config::KeySettings make_key(const std::string& text, std::vector<std::string> scopes,
                             std::vector<std::string> origins, config::RateLimit limit) {
  config::KeySettings key;
  key.id = text;
  key.sha256 = base::sha256_hex(text);
  key.scopes = std::move(scopes);
  key.origins = std::move(origins);
  key.rate_limit = limit;
  return key;
}

GatewayFixture::GatewayFixture() {
  std::string pattern = (std::filesystem::temp_directory_path() / "souk-gateway-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  server_.port = 0;
  server_.threads = 2;
  config::StoreSettings demo;
  demo.id = "demo";
  demo.keys = {make_key("k-events", {"events"}, {"https://shop.example"}),
               make_key("k-decide", {"decide"}, {"*"}), make_key("k-catalog", {"catalog"}),
               make_key("k-customers", {"customers"}), make_key("k-admin", {"admin"})};
  config::StoreSettings other;
  other.id = "other";
  other.keys = {make_key("k-other", {"admin"})};
  stores_ = {demo, other};
  options_.version = "1.2.3";
}

GatewayFixture::~GatewayFixture() {
  if (gateway_) gateway_->close();
  gateway_.reset();
  if (log_) log_->close();
  log_.reset();
  database_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void GatewayFixture::start() {
  storage::DatabaseSettings storage;
  storage.url = "sqlite://" + (folder_ / "souk.db").string();
  auto database = storage::Database::open(storage);
  ASSERT_TRUE(database.ok()) << database.status().message();
  database_ = std::move(database).value();
  auto log = log::EventLog::open(*database_, {}, base::system_clock(), metrics_);
  ASSERT_TRUE(log.ok()) << log.status().message();
  log_ = std::move(log).value();
  for (const auto& store : stores_)
    ASSERT_TRUE(log_->add_store(store.id).ok());
  restart_gateway();
}

void GatewayFixture::restart_gateway() {
  gateway_.reset();
  auto gateway = Gateway::open(
      server_, stores_, {host_, *log_, *database_, base::system_clock(), metrics_}, options_);
  ASSERT_TRUE(gateway.ok()) << gateway.status().message();
  gateway_ = std::move(gateway).value();
}

ClientResponse GatewayFixture::ask(std::string_view method, std::string_view target,
                                   std::string_view key, std::string_view body,
                                   HeaderList headers) {
  if (!key.empty())
    headers.insert(headers.begin(), {"Authorization", "Bearer " + std::string(key)});
  HttpClient client = connect();
  auto response = client.request(method, target, headers, body);
  EXPECT_TRUE(response) << method << " " << target;
  return response.value_or(ClientResponse{});
}

std::vector<souk::v1::Event> GatewayFixture::events(std::string_view store) {
  std::vector<souk::v1::Event> found;
  std::uint64_t from = 1;
  for (;;) {
    const auto batches = log_->read(store, from, 1U << 20U);
    EXPECT_TRUE(batches.ok());
    if (!batches.ok() || batches->empty()) return found;
    for (const auto& batch : batches.value()) {
      for (const auto& event : batch->events()) {
        souk::v1::Event message;
        EXPECT_TRUE(message.ParseFromArray(event.wire.data(), static_cast<int>(event.wire.size())));
        found.push_back(std::move(message));
      }
      from = batch->last_sequence() + 1;
    }
  }
}

std::string json_at(const std::string& text, const std::string& pointer) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(text).get(root) != simdjson::SUCCESS) return "not JSON: " + text;
  simdjson::dom::element found;
  if (root.at_pointer(pointer).get(found) != simdjson::SUCCESS) return "";
  std::string_view string;
  if (found.get(string) == simdjson::SUCCESS) return std::string(string);
  return simdjson::minify(found);
}

}  // namespace souk::gateway::testing
