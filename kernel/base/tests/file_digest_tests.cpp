// The digest of a file, and whether the file is still the one that was read.
#include "kernel/base/file_digest.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "kernel/base/ids.hpp"

namespace souk::base {
namespace {

class FileDigestTest : public ::testing::Test {
 protected:
  FileDigestTest() {
    std::string name = (std::filesystem::temp_directory_path() / "souk-digest-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~FileDigestTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    return folder_ + "/" + name;
  }
  /// The file as if it had been read long after its last change, which it need not have been.
  static FileDigest settled(const std::string& path) {
    FileDigest digest;
    struct stat about {};
    EXPECT_EQ(::stat(path.c_str(), &about), 0);
    const auto ns = [](const timespec& time) {
      return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    };
    digest.sha256 = *sha256_of_file(path);
    digest.state = {about.st_dev, about.st_ino, static_cast<std::uint64_t>(about.st_size),
                    ns(about.st_mtim), ns(about.st_ctim)};
    return digest;
  }

  std::string folder_;
};

TEST_F(FileDigestTest, WhatCanNotBeReadIsAnError) {
  EXPECT_EQ(sha256_of_file(folder_ + "/none").code(), Code::unavailable);
  EXPECT_EQ(sha256_of_file(folder_).code(), Code::unavailable) << "a folder";
  EXPECT_EQ(digest_of_file("").code(), Code::unavailable);
  EXPECT_NE(sha256_of_file(folder_ + "/none").status().message().find("none"), std::string::npos);
}

TEST_F(FileDigestTest, TheDigestIsThatOfTheBytes) {
  EXPECT_EQ(*sha256_of_file(write("empty", "")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(*sha256_of_file(write("abc", "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // Longer than a piece, and not a multiple of one.
  std::string text;
  for (int i = 0; i < 300'001; ++i)
    text += static_cast<char>(i % 251);
  EXPECT_EQ(*sha256_of_file(write("long", text)), sha256_hex(text));
}

TEST_F(FileDigestTest, AFreshFileIsNotTrustedByItsLooks) {
  const std::string path = write("fresh", "x");
  const auto digest = digest_of_file(path);
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(digest->state, FileState{});
  EXPECT_FALSE(is_unchanged(path, *digest));
}

TEST_F(FileDigestTest, EveryChangeShows) {
  const std::string path = write("file", "one");
  const FileDigest digest = settled(path);
  EXPECT_TRUE(is_unchanged(path, digest));
  EXPECT_FALSE(is_unchanged(folder_ + "/none", digest));
  write("other", "one");
  EXPECT_FALSE(is_unchanged(folder_ + "/other", digest));
  std::filesystem::rename(folder_ + "/other", path);
  EXPECT_FALSE(is_unchanged(path, digest)) << "another file under the name";
  const FileDigest again = settled(path);
  std::ofstream(path, std::ios::app) << "x";
  EXPECT_FALSE(is_unchanged(path, again));
}

}  // namespace
}  // namespace souk::base
