// Libraries: what is refused before a line of them runs.
#include "kernel/host/library.hpp"

#include "kernel/host/settings_check.hpp"
#include "kernel/host/tests/fixture.hpp"

namespace souk::host {
namespace {

/// A folder and its plugins; no database.
class LibraryTest : public HostTest {
 protected:
  void SetUp() override {}
  std::string copy_of(const std::string& name, std::uintmax_t bytes) {
    const std::string path = folder_ + "/" + name + ".so";
    std::filesystem::copy_file(plugin_path(name), path);
    if (bytes > 0) std::filesystem::resize_file(path, bytes);
    return path;
  }
};

TEST_F(LibraryTest, NotAnElfFileIsRefused) {
  std::ofstream(folder_ + "/text.so") << "#!/bin/sh\n";
  EXPECT_EQ(config::read_plugin(folder_ + "/text.so").code(), Code::invalid_argument);
}

TEST_F(LibraryTest, ATruncatedLibraryIsRefused) {
  for (const std::uintmax_t bytes : {1U, 63U, 200U, 1'000U}) {
    const std::string path = copy_of("probe", bytes);
    EXPECT_FALSE(config::read_plugin(path)) << bytes;
    std::filesystem::remove(path);
  }
}

TEST_F(LibraryTest, ALibraryCutOffAnywhereIsRefusedOrComplete) {
  // Cut behind its last segment it lacks nothing that loading needs; cut before, it must be refused
  // rather than mapped, since touching a page beyond the end of the file kills the process.
  const std::uintmax_t size = std::filesystem::file_size(plugin_path("probe"));
  for (int part = 1; part < 20; ++part) {
    const std::string path = folder_ + "/cut" + std::to_string(part) + ".so";
    std::filesystem::copy_file(plugin_path("probe"), path);
    std::filesystem::resize_file(path, size * static_cast<unsigned>(part) / 20);
    const auto info = config::read_plugin(path);
    if (info) {
      EXPECT_TRUE(Library::load(*info)) << part;
    }
  }
}

TEST_F(LibraryTest, ALibraryWithoutAManifestIsRefused) {
  const auto info = config::read_plugin(plugin_path("probe_no_note"));
  EXPECT_EQ(info.code(), Code::invalid_argument);
}

TEST_F(LibraryTest, AnAbiFromTheFutureIsRefusedByName) {
  const auto info = config::read_plugin(plugin_path("probe_future"));
  ASSERT_EQ(info.code(), Code::failed_precondition);
  EXPECT_NE(info.status().message().find("ABI 99.0"), std::string::npos);
}

TEST_F(LibraryTest, AnEntryFromTheFutureIsRefused) {
  const auto info = config::read_plugin(plugin_path("probe_entry_future"));
  ASSERT_TRUE(info) << info.status().message();
  const auto library = Library::load(*info);
  ASSERT_EQ(library.code(), Code::failed_precondition);
  EXPECT_NE(library.status().message().find("99"), std::string::npos);
}

TEST_F(LibraryTest, AMissingExtensionIsRefusedByName) {
  const auto info = config::read_plugin(plugin_path("probe_requires"));
  ASSERT_TRUE(info) << info.status().message();
  const auto library = Library::load(*info);
  ASSERT_EQ(library.code(), Code::failed_precondition);
  EXPECT_NE(library.status().message().find("souk.telepathy/1"), std::string::npos);
}

TEST_F(LibraryTest, AnEntryThatContradictsItsNoteIsRefused) {
  const auto info = config::read_plugin(plugin_path("probe_other_entry"));
  ASSERT_TRUE(info) << info.status().message();
  EXPECT_EQ(Library::load(*info).code(), Code::failed_precondition);
}

TEST_F(LibraryTest, AFileThatWasReplacedSinceItWasVerifiedIsRefused) {
  const std::string path = copy_of("probe", 0);
  const auto info = config::read_plugin(path);
  ASSERT_TRUE(info);
  std::ofstream(path, std::ios::app) << "more";
  const auto library = Library::load(*info);
  ASSERT_EQ(library.code(), Code::failed_precondition);
  EXPECT_NE(library.status().message().find("SHA-256"), std::string::npos);
}

TEST_F(LibraryTest, AGoodLibraryLoads) {
  const auto info = config::read_plugin(plugin_path("probe"));
  ASSERT_TRUE(info) << info.status().message();
  const auto library = Library::load(*info);
  ASSERT_TRUE(library) << library.status().message();
  EXPECT_NE((*library)->entry().create, nullptr);
}

TEST_F(LibraryTest, ScanningSaysWhatIsUnusable) {
  std::ofstream(folder_ + "/broken.so") << "nothing";
  const std::vector<std::string> folders{folder_, "/nowhere/at/all"};
  const auto catalog = config::PluginCatalog::scan(folders);
  EXPECT_TRUE(catalog.plugins().empty());
  EXPECT_EQ(catalog.unusable().size(), 2U);
  EXPECT_EQ(catalog.find("probe"), nullptr);
}

/// What a plugin says of settings, with nothing of a host around it.
class SettingsCheckTest : public LibraryTest {
 protected:
  std::vector<config::SettingsFault> check(const config::PluginSettings& settings) {
    const auto library = Library::load(settings.library);
    EXPECT_TRUE(library) << library.status().message();
    return check_settings(*library, settings);
  }
};

TEST_F(SettingsCheckTest, ARefusalIsThePluginsSentence) {
  const auto faults = check(plugin("probe", "refuse-init"));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].account_id, "");
  EXPECT_EQ(faults[0].message, "limit must be at most 100");
}

TEST_F(SettingsCheckTest, AccountsAreAskedAboutByThemselves) {
  config::PluginSettings settings = plugin("probe", "fine");
  settings.account_settings = {{"north", "refuse-account"}, {"south", "fine"}};
  const auto faults = check(settings);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].account_id, "north");
}

TEST_F(SettingsCheckTest, APluginThatHangsOrThrowsIsAFault) {
  EXPECT_EQ(check(plugin("probe", "throw-init")).size(), 1U);
  const std::string gate = folder_ + "/gate";
  const config::PluginSettings hanging = plugin("probe", "hang-init;release=" + gate);
  const auto library = Library::load(hanging.library);
  ASSERT_TRUE(library);
  const auto faults = check_settings(*library, hanging, 50);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(faults[0].message.find("within 50 ms"), std::string::npos) << faults[0].message;
  std::ofstream(gate) << "open";
  EXPECT_TRUE(eventually([&] { return library->use_count() == 1; })) << "the thread ends";
}

TEST_F(SettingsCheckTest, GoodSettingsHaveNoFault) {
  EXPECT_TRUE(check(plugin("probe", "fine")).empty());
  EXPECT_TRUE(check(plugin("noop")).empty());
}

}  // namespace
}  // namespace souk::host
