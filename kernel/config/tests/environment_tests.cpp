#include "kernel/config/environment.hpp"

#include <gtest/gtest.h>

namespace souk::config {
namespace {

const std::map<std::string, std::string> kVariables{{"HOME_OF", "/srv"}, {"EMPTY", ""}};

TEST(Environment, names_what_is_missing_or_malformed) {
  const Environment environment(&kVariables);
  auto missing = environment.expand("x ${NOWHERE} y");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.status().message().find("NOWHERE"), std::string::npos);
  EXPECT_NE(missing.status().message().find("${NOWHERE:-default}"), std::string::npos);
  for (const char* wrong : {"${", "${HOME_OF", "${}", "${1X}", "${A B}", "${-x}"}) {
    EXPECT_FALSE(environment.expand(wrong)) << wrong;
  }
}

TEST(Environment, puts_values_and_defaults_in) {
  const Environment environment(&kVariables);
  EXPECT_EQ(*environment.expand("${HOME_OF}/x/${HOME_OF}"), "/srv/x//srv");
  EXPECT_EQ(*environment.expand("${NOWHERE:-a:-b}"), "a:-b");
  EXPECT_EQ(*environment.expand("${EMPTY:-filled}"), "filled");
  EXPECT_EQ(*environment.expand("${EMPTY}."), ".");
  EXPECT_EQ(*environment.expand("$$5 and $x and ${NOWHERE:-}"), "$5 and $x and ");
}

}  // namespace
}  // namespace souk::config
