#include "kernel/config/plugin_catalog.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace souk::config {
namespace {

TEST(PluginCatalog, says_why_a_library_can_not_be_used) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / "souk-catalog-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "text.so") << "not a library";
  std::ofstream(folder / "empty.so");
  std::ofstream(folder / "other.txt") << "not looked at";
  // A library, but no plugin: this very program's C library would do, so would any other.
  const std::string folders[] = {folder.string(), (folder / "nowhere").string()};
  const PluginCatalog catalog = PluginCatalog::scan(folders);
  EXPECT_TRUE(catalog.plugins().empty());
  ASSERT_EQ(catalog.unusable().size(), 3U);
  for (const UnusableLibrary& library : catalog.unusable())
    EXPECT_FALSE(library.reason.empty());
  EXPECT_EQ(catalog.find("text"), nullptr);
  std::filesystem::remove_all(folder);
}

TEST(PluginCatalog, an_absent_file_is_an_error_not_a_crash) {
  EXPECT_FALSE(read_plugin("/nowhere/at/all.so"));
  EXPECT_FALSE(read_plugin("/"));
}

}  // namespace
}  // namespace souk::config
