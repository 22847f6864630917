#include "kernel/gateway/http/inflate.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace souk::gateway {
namespace {

std::string deflate_with(int window_bits, const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(InflateTest, DamageIsAnError) {
  std::string out;
  EXPECT_EQ(inflate_body(Coding::gzip, "not gzip at all", {}, out).code(), Code::invalid_argument);
  EXPECT_EQ(inflate_body(Coding::gzip, "", {}, out).code(), Code::invalid_argument);
  const std::string good = deflate_with(31, "hello hello hello");
  EXPECT_EQ(inflate_body(Coding::gzip, good.substr(0, good.size() - 3), {}, out).code(),
            Code::invalid_argument);
  EXPECT_EQ(inflate_body(Coding::gzip, good + "x", {}, out).code(), Code::invalid_argument);
}

TEST(InflateTest, BombsAreRefusedBySizeAndByRatio) {
  std::string out;
  const std::string bomb = deflate_with(31, std::string(64U << 20U, 'a'));
  EXPECT_EQ(inflate_body(Coding::gzip, bomb, {}, out).code(), Code::resource_exhausted);
  EXPECT_LE(out.size(), (8U << 20U) + 1);
  InflateLimits wide;
  wide.max_bytes = 1U << 30U;
  wide.max_ratio = 100;
  EXPECT_EQ(inflate_body(Coding::gzip, bomb, wide, out).code(), Code::resource_exhausted);
  EXPECT_LT(out.size(), 16U << 20U);
}

TEST(InflateTest, ThreeFramesAreRead) {
  std::string out;
  const std::string text(100'000, 'x');
  for (const auto& [coding, bits] : {std::pair{Coding::gzip, 31}, std::pair{Coding::deflate, 15},
                                     std::pair{Coding::deflate, -15}}) {
    ASSERT_TRUE(inflate_body(coding, deflate_with(bits, text), {}, out).ok()) << bits;
    EXPECT_EQ(out, text);
  }
  EXPECT_EQ(coding_of("GZIP"), Coding::gzip);
  EXPECT_EQ(coding_of("br"), Coding::unsupported);
  EXPECT_EQ(coding_of("gzip, gzip"), Coding::unsupported);
}

}  // namespace
}  // namespace souk::gateway
