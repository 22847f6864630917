#include "tools/souk/import/reject_file.hpp"

#include <filesystem>

namespace souk::cli {
namespace {

/// Different reasons that are kept apart in the summary; the rest is counted together.
constexpr std::size_t kMaxReasons = 200;

std::string quoted(std::string_view text) {
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
      std::to_string(line) + "," + quoted(reason) + "," + quoted(record) + "\n";
  std::fwrite(text.data(), 1, text.size(), file_);
}

}  // namespace souk::cli
