// Segmentation over HTTP, through the daemon and its log: a membership follows its event, changed
// definitions hold after a reload, a joined visitor is given back, and all of it after a restart.
#include "tests/e2e/store_fixture.hpp"

namespace souk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SegmentationTest : public StoreTest {
 protected:
  /// False, and the test is skipped, where the plugin is not built.
  bool configure(const std::string& when) {
    write_config("    plugins:\n      segmentation:\n        ready_segments: false\n" +
                 std::string("        segments: { keen: { when: '") + when + "' } }\n");
    const CommandResult checked = run_souk({"check", "-c", config()});
    const std::string said = checked.output + checked.errors;
    return said.find("there is no plugin") == std::string::npos &&
           said.find("unknown plugin") == std::string::npos;
  }
  void send(const std::string& event) {
    EXPECT_EQ(ask("POST", "/v1/events", R"({"events":[)" + event + "]}").status, 202);
  }
  void view(const std::string& shopper, const std::string& id) {
    send(R"({"id":")" + id + R"(","shopperId":")" + shopper +
         R"(","productViewed":{"productId":"p"}})");
  }
};

TEST_F(SegmentationTest, MembershipsFollowEventsDefinitionsAndUndoneJoins) {
  if (!configure("count(productViewed) >= 2")) GTEST_SKIP() << "the plugin is not built";
  start();
  view("visitor", "e-1");
  view("visitor", "e-2");
  ask_until("/v1/customers/visitor/segments", "\"keen\"");
  send(R"({"id":"e-3","shopperId":"c-1","aliased":{"previousId":"visitor"}})");
  ask_until("/v1/customers/c-1/segments", "\"keen\"");
  EXPECT_THAT(ask("GET", "/v1/segments/keen/members").body, HasSubstr(R"("size":"1")"));

  // Of a definition that asks for more nobody is left; people are not asked for a deed first.
  ASSERT_TRUE(configure("count(productViewed) >= 3"));
  daemon_->signal(SIGHUP);
  ask_until("/v1/segments", R"("exited":"1")");
  EXPECT_THAT(ask("GET", "/v1/customers/c-1/segments").body, Not(HasSubstr("keen")));

  send(R"({"id":"e-4","shopperId":"c-1","profilesSeparated":{"previousId":"visitor"}})");
  ask_until("/v1/customers/visitor/profile", R"("productViewed":2)");
  ASSERT_EQ(stop(), 0);
  start();
  EXPECT_THAT(ask_until("/v1/customers/visitor/profile", R"("productViewed":2)"),
              HasSubstr(R"("kind":"visitor")"));
  EXPECT_THAT(ask("GET", "/v1/segments/report").body, HasSubstr("</html>"));
  EXPECT_EQ(ask("GET", "/v1/segments/keen/audience?format=meta", "", kWebKey).status, 403);
}

}  // namespace
}  // namespace souk::testing
