// `souk evaluate`: the same library that serves, over files.
#include <fstream>
#include <sstream>

#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class EvaluateTest : public StoreTest {
 protected:
  void SetUp() override {
    std::string train = "session_id,item_id,timestamp\n";
    std::string users = "user_id,item_id\n";
    for (int session = 0; session < 40; ++session) {
      for (const char* item : {"lamp", "bulb", "shade"}) {
        const std::string family = std::string(item) + std::to_string(session % 4);
        train += "s" + std::to_string(session) + "," + family + "," +
                 std::to_string(session * 10 + (item[0] == 'l'   ? 0
                                                : item[0] == 'b' ? 1
                                                                 : 2)) +
                 "\n";
        users += "u" + std::to_string(session) + "," + family + "\n";
      }
    }
    folder_.write("train.csv", train);
    folder_.write("users.csv", users);
    folder_.write("test.csv",
                  "session_id,item_id,timestamp\nt1,lamp1,500\nt1,bulb1,501\nt1,shade1,502\n"
                  "t2,lamp2,503\nt2,bulb2,504\nt3,lamp3,505\n");
    folder_.write("foldin.csv", "user_id,item_id\nn1,lamp1\nn1,bulb1\n");
  }

  CommandResult evaluate(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "evaluate");
    arguments.insert(arguments.end(), {"--out", folder_.file("out.csv"), "-q"});
    return run_souk(arguments);
  }
  [[nodiscard]] std::string predictions() const {
    std::ostringstream text;
    text << std::ifstream(folder_.file("out.csv")).rdbuf();
    return text.str();
  }
  static bool has_plugin() {
    return run_souk({"plugin", "list"}).output.find("recommendations") != std::string::npos;
  }
};

TEST_F(EvaluateTest, WrongInputIsASentence) {
  const std::string test = folder_.file("test.csv");
  const CommandResult library =
      evaluate({"sessions", "--train", test, "--test", test, "--plugin", test});
  EXPECT_EQ(library.status, 1);
  EXPECT_THAT(library.errors, StartsWith("souk evaluate sessions: "));
  if (!has_plugin()) GTEST_SKIP() << "the recommendations plugin is not built";
  EXPECT_THAT(evaluate({"sessions", "--train", "/nowhere.csv", "--test", test}).errors,
              HasSubstr("/nowhere.csv"));
  EXPECT_THAT(evaluate({"sessions", "--train", folder_.file("users.csv"), "--test", test}).errors,
              HasSubstr("no column for session_id"));
  folder_.write("bad.csv", "session_id,item_id,timestamp\ns1,i1,noon\n");
  EXPECT_THAT(evaluate({"sessions", "--train", folder_.file("bad.csv"), "--test", test}).errors,
              HasSubstr("bad.csv:2: timestamp is not a time"));
  EXPECT_THAT(
      evaluate({"sessions", "--train", test, "--test", test, "--settings", "{\"nonsense\":1}"})
          .errors,
      HasSubstr("nonsense"));
}

TEST_F(EvaluateTest, SessionsArePredictedFromTheSecondPositionOn) {
  if (!has_plugin()) GTEST_SKIP() << "the recommendations plugin is not built";
  const CommandResult result = evaluate({"sessions", "--train", folder_.file("train.csv"), "--test",
                                         folder_.file("test.csv"), "--top", "5"});
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("\"examples\":3,"));
  EXPECT_THAT(result.output, HasSubstr("\"hr@5\":1,"));
  const std::string lines = predictions();
  EXPECT_THAT(lines, StartsWith("session_id,position,rank,item_id,score\nt1,2,1,"));
  EXPECT_THAT(lines, HasSubstr("\nt1,3,1,"));
  EXPECT_THAT(lines, HasSubstr("\nt2,2,1,"));
  EXPECT_EQ(lines.find("t3,"), std::string::npos);
  EXPECT_EQ(lines.find(",6,"), std::string::npos);
}

TEST_F(EvaluateTest, TopNLeavesOutWhatWasFoldedIn) {
  if (!has_plugin()) GTEST_SKIP() << "the recommendations plugin is not built";
  const CommandResult result =
      run_souk({"evaluate", "topn", "--train", folder_.file("users.csv"), "--fold-in",
                folder_.file("foldin.csv"), "--top", "3", "--out", folder_.file("out.csv")});
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("training: 100 %"));
  const std::string lines = predictions();
  EXPECT_THAT(lines, StartsWith("user_id,rank,item_id,score\nn1,1,shade1,"));
  EXPECT_EQ(lines.find("lamp1"), std::string::npos);
  EXPECT_EQ(lines.find("bulb1"), std::string::npos);
}

}  // namespace
}  // namespace souk::testing
