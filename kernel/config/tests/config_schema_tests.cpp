#include <gtest/gtest.h>

#include "kernel/config/config.hpp"

namespace souk::config {
namespace {

TEST(ConfigSchema, names_every_section_and_is_stable) {
  const std::string schema = json_schema(PluginCatalog());
  EXPECT_EQ(schema, json_schema(PluginCatalog()));
  for (const char* word : {"2020-12", "max_connections", "dedupe_window", "\"off\"", "embedded",
                           "souk.v1.PluginsConfig"}) {
    EXPECT_NE(schema.find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace souk::config
