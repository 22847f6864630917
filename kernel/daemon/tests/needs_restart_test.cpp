#include <gmock/gmock.h>

#include "kernel/daemon/daemon.hpp"

namespace souk::daemon {
namespace {

using testing::ElementsAre;

TEST(NeedsRestart, NothingWhenNothingOfThatKindChanged) {
  config::Config running;
  config::Config wanted;
  wanted.stores.push_back({});
  wanted.log.retention_max_age_ms = 3'600'000;
  EXPECT_THAT(needs_restart(running, wanted), ElementsAre());
}

TEST(NeedsRestart, NamesEverySettingAsTheFileDoes) {
  config::Config running;
  config::Config wanted;
  wanted.server.port = 9'090;
  wanted.server.threads = 3;
  wanted.server.tls = config::TlsSettings{"/cert.pem", "/key.pem"};
  wanted.storage.url = "sqlite:///elsewhere.db";
  wanted.log.dedupe_window_ms = 60'000;
  wanted.logging.level = "debug";
  EXPECT_THAT(needs_restart(running, wanted),
              ElementsAre("server.listen", "server.threads", "server.tls", "storage.url",
                          "log.dedupe_window", "logging.level"));
}

TEST(NeedsRestart, AnotherCertificateIsAChange) {
  config::Config running;
  running.server.tls = config::TlsSettings{"/cert.pem", "/key.pem"};
  config::Config wanted = running;
  EXPECT_THAT(needs_restart(running, wanted), ElementsAre());
  wanted.server.tls->certificate = "/other.pem";
  EXPECT_THAT(needs_restart(running, wanted), ElementsAre("server.tls"));
}

}  // namespace
}  // namespace souk::daemon
