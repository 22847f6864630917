// A log on either engine for tests, which ends and begins again.
#pragma once

#include <memory>

#include "kernel/log/event_log.hpp"
#include "kernel/log/tests/make_event.hpp"
#include "kernel/storage/tests/test_database.hpp"

namespace souk::log {

/// The store "demo" on a database of its own and on a clock that stands still.
class OpenLog : public storage::OnBothEngines {
 protected:
  void SetUp() override {
    OnBothEngines::SetUp();
    if (database_) open_log();
  }
  void TearDown() override {
    log_.reset();
    OnBothEngines::TearDown();
  }
  void open_log() {
    log_.reset();
    auto opened = EventLog::open(*database_, settings_, clock_, metrics_);
    ASSERT_TRUE(opened) << opened.status().message();
    log_ = std::move(*opened);
    ASSERT_TRUE(log_->add_store("demo"));
  }
  void restart() {
    log_.reset();
    reopen();
    open_log();
  }

  EventLogSettings settings_;
  base::ManualClock clock_{1'000'000'000'000};
  base::Metrics metrics_;
  std::unique_ptr<EventLog> log_;
};

}  // namespace souk::log
