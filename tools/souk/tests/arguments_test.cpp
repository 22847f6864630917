#include <gmock/gmock.h>

#include "kernel/base/ids.hpp"
#include "tools/souk/command.hpp"
#include "tools/souk/key_command.hpp"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

struct Outcome {
  int code = 0;
  std::string out;
  std::string error;
};

Outcome run_souk(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "souk");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = run(static_cast<int>(arguments.size()), arguments.data());
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.error = testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(Arguments, BadUsageExitsWithTwoAndASentence) {
  const std::vector<std::vector<const char*>> cases = {
      {},
      {"dance"},
      {"serve"},
      {"check", "--config"},
      {"key"},
      {"log", "export", "-c", "x.yaml"},
      {"import", "poems", "a.csv", "-c", "x.yaml", "--store", "demo"},
      {"import", "orders", "a.csv", "-c", "x.yaml", "--store", "demo", "--batch", "0"},
      {"evaluate", "sessions", "--train", "a.csv"},
      {"plugin", "inspect"},
      {"simulate", "--days", "0"},
  };
  for (const auto& arguments : cases) {
    const Outcome outcome = run_souk(arguments);
    EXPECT_EQ(outcome.code, kBadUsage) << (arguments.empty() ? "" : arguments[0]);
    EXPECT_THAT(outcome.error, testing::StartsWith("souk")) << outcome.error;
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(Arguments, AMissingFileIsAFailureNotBadUsage) {
  const Outcome outcome = run_souk({"check", "-c", "/nowhere/souk.yaml"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_THAT(outcome.error, testing::StartsWith("/nowhere/souk.yaml:1:1: error: "));
}

TEST(Arguments, HelpAndVersion) {
  EXPECT_EQ(run_souk({"--help"}).code, kDone);
  const Outcome version = run_souk({"version"});
  EXPECT_EQ(version.code, kDone);
  EXPECT_THAT(version.out, testing::StartsWith("souk "));
}

TEST(Arguments, ANewKeyComesWithItsHash) {
  const Outcome outcome = run_souk({"key", "new"});
  EXPECT_EQ(outcome.code, kDone);
  const std::size_t begin = outcome.out.find("souk_");
  ASSERT_NE(begin, std::string::npos);
  const std::string key = outcome.out.substr(begin, outcome.out.find('\n') - begin);
  EXPECT_EQ(key.size(), 48U);
  EXPECT_THAT(outcome.out, testing::HasSubstr("sha256: " + base::sha256_hex(key)));
  EXPECT_NE(new_key(), new_key());
}

TEST(Progress, WritesNumbersForPeople) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(duration_text(7.6), "8 s");
  EXPECT_EQ(duration_text(125), "2 min 05 s");
  EXPECT_EQ(duration_text(11040), "3 h 04 min");
}

}  // namespace
}  // namespace souk::cli
