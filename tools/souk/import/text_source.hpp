// TextSource: the bytes of a file, plain or gzip, with how far it is. A byte order mark at the
// beginning is left out. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"

namespace souk::cli {

class TextSource {
 public:
  /// NOT_FOUND when the file can't be opened; INVALID_ARGUMENT for UTF-16, which is not read.
  static Result<std::unique_ptr<TextSource>> open(const std::string& path);
  virtual ~TextSource() = default;

  /// The next line without its end ("\n" or "\r\n"), borrowed until the next call; false at the
  /// end. INVALID_ARGUMENT for a line of more than 64 MiB, DATA_LOSS for a broken archive.
  virtual Result<bool> line(std::string_view& text) = 0;
  /// 0 to 1, by the bytes on disk.
  [[nodiscard]] virtual double fraction() const = 0;
};

}  // namespace souk::cli
