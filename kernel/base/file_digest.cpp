#include "kernel/base/file_digest.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "kernel/base/ids.hpp"

namespace souk::base {
namespace {

/// Closes with its scope.
struct Descriptor {
  explicit Descriptor(int value) : fd(value) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd;
};

// File systems stamp changes with a clock that stands still between two ticks.
constexpr std::int64_t kTickNs = 100'000'000;

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileState state_of(const struct stat& about) noexcept {
  return {about.st_dev, about.st_ino, static_cast<std::uint64_t>(about.st_size),
          nanoseconds(about.st_mtim), nanoseconds(about.st_ctim)};
}

/// Nothing when a change in the present tick would look the same.
FileState settled_state_of(int file) noexcept {
  struct stat about {};
  timespec now{};
  if (::fstat(file, &about) != 0 || ::clock_gettime(CLOCK_REALTIME, &now) != 0) return {};
  const FileState state = state_of(about);
  return nanoseconds(now) - state.changed_ns < kTickNs ? FileState{} : state;
}

}  // namespace

bool is_unchanged(const std::string& path, const FileDigest& digest) noexcept {
  struct stat about {};
  return digest.state != FileState{} && ::stat(path.c_str(), &about) == 0 &&
         state_of(about) == digest.state;
}

Result<std::string> sha256_of_file(const std::string& path) {
  auto digest = digest_of_file(path);
  if (!digest.ok()) return digest.status();
  return std::move(digest->sha256);
}

Result<FileDigest> digest_of_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  FileDigest result;
  if (file.fd >= 0) result.state = settled_state_of(file.fd);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return Status(Code::internal, "SHA-256 is not available");
  }
  std::array<char, 128U << 10U> piece;
  for (;;) {
    const ssize_t got = file.fd < 0 ? -1 : ::read(file.fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status(Code::unavailable, path + ": " + std::strerror(errno));
    if (got == 0) break;
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(got));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  result.sha256 = to_hex({reinterpret_cast<const char*>(digest.data()), size});
  return result;
}

}  // namespace souk::base
