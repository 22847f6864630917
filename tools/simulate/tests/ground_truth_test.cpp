// The ground truth: complete, parseable, and in agreement with the events.
#include "tools/simulate/ground_truth.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include "tools/simulate/tests/run.hpp"

namespace souk::simulate {
namespace {

using simdjson::dom::element;

class GroundTruthTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("souk-simulate-truth-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(GroundTruthTest, AFolderThatIsMissingIsNamed) {
  auto simulation = testing::make(testing::small_shop());
  auto truth = GroundTruth::create();
  ASSERT_TRUE(truth.ok());
  const std::string path = folder_ / "missing" / "truth.json";
  const Status status = (*truth)->write(*simulation, path);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_NE(status.message().find(path), std::string::npos);
}

TEST_F(GroundTruthTest, AgreesWithTheEvents) {
  SimulationSettings settings = testing::small_shop(4);
  settings.shoppers = 1500;
  settings.days = 60;
  auto simulation = testing::make(settings);
  auto truth = GroundTruth::create();
  ASSERT_TRUE(truth.ok());
  simulation->set_truth(truth->get());
  std::map<std::string, std::int64_t> sold;
  std::int64_t sent = 0;
  std::int64_t clicked = 0;
  simdjson::dom::parser parser;
  simulation->run_days(60, [&](std::string_view line) {
    sent += line.find("\"messageSent\"") != std::string_view::npos;
    clicked += line.find("\"messageClicked\"") != std::string_view::npos;
    if (line.find("\"orderCompleted\"") == std::string_view::npos) return;
    const element event = parser.parse(line.data(), line.size());
    for (const element item : event["orderCompleted"]["products"].get_array()) {
      sold[std::string(item["productId"].get_string().value())] +=
          item["quantity"].get_int64().value();
    }
  });
  simulation->flush_truth();
  const std::string path = folder_ / "truth.json";
  ASSERT_TRUE((*truth)->write(*simulation, path).ok());

  const element root = parser.load(path);
  EXPECT_EQ(root["format"].get_string().value(), "souk-simulate-truth/1");
  EXPECT_EQ(root["settings"]["days"].get_int64().value(), 60);
  EXPECT_EQ(root["products"].get_array().size(), 300U);
  EXPECT_EQ(root["shoppers"].get_array().size(), 1500U + 7U);  // and the accounts' contacts
  EXPECT_EQ(root["accounts"].get_array().size(), 2U);
  EXPECT_GT(root["subscriptions"].get_array().size(), 3U);

  std::map<std::string, std::int64_t> told;
  std::int64_t lost = 0;
  for (const element row : root["demand"].get_array()) {
    const std::int64_t units = row["sold"].get_int64().value();
    told[std::string(row["productId"].get_string().value())] += units;
    lost += row["lost"].get_int64().value();
    EXPECT_EQ(row["demand"].get_int64().value(), units + row["lost"].get_int64().value());
    EXPECT_LT(row["day"].get_int64().value(), 60);
  }
  std::erase_if(told, [](const auto& entry) { return entry.second == 0; });
  EXPECT_EQ(told, sold);
  EXPECT_GT(lost, 0);

  std::int64_t treated = 0, held_back = 0;
  double expected_clicks = 0.0;
  for (const element message : root["messages"].get_array()) {
    (message["sent"].get_bool().value() ? treated : held_back) += 1;
    if (message["sent"].get_bool().value()) {
      expected_clicks += message["clickProbability"].get_double().value();
    }
    EXPECT_GE(message["visitLift"].get_double().value(), 0.0);
    EXPECT_LE(message["visitLift"].get_double().value(),
              message["clickProbability"].get_double().value() + 1e-5);
  }
  EXPECT_EQ(treated, sent);
  EXPECT_NEAR(static_cast<double>(clicked), expected_clicks, 4.0 * std::sqrt(expected_clicks));
  EXPECT_GT(held_back, treated / 20);
  EXPECT_LT(held_back, treated / 5);
}

}  // namespace
}  // namespace souk::simulate
