#include "kernel/gateway/http/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <cctype>

namespace souk::gateway {
namespace {

constexpr std::size_t kRatioAppliesFrom = 1U << 20U;

/// zlib's window bits say which frame is expected.
int window_bits(Coding coding, std::string_view body) noexcept {
  if (coding == Coding::gzip) return 15 + 16;
  // RFC 9110 means zlib's frame by "deflate"; some senders leave it out. The first byte tells: its
  // low four bits are 8 and the first two bytes together divide by 31 in a frame.
  if (body.size() >= 2) {
    const unsigned first = static_cast<unsigned char>(body[0]);
    const unsigned second = static_cast<unsigned char>(body[1]);
    if ((first & 15U) == 8 && (first * 256 + second) % 31 == 0) return 15;
  }
  return -15;
}

class Stream {
 public:
  explicit Stream(int bits) { ready_ = inflateInit2(&stream_, bits) == Z_OK; }
  ~Stream() {
    if (ready_) inflateEnd(&stream_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  z_stream& operator*() noexcept { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

Coding coding_of(std::string_view text) noexcept {
  const auto is = [text](std::string_view name) {
    return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == b;
    });
  };
  if (text.empty() || is("identity")) return Coding::identity;
  if (is("gzip") || is("x-gzip")) return Coding::gzip;
  if (is("deflate")) return Coding::deflate;
  return Coding::unsupported;
}

Status inflate_body(Coding coding, std::string_view body, const InflateLimits& limits,
                    std::string& out) {
  out.clear();
  Stream stream(window_bits(coding, body));
  if (!stream.ready()) return Status(Code::internal, "decompression could not be started");
  z_stream& z = *stream;
  // zlib's interface is not const-correct; it does not write to its input.
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  z.avail_in = static_cast<uInt>(body.size());
  for (;;) {
    const std::size_t before = out.size();
    const std::size_t step = std::clamp<std::size_t>(body.size() * 4, 16U << 10U, 256U << 10U);
    out.resize(std::min(before + step, limits.max_bytes + 1));
    z.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    z.avail_out = static_cast<uInt>(out.size() - before);
    const int result = inflate(&z, Z_NO_FLUSH);
    out.resize(out.size() - z.avail_out);
    if (out.size() > limits.max_bytes) {
      return Status(Code::resource_exhausted, "the body is larger than " +
                                                  std::to_string(limits.max_bytes) +
                                                  " bytes once decompressed");
    }
    if (out.size() > kRatioAppliesFrom && out.size() / limits.max_ratio > body.size()) {
      return Status(Code::resource_exhausted,
                    "the body expands more than " + std::to_string(limits.max_ratio) + " times");
    }
    if (result == Z_STREAM_END) break;
    if (result != Z_OK || (z.avail_in == 0 && z.avail_out != 0)) {
      return Status(Code::invalid_argument, "the compressed body is damaged or incomplete");
    }
  }
  if (z.avail_in != 0) {
    return Status(Code::invalid_argument, "something follows the compressed body");
  }
  return {};
}

}  // namespace souk::gateway
