// A daemon's inside for tests: a database of its own on either engine, a log, a host, test plugins.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "kernel/base/logging.hpp"
#include "kernel/host/host.hpp"
#include "kernel/log/tests/make_event.hpp"
#include "kernel/storage/tests/test_database.hpp"

namespace souk::host {

inline std::string plugin_path(const std::string& name) {
  std::string path(SOUK_TEST_PLUGINS);
  path.append("/").append(name).append(".so");
  return path;
}

/// Asks again until it holds; false after half a minute.
template <class Condition>
bool eventually(Condition&& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

struct Answer {
  Code code = Code::ok;
  std::string reply;
  std::string error;
};

/// Every suite runs on SQLite and, where SOUK_TEST_MYSQL_URL names a server, on MySQL/MariaDB.
class HostTest : public ::testing::TestWithParam<storage::Engine> {
 protected:
  static constexpr const char* kMethod = "souk.v1.Recommendations/Recommend";

  HostTest() {
    base::configure_logging(base::LogLevel::off, base::LogFormat::text);
    std::string name = (std::filesystem::temp_directory_path() / "souk-host-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    settings_.event_threads = 2;
    // Of no test's interest, but of a busy machine's: those that wait for one set their own.
    settings_.call_timeout_ms = 30'000;
    settings_.stop_timeout_ms = 10'000;
    settings_.start_timeout_ms = 10'000;
  }
  void SetUp() override {
    test_database_ = std::make_unique<storage::TestDatabase>(GetParam());
    if (test_database_->url().empty()) {
      GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server; tools/test starts one";
    }
  }
  ~HostTest() override {
    host_.reset();
    log_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open(const base::Clock& clock = base::system_clock()) {
    auto opened = storage::Database::open({.url = test_database_->url()});
    ASSERT_TRUE(opened) << opened.status().message();
    database_ = std::move(*opened);
    auto log = log::EventLog::open(*database_, log_settings_, clock, metrics_);
    ASSERT_TRUE(log) << log.status().message();
    log_ = std::move(*log);
    open_host(clock);
  }
  void open_host(const base::Clock& clock = base::system_clock()) {
    auto host = Host::open(settings_, *log_, *database_, clock, metrics_);
    ASSERT_TRUE(host);
    host_ = std::move(*host);
  }
  /// As another process would begin: database, log and host are opened anew.
  void reopen(const base::Clock& clock = base::system_clock()) {
    host_.reset();
    log_.reset();
    database_.reset();
    open(clock);
  }
  /// As kill -9 would: no snapshot, no farewell; the database and the log live on.
  void crash() { host_.reset(); }

  config::PluginSettings plugin(const std::string& library, std::string settings = {},
                                std::string account = {}) {
    auto info = config::read_plugin(plugin_path(library));
    EXPECT_TRUE(info) << info.status().message();
    config::PluginSettings plugin;
    if (info) {
      plugin.library = *info;
      plugin.id = (*info)->manifest.id();
    }
    plugin.settings = std::move(settings);
    plugin.account_id = std::move(account);
    return plugin;
  }
  void apply(std::vector<config::PluginSettings> plugins) {
    config::StoreSettings store;
    store.id = "demo";
    store.plugins = std::move(plugins);
    host_->apply({store});
  }
  InstanceStatus status(const std::string& name = "probe", const std::string& account = {}) {
    for (InstanceStatus& found : host_->instances("demo")) {
      if (found.key.plugin == name && found.key.account_id == account) return found;
    }
    ADD_FAILURE() << "no instance " << name;
    return {};
  }
  bool reaches(InstanceState state, const std::string& name = "probe") {
    const bool reached = eventually([&] { return status(name).state == state; });
    if (!reached) {
      ADD_FAILURE() << state_name(status(name).state) << ": " << status(name).reason;
    }
    return reached;
  }

  /// One event about a product of this name; returns its sequence.
  std::uint64_t see(const std::string& product, const std::string& account = {}) {
    auto event = log::view_event("e" + std::to_string(++events_), "s1", product);
    event.set_account_id(account);
    log::EncodedEvents events;
    log::add(events, event);
    const auto appended = log::append(*log_, "demo", std::move(events));
    EXPECT_TRUE(appended) << appended.status().message();
    return appended ? appended->last_sequence : 0;
  }
  void see_many(int count) {
    log::EncodedEvents events;
    for (int i = 0; i < count; ++i) {
      log::add(events, log::view_event("e" + std::to_string(++events_), "s1", "p"));
    }
    ASSERT_TRUE(log::append(*log_, "demo", std::move(events)));
  }
  bool folded() { return host_->wait_folded("demo", log_->last_sequence("demo"), 30'000); }

  Answer ask(const std::string& request, const std::string& account = {},
             std::int64_t timeout_us = 0) {
    std::promise<Answer> promise;
    CallRequest call;
    call.store_id = "demo";
    call.account_id = account;
    call.method = kMethod;
    call.request = request;
    call.request_id = "r1";
    call.timeout_us = timeout_us;
    host_->call(call, [&promise](Code code, std::string_view reply, std::string_view error) {
      promise.set_value({code, std::string(reply), std::string(error)});
    });
    return promise.get_future().get();
  }
  std::string state() { return ask("state").reply; }
  std::vector<storage::DeadLetterRow> letters() {
    auto rows = database_->dead_letters("demo", 0, 100);
    EXPECT_TRUE(rows);
    return rows ? *rows : std::vector<storage::DeadLetterRow>{};
  }
  /// Events of the store's log that plugins published.
  int derived() {
    int count = 0;
    auto batches = log_->read("demo", 1, 64U << 20U);
    EXPECT_TRUE(batches);
    for (const auto& batch : *batches) {
      for (const auto& event : batch->events())
        count += event.fields.has_origin ? 1 : 0;
    }
    return count;
  }
  void touch(const std::string& file) { std::ofstream(folder_ + "/" + file) << "x"; }

  std::string folder_;                               ///< for files that plugins look for
  base::ManualClock manual_{1'800'000'000'000'000};  // for tests that drive time
  HostSettings settings_;
  log::EventLogSettings log_settings_;
  base::Metrics metrics_;
  std::unique_ptr<storage::TestDatabase> test_database_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<Host> host_;
  int events_ = 0;
};

}  // namespace souk::host
