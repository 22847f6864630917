#include "kernel/config/database_url.hpp"

#include <gtest/gtest.h>

namespace souk::config {
namespace {

TEST(DatabaseUrl, refuses_what_it_does_not_understand) {
  for (const char* wrong :
       {"", "souk.db", "postgres://x/y", "sqlite://", "sqlite:///var/", "mysql://host:3306",
        "mysql://host:0/db", "mysql://host:99999/db", "mysql://host:33x6/db",
        "mysql://user:pa%2@host/db", "mysql:///db", "mysql://user:%zz@host/db", "mysql://host/"}) {
    auto parsed = parse_database_url(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.code(), Code::invalid_argument);
    EXPECT_NE(parsed.status().message().find("allowed are"), std::string::npos) << wrong;
  }
}

TEST(DatabaseUrl, takes_sqlite_paths_apart) {
  EXPECT_EQ(parse_database_url("sqlite:///var/lib/souk.db")->path, "/var/lib/souk.db");
  EXPECT_EQ(parse_database_url("sqlite://souk.db")->path, "souk.db");
}

TEST(DatabaseUrl, takes_mysql_apart_and_hides_the_password) {
  auto url = parse_database_url("mysql://sho%40p:p%2Fw%3A@db.example:3307/souk");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->user, "sho@p");
  EXPECT_EQ(url->password, "p/w:");
  EXPECT_EQ(url->host, "db.example");
  EXPECT_EQ(url->port, 3307);
  EXPECT_EQ(url->name, "souk");
  EXPECT_EQ(url->redacted().find("p/w"), std::string::npos);
}

TEST(DatabaseUrl, mysql_has_a_default_port_and_may_do_without_a_password) {
  auto url = parse_database_url("mysql://root@127.0.0.1/souk");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 3306);
  EXPECT_EQ(url->user, "root");
  EXPECT_TRUE(url->password.empty());
}

}  // namespace
}  // namespace souk::config
