// What the command line calls: files, compression, errors.
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tools/simulate/simulate_command.hpp"
#include "tools/simulate/tests/run.hpp"

namespace souk::simulate {
namespace {

class CommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("souk-simulate-command-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    options_.settings = testing::small_shop();
    options_.quiet = true;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
  SimulateOptions options_;
};

TEST_F(CommandTest, RefusesWrongSettingsBeforeItTouchesAFile) {
  options_.settings.days = 0;
  options_.output = folder_ / "shop.jsonl";
  EXPECT_EQ(simulate(options_).code(), Code::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(options_.output));
  EXPECT_EQ(simulate_command(options_), 1);
}

TEST_F(CommandTest, NamesTheFileThatCannotBeWritten) {
  for (const char* name : {"shop.jsonl", "shop.jsonl.gz"}) {
    options_.output = folder_ / "missing" / name;
    const Status status = simulate(options_);
    EXPECT_EQ(status.code(), Code::unavailable);
    EXPECT_NE(status.message().find(options_.output), std::string::npos) << status.message();
  }
}

TEST_F(CommandTest, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  options_.output = "/dev/full";
  EXPECT_EQ(simulate(options_).code(), Code::unavailable);
}

TEST_F(CommandTest, WritesEventsAndTruth) {
  options_.output = folder_ / "shop.jsonl";
  ASSERT_EQ(simulate_command(options_), 0);
  EXPECT_EQ(contents(options_.output), testing::run(options_.settings));
  EXPECT_EQ(contents(folder_ / "shop.jsonl.truth.json")
                .rfind("{\n\"format\": \"souk-simulate-truth/1\"", 0),
            0U);
}

TEST_F(CommandTest, CompressesByName) {
  options_.output = folder_ / "shop.jsonl.gz";
  ASSERT_EQ(simulate_command(options_), 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "shop.jsonl.truth.json"));
  gzFile file = gzopen(options_.output.c_str(), "rb");
  ASSERT_NE(file, nullptr);
  std::string text;
  char buffer[65536];
  for (int got = 0; (got = gzread(file, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  gzclose(file);
  EXPECT_EQ(text, testing::run(options_.settings));
}

}  // namespace
}  // namespace souk::simulate
