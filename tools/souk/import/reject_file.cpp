#include "tools/souk/import/reject_file.hpp"

#include <filesystem>

namespace souk::cli {
namespace {

/// Different reasons that are kept apart in the summary; the rest is counted together.
constexpr std::size_t kMaxReasons = 200;

/// False for a folder that nobody may write to: that also holds root, whom the system would let.
bool may_write_beside(const std::string& path) {
  using std::filesystem::perms;
  std::error_code error;
  const auto folder = std::filesystem::absolute(path, error).parent_path();
  const perms allowed = std::filesystem::status(folder, error).permissions();
  const perms write = perms::owner_write | perms::group_write | perms::others_write;
  return !error && (allowed & write) != perms::none;
}

std::string in_quotes(std::string_view text) {
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field.push_back('"');
    field.push_back(c);
  }
  field.push_back('"');
  return field;
}

}  // namespace

RejectFile::~RejectFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void RejectFile::open() {
  tried_ = true;
  const std::string here = std::filesystem::path(path_).filename().string();
  for (const std::string& path : {path_, here}) {
    if (path == path_ && !may_write_beside(path_)) continue;
    file_ = std::fopen(path.c_str(), "wb");
    if (file_ == nullptr) continue;
    written_to_ = path;
    std::fputs("line,reason,record\n", file_);
    return;
  }
}

void RejectFile::add(std::uint64_t line, std::string_view reason, std::string_view record) {
  const std::lock_guard lock(mutex_);
  if (!tried_) open();
  ++count_;
  std::string name(reason);
  if (reasons_.size() >= kMaxReasons && !reasons_.contains(name)) name = "other reasons";
  ++reasons_[name];
  if (file_ == nullptr) return;
  const std::string text =
      std::to_string(line) + "," + in_quotes(reason) + "," + in_quotes(record) + "\n";
  std::fwrite(text.data(), 1, text.size(), file_);
}

}  // namespace souk::cli
