#include <gtest/gtest.h>
#include <souk/testing.hpp>

#include <string>

#include "my_plugin/v1/my_plugin.souk.hpp"

namespace {

using my_plugin::v1::MyPluginService;
using my_plugin::v1::Settings;
using my_plugin::v1::TopRequest;

class MyPluginTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Settings settings;
    settings.set_limit(2);
    ASSERT_TRUE(bench.begin_life(settings).ok());
  }
  void view(const std::string& product) {
    souk::v1::ProductViewed event;
    event.set_product_id(product);
    ASSERT_TRUE(bench.send(event, {.shopper_id = "s1"}).ok());
  }

  souk::testing::Library library{SOUK_PLUGIN_LIBRARY};
  souk::testing::Bench bench{library.entry()};
};

TEST_F(MyPluginTest, AnswersNothingBeforeTheFirstEvent) {
  const auto reply = bench.ask<MyPluginService::Top>(TopRequest());
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ(reply->products_size(), 0);
}

TEST_F(MyPluginTest, RanksByViewsUpToTheLimit) {
  for (const char* product : {"p1", "p2", "p2", "p3", "p3", "p3"})
    view(product);
  const auto reply = bench.ask<MyPluginService::Top>(TopRequest());
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply->products_size(), 2);
  EXPECT_EQ(reply->products(0).product_id(), "p3");
  EXPECT_EQ(reply->products(0).views(), 3u);
  EXPECT_EQ(reply->products(1).product_id(), "p2");
}

TEST_F(MyPluginTest, RemembersOverARestart) {
  view("p1");
  ASSERT_TRUE(bench.restart().ok());
  view("p1");
  const auto reply = bench.ask<MyPluginService::Top>(TopRequest());
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->products(0).views(), 2u);
}

}  // namespace
