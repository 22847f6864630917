// A fresh database for a test, on either engine. MySQL tests use the server that
// SOUK_TEST_MYSQL_URL names (tools/test starts one) and skip without it.
#pragma once

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "kernel/base/ids.hpp"
#include "kernel/storage/connection.hpp"
#include "kernel/storage/database.hpp"

namespace souk::storage {

/// Makes a database of its own and removes it at the end.
class TestDatabase {
 public:
  explicit TestDatabase(Engine engine) {
    if (engine == Engine::sqlite) {
      std::string name = (std::filesystem::temp_directory_path() / "souk-test-XXXXXX").string();
      folder_ = ::mkdtemp(name.data());
      url_ = "sqlite://" + folder_ + "/souk.db";
      return;
    }
    const char* server = std::getenv("SOUK_TEST_MYSQL_URL");
    if (server == nullptr) return;
    auto parsed = config::parse_database_url(server);
    if (!parsed) return;
    server_ = *parsed;
    name_ = "souk_" + base::to_hex(std::to_string(base::random_u64())).substr(0, 20);
    auto session = connect(server_, 5'000);
    if (!session) return;
    **session << "CREATE DATABASE " << name_;
    const std::string text(server);
    url_ = text.substr(0, text.rfind('/') + 1) + name_;
  }

  ~TestDatabase() {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
    if (name_.empty()) return;
    if (auto session = connect(server_, 5'000)) **session << "DROP DATABASE " << name_;
  }

  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  /// Empty when there is no server to use: the test skips.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

  /// A session beside the database's own, to look at and to damage what is stored.
  [[nodiscard]] Session session() const {
    auto url = config::parse_database_url(url_);
    auto session = connect(*url, 5'000);
    return session ? std::move(*session) : nullptr;
  }

 private:
  std::string folder_;
  std::string url_;
  std::string name_;
  DatabaseUrl server_;
};

/// Runs a suite on both engines.
class OnBothEngines : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    test_database_ = std::make_unique<TestDatabase>(GetParam());
    if (test_database_->url().empty()) {
      GTEST_SKIP() << "SOUK_TEST_MYSQL_URL names no server; tools/test starts one";
    }
    reopen();
  }

  void TearDown() override {
    database_.reset();
    test_database_.reset();
  }

  void reopen() {
    database_.reset();
    auto opened = Database::open({.url = test_database_->url()});
    ASSERT_TRUE(opened) << opened.status().message();
    database_ = std::move(*opened);
  }

  std::unique_ptr<TestDatabase> test_database_;
  std::unique_ptr<Database> database_;
};

inline std::string engine_name(const ::testing::TestParamInfo<Engine>& info) {
  return info.param == Engine::sqlite ? "sqlite" : "mysql";
}

}  // namespace souk::storage
