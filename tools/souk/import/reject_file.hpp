// RejectFile: what was not imported and why, as CSV (line,reason,record), so that it can be mended
// and imported alone. Made with its first line. Thread-safe.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace souk::cli {

class RejectFile {
 public:
  /// `path` is used as given when its folder may be written to, else its last part in the current
  /// folder.
  explicit RejectFile(std::string path) : path_(std::move(path)) {}
  ~RejectFile();
  RejectFile(const RejectFile&) = delete;
  RejectFile& operator=(const RejectFile&) = delete;

  void add(std::uint64_t line, std::string_view reason, std::string_view record);

  /// How many lines for which reason. Once nobody adds.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& reasons() const noexcept {
    return reasons_;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Where the file is; empty when nothing was rejected or no file could be made.
  [[nodiscard]] const std::string& written_to() const noexcept { return written_to_; }

 private:
  void open();

  const std::string path_;
  std::mutex mutex_;
  bool tried_ = false;
  std::FILE* file_ = nullptr;
  std::string written_to_;
  std::uint64_t count_ = 0;
  std::map<std::string, std::uint64_t> reasons_;
};

}  // namespace souk::cli
