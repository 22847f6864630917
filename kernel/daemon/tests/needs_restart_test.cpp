#include <gmock/gmock.h>

#include <functional>
#include <memory>

#include "kernel/daemon/daemon.hpp"

namespace souk::daemon {
namespace {

using testing::ElementsAre;

std::unique_ptr<config::Config> config_with(const std::function<void(config::Config&)>& change) {
  auto config = std::make_unique<config::Config>();
  change(*config);
  return config;
}

TEST(NeedsRestart, NothingWhenNothingOfThatKindChanged) {
  const auto running = config_with([](config::Config&) {});
  const auto wanted = config_with([](config::Config& config) {
    config.stores.emplace_back();
    config.log.retention_max_age_ms = 3'600'000;
  });
  EXPECT_THAT(needs_restart(*running, *wanted), ElementsAre());
}

TEST(NeedsRestart, NamesEverySettingAsTheFileDoes) {
  const auto running = config_with([](config::Config&) {});
  const auto wanted = config_with([](config::Config& config) {
    config.server.port = 9'090;
    config.server.threads = 3;
    config.server.tls.emplace();
    config.storage.url = "sqlite:///elsewhere.db";
    config.log.dedupe_window_ms = 60'000;
    config.logging.level = "debug";
  });
  EXPECT_THAT(needs_restart(*running, *wanted),
              ElementsAre("server.listen", "server.threads", "server.tls", "storage.url",
                          "log.dedupe_window", "logging.level"));
}

TEST(NeedsRestart, AnotherCertificateIsAChange) {
  const auto with = [](const std::string& certificate) {
    return config_with(
        [&](config::Config& config) { config.server.tls.emplace().certificate = certificate; });
  };
  EXPECT_THAT(needs_restart(*with("/cert.pem"), *with("/cert.pem")), ElementsAre());
  EXPECT_THAT(needs_restart(*with("/cert.pem"), *with("/other.pem")), ElementsAre("server.tls"));
}

}  // namespace
}  // namespace souk::daemon
