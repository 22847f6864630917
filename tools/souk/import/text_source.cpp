#include "tools/souk/import/text_source.hpp"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace souk::cli {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18U;
constexpr std::size_t kMaxLine = std::size_t{64} << 20U;

class GzSource final : public TextSource {
 public:
  GzSource(gzFile file, std::string path, double size)
      : file_(file), path_(std::move(path)), size_(size) {
    gzbuffer(file_, kBlock);
  }
  ~GzSource() override { gzclose(file_); }

  /// Reads the first block and takes the byte order mark off.
  Status begin() {
    if (auto more = fill(); !more) return more.status();
    const std::string_view head = rest();
    if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
      return {Code::invalid_argument, path_ + " is UTF-16; save it as UTF-8"};
    }
    if (head.starts_with("\xEF\xBB\xBF")) at_ += 3;
    return {};
  }

  Result<bool> line(std::string_view& text) override {
    std::size_t searched = 0;
    for (;;) {
      const std::string_view left = rest();
      const std::size_t end = left.find('\n', searched);
      if (end != std::string_view::npos) {
        text = left.substr(0, end);
        at_ += end + 1;
        break;
      }
      searched = left.size();
      if (searched > kMaxLine) {
        return Status(Code::invalid_argument, path_ + " has a line of more than 64 MiB");
      }
      const auto more = fill();
      if (!more) return more.status();
      if (!*more) {
        text = rest();
        if (text.empty()) return false;
        at_ = buffer_.size();
        break;
      }
    }
    if (text.ends_with('\r')) text.remove_suffix(1);
    return true;
  }

  [[nodiscard]] double fraction() const override {
    return size_ > 0 ? static_cast<double>(gzoffset(file_)) / size_ : 1;
  }

 private:
  [[nodiscard]] std::string_view rest() const { return std::string_view(buffer_).substr(at_); }

  Result<bool> fill() {
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t had = buffer_.size();
    buffer_.resize(had + kBlock);
    const int got = gzread(file_, buffer_.data() + had, static_cast<unsigned>(kBlock));
    buffer_.resize(had + static_cast<std::size_t>(got > 0 ? got : 0));
    int code = Z_OK;
    const char* sentence = gzerror(file_, &code);
    // A file cut short gives its bytes first and Z_BUF_ERROR with them.
    if (got < 0 || code == Z_BUF_ERROR) {
      return Status(Code::data_loss, path_ + " can't be read to its end: " + sentence);
    }
    return got > 0;
  }

  gzFile file_;
  const std::string path_;
  const double size_;
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<TextSource>> TextSource::open(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Status(Code::not_found, path + " is a folder, not a file");
  }
  const auto size = std::filesystem::file_size(path, error);
  gzFile file = gzopen(path.c_str(), "rb");  // plain files pass through
  if (file == nullptr) {
    return Status(Code::not_found, path + " can't be opened: " + std::strerror(errno));
  }
  auto source = std::make_unique<GzSource>(file, path, error ? 0.0 : static_cast<double>(size));
  if (Status status = source->begin(); !status.ok()) return status;
  return std::unique_ptr<TextSource>(std::move(source));
}

}  // namespace souk::cli
