// `souk evaluate uplift` and `souk evaluate churn`: what one table teaches, asked of another.
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class EvaluateTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (run_souk({"plugin", "list"}).output.find("segmentation") == std::string::npos) {
      GTEST_SKIP() << "the segmentation plugin is not built";
    }
  }
  /// A letter sent at random: regulars buy as often without it, newcomers three times as often.
  static std::string letters(unsigned seed, int rows) {
    std::mt19937 random(seed);
    const auto chance = [&random](double share) {
      return static_cast<double>(random()) / 4294967296.0 < share;
    };
    std::string table = "treatment,outcome,newcomer,noise\n";
    for (int i = 0; i < rows; ++i) {
      const bool sent = chance(0.5);
      const bool newcomer = chance(0.5);
      const double share = newcomer ? (sent ? 0.6 : 0.2) : 0.4;
      table += std::string(sent ? "1," : "0,") + (chance(share) ? "1," : "0,") +
               (newcomer ? "1," : "0,") + std::to_string(random() % 100) + "\n";
    }
    return table;
  }
  /// People on short contracts leave; the colour of the sign-up button says nothing.
  static std::string contracts(unsigned seed, int rows) {
    std::mt19937 random(seed);
    std::string table = "id,contract,months,colour,churn\n";
    for (int i = 0; i < rows; ++i) {
      const bool monthly = random() % 2 == 0;
      const bool leaves = random() % 100 < (monthly ? 60 : 5);
      table += std::to_string(i) + (monthly ? ",monthly," : ",yearly,") +
               std::to_string(1 + random() % 40) + (random() % 2 == 0 ? ",red," : ",blue,") +
               (leaves ? "yes\n" : "no\n");
    }
    return table;
  }
  CommandResult evaluate(const std::string& task, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"evaluate", task,
                                          "--train",  folder_.file("train.csv"),
                                          "--test",   folder_.file("test.csv"),
                                          "--out",    folder_.file("out.csv"),
                                          "-q"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_souk(arguments);
  }
  /// The lines of the answer, its heading first.
  [[nodiscard]] std::vector<std::string> lines(const std::string& name) const {
    std::vector<std::string> all;
    std::ifstream file(folder_.file(name));
    for (std::string line; std::getline(file, line);)
      all.push_back(line);
    return all;
  }

  TestFolder folder_;
};

TEST_F(EvaluateTableTest, WrongTablesAreNamedWithRowAndColumn) {
  folder_.write("test.csv", letters(2, 10));
  EXPECT_THAT(evaluate("uplift").errors, HasSubstr("train.csv"));
  folder_.write("train.csv", "treatment,newcomer\n1,0\n0,1\n");
  EXPECT_THAT(evaluate("uplift").errors, HasSubstr("has no column \"outcome\""));
  folder_.write("train.csv", "treatment,outcome,newcomer\n1,0,1\n0,7,1\n");
  const CommandResult outcome = evaluate("uplift");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("row 1 of \"outcome\" is \"7\", not 0 or 1"));
  folder_.write("train.csv", "treatment,outcome,newcomer\n1,0,1\n1,1,0\n");
  EXPECT_EQ(evaluate("uplift").status, 1) << "nobody to compare with";
}

TEST_F(EvaluateTableTest, WhomALetterChangesStandsAboveWhoBuysAnyway) {
  folder_.write("train.csv", letters(1, 4000));
  folder_.write("test.csv", letters(2, 400));
  const CommandResult result = evaluate("uplift");
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("\"qini\""));
  const auto answers = lines("out.csv");
  const auto asked = lines("test.csv");
  ASSERT_EQ(answers.size(), asked.size());
  EXPECT_THAT(answers.front(), StartsWith("row,uplift"));
  std::map<bool, double> mean;
  std::map<bool, int> count;
  for (std::size_t i = 1; i < asked.size(); ++i) {
    const bool newcomer = asked[i].substr(4, 1) == "1";
    mean[newcomer] += std::stod(answers[i].substr(answers[i].find(',') + 1));
    ++count[newcomer];
  }
  EXPECT_NEAR(mean[true] / count[true], 0.4, 0.1);
  EXPECT_NEAR(mean[false] / count[false], 0.0, 0.1);
}

TEST_F(EvaluateTableTest, WhoLeavesIsSaidWithItsReason) {
  folder_.write("train.csv", contracts(1, 2000));
  folder_.write("test.csv", contracts(2, 300));
  EXPECT_THAT(evaluate("churn", {"--outcome", "left"}).errors, HasSubstr("no column \"left\""));
  const CommandResult result = evaluate("churn", {"--ignore", "id"});
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("\"roc_auc\""));
  const auto answers = lines("out.csv");
  const auto asked = lines("test.csv");
  ASSERT_EQ(answers.size(), asked.size());
  EXPECT_EQ(answers.front(), "row,churn,low,high,reasons");
  double with_reason = 0;
  for (std::size_t i = 1; i < asked.size(); ++i) {
    const bool monthly = asked[i].find("monthly") != std::string::npos;
    const double churn = std::stod(answers[i].substr(answers[i].find(',') + 1));
    EXPECT_NEAR(churn, monthly ? 0.6 : 0.05, 0.15) << asked[i];
    if (answers[i].find("contract") != std::string::npos) ++with_reason;
  }
  EXPECT_GT(with_reason, 0.9 * static_cast<double>(asked.size() - 1));
}

}  // namespace
}  // namespace souk::testing
